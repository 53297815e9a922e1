"""The way back: an armature's pose as the 22 rotations and the root of our body.

The formula of :mod:`.retarget` read backward. With G_b the evaluated rotation of bone b,

    D_b = G_b R_b^-1,    W_j = S^-1 D_b C_b^-1 S,    local_j = W_parent(j)^-1 W_j

so a pose that was made on the armature, by whatever means, is a pose of the clip's body. Nothing
is lost where every joint has its bone. A joint without one gets:

    spine of two bones               the lower one's bend, split over two joints as our dances
                                     split it; the chest comes back exactly
    spine of one bone                a third of the bend each; the chest comes back exactly
    neck                             half way between chest and head
    clavicle, hand, toes, head       the rotation of the bone that it hangs from

Moved or scaled bones other than the root count by where they turn and where the hips are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import body
from . import quaternions as quat
from .axes import to_engine
from .fit import Body, Fit, fit_rig
from .humanoid import Match
from .rig import Rig
from .trunk import SPINE, trunk_place, two_bones

LOWER_BACK = (0.57, -0.14)
"""Spine1's turn, of the turn of spine1 and spine2 together and that of spine3 against them.

Fitted to seven dances of the shipping model; on four others it is within 1.2 degrees, where an even
split is within 4.3.
"""

BODY = Body(dict(zip(body.JOINTS, body.OFFSETS, strict=True)))
"""Our own dancer's skeleton, which is the engine's."""


@dataclass(frozen=True, eq=False)
class Evaluated:
    """T frames of an armature as it stands, in its own space and units."""

    rotations: np.ndarray
    """``[T, B, 4]`` G_b of all bones of its :class:`.rig.Rig`, in its order."""
    heads: np.ndarray
    """``[T, B, 3]``"""


@dataclass(frozen=True, eq=False)
class BodyMotion:
    """T frames of our body in the contract's conventions: engine axes, metres, floor at y = 0."""

    local_quats: np.ndarray
    """``[T, 22, 4]`` in the order of :data:`.body.JOINTS`; signs continuous."""
    root_positions: np.ndarray
    """``[T, 3]``"""

    def positions(self) -> np.ndarray:
        """Joints ``[T, 22, 3]`` in the world."""
        places = np.empty((*self.local_quats.shape[:2], 3))
        turns = np.empty_like(self.local_quats)
        places[:, 0], turns[:, 0] = self.root_positions, self.local_quats[:, 0]
        for joint, parent in enumerate(body.PARENTS):
            if parent >= 0:
                away = quat.rotate(turns[:, parent], body.OFFSETS[joint])
                places[:, joint] = places[:, parent] + away
                turns[:, joint] = quat.multiply(turns[:, parent], self.local_quats[:, joint])
        return places


def body_motion(rig: Rig, match: Match, evaluated: Evaluated) -> BodyMotion:
    """The poses of ``rig`` as poses of our body, standing on its floor.

    Raises:
        ChoreoError: those of :func:`.fit_rig`.
    """
    fit = fit_rig(rig, match, BODY)
    turns = quat.multiply(evaluated.rotations, quat.conjugate(rig.rotations))
    world = _joint_turns(fit, turns)
    local = np.empty((len(turns), len(body.JOINTS), 4))
    for number, (joint, parent) in enumerate(zip(body.JOINTS, body.PARENTS, strict=True)):
        local[:, number] = world[joint]
        if parent >= 0:
            above = world[body.JOINTS[parent]]
            local[:, number] = quat.multiply(quat.conjugate(above), world[joint])
    return BodyMotion(quat.unroll(quat.normalize(local)), _root(fit, evaluated, world["pelvis"]))


def _joint_turns(fit: Fit, turns: np.ndarray) -> dict[str, np.ndarray]:
    """W_j ``[T, 4]`` in the engine's axes by joint, of D_b ``[T, B, 4]`` by bone."""
    world: dict[str, np.ndarray] = {}
    for joint, parent in zip(body.JOINTS, body.PARENTS, strict=True):
        bone = fit.joints.get(joint)
        if joint == "spine1" and (back := two_bones(fit.shares)) is not None:
            turn = _lower_back(turns[:, fit.joints["pelvis"]], *(turns[:, b] for b in back))
        elif joint in SPINE[1:] or (joint == "neck" and bone is not None):
            turn = trunk_place(joint, fit.joints, fit.shares).turn(turns)
        elif bone is not None:
            turn = turns[:, bone]
            if bone in fit.corrections:
                turn = quat.multiply(turn, quat.conjugate(fit.corrections[bone]))
        elif joint == "neck" and "head" in fit.joints:
            world[joint] = quat.slerp(
                world["spine3"], _to_engine(fit, turns[:, fit.joints["head"]]), 0.5
            )
            continue
        else:
            world[joint] = world[body.JOINTS[parent]]
            continue
        world[joint] = _to_engine(fit, turn)
    return world


def _lower_back(pelvis: np.ndarray, back: np.ndarray, chest: np.ndarray) -> np.ndarray:
    """Spine1's rotation ``[T, 4]`` where one bone has the turn of spine1 and spine2."""
    both, last = (
        quat.to_vectors(quat.multiply(quat.conjugate(a), b))
        for a, b in ((pelvis, back), (back, chest))
    )
    return quat.multiply(pelvis, quat.from_vectors(LOWER_BACK[0] * both + LOWER_BACK[1] * last))


def _to_engine(fit: Fit, turns: np.ndarray) -> np.ndarray:
    """Rotations ``[..., 4]`` in armature space as the engine's world has them: S^-1 D S."""
    s = fit.stage.rotation
    return to_engine(quat.multiply(quat.multiply(quat.conjugate(s), turns), s))


def _root(fit: Fit, evaluated: Evaluated, pelvis: np.ndarray) -> np.ndarray:
    """The pelvis in the world ``[T, 3]``: the middle of the hip joints, in the clip's metres."""
    stage = fit.stage
    legs = [fit.joints["left_hip"], fit.joints["right_hip"]]
    hips = evaluated.heads[:, legs].mean(axis=1) - stage.ground - stage.lift * stage.up
    hips = to_engine(quat.rotate(quat.conjugate(stage.rotation), hips / stage.scale))
    return hips - quat.rotate(pelvis, fit.body.hips)
