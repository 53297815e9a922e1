"""Holds the body still through the counts that a plan freezes, while it is denoised.

At every step the guesses within a freeze are drawn to their mean and its travel to zero. So the
model itself finds a pose that can be held, and a way into it and out of it. A little of each
guess's own movement is left: somebody who holds still breathes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from jaxtyping import Float, Int

from engine.choreography.phrases import Plan
from engine.motion.features import FPS, SLICES, WIDTH

Array = Any

ARRIVE = (-0.12, 0.04)
"""Seconds against the first frozen count between which the body comes to rest."""
LEAVE = (-0.3, 0.0)
"""Seconds against the end of the last frozen count between which it moves again."""
STILLNESS = 0.9
"""The rest is breath."""
RATES = slice(SLICES["velocity"].start, SLICES["yaw_rate"].stop)


@dataclass(frozen=True, eq=False)
class Hold:
    """One stretch of stillness."""

    frames: Int[np.ndarray, " L"]
    weight: Float[np.ndarray, " L"]
    """0..1: how still."""


def holds_of(plan: Plan, frames: int, fps: float = FPS) -> tuple[Hold, ...]:
    """The freezes of a plan whose frame 0 lies at ``plan.start``; the last one lasts to its end."""
    numbers = sorted({round(p.number(float(count))) for p in plan.phrases for count in p.freeze})
    held: list[Hold] = []
    times = plan.start + np.arange(frames) / fps
    while numbers:
        run = [numbers.pop(0)]
        while numbers and numbers[0] == run[-1] + 1:
            run.append(numbers.pop(0))
        first, last = plan.counts.seconds(np.array([run[0], run[-1] + 1.0]))
        if first >= plan.end:
            continue
        closing = plan.phrases[-1].ending and last >= plan.end - (last - first) / len(run)
        rise = np.clip((times - first - ARRIVE[0]) / (ARRIVE[1] - ARRIVE[0]), 0.0, 1.0)
        fall = np.clip((last + LEAVE[1] - times) / (LEAVE[1] - LEAVE[0]), 0.0, 1.0)
        weight = _ease(rise) * (1.0 if closing else _ease(fall))
        inside = np.flatnonzero(weight > 0.0)
        if len(inside):
            held.append(Hold(inside, STILLNESS * weight[inside]))
    return tuple(held)


def hold_still(x0: Array, holds: tuple[Hold, ...], rest: Array) -> Array:
    """Guesses of x0 ``[..., T, F]`` (normalised) that hold still where they should.

    Args:
        rest: ``[F]`` normalised features of no travel (only :data:`RATES` are used).
    """
    if not holds:
        return x0
    xp = array_namespace(x0)
    result = x0 + 0.0
    for hold in holds:
        frames = hold.frames.tolist()
        weight = _like(hold.weight[:, None], x0)
        rows = x0[..., frames, :]
        mean = xp.sum(rows * weight, axis=-2, keepdims=True) / xp.sum(weight)
        mean = mean + xp.zeros_like(rows)
        mean[..., RATES] = rest[RATES] + xp.zeros_like(rows[..., RATES])
        result[..., frames, :] = rows + weight * (mean - rows)
    return result


def rest_rows(mean: Float[np.ndarray, " F"], std: Float[np.ndarray, " F"]) -> np.ndarray:
    """Normalised features of a body that does not travel."""
    return (np.zeros(WIDTH) - mean) / std


def _ease(share: np.ndarray) -> np.ndarray:
    return share * share * (3.0 - 2.0 * share)


def _like(values: np.ndarray, other: Array) -> Array:
    if isinstance(other, np.ndarray):
        return values.astype(other.dtype)
    return array_namespace(other).asarray(values, dtype=other.dtype, device=other.device)
