"""What an armature object's bones are: kept while nothing changes, with what is stored beside."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import bpy
import pytest

from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.humanoid import SHAPE
from kpop_choreo_addon.core.rig_presets import Preset, save_preset
from kpop_choreo_addon.ids import rigs_folder
from kpop_choreo_addon.scene import recognition
from kpop_choreo_addon.scene.armatures import read_target
from kpop_choreo_addon.scene.recognition import (
    preset_problems,
    recognise,
    require_recognised,
    stored_humanoid,
)
from tests.blender.helpers import build_armature
from tests.core.rig_systems import make_system, renamed, truth, truth_parts

HUMANS = {"pelvis": "hips", "spine1": "spine", "spine3": "chest", "head": "head"} | {
    f"{side}_{joint}": side + human
    for side in ("left", "right")
    for joint, human in (
        ("hip", "UpperLeg"),
        ("knee", "LowerLeg"),
        ("ankle", "Foot"),
        ("shoulder", "UpperArm"),
        ("elbow", "LowerArm"),
        ("wrist", "Hand"),
    )
}


@pytest.fixture
def user_rigs() -> Iterator[Any]:
    """The user's folder of mappings, emptied afterwards."""
    folder = rigs_folder()
    yield folder
    for file in folder.glob("*.json"):
        file.unlink()


def nameless(system: str) -> tuple[bpy.types.Object, dict[str, str]]:
    """An armature without telling names, and its bone by the system's."""
    rig = make_system(system)
    new = renamed(rig, [f"Bone.{n:03d}" for n in range(1, len(rig.bones) + 1)])
    return build_armature(new), dict(zip(rig.bones, new.bones, strict=True))


@pytest.mark.parametrize("name", ["mixamo", "unreal-5", "rigify-meta", "mmd"])
def test_bones_of_an_armature_object(name: str) -> None:
    obj = build_armature(make_system(name))
    match = read_target(obj).match
    assert match is not None
    assert match.bones == truth(name)
    assert match.parts == truth_parts(name)


def test_it_is_found_once_and_anew_when_the_rest_pose_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    obj = build_armature(make_system("unreal-4"))
    asked: list[str] = []
    real = recognition.match_rig
    monkeypatch.setattr(
        recognition, "match_rig", lambda rig, *rest: asked.append(rig.name) or real(rig, *rest)
    )
    first = recognise(obj)
    started = time.perf_counter()
    assert all(recognise(obj) is first for _ in range(20))
    assert (time.perf_counter() - started) / 20 < 0.02
    assert len(asked) == 1
    obj.data.bones["calf_l"].name = "Shank"
    assert recognise(obj).title == SHAPE
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in obj.data.edit_bones:
        bone.head.z = bone.tail.z = 0.0
        bone.tail.x += 0.1
    bpy.ops.object.mode_set(mode="OBJECT")
    assert not recognise(obj).usable
    assert len(asked) == 3


def test_an_armature_without_bones() -> None:
    obj = bpy.data.objects.new("Empty", bpy.data.armatures.new("Empty"))
    bpy.context.scene.collection.objects.link(obj)
    assert not recognise(obj).usable
    with pytest.raises(ChoreoError, match="was not recognised"):
        require_recognised(obj)


def test_controls_of_rigify_are_refused_before_a_dance_is_made() -> None:
    obj = build_armature(make_system("rigify"))
    with pytest.raises(ChoreoError, match="follow the controls of Rigify"):
        require_recognised(obj)


def test_presets_of_the_user(user_rigs: Any) -> None:
    obj, new = nameless("mixamo")
    assert recognise(obj).title == SHAPE
    bones = {joint: new[bone] for joint, bone in truth("mixamo").items()}
    path = save_preset(user_rigs, Preset("My hero", bones))
    assert (recognise(obj).title, recognise(obj).bones) == ("My hero", bones)
    assert preset_problems() == ()
    path.write_text("{", encoding="utf-8")
    assert recognise(obj).title == SHAPE
    assert [error.code for error in preset_problems()] == ["rig_preset"]


def stored(new: dict[str, str]) -> dict[str, str]:
    """Bone by the humanoid's name; one joint differs from what the shape tells."""
    bones = truth("vroid") | {"spine1": "J_Bip_C_Spine"}
    return {human: new[bones[joint]] for joint, human in HUMANS.items()}


def test_map_of_the_vrm_add_on_while_it_is_off() -> None:
    """A record of custom properties, in which bones go by an identifier that each of them has."""
    obj, new = nameless("vroid")
    humans = stored(new)
    for bone in obj.data.bones:
        bone["vrm_addon_extension"] = {"uuid": f"id {bone.name}"}
    obj.data["vrm_addon_extension"] = {
        "vrm0": {
            "humanoid": {
                "human_bones": [
                    {"bone": human, "node": {"bone_uuid": f"id {bone}"}}
                    for human, bone in humans.items()
                ]
            }
        }
    }
    assert stored_humanoid(obj.data) == humans
    assert recognise(obj).title == "VRM humanoid"
    obj.data["vrm_addon_extension"] = {
        "vrm1": {
            "humanoid": {"human_bones": {h: {"node": {"bone_name": b}} for h, b in humans.items()}}
        }
    }
    assert stored_humanoid(obj.data) == humans


def test_map_of_the_vrm_add_on_while_it_is_on() -> None:
    node = _group("KPOPTEST_Node", bone_name=bpy.props.StringProperty())
    pointer = bpy.props.PointerProperty
    human = _group("KPOPTEST_Human", node=pointer(type=node))
    snake = {h: "".join(f"_{c.lower()}" if c.isupper() else c for c in h) for h in HUMANS.values()}
    humans = _group("KPOPTEST_Humans", **{key: pointer(type=human) for key in snake.values()})
    humanoid = _group("KPOPTEST_Humanoid", human_bones=pointer(type=humans))
    vrm1 = _group("KPOPTEST_Vrm1", humanoid=pointer(type=humanoid))
    extension = _group("KPOPTEST_Extension", vrm1=pointer(type=vrm1))
    bpy.types.Armature.vrm_addon_extension = pointer(type=extension)  # type: ignore[attr-defined]
    try:
        obj, new = nameless("vroid")
        wanted = {snake[h]: bone for h, bone in stored(new).items()}
        for key, bone in wanted.items():
            bones = obj.data.vrm_addon_extension.vrm1.humanoid.human_bones
            getattr(bones, key).node.bone_name = bone
        assert stored_humanoid(obj.data) == wanted
        match = recognise(obj)
        assert match.title == "VRM humanoid"
        assert match.bones["left_knee"] == new["J_Bip_L_LowerLeg"]
    finally:
        del bpy.types.Armature.vrm_addon_extension  # type: ignore[attr-defined]
        for made in (extension, vrm1, humanoid, humans, human, node):
            bpy.utils.unregister_class(made)


def _group(name: str, **properties: Any) -> Any:
    made = type(name, (bpy.types.PropertyGroup,), {"__annotations__": properties})
    bpy.utils.register_class(made)
    return made
