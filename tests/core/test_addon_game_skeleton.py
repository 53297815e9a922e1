"""Which bones a game skeleton has, and what is in the files, without Blender."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.body import JOINTS, PARENTS
from kpop_choreo_addon.core.bvh import write_bvh
from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.export_presets import PRESETS, Y_UP, find_preset
from kpop_choreo_addon.core.fbx_tree import FbxFile, FbxNode, read_tree, write_tree
from kpop_choreo_addon.core.game_motion import (
    GameMotion,
    hips_heading,
    in_space,
    split_matrices,
    with_root_motion,
)
from kpop_choreo_addon.core.game_plan import MOST_NODES, GamePlan, plan_skeleton
from kpop_choreo_addon.core.glb import Glb, drop_node, read_glb, write_glb
from kpop_choreo_addon.core.humanoid import REQUIRED
from kpop_choreo_addon.core.rig import Rig
from kpop_choreo_addon.core.vrma import write_vrma
from tests.core.rig_systems import all_systems
from tests.core.rigs import MIXAMO, make_rig
from tests.core.synthetic import turn

UP = np.array([0.0, 0.0, 1.0])


def with_bones(rig: Rig, rows: list[tuple[str, str, np.ndarray, np.ndarray]]) -> Rig:
    """``rig`` with more bones: name, parent's name, head, tail."""
    bones = [*rig.bones, *(row[0] for row in rows)]
    parents = [bones.index(row[1]) if row[1] else -1 for row in rows]
    count = len(rows)
    return Rig(
        name=rig.name,
        bones=tuple(bones),
        parents=np.concatenate([rig.parents, parents]).astype(int),
        rotations=np.concatenate([rig.rotations, np.tile([1.0, 0, 0, 0], (count, 1))]),
        heads=np.concatenate([rig.heads, [row[2] for row in rows]]),
        tails=np.concatenate([rig.tails, [row[3] for row in rows]]),
        inherits_rotation=np.ones(len(bones), dtype=bool),
        local_location=np.ones(len(bones), dtype=bool),
        connected=np.zeros(len(bones), dtype=bool),
    )


def control_rig() -> tuple[Rig, np.ndarray]:
    """Deforming bones hang each on its own control bone, as in a rig made for animators."""
    base = make_rig(prefix="")
    bones = [f"ORG-{name}" for name in base.bones] + [f"DEF-{name}" for name in base.bones[1:]]
    number = len(base.bones)
    both = [*range(number), *range(1, number)]
    rig = Rig(
        name="Rig",
        bones=tuple(bones),
        parents=np.concatenate([base.parents, np.arange(1, number)]),
        rotations=base.rotations[both],
        heads=base.heads[both],
        tails=base.tails[both],
        inherits_rotation=base.inherits_rotation[both],
        local_location=base.local_location[both],
        connected=base.connected[both],
    )
    return rig, np.array([name.startswith("DEF") for name in bones])


def parent_name(rig: Rig, plan: GamePlan, name: str) -> str:
    parent = plan.parents[rig.bones.index(name)]
    return plan.root if parent < 0 else rig.bones[parent]


def test_deforming_bones_hang_from_each_other_as_the_body_does() -> None:
    rig, deforms = control_rig()
    plan = plan_skeleton(rig, deforms, body_only=True)
    assert plan.root == "root"
    assert {rig.bones[b] for b in plan.bones} == {n for n in rig.bones if n.startswith("DEF")}
    for joint, parent in zip(JOINTS, PARENTS, strict=True):
        above = f"DEF-{MIXAMO.bones[JOINTS[parent]]}" if parent >= 0 else "root"
        assert parent_name(rig, plan, f"DEF-{MIXAMO.bones[joint]}") == above
    assert plan.joints == {j: rig.bones.index(f"DEF-{MIXAMO.bones[j]}") for j in JOINTS}
    seen: set[int] = set()
    for bone in plan.bones:
        assert plan.parents[bone] in seen | {-1}
        seen.add(bone)


def test_a_detached_deforming_bone_goes_where_the_body_has_it() -> None:
    rig, deforms = control_rig()
    parents = rig.parents.copy()
    parents[deforms] = -1
    plan = plan_skeleton(replace(rig, parents=parents), deforms, body_only=True)
    assert parent_name(rig, plan, "DEF-LeftForeArm") == "DEF-LeftArm"
    assert parent_name(rig, plan, "DEF-RightUpLeg") == "DEF-Hips"


def test_an_armature_with_its_own_root_keeps_it() -> None:
    rig = make_rig()
    plan = plan_skeleton(rig, np.ones(len(rig.bones), dtype=bool), body_only=True)
    assert plan.root == "Root"
    assert len(plan.bones) == len(rig.bones) - 1
    assert plan.heirs == {}


def test_face_and_hair_are_left_out_only_when_there_are_too_many() -> None:
    rig = make_rig(prefix="")
    head = rig.heads[rig.bones.index("Head")]
    spine = rig.heads[rig.bones.index("Spine2")]
    hair = [("hair0", "Head", head, head + UP / 9)]
    hair += [
        (f"hair{n}", f"hair{n - 1}", head + n * UP / 9, head + (n + 1) * UP / 9)
        for n in range(1, 70)
    ]
    more = [*hair, ("pocket", "Spine2", spine, spine + UP / 9)]
    few = with_bones(rig, more[:20])
    many = with_bones(rig, more)
    plan = plan_skeleton(few, np.ones(len(few.bones), dtype=bool), body_only=True)
    assert len(plan.bones) + 1 == len(few.bones)
    all_of_them = plan_skeleton(many, np.ones(len(many.bones), dtype=bool), body_only=False)
    assert len(all_of_them.bones) + 1 == len(many.bones) > MOST_NODES
    plan = plan_skeleton(many, np.ones(len(many.bones), dtype=bool), body_only=True)
    assert len(plan.bones) + 1 == len(rig.bones) + 1 <= MOST_NODES
    assert plan.heirs == {f"hair{n}": "Head" for n in range(70)}
    assert "pocket" in {many.bones[b] for b in plan.bones}


def dancing(frames: int = 40) -> GameMotion:
    """A body without arms that walks a curve and bows to the floor in the middle."""
    t = np.linspace(0.0, 1.0, frames)
    rests = np.stack([quat.conjugate(Y_UP), turn("X", 90.0), turn("X", 90.0)])
    yaw = turn("Z", 300.0 * t)
    bow = turn("X", 170.0 * np.exp(-(((t - 0.5) / 0.1) ** 2)))
    hips = quat.multiply(yaw, quat.multiply(bow, rests[1]))
    chest = quat.multiply(hips, turn("Z", 20.0 * np.sin(9 * t)))
    way = np.stack([2.0 * t, -t * t, 0.9 + 0.1 * np.sin(20 * t)], axis=-1)
    top = way + quat.rotate(hips, np.array([0.0, 0.5, 0.0]))
    still = np.zeros((frames, 3))
    return GameMotion(
        bones=("root", "hips", "chest"),
        parents=np.array([-1, 0, 1]),
        rest_rotations=rests,
        rest_places=np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.5]]),
        lengths=np.array([0.2, 0.5, 0.3]),
        rotations=np.stack([np.tile(rests[0], (frames, 1)), hips, chest], axis=1),
        places=np.stack([still, way, top], axis=1),
        fps=30.0,
        joints={"pelvis": 1},
    )


def test_the_heading_goes_on_through_a_bow() -> None:
    found = np.rad2deg(hips_heading(dancing()))
    assert found[0] == pytest.approx(0.0)
    assert found[-1] == pytest.approx(300.0, abs=1.0)
    assert np.all(np.diff(found) > 0.0)


def test_root_motion_moves_keys_and_not_the_dance() -> None:
    motion = dancing()
    root = with_root_motion(motion, "ROOT", floor=0.25)
    hips = with_root_motion(motion, "HIPS")
    place = with_root_motion(motion, "IN_PLACE")
    np.testing.assert_array_equal(root.places[:, 1:], hips.places[:, 1:])
    np.testing.assert_allclose(root.places[:, 0, :2], motion.places[:, 1, :2])
    assert np.all(root.places[:, 0, 2] == 0.25)
    assert np.all(hips.places[:, 0] == 0.0)
    np.testing.assert_allclose(place.places[:, 1, :2], 0.0, atol=1e-12)
    np.testing.assert_allclose(
        place.places[:, 2] + root.places[:, 0] * [1, 1, 0], hips.places[:, 2], atol=1e-12
    )
    np.testing.assert_allclose(
        in_space(root, Y_UP, 1.0).rest_rotations[0], [1.0, 0, 0, 0], atol=1e-12
    )
    upright = quat.rotate(root.rotations[:, 0], np.array([0.0, 1.0, 0.0]))
    np.testing.assert_allclose(upright, np.tile(UP, (40, 1)), atol=1e-12)


def test_matrices_are_split_without_stretch_and_mirror() -> None:
    rotation = turn("X", 30.0)
    matrix = np.eye(4)
    matrix[:3, :3] = quat.to_matrix(rotation) @ np.diag([2.0, 0.5, 3.0])
    matrix[:3, 3] = [1.0, 2.0, 3.0]
    turns, places = split_matrices(np.stack([matrix, np.diag([-1.0, 1.0, 1.0, 1.0]) @ matrix]))
    np.testing.assert_allclose(np.abs(turns[0] @ rotation), 1.0, atol=1e-12)
    np.testing.assert_allclose(places[1], [-1.0, 2.0, 3.0])
    assert np.linalg.det(quat.to_matrix(turns[1])) == pytest.approx(1.0)


def read_bvh(text: str) -> tuple[list[str], np.ndarray, float]:
    """Names and world places ``[T, J, 3]`` by a reader that knows nothing of ours."""
    head, motion = text.split("MOTION\n")
    names, offsets, parents, channels = [], [], [], []
    stack: list[int] = []
    for line in head.splitlines():
        words = line.split()
        if words[0] in ("ROOT", "JOINT", "End"):
            names.append(words[1])
            parents.append(stack[-1] if stack else -1)
            channels.append([])
        elif words[0] == "{":
            stack.append(len(names) - 1)
        elif words[0] == "}":
            stack.pop()
        elif words[0] == "OFFSET":
            offsets.append([float(word) for word in words[1:]])
        elif words[0] == "CHANNELS":
            assert int(words[1]) == len(words) - 2
            channels[-1] = words[2:]
    assert not stack
    lines = motion.splitlines()
    step = float(re.match(r"Frame Time: (.+)", lines[1]).group(1))  # type: ignore[union-attr]
    table = np.array([[float(word) for word in line.split()] for line in lines[2:]])
    assert len(table) == int(lines[0].split()[1])
    places = np.zeros((len(table), len(names), 3))
    turns = np.zeros((len(table), len(names), 4))
    column = 0
    for joint, parent in enumerate(parents):
        turns[:, joint] = turns[:, parent] if parent >= 0 else [1.0, 0.0, 0.0, 0.0]
        if parent >= 0:
            away = quat.rotate(turns[:, parent], np.array(offsets[joint]))
            places[:, joint] = places[:, parent] + away
        for channel in channels[joint]:
            if channel.endswith("position"):
                places[:, joint, "XYZ".index(channel[0])] = table[:, column]
            else:
                own = turn(channel[0], table[:, column])
                turns[:, joint] = quat.multiply(turns[:, joint], own)
            column += 1
    assert column == table.shape[1]
    return names, places, step


def test_bvh_has_the_hips_for_root_and_the_same_places() -> None:
    motion = in_space(with_root_motion(dancing(), "ROOT"), Y_UP, 100.0)
    names, places, step = read_bvh(write_bvh(motion))
    assert names == ["hips", "chest", "Site"]
    assert step == pytest.approx(1 / 30)
    np.testing.assert_allclose(places[:, :2], motion.places[:, 1:], atol=1e-3)


def test_vrma_says_which_bones_it_lacks() -> None:
    with pytest.raises(ChoreoError, match="leftFoot"):
        write_vrma(dancing())


def test_every_preset_can_be_found() -> None:
    assert [find_preset(preset.key) for preset in PRESETS] == list(PRESETS)
    with pytest.raises(ChoreoError, match="UNREAL"):
        find_preset("QUAKE")


@pytest.mark.parametrize("version", [7400, 7500])
def test_an_fbx_tree_survives_writing(version: int) -> None:
    header = b"Kaydara FBX Binary  \0\x1a\0" + version.to_bytes(4, "little")
    footer = bytes(range(16)) + bytes(4) + bytes(12) + version.to_bytes(4, "little")
    footer += bytes(120) + bytes(range(16))
    long = np.arange(100.0)
    nodes = [
        FbxNode("A", [("L", 2**40), ("S", b"x\0\1y"), ("C", 1), ("Y", -3)], block=True),
        FbxNode("B", [("d", long), ("i", np.array([1, 2]))], [FbxNode("C", [("D", 0.5)])]),
    ]
    again = read_tree(write_tree(FbxFile(header, nodes, footer)))
    assert again.version == version
    assert again.node("A").properties == nodes[0].properties
    assert again.node("A").block
    np.testing.assert_array_equal(again.node("B").value(), long)
    assert again.node("B").child("C").value() == 0.5
    assert again.footer[-140:] == footer[-140:]
    assert len(write_tree(again)) % 16 == 140 % 16
    with pytest.raises(ValueError, match="no binary FBX"):
        read_tree(b"; FBX 7.3.0 project file")


def test_a_node_taken_out_of_a_glb_leaves_its_children() -> None:
    document = {
        "asset": {"version": "2.0"},
        "nodes": [
            {"name": "mesh", "skin": 0},
            {"name": "holder", "children": [2, 0]},
            {"name": "root", "children": [3]},
            {"name": "hips"},
        ],
        "scenes": [{"nodes": [1]}],
        "skins": [{"joints": [2, 3], "skeleton": 1}],
    }
    glb = read_glb(write_glb(Glb(document, bytearray(b"abc"))))
    drop_node(glb, "holder")
    assert [node["name"] for node in glb.document["nodes"]] == ["mesh", "root", "hips"]
    assert glb.document["scenes"][0]["nodes"] == [1, 0]
    assert glb.document["nodes"][1]["children"] == [2]
    assert glb.document["skins"] == [{"joints": [1, 2]}]
    with pytest.raises(ValueError, match="no binary glTF"):
        read_glb(b"glTF\1\0\0\0")


SYSTEMS = all_systems()


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_rig_system_gives_one_body(name: str) -> None:
    """One root, the joints in the body's order, at most 80 nodes, nobody's skin lost."""
    rig = SYSTEMS[name]
    plan = plan_skeleton(rig, np.ones(len(rig.bones), dtype=bool), body_only=True)
    assert len(plan.bones) + 1 <= MOST_NODES
    assert plan.joints.keys() >= REQUIRED
    seen: set[int] = set()
    for bone in plan.bones:
        assert plan.parents[bone] in seen | {-1}
        seen.add(bone)
    lines: dict[int, set[int]] = {-1: set()}
    for bone in plan.bones:
        lines[bone] = lines[plan.parents[bone]] | {bone}
    for joint, bone in plan.joints.items():
        above = PARENTS[JOINTS.index(joint)]
        while above >= 0 and JOINTS[above] not in plan.joints:
            above = PARENTS[above]
        if above >= 0:
            assert plan.joints[JOINTS[above]] in lines[bone]
    kept = {plan.root, *(rig.bones[bone] for bone in plan.bones)}
    assert set(rig.bones) - kept == plan.heirs.keys()
    assert set(plan.heirs.values()) <= kept


def test_an_unreal_mannequin_keeps_its_own_hierarchy() -> None:
    rig = SYSTEMS["unreal-4"]
    plan = plan_skeleton(rig, np.ones(len(rig.bones), dtype=bool), body_only=True)
    assert plan.root == "root"
    for bone in plan.bones:
        parent = plan.parents[bone]
        own = rig.bones[rig.parents[bone]]
        assert own == ("root" if parent < 0 else rig.bones[parent])
