"""Inverse kinematics of a limb of two bones (thigh and shin, or upper arm and forearm).

Closed form: the middle joint's angle follows from the law of cosines, then the whole limb swings
so that its end meets the target. The plane of the bend is kept unless a pole is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.motion.rotations import (
    cross,
    normalize,
    quat_between,
    quat_conjugate,
    quat_exp,
    quat_from_axis_angle,
    quat_log,
    quat_multiply,
    quat_rotate,
)
from engine.motion.skeleton import BODY, Skeleton, forward_kinematics


@dataclass(frozen=True)
class Limb:
    """Joint names from the body outward."""

    upper: str
    middle: str
    end: str
    hinge: tuple[float, float, float]
    """Axis (rest frame) about which a positive angle bends the middle joint."""


LIMBS = {
    "left_leg": Limb("left_hip", "left_knee", "left_ankle", (1.0, 0.0, 0.0)),
    "right_leg": Limb("right_hip", "right_knee", "right_ankle", (1.0, 0.0, 0.0)),
    "left_arm": Limb("left_shoulder", "left_elbow", "left_wrist", (0.0, -1.0, 0.0)),
    "right_arm": Limb("right_shoulder", "right_elbow", "right_wrist", (0.0, 1.0, 0.0)),
}
MAX_REACH = 0.995
"""A limb is never stretched beyond this share of its length, so that knees do not snap."""

CLEARLY_BENT = 0.08
"""Metres of the middle joint from the line between the ends, at which the bend's plane shows."""


def solve_limb(
    local_quats: Float[np.ndarray, "T J 4"],
    root_positions: Float[np.ndarray, "T 3"],
    limb: Limb,
    targets: Float[np.ndarray, "T 3"],
    end_rotations: Float[np.ndarray, "T 4"] | None = None,
    pole: Float[np.ndarray, "T 3"] | None = None,
    skeleton: Skeleton = BODY,
) -> Float[np.ndarray, "T J 4"]:
    """New local rotations in which the limb's end lies at ``targets`` (metres, world).

    A target out of reach is approached along the straight line, up to :data:`MAX_REACH`.

    Args:
        end_rotations: world rotations that the end joint keeps; by default those that it had.
        pole: world points that the middle joint points to; by default it bends where it bent.
    """
    upper, middle, end = (skeleton.index[n] for n in (limb.upper, limb.middle, limb.end))
    pose = forward_kinematics(skeleton, local_quats, root_positions)
    world = pose.rotations
    base = pose.positions[:, upper]
    upper_length = np.linalg.norm(skeleton.offsets[middle])
    lower_length = np.linalg.norm(skeleton.offsets[end])
    aim = targets - base
    full = upper_length + lower_length
    shortest = abs(upper_length - lower_length) + 0.02 * full
    distance = np.clip(np.linalg.norm(aim, axis=-1), shortest, MAX_REACH * full)
    cosine = (upper_length**2 + lower_length**2 - distance**2) / (2 * upper_length * lower_length)
    bend = np.pi - np.arccos(np.clip(cosine, -1.0, 1.0))

    hinge = np.broadcast_to(np.array(limb.hinge), (len(aim), 3))
    bent = quat_from_axis_angle(hinge, bend)
    # In the upper joint's frame: where the end lies once the middle joint is bent.
    reach = skeleton.offsets[middle] + quat_rotate(bent, skeleton.offsets[end])
    swing = quat_multiply(quat_between(quat_rotate(world[:, upper], reach), aim), world[:, upper])
    if pole is not None:
        swing = quat_multiply(
            _turn_to_pole(aim, quat_rotate(swing, skeleton.offsets[middle]), pole - base), swing
        )

    result = local_quats.copy()
    parent = int(skeleton.parents[upper])
    result[:, upper] = quat_multiply(quat_conjugate(world[:, parent]), swing)
    result[:, middle] = bent
    lower_world = quat_multiply(swing, bent)
    kept = world[:, end] if end_rotations is None else end_rotations
    result[:, end] = quat_multiply(quat_conjugate(lower_world), kept)
    return result


def nudge_limb(
    local_quats: Float[np.ndarray, "T J 4"],
    root_positions: Float[np.ndarray, "T 3"],
    limb: Limb,
    targets: Float[np.ndarray, "T 3"],
    end_rotations: Float[np.ndarray, "T 4"] | None = None,
    skeleton: Skeleton = BODY,
) -> Float[np.ndarray, "T J 4"]:
    """Like :func:`solve_limb`, but as near to the limb's own pose as can be.

    Twists of all three joints are kept, so a target where the end already lies changes nothing, and
    targets that move smoothly away from the end move the limb smoothly.
    """
    upper, middle, end = (skeleton.index[n] for n in (limb.upper, limb.middle, limb.end))
    pose = forward_kinematics(skeleton, local_quats, root_positions)
    world = pose.rotations
    base = pose.positions[:, upper]
    first, second = pose.positions[:, middle] - base, pose.positions[:, end] - base
    second = second - first
    upper_length = np.linalg.norm(skeleton.offsets[middle])
    lower_length = np.linalg.norm(skeleton.offsets[end])
    full = upper_length + lower_length
    aim = targets - base
    farthest = np.maximum(MAX_REACH * full, np.linalg.norm(first + second, axis=-1))
    nearest = np.minimum(
        abs(upper_length - lower_length) + 0.02 * full, np.linalg.norm(first + second, axis=-1)
    )
    distance = np.clip(np.linalg.norm(aim, axis=-1), nearest, farthest)
    cosine = (distance**2 - upper_length**2 - lower_length**2) / (2 * upper_length * lower_length)
    bend = np.arccos(np.clip(cosine, -1.0, 1.0))[:, None]

    along = normalize(first)
    side = second - np.sum(second * along, axis=-1, keepdims=True) * along
    # A straight limb has no side to which it bends: there its hinge says which.
    hinge = quat_rotate(world[:, upper], np.broadcast_to(np.array(limb.hinge), aim.shape))
    lack = np.maximum(0.1 * lower_length - np.linalg.norm(side, axis=-1, keepdims=True), 0.0)
    side = normalize(side + lack * cross(hinge, along))
    bent = lower_length * (np.cos(bend) * along + np.sin(bend) * side)
    fold = quat_between(second, bent)
    swing = quat_between(first + bent, aim)

    upper_world = quat_multiply(swing, world[:, upper])
    middle_world = quat_multiply(swing, quat_multiply(fold, world[:, middle]))
    kept = world[:, end] if end_rotations is None else end_rotations
    result = local_quats.copy()
    parent = int(skeleton.parents[upper])
    result[:, upper] = quat_multiply(quat_conjugate(world[:, parent]), upper_world)
    result[:, middle] = quat_multiply(quat_conjugate(upper_world), middle_world)
    result[:, end] = quat_multiply(quat_conjugate(middle_world), kept)
    return result


def place_limb(
    local_quats: Float[np.ndarray, "T J 4"],
    root_positions: Float[np.ndarray, "T 3"],
    limb: Limb,
    middles: Float[np.ndarray, "T 3"],
    ends: Float[np.ndarray, "T 3"],
    skeleton: Skeleton = BODY,
) -> Float[np.ndarray, "T J 4"]:
    """The limb with its middle joint and its end at given points (metres, world).

    The points must lie the bones' lengths apart. The limb turns about the line from its base to its
    end, so that the hinge goes along; a straight limb, whose hinge does not show, only swings. The
    end joint keeps its world rotation.
    """
    quats = nudge_limb(local_quats, root_positions, limb, ends, skeleton=skeleton)
    upper, middle, end = (skeleton.index[n] for n in (limb.upper, limb.middle, limb.end))
    pose = forward_kinematics(skeleton, quats, root_positions)
    base = pose.positions[:, upper]
    first, second = pose.positions[:, middle] - base, ends - pose.positions[:, middle]
    whole = _turn_to_pole(ends - base, first, middles - base)
    axis = normalize(ends - base)
    aside = np.linalg.norm(first - np.sum(first * axis, axis=-1, keepdims=True) * axis, axis=-1)
    turn = quat_exp(quat_log(whole) * np.minimum(aside / CLEARLY_BENT, 1.0)[:, None])
    upper_world = quat_multiply(
        quat_between(quat_rotate(turn, first), middles - base),
        quat_multiply(turn, pose.rotations[:, upper]),
    )
    middle_world = quat_multiply(
        quat_between(quat_rotate(turn, second), ends - middles),
        quat_multiply(turn, pose.rotations[:, middle]),
    )
    parent = int(skeleton.parents[upper])
    quats[:, upper] = quat_multiply(quat_conjugate(pose.rotations[:, parent]), upper_world)
    quats[:, middle] = quat_multiply(quat_conjugate(upper_world), middle_world)
    quats[:, end] = quat_multiply(quat_conjugate(middle_world), pose.rotations[:, end])
    return quats


def _turn_to_pole(
    aim: Float[np.ndarray, "T 3"], middle: Float[np.ndarray, "T 3"], pole: Float[np.ndarray, "T 3"]
) -> Float[np.ndarray, "T 4"]:
    """Rotation about ``aim`` that brings the middle joint to the side of the pole."""
    axis = normalize(aim)

    def square(vectors: Float[np.ndarray, "T 3"]) -> Float[np.ndarray, "T 3"]:
        return vectors - np.sum(vectors * axis, axis=-1, keepdims=True) * axis

    now, wanted = square(middle), square(pole)
    angle = np.arctan2(np.sum(cross(now, wanted) * axis, axis=-1), np.sum(now * wanted, axis=-1))
    return quat_from_axis_angle(axis, angle)
