"""VRM Animation: a glTF with the humanoid's bones, whose rest pose is a T-pose.

VRMC_vrm_animation 1.0: rotations of humanoid bones and the translation of the hips; a player puts
them on any VRM avatar, the hips scaled by their height. Here every node's rest is without
rotation, so a node's rotation is E_p^-1 E_b with E_b the turn of bone b away from the T-pose.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from . import quaternions as quat
from .body import JOINTS, OFFSETS, PARENTS, STANDING_HEIGHT
from .clip import Clip
from .errors import ChoreoError
from .export_presets import Y_UP
from .game_motion import GameMotion, in_space, local
from .glb import Glb, add_animation, write_glb
from .humanoid import Match
from .retarget import pose
from .rig import Rig

EXTENSION = "VRMC_vrm_animation"
SPINE = ("spine", "chest", "upperChest")
"""Given in this order to the spine's joints that there are."""
_PARTS = {
    "collar": "Shoulder",
    "shoulder": "UpperArm",
    "elbow": "LowerArm",
    "wrist": "Hand",
    "hip": "UpperLeg",
    "knee": "LowerLeg",
    "ankle": "Foot",
    "foot": "Toes",
}
REQUIRED = frozenset(
    ["hips", "spine", "head"]
    + [
        f"{side}{part}"
        for side in ("left", "right")
        for part in ("UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot")
    ]
)


def write_vrma(motion: GameMotion) -> bytes:
    """The bytes of a file; ``motion`` is in Blender's world.

    Raises:
        ChoreoError: ``vrma_bones`` when a humanoid bone that VRM asks for is not known, and those
            of :func:`~.retarget.pose`.
    """
    names = humanoid_names(motion.joints)
    missing = REQUIRED - set(names.values())
    if missing:
        raise ChoreoError(
            "vrma_bones",
            f"VRM Animation needs bones that are not known here: {', '.join(sorted(missing))}.",
            "Name them under Target, or choose another preset.",
        )
    human = _humanoid(motion, list(names))
    upright = local(in_space(human, Y_UP, 1.0))
    nodes: list[dict[str, Any]] = [
        {"name": name, "translation": [round(float(v), 6) for v in upright.rest_places[number]]}
        for number, name in enumerate(["root", *names.values()])
    ]
    for number, parent in enumerate(human.parents):
        if parent >= 0:
            nodes[parent].setdefault("children", []).append(number)
    bones = {name: {"node": number} for number, name in enumerate(names.values(), start=1)}
    document = {
        "asset": {"version": "2.0", "generator": "K-Pop Choreo"},
        "extensionsUsed": [EXTENSION],
        "extensions": {EXTENSION: {"specVersion": "1.0", "humanoid": {"humanBones": bones}}},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": nodes,
    }
    glb = Glb(document, bytearray())
    add_animation(glb, {n: n for n in range(1, len(nodes))}, upright, motion.fps, placed={1})
    return write_glb(glb)


def humanoid_names(joints: dict[str, int]) -> dict[str, str]:
    """VRM's name by joint of the body, for the ``joints`` that there are, in the body's order."""
    names = {"pelvis": "hips", "neck": "neck", "head": "head"}
    spine = [joint for joint in ("spine1", "spine2", "spine3") if joint in joints]
    names |= dict(zip(spine, SPINE, strict=False))
    for side in ("left", "right"):
        names |= {f"{side}_{joint}": f"{side}{part}" for joint, part in _PARTS.items()}
    return {joint: names[joint] for joint in JOINTS if joint in joints}


def _humanoid(motion: GameMotion, joints: list[str]) -> GameMotion:
    """``motion`` of the ``joints`` alone under a still root; all rotations count from a T-pose."""
    tpose = _t_pose(motion)
    picked = [motion.joints[joint] for joint in joints]
    resting = quat.conjugate(tpose.rest_rotations[picked])
    turns = quat.multiply(motion.rotations[:, picked], resting)
    still = quat.conjugate(Y_UP)
    frames = motion.frames
    return GameMotion(
        bones=("root", *joints),
        parents=np.array([-1, *(_parent(joint, joints) for joint in joints)]),
        rest_rotations=np.tile(still, (len(joints) + 1, 1)),
        rest_places=np.concatenate([np.zeros((1, 3)), tpose.rest_places[picked]]),
        lengths=np.ones(len(joints) + 1),
        rotations=quat.multiply(
            np.concatenate([np.tile([1.0, 0.0, 0.0, 0.0], (frames, 1, 1)), turns], axis=1), still
        ),
        places=np.concatenate([np.zeros((frames, 1, 3)), motion.places[:, picked]], axis=1),
        fps=motion.fps,
        joints={joint: number for number, joint in enumerate(joints, start=1)},
    )


def _parent(joint: str, joints: list[str]) -> int:
    """The node of the nearest joint above ``joint``; the root is node 0."""
    above = PARENTS[JOINTS.index(joint)]
    while above >= 0 and JOINTS[above] not in joints:
        above = PARENTS[above]
    return joints.index(JOINTS[above]) + 1 if above >= 0 else 0


def _t_pose(motion: GameMotion) -> GameMotion:
    """``motion`` whose rest is the pose that retargeting a T-pose gives."""
    count = len(motion.bones)
    rig = Rig(
        name="",
        bones=motion.bones,
        parents=motion.parents,
        rotations=motion.rest_rotations,
        heads=motion.rest_places,
        tails=motion.rest_places
        + motion.lengths[:, None] * quat.rotate(motion.rest_rotations, np.array([0.0, 1.0, 0.0])),
        inherits_rotation=np.ones(count, dtype=bool),
        local_location=np.ones(count, dtype=bool),
        connected=np.zeros(count, dtype=bool),
    )
    bones = {joint: motion.bones[bone] for joint, bone in motion.joints.items()}
    posed = pose(_still_clip(), rig, Match("", "", bones, (), True))
    turns, places = motion.rest_rotations.copy(), motion.rest_places.copy()
    for bone in motion.joints.values():
        turns[bone] = quat.multiply(posed.turn(bone)[0], turns[bone])
        places[bone] = posed.place(bone)[0]
    return replace(motion, rest_rotations=turns, rest_places=places)


def _still_clip() -> Clip:
    """One frame of the T-pose."""
    quats = np.tile([1.0, 0.0, 0.0, 0.0], (1, 1, len(JOINTS), 1))
    return Clip(
        fps=30.0,
        joint_names=JOINTS,
        parents=np.array(PARENTS),
        rest_offsets=OFFSETS,
        local_quats=quats,
        root_positions=np.array([[[0.0, STANDING_HEIGHT, 0.0]]]),
        foot_contacts=np.zeros((1, 1, 4)),
        beats=np.zeros(0),
        downbeats=np.zeros(0),
        song_start=0.0,
    )
