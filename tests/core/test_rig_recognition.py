"""Every published system is recognised by its names, and without names by its shape."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest

from kpop_choreo_addon.core.body import JOINTS
from kpop_choreo_addon.core.bone_names import ROLES, bone_map, bone_maps
from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.humanoid import SHAPE, Match, match_rig, require_rig
from kpop_choreo_addon.core.rig import Rig
from kpop_choreo_addon.core.rig_presets import (
    Preset,
    load_preset,
    load_presets,
    save_preset,
)
from tests.core.rig_systems import (
    FINGERS,
    all_systems,
    make_system,
    other_body,
    picked,
    renamed,
    truth,
    truth_parts,
    without,
)

SYSTEMS = all_systems()
TITLES = {
    "mixamo": "Mixamo",
    "unreal-5": "Unreal Mannequin",
    "unreal-4": "Unreal Mannequin",
    "metahuman": "MetaHuman",
    "vroid": "VRM (VRoid)",
    "rigify-meta": "Rigify meta-rig",
    "rigify-deform": "Rigify",
    "auto-rig-pro": "Auto-Rig Pro",
    "mmd": "MMD",
    "mmd-tools": "MMD (English)",
    "unity": "Unity humanoid",
    "arms-forward": "Unity humanoid",
    "blender-humanoid": "Unity humanoid (Blender names)",
    "vrchat": "VRChat (Cats)",
    "character-creator": "Character Creator",
    "daz-8": "Daz Genesis 1-8",
    "daz-9": "Daz Genesis 9",
    "makehuman": "MakeHuman",
    "biped": "3ds Max Biped",
    "human-ik": "HumanIK",
    "rokoko": "Rokoko",
    "xsens": "Xsens",
    "xsens-bvh": "Xsens BVH",
    "optitrack": "OptiTrack",
    "smpl": "SMPL",
    "smpl-x": "SMPL-X",
    "dancer": "K-Pop Choreo dancer",
    "cmu": "CMU (BVH)",
    "cmu-asf": "CMU (ASF)",
    "quaternius": "Quaternius",
    "blender-names": "Blender names",
}
SHAPES_DIFFER = {
    # The arms hang from the neck and the legs from the spine, so these look like parts of each.
    "biped": {
        "pelvis": "Bip001 Spine",
        "spine1": "Bip001 Spine1",
        "spine2": "Bip001 Spine2",
        "spine3": "Bip001 Neck",
        "neck": None,
    },
    # The legs hang from the root, beside the hips, which then begin the spine.
    "quaternius": {"spine1": "Hips"},
}


def nameless(rig: Rig) -> Rig:
    return renamed(rig, [f"Bone.{n:03d}" for n in range(len(rig.bones))])


def found_in(match: Match, rig: Rig, asked: Rig) -> dict[str, str]:
    """Bone of ``rig`` by joint, where ``asked`` is ``rig`` with other names."""
    back = dict(zip(asked.bones, rig.bones, strict=True))
    return {joint: back[bone] for joint, bone in match.bones.items()}


def shape_truth(name: str) -> dict[str, str]:
    wanted = truth(name) | SHAPES_DIFFER.get(name, {})
    return {joint: bone for joint, bone in wanted.items() if bone is not None}


@pytest.mark.parametrize("name", SYSTEMS)
def test_names_give_exactly_the_joints_and_roles(name: str) -> None:
    match = match_rig(SYSTEMS[name])
    assert match.title == TITLES[name]
    assert match.bones == truth(name)
    assert match.parts == truth_parts(name)
    assert match.usable
    assert not match.loose
    assert match.score > 0.9


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("prefix", ["a|b:", "CH 01_"])
def test_whatever_stands_before_every_name(name: str, prefix: str) -> None:
    rig = make_system(name, prefix=prefix)
    match = match_rig(rig)
    assert match.title == TITLES[name]
    assert match.bones == {joint: prefix + bone for joint, bone in truth(name).items()}
    assert match.parts == {
        role: tuple(prefix + bone for bone in bones) for role, bones in truth_parts(name).items()
    }


@pytest.mark.parametrize("name", SYSTEMS)
def test_case_separators_and_what_stands_behind(name: str) -> None:
    rig = SYSTEMS[name]
    for change in (str.upper, lambda n: n.replace("_", " "), lambda n: f"{n}_Armature"):
        asked = renamed(rig, [change(bone) for bone in rig.bones])
        assert found_in(match_rig(asked), rig, asked) == truth(name)


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("pose", ["A45", "forward", "hanging"])
def test_without_names_the_shape_tells(name: str, pose: str) -> None:
    rig = make_system(name, pose=pose)
    asked = nameless(rig)
    match = match_rig(asked)
    assert match.title == SHAPE
    assert match.usable
    assert found_in(match, rig, asked) == shape_truth(name)
    assert 0.4 < match.score <= 0.8
    back = dict(zip(asked.bones, rig.bones, strict=True))
    fingers = {r: b for r, b in truth_parts(name).items() if r.endswith(FINGERS)}
    if len(fingers) >= 6:
        got = {r: tuple(back[b] for b in bones) for r, bones in match.parts.items()}
        assert {r: b for r, b in got.items() if r.endswith(FINGERS)} == fingers


@pytest.mark.parametrize("name", [n for n in SYSTEMS if n != "mmd"])  # its legs are there twice
def test_the_order_of_bones_is_not_looked_at(name: str) -> None:
    rig = SYSTEMS[name]
    rng = np.random.default_rng(5)
    order: list[int] = []
    waiting = [bone for bone, parent in enumerate(rig.parents) if parent < 0]
    while waiting:
        order.append(waiting.pop(int(rng.integers(len(waiting)))))
        waiting += [bone for bone, parent in enumerate(rig.parents) if parent == order[-1]]
    mixed = picked(rig, order)
    asked = nameless(mixed)
    assert match_rig(mixed).bones == truth(name)
    assert found_in(match_rig(asked), mixed, asked) == shape_truth(name)


PARTIAL = {
    "no toes": ("left_foot", "right_foot"),
    "no clavicles": ("left_collar", "right_collar"),
    "no neck": ("neck",),
    "no head": ("head",),
    "no hands": ("left_wrist", "right_wrist"),
    "one spine bone": ("spine1", "spine2"),
    "two spine bones": ("spine2",),
}
LONG_SPINES = (
    "unreal-5",
    "metahuman",
    "daz-8",
    "daz-9",
    "makehuman",
    "human-ik",
    "rokoko",
    "xsens",
    "xsens-bvh",
)


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("part", PARTIAL)
def test_partial_rigs(name: str, part: str) -> None:
    """What is left is recognised, and nothing else takes the place of what is gone."""
    gone = [truth(name)[joint] for joint in PARTIAL[part] if joint in truth(name)]
    rig = without(SYSTEMS[name], *gone)
    match = match_rig(rig)
    if (name, part) != ("quaternius", "one spine bone"):  # those were what told the system
        assert match.title == TITLES[name]
    wanted = {joint: bone for joint, bone in truth(name).items() if bone not in gone}
    if "spine" in part and name in LONG_SPINES:  # other bones of the spine move up
        wanted = {joint: bone for joint, bone in wanted.items() if "spine" not in joint}
        assert wanted.items() <= match.bones.items()
    else:
        assert match.bones == wanted


NO_FRONT = ("rokoko", "xsens-bvh", "smpl", "cmu", "cmu-asf")
"""Without toes, with two fingers or none and bones that do not lie along the limbs."""


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_front_is_never_guessed(name: str) -> None:
    """Nameless and without toes: right, or refused where nothing points to the front."""
    feet = [bone for joint, bone in truth(name).items() if joint.endswith("foot")]
    rig = without(SYSTEMS[name], *feet)
    asked = nameless(rig)
    match = match_rig(asked)
    assert match.usable == (name not in NO_FRONT)
    if match.usable:
        got = found_in(match, rig, asked)
        wanted = {j: b for j, b in shape_truth(name).items() if b not in feet}
        assert {j: b for j, b in got.items() if not j.endswith("foot")} == wanted


def swapped(rig: Rig, a: str, b: str) -> Rig:
    """``rig`` with the names of two bones exchanged."""
    other = {a: b, b: a}
    return renamed(rig, [other.get(bone, bone) for bone in rig.bones])


def test_names_of_the_wrong_side_lose_against_the_shape() -> None:
    rig = SYSTEMS["mixamo"]
    mirror = {"Left": "Right", "Right": "Left"}
    names = [next((b.replace(a, c) for a, c in mirror.items() if a in b), b) for b in rig.bones]
    asked = renamed(rig, names)
    match = match_rig(asked)
    assert match.title == SHAPE
    assert found_in(match, rig, asked) == truth("mixamo")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("LeftLeg", "RightLeg"),
        ("LeftUpLeg", "RightUpLeg"),
        ("LeftArm", "LeftForeArm"),
        ("LeftForeArm", "RightForeArm"),
        ("LeftUpLeg", "LeftFoot"),
        ("Hips", "LeftUpLeg"),
    ],
)
def test_names_that_do_not_fit_the_hierarchy_lose_against_the_shape(a: str, b: str) -> None:
    rig = SYSTEMS["mixamo"]
    asked = swapped(rig, f"mixamorig:{a}", f"mixamorig:{b}")
    match = match_rig(asked)
    assert match.usable
    assert found_in(match, rig, asked) == truth("mixamo")


def test_an_optional_bone_in_the_wrong_place_is_left_out() -> None:
    asked = swapped(SYSTEMS["unreal-4"], "ball_l", "index_03_l")
    match = match_rig(asked)
    assert match.title == "Unreal Mannequin"
    assert "left_foot" not in match.bones
    assert match.bones["right_foot"] == "ball_r"


@pytest.mark.parametrize("name", ["quadruped", "chain", "car", "hand"])
@pytest.mark.parametrize("named", [True, False])
def test_what_is_no_body_is_refused(name: str, named: bool) -> None:
    rig = other_body(name) if named else nameless(other_body(name))
    assert not match_rig(rig).usable
    with pytest.raises(ChoreoError, match="was not recognised") as caught:
        require_rig(rig)
    assert caught.value.code == "no_matching_bones"


def test_a_body_that_lies_in_pieces_is_refused() -> None:
    rig = SYSTEMS["vroid"]
    rig = dataclasses.replace(rig, parents=np.full(len(rig.bones), -1))
    with pytest.raises(ChoreoError, match="no body that stands"):
        require_rig(rig)
    assert "do not hang or stand together" in match_rig(rig).summary


def test_rigify_with_its_controls_is_known_but_cannot_be_keyed_by_its_bones() -> None:
    rig = make_system("rigify")
    match = match_rig(rig)
    assert (match.title, match.system, match.loose) == ("Rigify", "rigify", True)
    assert match.bones == truth("rigify")
    assert match.parts == truth_parts("rigify")
    assert not match.usable
    assert "follow controls" in match.summary
    with pytest.raises(ChoreoError, match="follow the controls of Rigify") as caught:
        require_rig(rig)
    assert caught.value.code == "rig_controls"
    table = bone_map("rigify")
    assert table is not None
    assert table.controls["left_arm_fk"] == ("upper_arm_fk.L", "forearm_fk.L", "hand_fk.L")
    assert table.controls["right_leg_switches"] == ("thigh_parent.R",)


def test_auto_rig_pro_dances_on_its_controls_and_not_on_its_reference_bones() -> None:
    rig = make_system("auto-rig-pro-controls")
    match = match_rig(rig)
    assert (match.system, match.loose, match.usable) == ("auto_rig_pro_controls", True, True)
    assert match.bones == truth("auto-rig-pro-controls")
    assert match.parts == truth_parts("auto-rig-pro-controls")
    assert match.controls["left_leg_ik"] == ("c_foot_ik.l", "c_toes_ik.l")
    assert match.summary == "Auto-Rig Pro: 22 of 22 bones, on its controls"
    assert match_rig(without(rig, "c_foot_01.l", "c_stretch_arm.r")).usable
    short = match_rig(without(rig, "spine_02.x", "spine_03.x", "c_spine_02.x", "c_spine_03.x"))
    assert (short.usable, short.bones["spine3"]) == (True, "spine_01.x")
    with pytest.raises(ChoreoError, match="follow the controls of Auto-Rig Pro") as caught:
        require_rig(without(rig, "c_foot_ik.l"))
    assert caught.value.code == "rig_controls"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("damage", ["nan", "inf", "one place", "flat", "tiny", "huge", "few"])
def test_damaged_rest_poses_are_matched_or_refused_in_one_sentence(damage: str) -> None:
    rng = np.random.default_rng(3)
    for name in ("mixamo", "unreal-5", "daz-8"):
        rig = SYSTEMS[name]
        heads = rig.heads.copy()
        if damage in ("nan", "inf"):
            heads[rng.integers(len(heads))] = float(damage)
        elif damage == "one place":
            heads[:] = 0.0
        elif damage == "flat":
            heads[:, 0] = 0.0
        else:
            heads *= {"tiny": 1e-7, "huge": 1e7, "few": 1.0}[damage]
        rig = dataclasses.replace(rig, heads=heads)
        if damage == "few":
            rig = picked(rig, sorted(rng.permutation(len(rig.bones))[:9]))
        for asked in (rig, nameless(rig)):
            match = match_rig(asked)
            if match.usable:
                assert found_in(match, rig, asked).items() <= truth(name).items()
                continue
            with pytest.raises(ChoreoError, match="was not recognised"):
                require_rig(asked)
    assert not match_rig(picked(rig, [])).usable


def test_controls_beside_finger_bones_are_not_more_phalanges() -> None:
    """Auto-Rig Pro has a bone ``index1`` and a bone ``c_index1`` at one place."""
    rig = SYSTEMS["auto-rig-pro"]
    index = [rig.bones.index(f"index{n}.l") for n in (1, 2, 3)]
    twice = picked(rig, [*range(len(rig.bones)), *index])
    twice.parents[:] = [*rig.parents, *rig.parents[index]]
    asked = renamed(twice, [*rig.bones, *(f"c_index{n}.l" for n in (1, 2, 3))])
    assert match_rig(asked).parts["left_index"] == ("c_index1.l", "c_index2.l", "c_index3.l")
    assert match_rig(asked).parts["right_index"] == truth_parts("auto-rig-pro")["right_index"]


def test_scores_are_honest() -> None:
    whole, few = match_rig(SYSTEMS["mixamo"]), match_rig(SYSTEMS["optitrack"])
    shape = match_rig(nameless(SYSTEMS["mixamo"]))
    assert whole.score == 1.0
    assert 0.9 < few.score < 1.0
    assert shape.score < 0.8
    assert match_rig(other_body("chain")).score == 0.0
    assert "21 of 22" in few.summary


def test_the_vrm_add_on_s_map_is_used() -> None:
    rig = SYSTEMS["vroid"]
    asked = nameless(rig)
    new = dict(zip(rig.bones, asked.bones, strict=True))
    humans = {
        "hips": "pelvis",
        "spine": "spine1",
        "chest": "spine2",
        "upperChest": "spine3",
        "neck": "neck",
        "head": "head",
    }
    for side in ("left", "right"):
        for human, joint in (
            ("UpperLeg", "hip"),
            ("LowerLeg", "knee"),
            ("Foot", "ankle"),
            ("Toes", "foot"),
            ("Shoulder", "collar"),
            ("UpperArm", "shoulder"),
            ("LowerArm", "elbow"),
            ("Hand", "wrist"),
        ):
            humans[side + human] = f"{side}_{joint}"
    stored = {human: new[truth("vroid")[joint]] for human, joint in humans.items()}
    thumbs = ("ThumbMetacarpal", "ThumbProximal", "ThumbDistal")  # as in VRM 1.0
    bones = truth_parts("vroid")["left_thumb"]
    stored |= {f"left{h}": new[b] for h, b in zip(thumbs, bones, strict=True)}
    match = match_rig(asked, stored=stored)
    assert match.title == "VRM humanoid"
    assert found_in(match, rig, asked) == truth("vroid")
    assert match.parts["left_thumb"] == tuple(new[bone] for bone in bones)
    snake = {re.sub("([A-Z])", r"_\1", human).lower(): bone for human, bone in stored.items()}
    assert match_rig(asked, stored=snake).bones == match.bones
    stored["leftUpperLeg"], stored["rightUpperLeg"] = stored["rightUpperLeg"], stored["leftFoot"]
    assert match_rig(asked, stored=stored).title == SHAPE


def test_presets_are_kept_and_taken_first(tmp_path: Path) -> None:
    rig = SYSTEMS["mixamo"]
    bones = truth("mixamo") | {"spine1": "mixamorig:Spine1"}
    preset = Preset("My Hero / 한국", bones, {"left_eye": ("mixamorig:LeftEye",)})
    path = save_preset(tmp_path / "rigs", preset)
    assert load_preset(path) == preset
    presets, errors = load_presets(path.parent)
    assert (presets, errors) == ((preset,), ())
    match = match_rig(rig, presets)
    assert (match.title, match.score, match.usable) == (preset.title, 1.0, True)
    assert match.bones == bones
    assert match.parts == dict(preset.parts)
    assert match_rig(SYSTEMS["unity"], presets).title == "Unity humanoid"
    assert match_rig(without(rig, "mixamorig:LeftEye"), presets).title == "Mixamo"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"format": "other"}, "no preset"),
        ({"version": 2}, "version is 2"),
        ({"title": ""}, "no title"),
        ({"joints": []}, "no table"),
        ({"joints": {"wing": "Wing.L"}}, "wing that no body has"),
        ({"joints": {"pelvis": 3}}, "names no bone"),
        ({"parts": {"left_index": "Index1"}}, "left_index names no bone"),
        ({"parts": {"tail": ["Tail"]}}, "tail that no body has"),
    ],
)
def test_damaged_presets_give_one_sentence(
    tmp_path: Path, change: dict[str, object], why: str
) -> None:
    path = save_preset(tmp_path, Preset("Hero", {"pelvis": "Hips"}))
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change))
    with pytest.raises(ChoreoError, match=why) as caught:
        load_preset(path)
    assert caught.value.code == "rig_preset"
    assert load_presets(tmp_path)[0] == ()


def test_files_that_are_no_json_do_not_hide_the_others(tmp_path: Path) -> None:
    good = Preset("Hero", {"pelvis": "Hips"})
    save_preset(tmp_path, good)
    (tmp_path / "bad.json").write_bytes(b"\xff\xfe{")
    presets, errors = load_presets(tmp_path)
    assert presets == (good,)
    assert [error.code for error in errors] == ["rig_preset"]


def test_tables_know_only_joints_and_roles() -> None:
    for table in bone_maps():
        assert table.names.keys() <= set(JOINTS), table.name
        assert table.parts.keys() <= set(ROLES), table.name
        usual = list(table.bones.values())
        assert len(set(usual)) == len(usual), table.name


def _suffixed(bone: str) -> str:
    """As the MMD add-on for Blender renames bones: the side goes to the end."""
    sides = {"左": ".L", "右": ".R"}
    return bone[1:] + sides[bone[0]] if bone[0] in sides else bone


VERSIONS = {
    "Bip01": ("biped", lambda b: b.replace("Bip001", "Bip01"), "3ds Max Biped"),
    "Valve": ("biped", lambda b: f"ValveBiped.{b.replace(' ', '_')}", "3ds Max Biped"),
    "mmd_tools": ("mmd", _suffixed, "MMD (mmd_tools)"),
    "references": (
        "auto-rig-pro",
        lambda b: f"{b[:-2].removesuffix('_stretch').replace('toes_01', 'toes')}_ref{b[-2:]}",
        "Auto-Rig Pro (reference bones)",
    ),
    "ORG": ("rigify-meta", lambda b: f"ORG-{b}", "Rigify meta-rig"),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_other_versions_of_names(version: str) -> None:
    name, change, title = VERSIONS[version]
    rig = SYSTEMS[name]
    asked = renamed(rig, [change(bone) for bone in rig.bones])
    match = match_rig(asked)
    assert match.title == title
    assert found_in(match, rig, asked) == truth(name)


def test_genesis_before_the_third() -> None:
    gone = [f"{s}{b}Twist" for s in "lr" for b in ("Shldr", "Forearm", "Thigh")]
    rig = without(SYSTEMS["daz-8"], "chestLower", "neckUpper", *gone)
    old = {"abdomenLower": "abdomen", "abdomenUpper": "abdomen2", "chestUpper": "chest"}
    old |= {"neckLower": "neck"}
    bones = [old.get(b, b.replace("Bend", "").replace("Forearm", "ForeArm")) for b in rig.bones]
    match = match_rig(renamed(rig, bones))
    assert match.title == "Daz Genesis 1-8"
    assert (match.bones["spine3"], match.bones["left_elbow"]) == ("chest", "lForeArm")
    assert len(match.bones) == len(JOINTS)


def test_every_system_of_the_tests_has_a_table_and_the_other_way_round() -> None:
    tested = {*TITLES.values(), *(title for _, _, title in VERSIONS.values())}
    assert {table.title for table in bone_maps()} == tested
