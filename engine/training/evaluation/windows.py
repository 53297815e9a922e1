"""Motion cut into windows of equal length, for real and generated motion alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

from engine.motion.features import FPS, Motion, heading_of
from engine.motion.measures import bounce, limb_speed, log_jerk
from engine.motion.rotations import quat_rotate, quat_yaw
from engine.training.evaluation.signals import at_30_fps

WINDOW = 4.0
"""Seconds."""


def cut(motion: Motion, seconds: float = WINDOW, hop: float | None = None) -> list[np.ndarray]:
    """World positions ``[N, 22, 3]`` of windows of a motion at 30 fps; none if it is too short."""
    positions = at_30_fps(motion).positions()
    length = round(seconds * FPS)
    step = max(1, round((hop or seconds) * FPS))
    return [positions[s : s + length] for s in range(0, len(positions) - length + 1, step)]


def cut_all(
    motions: Sequence[Motion], seconds: float = WINDOW, hop: float | None = None
) -> list[np.ndarray]:
    """:func:`cut` of all motions, one after another."""
    return [window for motion in motions for window in cut(motion, seconds, hop)]


def balanced(
    windows: Sequence[np.ndarray], groups: Sequence[str], most: int, rng: np.random.Generator
) -> list[int]:
    """Numbers of windows such that each group gives the same number, at most ``most`` together.

    A group with fewer windows than its share gives all of them.
    """
    names = sorted(set(groups))
    chosen: list[int] = []
    for name in names:
        mine = [number for number, group in enumerate(groups) if group == name]
        share = max(1, most // len(names))
        chosen += rng.permutation(mine)[:share].tolist()
    return sorted(chosen)


def spread(values: Sequence[float], low: float = 10.0, high: float = 90.0) -> float:
    """Distance from the 10th to the 90th percentile."""
    return float(np.subtract(*np.percentile(values, [high, low])))


def faced(window: Float[np.ndarray, "T J 3"]) -> Float[np.ndarray, "T J 3"]:
    """A window as seen from its dancer: each frame's heading is +Z, the pelvis over the origin."""
    turn = quat_yaw(-heading_of(window, FPS))
    below = window[:, :1] * np.array([1.0, 0.0, 1.0])
    return quat_rotate(turn[:, None], window - below)


def speed_of(window: Float[np.ndarray, "T J 3"]) -> float:
    """Mean limb speed, m/s."""
    return float(limb_speed(window, FPS).mean())


def bounce_of(window: Float[np.ndarray, "T J 3"]) -> float:
    """RMS of the pelvis's height between 1 and 5 Hz, metres."""
    return bounce(window, FPS)


class JerkBySpeed:
    """What log jerk a dancer has at a given speed: a line through real windows.

    Fast dance is jerkier because it is fast; only what lies above or below the line is a matter of
    smoothness (DESIGN: 'plain jerk is just speed again').
    """

    def __init__(self, real: Sequence[Float[np.ndarray, "T J 3"]]) -> None:
        speeds = [self._log_speed(window) for window in real]
        jerks = [log_jerk(window, FPS) for window in real]
        self.slope, self.offset = np.polyfit(speeds, jerks, 1).tolist()

    def excess(self, window: Float[np.ndarray, "T J 3"]) -> float:
        """Log jerk above the line: 0 is as real dance at this speed, 0.22 is 25% jerkier."""
        expected = self.slope * self._log_speed(window) + self.offset
        return log_jerk(window, FPS) - float(expected)

    def smoothness(self, window: Float[np.ndarray, "T J 3"]) -> float:
        """What the slider of that name is judged by: the negative excess."""
        return -self.excess(window)

    @staticmethod
    def _log_speed(window: Float[np.ndarray, "T J 3"]) -> float:
        return float(np.log(speed_of(window) + 0.02))


def median_of(windows: Sequence[np.ndarray], measure: Callable[[np.ndarray], float]) -> float:
    """Median of a measure over windows; NaN for none."""
    return float(np.median([measure(window) for window in windows])) if windows else float("nan")


def times(value: float, reference: float) -> float:
    """How many times the reference a value is; NaN where there is nothing to compare with."""
    return value / reference if reference > 1e-9 else float("nan")
