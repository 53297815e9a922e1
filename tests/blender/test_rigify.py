"""A dance on the controls of a generated Rigify rig, measured on its deforming bones."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from kpop_choreo_addon.core.keys import KeyOptions
from kpop_choreo_addon.core.mapping_edit import as_preset
from kpop_choreo_addon.core.rig_presets import remove_preset, save_preset
from kpop_choreo_addon.scene.edited import is_edited
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
from tests.blender.rigify_rig import BONES, SIDES, SWITCHES, TRUNK, generate
from tests.core.rigs import angle_between

FPS = 30


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a rig that Rigify generated from its basic human."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    rig = generate()
    path = tmp_path_factory.mktemp("rigify") / "rig.blend"
    bpy.data.libraries.write(str(path), {rig})
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
    return twisting_dance(tmp_path)


def deforming(obj: bpy.types.Object) -> dict[str, np.ndarray]:
    """Matrices ``[T, 4, 4]`` of the deforming bones."""
    return posed(obj, [b.name for b in obj.data.bones if b.name.startswith("DEF-")])


def test_limbs_and_chest_are_right_and_switching_does_not_pop(
    rig: bpy.types.Object, dance: Path
) -> None:
    clip = apply(rig, dance)
    before = None
    for names in ((), SWITCHES[:2], SWITCHES[2:]):
        switch(rig, names, "IK_FK")
        bones = deforming(rig)
        errors = limb_errors(bones, clip, BONES)
        assert np.median(errors) < 0.05
        assert errors.max() < 0.5
        assert stretch(bones, rig, BONES) < 0.001
        *exact, upper_neck, head = facing_errors(bones, clip, rig, TRUNK).max(axis=(1, 2))
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
    switch(rig, SWITCHES[:2], "IK_FK")
    switch(rig, SWITCHES, "pole_vector")
    errors = limb_errors(deforming(rig), clip, BONES)
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
    hips = deforming(rig)
    assert np.allclose(rig.pose.bones["root"].matrix, rig.data.bones["root"].matrix_local)
    clip = apply(rig, dance, keys=KeyOptions(root_motion="root"))
    assert any(curve.data_path == 'pose.bones["root"].location' for curve in curves(rig))
    root = deforming(rig)
    assert limb_errors(root, clip, BONES).max() < 0.5
    for name, matrices in hips.items():
        assert np.abs(root[name] - matrices)[:, :3, 3].max() < 0.001


def test_reduced_keys_keep_the_dance(rig: bpy.types.Object, dance: Path) -> None:
    apply(rig, dance)
    full, many = deforming(rig), sum(len(c.keyframe_points) for c in curves(rig))
    apply(rig, dance, keys=KeyOptions(reduce=True, degrees=1.0, millimetres=10.0))
    few, kept = deforming(rig), sum(len(c.keyframe_points) for c in curves(rig))
    assert kept < 0.6 * many
    ends = ("DEF-spine.003", "DEF-hand.L", "DEF-hand.R", "DEF-foot.L", "DEF-spine.006")
    for name in (*ends, "DEF-shin.L", "DEF-shin.R"):
        apart = np.linalg.norm(few[name][:, :3, 3] - full[name][:, :3, 3], axis=-1)
        assert apart.max() < 0.011


def test_the_dance_comes_back_as_a_clip(rig: bpy.types.Object, dance: Path) -> None:
    found = back(rig, apply(rig, dance))
    assert found["back: degrees"].max() < 1.0
    assert found["back: mm"].max() < 5.0


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
