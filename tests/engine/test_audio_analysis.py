"""The ears against songs whose truth is known to the sample."""

from __future__ import annotations

import json
import sys
from functools import lru_cache
from itertools import pairwise
from types import ModuleType

import numpy as np
import pytest

from engine.audio.analysis import BACKENDS, SongAnalysis, analyze
from engine.audio.decode import ANALYSIS_RATE, Song
from engine.errors import ChoreoError
from tests.songs import DRUMS, VERSE_CHORUS, Part, RenderedSong, render_song, render_waltz

TEMPI = [80.0, 100.0, 124.0, 140.0, 170.0]


def as_song(samples: np.ndarray) -> Song:
    samples = samples.astype(np.float32)
    return Song(samples, ANALYSIS_RATE, len(samples) / ANALYSIS_RATE, "0" * 64, "rendered")


@lru_cache
def whole_song(bpm: float) -> tuple[RenderedSong, SongAnalysis]:
    rendered = render_song(bpm=bpm, parts=VERSE_CHORUS, offset=1.3, tail=3.0)
    return rendered, analyze(as_song(rendered.samples))


def lateness(heard: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Seconds from each true time to the nearest heard one."""
    return heard[np.argmin(np.abs(heard[None, :] - truth[:, None]), axis=1)] - truth


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(int(seconds * ANALYSIS_RATE))


def syllables(seconds: float, seed: int = 0) -> np.ndarray:
    """Something like speech: buzzing syllables of irregular length and pitch."""
    random = np.random.default_rng(seed)
    track, time = np.zeros(int(seconds * ANALYSIS_RATE)), 0.0
    while time < seconds - 0.5:
        length = random.uniform(0.08, 0.3)
        t = np.arange(int(length * ANALYSIS_RATE)) / ANALYSIS_RATE
        pitch = random.uniform(100.0, 180.0)
        buzz = sum(random.random() * np.sin(2 * np.pi * h * pitch * t) for h in range(1, 20))
        start = int(time * ANALYSIS_RATE)
        track[start : start + len(t)] += 0.05 * buzz * np.sin(np.pi * t / length)
        time += length + random.choice([0.02, 0.05, 0.3], p=[0.6, 0.3, 0.1])
    return track


@pytest.mark.parametrize("bpm", TEMPI)
def test_tempo_and_beats(bpm: float) -> None:
    rendered, heard = whole_song(bpm)
    assert heard.tempo == pytest.approx(bpm, abs=0.02)
    late = lateness(heard.beats, rendered.beats)
    assert np.max(np.abs(late)) < 0.010
    assert abs(np.median(late)) < 0.005
    assert heard.confidence.tempo > 0.6
    assert heard.confidence.beats > 0.6


@pytest.mark.parametrize("bpm", TEMPI)
def test_beats_cover_the_music_and_not_the_silence(bpm: float) -> None:
    rendered, heard = whole_song(bpm)
    assert heard.beats[0] == pytest.approx(rendered.beats[0], abs=0.010)
    assert -0.01 < heard.beats[-1] - rendered.beats[-1] < 2.5 * 60.0 / bpm
    assert np.ptp(np.diff(heard.beats)) < 1e-5


@pytest.mark.parametrize("bpm", TEMPI)
def test_downbeats(bpm: float) -> None:
    rendered, heard = whole_song(bpm)
    assert heard.beats_per_bar == 4
    assert np.max(np.abs(lateness(heard.downbeats, rendered.downbeats))) < 0.010
    assert len(heard.downbeats) <= len(rendered.downbeats) + 1
    assert np.all(np.isin(heard.downbeats, heard.beats))
    assert heard.confidence.downbeats > 0.5


@pytest.mark.parametrize("drums", DRUMS)
@pytest.mark.parametrize("lead", [False, True])
def test_drum_patterns(drums: str, lead: bool) -> None:
    rendered = render_song(bpm=112.0, parts=(Part("verse", 12, drums=drums, lead=lead),))
    heard = analyze(as_song(rendered.samples))
    assert heard.tempo == pytest.approx(112.0, abs=0.05)
    assert np.max(np.abs(lateness(heard.beats, rendered.beats))) < 0.010
    assert np.max(np.abs(lateness(heard.downbeats, rendered.downbeats))) < 0.010


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_song_that_does_not_begin_on_the_one(cut: int) -> None:
    rendered = render_song(bpm=110.0, parts=VERSE_CHORUS, offset=0.0)
    start = rendered.beats[cut] - 0.05
    heard = analyze(as_song(rendered.samples[round(start * ANALYSIS_RATE) :]))
    truth = rendered.downbeats[1:] - start
    assert np.max(np.abs(lateness(heard.downbeats, truth))) < 0.010
    assert np.max(np.abs(lateness(truth, heard.downbeats[:-1]))) < 0.010


@pytest.mark.parametrize("offset", [0.0, 0.137, 2.5, 9.9])
def test_offset_of_the_first_beat(offset: float) -> None:
    rendered = render_song(bpm=128.0, offset=offset, parts=(Part("verse", 12),))
    heard = analyze(as_song(rendered.samples))
    assert np.max(np.abs(lateness(heard.beats, rendered.beats))) < 0.010
    assert heard.beats[0] > offset - 0.02


@pytest.mark.parametrize("bpm", [90.0, 132.0])
def test_bars_of_three(bpm: float) -> None:
    rendered = render_waltz(bpm=bpm)
    heard = analyze(as_song(rendered.samples))
    assert heard.beats_per_bar == 3
    assert np.max(np.abs(lateness(heard.downbeats, rendered.downbeats))) < 0.010


def test_half_time_above_the_range_is_counted_slower() -> None:
    rendered = render_song(bpm=212.0, parts=(Part("verse", 24),))
    heard = analyze(as_song(rendered.samples))
    assert heard.tempo == pytest.approx(106.0, abs=0.05)


@pytest.mark.parametrize("warp", [0.03, 0.1, 0.25])
def test_changing_tempo_is_followed_with_less_confidence(warp: float) -> None:
    rendered = render_song(bpm=108.0, parts=(Part("verse", 28, drums="backbeat"),), warp=warp)
    heard = analyze(as_song(rendered.samples))
    late = np.abs(lateness(heard.beats, rendered.beats))
    assert np.mean(late < 0.03) > 0.95
    assert heard.confidence.beats <= 0.6
    assert heard.confidence.tempo <= 0.6


def test_tempo_that_jumps_is_followed() -> None:
    first = render_song(bpm=100.0, parts=(Part("verse", 12),), tail=0.0)
    second = render_song(bpm=128.0, parts=(Part("chorus", 16),), offset=0.0)
    heard = analyze(as_song(np.concatenate([first.samples, second.samples])))
    truth = np.concatenate([first.beats, second.beats + first.duration])
    assert np.mean(np.abs(lateness(heard.beats, truth)) < 0.03) > 0.9


@pytest.mark.parametrize("sound", ["noise", "speech", "drone", "click"])
@pytest.mark.parametrize("seconds", [4.5, 30.0])
def test_no_beat_gives_a_usable_grid_without_confidence(sound: str, seconds: float) -> None:
    t = np.arange(int(seconds * ANALYSIS_RATE)) / ANALYSIS_RATE
    samples = {
        "noise": noise(seconds),
        "speech": syllables(seconds),
        "drone": 0.2 * np.sin(2 * np.pi * 220 * t) + 0.1 * np.sin(2 * np.pi * 331 * t),
        "click": np.where((t > 2.0) & (t < 2.002), 0.5, 0.0),
    }[sound]
    heard = analyze(as_song(samples))
    assert heard.confidence.beats < 0.2
    assert heard.confidence.downbeats < 0.2
    assert 70.0 <= heard.tempo <= 180.0
    assert len(heard.beats) > 0.8 * seconds * heard.tempo / 60.0 - 2
    assert np.all(np.diff(heard.beats) > 0.2)
    assert len(heard.downbeats) >= 1


def test_two_bars_are_enough() -> None:
    rendered = render_song(bpm=120.0, parts=(Part("verse", 2),), offset=0.1, tail=0.1)
    heard = analyze(as_song(rendered.samples))
    assert heard.tempo == pytest.approx(120.0, abs=0.5)
    assert np.max(np.abs(lateness(heard.beats, rendered.beats))) < 0.020


@pytest.mark.parametrize("tonic", [0, 2, 6, 9])
@pytest.mark.parametrize("mode", ["major", "minor"])
def test_key(tonic: int, mode: str) -> None:
    rendered = render_song(tonic=tonic, mode=mode)
    heard = analyze(as_song(rendered.samples))
    assert heard.key == rendered.key
    assert heard.confidence.key > 0.2


def test_noise_has_no_key() -> None:
    assert analyze(as_song(noise(20.0))).confidence.key < 0.1


def test_energy_of_chorus_is_above_verse_above_intro() -> None:
    rendered, heard = whole_song(124.0)
    curve = heard.energy.curve
    assert curve.min() >= 0.0
    assert curve.max() <= 1.0
    assert len(curve) == int(np.ceil(rendered.duration / heard.energy.hop))
    levels = {
        label: curve[int(start / 0.1) + 5 : int(end / 0.1) - 5].mean()
        for label, start, end in rendered.sections
    }
    assert levels["chorus"] > levels["verse"] + 0.2
    assert levels["verse"] > levels["intro"] + 0.1
    assert curve[-15:].max() < 0.02  # three seconds of silence at the end


def test_sections_follow_the_song() -> None:
    rendered, heard = whole_song(124.0)
    starts = np.array([section.start for section in heard.sections])
    truth = np.array([start for _, start, _ in rendered.sections])
    assert np.max(np.abs(lateness(starts, truth))) < 0.02
    assert [section.label for section in heard.sections] == [r[0] for r in rendered.sections]
    groups = [section.group for section in heard.sections]
    assert groups[1] == groups[3]
    assert groups[2] == groups[4]
    assert len(set(groups)) == 3


@pytest.mark.parametrize("bpm", TEMPI)
def test_sections_leave_no_gap(bpm: float) -> None:
    _, heard = whole_song(bpm)
    sections = heard.sections
    assert sections[0].start == heard.beats[0]
    assert all(a.end == b.start for a, b in pairwise(sections))
    assert heard.beats[-1] <= sections[-1].end <= heard.duration
    assert all(section.start in heard.downbeats for section in sections[1:])


def test_json_round_trip() -> None:
    _, heard = whole_song(124.0)
    text = json.dumps(heard.to_dict(), allow_nan=False)
    assert SongAnalysis.from_dict(json.loads(text)).to_dict() == heard.to_dict()
    assert json.loads(text) == heard.to_dict()
    assert list(heard.to_dict()) == [
        "duration", "tempo", "beats", "downbeats", "beats_per_bar", "energy", "key", "sections",
        "confidence", "backend", "song_sha256", "hits", "loudness", "events", "drums",
        "peaks",
    ]  # fmt: skip
    assert set(heard.to_dict()["confidence"]) == {"tempo", "beats", "downbeats", "key", "sections"}
    section = {"start", "end", "label", "group", "confidence"}
    assert all(set(entry) == section for entry in heard.to_dict()["sections"])
    values = heard.to_dict()["confidence"].values()
    assert all(0.0 <= value <= 1.0 for value in values)


@pytest.mark.parametrize("spoil", ["beats", "energy", "sections", "confidence"])
def test_incomplete_json_is_refused(spoil: str) -> None:
    data = whole_song(124.0)[1].to_dict()
    for broken in ({k: v for k, v in data.items() if k != spoil}, data | {spoil: 3}):
        with pytest.raises(ChoreoError) as caught:
            SongAnalysis.from_dict(broken)
        assert caught.value.code == "analysis_unreadable"


def test_same_song_gives_the_same_analysis() -> None:
    rendered, heard = whole_song(100.0)
    assert analyze(as_song(rendered.samples)).to_dict() == heard.to_dict()


def test_quiet_copy_gives_the_same_beats() -> None:
    rendered, heard = whole_song(100.0)
    quiet = analyze(as_song(0.01 * rendered.samples))
    assert np.allclose(quiet.beats, heard.beats, atol=1e-3)
    assert np.allclose(quiet.energy.curve, heard.energy.curve, atol=1e-2)


def test_unknown_backend() -> None:
    with pytest.raises(ChoreoError) as caught:
        analyze(as_song(noise(5.0)), backend="dog")
    assert caught.value.code == "backend_unknown"
    assert all(name in caught.value.remedy for name in BACKENDS)


@pytest.mark.parametrize("name", ["librosa", "madmom"])
def test_back_end_that_is_not_installed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ChoreoError) as caught:
        analyze(as_song(noise(5.0)), backend=name)
    assert caught.value.code == "backend_missing"
    assert "pip install" in caught.value.remedy
    assert ("commercial" in caught.value.remedy) == (name == "madmom")


def fake_madmom(monkeypatch: pytest.MonkeyPatch, found: np.ndarray) -> list[np.ndarray]:
    """A madmom that hears ``found`` ([n, 2]: seconds, place in the bar); what it was given."""
    given: list[np.ndarray] = []
    madmom, features, module = (ModuleType(name) for name in ("madmom", "features", "downbeats"))
    module.RNNDownBeatProcessor = lambda: lambda samples: given.append(samples) or "likely"
    module.DBNDownBeatTrackingProcessor = lambda **options: lambda likely: found
    features.downbeats = module
    monkeypatch.setitem(sys.modules, "madmom", madmom)
    monkeypatch.setitem(sys.modules, "madmom.features", features)
    monkeypatch.setitem(sys.modules, "madmom.features.downbeats", module)
    return given


def test_what_madmom_hears_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = render_song(bpm=100.0, parts=(Part("verse", 12),))
    places = (np.arange(len(rendered.beats)) + 2) % 3 + 1
    given = fake_madmom(monkeypatch, np.stack([rendered.beats, places], axis=1))
    song = as_song(rendered.samples)
    heard = analyze(song, backend="madmom")
    assert heard.backend == "madmom"
    assert heard.beats_per_bar == 3
    assert np.allclose(heard.beats, rendered.beats, atol=1e-6)
    assert np.allclose(heard.downbeats, rendered.beats[places == 1], atol=1e-6)
    assert heard.tempo == pytest.approx(100.0, abs=0.01)
    assert heard.confidence.beats > 0.9
    assert len(given[0]) == 2 * len(song.samples)


def test_madmom_that_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_madmom(monkeypatch, np.zeros((0, 2)))
    with pytest.raises(ChoreoError) as caught:
        analyze(as_song(noise(5.0)), backend="madmom")
    assert caught.value.code == "no_beats"


def test_madmom_as_back_end() -> None:
    pytest.importorskip("madmom")
    rendered = render_song(bpm=124.0, parts=(Part("verse", 12),))
    heard = analyze(as_song(rendered.samples), backend="madmom")
    assert np.mean(np.abs(lateness(heard.beats, rendered.beats)) < 0.03) > 0.85
    assert np.mean(np.abs(lateness(heard.downbeats, rendered.downbeats)) < 0.03) > 0.85


def fake_librosa(monkeypatch: pytest.MonkeyPatch, found: np.ndarray) -> None:
    """A librosa that hears beats at ``found``; the real one compiles itself for a minute and a half
    and is heard in tests/torture/engine/test_torture_librosa.py."""
    module, module.beat = ModuleType("librosa"), ModuleType("beat")
    module.beat.beat_track = lambda y, sr, units: (np.array([60.0]), found)
    monkeypatch.setitem(sys.modules, "librosa", module)


def test_what_librosa_hears_is_moved_onto_the_onsets(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = render_song(bpm=124.0, parts=(Part("verse", 12),))
    frames = 512 / ANALYSIS_RATE
    fake_librosa(monkeypatch, np.rint((rendered.beats + 0.03) / frames) * frames)
    heard = analyze(as_song(rendered.samples), backend="librosa")
    assert heard.backend == "librosa"
    assert heard.tempo == pytest.approx(124.0, abs=0.1)
    assert np.mean(np.abs(lateness(heard.beats, rendered.beats)) < 0.015) > 0.95


def test_librosa_that_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_librosa(monkeypatch, np.zeros(0))
    with pytest.raises(ChoreoError) as caught:
        analyze(as_song(noise(5.0)), backend="librosa")
    assert caught.value.code == "no_beats"
