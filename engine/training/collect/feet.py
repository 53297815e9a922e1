"""What our feet need beyond the source's rotations: level soles, and none of them below the floor.

Captured ankles rest at the same height within a few millimetres, but the rotation of a foot, known
from one marker on the toes, is off by 20 degrees and more in some takes. So ankles are believed,
and soles are made to agree with them.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import gaussian_filter1d

from engine.motion.contacts import runs
from engine.motion.rotations import (
    normalize,
    quat_between,
    quat_conjugate,
    quat_exp,
    quat_from_axis_angle,
    quat_identity,
    quat_log,
    quat_multiply,
    quat_rotate,
)
from engine.motion.skeleton import ANKLE_HEIGHT, BODY, FOOT_HEIGHT

UP = np.array([0.0, 1.0, 0.0])
BALL = BODY.offsets[BODY.index["left_foot"]]
"""The ball of our foot, metres in the ankle's frame; both feet are alike."""
HEEL = np.array([0.0, -ANKLE_HEIGHT, -0.045])
"""Where our heel touches the floor, metres in the ankle's frame."""
SINKS = 0.01
"""Metres that ball or heel may sink into the floor."""
LOWEST_ANKLE, LYING_ANKLE = 0.07, 0.05
"""Metres below which an ankle leaves no room for a sole, or for a foot on its side or back."""
OVERTURNED, ON_ITS_SIDE = 2.1, 0.8
"""Pitch (radians), and height of a foot's lateral axis, past which it has no sole below it."""
SETTLES = 0.03
"""Metres by which a planted foot is moved up or down to its standing height at most."""
PINS = 0.03
"""Metres along the floor by which a planted foot is moved to its place at most."""
PIN_SECONDS = 0.05
"""Standard deviation of the smoothing of that correction."""
LEVELS = np.radians(25.0)
"""Radians by which a planted sole is levelled at most; steeper ones stand on tiptoe or kneel."""
WHOLE_TAKE = 1.0
"""Seconds of planted frames from which on a take's own soles are believed."""


def held(
    offsets: Float[np.ndarray, "T 3"], down: Bool[np.ndarray, " T"]
) -> Float[np.ndarray, "T 3"]:
    """``offsets`` with one value, their mean, for each stretch of planted frames.

    Hips wider or narrower than ours put the feet further out or in; a foot must not glide for it
    when the pelvis turns over it. Between stretches the offset changes evenly.
    """
    if not down.any():
        return offsets
    steady = offsets.copy()
    for run in runs(down):
        steady[run] = offsets[run].mean(axis=0)
    return _between_rests(steady, down)


def settling(
    heights: Float[np.ndarray, " T"], down: Bool[np.ndarray, " T"], standing: float
) -> Float[np.ndarray, " T"]:
    """Metres to add to a joint's height so that planted frames come to its ``standing`` height."""
    if not down.any():
        return np.zeros(len(heights))
    missing = np.clip(standing - heights, -SETTLES, SETTLES)
    return gaussian_filter1d(_between_rests(missing[:, None], down)[:, 0], 1.5)


def pinning(
    path: Float[np.ndarray, "T 3"], down: Bool[np.ndarray, " T"], fps: float
) -> Float[np.ndarray, "T 3"]:
    """Metres to add to a joint's path so that it does not glide along the floor while planted.

    A stretch of planted frames gets one place, its mean; where that is too far to go, because the
    foot really is drawn along or rolls off, it is gone towards as far as :data:`PINS`. Between
    stretches the correction changes evenly.
    """
    if not down.any():
        return np.zeros_like(path)
    missing = np.zeros_like(path)
    for run in runs(down):
        missing[run] = (path[run].mean(axis=0) - path[run]) * [1.0, 0.0, 1.0]
    size = np.linalg.norm(missing, axis=1, keepdims=True)
    # A soft bound: nearly all of a small way is gone, and never more than PINS.
    missing *= np.tanh(size / PINS) * PINS / np.maximum(size, 1e-6)
    return gaussian_filter1d(_between_rests(missing, down), PIN_SECONDS * fps, axis=0)


def sole_turn(
    feet: Float[np.ndarray, "T 4"], down: Bool[np.ndarray, " T"], fps: float
) -> Float[np.ndarray, " 4"]:
    """The turn, in a foot's frame, that its rests of a whole take need in common to be level.

    None is needed where too few frames are planted to tell.
    """
    if down.sum() < WHOLE_TAKE * fps:
        return quat_identity()
    return quat_between(UP, normalize(np.median(np.array(_ups_at_rest(feet, down)), axis=0)))


def levelled(
    feet: Float[np.ndarray, "T 4"], down: Bool[np.ndarray, " T"]
) -> Float[np.ndarray, "T 4"]:
    """World rotations of a foot whose sole is level at each rest, its heading unchanged.

    Between rests the correction changes evenly.
    """
    if not down.any():
        return feet
    turns = np.zeros((len(feet), 3))
    for run, up in zip(runs(down), _ups_at_rest(feet, down), strict=True):
        turn = quat_log(quat_between(UP, up))
        turns[run] = turn if np.linalg.norm(turn) < LEVELS else 0.0
    return quat_multiply(feet, quat_exp(_between_rests(turns, down)))


def above_floor(
    ankle: Float[np.ndarray, "T 3"], feet: Float[np.ndarray, "T 4"]
) -> tuple[Float[np.ndarray, "T 3"], Float[np.ndarray, "T 4"]]:
    """Path and world rotations of an ankle, changed where ball or heel would be below the floor.

    The foot turns about its own lateral axis as far as it must. With the ball at distance A from
    the ankle and B below the foot's axis, a foot pitched up by p has its ball at height ``h + A
    sin(p - B)`` over an ankle at h, and likewise its heel: two bounds for p. They leave room for
    the sole only where h is large enough, so very low ankles are raised first. A foot that lies on
    its side or its back has no sole below it and is not turned.
    """
    sideways, upright, ahead = (quat_rotate(feet, axis)[:, 1] for axis in np.eye(3))
    pitch = np.arctan2(ahead, upright)
    weight = np.clip((OVERTURNED - np.abs(pitch)) / 0.5, 0.0, 1.0)
    weight *= np.clip((ON_ITS_SIDE - np.abs(sideways)) / 0.3, 0.0, 1.0)
    lowest_ankle = LYING_ANKLE + (LOWEST_ANKLE - LYING_ANKLE) * weight
    ankle = ankle + np.maximum(lowest_ankle - ankle[:, 1], 0.0)[:, None] * UP
    height = ankle[:, 1]
    length, below = np.hypot(BALL[1], BALL[2]), np.arctan2(-BALL[1], BALL[2])
    lowest = below + np.arcsin(np.clip((FOOT_HEIGHT - SINKS - height) / length, -1.0, 1.0))
    reach, behind = np.hypot(HEEL[1], HEEL[2]), np.arctan2(-HEEL[2], -HEEL[1])
    highest = behind - np.arccos(np.clip((height + SINKS) / reach, -1.0, 1.0))
    highest = np.where(height + SINKS >= reach, np.pi / 2, highest)
    change = (np.clip(pitch, lowest, np.maximum(highest, lowest)) - pitch) * weight
    change = gaussian_filter1d(change, 0.7)
    axis = np.broadcast_to(np.array([1.0, 0.0, 0.0]), (len(change), 3))
    return ankle, quat_multiply(feet, quat_from_axis_angle(axis, -change))


def _ups_at_rest(
    feet: Float[np.ndarray, "T 4"], down: Bool[np.ndarray, " T"]
) -> list[Float[np.ndarray, " 3"]]:
    """For each stretch of planted frames the world's up axis in the foot's frame."""
    ups = quat_rotate(quat_conjugate(feet), UP)
    return [normalize(ups[run].mean(axis=0)) for run in runs(down)]


def _between_rests(
    values: Float[np.ndarray, "T N"], down: Bool[np.ndarray, " T"]
) -> Float[np.ndarray, "T N"]:
    """``values`` of planted frames; in between they change evenly, before and after they stay."""
    frames = np.arange(len(values))
    return np.stack([np.interp(frames, frames[down], column) for column in values[down].T], axis=1)
