"""Bones that the user chooses: kept on the armature, used before recognition, one undo step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from kpop_choreo_addon.core.chosen_bones import ROWS, Chosen
from kpop_choreo_addon.ids import rigs_folder
from kpop_choreo_addon.scene.armatures import read_target
from kpop_choreo_addon.scene.mapping import write_chosen
from kpop_choreo_addon.scene.recognition import chosen_bones, recognise
from kpop_choreo_addon.session import session
from tests.blender.helpers import build_armature
from tests.core.rig_systems import make_system, renamed, truth
from tests.gltf_reader import read_gltf

OPS = bpy.ops.kpop_choreo


def code() -> str:
    """What the panel shows as wrong; empty for nothing."""
    return session.error.code if session.error else ""


@pytest.fixture(autouse=True)
def user_rigs() -> Iterator[Path]:
    """The user's folder of presets, emptied afterwards."""
    folder = rigs_folder()
    yield folder
    for file in folder.glob("*.json"):
        file.unlink()


@pytest.fixture
def hero() -> tuple[bpy.types.Object, dict[str, str]]:
    """A nameless rig as the target, and its bone by joint."""
    rig = make_system("mixamo")
    names = [f"Bone.{n:03d}" for n in range(1, len(rig.bones) + 1)]
    known = dict(zip(rig.bones, names, strict=True))
    obj = build_armature(renamed(rig, names), "Hero")
    bpy.context.scene.kpop_choreo.target = obj
    return obj, {joint: known[bone] for joint, bone in truth("mixamo").items()}


def test_a_side_by_hand_and_mirror_make_a_dancer(hero: Any, clip_file: Path) -> None:
    obj, bones = hero
    for joint, bone in bones.items():
        if joint.startswith("left_"):
            obj.data.bones.active = obj.data.bones[bone]
            assert OPS.bone_from_pose(row=joint) == {"FINISHED"}
    for joint in ("pelvis", "spine3", "head"):
        setattr(obj, f"kpop_choreo_bone_{joint}", bones[joint])
    assert OPS.mirror_bones(side="left") == {"FINISHED"}
    match = recognise(obj)
    assert match.usable, match.problems
    assert match.bones == {j: b for j, b in bones.items() if j in match.bones}
    assert len(match.bones) == 19
    assert len([role for role in match.parts if role.startswith("left_")]) == 5
    assert OPS.apply_clip(filepath=str(clip_file)) == {"FINISHED"}
    keyed = {path.split('"')[1] for path in paths(obj)}
    assert set(match.bones.values()) <= keyed


def paths(obj: Any) -> list[str]:
    from tests.blender.helpers import curves

    return [curve.data_path for curve in curves(obj)]


def test_a_choice_is_used_before_recognition_until_it_is_cleared(hero: Any) -> None:
    obj, bones = hero
    first = recognise(obj)
    assert first.bones == bones
    assert OPS.fill_bones() == {"FINISHED"}
    assert chosen_bones(obj).bones == bones
    hand = obj.data.bones[bones["left_wrist"]].children[0].name
    obj.kpop_choreo_bone_left_wrist = hand
    assert recognise(obj).bones["left_wrist"] == hand
    assert read_target(obj).match.bones["left_wrist"] == hand
    assert OPS.clear_bones() == {"FINISHED"}
    assert recognise(obj) is first


@pytest.mark.parametrize("mode", ["OBJECT", "POSE"])
def test_every_edit_is_one_undo_step(hero: Any, mode: str) -> None:
    obj, _ = hero
    bpy.ops.object.mode_set(mode=mode)
    name = obj.name
    bpy.ops.ed.undo_push(message="before")
    states = [chosen_bones(obj)]
    edits: list[tuple[Any, dict[str, str]]] = [
        (OPS.fill_bones, {}),
        (OPS.swap_bones, {}),
        (OPS.clear_bones, {}),
        (OPS.fill_bones, {}),
        (OPS.bone_from_pose, {"row": "root"}),
        (OPS.mirror_bones, {"side": "right"}),
    ]
    obj.data.bones.active = obj.data.bones[0]
    for operator, given in edits:
        assert operator("EXEC_DEFAULT", True, **given) == {"FINISHED"}
        states.append(chosen_bones(bpy.data.objects[name]))
    for state in reversed(states[:-1]):
        bpy.ops.ed.undo()
        assert chosen_bones(bpy.data.objects[name]) == state
    for state in states[1:]:
        bpy.ops.ed.redo()
        assert chosen_bones(bpy.data.objects[name]) == state


def test_it_survives_saving_and_duplication(hero: Any, tmp_path: Path) -> None:
    obj, bones = hero
    write_chosen(obj, Chosen(bones))
    double = obj.copy()
    double.kpop_choreo_bone_neck = ""
    bpy.context.collection.objects.link(double)
    twin = double.name
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "hero.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "hero.blend"))
    assert chosen_bones(bpy.data.objects["Hero"]) == Chosen(bones)
    assert "neck" not in chosen_bones(bpy.data.objects[twin]).bones


def test_a_library_override_keeps_its_own_choice(hero: Any, tmp_path: Path) -> None:
    import addon_utils

    _, bones = hero
    library = tmp_path / "library.blend"
    bpy.data.libraries.write(str(library), {bpy.data.objects["Hero"]})
    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("kpop_choreo_addon", default_set=True)
    with bpy.data.libraries.load(str(library), link=True) as (_, here):
        here.objects = ["Hero"]
    linked = here.objects[0]
    bpy.context.scene.collection.objects.link(linked)
    bpy.context.view_layer.update()
    bpy.context.scene.kpop_choreo.target = linked
    with pytest.raises(RuntimeError, match="Make Library Override"):
        OPS.fill_bones()
    assert OPS.make_override() == {"FINISHED"}
    assert OPS.fill_bones() == {"FINISHED"}
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    kept = bpy.context.scene.kpop_choreo.target
    assert kept.override_library is not None
    assert chosen_bones(kept).bones == bones


def test_a_renamed_bone_is_named_and_only_it_is_dropped(hero: Any, clip_file: Path) -> None:
    obj, bones = hero
    write_chosen(obj, Chosen(bones))
    obj.data.bones[bones["neck"]].name = "Throat"
    match = recognise(obj)
    assert match.usable
    assert bones.items() - match.bones.items() == {("neck", bones["neck"])}
    assert OPS.apply_clip(filepath=str(clip_file)) == {"FINISHED"}
    sentence = f"Neck was the bone {bones['neck']}, which was renamed or deleted; choose it again."
    assert sentence in session.notes
    obj.data.bones[bones["left_elbow"]].name = "Forearm"
    with pytest.raises(RuntimeError, match=f"Left Forearm was the bone {bones['left_elbow']}"):
        OPS.apply_clip(filepath=str(clip_file))
    assert code() == "bone_mapping"
    assert OPS.fill_bones() == {"FINISHED"}
    assert code() == ""
    assert chosen_bones(obj).bones == bones | {"neck": "Throat", "left_elbow": "Forearm"}


def test_exports_hold_the_joints_that_were_chosen(
    hero: Any, clip_file: Path, tmp_path: Path
) -> None:
    obj, bones = hero
    write_chosen(obj, Chosen({j: b for j, b in bones.items() if j not in ("neck", "left_foot")}))
    OPS.apply_clip(filepath=str(clip_file))
    assert OPS.export_fbx(filepath=str(tmp_path / "dance.vrma")) == {"FINISHED"}
    extension = read_gltf(tmp_path / "dance.vrma").document["extensions"]["VRMC_vrm_animation"]
    humans = extension["humanoid"]["humanBones"].keys()
    assert humans >= {"hips", "head", "leftFoot", "rightToes"}
    assert not humans & {"neck", "leftToes"}


@pytest.mark.parametrize("call", ["generate", "apply_clip", "save_clip"])
def test_errors_are_told_before_anything_is_done(
    hero: Any, clip_file: Path, song: Path, tmp_path: Path, call: str
) -> None:
    obj, bones = hero
    write_chosen(obj, Chosen(bones | {"left_hip": bones["right_hip"]}))
    given = {
        "generate": {},
        "apply_clip": {"filepath": str(clip_file)},
        "save_clip": {"filepath": str(tmp_path / "out.npz")},
    }[call]
    bpy.context.scene.kpop_choreo.song = str(song)
    with pytest.raises(RuntimeError, match="is chosen for Left Thigh and Right Thigh"):
        getattr(OPS, call)(**given)
    assert obj.animation_data is None
    assert code() == "bone_mapping"


def test_presets_are_saved_recognised_loaded_and_removed(hero: Any, user_rigs: Path) -> None:
    obj, bones = hero
    write_chosen(obj, Chosen(bones | {"neck": ""}))
    assert OPS.save_bones(title="My Hero") == {"FINISHED"}
    assert [file.name for file in user_rigs.glob("*")] == ["My_Hero.json"]
    OPS.clear_bones()
    assert recognise(obj).title == "My Hero"
    assert OPS.load_bones(title="My Hero") == {"FINISHED"}
    assert chosen_bones(obj).bones == {j: b for j, b in bones.items() if j != "neck"}
    obj.data.bones[bones["head"]].name = "Skull"
    assert OPS.load_bones(title="My Hero") == {"FINISHED"}
    assert f"Hero lacks {bones['head']} of the preset." in session.notes
    assert "head" not in chosen_bones(obj).bones
    assert OPS.remove_bones(title="My Hero") == {"FINISHED"}
    assert list(user_rigs.glob("*")) == []
    for operator in (OPS.load_bones, OPS.remove_bones):
        with pytest.raises(RuntimeError, match="No preset is called 'My Hero'"):
            operator(title="My Hero")
    with pytest.raises(RuntimeError, match="has no name"):
        OPS.save_bones(title=" ")


def test_polls_say_why(hero: Any) -> None:
    obj, bones = hero
    with pytest.raises(RuntimeError, match="No bone is chosen"):
        OPS.clear_bones()
    with pytest.raises(RuntimeError, match="No bone of the left side"):
        OPS.mirror_bones()
    obj.data.bones.active = None
    with pytest.raises(RuntimeError, match="active in Pose Mode"):
        OPS.bone_from_pose(row="head")
    obj.kpop_choreo_bone_head = bones["head"]
    with pytest.raises(RuntimeError, match="all bones that a dance needs"):
        OPS.save_bones(title="Half")
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="Leave Edit Mode"):
        OPS.fill_bones()
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.context.scene.kpop_choreo.target = None
    bpy.context.view_layer.objects.active = None
    with pytest.raises(RuntimeError, match="Choose an armature"):
        OPS.fill_bones()


def test_every_row_is_a_property_with_its_word() -> None:
    known = bpy.types.Object.bl_rna.properties
    assert {row: known[f"kpop_choreo_bone_{row}"].name for row in ROWS} == ROWS


def test_asking_again_is_quick(hero: Any) -> None:
    obj, bones = hero
    write_chosen(obj, Chosen(bones))
    first = recognise(obj)
    started = time.perf_counter()
    assert all(recognise(obj) is first for _ in range(50))
    assert (time.perf_counter() - started) / 50 < 0.005
