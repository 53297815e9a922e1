"""Beats and bars of songs that are hard to count, and the parts that count them."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.signal import resample_poly

from engine.audio import activations, pulse
from engine.audio.analysis import SongAnalysis, analyze
from engine.audio.decode import ANALYSIS_RATE, Song
from engine.audio.downbeats import find_bars
from engine.audio.harmony import harmonic_leaning
from engine.audio.key import Chroma
from engine.audio.tracking import spliced
from engine.errors import ChoreoError

TOOLS = Path(__file__).parents[2] / "tools"


@lru_cache
def tools() -> Any:
    sys.path.insert(0, str(TOOLS))
    try:
        import render_songs
    finally:
        sys.path.remove(str(TOOLS))
    return render_songs


@lru_cache
def heard(name: str) -> tuple[Any, SongAnalysis]:
    """A song of the catalogue, and what the ears make of it."""
    score = next(s for s in tools().catalogue() if s.name == name)
    song = tools().render(score)
    samples = resample_poly(song.samples, 1, 2).astype(np.float32)
    decoded = Song(samples, ANALYSIS_RATE, len(samples) / ANALYSIS_RATE, "0" * 64, name)
    return song, analyze(decoded)


def hit(truth: np.ndarray, times: np.ndarray, reach: float = 0.05) -> float:
    """F-measure of ``times`` within ``reach`` seconds of the true ones."""
    inside = times[(times > truth[0] - 0.3) & (times < truth[-1] + 0.3)]
    found = np.mean(np.min(np.abs(truth[:, None] - inside[None, :]), axis=1) < reach)
    right = np.mean(np.min(np.abs(inside[:, None] - truth[None, :]), axis=1) < reach)
    return float(2.0 * found * right / max(found + right, 1e-9))


CHANGING = ("ramp_100_130", "ramp_up_down", "jump_100_128", "jump_90_135", "jump_slight",
            "drift_120_123", "rit_rock")  # fmt: skip


@pytest.mark.parametrize("name", CHANGING)
def test_changing_tempo_is_followed(name: str) -> None:
    song, analysis = heard(name)
    assert hit(song.beats, analysis.beats) > 0.95
    assert hit(song.downbeats, analysis.downbeats) > 0.9
    late = analysis.beats[np.argmin(np.abs(analysis.beats[None] - song.beats[:, None]), axis=1)]
    assert abs(np.median(late - song.beats)) < 0.005
    assert analysis.confidence.beats < 0.95


@pytest.mark.parametrize(
    "name", ["even_08_punk_187", "even_17_punk_176", "even_26_punk_191", "half_break_2"]
)
def test_fast_songs_with_a_backbeat_are_not_counted_at_half_tempo(name: str) -> None:
    song, analysis = heard(name)
    assert analysis.tempo == pytest.approx(60.0 / np.median(np.diff(song.beats)), abs=0.05)
    assert hit(song.beats, analysis.beats) > 0.95


@pytest.mark.parametrize(
    "name", ["even_01_rock_82_swing", "even_06_ballad_81", "even_22_dembow_92", "mp3_48k"]
)
def test_slow_songs_are_not_counted_at_double_tempo(name: str) -> None:
    song, analysis = heard(name)
    assert analysis.tempo == pytest.approx(60.0 / np.median(np.diff(song.beats)), abs=0.05)
    assert hit(song.beats, analysis.beats) > 0.95


@pytest.mark.parametrize(
    ("name", "per_bar"),
    [
        ("meter_0_waltz_96", 3),
        ("meter_3_slow_three_120", 3),
        ("meter_4_six_eight_72", 2),
        ("meter_6_six_eight_100", 2),
        ("even_19_rock_155_swing", 4),
        ("pickup_1", 4),
    ],
)
def test_meters(name: str, per_bar: int) -> None:
    song, analysis = heard(name)
    assert analysis.beats_per_bar == per_bar
    assert hit(song.downbeats, analysis.downbeats) > 0.95


def test_networks_hear_the_same_at_any_loudness() -> None:
    song, _ = heard("pickup_1")
    samples = resample_poly(song.samples, 1, 2)[: 10 * ANALYSIS_RATE].astype(np.float32)
    loud, quiet = (activations.find_activations(x) for x in (samples, 0.01 * samples))
    assert np.allclose(loud.beat, quiet.beat, atol=1e-3)
    frames = np.rint(song.beats[song.beats < 9.5] * activations.RATE).astype(int)
    on = np.max([loud.beat[frames + k] for k in (-1, 0, 1)], axis=0)
    assert np.mean(on[4:]) > 5.0 * np.mean(loud.beat)
    assert np.all(loud.downbeat <= loud.beat)


def test_front_end_of_a_tone() -> None:
    """A steady tone fills the bands around it, rises once, and lies at log10(1 + magnitude)."""
    t = np.arange(ANALYSIS_RATE) / ANALYSIS_RATE
    tone = np.where(t >= 0.5, np.sin(2.0 * np.pi * 440.0 * t), 0.0).astype(np.float32)
    found = activations.features(tone)
    bands, rises = found[:, :136], found[:, 136:]
    assert found.shape == (50, 272)
    assert found.dtype == np.float32
    loudest = int(np.argmax(bands[40]))
    # Half the window's sum is a full-scale tone's peak; a triangle of 1 or 2 bins keeps most.
    assert 10.0 ** bands[40, loudest] - 1.0 == pytest.approx(1411 / 4, rel=0.25)
    assert np.argmax(rises[:, loudest]) in (24, 25, 26)
    assert np.max(rises[30:, loudest]) < 0.01
    assert np.max(bands[:20]) < 1e-3


def test_damaged_networks_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    damaged = tmp_path / "beatnet.onnx"
    damaged.write_bytes(activations.EARS.read_bytes()[:-1])
    monkeypatch.setattr(activations, "EARS", damaged)
    activations._network.cache_clear()
    with pytest.raises(ChoreoError) as caught:
        activations.find_activations(np.zeros(ANALYSIS_RATE, dtype=np.float32))
    assert caught.value.code == "ears_damaged"
    monkeypatch.undo()
    activations._network.cache_clear()


def spikes(times: np.ndarray, seconds: float) -> np.ndarray:
    activation = np.full(round(seconds * pulse.RATE), 0.02)
    activation[np.rint(times * pulse.RATE).astype(int)] = 0.9
    return activation


def test_pulse_is_followed_through_a_jump_and_a_gap() -> None:
    slow = 0.4 + 0.6 * np.arange(20)
    fast = slow[-1] + 0.45 * np.arange(1, 41)
    truth = np.concatenate([slow, fast])
    sounding = np.delete(truth, [8, 9, 35])
    found = pulse.follow(spikes(sounding, truth[-1] + 0.3))
    assert len(found) == len(truth)
    assert np.max(np.abs(found - truth)) <= 0.03


def test_clarity_of_a_pulse_and_of_none() -> None:
    steady = 0.4 + 0.5 * np.arange(40)
    clear = spikes(steady, 21.0)
    assert pulse.clarity(clear, pulse.follow(clear)) > 0.9
    noise = np.random.default_rng(0).uniform(0.3, 0.7, 2100)
    assert pulse.clarity(noise, pulse.follow(noise)) == 0.0


def test_only_the_end_is_replaced_where_only_the_end_slows_down() -> None:
    even = 0.5 * np.arange(80)
    late = even.copy()
    late[64:] += 0.02 * np.arange(16) ** 1.5
    missed = np.zeros(6, dtype=bool)
    assert spliced(even, late, missed) is even
    missed[4] = True
    joined = spliced(even, late, missed)
    assert np.allclose(joined[:64], even[:64])
    assert np.allclose(joined[-10:], late[-10:])
    assert np.all(np.diff(joined) > 0.4)


def test_a_bar_that_is_too_long_moves_the_ones_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.audio import downbeats
    from engine.audio.key import find_chroma
    from engine.audio.onsets import find_onsets

    ones = np.r_[np.arange(0, 64, 4), np.arange(66, 128, 4)]
    evidence = np.full(128, -0.6)
    evidence[ones] = 1.8
    hiss = np.random.default_rng(0).normal(0.0, 0.01, 70 * ANALYSIS_RATE).astype(np.float32)
    monkeypatch.setattr(downbeats, "_accents", lambda *_: evidence)
    onsets, chroma = (f(hiss, ANALYSIS_RATE) for f in (find_onsets, find_chroma))
    bars = find_bars(onsets, chroma, 0.5 * np.arange(128) + 0.5, 1.0)
    assert bars.beats_per_bar == 4
    assert np.array_equal(bars.numbers, ones)


def chords(beats_each: int, spread: float = 0.05, count: int = 96) -> Chroma:
    """Four chords in turn, each ``beats_each`` beats of half a second long, at 10 frames a second.

    0 beats: something else in every frame.
    """
    random = np.random.default_rng(0)
    frames = spread * random.random((5 * count, 12))
    if beats_each:
        number = np.arange(5 * count) // (5 * beats_each) % 4
        for step in (0, 4, 7):
            frames[np.arange(5 * count), (3 * number + step) % 12] += 1.0
    return Chroma(10.0, frames)


@pytest.mark.parametrize(("beats_each", "fast"), [(4, True), (3, True), (8, False), (6, False)])
def test_chords_that_last_a_bar_tell_how_fast_to_count(beats_each: int, fast: bool) -> None:
    leaning = harmonic_leaning(chords(beats_each), 0.5 * np.arange(96))
    assert leaning > 0.5 if fast else leaning < -0.3


def test_without_chords_harmony_tells_nothing() -> None:
    beats = 0.5 * np.arange(96)
    assert abs(harmonic_leaning(chords(0, spread=0.0), beats)) < 0.1
    assert harmonic_leaning(chords(4), beats[:16]) == 0.0


@pytest.mark.parametrize("octave", [0.5, 2.0])
def test_the_end_is_replaced_from_beats_of_another_octave(octave: float) -> None:
    even = 0.5 * np.arange(80)
    late = even.copy()
    late[64:] += 0.02 * np.arange(16) ** 1.5
    places = np.arange(0.0 if octave > 1.0 else 1.0, 79.5, 1.0 / octave)
    missed = np.zeros(6, dtype=bool)
    missed[4] = True
    joined = spliced(even, np.interp(places, np.arange(80), late), missed)
    assert np.allclose(joined[:64], even[:64])
    assert np.max(np.abs(joined[-8:-1] - late[-8:-1])) < 0.03
