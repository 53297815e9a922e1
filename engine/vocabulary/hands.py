"""Hands on their way: how fast they may go, what they must not enter, where elbows point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from engine.motion.rotations import quat_from_axis_angle, quat_rotate
from engine.vocabulary.curves import CurveKey
from engine.vocabulary.limits import human_limits
from engine.vocabulary.places import rest_point
from engine.vocabulary.score import Track

MARGIN = 0.93
"""Share of the fastest human hand that a move with full stops is planned for."""
PEAK = 1.875
"""Peak over mean speed of a minimum-jerk move."""
TRUNK, HEAD = 0.17, 0.15
"""Metres from the middle of trunk and head within which no wrist comes."""


def paced(track: Track, side: str) -> list[CurveKey]:
    """The keys of a hand, each with the least time that the way to it takes a human."""
    points = [rest_point(place, side) for place in track.values]
    fastest = MARGIN * human_limits().wrist_speed
    keys = [track.keys[0]]
    for i in range(1, len(points)):
        distance = float(np.linalg.norm(points[i] - points[i - 1]))
        keys.append(replace(track.keys[i], least=PEAK * distance / fastest))
    return keys


def outside(target: Float[np.ndarray, "T 3"], sign: float) -> Float[np.ndarray, "T 3"]:
    """Keeps a wrist (chest's frame, from its shoulder) out of the trunk and the head."""
    result = target.copy()
    middle = np.array([-sign * 0.175, 0.0])
    flat = target[:, [0, 2]] - middle
    away = np.linalg.norm(flat * [1.0, 1.25], axis=-1)
    beside = (target[:, 1] < 0.05) & (target[:, 1] > -0.62)
    result[:, [0, 2]] = middle + flat * _pushed(np.where(beside, away, np.inf), TRUNK)[:, None]
    head = result - np.array([-sign * 0.175, 0.245, 0.045])
    scale = _pushed(np.linalg.norm(head, axis=-1), HEAD)
    return result + head * (scale[:, None] - 1.0)


def _pushed(distance: Float[np.ndarray, " T"], radius: float) -> Float[np.ndarray, " T"]:
    """Factor by which a point at ``distance`` is moved away from a middle, smooth in time."""
    scale = np.clip(radius / np.maximum(distance, 1e-3), 1.0, 2.5)
    return gaussian_filter1d(scale, 2.0)


def elbow_pole(
    target: Float[np.ndarray, "T 3"], swivel: Float[np.ndarray, " T"], sign: float
) -> Float[np.ndarray, "T 3"]:
    """The direction to which the elbow points, square to the arm, in the chest's frame.

    At 0 it hangs: back where the arm is low, down where it is level, outward where it is raised, so
    that it never has to point along the arm. Positive angles lift it outward.
    """
    axis = target / np.maximum(np.linalg.norm(target, axis=-1, keepdims=True), 1e-6)
    raised = _smooth_step((axis[:, 1:2] - 0.2) / 0.7)
    lowered = _smooth_step((-axis[:, 1:2] - 0.55) / 0.35)
    hanging = (
        lowered * np.array([sign * 0.45, -0.2, -1.0])
        + raised * np.array([sign, 0.0, -0.3])
        + (1 - lowered - raised) * np.array([sign * 0.35, -1.0, -0.35])
    )
    square = hanging - np.sum(hanging * axis, axis=-1, keepdims=True) * axis
    return quat_rotate(quat_from_axis_angle(axis, sign * swivel), square)


def _smooth_step(s: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, smooth between."""
    inside = np.clip(s, 0.0, 1.0)
    return inside * inside * (3 - 2 * inside)
