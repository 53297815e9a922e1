"""Bones that the user chooses: what they make, what is said against them, and the edits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kpop_choreo_addon.core.body import JOINTS
from kpop_choreo_addon.core.body_shape import REQUIRED, Tree
from kpop_choreo_addon.core.chosen_bones import TRUNK, WORDS, Chosen, chosen_of, problems_of
from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.humanoid import match_rig, required
from kpop_choreo_addon.core.mapping_edit import (
    as_preset,
    extras,
    filled,
    match_chosen,
    mirrored,
    of_preset,
    swapped,
)
from kpop_choreo_addon.core.mirroring import twin_by_name
from kpop_choreo_addon.core.rig import Rig
from kpop_choreo_addon.core.rig_presets import Preset, load_presets, remove_preset, save_preset
from tests.core.rig_systems import (
    all_systems,
    make_system,
    renamed,
    truth,
    truth_parts,
    without,
)

SYSTEMS = sorted(all_systems())


def nameless(name: str) -> tuple[Rig, dict[str, str]]:
    """A system whose bones are called ``Bone.001``, and the bone by joint."""
    rig = make_system(name)
    new = renamed(rig, [f"Bone.{n:03d}" for n in range(1, len(rig.bones) + 1)])
    known = dict(zip(rig.bones, new.bones, strict=True))
    return new, {joint: known[bone] for joint, bone in truth(name).items()}


def test_every_joint_has_a_word_and_a_row() -> None:
    assert WORDS.keys() == set(JOINTS)
    assert len(set(WORDS.values())) == len(JOINTS)
    bones = truth("mixamo")
    assert chosen_of(Chosen(bones, "Ground").rows()) == Chosen(bones, "Ground")


@pytest.mark.parametrize("name", SYSTEMS)
def test_chosen_bones_are_taken_and_the_rest_is_found(name: str) -> None:
    rig = make_system(name)
    match = match_chosen(rig, Chosen(truth(name)))
    assert match.usable, match.problems
    assert match.bones == truth(name)
    assert match.parts == truth_parts(name)
    assert match.score == pytest.approx(len(truth(name)) / len(JOINTS))


def test_without_names_twist_fingers_and_root_are_found_where_the_shape_tells() -> None:
    rig, bones = nameless("unity")
    match = match_chosen(rig, Chosen(bones))
    assert {"left_thumb", "right_little"} <= match.parts.keys()
    assert extras(match).startswith("10 fingers")
    other = rig.bones[0]
    if other not in bones.values():
        assert match_chosen(rig, Chosen(bones, other)).parts["root"] == (other,)


def test_a_choice_stands_against_recognition() -> None:
    bones = truth("mixamo") | {"left_wrist": "mixamorig:LeftHandMiddle1"}
    match = match_chosen(make_system("mixamo"), Chosen(bones))
    assert match.usable
    assert match.bones["left_wrist"] == "mixamorig:LeftHandMiddle1"


def said(rig: Rig, bones: dict[str, str], root: str = "") -> str:
    match = match_chosen(rig, Chosen(bones, root))
    assert match.usable == (not match.problems)
    assert match.problems == problems_of(rig, Chosen(bones, root))
    return " ".join(match.problems)


def test_what_is_wrong_is_said_in_the_animators_words() -> None:
    rig, bones = make_system("unreal-5"), truth("unreal-5")
    assert said(rig, bones) == ""
    lacking = {j: b for j, b in bones.items() if j not in ("left_knee", "pelvis", "neck")}
    assert said(rig, lacking) == "Hips and Left Shin are not chosen."
    twice = bones | {"right_knee": bones["left_knee"]}
    assert said(rig, twice) == (
        "calf_l is chosen for Left Shin and Right Shin; it can be only one of them. "
        "Right Shin (calf_l) does not hang from Right Thigh (thigh_r). "
        "Right Foot (foot_r) does not hang from Right Shin (calf_l)."
    )
    upside = bones | {"left_hip": "calf_l", "left_knee": "thigh_l"}
    assert "Left Shin (thigh_l) does not hang from Left Thigh (calf_l)." in said(rig, upside)
    leg = bones | {"pelvis": "thigh_l", "left_hip": "calf_l", "left_knee": "foot_l"}
    assert "Choose as Hips the bone that carries legs and spine." in said(rig, leg)
    gone = bones | {"left_elbow": "Forearm.old"}
    assert said(rig, gone) == (
        "Left Forearm was the bone Forearm.old, which was renamed or deleted; choose it again."
    )
    assert said(rig, bones, "index_01_l") == "The root index_01_l is not above Hips (pelvis)."
    with pytest.raises(ChoreoError) as caught:
        required("Hero", match_chosen(rig, Chosen(gone)))
    assert caught.value.code == "bone_mapping"
    assert "Hero" in caught.value.message
    assert "Forearm.old" in caught.value.message
    assert "Clear" in caught.value.remedy


def test_a_lost_bone_that_is_not_needed_is_left_out_with_a_sentence() -> None:
    rig, bones = make_system("unreal-5"), truth("unreal-5")
    match = match_chosen(rig, Chosen(bones | {"neck": "throat"}, "ground"))
    assert match.usable
    assert "neck" not in match.bones
    assert match.notes == (
        "Neck was the bone throat, which was renamed or deleted; choose it again.",
        "Root was the bone ground, which was renamed or deleted; choose it again.",
    )


@pytest.mark.parametrize("name", ["mixamo", "unreal-5", "rokoko", "mmd", "smpl"])
def test_swapped_sides_are_told_with_and_without_names(name: str) -> None:
    for rig, bones in ((make_system(name), truth(name)), nameless(name)):
        wrong = swapped(Chosen(bones))
        assert swapped(wrong) == Chosen(bones)
        assert "swapped" in said(rig, dict(wrong.bones))
        arms = {j: b for j, b in wrong.bones.items() if j.split("_")[-1] not in LEGS}
        assert "is on the side of" in said(rig, bones | arms)


LEGS = ("hip", "knee", "ankle", "foot")


def test_toes_that_point_backward_do_not_outweigh_the_names() -> None:
    rig = make_system("mixamo")
    heads = rig.heads.copy()
    for side in ("left", "right"):
        foot, toes = (rig.bones.index(truth("mixamo")[f"{side}_{j}"]) for j in ("ankle", "foot"))
        heads[toes] -= 2.0 * (heads[toes] - heads[foot]) * [1.0, 1.0, 0.0]
    assert said(replace(rig, heads=heads), truth("mixamo")) == ""


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("mixamorig:LeftUpLeg", "mixamorig:RightUpLeg"),
        ("upper_arm.L.001", "upper_arm.R.001"),
        ("thigh_l", "thigh_r"),
        ("Bip01 L Thigh", "Bip01 R Thigh"),
        ("J_Bip_L_UpperArm", "J_Bip_R_UpperArm"),
        ("lShldrBend", "rShldrBend"),
        ("LArm", "RArm"),
        ("armL", "armR"),
        ("LEFT_ARM", "RIGHT_ARM"),
        ("左腕", "右腕"),
        ("CC_Base_L_Calf", "CC_Base_R_Calf"),
    ],
)
def test_the_name_on_the_other_side(name: str, twin: str) -> None:
    names = {name, twin, "Spine", "LowerArm"}
    there, back = twin_by_name(name, names), twin_by_name(twin, names)
    assert there is not None
    assert (there.name, there.side) == (twin, "left")
    assert back is not None
    assert (back.name, back.side) == (name, "right")
    assert twin_by_name("Spine", names) is None
    assert twin_by_name("LowerArm", names | {"RowerArm"}) is None


@pytest.mark.parametrize("name", SYSTEMS)
def test_one_side_is_mirrored_by_name_or_by_place(name: str) -> None:
    for rig, bones in ((make_system(name), truth(name)), nameless(name)):
        for side in ("left", "right"):
            one = {j: b for j, b in bones.items() if j in TRUNK or j.startswith(side)}
            done = mirrored(rig, Chosen(one), side)
            assert done.alone == ()
            assert done.chosen.bones == bones


def test_mirroring_says_what_has_no_twin_and_keeps_what_was_there() -> None:
    rig, bones = nameless("mixamo")
    hand = Tree(rig).below(rig.bones.index(bones["right_elbow"]))
    armless = without(rig, *(rig.bones[bone] for bone in hand))
    chosen = Chosen({j: b for j, b in bones.items() if not j.startswith("right_")})
    done = mirrored(armless, chosen)
    assert done.alone == ("left_wrist",)
    assert "right_wrist" not in done.chosen.bones
    wrong = mirrored(rig, Chosen(bones | {"right_hip": bones["head"]}))
    assert wrong.chosen.bones == bones
    heads = rig.heads.copy()
    heads[-1] = np.nan
    lost = replace(rig, heads=heads)
    assert mirrored(lost, chosen).chosen.bones.keys() >= REQUIRED


def test_filling_in_starts_from_recognition_and_keeps_what_was_chosen() -> None:
    rig, bones = make_system("unreal-5"), truth("unreal-5")
    found = match_rig(rig)
    assert filled(rig, Chosen(), found) == Chosen(bones, found.parts["root"][0])
    own = filled(rig, Chosen({"left_wrist": "middle_01_l", "neck": "throat"}), found)
    assert own.bones["left_wrist"] == "middle_01_l"
    assert own.bones["neck"] == bones["neck"]
    half = filled(rig, Chosen({"left_knee": "thigh_l"}), found)
    assert "left_hip" not in half.bones


def test_filling_in_knows_part_of_a_rig_and_what_the_hierarchy_tells() -> None:
    names = {truth("mixamo")[j]: f"part {n}" for n, j in enumerate(("pelvis", "left_knee"))}
    rig = make_system("mixamo")
    odd = renamed(rig, [names.get(bone, bone) for bone in rig.bones])
    blind = replace(odd, heads=np.zeros_like(odd.heads))
    got = filled(blind, Chosen({"left_knee": "part 1"}), match_rig(blind))
    assert got.bones["pelvis"] == "part 0"
    assert got.bones["left_knee"] == "part 1"
    assert got.bones.keys() >= REQUIRED
    limbs, bones = REQUIRED - {"pelvis"}, truth("mixamo")
    nothing = replace(match_rig(rig), bones={}, parts={})
    got = filled(rig, Chosen({joint: bones[joint] for joint in limbs}), nothing)
    assert {j: got.bones[j] for j in ("pelvis", "spine1", "spine3")} == {
        j: bones[j] for j in ("pelvis", "spine1", "spine3")
    }


def test_presets_hold_all_of_a_choice(tmp_path: Path) -> None:
    rig, bones = nameless("unreal-5")
    match = match_chosen(rig, Chosen(bones, rig.bones[0]))
    preset = as_preset("My Hero", match)
    save_preset(tmp_path, preset)
    presets, errors = load_presets(tmp_path)
    assert errors == ()
    assert of_preset(presets[0]) == Chosen(match.bones, rig.bones[0])
    again = match_rig(rig, presets)
    assert (again.bones, again.parts) == (match.bones, match.parts)


def test_titles_that_look_alike_do_not_overwrite_each_other(tmp_path: Path) -> None:
    first = save_preset(tmp_path, Preset("My Hero", {"pelvis": "a"}))
    second = save_preset(tmp_path, Preset("My_Hero", {"pelvis": "b"}))
    assert first != second
    assert save_preset(tmp_path, Preset("My Hero", {"pelvis": "c"})) == first
    assert remove_preset(tmp_path, "My_Hero")
    assert not remove_preset(tmp_path, "My_Hero")
    assert [p.bones["pelvis"] for p in load_presets(tmp_path)[0]] == ["c"]
