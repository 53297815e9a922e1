"""Rhythm in curves: when a movement stops or turns, and how it is bent to do so on counts.

The stops are those that the evaluation judges (``engine/training/evaluation/signals.py`` says from
whom the idea is).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicHermiteSpline, CubicSpline, PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from engine.motion.skeleton import BODY

FINE = 4
"""Speeds are looked at four times a frame, by splines, so that a beat is not rounded to frames."""
SMOOTHING = 0.02
"""Seconds (standard deviation) of the low-pass before speeds are taken."""
DEPTH = 0.5
"""A stop is slower than this part of the fastest moment before and after it."""
REST = 0.10
"""Part of the fastest moment before it under which a body counts as at rest."""
BRAKING = 0.5
SLIDING_IN = 0.15
"""From half its fastest to rest a body takes some time; this part of it again, and it has arrived.

A movement that slows down evenly needs 0.25, one of least jerk (Flash and Hogan, 1985) 0.61; what
is less than those makes up for the low-pass. ``tests/engine/test_evaluation_beat.py`` holds the
result against turns and hits of known times: within 25 ms at worst, and to both sides.
"""
LONGEST_ARRIVAL = 0.08
"""Seconds."""
HANDS_PATH = 0.04
"""Metres that hands and elbows must have moved between two stops for the second to be seen."""
_HANDS = np.array([BODY.index[f"{s}_{p}"] for s in ("left", "right") for p in ("elbow", "wrist")])


def hand_stops(positions: Float[np.ndarray, "T J 3"], fps: float) -> Float[np.ndarray, " N"]:
    """Seconds at which wrists and elbows together, against the pelvis, turn or come to rest."""
    fine = finely(positions[:, [0, *_HANDS]], fps)
    against = fine[:, 1:] - fine[:, :1]
    speed = np.linalg.norm(velocity(against, fps), axis=-1).mean(axis=-1)
    return stops(speed, fps * FINE, HANDS_PATH)


def stops(speed: Float[np.ndarray, " T"], fps: float, least_path: float) -> Float[np.ndarray, " N"]:
    """Seconds of the moments at which a movement of this speed (m/s) turns or comes to rest.

    Args:
        least_path: metres that the movement must have covered since the stop before.
    """
    found: list[float] = []
    start = 0
    for lowest in _valleys(speed, fps):
        path = float(speed[start:lowest].sum()) / fps
        peak = float(speed[start : lowest + 1].max())
        if path >= least_path and speed[lowest] < DEPTH * peak:
            found.append(_moment(speed, start, lowest, peak, fps))
            start = lowest
    return np.array(found)


def _valleys(speed: Float[np.ndarray, " T"], fps: float) -> list[int]:
    """Local minima after which the speed at least doubles (or that last to the end).

    A minimum is taken when the speed has risen to ``1 / DEPTH`` of it, so ripples in a hold do
    not count as many stops.
    """
    floor = 0.02
    valleys: list[int] = []
    lowest, fallen = 0, False
    highest = float(speed[0])
    for at in range(1, len(speed)):
        value = float(speed[at])
        if not fallen:
            highest = max(highest, value)
            if value < DEPTH * highest:
                fallen, lowest = True, at
        elif value < speed[lowest]:
            lowest = at
        elif value > max(float(speed[lowest]), floor) / DEPTH:
            valleys.append(lowest)
            fallen, highest = False, value
    if fallen:
        valleys.append(lowest)
    return [valley for valley in valleys if 0 < valley < len(speed) - 1]


def _moment(
    speed: Float[np.ndarray, " T"], start: int, lowest: int, peak: float, fps: float
) -> float:
    """Seconds of the beat of one stop.

    The middle of the time at rest, or, if the rest is long, the moment of arrival: the way that is
    left at the first moment of rest is judged by the time from :data:`BRAKING` to there.
    """
    level = max(REST * peak, 1.05 * float(speed[lowest]))
    first = lowest
    while first > start and speed[first - 1] < level:
        first -= 1
    last = lowest
    while last < len(speed) - 1 and speed[last + 1] < level:
        last += 1
    braking = first
    while braking > start and speed[braking - 1] < BRAKING * peak:
        braking -= 1
    arrival = min(SLIDING_IN * (first - braking) / fps, LONGEST_ARRIVAL)
    return first / fps + min((last - first) / fps / 2, arrival)


def finely(positions: Float[np.ndarray, "T J 3"], fps: float) -> Float[np.ndarray, "N J 3"]:
    """Low-passed positions, sampled :data:`FINE` times a frame."""
    if len(positions) < 8:
        return np.repeat(positions, FINE, axis=0)
    smooth = gaussian_filter1d(positions, SMOOTHING * fps, axis=0, mode="nearest")
    frames = np.arange(len(positions))
    return CubicSpline(frames, smooth)(np.arange((len(frames) - 1) * FINE + 1) / FINE)


def velocity(fine: Float[np.ndarray, ...], fps: float) -> Float[np.ndarray, ...]:
    """Along the first axis, a second, of what :func:`finely` gave at ``fps``."""
    return np.gradient(fine, 1.0 / (fps * FINE), axis=0)


def lilt(
    counts: Float[np.ndarray, " T"], strength: Callable[[Float[np.ndarray, " T"]], Any]
) -> Float[np.ndarray, " T"]:
    """Counts that pass slowly near each whole one and faster between; halves stay where they are.

    A flowing movement so comes near to rest on the counts, as dancers phrase it.

    Args:
        strength: 0 to 1 for each of given whole counts: 1 stands still there.
    """
    nearest = np.rint(counts)
    bend: Float[np.ndarray, " T"] = np.sin(2 * np.pi * (counts - nearest)) / (2 * np.pi)
    return counts - strength(nearest) * bend


def turning_at(
    times: Float[np.ndarray, " T"],
    values: Float[np.ndarray, " T"],
    nodes: Float[np.ndarray, " N"],
    flow: Float[np.ndarray, " N"],
) -> Float[np.ndarray, " T"]:
    """A curve through the values at ``nodes`` that turns nowhere else (Fritsch and Carlson, 1980).

    Args:
        nodes: times, rising, at least two.
        flow: 0 to 1 for each node: how freely the curve passes it; at 0 it comes to rest there.
    """
    at = np.interp(nodes, times, values)
    slopes = PchipInterpolator(nodes, at).derivative()(nodes) * flow
    inside = (times >= nodes[0]) & (times <= nodes[-1])
    return np.where(inside, CubicHermiteSpline(nodes, at, slopes)(times), values)
