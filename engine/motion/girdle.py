"""Shoulders that follow the arms: no capture that we learn from moves the collars by itself.

When an arm is lifted, about a third of the lift comes from collarbone and shoulder blade (the
scapulohumeral rhythm: Inman et al., 1944). The collar is turned by that share, and the upper arm is
turned back, so that its direction stays as it was danced.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from engine.motion.rotations import (
    quat_conjugate,
    quat_exp,
    quat_multiply,
    quat_rotate,
    quat_unroll,
)
from engine.motion.skeleton import BODY

HIGHEST = 0.5
"""Radians that the collar rises with the arm straight up."""
FURTHEST = 0.3
"""Radians that it swings forward with the arm straight ahead or across."""


def follow_arms(local_quats: Float[np.ndarray, "T J 4"]) -> Float[np.ndarray, "T J 4"]:
    """Turns both collars with the arms; the upper arms' world rotations do not change."""
    result = local_quats.copy()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        collar, shoulder = BODY.index[f"{side}_collar"], BODY.index[f"{side}_shoulder"]
        arm = quat_multiply(local_quats[:, collar], local_quats[:, shoulder])
        turn = collar_turn(quat_rotate(arm, np.array([sign, 0.0, 0.0])), side)
        result[:, collar] = turn
        result[:, shoulder] = quat_multiply(quat_conjugate(turn), arm)
    return quat_unroll(result)


def collar_turn(pointing: Float[np.ndarray, "T 3"], side: str) -> Float[np.ndarray, "T 4"]:
    """The collar's rotation for an arm that points there (chest's frame, length up to 1)."""
    sign = 1.0 if side == "left" else -1.0
    up = np.clip(pointing[:, 1], 0.0, 1.0) ** 1.5 * HIGHEST
    ahead = np.clip(pointing[:, 2], 0.0, 1.0) * FURTHEST
    return quat_exp(np.stack([0 * up, -sign * ahead, sign * up], axis=-1))
