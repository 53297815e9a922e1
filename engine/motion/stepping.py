"""Feet that step instead of skating: what travels is off the floor, what stands does not turn.

A foot in the air between two contacts covers its way while it is high: it hardly travels in the
first and last moment, and is lifted where it would brush over the floor. A foot that lies flat all
the way glides on purpose and may. On a planted ball the heel comes up where the foot turns on it,
and a foot that stands on heel and ball keeps its direction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import gaussian_filter1d

from engine.motion.contacts import runs
from engine.motion.rotations import (
    quat_between,
    quat_multiply,
    quat_rotate,
    quat_yaw,
)
from engine.motion.skeleton import ANKLE_HEIGHT, FOOT_HEIGHT

TRAVELS = 0.25
"""m/s: a foot that is slower than this seems to stand."""
FAST = 1.0
"""m/s at which a foot is not slowed down for landing; it is kept up for longer instead."""
CLEAR = 0.034
"""Metres above standing height at which a foot is clearly off the floor."""
GLIDES = 0.018
"""Metres; a foot that stays lower than this all the way glides."""
FEWEST_GLIDING = 0.2
"""Seconds of the shortest glide."""
TURNS = 0.26
"""Radians that a standing foot turns at least if it is meant to."""
TAPER = (1.0, 0.5, 0.12)
"""Shares of a lift in the frames beside it."""
STANDING = np.array([ANKLE_HEIGHT, FOOT_HEIGHT])


@dataclass(frozen=True, eq=False)
class Foot:
    """One foot over T frames."""

    ankle: Float[np.ndarray, "T 3"]
    rotation: Float[np.ndarray, "T 4"]
    """Of the ankle joint, world."""
    planted: Bool[np.ndarray, "T 2"]
    """Heel and ball."""
    toe: Float[np.ndarray, " 3"]
    """From ankle to ball, metres, in the ankle's frame."""
    fps: float

    def part(self, frames: slice) -> Foot:
        """Some of its frames."""
        return replace(
            self,
            ankle=self.ankle[frames],
            rotation=self.rotation[frames],
            planted=self.planted[frames],
        )

    @property
    def arm(self) -> Float[np.ndarray, "T 3"]:
        """From ankle to ball in the world."""
        return quat_rotate(self.rotation, self.toe)

    @property
    def points(self) -> Float[np.ndarray, "T 2 3"]:
        """Ankle and ball."""
        return np.stack([self.ankle, self.ankle + self.arm], axis=1)

    @property
    def height(self) -> Float[np.ndarray, "T 2"]:
        """Metres of heel and ball above where they stand."""
        return self.points[..., 1] - STANDING

    @property
    def steps(self) -> Float[np.ndarray, "T 2"]:
        """Metres over the floor that heel and ball go from the frame before."""
        along = np.diff(self.points[..., [0, 2]], axis=0, prepend=self.points[:1][..., [0, 2]])
        return np.linalg.norm(along, axis=-1)

    @property
    def yaw(self) -> Float[np.ndarray, " T"]:
        """Direction of the toes in radians, unwrapped."""
        arm = self.arm
        return np.unwrap(np.arctan2(arm[:, 0], arm[:, 2]))


def stand_straight(foot: Foot) -> Foot:
    """Takes out the slow turning of a foot that stands on heel and ball."""
    yaw, flat = foot.yaw, np.asarray(foot.planted.all(axis=1))
    wanted, known = yaw.copy(), np.zeros(len(yaw), dtype=bool)
    for run in runs(flat):
        if np.ptp(yaw[run]) < TURNS:
            wanted[run] = np.median(yaw[run])
        known[run] = True
    if not known.any():
        return foot
    frames = np.arange(len(yaw))
    off = np.interp(frames, frames[known], (wanted - yaw)[known])
    off = np.where(known, off, gaussian_filter1d(off, 0.03 * foot.fps, mode="nearest"))
    ball = foot.ankle + foot.arm
    turned = replace(foot, rotation=quat_multiply(quat_yaw(off), foot.rotation))
    # It turns about the ball, which may stand.
    return replace(turned, ankle=ball - turned.arm)


def step_clear(foot: Foot, borne: Bool[np.ndarray, " T"], fixed: Bool[np.ndarray, " T"]) -> Foot:
    """Swings travel high; heels rise where the foot turns on its ball.

    Args:
        borne: frames in which the other foot bears the body, so that this one can leave the floor.
        fixed: frames that must not be changed.
    """
    swings = [
        run
        for run in runs(np.asarray(~foot.planted.any(axis=1)))
        if run.start > 0 and run.stop < len(fixed) and not fixed[run.start - 1 : run.stop + 1].any()
    ]
    ankle, rotation = foot.ankle.copy(), foot.rotation.copy()
    for swing in swings:
        around = slice(swing.start - 1, swing.stop + 1)
        step = foot.part(around)
        if not _glides(step):
            step = _hurried(step)
            if borne[swing].mean() >= 0.5:
                step = _lifted(step)
            ankle[around], rotation[around] = step.ankle, step.rotation
    return _heels_up(replace(foot, ankle=ankle, rotation=rotation), fixed)


def _glides(step: Foot) -> bool:
    low = step.height[1:-1].max() < GLIDES
    return bool(low and len(step.ankle) - 2 >= FEWEST_GLIDING * step.fps)


def _hurried(step: Foot) -> Foot:
    """The same way over the floor, with next to none of it in the first and last moment.

    The first and the last frame of ``step`` stand.
    """
    frames = np.arange(len(step.ankle))
    moved = step.steps[1:].max(axis=1)
    if len(moved) < 4:
        return step
    new, most = moved.copy(), TRAVELS / step.fps
    for end in (0, -1):
        if most < new[end] < FAST / step.fps:
            new[end] = 0.8 * most
    spare = moved.sum() - new.sum()
    if spare <= 0.0:
        return step
    inner = np.sin(np.pi * (np.arange(len(moved)) + 0.5) / len(moved)) ** 2 * (new == moved)
    new += spare * inner / inner.sum()
    way, wanted = (np.concatenate([[0.0], np.cumsum(each + 1e-5)]) for each in (moved, new))
    when = np.interp(wanted, way, frames)
    yaw = step.yaw
    turn = np.interp(when, frames, yaw) - yaw
    ankle = step.ankle.copy()
    for axis in (0, 2):
        ankle[:, axis] = np.interp(when, frames, step.ankle[:, axis])
    return replace(step, ankle=ankle, rotation=quat_multiply(quat_yaw(turn), step.rotation))


def _lifted(step: Foot) -> Foot:
    """The whole foot up where it travels low; the first and the last frame stand."""
    moved, most = step.steps[1:].max(axis=1), TRAVELS / step.fps
    before, after = moved[:-1] > most, moved[1:] > most
    # A moment between two low frames needs one of them to be high: the inner one.
    travels = before & after
    travels[0] |= before[0]
    travels[-1] |= after[-1]
    low = np.maximum(CLEAR - step.height[1:-1].min(axis=1), 0.0)
    lift = np.zeros(len(step.ankle))
    lift[1:-1] = np.where(travels, low, 0.0)
    ankle = step.ankle.copy()
    ankle[1:-1, 1] += _tapered(lift)[1:-1]
    return replace(step, ankle=ankle)


def _heels_up(foot: Foot, fixed: Bool[np.ndarray, " T"]) -> Foot:
    """Lifts the heel about the planted ball where it travels over the floor."""
    height, most = foot.height[:, 0], TRAVELS / foot.fps
    fast = foot.steps[:, 0] > most
    moving = fast | np.append(fast[1:], False)
    on_ball = foot.planted[:, 1] & ~fixed
    up = _tapered(np.where(on_ball & moving & (height < CLEAR), CLEAR - height, 0.0))
    up = np.where(on_ball, gaussian_filter1d(up, 0.02 * foot.fps), 0.0)
    arm = foot.arm
    wanted = arm.copy()
    wanted[:, 1] -= up
    across = np.linalg.norm(arm[:, [0, 2]], axis=-1)
    length = np.sqrt(np.maximum(np.dot(foot.toe, foot.toe) - wanted[:, 1] ** 2, 1e-6))
    wanted[:, [0, 2]] *= (length / np.maximum(across, 1e-6))[:, None]
    rotation = quat_multiply(quat_between(arm, wanted), foot.rotation)
    return replace(foot, ankle=foot.ankle + arm - wanted, rotation=rotation)


def _tapered(lift: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
    """The lift with its shares before and after."""
    result = lift.copy()
    for frames, share in enumerate(TAPER[1:], start=1):
        result[frames:] = np.maximum(result[frames:], share * lift[:-frames])
        result[:-frames] = np.maximum(result[:-frames], share * lift[frames:])
    return result
