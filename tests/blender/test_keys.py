"""Fewer keys, NLA strips, and a dance amid an action of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from kpop_choreo_addon.core.body import JOINTS
from kpop_choreo_addon.scene.actions import fcurves_of
from kpop_choreo_addon.scene.evaluation import evaluated_graph
from tests.blender.helpers import (
    KEY_PLACES,
    build_armature,
    curves,
    dump,
    dump_curve,
    key_frames,
    key_values,
    posed_heads,
    set_frame,
)
from tests.core.rigs import make_rig
from tests.core.synthetic import write_clip


def apply(clip: Path, undo: bool = False) -> None:
    bpy.ops.kpop_choreo.apply_clip("EXEC_DEFAULT", undo, filepath=str(clip))


def refused(clip: Path) -> str:
    from kpop_choreo_addon.session import session

    bpy.context.scene.frame_set(7)
    before = dump()
    with pytest.raises(RuntimeError):
        apply(clip)
    assert dump() == before
    assert session.error is not None
    return session.error.code


def turns(obj: bpy.types.Object) -> np.ndarray:
    """Evaluated rotations ``[B, 4]`` in armature space."""
    evaluated = obj.evaluated_get(evaluated_graph())
    return np.array([evaluated.pose.bones[name].matrix.to_quaternion() for name in JOINTS])


@pytest.mark.parametrize("mode", ["QUATERNION", "YXZ", "AXIS_ANGLE"])
def test_reduced_keys_keep_the_evaluated_pose(
    dancer: bpy.types.Object, clip_file: Path, mode: str
) -> None:
    scene = bpy.context.scene
    settings = scene.kpop_choreo
    scene.render.fps, settings.start_frame = 60, 3
    for bone in dancer.pose.bones:
        bone.rotation_mode = mode
    apply(clip_file)
    samples = key_frames(curves(dancer)[0])
    poses = []
    full = len(samples) * len(curves(dancer))
    for frame in samples:
        set_frame(frame)
        poses.append((posed_heads(dancer, list(JOINTS)), turns(dancer)))
    settings.key_mode, settings.tolerance_degrees, settings.tolerance_mm = "REDUCED", 1.0, 10.0
    apply(clip_file)
    assert sum(len(c.keyframe_points) for c in curves(dancer)) < 0.5 * full
    for frame, (heads, rotations) in zip(samples, poses, strict=True):
        set_frame(frame)
        away = np.linalg.norm(posed_heads(dancer, list(JOINTS)) - heads, axis=-1)
        assert away.max() <= 0.010
        cosine = np.abs(np.sum(turns(dancer) * rotations, axis=-1))
        assert np.rad2deg(2 * np.arccos(np.clip(cosine, 0, 1))).max() <= 1.0 + 0.02  # float32
    by_bone: dict[str, set[bytes]] = {}
    for curve in curves(dancer):
        by_bone.setdefault(curve.group.name, set()).add(key_frames(curve).tobytes())
        assert {k.interpolation for k in curve.keyframe_points} == {"BEZIER"}
    assert all(len(times) == 1 for times in by_bone.values()), "a key is one of the whole bone"


def test_every_take_is_a_strip_of_its_own(
    dancer: bpy.types.Object, clip_file: Path, tmp_path: Path
) -> None:
    settings = bpy.context.scene.kpop_choreo
    walk = bpy.data.actions.new("walk")
    animation = dancer.animation_data_create()
    animation.action = walk
    theirs = animation.nla_tracks.new()
    theirs.name = "theirs"
    theirs.strips.new("theirs", 1, walk)
    settings.place, settings.start_frame = "STRIP", 5
    apply(clip_file)
    apply(write_clip(tmp_path / "b.npz", seconds=2.0))
    assert animation.action == walk
    tracks = list(animation.nla_tracks)
    assert [t.name for t in tracks] == ["theirs", "song hip-hop 7", "song hip-hop 7.001"]
    assert not any(t.mute for t in tracks)
    for track, end in zip(tracks[1:], (5 + 96, 5 + 48), strict=True):
        (strip,) = track.strips
        assert strip.name == strip.action.name == track.name
        assert (strip.frame_start, strip.frame_end) == (5, pytest.approx(end, abs=1e-3))
        assert (strip.extrapolation, strip.blend_type) == ("NOTHING", "REPLACE")
        if hasattr(strip, "action_slot"):
            assert strip.action_slot is not None
    apply_alone = posed_at(dancer, 20, without_action=True)
    settings.place = "NEW"
    for track in tracks:
        track.mute = True
    apply(write_clip(tmp_path / "b.npz", seconds=2.0))
    assert np.abs(posed_at(dancer, 20) - apply_alone).max() < 1e-4


def posed_at(obj: bpy.types.Object, frame: int, without_action: bool = False) -> np.ndarray:
    if without_action:
        obj.animation_data.action = None
    set_frame(frame)
    return posed_heads(obj, list(JOINTS))


def own_action(obj: bpy.types.Object, kinds: dict[str, str]) -> Any:
    """An action of the user's from frame -20 to 180 with every kind of key."""
    bpy.context.scene.frame_set(-20)
    rng = np.random.default_rng(2)
    frames = (-20.0, -7.5, 0.5, 3.25, 30.0, 70.0, 101.7, 125.0, 180.0)
    for name in ("pelvis", "left_knee", "head"):
        bone = obj.pose.bones[name]
        for frame in frames:
            bone.location = rng.normal(size=3)
            bone.rotation_quaternion = rng.normal(size=4)
            bone.keyframe_insert("location", frame=frame)
            bone.keyframe_insert("rotation_quaternion", frame=frame)
    action = obj.animation_data.action
    for curve in fcurves_of(action):
        for key in curve.keyframe_points:
            key.interpolation = kinds["interpolation"]
            key.handle_left_type = key.handle_right_type = kinds["handles"]
            key.type = "EXTREME"
        curve.update()
    action.name = "walk"
    return action


@pytest.mark.parametrize(
    ("interpolation", "handles"),
    [
        ("BEZIER", "AUTO_CLAMPED"),
        ("BEZIER", "AUTO"),
        ("BEZIER", "FREE"),
        ("BEZIER", "VECTOR"),
        ("LINEAR", "AUTO"),
        ("CONSTANT", "ALIGNED"),
    ],
)
@pytest.mark.parametrize("keys", ["EVERY", "REDUCED"])
def test_into_the_current_action_nothing_outside_changes(
    dancer: bpy.types.Object, clip_file: Path, interpolation: str, handles: str, keys: str
) -> None:
    """Also where the dance starts and ends amid the curves of the user's action."""
    settings = bpy.context.scene.kpop_choreo
    action = own_action(dancer, {"interpolation": interpolation, "handles": handles})
    settings.place, settings.key_mode, settings.start_frame = "CURRENT", keys, 15
    first, last = 15, 15 + 96
    before = {(c.data_path, c.array_index): c for c in fcurves_of(action)}
    stored = {
        path: {place: key_values(c.keyframe_points, place, 2) for place in KEY_PLACES}
        for path, c in before.items()
    }
    outside = [*np.arange(-40, first, 0.5)[:-1], *np.arange(last + 1, 200, 0.5)]
    values = {path: [c.evaluate(f) for f in outside] for path, c in before.items()}
    kept = {path: dump_curve(c) for path, c in before.items() if "knee" in path and "loc" in path}
    apply(clip_file)
    assert dancer.animation_data.action == action
    after = {(c.data_path, c.array_index): c for c in fcurves_of(action)}
    for path, curve in after.items():
        if path not in stored:
            rest = 1.0 if path[0].endswith("quaternion") and path[1] == 0 else 0.0
            assert curve.evaluate(first - 1) == curve.evaluate(last + 1) == rest
            continue
        assert np.abs(np.array([curve.evaluate(f) for f in outside]) - values[path]).max() < 2e-5
        points = {place: key_values(curve.keyframe_points, place, 2) for place in KEY_PLACES}
        now = {row[0]: number for number, row in enumerate(points["co"])}
        if path in kept:
            assert dump_curve(curve) == kept[path], "the dance has no use for this channel"
            continue
        for number, (frame, _) in enumerate(stored[path]["co"]):
            if first <= frame <= last:
                continue
            for place in KEY_PLACES:
                facing = (frame, place) in ((3.25, "handle_right"), (125.0, "handle_left"))
                if facing and interpolation == "BEZIER":
                    continue  # shorter, so that the curve outside keeps its shape
                assert np.array_equal(points[place][now[frame]], stored[path][place][number])
    dance = {c.data_path: c for c in after.values()}['pose.bones["left_elbow"].rotation_quaternion']
    assert len(dance.keyframe_points) > 10


def test_dancing_again_into_the_same_action(dancer: bpy.types.Object, clip_file: Path) -> None:
    settings = bpy.context.scene.kpop_choreo
    action = own_action(dancer, {"interpolation": "BEZIER", "handles": "AUTO"})
    settings.place, settings.start_frame = "CURRENT", 15
    apply(clip_file)
    once = {(c.data_path, c.array_index): dump_curve(c)[3] for c in fcurves_of(action)}
    apply(clip_file)
    assert {(c.data_path, c.array_index): dump_curve(c)[3] for c in fcurves_of(action)} == once
    settings.place = "NEW"
    apply(clip_file)
    assert action.use_fake_user, "it holds more than a dance"


def test_groups_of_the_action_are_used(dancer: bpy.types.Object, clip_file: Path) -> None:
    bpy.context.scene.kpop_choreo.place = "CURRENT"
    dancer.pose.bones["head"].keyframe_insert("scale", frame=1, group="head")
    apply(clip_file)
    used = {curve.group.name for curve in curves(dancer) if '"head"' in curve.data_path}
    assert used == {"head"}


def test_a_strip_that_does_not_play_is_said(dancer: bpy.types.Object, clip_file: Path) -> None:
    from kpop_choreo_addon.generating import bring_clips

    scene = bpy.context.scene
    scene.kpop_choreo.place = "STRIP"
    assert not bring_clips(scene, dancer, [clip_file], None).notes
    dancer.animation_data.nla_tracks[0].is_solo = True
    assert "is solo" in bring_clips(scene, dancer, [clip_file], None).notes[0]
    dancer.animation_data.nla_tracks[0].is_solo = False
    dancer.animation_data.use_nla = False
    assert "switched off" in bring_clips(scene, dancer, [clip_file], None).notes[0]


def test_poses_that_are_not_keyed_return_after_the_dance(
    dancer: bpy.types.Object, clip_file: Path
) -> None:
    knee, head = dancer.pose.bones["left_knee"], dancer.pose.bones["head"]
    animation = dancer.animation_data_create()
    animation.action = bpy.data.actions.new("empty")
    knee.location, head.scale = (0.0, 0.5, 0.0), (2.0, 2.0, 2.0)
    settings = bpy.context.scene.kpop_choreo
    settings.place, settings.start_frame = "CURRENT", 15
    set_frame(14)
    standing = posed_heads(dancer, list(JOINTS))
    apply(clip_file)
    dancing = posed_at(dancer, 40)
    for frame in (-3, 14, 15 + 96 + 1, 300):
        assert np.abs(posed_at(dancer, frame) - standing).max() < 1e-5
        assert knee.location.y == pytest.approx(0.5)
        assert head.scale.x == pytest.approx(2.0)
    settings.place = "NEW"
    apply(clip_file)
    assert np.abs(posed_at(dancer, 40) - dancing).max() < 1e-4


def test_a_stored_pose_that_is_no_number_is_pinned_to_rest(
    dancer: bpy.types.Object, clip_file: Path
) -> None:
    dancer.animation_data_create().action = bpy.data.actions.new("empty")
    knee = dancer.pose.bones["left_knee"]
    knee.location.x = knee.scale.y = knee.rotation_quaternion.w = float("nan")
    settings = bpy.context.scene.kpop_choreo
    settings.place, settings.start_frame = "CURRENT", 15
    apply(clip_file)
    for curve in curves(dancer):
        assert np.isfinite(key_values(curve.keyframe_points, "co", 2)).all()
    posed_at(dancer, 300)
    assert (knee.location.x, knee.scale.y, knee.rotation_quaternion.w) == (0.0, 1.0, 1.0)


def test_actions_that_cannot_be_written_into(dancer: bpy.types.Object, clip_file: Path) -> None:
    settings = bpy.context.scene.kpop_choreo
    settings.place, settings.start_frame = "CURRENT", 15
    action = own_action(dancer, {"interpolation": "BEZIER", "handles": "AUTO"})
    hips = next(c for c in fcurves_of(action) if "pelvis" in c.data_path)
    hips.modifiers.new("CYCLES")
    assert refused(clip_file) == "action_curves"
    hips.modifiers.remove(hips.modifiers[0])
    hips.lock = True
    assert refused(clip_file) == "action_curves"
    hips.lock = False
    for key in hips.keyframe_points:
        key.interpolation = "BOUNCE"
    assert refused(clip_file) == "action_curves"
    for key in hips.keyframe_points:
        key.interpolation = "LINEAR"
    other = bpy.data.objects.new("other", None)
    other.animation_data_create().action = action
    assert refused(clip_file) == "action_shared"
    bpy.data.objects.remove(other)
    apply(clip_file)


@pytest.mark.parametrize("place", ["NEW", "STRIP", "CURRENT"])
@pytest.mark.parametrize("keys", ["EVERY", "REDUCED"])
def test_every_place_is_one_undo_step(
    dancer: bpy.types.Object, clip_file: Path, place: str, keys: str
) -> None:
    settings = bpy.context.scene.kpop_choreo
    own_action(dancer, {"interpolation": "BEZIER", "handles": "AUTO"})
    settings.place, settings.key_mode = place, keys
    bpy.ops.ed.undo_push(message="before")
    before = dump()
    apply(clip_file, undo=True)
    after = dump()
    assert after["actions"] != before["actions"]
    bpy.ops.ed.undo()
    assert dump() == before
    bpy.ops.ed.redo()
    assert dump() == after


def test_locked_channels_are_keyed_and_stay_locked(clip_file: Path) -> None:
    rig = make_rig()
    obj = build_armature(rig)
    bpy.context.scene.kpop_choreo.target = obj
    for bone in obj.pose.bones:
        bone.lock_rotation = bone.lock_location = (True, True, True)
    apply(clip_file)
    assert all(all(bone.lock_rotation) for bone in obj.pose.bones)
    assert len({c.group.name for c in curves(obj)}) == len(JOINTS)
