"""When the feet of the clip's dancer stand still."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .body import ANKLE_HEIGHT
from .clip import Clip
from .clip_body import clip_body
from .easing import runs

SIDES = ("left", "right")
STILL = 0.25
"""m/s of the clip's dancer: a contact that is faster is a glide or not there yet."""
FLAT = 0.012
"""Metres above its standing height under which the clip's heel is on the floor."""
SHORTEST = 0.08
"""Seconds of the shortest lock."""


@dataclass(frozen=True, eq=False)
class Stand:
    """When a foot stands in the clip."""

    heel: np.ndarray
    """``[T]``"""
    ball: np.ndarray
    flat: np.ndarray
    """Heel and ball, with the foot level."""

    @property
    def any(self) -> np.ndarray:
        """Frames in which the foot is held."""
        return self.heel | self.ball


def foot_stands(clip: Clip, member: int) -> dict[str, Stand]:
    """When each foot of the clip's dancer stands still, by the clip's contacts."""
    body, fps = clip_body(clip, member), clip.fps
    contacts = clip.foot_contacts[member] > 0.5
    shortest = max(2, round(SHORTEST * fps))
    stands = {}
    for number, side in enumerate(SIDES):
        still = {}
        for column, joint in enumerate(("ankle", "foot")):
            place = body.places[f"{side}_{joint}"]
            planted = contacts[:, 2 * number + column]
            slow = planted & (_speed(place, fps) < STILL)
            slow[_short(~slow, shortest) & planted] = True
            still[joint] = slow & ~_short(slow, shortest)
        low = body.places[f"{side}_ankle"][:, 1] - ANKLE_HEIGHT < FLAT
        heel, ball = still["ankle"] & low, still["foot"]
        stands[side] = Stand(heel, ball, heel & ball)
    return stands


def _short(mask: np.ndarray, shortest: int) -> np.ndarray:
    """Those stretches of ``mask[T]`` that last less than ``shortest`` frames."""
    short = np.zeros_like(mask)
    for run in runs(mask):
        short[run] = run.stop - run.start < shortest
    return short


def _speed(places: np.ndarray, fps: float) -> np.ndarray:
    """``[T]`` a second, of ``places[T, 3]``."""
    if len(places) < 2:
        return np.zeros(len(places))
    return np.asarray(np.linalg.norm(np.gradient(places, 1.0 / fps, axis=0), axis=-1))
