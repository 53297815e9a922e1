"""What has no beat is told so and still can be danced to; bad files are heard or refused."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import numpy as np
import pytest

from engine.audio.analysis import UNSTEADY, SongAnalysis, analyze
from engine.audio.decode import ANALYSIS_RATE, FASTEST, Song, load_song
from engine.audio.onsets import find_onsets
from engine.audio.tempo import clarity_along
from engine.errors import ChoreoError
from tests.songs import CODECS, Part, render_song, write_song
from tests.sounds import RATE, STEADY, WITHOUT_BEAT

PLAIN = render_song(124.0, (Part("verse", 5, drums="backbeat"),), rate=44100)


def heard(samples: np.ndarray) -> SongAnalysis:
    samples = samples.astype(np.float32)
    return analyze(Song(samples, ANALYSIS_RATE, len(samples) / ANALYSIS_RATE, "0" * 64, "sound"))


def heard_file(path: Path, samples: np.ndarray, codec: str = "pcm_f32le") -> SongAnalysis:
    return analyze(load_song(write_song(path, samples, 44100, codec)))


def decoded(path: Path) -> Song | ChoreoError:
    try:
        return load_song(path)
    except ChoreoError as error:
        return error


def check_usable(analysis: SongAnalysis, seconds: float) -> None:
    assert np.all(np.isfinite(analysis.beats))
    assert np.all(np.diff(analysis.beats) > 0.25)
    assert np.all(np.diff(analysis.beats) < 1.1)
    assert np.ptp(analysis.beats) > 0.7 * seconds - 2.0
    assert len(analysis.downbeats) >= 1
    assert len(analysis.sections) >= 1
    assert np.all(np.isfinite(analysis.energy.curve))


@pytest.mark.parametrize("name", WITHOUT_BEAT)
def test_no_steady_beat_is_found_in_what_has_none(name: str) -> None:
    analysis = heard(WITHOUT_BEAT[name](20.0, np.random.default_rng(102)))
    assert analysis.confidence.beats <= UNSTEADY
    assert analysis.confidence.downbeats <= UNSTEADY
    check_usable(analysis, 20.0)


@pytest.mark.parametrize("name", STEADY)
def test_soft_and_steady_songs_are_not_refused(name: str) -> None:
    play, bpm = STEADY[name]
    analysis = heard(play(20.0, np.random.default_rng(100), 60.0 / bpm))
    assert analysis.confidence.beats > 0.6
    octave = 2.0 ** np.rint(np.log2(analysis.tempo / bpm))
    assert analysis.tempo / octave == pytest.approx(bpm, rel=0.005)
    truth = 0.5 + 60.0 / bpm * np.arange(int((20.0 - 1.5) * bpm / 60.0))
    late = np.min(np.abs(analysis.beats[None, :] - truth[:, None]), axis=1)
    assert np.mean(late < 0.05) > 0.95


@pytest.mark.parametrize("level", [0.0, 0.3, 1e-30])
def test_silence_gives_an_even_grid(level: float) -> None:
    analysis = heard(np.full(6 * RATE, level))
    assert analysis.confidence.beats == 0.0
    check_usable(analysis, 6.0)


def test_repeating_along_beats() -> None:
    """A tempo that grows by a quarter repeats along its beats, and not along others."""
    song = render_song(100.0, (Part("verse", 12),), warp=0.25)
    onsets = find_onsets(song.samples, song.sample_rate)
    assert clarity_along(onsets, song.beats) > 0.9
    assert clarity_along(onsets, np.linspace(song.beats[0], song.beats[-1], 47)) < 0.2


def spoiled(name: str) -> np.ndarray:
    samples, random = PLAIN.samples.copy(), np.random.default_rng(0)
    if name == "offset":
        return 0.4 * samples + 0.5
    if name == "clipped":
        return np.clip(20.0 * samples, -1.0, 1.0)
    if name == "numbers of 16 bits":
        return 32767.0 * samples
    if name == "faint":
        return 1e-3 * samples
    if name == "not a number, often":
        samples[::7] = np.nan
    elif name == "huge":
        samples[random.integers(0, len(samples), 4)] = [np.inf, -np.inf, 1e30, -3e38]
    elif name == "centre of 5.1":
        samples = np.stack([np.zeros_like(samples)] * 2 + [samples] + [np.zeros_like(samples)] * 3)
    return samples


@pytest.mark.parametrize(
    "name",
    ["offset", "clipped", "numbers of 16 bits", "faint", "not a number, often", "huge",
     "centre of 5.1"],
)  # fmt: skip
def test_spoiled_samples_give_the_same_beats(tmp_path: Path, name: str) -> None:
    analysis = heard_file(tmp_path / "spoiled.wav", spoiled(name))
    assert len(analysis.beats) in (len(PLAIN.beats), len(PLAIN.beats) + 1)
    assert np.max(np.abs(analysis.beats[: len(PLAIN.beats)] - PLAIN.beats)) < 0.015
    assert analysis.confidence.beats > 0.8
    if name != "clipped":
        whole = heard_file(tmp_path / "whole.wav", PLAIN.samples)
        assert np.allclose(analysis.energy.curve, whole.energy.curve, atol=0.05)
        assert analysis.key == whole.key


@pytest.mark.parametrize("rate", [8000, 192000])
def test_lowest_and_highest_rate(tmp_path: Path, rate: int) -> None:
    song = render_song(124.0, (Part("verse", 5, drums="backbeat"),), rate=rate)
    analysis = analyze(load_song(write_song(tmp_path / "odd.wav", song.samples, rate)))
    assert np.max(np.abs(analysis.beats[: len(song.beats)] - song.beats)) < 0.015


def test_a_rate_that_no_sound_has(tmp_path: Path) -> None:
    song = tmp_path / "song.au"
    for rate, told in ((FASTEST, "song_too_short"), (268_483_456, "song_unreadable")):
        song.write_bytes(struct.pack(">4s5I", b".snd", 24, 200_000, 1, rate, 1) + b"\x55" * 200_000)
        began = time.monotonic()
        with pytest.raises(ChoreoError) as caught:
            load_song(song)
        assert caught.value.code == told
        assert time.monotonic() - began < 3.0


def test_shortest_song(tmp_path: Path) -> None:
    analysis = heard_file(tmp_path / "short.wav", PLAIN.samples[: 5 * 44100])
    late = np.min(np.abs(analysis.beats[:, None] - PLAIN.beats[None, :]), axis=1)
    assert np.max(late) < 0.015
    with pytest.raises(ChoreoError) as caught:
        load_song(write_song(tmp_path / "shorter.wav", PLAIN.samples[: 4 * 44100 - 50], 44100))
    assert "only 3.9 s" in caught.value.message


@pytest.mark.parametrize("ending", CODECS)
def test_damaged_files_are_heard_or_refused(tmp_path: Path, ending: str) -> None:
    """Bytes that were changed by chance all over the file, and a file that breaks off."""
    whole = write_song(tmp_path / f"song{ending}", PLAIN.samples, 44100).read_bytes()
    for seed in range(6):
        random = np.random.default_rng(seed)
        data = np.frombuffer(whole, dtype=np.uint8).copy()
        places = random.integers(0 if seed % 2 else 2000, len(data), 4 ** (seed // 2 + 1))
        data[places] = random.integers(0, 256, len(places))
        kept = len(data) if seed < 4 else int(random.integers(10, len(data)))
        path = tmp_path / f"damaged{seed}{ending}"
        path.write_bytes(data[:kept].tobytes())
        song = decoded(path)
        if isinstance(song, ChoreoError):
            assert song.message.endswith(".")
            assert song.remedy.endswith(".")
        else:
            assert np.all(np.isfinite(song.samples))
            if seed == 0:
                check_usable(analyze(song), min(song.duration, 6.0))
