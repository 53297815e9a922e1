"""Rigs with controls as plain armatures, without Blender."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kpop_choreo_addon.core.control_bones import body_rig, carried_controls
from kpop_choreo_addon.core.controls import Switch, switches
from kpop_choreo_addon.core.game_plan import plan_skeleton
from kpop_choreo_addon.core.humanoid import match_rig
from kpop_choreo_addon.core.rig import Rig
from tests.core.rig_systems import make_system, truth


@pytest.fixture(scope="module")
def rig() -> Rig:
    return make_system("auto-rig-pro-controls")


def parent(rig: Rig, bone: str) -> str:
    above = int(rig.parents[rig.bones.index(bone)])
    return rig.bones[above] if above >= 0 else ""


def test_the_body_hangs_as_a_body(rig: Rig) -> None:
    body = body_rig(rig, match_rig(rig))
    assert set(truth("auto-rig-pro-controls").values()) <= set(body.bones)
    assert parent(body, "forearm.l") == "arm.l"
    assert parent(body, "arm.l") == "shoulder.l"
    assert parent(body, "neck.x") == "spine_03.x"
    assert parent(body, "thigh.r") == "root.x"
    assert parent(body, "root.x") == "c_traj"
    assert parent(body, "c_index1.l") == "hand.l"


def test_constraints_carry_controls_as_parents_do(rig: Rig) -> None:
    local = rig.local_location.copy()
    local[rig.bones.index("c_hand_ik.l")] = False
    hung = (("c_hand_ik.l", "c_traj"), ("c_head.x", "c_neck.x"), ("c_neck.x", "nowhere"))
    asked = replace(rig, hung=hung, local_location=local)
    found = carried_controls(asked, ["c_hand_ik.l", "c_hand_ik.r", "c_head.x"])
    assert parent(found, "c_head.x") == "c_neck.x"
    assert parent(found, "c_neck.x") == "c_spine_03.x"
    assert parent(found, "c_hand_ik.r") == ""
    between = parent(found, "c_hand_ik.l")
    assert between not in rig.bones
    assert parent(found, between) == "c_traj"
    assert np.allclose(found.rotations[found.bones.index(between)], [1, 0, 0, 0])
    for name in set(found.bones) - {between}:
        number, own = found.bones.index(name), rig.bones.index(name)
        assert np.array_equal(found.heads[number], rig.heads[own])
        assert int(found.parents[number]) < number


def test_constraints_in_a_circle_end(rig: Rig) -> None:
    hung = (("c_root_master.x", "c_head.x"), ("c_head.x", "c_root_master.x"))
    found = carried_controls(replace(rig, hung=hung), ["c_head.x"])
    assert set(found.bones) == {"c_head.x", "c_root_master.x"}


def test_switches_come_from_the_tables(rig: Rig) -> None:
    found = switches(match_rig(rig))
    assert Switch("c_hand_ik.l", "ik_fk_switch", 1) in found
    assert Switch("c_foot_ik.r", "ik_fk_switch", 0) in found
    assert Switch("c_stretch_leg.l", "leg_pin", 0) in found
    assert switches(match_rig(make_system("mixamo"))) == ()


def test_halves_of_a_limb_hang_from_it_in_a_game_skeleton(rig: Rig) -> None:
    names = ("root.x", "spine", "neck", "head.x", "shoulder", "hand.", "foot.", "toes_01")
    kinds = ("arm_twist", "arm_stretch", "forearm_", "thigh_twist", "thigh_stretch", "leg_")
    deforms = np.array(
        [bone.startswith((*names, *kinds)) and "_ref" not in bone and "k." not in bone
         for bone in rig.bones]
    )  # fmt: skip
    plan = plan_skeleton(rig, deforms, body_only=True)
    by_name = {rig.bones[bone]: rig.bones[p] if p >= 0 else "" for bone, p in plan.parents.items()}
    assert by_name["arm_stretch.l"] == by_name["forearm_stretch.l"] == "arm_twist.l"
    assert by_name["thigh_stretch.r"] == "thigh_twist.r"
    assert [bone for bone, above in by_name.items() if not above] == ["root.x"]
