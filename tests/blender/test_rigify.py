"""A dance on the controls of a generated Rigify rig, measured on its deforming bones."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.axes import to_blender
from kpop_choreo_addon.core.body import JOINTS
from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.inverse import BodyMotion
from kpop_choreo_addon.core.keys import KeyOptions
from kpop_choreo_addon.core.mapping_edit import as_preset
from kpop_choreo_addon.core.preparing import FitOptions
from kpop_choreo_addon.core.rig_presets import remove_preset, save_preset
from kpop_choreo_addon.scene.edited import is_edited
from tests.blender.helpers import curves, dump, set_frame
from tests.core.rigs import angle_between
from tests.core.synthetic import clip_arrays, turn, write_clip

SIDES = {"left": "L", "right": "R"}
BONES = {
    "shoulder": "DEF-upper_arm",
    "elbow": "DEF-forearm",
    "wrist": "DEF-hand",
    "hip": "DEF-thigh",
    "knee": "DEF-shin",
    "ankle": "DEF-foot",
}
LIMBS = (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
TRUNK = {
    "DEF-spine": ("pelvis", "pelvis", 0.0),
    "DEF-spine.001": ("spine1", "spine1", 0.0),
    "DEF-spine.002": ("spine2", "spine2", 0.0),
    "DEF-spine.003": ("spine3", "spine3", 0.0),
    "DEF-spine.004": ("spine3", "neck", 0.5),
    "DEF-spine.005": ("spine3", "neck", 1.0),
    "DEF-spine.006": ("head", "head", 0.0),
}
"""Bones that turn as a joint of the clip does, or part of the way to another."""
SWITCHES = ("upper_arm_parent.L", "upper_arm_parent.R", "thigh_parent.L", "thigh_parent.R")
FPS = 30
SAMPLES = np.arange(0, 61, 4)
"""Frames of the two seconds of dance that are looked at."""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a rig that Rigify generated from its basic human."""
    import addon_utils

    bpy.ops.wm.read_factory_settings(use_empty=True)
    assert addon_utils.enable("rigify", default_set=True) is not None
    bpy.ops.object.armature_basic_human_metarig_add()
    bpy.ops.pose.rigify_generate()
    path = tmp_path_factory.mktemp("rigify") / "rig.blend"
    bpy.data.libraries.write(str(path), {bpy.data.objects["rig"]})
    return path


@pytest.fixture
def rig(generated: Path, addon: None) -> bpy.types.Object:
    with bpy.data.libraries.load(str(generated)) as (_, here):
        here.objects = ["rig"]
    obj = here.objects[0]
    bpy.context.collection.objects.link(obj)
    scene = bpy.context.scene
    scene.kpop_choreo.target = obj
    scene.render.fps = FPS
    return obj


@pytest.fixture
def dance(tmp_path: Path) -> Path:
    """Two seconds in which the spine and the neck twist as well."""
    turns = clip_arrays(seconds=2.0)["local_quats"].astype(float)
    sway = np.sin(np.linspace(0.0, 6.0, turns.shape[1]))
    for joint, axis, degrees in (
        ("spine1", "Y", 12.0),
        ("spine2", "Y", -9.0),
        ("neck", "X", 25.0),
        ("neck", "Y", 25.0),
    ):
        at = JOINTS.index(joint)
        turns[0, :, at] = quat.multiply(turns[0, :, at], turn(axis, degrees * sway))
    return write_clip(tmp_path / "dance.npz", seconds=2.0, local_quats=turns.astype(np.float32))


def apply(
    obj: bpy.types.Object, path: Path, place: str = "NEW", keys: KeyOptions | None = None
) -> Clip:
    """Puts the dance on ``obj`` as it was retargeted, from frame 1 on."""
    from kpop_choreo_addon.scene.apply import ApplyOptions, apply_clip

    clip = read_clip(path)
    options = ApplyOptions(
        add_markers=False,
        fit=FitOptions(keys or KeyOptions(), contact=None),
        place=place,
    )
    apply_clip(bpy.context.scene, obj, clip, options)
    return clip


def posed(obj: bpy.types.Object) -> dict[str, np.ndarray]:
    """Matrices ``[T, 4, 4]`` of the deforming bones as Blender evaluates them."""
    found = []
    for frame in SAMPLES:
        set_frame(1 + int(frame))
        bones = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
        found.append({b.name: np.array(b.matrix) for b in bones if b.name.startswith("DEF-")})
    return {name: np.stack([one[name] for one in found]) for name in found[0]}


def limb_errors(bones: dict[str, np.ndarray], clip: Clip) -> np.ndarray:
    """Degrees ``[8, T]`` between the limbs of the rig and those of the clip's dancer."""
    motion = BodyMotion(clip.local_quats[0], clip.root_positions[0])
    places = to_blender(motion.positions())[SAMPLES]
    found = []
    for side, mark in SIDES.items():
        for start, end in LIMBS:
            ours = (bones[f"{BONES[j]}.{mark}"][:, :3, 3] for j in (start, end))
            theirs = (places[:, JOINTS.index(f"{side}_{j}")] for j in (start, end))
            (a, b), (c, d) = ours, theirs
            found.append(angle_between(b - a, d - c))
    return np.stack(found)


def facing_errors(bones: dict[str, np.ndarray], clip: Clip, obj: bpy.types.Object) -> np.ndarray:
    """Degrees ``[7, 2, T]`` by which trunk and head miss the clip's front and up."""
    turns = clip.local_quats[0][SAMPLES]
    world = np.empty_like(turns)
    for joint, parent in enumerate(clip.parents):
        own = turns[:, joint]
        world[:, joint] = own if parent < 0 else quat.multiply(world[:, parent], own)
    found = []
    for name, (joint, upper, weight) in TRUNK.items():
        rest = np.array(obj.data.bones[name].matrix_local)[:3, :3]
        goal = quat.slerp(*(world[:, JOINTS.index(j)] for j in (joint, upper)), weight)
        goal = to_blender(goal)
        turned = bones[name][:, :3, :3] @ rest.T
        found.append([angle_between(turned @ v, quat.rotate(goal, v)) for v in np.eye(3)[1:]])
    return np.array(found)


def stretch(bones: dict[str, np.ndarray], obj: bpy.types.Object) -> float:
    """The largest share by which a limb is longer or shorter than at rest."""
    worst = 0.0
    for mark in SIDES.values():
        for start, end in LIMBS:
            first, last = (f"{BONES[joint]}.{mark}" for joint in (start, end))
            length = np.linalg.norm(bones[last][:, :3, 3] - bones[first][:, :3, 3], axis=-1)
            rests = [obj.data.bones[name].head_local for name in (first, last)]
            worst = max(worst, float(np.abs(length / (rests[1] - rests[0]).length - 1.0).max()))
    return worst


def switch(obj: bpy.types.Object, names: tuple[str, ...], value: str = "IK_FK") -> None:
    """Turns a switch to its other value for all of the dance."""
    for curve in curves(obj):
        if any(curve.data_path == f'pose.bones["{name}"]["{value}"]' for name in names):
            for point in curve.keyframe_points:
                point.co[1] = 1.0 - point.co[1]
            curve.update()


def test_limbs_and_chest_are_right_and_switching_does_not_pop(
    rig: bpy.types.Object, dance: Path
) -> None:
    clip = apply(rig, dance)
    before = None
    for names in ((), SWITCHES[:2], SWITCHES[2:]):
        switch(rig, names)
        bones = posed(rig)
        errors = limb_errors(bones, clip)
        assert np.median(errors) < 0.05
        assert errors.max() < 0.5
        assert stretch(bones, rig) < 0.001
        *exact, upper_neck, head = facing_errors(bones, clip, rig).max(axis=(1, 2))
        assert max(*exact, head) < 0.1
        assert upper_neck < 1.5
        for mark in SIDES.values():
            # A flipped knee or elbow would be half a turn away.
            for name in (f"DEF-shin.{mark}", f"DEF-thigh.{mark}.001"):
                if before is not None:
                    sides = bones[name][:, :3, 0], before[name][:, :3, 0]
                    assert angle_between(*sides).max() < 15.0
        before = bones


def test_without_poles_the_limbs_bend_the_same_way(rig: bpy.types.Object, dance: Path) -> None:
    clip = apply(rig, dance)
    switch(rig, SWITCHES[:2])
    switch(rig, SWITCHES, "pole_vector")
    errors = limb_errors(posed(rig), clip)
    assert np.median(errors) < 1.0
    assert errors.max() < 3.0


def test_only_controls_are_keyed(rig: bpy.types.Object, dance: Path) -> None:
    apply(rig, dance)
    found = curves(rig)
    bones = {curve.group.name for curve in found if not curve.data_path.endswith("ik_stretch")}
    assert not any(bone.startswith(("DEF-", "ORG-", "MCH-")) for bone in bones)
    assert {"torso", "hips", "chest", "head", "upper_arm_fk.L", "hand_ik.R", "toe_fk.L"} <= bones
    assert {"foot_ik.L", "thigh_ik_target.R", "upper_arm_ik_target.L", "toe_ik.R"} <= bones
    assert "root" not in bones
    rolls = [c for c in found if c.data_path.startswith('pose.bones["foot_heel_ik')]
    assert len(rolls) == 6
    for curve in rolls:
        keys = [tuple(key.co) for key in curve.keyframe_points]
        assert np.allclose(keys, [(1, 0), (61, 0)], atol=1e-6)
    placed = {c.data_path.split('"')[1] for c in found if c.data_path.endswith("location")}
    assert placed == {"torso", "tweak_spine.005"} | {
        f"{name}.{mark}"
        for name in ("hand_ik", "foot_ik", "upper_arm_ik_target", "thigh_ik_target")
        for mark in SIDES.values()
    }


@pytest.mark.parametrize("place", ["NEW", "CURRENT", "STRIP"])
def test_switches_are_keyed_and_as_before_outside(
    rig: bpy.types.Object, dance: Path, place: str
) -> None:
    arm, torso = rig.pose.bones["upper_arm_parent.L"], rig.pose.bones["torso"]
    arm["IK_FK"], torso["head_follow"] = 0.25, 0.75
    if place == "CURRENT":
        rig.pose.bones["breast.L"].keyframe_insert("location", frame=200)
    apply(rig, dance, place)
    wanted = {"IK_FK": 1.0, "IK_Stretch": 0.0, "pole_vector": 1.0, "IK_parent": 1.0}
    for frame in (1, 31, 61):
        set_frame(frame)
        assert {name: float(arm[name]) for name in wanted} == wanted
        assert float(rig.pose.bones["thigh_parent.R"]["IK_FK"]) == 0.0
        assert float(torso["head_follow"]) == 1.0
        assert rig.pose.bones["thigh_ik.L"].ik_stretch == 0.0
    if place == "STRIP":
        strip = rig.animation_data.nla_tracks[0].strips[0]
        assert (strip.frame_start, strip.frame_end, strip.extrapolation) == (1.0, 61.0, "NOTHING")
        assert not is_edited(strip.action)
        return
    assert not is_edited(rig.animation_data.action)
    for frame in (0, -20, 62, 90):
        set_frame(frame)
        assert (arm["IK_FK"], torso["head_follow"]) == (0.25, 0.75)
        assert (float(arm["IK_Stretch"]), float(arm["pole_vector"])) == (1.0, 0.0)
        assert rig.pose.bones["thigh_ik.L"].ik_stretch == pytest.approx(0.1)


def test_a_second_take_restores_what_was_before_the_first(
    rig: bpy.types.Object, dance: Path
) -> None:
    apply(rig, dance)
    set_frame(20)
    apply(rig, dance)
    set_frame(80)
    assert rig.pose.bones["upper_arm_parent.L"]["IK_FK"] == 0.0
    assert rig.pose.bones["thigh_parent.L"]["IK_Stretch"] == 1.0


def test_the_root_control_carries_the_path(rig: bpy.types.Object, dance: Path) -> None:
    apply(rig, dance)
    hips = posed(rig)
    assert np.allclose(rig.pose.bones["root"].matrix, rig.data.bones["root"].matrix_local)
    clip = apply(rig, dance, keys=KeyOptions(root_motion="root"))
    assert any(curve.data_path == 'pose.bones["root"].location' for curve in curves(rig))
    root = posed(rig)
    assert limb_errors(root, clip).max() < 0.5
    for name, matrices in hips.items():
        assert np.abs(root[name] - matrices)[:, :3, 3].max() < 0.001


def test_reduced_keys_keep_the_dance(rig: bpy.types.Object, dance: Path) -> None:
    apply(rig, dance)
    full, many = posed(rig), sum(len(c.keyframe_points) for c in curves(rig))
    apply(rig, dance, keys=KeyOptions(reduce=True, degrees=1.0, millimetres=10.0))
    few, kept = posed(rig), sum(len(c.keyframe_points) for c in curves(rig))
    assert kept < 0.6 * many
    for name in ("DEF-spine.003", "DEF-hand.L", "DEF-hand.R", "DEF-foot.L", "DEF-spine.006"):
        apart = np.linalg.norm(few[name][:, :3, 3] - full[name][:, :3, 3], axis=-1)
        assert apart.max() < 0.011


def test_the_dance_comes_back_as_a_clip(rig: bpy.types.Object, dance: Path, tmp_path: Path) -> None:
    from kpop_choreo_addon.scene.read_pose import save_dance

    clip = apply(rig, dance)
    save_dance(bpy.context, rig, tmp_path / "back.npz")
    back = read_clip(tmp_path / "back.npz")
    dots = np.abs(np.sum(back.local_quats * clip.local_quats, axis=-1)).clip(0, 1)
    assert np.rad2deg(2 * np.arccos(dots)).max() < 1.0
    places = [BodyMotion(c.local_quats[0], c.root_positions[0]).positions() for c in (back, clip)]
    assert np.linalg.norm(places[0] - places[1], axis=-1).max() < 0.005


def test_choosing_the_deforming_bones_changes_nothing(rig: bpy.types.Object, dance: Path) -> None:
    from kpop_choreo_addon.ids import rigs_folder
    from kpop_choreo_addon.scene.recognition import chosen_bones, recognise

    known = recognise(rig)
    bpy.ops.kpop_choreo.fill_bones()
    assert chosen_bones(rig).bones
    assert recognise(rig) == known
    bpy.ops.kpop_choreo.clear_bones()
    save_preset(rigs_folder(), as_preset("Mine", known))
    assert recognise(rig) == known
    remove_preset(rigs_folder(), "Mine")
    apply(rig, dance, "CURRENT")
    set_frame(90)
    assert rig.pose.bones["thigh_parent.L"]["IK_Stretch"] == 1.0


def test_a_rig_that_lacks_a_control_is_refused(rig: bpy.types.Object, dance: Path) -> None:
    from kpop_choreo_addon.session import session

    rig.data.bones["chest"].name = "ribs"
    before = dump()
    with pytest.raises(RuntimeError, match="controls of Rigify"):
        bpy.ops.kpop_choreo.apply_clip("EXEC_DEFAULT", filepath=str(dance), song="")
    assert dump() == before
    assert session.error is not None
    assert session.error.code == "rig_controls"
