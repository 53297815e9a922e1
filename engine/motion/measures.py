"""How energetic, smooth and bouncy a motion is: the numbers behind the sliders.

The same functions label training windows and judge generated motion. Positions are world metres.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, sosfiltfilt

from engine.motion.skeleton import BODY

LIMBS = np.array(
    [
        BODY.index[f"{side}_{part}"]
        for side in ("left", "right")
        for part in ("knee", "ankle", "elbow", "wrist")
    ]
)
ENERGY_SMOOTHING = 1.0
"""Seconds (standard deviation): about a bar, so that energy is a mood and not an accent."""


def limb_speed(positions: Float[np.ndarray, "T J 3"], fps: float) -> Float[np.ndarray, " T"]:
    """Mean speed (m/s) of knees, ankles, elbows and wrists against the pelvis, each frame."""
    limbs = positions[:, LIMBS] - positions[:, :1]
    return np.linalg.norm(np.gradient(limbs, 1 / fps, axis=0), axis=-1).mean(axis=-1)


def energy_curve(positions: Float[np.ndarray, "T J 3"], fps: float) -> Float[np.ndarray, " T"]:
    """:func:`limb_speed` smoothed over about a bar (m/s)."""
    return gaussian_filter1d(limb_speed(positions, fps), ENERGY_SMOOTHING * fps, mode="nearest")


def squared_jerk(positions: Float[np.ndarray, "T J 3"], fps: float) -> Float[np.ndarray, " T"]:
    """Mean square of the jerk (m/s3) of the limbs against the pelvis, each frame."""
    limbs = positions[:, LIMBS] - positions[:, :1]
    if len(limbs) < 5:
        return np.zeros(len(limbs))
    jerk = np.mean(np.diff(limbs, n=3, axis=0) ** 2, axis=(1, 2)) * fps**6
    return np.concatenate([jerk[:1], jerk[:1], jerk, jerk[-1:]])


def log_jerk(positions: Float[np.ndarray, "T J 3"], fps: float) -> float:
    """Natural logarithm of the limbs' RMS jerk (m/s3)."""
    return float(0.5 * np.log(squared_jerk(positions, fps).mean() + 1e-6))


def squared_bounce(positions: Float[np.ndarray, "T J 3"], fps: float) -> Float[np.ndarray, " T"]:
    """Square of the pelvis's height between 1 and 5 Hz (m2), each frame."""
    height = positions[:, 0, 1]
    if len(height) < fps:
        return np.zeros(len(height))
    band = butter(2, [1.0, 5.0], btype="bandpass", fs=fps, output="sos")
    return sosfiltfilt(band, height - height.mean()) ** 2


def bounce(positions: Float[np.ndarray, "T J 3"], fps: float) -> float:
    """RMS (m) of the pelvis's height between 1 and 5 Hz."""
    return float(np.sqrt(squared_bounce(positions, fps).mean()))
