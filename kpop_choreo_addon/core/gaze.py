"""Head and eyes stay toward the audience, as far as the animator wants.

The head is turned about the vertical by a share of the way from where the dance looks to where
the audience is (the front of the stage), never more than a neck can turn against the chest. What
the eyes still miss of the audience they turn themselves.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import quaternions as quat
from .easing import evened
from .fit import Fit
from .posed import PosedRig

MOST_HEAD, MOST_EYES = np.deg2rad(75.0), np.deg2rad(30.0)
"""How far the head turns against the chest, and eyes in the head."""
AWAY = np.deg2rad(120.0)
"""A chest that faces away by more than this takes the head with it."""
STEADY_S = 0.25
"""Seconds over which the head's correction is evened out, so that it never jerks."""


def face_audience(posed: PosedRig, fit: Fit, share: float, fps: float) -> PosedRig:
    """Turns head and eyes toward the front of the stage.

    Args:
        share: 0 leaves the dance as it is, 1 turns the head as far as it goes.
    """
    head = posed.joints.get("head")
    if head is None or share <= 0.0:
        return posed
    up = posed.stage.up
    front = quat.rotate(posed.stage.rotation, np.array([0.0, -1.0, 0.0]))
    chest = next(
        (posed.joints[j] for j in ("spine3", "spine2", "spine1") if j in posed.joints), posed.root
    )
    looks, faces = (_heading(posed.turn(bone), front, up) for bone in (head, chest))
    wanted = looks + share * quat.wrapped(-looks)
    apart = np.clip(quat.wrapped(wanted - faces), -MOST_HEAD, MOST_HEAD)
    fades = np.clip((np.pi - np.abs(quat.wrapped(faces))) / (np.pi - AWAY), 0.0, 1.0)
    change = evened((fades * quat.wrapped(faces + apart - looks))[:, None], round(STEADY_S * fps))
    change = change[:, 0]
    turns = dict(posed.turns)
    turns[head] = quat.multiply(quat.about(up, change), posed.turn(head))
    neck = posed.joints.get("neck")
    if neck is not None:
        turns[neck] = quat.multiply(quat.about(up, 0.5 * change), posed.turn(neck))
    missed = quat.wrapped(-(looks + change))
    for side in ("left", "right"):
        for eye in fit.parts.get(f"{side}_eye", ()):
            turn = np.clip(share * missed, -MOST_EYES, MOST_EYES)
            turns[eye] = quat.multiply(quat.about(up, turn), turns[head])
    return replace(posed, turns=dict(sorted(turns.items())))


def _heading(turns: np.ndarray, front: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Radians ``[T]`` about ``up`` from the front to where ``turns[T, 4]`` bring it."""
    seen = quat.rotate(turns, front)
    return np.unwrap(np.arctan2(np.cross(front, seen) @ up, seen @ front))
