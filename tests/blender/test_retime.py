"""Re-time: the dance is on its beats again after the scene's frame rate was changed."""

from __future__ import annotations

import json
from pathlib import Path

import bpy
import numpy as np
import pytest

from kpop_choreo_addon import notice_panel
from kpop_choreo_addon.core.clip import read_clip
from kpop_choreo_addon.notice_panel import KPOPCHOREO_PT_notice
from kpop_choreo_addon.scene.edited import is_edited
from kpop_choreo_addon.scene.records import RECORD
from kpop_choreo_addon.scene.retime import foreign_rate
from kpop_choreo_addon.scene.take_actions import take_of_action
from tests.blender.helpers import (
    HAS_AUDIO,
    curves,
    drawn,
    dump,
    key_frames,
    posed_heads,
    set_frame,
    strips,
)

JOINTS = ["left_wrist", "right_ankle", "head"]
RATES = [(24, 1.0), (25, 1.0), (30, 1.001), (60, 1.0)]


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no sidebar whose width could be asked."""
    monkeypatch.setattr(notice_panel, "wrapped", lambda layout, text, *_: layout.label(text=text))


def set_rate(fps: int, base: float) -> float:
    render = bpy.context.scene.render
    render.fps, render.fps_base = fps, base
    return fps / base


def at_seconds(dancer: bpy.types.Object, seconds: list[float], rate: float) -> np.ndarray:
    found = []
    for second in seconds:
        set_frame(7 + second * rate)
        found.append(posed_heads(dancer, JOINTS))
    return np.array(found)


@pytest.mark.parametrize("place", ["NEW", "STRIP"])
@pytest.mark.parametrize(("fps", "base"), RATES)
def test_every_moment_is_where_the_song_has_it(
    dancer: bpy.types.Object, clip_file: Path, song: Path, fps: int, base: float, place: str
) -> None:
    scene = bpy.context.scene
    settings = scene.kpop_choreo
    settings.start_frame, settings.set_frame_end, settings.place = 7, True, place
    settings.key_mode = "REDUCED" if fps == 25 else "EVERY"
    old = set_rate(30, 1.0)
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file), song=str(song))
    clip = read_clip(clip_file)
    seconds = [*clip.beats[clip.beats < clip.duration], 0.0, 0.7, clip.duration - 0.1]
    before = at_seconds(dancer, seconds, old)
    names = sorted(marker.name for marker in scene.timeline_markers)
    new = set_rate(fps, base)
    bpy.ops.ed.undo_push(message="before")
    state = dump()
    assert foreign_rate(scene, dancer) == 30.0
    assert KPOPCHOREO_PT_notice.poll(bpy.context)
    assert f"The dance was keyed for 30 fps, the scene runs at {new:.5g}." in " ".join(
        drawn(KPOPCHOREO_PT_notice)
    )
    assert bpy.ops.kpop_choreo.retime("EXEC_DEFAULT", True) == {"FINISHED"}
    assert not KPOPCHOREO_PT_notice.poll(bpy.context)
    assert np.abs(at_seconds(dancer, seconds, new) - before).max() < 1e-4
    marked = {m.name: m.frame for m in scene.timeline_markers}
    assert sorted(marked) == names
    assert marked["1.1"] == round(7 + clip.downbeats[0] * new)
    assert scene.frame_end == int(np.ceil(7 + clip.duration * new - 1e-4))
    action = next(a for a in bpy.data.actions if take_of_action(a))
    record = json.loads(action[RECORD])
    assert (record["fps"], record["fps_base"]) == (fps, pytest.approx(base))
    assert not is_edited(action)
    if HAS_AUDIO:
        (strip,) = strips(scene)
        assert strip.frame_final_start == 7
        assert strip.frame_final_end == 7 + round(min(clip.duration, 4.0) * new)
    set_frame(state["range"][2])
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    bpy.ops.ed.undo()
    assert dump() == state


def test_there_and_back_is_the_same(dancer: bpy.types.Object, clip_file: Path) -> None:
    set_rate(24, 1.0)
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    before = [key_frames(curve) for curve in curves(dancer)]
    markers = sorted((m.name, m.frame) for m in bpy.context.scene.timeline_markers)
    for fps, base in ((30, 1.001), (24, 1.0)):
        set_rate(fps, base)
        bpy.ops.kpop_choreo.retime()
    for frames, curve in zip(before, curves(dancer), strict=True):
        np.testing.assert_allclose(key_frames(curve), frames, atol=1e-4)
    assert sorted((m.name, m.frame) for m in bpy.context.scene.timeline_markers) == markers
    with pytest.raises(RuntimeError, match="Every dance fits"):
        bpy.ops.kpop_choreo.retime()


def test_two_dancers_keep_their_distance_in_time(dancer: bpy.types.Object, clip_file: Path) -> None:
    settings = bpy.context.scene.kpop_choreo
    set_rate(24, 1.0)
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    bpy.ops.kpop_choreo.add_dancer()
    other = settings.target
    settings.start_frame = 25
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    set_rate(60, 1.0)
    bpy.ops.kpop_choreo.retime()
    assert dancer.animation_data.action.frame_range[0] == pytest.approx(1.0)
    assert other.animation_data.action.frame_range[0] == pytest.approx(61.0)


def test_markers_and_song_of_a_newer_dance_stay(
    dancer: bpy.types.Object, clip_file: Path, song: Path
) -> None:
    settings = bpy.context.scene.kpop_choreo
    set_rate(24, 1.0)
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file), song=str(song))
    set_rate(60, 1.0)
    bpy.ops.kpop_choreo.add_dancer()
    assert settings.target != dancer
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file), song=str(song))
    before = dump()
    bpy.ops.kpop_choreo.retime()
    after = dump()
    assert after["markers"] == before["markers"]
    assert after["strips"] == before["strips"]
    assert dancer.animation_data.action.frame_range[1] == pytest.approx(
        settings.target.animation_data.action.frame_range[1], abs=1e-3
    )


def test_edits_are_moved_and_stay_edits(dancer: bpy.types.Object, clip_file: Path) -> None:
    set_rate(30, 1.0)
    dancer.pose.bones["left_knee"].keyframe_insert("location", frame=301)
    bpy.context.scene.kpop_choreo.place = "CURRENT"
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    action = dancer.animation_data.action
    set_rate(60, 1.0)
    bpy.ops.kpop_choreo.retime()
    assert not is_edited(action)
    assert action.frame_range[1] == pytest.approx(601.0)
    max(curves(dancer), key=lambda c: len(c.keyframe_points)).keyframe_points[3].co.y += 0.1
    assert is_edited(action)
    set_rate(24, 1.0)
    bpy.ops.kpop_choreo.retime()
    assert is_edited(action)
