"""The song that ships is what its truth says."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from engine.audio.analysis import SongAnalysis, analyze
from engine.audio.decode import Song, load_song

ASSETS = Path(__file__).resolve().parents[2] / "assets"
TRUTH = json.loads((ASSETS / "demo_song.json").read_text(encoding="utf-8"))


@lru_cache
def demo() -> tuple[Song, SongAnalysis]:
    song = load_song(ASSETS / "demo_song.ogg")
    return song, analyze(song)


def nearest(heard: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return np.abs(heard[None, :] - truth[:, None]).min(axis=1)


def test_truth_is_an_even_grid_at_the_stated_tempo() -> None:
    beats = np.array(TRUTH["beats"])
    assert np.allclose(np.diff(beats), 60.0 / TRUTH["bpm"], atol=2e-6)
    assert TRUTH["beats"][::4] == TRUTH["downbeats"]
    assert {section["start"] for section in TRUTH["sections"]} <= set(TRUTH["downbeats"])


def test_it_is_small_and_30_to_60_seconds() -> None:
    assert (ASSETS / "demo_song.ogg").stat().st_size < 900_000
    song, _ = demo()
    assert 30.0 < song.duration < 60.0
    assert song.duration == pytest.approx(TRUTH["duration"], abs=0.01)


def test_it_does_not_clip() -> None:
    samples = demo()[0].samples
    assert 0.4 < np.abs(samples).max() < 1.0


def test_the_first_kick_is_where_the_truth_says() -> None:
    samples, rate = demo()[0].samples, demo()[0].sample_rate
    onset = np.flatnonzero(np.abs(samples) > 0.05)[0] / rate
    assert onset == pytest.approx(TRUTH["downbeats"][0], abs=0.003)


def test_ears_find_its_tempo_beats_and_bars() -> None:
    heard = demo()[1]
    assert heard.tempo == pytest.approx(TRUTH["bpm"], abs=0.05)
    assert nearest(heard.beats, np.array(TRUTH["beats"])).max() < 0.010
    assert nearest(heard.downbeats, np.array(TRUTH["downbeats"])).max() < 0.010


def test_ears_find_its_sections() -> None:
    heard = demo()[1]
    starts = np.array([section.start for section in heard.sections])
    truth = np.array([s["start"] for s in TRUTH["sections"] if s["label"] != "ending"])
    assert nearest(starts, truth).max() < 0.05
    assert len(starts) == len(truth)
    label = {round(s.start): s.label for s in heard.sections}
    choruses = [round(s["start"]) for s in TRUTH["sections"] if s["label"] == "chorus"]
    assert [label[start] for start in choruses] == ["chorus", "chorus"]


def test_chorus_is_fuller_than_verse() -> None:
    curve = demo()[1].energy.curve
    level = {
        s["label"]: curve[int(10 * s["start"]) + 3 : int(10 * s["end"]) - 3].mean()
        for s in TRUTH["sections"]
    }
    assert level["chorus"] > level["verse"] + 0.25
