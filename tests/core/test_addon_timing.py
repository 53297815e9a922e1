"""Seconds to frames, axes, and the names of bars and counts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.axes import to_blender
from kpop_choreo_addon.core.clip import read_clip
from kpop_choreo_addon.core.counts import moments
from kpop_choreo_addon.core.timing import NEAR, FrameClock, key_times
from tests.core.synthetic import clip_arrays, turn, write_clip

RATES = [
    (24, 1.0, 24.0),
    (25, 1.0, 25.0),
    (30, 1.001, 30000 / 1001),
    (30, 1.0, 30.0),
    (60, 1.0, 60.0),
]


@pytest.mark.parametrize(("fps", "base", "rate"), RATES)
def test_frames_of_seconds(fps: int, base: float, rate: float) -> None:
    clock = FrameClock(1, fps, base)
    assert clock.frame(0.0) == 1.0
    assert clock.frame(180.0) == pytest.approx(1 + 180.0 * rate)
    np.testing.assert_allclose(clock.frames(np.array([0.0, 0.5])), [1.0, 1 + rate / 2])


def test_keys_at_every_frame_and_beat() -> None:
    beats = np.array([-0.2, 0.0, 0.5, 0.512, 1.0 + NEAR / 2, 3.99, 4.0, 9.0])
    times = key_times(121, 30.0, beats)
    assert len(times) == 121 + 2
    assert np.all(np.diff(times) > NEAR / 2)
    assert set(np.round(np.arange(121) / 30, 9)) <= set(np.round(times, 9))
    for beat in beats[1:7]:
        assert np.min(np.abs(times - beat)) <= NEAR


def test_axes() -> None:
    for engine, blender in (
        ((0, 0, 1), (0, -1, 0)),  # the front
        ((0, 1, 0), (0, 0, 1)),  # up
        ((1, 0, 0), (1, 0, 0)),  # the dancer's left
    ):
        np.testing.assert_array_equal(to_blender(np.array(engine, dtype=float)), blender)
    rng = np.random.default_rng(0)
    rotation, vector = quat.normalize(rng.normal(size=(50, 4))), rng.normal(size=(50, 3))
    np.testing.assert_allclose(
        to_blender(quat.rotate(rotation, vector)),
        quat.rotate(to_blender(rotation), to_blender(vector)),
        atol=1e-12,
    )
    np.testing.assert_allclose(to_blender(turn("Y", 90)), turn("Z", 90), atol=1e-12)


def names(path: Path, with_beats: bool = False) -> dict[str, float]:
    return {m.name: round(m.seconds, 3) for m in moments(read_clip(path), with_beats)}


def test_downbeats_and_sections(tmp_path: Path) -> None:
    found = names(write_clip(tmp_path / "a.npz"))
    assert found == {"Verse": 0.0, "1.1": 0.25, "Chorus": 2.0, "2.1": 2.25}


def test_every_beat(tmp_path: Path) -> None:
    found = list(names(write_clip(tmp_path / "a.npz"), with_beats=True))
    assert found[:6] == ["Verse", "1.1", "1.2", "1.3", "1.4", "Chorus"]


def test_pickup_beats_belong_to_bar_0(tmp_path: Path) -> None:
    beats = np.arange(8) * 0.5
    meta = json.loads(str(clip_arrays()["meta"]))
    meta["analysis"]["downbeats"] = [1.0, 3.0]
    downbeats = beats[[2, 6]]
    path = write_clip(
        tmp_path / "a.npz", beats=beats, downbeats=downbeats, meta=np.array(json.dumps(meta))
    )
    found = names(path, with_beats=True)
    assert [n for n in found if "." in n] == [
        "0.3 Verse",
        "0.4",
        "1.1",
        "1.2",
        "1.3 Chorus",
        "1.4",
        "2.1",
        "2.2",
    ]


def test_bars_are_those_of_the_song(tmp_path: Path) -> None:
    arrays = clip_arrays(song_start=8.0)
    meta = json.loads(str(arrays["meta"]))
    meta["analysis"]["downbeats"] = [0.25, 2.25, 4.25, 6.25, 8.25, 10.25]
    path = write_clip(tmp_path / "a.npz", meta=np.array(json.dumps(meta)), song_start=8.0)
    assert names(path)["5.1"] == 0.25


def test_a_song_without_beats(tmp_path: Path) -> None:
    nothing = np.zeros(0)
    path = write_clip(tmp_path / "a.npz", beats=nothing, downbeats=nothing, meta=np.array("{}"))
    assert names(path) == {}
