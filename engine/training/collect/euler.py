"""Euler angles as motion capture files write them, to quaternions."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from engine.motion.rotations import quat_from_axis_angle, quat_identity, quat_multiply

AXES = {"x": np.array([1.0, 0, 0]), "y": np.array([0, 1.0, 0]), "z": np.array([0, 0, 1.0])}


def quat_from_euler(
    angles: Float[np.ndarray, "*batch N"], axes: str, first_turns_first: bool
) -> Float[np.ndarray, "*batch 4"]:
    """Rotations of ``angles`` radians about fixed ``axes`` like ``"zxy"``.

    Args:
        first_turns_first: whether the angle written first is applied to a vector first (Acclaim),
            or last (BVH).
    """
    quats = quat_identity(*angles.shape[:-1])
    for number, axis in enumerate(axes):
        turn = quat_from_axis_angle(
            np.broadcast_to(AXES[axis], (*angles.shape[:-1], 3)), angles[..., number]
        )
        quats = quat_multiply(turn, quats) if first_turns_first else quat_multiply(quats, turn)
    return quats
