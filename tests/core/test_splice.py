"""New keys amid old ones, bars of a take, and takes cut, lengthened and closed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.bars import bar_edges, bars_nearest, span_of_bars, span_of_seconds
from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.keys import BoneKeys
from kpop_choreo_addon.core.reshape import closed, cut, is_loop, lengthened
from kpop_choreo_addon.core.rotation_modes import Channels, channel_quats, rotation_channels
from kpop_choreo_addon.core.splice import Edge, joined, round_again, values_at
from kpop_choreo_addon.core.take_codec import rounded
from tests.core.synthetic import turn, write_clip

FPS = 30.0
TIMES = np.arange(241) / FPS


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    return read_clip(write_clip(tmp_path / "a.npz", seconds=8.5))


def bone(angles: np.ndarray, mode: str, reduce: bool = False) -> BoneKeys:
    """A bone that turns by ``angles[T]`` (degrees) about Y and sways along X."""
    every = slice(None, None, 5 if reduce else 1)
    quats = quat.multiply(turn("Y", angles), turn("X", 20 * np.sin(TIMES * 3)))
    sway = np.stack([np.sin(TIMES), 0 * TIMES, 0 * TIMES], axis=-1)
    channels = (Channels("location", sway), rotation_channels(quats, mode))
    slopes = tuple(np.gradient(c.values, TIMES, axis=0)[every] for c in channels)
    kept = tuple(Channels(c.property_name, c.values[every]) for c in channels)
    return BoneKeys("bone", TIMES[every], kept, slopes if reduce else ())


def edge(key: BoneKeys, second: float, way: float) -> Edge:
    away = second + way * np.arange(4) / FPS
    return Edge(second, tuple(values_at(key, away)), 1.0 / FPS)


@pytest.mark.parametrize("reduce", [False, True], ids=["every", "reduced"])
@pytest.mark.parametrize("mode", ["QUATERNION", "YXZ", "AXIS_ANGLE"])
def test_what_differs_dies_away_without_a_jolt(mode: str, reduce: bool) -> None:
    """Also where the new dance has turned round once more than the old one."""
    old = bone(30 * np.sin(TIMES * 2), mode, reduce)
    new = bone(25 * np.sin(TIMES * 2 + 0.3) + 360 * np.clip((TIMES - 3) / 2, 0, 1), mode, reduce)
    start, end = float(old.seconds[12 if reduce else 60]), float(old.seconds[36 if reduce else 180])
    part = joined(new, mode, edge(old, start, -1.0), edge(old, end, 1.0), 0.25, FPS)
    before, after = (old.seconds < start + 1e-6), (old.seconds > end - 1e-6)
    assert part.arrives, "once more round is written another way"
    assert not part.departs
    quats = [
        channel_quats(Channels(c.property_name, c.values), mode)
        for c in (old.channels[-1], part.keys.channels[-1])
    ]
    whole = np.concatenate([quats[0][before], quats[1], quats[0][after]])
    moments = np.concatenate([old.seconds[before], part.keys.seconds, old.seconds[after]])
    gaps = np.diff(moments)
    steps = np.linalg.norm(
        quat.to_vectors(quat.multiply(quat.conjugate(whole[:-1]), whole[1:])), axis=-1
    )
    speed = np.rad2deg(steps[gaps > 1e-3] / gaps[gaps > 1e-3])
    assert speed.max() < 180 + 60 + 20, "degrees a second: the turn, the swing, the blend"
    assert steps[gaps <= 1e-3].max(initial=0.0) < 1e-6, "written another way, turned the same"
    middle = np.abs(part.keys.seconds - (start + end) / 2) < 0.5
    wanted = values_at(new, part.keys.seconds[middle])[0]
    np.testing.assert_allclose(part.keys.channels[0].values[middle], wanted, atol=1e-9)


def test_the_old_pose_speed_and_acceleration_go_on_into_the_part() -> None:
    swing = 40 * np.sin(TIMES * 2)
    old, new = bone(swing, "QUATERNION"), bone(swing + 3 * np.sin(9 * TIMES - 27) + 4, "QUATERNION")
    part = joined(new, "QUATERNION", edge(old, 3.0, -1.0), None, 0.3, FPS)
    head = channel_quats(Channels("", old.channels[-1].values[:91]), "QUATERNION")
    tail = channel_quats(Channels("", part.keys.channels[-1].values), "QUATERNION")
    yaw = np.rad2deg(np.unwrap(quat.twist_angle(np.concatenate([head, tail]), np.eye(3)[1])))
    bends = np.abs(np.diff(yaw, n=2))
    assert bends[88:90].max() < 0.5, "not the 0.9 degrees by which the speeds differ"
    assert not part.departs


def test_a_loop_ends_as_it_begins() -> None:
    for mode in ("QUATERNION", "XYZ"):
        for reduce in (False, True):
            key = round_again(bone(60 * TIMES, mode, reduce), mode, 0.3, FPS)
            first, last = (values_at(key, np.array([t])) for t in (0.0, TIMES[-1]))
            np.testing.assert_allclose(first[0], last[0], atol=1e-9)
            turns = [
                channel_quats(Channels(key.channels[-1].property_name, v[-1]), mode)
                for v in (first, last)
            ]
            assert abs(float(np.sum(turns[0] * turns[1]))) > 1 - 1e-9
            assert len(key.seconds) == len(key.channels[0].values)


def test_bars_are_counted_by_downbeats(clip: Clip) -> None:
    np.testing.assert_allclose(bar_edges(clip), [0.25, 2.25, 4.25, 6.25, 8.25, 8.5])
    span = span_of_bars(clip, 2, 3)
    assert (span.start, span.end, span.words) == (2.25, 6.25, "bars 2-3")
    assert span_of_bars(clip, 4, 4).words == "bar 4"
    assert bars_nearest(clip, 2.0, 4.6) == span_of_bars(clip, 2, 2)
    assert bars_nearest(clip, 3.2, 3.3).words == "bar 2"
    assert span_of_seconds(clip, 1.0, 99.0).words == "1.0-8.5 s"
    for call, code in (
        (lambda: span_of_bars(clip, 3, 9), "bars_outside"),
        (lambda: span_of_bars(clip, 3, 2), "bars_outside"),
        (lambda: span_of_bars(clip, 5, 5), "part_short"),
        (lambda: span_of_seconds(clip, 9.0, 12.0), "part_outside"),
    ):
        with pytest.raises(ChoreoError) as caught:
            call()
        assert caught.value.code == code


def test_a_cut_take_lies_where_it_lay_in_the_song(clip: Clip) -> None:
    part = cut(clip, 2.25, 6.25)
    assert part.song_start == pytest.approx(68 / 30)
    assert part.frames == 187 - 68 + 1
    np.testing.assert_array_equal(part.local_quats, clip.local_quats[:, 68:188])
    np.testing.assert_allclose(part.downbeats + part.song_start, [4.25])


def test_room_is_made_until_a_downbeat_or_the_songs_end(clip: Clip) -> None:
    beats = np.arange(0.25, 20.0, 0.5)
    heard = {"beats": list(beats), "downbeats": list(beats[::4]), "tempo": 120.0}
    clip.meta["analysis"], clip.meta["song"]["duration"] = heard, 13.0
    longer = lengthened(rounded(clip), 2)
    assert (longer.clip.song_start + longer.clip.duration) == pytest.approx(12.25, abs=1 / 30)
    assert longer.start == pytest.approx(clip.frames / 30)
    assert not longer.ends_with_song
    np.testing.assert_array_equal(
        longer.clip.local_quats[:, : clip.frames], rounded(clip).local_quats
    )
    assert len(longer.clip.downbeats) == 6
    assert lengthened(clip, 9).ends_with_song
    with pytest.raises(ChoreoError, match="song ends"):
        lengthened(lengthened(clip, 9).clip, 1)
    clip.meta["analysis"] = {}
    with pytest.raises(ChoreoError, match="does not know the bars"):
        lengthened(clip, 1)


def test_only_loops_are_closed(clip: Clip) -> None:
    assert closed(clip) is clip
    clip.meta["directing"] = {"loop": {"frames": clip.frames, "period": clip.frames / 30}}
    once = closed(clip)
    assert once.duration == pytest.approx(clip.frames / 30)
    np.testing.assert_array_equal(once.local_quats[:, -1], clip.local_quats[:, 0])
    assert closed(once) is once
    assert not is_loop(cut(clip, 1.0, 3.0))
