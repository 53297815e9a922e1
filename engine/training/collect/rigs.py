"""Bones of animated characters' rigs, as :mod:`.kinds` has them for motion capture: tables.

Their limbs roll about themselves as well as bend, so knees and elbows are no hinges there
(``rolls``, see :mod:`.hinges`). Zero poses are those that :mod:`.neutral` and :mod:`.glb` give.
"""

from __future__ import annotations

from dataclasses import replace

from engine.training.collect.kinds import AHEAD, CGSPEED, Axis, Kind, limbs_of

AHEAD_KNEES: Axis = (1.0, 0.0, 0.0)
IN_FRONT: Axis = (0.0, -1.0, 0.0)
"""The hinge of a left elbow in a T-pose, palms down."""
_SIDES = ("left", "right")
_LIMBS = {
    "hip": "UpLeg",
    "knee": "Leg",
    "ankle": "Foot",
    "ball": "ToeBase",
    "shoulder": "Arm",
    "elbow": "ForeArm",
    "forearm_end": "Hand",
    "wrist": "Hand",
    "hand_end": "Hand_end",
}

T_POSE = replace(
    CGSPEED,
    name="t_pose",
    limbs=limbs_of(
        {
            f"{side}_{key}": side.title() + bone
            for side in _SIDES
            for key, bone in (_LIMBS | {"wrist": "FingerBase", "hand_end": "HandIndex1"}).items()
        },
        AHEAD_KNEES,
        (-0.121, -0.858, 0.5),
        AHEAD,
    ),
)
"""CMU's skeleton with its legs straight down and its arms out in the rest pose."""

NEO = Kind(
    name="neo",
    limbs=limbs_of(
        {
            f"{side}_{key}": f"Neo_{side.title()}{bone}"
            for side in _SIDES
            for key, bone in _LIMBS.items()
        },
        AHEAD_KNEES,
        IN_FRONT,
        AHEAD,
    ),
    trunk={
        joint: (f"Neo_{bone}", f"Neo_{bone}", 0.0)
        for joint, bone in {
            "pelvis": "Hips",
            "spine1": "Spine",
            "spine2": "Spine1",
            "spine3": "Spine2",
            "neck": "Neck",
            "head": "Head",
        }.items()
    },
    feet={
        f"{side}_ankle": (f"Neo_{side.title()}Foot", f"Neo_{side.title()}ToeBase")
        for side in _SIDES
    },
    toes={f"{side}_foot": f"Neo_{side.title()}ToeBase" for side in _SIDES},
    drop_first=False,
    upright=False,
    one_camera=False,
    rolls=True,
)
"""The character that CMU's breakdance was put on: joints named ``Neo_...``."""


def mannequin(middle: str) -> Kind:
    """The body of Mesh2Motion's clips; ``middle`` is the first bone of the middle finger."""
    bones = {
        "hip": "thigh",
        "knee": "shin",
        "ankle": "foot",
        "shoulder": "upper_arm",
        "elbow": "forearm",
        "forearm_end": "hand",
        "wrist": "hand",
        "hand_end": middle,
    }
    return Kind(
        name="mannequin",
        limbs=limbs_of(
            {
                f"{side}_{key}": f"DEF-{bone}.{side[0].upper()}"
                for side in _SIDES
                for key, bone in bones.items()
            },
            AHEAD_KNEES,
            IN_FRONT,
            AHEAD,
        ),
        trunk={
            joint: (f"DEF-{bone}", f"DEF-{bone}", 0.0)
            for joint, bone in {
                "pelvis": "hips",
                "spine1": "spine.001",
                "spine2": "spine.002",
                "spine3": "spine.003",
                "neck": "neck",
                "head": "head",
            }.items()
        },
        feet={
            f"{side}_ankle": (f"DEF-foot.{side[0].upper()}", f"DEF-toe.{side[0].upper()}")
            for side in _SIDES
        },
        toes={f"{side}_foot": f"DEF-toe.{side[0].upper()}" for side in _SIDES},
        drop_first=False,
        upright=True,
        one_camera=True,
        rolls=True,
        authored=True,
    )
