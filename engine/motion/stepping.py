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
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

from engine.motion.contacts import runs
from engine.motion.rotations import (
    quat_between,
    quat_multiply,
    quat_rotate,
    quat_yaw,
)
from engine.motion.skeleton import ANKLE_HEIGHT, FOOT_HEIGHT

TRAVELS = 0.28
"""m/s: a foot that is slower than this seems to stand."""
FAST = 1.0
"""m/s at which a foot is not slowed down for landing."""
CLEAR = 0.031
"""Metres above standing height at which a foot is clearly off the floor."""
MIDDLE = 0.6
"""Share of its arc from which a foot in the air is to be clear."""
GLIDES = 0.01
"""Metres; a foot whose ball stays lower than this all the way glides."""
FEWEST_GLIDING = 0.16
"""Seconds of the shortest glide."""
TURNS = 0.26
"""Radians that a standing foot turns at least if it is meant to."""
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


def stand_straight(foot: Foot, fixed: Bool[np.ndarray, " T"]) -> Foot:
    """Takes out the slow turning of a foot that stands on heel and ball.

    Args:
        fixed: frames that must not be changed.
    """
    yaw, flat = foot.yaw, np.asarray(foot.planted.all(axis=1))
    wanted, known = yaw.copy(), np.zeros(len(yaw), dtype=bool)
    for run in runs(flat):
        if np.ptp(yaw[run]) < TURNS and not fixed[run].any():
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
    low = step.height[1:-1, 1].max() < GLIDES
    return bool(low and len(step.ankle) - 2 >= FEWEST_GLIDING * step.fps)


def _hurried(step: Foot) -> Foot:
    """The same way over the floor, with little of it in the first and last moment.

    The first and the last frame of ``step`` stand.
    """
    frames, most = np.arange(len(step.ankle)), TRAVELS / step.fps
    moved = step.steps[1:].max(axis=1)
    if len(moved) < 4:
        return step
    wanted = moved.copy()
    for end in (0, -1):
        if most < moved[end] < FAST / step.fps:
            wanted[end] = most
    inner = np.sin(np.pi * (np.arange(len(moved)) + 0.5) / len(moved)) ** 2 * (wanted == moved)
    if (wanted == moved).all() or not inner.any():
        return step
    wanted += (moved.sum() - wanted.sum()) * inner / inner.sum()
    old, new = (np.concatenate([[0.0], np.cumsum(each + 1e-5)]) for each in (moved, wanted))
    path = np.column_stack([step.ankle[:, [0, 2]], step.yaw])
    there = CubicSpline(frames, path)(np.interp(new, old, frames))
    ankle = step.ankle.copy()
    ankle[:, [0, 2]] = there[:, :2]
    turn = quat_yaw(there[:, 2] - path[:, 2])
    return replace(step, ankle=ankle, rotation=quat_multiply(turn, step.rotation))


def _lifted(step: Foot) -> Foot:
    """The whole foot up in an arc where it travels low; the first and the last frame stand."""
    moved, most = step.steps[1:].max(axis=1), TRAVELS / step.fps
    arc = _arc(len(moved) - 1)
    inner = ((moved[:-1] > most) | (moved[1:] > most)) & (arc > MIDDLE)
    if not inner.any():
        return step
    low = CLEAR - step.height[1:-1].min(axis=1)
    ankle = step.ankle.copy()
    ankle[1:-1, 1] += arc * max(0.0, float((low / arc)[inner].max()))
    return replace(step, ankle=ankle)


def _heels_up(foot: Foot, fixed: Bool[np.ndarray, " T"]) -> Foot:
    """Lifts the heel about the ball while a standing foot turns on it."""
    yaw, up = foot.yaw, np.zeros(len(fixed))
    rate = np.abs(np.gradient(yaw)) * foot.fps * float(np.linalg.norm(foot.toe))
    for turn in runs(foot.planted[:, 1] & ~fixed & (rate > TRAVELS)):
        arc = _arc(turn.stop - turn.start)
        low = CLEAR - foot.height[turn, 0].min()
        if np.ptp(yaw[turn]) > TURNS and low > 0.0:
            up[turn] = arc * low
    if not up.any():
        return foot
    arm = foot.arm
    wanted = arm.copy()
    wanted[:, 1] -= up
    across = np.linalg.norm(arm[:, [0, 2]], axis=-1)
    length = np.sqrt(np.maximum(np.dot(foot.toe, foot.toe) - wanted[:, 1] ** 2, 1e-6))
    wanted[:, [0, 2]] *= (length / np.maximum(across, 1e-6))[:, None]
    rotation = quat_multiply(quat_between(arm, wanted), foot.rotation)
    return replace(foot, ankle=foot.ankle + arm - wanted, rotation=rotation)


def _arc(frames: int) -> Float[np.ndarray, " T"]:
    """Between 0 before the first frame and 0 after the last one, through 1."""
    return np.sin(np.pi * np.arange(1, frames + 1) / (frames + 1)) ** 2
