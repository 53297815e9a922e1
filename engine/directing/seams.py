"""Seams that do not show: how hard the body is moved at one, and a softer way over it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from engine.directing.curves import turn_between, turned
from engine.motion.features import Motion
from engine.motion.rotations import quat_unroll

USUAL = 0.99
"""The share of a dance's frames that are calmer than what a seam may be."""
CALM = 0.95
"""What is calmer than this is left alone."""
WAYS = (2, 3, 4, 5, 6, 8)
"""Frames on a side that a softer way may take."""
SPEEDS = (1.0, 0.85, 0.7, 0.5)
"""Shares of the old dance's speed with which a softer way may leave or enter it."""


@dataclass(frozen=True)
class SeamFigures:
    """Speed and acceleration at seams, 1 being the 99th percentile of the same joint elsewhere.

    The worst joint of the worst frame whose difference reaches over a seam.
    """

    speed: float
    acceleration: float

    @property
    def worst(self) -> float:
        return max(self.speed, self.acceleration)


def seam_figures(positions: Float[np.ndarray, "T J 3"], seams: tuple[int, ...]) -> SeamFigures:
    """Measures the seams before the frames ``seams`` against the rest of the motion."""
    found = []
    for order in (1, 2):
        sizes = np.linalg.norm(np.diff(positions, n=order, axis=0), axis=-1)
        at = np.zeros(len(sizes), dtype=bool)
        for seam in seams:
            at[max(0, seam - order) : seam] = True
        usual = np.maximum(np.quantile(sizes[~at], USUAL, axis=0), 1e-4)
        found.append(float((sizes[at] / usual).max()) if at.any() else 0.0)
    return SeamFigures(*found)


def softened(motion: Motion, seam: int, before: bool, after: bool) -> Motion:
    """The motion with a softer way over the seam before frame ``seam``, if it is a hard one.

    A few frames are replaced by the curve that leads on with the least acceleration; of several
    lengths the one is taken that leaves the seam and its surroundings calmest.

    Args:
        before, after: on which sides of the seam frames may change.
    """

    reach = WAYS[-1]
    near = tuple(range(max(2, seam - reach * before), seam + reach * after + 1))
    here = motion.positions()
    usual = max(1.0, seam_figures(here, near).worst)

    def hardness(other: Motion) -> float:
        positions = other.positions()
        spread = max(0.0, seam_figures(positions, near).worst - usual)
        return seam_figures(positions, (seam,)).worst + spread

    if seam_figures(here, (seam,)).worst <= CALM:
        return motion
    ways = [
        _led_over(motion, seam - 1 - n * before, seam + n * after, speed * after, speed * before)
        for n in WAYS
        for speed in (SPEEDS if before != after else (1.0,))
    ]
    return min([motion, *(way for way in ways if way is not None)], key=hardness)


def _led_over(
    motion: Motion, first: int, last: int, leaving: float, arriving: float
) -> Motion | None:
    """New frames between ``first`` and ``last``: a cubic with the speed of both ends.

    Args:
        leaving, arriving: shares of those speeds that are taken; 0 is taken as 1.
    """
    if first < 1 or last > len(motion) - 2:
        return None
    share = (np.arange(first + 1, last) - first) / (last - first)

    def cubic(
        start: Float[np.ndarray, " *C"],
        speed: Float[np.ndarray, " *C"],
        end: Float[np.ndarray, " *C"],
        last_speed: Float[np.ndarray, " *C"],
    ) -> Float[np.ndarray, "*N"]:
        s = share.reshape(-1, *(1 for _ in start.shape))
        span = last - first
        return (
            (1 + 2 * s) * (1 - s) ** 2 * start
            + s * (1 - s) ** 2 * span * (leaving or 1.0) * speed
            + s**2 * (3 - 2 * s) * end
            + s**2 * (s - 1) * span * (arriving or 1.0) * last_speed
        )

    quats, root = motion.local_quats.copy(), motion.root_positions.copy()
    base = quats[first]

    def seen(frame: int) -> Float[np.ndarray, "J 3"]:
        return turn_between(base, quats[frame])

    inside = cubic(seen(first), -seen(first - 1), seen(last), seen(last + 1) - seen(last))
    quats[first + 1 : last] = turned(np.broadcast_to(base, (len(share), *base.shape)), inside)
    root[first + 1 : last] = cubic(
        root[first], root[first] - root[first - 1], root[last], root[last + 1] - root[last]
    )
    return replace(motion, local_quats=quat_unroll(quats), root_positions=root)
