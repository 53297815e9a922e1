"""Which way a body faces on the floor while it turns, bends and tumbles."""

from __future__ import annotations

import numpy as np

CLEAR = 0.3
"""Part of a rotation's quaternion in the vertical from which on it tells a heading."""


def heading(turns: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Radians ``[T]`` by which ``turns[T, 4]`` turn about ``up[3]``, without jumps.

    It is the twist about the vertical, so a bow or a lean has none. While the body is upside down
    it goes evenly from the one before to the one after.
    """
    real, along = turns[:, 0], turns[:, 1:] @ up
    clear = np.flatnonzero(np.hypot(real, along) >= CLEAR)
    if not len(clear):
        return np.zeros(len(turns))
    angles = 2.0 * np.unwrap(np.arctan2(along[clear], real[clear]), period=np.pi)
    return np.interp(np.arange(len(turns)), clear, angles)
