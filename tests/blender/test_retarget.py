"""Retargeting measured on bones that Blender has evaluated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Quaternion

from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.clip_writer import write_clip as rewrite
from kpop_choreo_addon.core.inverse import BodyMotion
from kpop_choreo_addon.core.quaternions import multiply, to_matrix
from kpop_choreo_addon.core.retarget import BoneMotion
from kpop_choreo_addon.scene.evaluation import evaluated_graph
from kpop_choreo_addon.scene.recognition import read_rig
from tests.blender.helpers import build_armature, curves, dump
from tests.core.rig_systems import make_system, truth_parts
from tests.core.rigs import composed, make_rig
from tests.core.synthetic import turn, write_clip


def evaluated(obj: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    """Rotations ``[B, 3, 3]`` and heads ``[B, 3]`` in armature space, in the rig's order."""
    posed = obj.evaluated_get(evaluated_graph()).pose.bones
    matrices = np.array([posed[name].matrix for name in read_rig(obj).bones])
    return matrices[:, :3, :3], matrices[:, :3, 3]


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_the_tests_compose_as_blender_does(scale: float) -> None:
    """tests/core measures on bones that are composed in NumPy: this is Blender's own way."""
    rng = np.random.default_rng(5)
    obj = build_armature(make_rig(seed=3, arms_down=30.0, scale=scale))
    for number, bone in enumerate(obj.data.bones):
        bone.use_local_location = number % 3 > 0
        bone.use_inherit_rotation = number % 5 > 0
        bone.inherit_scale = "NONE" if number % 4 == 0 else "FULL"
    rig = read_rig(obj)
    quats = rng.normal(size=(1, len(rig.bones), 4))
    quats /= np.linalg.norm(quats, axis=-1, keepdims=True)
    moved = [name for number, name in enumerate(rig.bones) if not rig.connected[number]]
    shifts = {name: rng.normal(size=(1, 3)) * 0.1 * scale for name in moved}
    for number, name in enumerate(rig.bones):
        bone = obj.pose.bones[name]
        bone.rotation_mode = "QUATERNION"
        bone.rotation_quaternion = Quaternion(quats[0, number])
        if name in shifts:
            bone.location = shifts[name][0]
    bpy.context.view_layer.update()
    turns, heads = composed(rig, BoneMotion(rig.bones, quats, shifts))
    rotations, places = evaluated(obj)
    np.testing.assert_allclose(places, heads[0], atol=2e-5 * scale)
    np.testing.assert_allclose(rotations, to_matrix(turns[0]), atol=2e-5)


def apply(obj: bpy.types.Object, clip: Path) -> None:
    bpy.context.scene.kpop_choreo.target = obj
    assert bpy.ops.kpop_choreo.apply_clip(filepath=str(clip)) == {"FINISHED"}


def saved(path: Path) -> Clip:
    assert bpy.ops.kpop_choreo.save_clip(filepath=str(path)) == {"FINISHED"}
    return read_clip(path)


def missed(clip: Clip, other: Clip) -> tuple[float, float]:
    """Degrees and millimetres, at most, between two clips of the same length."""
    assert clip.frames == other.frames
    motions = [BodyMotion(c.local_quats[0], c.root_positions[0]) for c in (clip, other)]
    dots = np.abs(np.sum(motions[0].local_quats * motions[1].local_quats, axis=-1))
    away = np.linalg.norm(motions[0].positions() - motions[1].positions(), axis=-1)
    return float(np.rad2deg(2 * np.arccos(dots.clip(0, 1))).max()), 1000 * float(away.max())


KINDS = {
    "a centimetre rig in an object of 0.01": ({"scale": 100.0, "seed": 3}, 0.01, {}),
    "a small rig in an object of 100": ({"scale": 0.01, "seed": 4, "arms_down": 40.0}, 100.0, {}),
    "Y up, Euler": ({"space": turn("X", -90.0), "seed": 5}, 1.0, {"rotation_mode": "ZXY"}),
    "sideways, axis and angle": (
        {"space": turn("Z", 90.0), "arms_down": 30.0, "seed": 6},
        1.0,
        {"rotation_mode": "AXIS_ANGLE"},
    ),
    "bones that inherit nothing": ({"seed": 7, "arms_down": 20.0}, 1.0, {"inherits": False}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_clip_to_rig_to_clip(kind: str, tmp_path: Path) -> None:
    """What Blender evaluates is the clip, on a parented object that stands anywhere."""
    options, object_scale, bones = KINDS[kind]
    obj = build_armature(make_rig(**options), object_scale=object_scale)
    parent = bpy.data.objects.new("Parent", None)
    bpy.context.collection.objects.link(parent)
    parent.location, parent.rotation_euler = (2.0, 1.0, 0.5), (0.3, 0.2, 1.0)
    obj.parent = parent
    for bone in obj.pose.bones:
        bone.rotation_mode = bones.get("rotation_mode", "QUATERNION")
        if not bones.get("inherits", True):
            bone.bone.use_inherit_rotation = bone.name.endswith(("Hips", "LeftArm", "Spine1"))
            bone.bone.inherit_scale = "NONE"
            bone.bone.use_local_location = False
    source = write_clip(tmp_path / "dance.npz", seconds=2.0)
    bpy.context.scene.render.fps = 25
    apply(obj, source)
    frame = bpy.context.scene.frame_current
    back = saved(tmp_path / "back.npz")
    assert bpy.context.scene.frame_current == frame
    clip = read_clip(source)
    degrees, millimetres = missed(clip, back)
    assert degrees < 1.0
    assert millimetres < 5.0
    assert back.meta["song"] == clip.meta["song"]
    assert (back.fps, back.song_start) == (pytest.approx(30.0), clip.song_start)
    np.testing.assert_allclose(back.beats, clip.beats, atol=1e-4)


@pytest.mark.parametrize("system", ["mmd", "quaternius"])
def test_what_the_rig_has_no_bone_for_comes_back(system: str, tmp_path: Path) -> None:
    """The split of a bend over a spine of two bones, toes, and what the hands show."""
    clip = read_clip(write_clip(tmp_path / "plain.npz", seconds=2.0))
    angles = np.sin(np.arange(clip.frames) / 7.0)[:, None]
    local = clip.local_quats.copy()
    for joint, most in (("spine1", 20.0), ("spine2", -12.0), ("left_foot", -30.0)):
        half = np.deg2rad(most) / 2 * angles
        added = np.concatenate([np.cos(half), np.sin(half), 0 * half, 0 * half], axis=-1)
        number = clip.joint_names.index(joint)
        local[0, :, number] = multiply(local[0, :, number], added)
    hands = (np.arange(2 * clip.frames).reshape(1, -1, 2) // 20 % 2).astype(np.uint8)
    meta = {**clip.meta, "hand_poses": ["relaxed", "fist"]}
    source = tmp_path / "dance.npz"
    rewrite(replace(clip, local_quats=local, hand_pose=hands, meta=meta), source)
    obj = build_armature(make_system(system))
    bpy.context.scene.kpop_choreo.lock_feet = False
    apply(obj, source)
    back = saved(tmp_path / "back.npz")
    degrees, millimetres = missed(read_clip(source), back)
    assert degrees < 1.0
    assert millimetres < 5.0
    assert back.meta["hand_poses"] == ["relaxed", "fist"]
    np.testing.assert_array_equal(back.hand_pose, hands)


@pytest.mark.parametrize("system", ["unreal-5", "vroid", "rigify-deform"])
@pytest.mark.parametrize("mode", ["root", "in_place"])
def test_a_travelling_root_is_the_same_dance(system: str, mode: str, tmp_path: Path) -> None:
    rig = make_system(system)
    obj = build_armature(rig)
    source = write_clip(tmp_path / "dance.npz", seconds=2.0)
    bpy.context.scene.kpop_choreo.root_motion = mode
    apply(obj, source)
    ground = truth_parts(system)["root"][0]
    paths = {curve.data_path for curve in curves(obj)}
    keyed = f'pose.bones["{ground}"].location' in paths
    assert keyed == (mode == "root")
    clip, back = read_clip(source), saved(tmp_path / "back.npz")
    if mode == "root":
        degrees, millimetres = missed(clip, back)
        assert degrees < 1.0
        assert millimetres < 5.0
        return
    away = back.root_positions[0][:, [0, 2]]
    assert np.abs(away).max() < 0.2 < np.ptp(clip.root_positions[0][:, 0])
    np.testing.assert_allclose(
        back.root_positions[0][:, 1], clip.root_positions[0][:, 1], atol=0.002
    )


def test_an_edit_on_the_rig_is_in_the_clip(
    dancer: bpy.types.Object, clip_file: Path, tmp_path: Path
) -> None:
    """A constraint that turns the head, on top of the dance, turns the clip's head."""
    apply(dancer, clip_file)
    before = saved(tmp_path / "before.npz")
    leaning = bpy.data.objects.new("Leaning", None)
    bpy.context.collection.objects.link(leaning)
    leaning.rotation_euler = (0.5, 0.0, 0.0)
    added = dancer.pose.bones["head"].constraints.new("COPY_ROTATION")
    added.target, added.mix_mode, added.owner_space = leaning, "AFTER", "LOCAL"
    after = saved(tmp_path / "after.npz")
    head = after.joint_names.index("head")
    dots = np.abs(np.sum(before.local_quats * after.local_quats, axis=-1))[0].clip(0, 1)
    turned = 2 * np.arccos(dots)
    np.testing.assert_allclose(turned[:, head], 0.5, atol=0.01)
    assert np.delete(turned, head, axis=1).max() < 0.01
    assert after.meta["edited"] is True


def test_any_animation_is_read_over_the_frame_range(
    dancer: bpy.types.Object, tmp_path: Path
) -> None:
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = 10, 34, 24
    bone = dancer.pose.bones["left_elbow"]
    bone.rotation_mode = "QUATERNION"
    for frame, angle in ((10, 0.0), (34, 1.0)):
        bone.rotation_quaternion = Quaternion((1.0, 0.0, 0.0), angle)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    clip = saved(tmp_path / "own.npz")
    assert (clip.frames, clip.fps) == (31, pytest.approx(30.0))
    elbow = clip.local_quats[0][:, clip.joint_names.index("left_elbow")]
    assert 2 * np.arccos(abs(elbow[0, 0])) < 0.01
    assert 2 * np.arccos(abs(elbow[-1, 0])) == pytest.approx(1.0, abs=0.01)
    assert clip.foot_contacts.min() == 1.0, "nobody moves a foot"


def test_a_clip_that_cannot_be_written(dancer: bpy.types.Object, tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 5
    with pytest.raises(RuntimeError, match="choose another one"):
        bpy.ops.kpop_choreo.save_clip(filepath=str(tmp_path / "nowhere" / "a.npz"))


def test_a_single_frame_is_a_clip_too(dancer: bpy.types.Object, tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.frame_start = scene.frame_end = 7
    assert saved(tmp_path / "pose.npz").frames == 2


def test_a_dance_is_read_at_the_rate_at_which_it_was_keyed(
    dancer: bpy.types.Object, clip_file: Path, tmp_path: Path
) -> None:
    apply(dancer, clip_file)
    bpy.context.scene.render.fps = 60
    degrees, millimetres = missed(read_clip(clip_file), saved(tmp_path / "back.npz"))
    assert degrees < 1.0
    assert millimetres < 5.0


def test_saving_a_clip_leaves_a_pose_that_is_not_keyed(
    dancer: bpy.types.Object, clip_file: Path, tmp_path: Path
) -> None:
    apply(dancer, clip_file)
    head = dancer.pose.bones["head"]
    head.rotation_quaternion = (0.8, 0.6, 0.0, 0.0)
    before = dump()
    saved(tmp_path / "back.npz")
    assert tuple(head.rotation_quaternion) == pytest.approx((0.8, 0.6, 0.0, 0.0))
    assert dump() == before
