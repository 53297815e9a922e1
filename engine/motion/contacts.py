"""Which part of which foot stands on the floor: one function for real, made and generated motion.

A joint is planted while it is low and slow. Both have hysteresis: a contact begins below the lower
threshold and ends above the upper one, so that it does not flicker.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import gaussian_filter1d

from engine.motion.skeleton import ANKLE_HEIGHT, BODY, CONTACT_JOINTS, FOOT_HEIGHT

FEET = np.array([BODY.index[name] for name in CONTACT_JOINTS])
"""Joint numbers of left ankle, left foot, right ankle, right foot."""
REST_HEIGHTS = np.array([ANKLE_HEIGHT, FOOT_HEIGHT, ANKLE_HEIGHT, FOOT_HEIGHT])
"""Metres above the floor at which the four joints stand."""


@dataclass(frozen=True)
class ContactThresholds:
    """Metres above the standing height, and metres a second."""

    enter_height: float = 0.045
    leave_height: float = 0.075
    enter_speed: float = 0.30
    leave_speed: float = 0.55
    shortest: float = 0.08
    """Seconds; a shorter contact, or a shorter gap in one, is noise."""


def foot_contacts(
    positions: Float[np.ndarray, "T J 3"],
    fps: float,
    thresholds: ContactThresholds = ContactThresholds(),
) -> Float[np.ndarray, "T 4"]:
    """Contact (0 or 1) of left ankle, left foot, right ankle, right foot in every frame.

    Args:
        positions: world positions in metres, floor at y = 0.
        fps: frames per second.
    """
    feet = positions[:, FEET]
    height = feet[..., 1] - REST_HEIGHTS
    smooth = gaussian_filter1d(feet, 0.02 * fps, axis=0, mode="nearest")
    velocity = np.gradient(smooth, 1.0 / fps, axis=0) if len(feet) > 1 else np.zeros_like(feet)
    speed = np.linalg.norm(velocity, axis=-1)
    t = thresholds
    begins = (height < t.enter_height) & (speed < t.enter_speed)
    lasts = (height < t.leave_height) & (speed < t.leave_speed)
    planted = _hysteresis(begins, lasts)
    shortest = max(1, round(t.shortest * fps))
    return _drop_short(_drop_short(planted, shortest, False), shortest, True).astype(np.float64)


def runs(mask: Bool[np.ndarray, " T"]) -> list[slice]:
    """The unbroken stretches of true frames, as slices."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _hysteresis(
    begins: Bool[np.ndarray, "T C"], lasts: Bool[np.ndarray, "T C"]
) -> Bool[np.ndarray, "T C"]:
    """Every stretch of ``lasts`` that holds at least one frame of ``begins``."""
    result = np.zeros_like(lasts)
    for column in range(lasts.shape[1]):
        for run in runs(lasts[:, column]):
            result[run, column] = begins[run, column].any()
    return result


def _drop_short(
    mask: Bool[np.ndarray, "T C"], shortest: int, value: bool
) -> Bool[np.ndarray, "T C"]:
    """Turns over inner stretches of ``value`` that are shorter than ``shortest`` frames."""
    result = mask.copy()
    for column in range(mask.shape[1]):
        for run in runs(mask[:, column] == value):
            inner = run.start > 0 and run.stop < len(mask)
            if inner and run.stop - run.start < shortest:
                result[run, column] = not value
    return result
