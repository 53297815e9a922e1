"""A motion at other moments than its frames."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline

from engine.motion.features import Motion
from engine.motion.rotations import normalize, quat_unroll


def warp(motion: Motion, seconds: Float[np.ndarray, " N"]) -> Motion:
    """The motion as it is at each of ``seconds`` (from its first frame), by cubic splines."""
    times = np.arange(len(motion)) / motion.fps
    seconds = np.clip(seconds, 0.0, times[-1])
    quats = CubicSpline(times, quat_unroll(motion.local_quats))(seconds)
    contacts = np.stack([np.interp(seconds, times, c) for c in motion.contacts.T], axis=-1)
    roots = CubicSpline(times, motion.root_positions)(seconds)
    return Motion(quat_unroll(normalize(quats)), roots, contacts, motion.fps)
