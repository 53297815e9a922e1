"""A rig with the names, hierarchy and constraints that are published of Auto-Rig Pro.

The add-on itself cannot be had here. What is known of a limb: its whole bone (``arm.l``) copies
FK or IK by a driver on ``ik_fk_switch`` (0 is IK), the IK chain has a pole, the deforming bones
follow; IK controls and poles hang from ``c_traj`` by Child Of.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.limb_ik import smallest
from kpop_choreo_addon.core.rig import Rig
from tests.blender.helpers import build_armature
from tests.core.rig_systems import make_system, without
from tests.core.synthetic import turn

SIDES = {"left": "l", "right": "r"}
WHOLE = {
    f"{side}_{joint}": f"{bone}.{mark}"
    for side, mark in SIDES.items()
    for joint, bone in (
        ("shoulder", "arm"),
        ("elbow", "forearm"),
        ("wrist", "hand"),
        ("hip", "thigh"),
        ("knee", "leg"),
        ("ankle", "foot"),
    )
}
DEFORM = WHOLE | {
    f"{side}_{joint}": f"{bone}.{mark}"
    for side, mark in SIDES.items()
    for joint, bone in (
        ("shoulder", "arm_twist"),
        ("elbow", "forearm_stretch"),
        ("hip", "thigh_twist"),
        ("knee", "leg_stretch"),
    )
}
TRUNK = {
    "root.x": ("pelvis", "pelvis", 0.0),
    "spine_01.x": ("spine1", "spine1", 0.0),
    "spine_02.x": ("spine2", "spine2", 0.0),
    "spine_03.x": ("spine3", "spine3", 0.0),
    "neck.x": ("neck", "neck", 0.0),
    "head.x": ("head", "head", 0.0),
}
ARMS, LEGS = ("c_hand_ik.l", "c_hand_ik.r"), ("c_foot_ik.l", "c_foot_ik.r")
SWITCH = "ik_fk_switch"

SAME = {
    "arm": ("arm_fk", "arm_ik", "c_arm_fk", "c_arm_ik"),
    "forearm": ("c_forearm_fk", "forearm_fk", "forearm_ik"),
    "hand": ("c_hand_fk_scale_fix", "c_hand_fk", "c_hand_ik"),
    "shoulder": ("c_shoulder",),
    "thigh": ("thigh_fk", "thigh_ik", "c_thigh_fk", "c_thigh_ik"),
    "leg": ("c_leg_fk", "leg_fk", "leg_ik"),
    "foot": ("foot_fk", "foot_ik"),
    "toes_01": ("c_toes_fk", "c_toes_ik"),
    "neck": ("c_neck",),
    "head": ("c_head", "head_scale_fix"),
    "root": ("c_root",),
    **{f"spine_0{n}": (f"c_spine_0{n}",) for n in (1, 2, 3)},
}
"""Bones with the rest of another."""
DEFORMING = (
    "root", "spine_", "neck", "head", "shoulder", "arm_twist", "arm_stretch", "forearm_twist",
    "forearm_stretch", "hand", "thigh_twist", "thigh_stretch", "leg_twist", "leg_stretch",
    "foot", "toes_01", "c_thumb", "c_index", "c_middle", "c_ring", "c_pinky", "c_jawbone",
)  # fmt: skip


def arp_rig(spines: int = 3, beside: float = 0.0) -> Rig:
    """The rest pose, with poles that many degrees beside the limbs' planes."""
    rig = make_system("auto-rig-pro-controls")
    gone = [f"{before}spine_0{n}{end}" for n in (1, 2, 3)[spines:] for before, end in
            (("c_", ".x"), ("", ".x"), ("", "_ref.x"))]  # fmt: skip
    rig = without(rig, *gone)
    at = {bone: number for number, bone in enumerate(rig.bones)}
    arrays = {name: getattr(rig, name).copy() for name in ("rotations", "heads", "tails")}
    heads, tails = arrays["heads"], arrays["tails"]
    hips = at["root.x"]
    heads[hips], tails[hips] = heads[at["spine_01.x"]], heads[hips].copy()
    arrays["rotations"][hips] = turn("X", -90.0)
    neck, along = at["neck.x"], heads[at["head.x"]] - heads[at["neck.x"]]
    tails[neck] = heads[at["head.x"]]
    was = quat.rotate(arrays["rotations"][neck], np.array([0.0, 1.0, 0.0]))
    arrays["rotations"][neck] = quat.multiply(smallest(was, along), arrays["rotations"][neck])
    for source, others in SAME.items():
        for mark in (".l", ".r", ".x"):
            for other in others:
                if source + mark in at and other + mark in at:
                    for rows in arrays.values():
                        rows[at[other + mark]] = rows[at[source + mark]]
    for mark in (".l", ".r"):
        for name in ("c_foot_fk_scale_fix", "c_foot_fk", "c_foot_ik"):
            arrays["rotations"][at[name + mark]] = turn("Z", 180.0)
            tails[at[name + mark]] = heads[at[name + mark]] - [0.0, 0.04, 0.0]
        for pole, line in (("c_arms_pole", ("arm", "forearm", "hand")),
                           ("c_leg_pole", ("thigh", "leg", "foot"))):  # fmt: skip
            base, middle, end = (heads[at[bone + mark]] for bone in line)
            line = quat.normalize(end - base)
            away = quat.rotate(quat.about(line, np.deg2rad(beside)), middle - (base + end) / 2)
            place = middle + 0.5 * quat.normalize(away)
            arrays["rotations"][at[pole + mark]] = turn("X", 90.0)
            heads[at[pole + mark]] = place
            tails[at[pole + mark]] = place + np.array([0.0, 0.0, 0.1])
    inherits, local, parents = (
        getattr(rig, name).copy() for name in ("inherits_rotation", "local_location", "parents")
    )
    inherits[at["head_scale_fix.x"]] = False
    local[at["c_foot_ik.l"]] = False
    parents[at["c_arm_fk.r"]] = -1
    order = sorted(range(len(rig.bones)), key=lambda b: _depth(parents, b))
    return _ordered(
        replace(rig, parents=parents, inherits_rotation=inherits, local_location=local, **arrays),
        order,
    )


def _depth(parents: np.ndarray, bone: int) -> int:
    return 0 if parents[bone] < 0 else 1 + _depth(parents, int(parents[bone]))


def _ordered(rig: Rig, order: list[int]) -> Rig:
    place = {old: new for new, old in enumerate(order)}
    rows = {
        name: getattr(rig, name)[order]
        for name in (
            "rotations", "heads", "tails", "inherits_rotation", "local_location", "connected",
        )
    }  # fmt: skip
    return replace(
        rig,
        bones=tuple(rig.bones[n] for n in order),
        parents=np.array([place.get(int(rig.parents[n]), -1) for n in order]),
        **rows,
    )


class _Builder:
    """Constraints and drivers of one armature."""

    def __init__(self, obj: bpy.types.Object) -> None:
        self.obj = obj
        self.bones: Any = obj.pose.bones

    def add(self, bone: str, kind: str, target: str, driver: str = "", **given: Any) -> Any:
        """A constraint; ``driver`` of its influence is ``bone|property``, with ``-`` reversed."""
        constraint = self.bones[bone].constraints.new(kind)
        constraint.target, constraint.subtarget = self.obj, target
        for name, value in given.items():
            setattr(constraint, name, value)
        if kind == "CHILD_OF":
            constraint.inverse_matrix = self.obj.data.bones[target].matrix_local.inverted()
        if driver:
            self.drive(constraint.driver_add("influence"), driver)
        return constraint

    def drive(self, curve: Any, source: str) -> None:
        bone, name = source.removeprefix("-").split("|")
        variable = curve.driver.variables.new()
        variable.name = "var"
        variable.targets[0].id = self.obj
        variable.targets[0].data_path = f'pose.bones["{bone}"]["{name}"]'
        curve.driver.expression = "1 - var" if source.startswith("-") else "var"

    def mixed(self, bone: str, kind: str, fk: str, ik: str, switch: str) -> None:
        self.add(bone, kind, fk, switch)
        self.add(bone, kind, ik, f"-{switch}")

    def ik(self, bone: str, target: str, pole: str, stretch: str) -> None:
        lower = self.obj.data.bones[bone]
        upper = lower.parent
        constraint = self.add(bone, "IK", target, chain_count=2, use_stretch=True)
        constraint.pole_target, constraint.pole_subtarget = self.obj, pole
        line, along = lower.tail_local - upper.head_local, upper.tail_local - upper.head_local
        normal = line.cross(self.obj.data.bones[pole].head_local - upper.head_local)
        plane = normal.cross(along)
        x = upper.matrix_local.to_3x3() @ Vector((1.0, 0.0, 0.0))
        angle = x.angle(plane)
        constraint.pole_angle = -angle if x.cross(plane).angle(along, 0.0) < 1.0 else angle
        for name in (bone, upper.name):
            self.drive(self.bones[name].driver_add("ik_stretch"), stretch)


def generate(spines: int = 3, beside: float = 0.0) -> bpy.types.Object:
    """The rig with its constraints and drivers, as it stands when it is new."""
    obj = build_armature(arp_rig(spines, beside), "rig")
    names = {bone.name for bone in obj.data.bones}
    for bone in obj.data.bones:
        bone.use_inherit_rotation = bone.name != "head_scale_fix.x"
        bone.use_local_location = bone.name != "c_foot_ik.l"
        bone.use_deform = bone.name.startswith(DEFORMING) and not bone.name.endswith(
            ("_ik.l", "_ik.r", "_fk.l", "_fk.r", "_ref.x", "_ref.l", "_ref.r", "scale_fix.x",
             "target.l", "target.r")
        )  # fmt: skip
    for bone in obj.pose.bones:
        bone.rotation_mode = "XYZ" if bone.name.startswith("c_") else "QUATERNION"
    build = _Builder(obj)
    chest = max(name for name in names if name.startswith("c_spine_0"))
    _head(build)
    for mark in (".l", ".r"):
        _properties(build, mark)
        _arm(build, mark, chest)
        _leg(build, mark)
    bpy.context.view_layer.update()
    return obj


def _properties(build: _Builder, mark: str) -> None:
    found: dict[str, dict[str, float]] = {
        "c_hand_ik": {"ik_fk_switch": 0.0, "auto_stretch": 1.0, "stretch_length": 1.0},
        "c_foot_ik": {"ik_fk_switch": 0.0, "auto_stretch": 1.0, "stretch_length": 1.0},
        "c_hand_fk": {"stretch_length": 1.0, "fingers_grasp": 0.0},
        "c_foot_fk": {"stretch_length": 1.0},
        "c_shoulder": {"arm_lock": 1.0},
        "c_stretch_arm": {"elbow_pin": 0.0},
        "c_stretch_leg": {"leg_pin": 0.0},
        "c_arms_pole": {"pole_parent": 1},
        "c_leg_pole": {"pole_parent": 1},
    }
    for name, values in found.items():
        for key, value in values.items():
            build.bones[name + mark][key] = value


def _head(build: _Builder) -> None:
    build.bones["c_head.x"]["head_free"] = 0.0
    build.add("head_scale_fix.x", "CHILD_OF", "neck.x", "-c_head.x|head_free")
    build.add("head_scale_fix.x", "CHILD_OF", "c_traj", "c_head.x|head_free")
    build.add("head_scale_fix.x", "COPY_LOCATION", "neck.x", head_tail=1.0)


def _arm(build: _Builder, mark: str, chest: str) -> None:
    switch = f"c_hand_ik{mark}|ik_fk_switch"
    build.add(f"c_hand_ik{mark}", "CHILD_OF", "c_traj")
    _pole(build, f"c_arms_pole{mark}", "c_root_master.x")
    if mark == ".r":  # as later versions have it; the left arm is as in earlier ones
        lock = f"c_shoulder{mark}|arm_lock"
        held = build.bones[f"c_arm_fk{mark}"].constraints.new("ARMATURE")
        for number, (carrier, source) in enumerate(((chest, lock), ("c_traj", f"-{lock}"))):
            target = held.targets.new()
            target.target, target.subtarget = build.obj, carrier
            path = f'pose.bones["c_arm_fk{mark}"].constraints["{held.name}"]'
            build.drive(build.obj.driver_add(f"{path}.targets[{number}].weight"), source)
    build.add(f"c_arm_fk{mark}", "COPY_LOCATION", f"c_shoulder{mark}", head_tail=1.0)
    stretch = f"c_hand_ik{mark}|auto_stretch"
    build.ik(f"forearm_ik{mark}", f"c_hand_ik{mark}", f"c_arms_pole{mark}", stretch)
    build.mixed(f"arm{mark}", "COPY_ROTATION", f"arm_fk{mark}", f"arm_ik{mark}", switch)
    for kind in ("COPY_LOCATION", "COPY_ROTATION"):
        build.mixed(f"forearm{mark}", kind, f"forearm_fk{mark}", f"forearm_ik{mark}", switch)
    build.add(f"hand{mark}", "COPY_LOCATION", f"forearm{mark}", head_tail=1.0)
    build.mixed(f"hand{mark}", "COPY_ROTATION", f"c_hand_fk{mark}", f"c_hand_ik{mark}", switch)
    build.add(f"c_stretch_arm{mark}", "COPY_LOCATION", f"forearm{mark}")
    pin = f"c_stretch_arm{mark}|elbow_pin"
    build.add(f"c_stretch_arm{mark}", "COPY_LOCATION", f"c_stretch_arm_pin{mark}", pin)
    _halves(build, mark, "arm", "forearm", "c_stretch_arm")


def _leg(build: _Builder, mark: str) -> None:
    switch = f"c_foot_ik{mark}|ik_fk_switch"
    build.add(f"c_foot_ik{mark}", "CHILD_OF", "c_traj")
    _pole(build, f"c_leg_pole{mark}", f"c_foot_ik{mark}")
    roll = build.add(f"c_foot_heel{mark}", "TRANSFORM", f"c_foot_roll_cursor{mark}")
    roll.owner_space = roll.target_space = "LOCAL"
    roll.use_motion_extrapolate = True
    roll.map_to, roll.map_to_x_from = "ROTATION", "Z"
    roll.from_max_z, roll.to_max_x_rot = 0.1, 0.5
    stretch = f"c_foot_ik{mark}|auto_stretch"
    build.ik(f"leg_ik{mark}", f"foot_ik_target{mark}", f"c_leg_pole{mark}", stretch)
    build.mixed(f"thigh{mark}", "COPY_ROTATION", f"thigh_fk{mark}", f"thigh_ik{mark}", switch)
    for kind in ("COPY_LOCATION", "COPY_ROTATION"):
        build.mixed(f"leg{mark}", kind, f"leg_fk{mark}", f"leg_ik{mark}", switch)
    build.add(f"foot{mark}", "COPY_LOCATION", f"leg{mark}", head_tail=1.0)
    build.mixed(f"foot{mark}", "COPY_ROTATION", f"foot_fk{mark}", f"foot_ik{mark}", switch)
    build.mixed(f"toes_01{mark}", "COPY_ROTATION", f"c_toes_fk{mark}", f"c_toes_ik{mark}", switch)
    build.add(f"c_stretch_leg{mark}", "COPY_LOCATION", f"leg{mark}")
    _halves(build, mark, "thigh", "leg", "c_stretch_leg")


def _pole(build: _Builder, pole: str, local: str) -> None:
    for name, carrier, source in (
        ("Child Of_local", local, f"{pole}|pole_parent"),
        ("Child Of_global", "c_traj", f"-{pole}|pole_parent"),
    ):
        build.add(pole, "CHILD_OF", carrier, source).name = name


def _halves(build: _Builder, mark: str, upper: str, lower: str, elbow: str) -> None:
    """The deforming halves of a limb's two parts."""
    build.add(f"{upper}_twist{mark}", "DAMPED_TRACK", f"{lower}{mark}", track_axis="TRACK_Y")
    build.add(f"{upper}_stretch{mark}", "COPY_LOCATION", f"{upper}_twist{mark}", head_tail=0.5)
    build.add(f"{upper}_stretch{mark}", "COPY_ROTATION", f"{upper}{mark}")
    length = build.obj.data.bones[f"{upper}_stretch{mark}"].length
    build.add(f"{upper}_stretch{mark}", "STRETCH_TO", f"{elbow}{mark}", rest_length=length)
    for kind in ("COPY_LOCATION", "COPY_ROTATION"):
        build.add(f"{lower}_stretch{mark}", kind, f"{lower}{mark}")
