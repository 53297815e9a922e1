"""The way back: an armature's pose as the 22 rotations and the root of our body.

The formula of :mod:`.retarget` read backward. With G_b the evaluated rotation of bone b,

    D_b = G_b R_b^-1,    W_j = S^-1 D_b C_b^-1 S,    local_j = W_parent(j)^-1 W_j

so a pose that was made on the armature, by whatever means, is a pose of the clip's body. Nothing
is lost where every joint has its bone. A joint without one gets:

    spine of two bones               the lower one's bend, split over two joints as our dances
                                     split it (:data:`LOWER_BACK`); the chest comes back exactly
    spine of one bone                a third of the bend each; the chest comes back exactly
    neck                             half way between chest and head
    toes                             stay level for the most part while the heel rises
    clavicle, hand, head             the rotation of the bone that it hangs from

What a dance had more than that is kept beside its keys (:mod:`.unseen`) and can be given here.

Moved or scaled bones other than the root count by where they turn and where the hips are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from . import body
from . import quaternions as quat
from .axes import to_engine
from .fit import Body, Fit, fit_rig
from .humanoid import Match
from .rig import Rig
from .trunk import SPINE, trunk_place, two_bones

LOWER_BACK = np.array([[0.561, 0.462, 0.573], [-0.144, 0.070, -0.169]])
"""Spine1's bend, turn and lean, of those of spine1 and spine2 together and of spine3's.

Fitted, with :data:`FOLD`, to 28 dances of the shipping model, so that large errors are small
(``tools/fit_lower_back.py``).
"""
FOLD = 0.058
"""The farther forward, the more of it is spine1's: of the squared bend in radians."""

LEVEL_TOES = 0.8
"""Of a foot's pitch, when its heel is raised, what our dances bend the toes back."""

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


def body_motion(
    rig: Rig,
    match: Match,
    evaluated: Evaluated,
    more: Mapping[str, np.ndarray] = MappingProxyType({}),
) -> BodyMotion:
    """The poses of ``rig`` as poses of our body, standing on its floor.

    Args:
        more: ``[T, 4]`` by joint, what a dance is known to have had more than the guess
            (:meth:`.unseen.Unseen.turns_at`).

    Raises:
        ChoreoError: those of :func:`.fit_rig`.
    """
    fit = fit_rig(rig, match, BODY)
    turns = quat.multiply(evaluated.rotations, quat.conjugate(rig.rotations))

    def corrected(joint: str, guess: np.ndarray) -> np.ndarray:
        return quat.multiply(guess, more[joint]) if joint in more else guess

    world = joint_turns(fit, lambda bone: turns[:, bone], corrected)
    local = np.empty((len(turns), len(body.JOINTS), 4))
    for number, (joint, parent) in enumerate(zip(body.JOINTS, body.PARENTS, strict=True)):
        local[:, number] = world[joint]
        if parent >= 0:
            above = world[body.JOINTS[parent]]
            local[:, number] = quat.multiply(quat.conjugate(above), world[joint])
    return BodyMotion(quat.unroll(quat.normalize(local)), _root(fit, evaluated, world["pelvis"]))


def joint_turns(
    fit: Fit,
    turn: Callable[[int], np.ndarray],
    corrected: Callable[[str, np.ndarray], np.ndarray],
) -> dict[str, np.ndarray]:
    """W_j ``[T, 4]`` in the engine's axes by joint.

    Args:
        turn: D_b ``[T, 4]`` of a bone.
        corrected: what the joint's rotation is, of what the pose alone says.
    """
    world: dict[str, np.ndarray] = {}
    for joint, parent in zip(body.JOINTS, body.PARENTS, strict=True):
        above = None if parent < 0 else world[body.JOINTS[parent]]
        world[joint] = corrected(joint, _joint_turn(fit, turn, joint, above))
    return world


def _joint_turn(
    fit: Fit, turn: Callable[[int], np.ndarray], joint: str, above: np.ndarray | None
) -> np.ndarray:
    """W_j ``[T, 4]`` as the pose alone says, of D_b and of ``above``, W of its parent."""
    bone = fit.joints.get(joint)
    if joint == "spine1" and (back := two_bones(fit.shares)) is not None:
        return _lower_back(*(_to_engine(fit, turn(b)) for b in (fit.joints["pelvis"], *back)))
    if joint in SPINE[1:] or (joint == "neck" and bone is not None):
        return _to_engine(fit, trunk_place(joint, fit.joints, fit.shares).turn(turn))
    if bone is not None:
        turned = turn(bone)
        if bone in fit.corrections:
            turned = quat.multiply(turned, quat.conjugate(fit.corrections[bone]))
        return _to_engine(fit, turned)
    assert above is not None, "the pelvis has its bone"
    if joint == "neck" and "head" in fit.joints:
        return quat.slerp(above, _to_engine(fit, turn(fit.joints["head"])), 0.5)
    if joint in ("left_foot", "right_foot"):
        return quat.multiply(above, _toes(above))
    return above


def _toes(ankle: np.ndarray) -> np.ndarray:
    """How toes are bent ``[T, 4]`` on a foot that has this rotation in the world."""
    down = -quat.rotate(ankle, np.array([0.0, 0.0, 1.0]))[:, 1]
    pitch = np.arcsin(np.clip(down, 0.0, 1.0))
    return quat.about(np.array([1.0, 0.0, 0.0]), -LEVEL_TOES * pitch)


def _lower_back(pelvis: np.ndarray, back: np.ndarray, chest: np.ndarray) -> np.ndarray:
    """Spine1's rotation ``[T, 4]`` where one bone has the turn of spine1 and spine2."""
    both, last = (
        quat.to_vectors(quat.multiply(quat.conjugate(a), b))
        for a, b in ((pelvis, back), (back, chest))
    )
    own = LOWER_BACK[0] * both + LOWER_BACK[1] * last
    own[:, 0] += FOLD * both[:, 0] * np.maximum(both[:, 0], 0.0)
    return quat.multiply(pelvis, quat.from_vectors(own))


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
