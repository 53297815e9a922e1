"""Smooth ways from one value to another: how a correction comes and goes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.interpolate import BPoly

from engine.motion.rotations import quat_conjugate, quat_exp, quat_log, quat_multiply, quat_unroll


def ease(share: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
    """From 0 to 1 with no speed and no acceleration at either end (Perlin, 2002)."""
    s = np.clip(share, 0.0, 1.0)
    return s * s * s * (s * (6.0 * s - 15.0) + 10.0)


def bridge(
    before: Float[np.ndarray, "N C"], after: Float[np.ndarray, "N C"] | None, frames: int
) -> Float[np.ndarray, "frames C"]:
    """``frames`` values between the last of ``before`` and the first of ``after``.

    A quintic that goes on with the value, speed and acceleration of its neighbours. Without
    ``after`` it ends in zero, at rest.
    """
    left = _derivatives(before)
    right = np.zeros_like(left)
    if after is not None:
        right = _derivatives(after[::-1]) * np.array([1.0, -1.0, 1.0])[:, None]
    curve = BPoly.from_derivatives([0.0, frames + 1.0], [left, right])
    return curve(np.arange(1, frames + 1, dtype=float))


def _derivatives(values: Float[np.ndarray, "N C"]) -> Float[np.ndarray, "3 C"]:
    """Value, speed and acceleration (a frame) at the last of at least one value."""
    last = values[-1]
    speed = last - values[-2] if len(values) > 1 else np.zeros_like(last)
    if len(values) < 3:
        return np.stack([last, speed, np.zeros_like(last)])
    bend = last - 2.0 * values[-2] + values[-3]
    return np.stack([last, speed + 0.5 * bend, bend])


def turn_between(
    quats: Float[np.ndarray, "*batch 4"], target: Float[np.ndarray, "*#batch 4"]
) -> Float[np.ndarray, "*batch 3"]:
    """Rotation vectors that lead from ``quats`` to ``target``, in the joint's own frame."""
    return quat_log(quat_multiply(quat_conjugate(quats), target))


def turned(
    quats: Float[np.ndarray, "*batch 4"], vectors: Float[np.ndarray, "*batch 3"]
) -> Float[np.ndarray, "*batch 4"]:
    """``quats`` after turns by rotation vectors in the joint's own frame."""
    return quat_multiply(quats, quat_exp(vectors))


def unrolled_from(
    quats: Float[np.ndarray, "T J 4"], before: Float[np.ndarray, "J 4"]
) -> Float[np.ndarray, "T J 4"]:
    """Signs that follow on from the frame ``before`` without a jump."""
    return quat_unroll(np.concatenate([before[None], quats]))[1:] * np.where(
        before[:, :1] < 0, -1.0, 1.0
    )
