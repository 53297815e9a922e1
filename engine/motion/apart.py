"""Takes arms out of the body and out of each other, and crossing legs past each other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import distance_transform_edt, maximum_filter1d

from engine.motion.body_shape import (
    BROAD,
    LIMBS,
    TRUNK,
    arm_in_arm,
    arm_in_body,
    leg_in_leg,
    segments,
)
from engine.motion.contacts import runs
from engine.motion.features import Motion
from engine.motion.ik import LIMBS as CHAINS
from engine.motion.ik import place_limb
from engine.motion.pushing import (
    TOUCH,
    Chain,
    Pushes,
    are_crossed,
    chosen,
    eased,
    from_each_other,
    off,
    out_of,
)
from engine.motion.rotations import quat_unroll
from engine.motion.skeleton import BODY, forward_kinematics
from engine.motion.smoothing import glide_between

ROUNDS = 8
NEAR, AROUND = 0.02, 0.5
"""Metres of distance that may become a touch, and seconds around it that are looked at."""
AWAKE = 0.13
"""Seconds after a contact, and before the next, in which a swinging foot turns aside at most."""
OTHER = {"left": "right", "right": "left"}


def arms_apart(motion: Motion) -> Motion:
    """The same motion with forearms, hands and elbows outside the body and the other arm.

    Touches stay touches, and hands keep their direction in the world.
    """
    pose = forward_kinematics(BODY, motion.local_quats, motion.root_positions)
    near = np.maximum(arm_in_body(pose), arm_in_arm(pose)) > -NEAR
    near = maximum_filter1d(near, 2 * round(AROUND * motion.fps) + 1)
    if not near.any():
        return motion
    quats = motion.local_quats.copy()
    quats[near] = _arms_apart(quats[near], motion.root_positions[near], motion.fps)
    return replace(motion, local_quats=quat_unroll(quats))


def _arms_apart(
    quats: Float[np.ndarray, "T J 4"], root: Float[np.ndarray, "T 3"], fps: float
) -> Float[np.ndarray, "T J 4"]:
    pose = forward_kinematics(BODY, quats, root)
    arms = {side: Chain.of(pose, side, "arm") for side in LIMBS}
    body = segments(pose, TRUNK)
    broad = chosen(body, np.arange(BROAD))
    thighs = [segments(pose, [LIMBS[side]["thigh"]]) for side in LIMBS]
    chest = pose.rotations[:, BODY.index["spine3"]]
    crossed = are_crossed(arms["left"], arms["right"], chest)
    for _ in range(ROUNDS):
        mutual = from_each_other(arms["left"], arms["right"], chest, crossed, fps)
        for side, arm in arms.items():
            own = [out_of(arm, body, broad), *(off(arm, thigh, chest, fps) for thigh in thighs)]
            upper = off(arm, arms[OTHER[side]].upper(), chest, fps)
            found = [Pushes.joined(own), upper, mutual[side]]
            way = np.sum([pushes.mean() for pushes in found], axis=0)
            arm.pushed(eased(way[:, 0], fps), eased(way[:, 1], fps))
    for side, arm in arms.items():
        quats = place_limb(quats, root, CHAINS[f"{side}_arm"], arm.middle, arm.end)
    return quats


@dataclass(frozen=True, eq=False)
class Leg:
    """Where a leg is to be, metres."""

    knee: Float[np.ndarray, "T 3"]
    ankle: Float[np.ndarray, "T 3"]


def past_each_other(motion: Motion, held: Bool[np.ndarray, " T"]) -> dict[str, Leg] | None:
    """Knees and ankles of legs that cross without touching; None where they never touch.

    A swinging foot goes around the standing leg. Where both stand crossed they stand further apart,
    each of them for the whole of its contact.

    Args:
        held: frames whose feet stay where they are.
    """
    pose = forward_kinematics(BODY, motion.local_quats, motion.root_positions)
    if not (leg_in_leg(pose) > TOUCH).any():
        return None
    legs = {side: Chain.of(pose, side, "leg") for side in LIMBS}
    stands = {
        side: (motion.contacts[:, columns] > 0.5).any(axis=-1) | held
        for side, columns in (("left", slice(0, 2)), ("right", slice(2, 4)))
    }
    ankles = {side: leg.end for side, leg in legs.items()}
    floor, hips = np.array([1.0, 0.0, 1.0]), pose.rotations[:, 0]
    crossed = are_crossed(legs["left"], legs["right"], hips)
    for _ in range(ROUNDS):
        pushes = from_each_other(legs["left"], legs["right"], hips, crossed, motion.fps)
        for side, leg in legs.items():
            stand, other = stands[side], stands[OTHER[side]]
            way = pushes[side].mean()
            # Of two legs the one in the air makes way.
            share = np.where(stand == other, 1.0, np.where(stand, 0.0, 2.0))
            ankle = _aside(way[:, 1] * floor * share[:, None], stand, held, motion.fps)
            ankles[side] = ankles[side] + ankle
            leg.pushed(eased(way[:, 0], motion.fps), ankles[side] - leg.end)
    return {side: Leg(leg.middle, ankles[side]) for side, leg in legs.items()}


def _aside(
    way: Float[np.ndarray, "T 3"],
    stands: Bool[np.ndarray, " T"],
    held: Bool[np.ndarray, " T"],
    fps: float,
) -> Float[np.ndarray, "T 3"]:
    """A push of a foot that is the same for as long as it stands."""
    steady = np.zeros_like(way)
    for stand in runs(stands):
        size = np.linalg.norm(way[stand], axis=-1, keepdims=True)
        if size.any() and not held[stand].any():
            steady[stand] = (size * way[stand]).sum(axis=0) / size.sum()
    if not stands.any():
        return eased(way, fps)
    away = np.clip(distance_transform_edt(~stands) / (AWAKE * fps), 0.0, 1.0)
    free = (away * away * (3.0 - 2.0 * away))[:, None]
    swing = np.where(stands[:, None], 0.0, way)
    return glide_between(steady, stands) + free * eased(swing, fps)


def bend_towards(
    local_quats: Float[np.ndarray, "T J 4"],
    root: Float[np.ndarray, "T 3"],
    side: str,
    knee: Float[np.ndarray, "T 3"],
) -> Float[np.ndarray, "T J 4"]:
    """The leg turned about the line from hip to ankle, its knee as near to a point as can be."""
    leg = Chain.of(forward_kinematics(BODY, local_quats, root), side, "leg")
    leg.pushed(knee - leg.middle, np.zeros_like(knee))
    return place_limb(local_quats, root, CHAINS[f"{side}_leg"], leg.middle, leg.end)
