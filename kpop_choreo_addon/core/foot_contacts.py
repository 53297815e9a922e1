"""Which foot stands on the floor: a joint is planted while it is low and slow.

Both have hysteresis, with the engine's thresholds: a contact begins below the lower one and ends
above the upper one, so that it does not flicker.
"""

from __future__ import annotations

import numpy as np

from .body import ANKLE_HEIGHT, JOINTS, OFFSETS
from .easing import runs

FEET = ("left_ankle", "left_foot", "right_ankle", "right_foot")
"""In the order of the contract."""
_NUMBERS = [JOINTS.index(name) for name in FEET]
_FOOT_HEIGHT = ANKLE_HEIGHT + float(OFFSETS[JOINTS.index("left_foot")][1])
_HEIGHTS = np.array([ANKLE_HEIGHT, _FOOT_HEIGHT] * 2)
_BEGINS, _LASTS = (0.045, 0.30), (0.075, 0.55)
"""Metres above the standing height, and metres a second."""
_SMOOTH = 0.02
_SHORTEST = 0.08
"""Seconds; a shorter contact is noise."""


def foot_contacts(positions: np.ndarray, fps: float) -> np.ndarray:
    """Contact ``[T, 4]``, 0 or 1, of :data:`FEET` in ``positions[T, 22, 3]``, floor at y = 0."""
    feet = positions[:, _NUMBERS]
    height = feet[..., 1] - _HEIGHTS
    if len(feet) < 2:
        return (height < _BEGINS[0]).astype(float)
    speed = np.linalg.norm(np.gradient(_smooth(feet, _SMOOTH * fps), 1.0 / fps, axis=0), axis=-1)
    begins = (height < _BEGINS[0]) & (speed < _BEGINS[1])
    lasts = (height < _LASTS[0]) & (speed < _LASTS[1])
    found = np.zeros(lasts.shape)
    for column in range(lasts.shape[1]):
        for run in runs(lasts[:, column]):
            if begins[run, column].any() and run.stop - run.start >= _SHORTEST * fps:
                found[run, column] = 1.0
    return found


def _smooth(values: np.ndarray, sigma: float) -> np.ndarray:
    """``values[T, ...]`` with a Gaussian of ``sigma`` frames over time."""
    reach = max(1, round(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.concatenate([values[:1].repeat(reach, 0), values, values[-1:].repeat(reach, 0)])
    weights = kernel / kernel.sum()
    return sum(w * padded[n : n + len(values)] for n, w in enumerate(weights))
