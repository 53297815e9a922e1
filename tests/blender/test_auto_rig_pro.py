"""A dance on the controls of an Auto-Rig Pro rig, built from published names and constraints."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from kpop_choreo_addon.core.clip import read_clip
from kpop_choreo_addon.core.expression import ExpressionOptions
from kpop_choreo_addon.core.keys import KeyOptions
from kpop_choreo_addon.core.preparing import FitOptions
from tests.blender.arp_rig import ARMS, DEFORM, LEGS, SWITCH, TRUNK, WHOLE, generate
from tests.blender.control_rigs import (
    apply,
    back,
    facing_errors,
    limb_errors,
    posed,
    stretch,
    switch,
    twisting_dance,
)
from tests.blender.helpers import curves, dump, set_frame
from tests.core.rigs import angle_between
from tests.core.synthetic import write_clip


@pytest.fixture
def rig(addon: None) -> bpy.types.Object:
    obj = generate()
    bpy.context.scene.kpop_choreo.target = obj
    bpy.context.scene.render.fps = 30
    return obj


@pytest.fixture
def dance(tmp_path: Path) -> Path:
    return twisting_dance(tmp_path)


def all_posed(obj: bpy.types.Object) -> dict[str, np.ndarray]:
    names = [*WHOLE.values(), *DEFORM.values(), *TRUNK]
    more = [f"{bone}.{mark}" for bone in ("toes_01", "arm_stretch") for mark in "lr"]
    return posed(obj, dict.fromkeys([*(n for n in names if n in obj.data.bones), *more]))


def test_at_rest_the_rig_stands_as_it_was_built(rig: bpy.types.Object) -> None:
    for bone in rig.pose.bones:
        away = np.array(bone.matrix) - np.array(bone.bone.matrix_local)
        assert np.abs(away).max() < 1e-4, bone.name


def test_limbs_and_trunk_are_right_and_switching_does_not_pop(
    rig: bpy.types.Object, dance: Path
) -> None:
    clip = apply(rig, dance)
    before = None
    for names in ((), ARMS, LEGS):
        switch(rig, names, SWITCH)
        bones = all_posed(rig)
        for joints in (WHOLE, DEFORM):
            errors = limb_errors(bones, clip, joints)
            assert np.median(errors) < 0.05
            assert errors.max() < 0.5
        assert stretch(bones, rig, WHOLE) < 0.001
        assert facing_errors(bones, clip, rig, TRUNK).max() < 0.1
        if before is not None:
            for name, matrices in bones.items():
                place = np.linalg.norm(matrices[:, :3, 3] - before[name][:, :3, 3], axis=-1)
                assert place.max() < 0.002, name
                if name.startswith(("hand", "foot", "toes")):
                    assert angle_between(matrices[:, :3, 0], before[name][:, :3, 0]).max() < 0.5
        before = bones


def test_only_controls_are_keyed(rig: bpy.types.Object, dance: Path) -> None:
    apply(rig, dance)
    found = [c for c in curves(rig) if not c.data_path.endswith('"]')]
    bones = {curve.group.name for curve in found}
    assert all(bone.startswith("c_") for bone in bones)
    assert {"c_root_master.x", "c_spine_02.x", "c_head.x", "c_arm_fk.l", "c_toes_fk.r"} <= bones
    assert {"c_hand_ik.r", "c_foot_ik.l", "c_arms_pole.l", "c_leg_pole.r", "c_toes_ik.l"} <= bones
    assert not {"c_traj", "c_pos", "c_stretch_arm.l", "c_foot_fk_scale_fix.l"} & bones
    moved = [c for c in found if c.data_path.endswith("location")]
    moved = [c for c in moved if np.ptp([key.co[1] for key in c.keyframe_points]) > 1e-5]
    assert {curve.group.name for curve in moved} == {"c_root_master.x"} | {
        f"{name}.{mark}"
        for name in ("c_hand_ik", "c_foot_ik", "c_arms_pole", "c_leg_pole")
        for mark in "lr"
    }


@pytest.mark.parametrize("place", ["NEW", "CURRENT", "STRIP"])
def test_switches_are_keyed_and_as_before_outside(
    rig: bpy.types.Object, dance: Path, place: str
) -> None:
    hand, foot = rig.pose.bones["c_hand_ik.l"], rig.pose.bones["c_foot_ik.r"]
    pin = rig.pose.bones["c_stretch_arm.l"]
    hand[SWITCH], foot[SWITCH], pin["elbow_pin"] = 0.25, 1.0, 1.0
    if place == "CURRENT":
        rig.pose.bones["c_jawbone.x"].keyframe_insert("location", frame=200)
    apply(rig, dance, place)
    for frame in (1, 31, 61):
        set_frame(frame)
        wanted = {SWITCH: 1.0, "auto_stretch": 0.0, "stretch_length": 1.0}
        assert {name: float(hand[name]) for name in wanted} == wanted
        assert (float(foot[SWITCH]), float(pin["elbow_pin"])) == (0.0, 0.0)
    if place == "STRIP":
        return
    for frame in (0, -20, 62, 90):
        set_frame(frame)
        assert (hand[SWITCH], foot[SWITCH], pin["elbow_pin"]) == (0.25, 1.0, 1.0)
        assert hand["auto_stretch"] == 1.0


@pytest.mark.parametrize("lock", [0, 1])
def test_locks_and_parents_stay_as_the_user_has_them(
    rig: bpy.types.Object, dance: Path, lock: int
) -> None:
    own = {"c_head.x": "head_free", "c_shoulder.r": "arm_lock", "c_leg_pole.l": "pole_parent"}
    own |= {"c_arms_pole.r": "pole_parent"}
    for bone, name in own.items():
        rig.pose.bones[bone][name] = type(rig.pose.bones[bone][name])(lock)
    rig.update_tag()
    bpy.context.view_layer.update()
    clip = apply(rig, dance, keys=KeyOptions(root_motion="root"))
    for names in ((), (*ARMS, *LEGS)):
        switch(rig, names, SWITCH)
        bones = all_posed(rig)
        assert limb_errors(bones, clip, DEFORM).max() < 0.5
        assert facing_errors(bones, clip, rig, TRUNK).max() < 0.1
    assert all(rig.pose.bones[bone][name] == lock for bone, name in own.items())


def test_what_rolls_the_foot_goes_to_zero(rig: bpy.types.Object, dance: Path) -> None:
    rig.pose.bones["c_foot_roll_cursor.l"].location[2] = 0.2
    rig.pose.bones["c_foot_01.r"].rotation_euler[0] = 0.5
    clip = apply(rig, dance)
    assert limb_errors(all_posed(rig), clip, DEFORM).max() < 0.5


def test_the_root_control_carries_the_path(rig: bpy.types.Object, dance: Path) -> None:
    apply(rig, dance)
    hips = all_posed(rig)
    clip = apply(rig, dance, keys=KeyOptions(root_motion="root"))
    assert any(curve.data_path == 'pose.bones["c_traj"].location' for curve in curves(rig))
    root = all_posed(rig)
    assert limb_errors(root, clip, DEFORM).max() < 0.5
    for name, matrices in hips.items():
        assert np.abs(root[name] - matrices)[:, :3, 3].max() < 0.001
    traj = posed(rig, ["c_traj"])["c_traj"] @ np.linalg.inv(rig.data.bones["c_traj"].matrix_local)
    apply(rig, dance, keys=KeyOptions(root_motion="in_place"))
    for name, matrices in all_posed(rig).items():
        assert np.abs(traj @ matrices - root[name]).max() < 0.002


@pytest.mark.parametrize("spines", [1, 2])
def test_shorter_spines(dance: Path, spines: int) -> None:
    obj = generate(spines)
    bpy.context.scene.render.fps = 30
    clip = apply(obj, dance)
    bones = all_posed(obj)
    assert limb_errors(bones, clip, DEFORM).max() < 0.5
    ends = {name: TRUNK[name] for name in ("root.x", "head.x")}
    ends[f"spine_0{spines}.x"] = TRUNK["spine_03.x"]
    assert facing_errors(bones, clip, obj, ends).max() < 0.1


def test_poles_beside_the_limbs_planes(dance: Path) -> None:
    obj = generate(beside=20.0)
    bpy.context.scene.render.fps = 30
    clip = apply(obj, dance)
    switch(obj, ARMS, SWITCH)
    errors = limb_errors(all_posed(obj), clip, DEFORM)
    assert np.median(errors) < 0.1
    assert errors.max() < 1.0


def test_hand_poses_reach_the_finger_controls(rig: bpy.types.Object, tmp_path: Path) -> None:
    from kpop_choreo_addon.scene.apply import ApplyOptions, apply_clip

    clip = read_clip(write_clip(tmp_path / "dance.npz"))
    fit = FitOptions(contact=None, expression=ExpressionOptions(hands="fist"))
    apply_clip(bpy.context.scene, rig, clip, ApplyOptions(add_markers=False, fit=fit))
    set_frame(20)
    tip, wrist = (rig.pose.bones[name] for name in ("c_index3.l", "hand.l"))
    reach = (tip.tail - wrist.head).length
    rest = (tip.bone.tail_local - wrist.bone.head_local).length
    assert reach < 0.8 * rest


def test_the_dance_comes_back_as_a_clip(rig: bpy.types.Object, dance: Path) -> None:
    found = back(rig, apply(rig, dance))
    assert found["back: degrees"].max() < 1.0
    assert found["back: mm"].max() < 5.0


def test_choosing_the_bones_of_the_body_changes_nothing(rig: bpy.types.Object) -> None:
    from kpop_choreo_addon.scene.recognition import chosen_bones, recognise

    known = recognise(rig)
    bpy.ops.kpop_choreo.fill_bones()
    assert chosen_bones(rig).bones
    assert recognise(rig) == known


def test_a_rig_that_lacks_a_control_is_refused(rig: bpy.types.Object, dance: Path) -> None:
    from kpop_choreo_addon.session import session

    rig.data.bones["c_foot_ik.l"].name = "c_paw_ik.l"
    before = dump()
    with pytest.raises(RuntimeError, match="controls of Auto-Rig Pro"):
        bpy.ops.kpop_choreo.apply_clip("EXEC_DEFAULT", filepath=str(dance), song="")
    assert dump() == before
    assert session.error is not None
    assert session.error.code == "rig_controls"
