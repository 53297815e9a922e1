"""Keys of a dance that were edited by hand: noticed, asked about, kept."""

from __future__ import annotations

import json
from pathlib import Path

import bpy
import pytest

from kpop_choreo_addon.scene.actions import fcurves_of
from kpop_choreo_addon.scene.edited import is_edited
from kpop_choreo_addon.scene.records import RECORD
from kpop_choreo_addon.scene.takes import takes_of
from kpop_choreo_addon.session import session
from tests.blender.helpers import curves, run_task
from tests.core.synthetic import write_clip


def apply(clip: Path, **arguments: object) -> None:
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip), **arguments)


def settings() -> object:
    return bpy.context.scene.kpop_choreo


@pytest.mark.parametrize("keys", ["EVERY", "REDUCED"])
@pytest.mark.parametrize("place", ["NEW", "STRIP", "CURRENT"])
@pytest.mark.parametrize(("fps", "base"), [(24, 1.0), (30, 1.001)])
def test_a_dance_as_it_was_written_is_not_edited(
    dancer: bpy.types.Object,
    clip_file: Path,
    tmp_path: Path,
    keys: str,
    place: str,
    fps: int,
    base: float,
) -> None:
    render = bpy.context.scene.render
    render.fps, render.fps_base = fps, base
    settings().key_mode, settings().place, settings().start_frame = keys, place, 7
    if place == "CURRENT":
        bone = dancer.pose.bones["left_knee"]
        for frame in (-50, 20, 400):
            bone.keyframe_insert("rotation_quaternion", frame=frame)
            bone.keyframe_insert("scale", frame=frame)
    apply(clip_file)
    name = next(a.name for a in bpy.data.actions if RECORD in a)
    assert not is_edited(bpy.data.actions[name])
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert not is_edited(bpy.data.actions[name])
    for fcurve in fcurves_of(bpy.data.actions[name]):
        fcurve.update()
    assert not is_edited(bpy.data.actions[name])


@pytest.mark.parametrize("how", ["move", "remove", "add", "bend", "curve", "noise", "kind"])
def test_every_edit_is_noticed(dancer: bpy.types.Object, clip_file: Path, how: str) -> None:
    settings().key_mode = "REDUCED"
    apply(clip_file)
    action = dancer.animation_data.action
    fcurve = max(curves(dancer), key=lambda c: len(c.keyframe_points))
    key = fcurve.keyframe_points[2]
    if how == "move":
        key.co.y += 0.01
    elif how == "remove":
        fcurve.keyframe_points.remove(key)
    elif how == "add":
        fcurve.keyframe_points.insert(key.co.x + 0.4, 0.3)
    elif how == "bend":
        key.handle_right.y += 0.01
    elif how == "curve":
        dancer.keyframe_insert("location", frame=5)
    elif how == "noise":
        fcurve.modifiers.new("NOISE")
    else:
        key.interpolation = "BOUNCE"
    assert is_edited(action)


def test_what_lies_outside_the_dance_is_the_users_in_any_case(
    dancer: bpy.types.Object, clip_file: Path
) -> None:
    dancer.pose.bones["head"].keyframe_insert("location", frame=400)
    settings().place = "CURRENT"
    apply(clip_file)
    action = dancer.animation_data.action
    dancer.pose.bones["left_knee"].keyframe_insert("rotation_quaternion", frame=500)
    dancer.pose.bones["head"].keyframe_insert("location", frame=20)
    assert not is_edited(action)
    dancer.pose.bones["left_knee"].keyframe_insert("rotation_quaternion", frame=20.5)
    assert is_edited(action)


def test_edits_are_replaced_only_when_told(dancer: bpy.types.Object, clip_file: Path) -> None:
    settings().place = "CURRENT"
    dancer.keyframe_insert("location", frame=1)
    apply(clip_file)
    curves(dancer)[5].keyframe_points[3].co.y += 0.1
    with pytest.raises(RuntimeError, match="You edited the keys"):
        apply(clip_file)
    assert session.error.code == "keys_edited"
    assert is_edited(dancer.animation_data.action)
    apply(clip_file, replace_edits=True)
    assert not is_edited(dancer.animation_data.action)


def test_a_dance_that_meets_edits_is_kept_and_asked_about(
    dancer: bpy.types.Object, clip_file: Path
) -> None:
    settings().place = "CURRENT"
    dancer.keyframe_insert("location", frame=1)
    apply(clip_file)
    curves(dancer)[5].keyframe_points[3].co.y += 0.1
    bpy.ops.kpop_choreo.open_clip(filepath=str(clip_file))
    run_task()
    assert session.error.code == "keys_edited"
    assert session.kept_takes == (clip_file,)
    bpy.ops.kpop_choreo.open_clip(filepath=str(clip_file), replace_edits=True)
    run_task()
    assert session.error is None
    assert not is_edited(dancer.animation_data.action)


def test_the_dialog_asks_only_where_edits_would_be_replaced(
    dancer: bpy.types.Object, clip_file: Path
) -> None:
    from types import SimpleNamespace

    from kpop_choreo_addon.operators.asking import ask_about_edits

    asked = []
    manager = SimpleNamespace(invoke_confirm=lambda *_, **told: asked.append(told) or {"CANCELLED"})
    context = SimpleNamespace(
        scene=bpy.context.scene, view_layer=bpy.context.view_layer, window_manager=manager
    )

    def ask() -> object:
        return ask_about_edits(SimpleNamespace(replace_edits=False), context, None)

    settings().place = "CURRENT"
    dancer.keyframe_insert("location", frame=1)
    assert ask() is None
    apply(clip_file)
    assert ask() is None
    curves(dancer)[5].keyframe_points[3].co.y += 0.1
    assert ask() == {"CANCELLED"}
    assert "You edited the keys of" in asked[0]["message"]
    settings().place = "NEW"
    assert ask() is None


def test_saving_keeps_an_edited_dance_that_was_left(
    dancer: bpy.types.Object, tmp_path: Path
) -> None:
    clips = [write_clip(tmp_path / f"{n}.npz", seconds=2.0 + n) for n in range(3)]
    names = []
    for clip in clips:
        apply(clip)
        names.append(dancer.animation_data.action.name)
        if clip == clips[0]:
            curves(dancer)[5].keyframe_points[3].co.y = 3.0
    uid = json.loads(bpy.data.actions[names[0]][RECORD])["take"]
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert sorted(a.name for a in bpy.data.actions) == sorted((names[0], names[2]))
    again = bpy.data.objects["Dancer"]
    bpy.ops.kpop_choreo.choose_take(take=uid)
    assert again.animation_data.action.name == names[0]
    assert curves(again)[5].keyframe_points[3].co.y == 3.0
    assert takes_of(again).active == uid
