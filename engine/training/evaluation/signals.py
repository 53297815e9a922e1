"""When a body marks a beat: three separate signals, from positions at 30 fps.

A *motion beat* is a moment at which a movement stops or turns. That dancers mark music so, by
stops and changes of direction, and that the minima of speed find it, is the common ground of Kim
et al. (2003, "Rhythmic-motion synthesis based on motion-beat analysis"), Chu and Tsai (2012,
"Rhythm of motion extraction and rhythm-based cross-media alignment for dance videos") and Li et
al. (2021, "AI choreographer", their beat alignment). Those use one speed of the whole body, which
lets one part speak for all. Here each part speaks for itself:

- **pelvis**: the height turns or comes to rest (the low and the high points of a bounce);
- **hands**: wrists and elbows together, against the pelvis, turn or come to rest;
- **feet**: a foot near the floor comes to rest in the world after a swing (a landing).

The beat of a turn is its middle. The beat of a hold is its *beginning*: who hits and holds is on
time when she arrives, which is told from how she slows down (:func:`_moment`).
A movement too small to be seen marks nothing, and feet must have moved in the world *and* against
the pelvis: a rigid body that is bobbed up and down does not step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

from engine.motion.contacts import REST_HEIGHTS
from engine.motion.features import FPS, Motion
from engine.motion.skeleton import BODY
from engine.sync import warp

SIGNALS = ("pelvis", "hands", "feet")
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
PELVIS_PATH, HANDS_PATH, FOOT_PATH, FOOT_AGAINST_PELVIS = 0.008, 0.04, 0.05, 0.03
"""Metres that must lie between a stop and the one before it to be seen."""
LOW = 0.10
"""Metres above its standing height up to which a foot can have landed."""
SAME = 0.08
"""Seconds within which two feet land together."""
_HANDS = np.array([BODY.index[f"{s}_{p}"] for s in ("left", "right") for p in ("elbow", "wrist")])
_FEET = {s: [BODY.index[f"{s}_ankle"], BODY.index[f"{s}_foot"]] for s in ("left", "right")}


@dataclass(frozen=True, eq=False)
class MotionBeats:
    """Seconds from the first frame at which each signal has its beats, rising."""

    pelvis: Float[np.ndarray, " P"]
    hands: Float[np.ndarray, " H"]
    feet: Float[np.ndarray, " F"]

    def of(self, signal: str) -> Float[np.ndarray, " N"]:
        """The beats of one of :data:`SIGNALS`."""
        return {"pelvis": self.pelvis, "hands": self.hands, "feet": self.feet}[signal]


def at_30_fps(motion: Motion) -> Motion:
    """The same motion at 30 fps; every derivative of the evaluation is taken after this."""
    if abs(motion.fps - FPS) < 1e-9:
        return motion
    seconds = np.arange(int((len(motion) - 1) / motion.fps * FPS + 1e-6) + 1) / FPS
    sampled = warp(motion, seconds)
    return Motion(sampled.local_quats, sampled.root_positions, sampled.contacts, FPS)


def motion_beats(motion: Motion) -> MotionBeats:
    """The beats of a motion of any frame rate."""
    return beats_of_positions(at_30_fps(motion).positions())


def beats_of_positions(positions: Float[np.ndarray, "T J 3"]) -> MotionBeats:
    """The beats of world positions (metres, Y-up, floor at y = 0) at 30 fps."""
    fine = _fine(positions)
    pelvis = fine[:, 0]
    against = fine - pelvis[:, None]
    hands = np.linalg.norm(_velocity(against[:, _HANDS]), axis=-1).mean(axis=-1)
    return MotionBeats(
        pelvis=stops(np.abs(_velocity(pelvis[:, 1])), FPS * FINE, PELVIS_PATH),
        hands=stops(hands, FPS * FINE, HANDS_PATH),
        feet=_landings(fine, against),
    )


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


def _landings(
    fine: Float[np.ndarray, "T J 3"], against: Float[np.ndarray, "T J 3"]
) -> Float[np.ndarray, " N"]:
    """Seconds at which a foot lands; two feet that land together count once."""
    fps = FPS * FINE
    found: list[float] = []
    for joints in _FEET.values():
        speed = np.linalg.norm(_velocity(fine[:, joints]), axis=-1).mean(axis=-1)
        own = np.linalg.norm(_velocity(against[:, joints]), axis=-1).mean(axis=-1)
        height = (fine[:, joints, 1] - REST_HEIGHTS[:2]).min(axis=-1)
        before = 0.0
        for moment in stops(speed, fps, FOOT_PATH):
            frame = min(round(moment * fps), len(fine) - 1)
            swung = float(own[round(before * fps) : frame].sum()) / fps
            if height[frame] < LOW and swung >= FOOT_AGAINST_PELVIS:
                found.append(moment)
            before = moment
    found.sort()
    together: list[list[float]] = []
    for moment in found:
        if together and moment - together[-1][0] < SAME:
            together[-1].append(moment)
        else:
            together.append([moment])
    return np.array([float(np.mean(group)) for group in together])


def _fine(positions: Float[np.ndarray, "T J 3"]) -> Float[np.ndarray, "N J 3"]:
    """Low-passed positions, sampled :data:`FINE` times a frame."""
    if len(positions) < 8:
        return np.repeat(positions, FINE, axis=0)
    smooth = gaussian_filter1d(positions, SMOOTHING * FPS, axis=0, mode="nearest")
    frames = np.arange(len(positions))
    return CubicSpline(frames, smooth)(np.arange((len(frames) - 1) * FINE + 1) / FINE)


def _velocity(values: Float[np.ndarray, ...]) -> Float[np.ndarray, ...]:
    """Along the first axis, a second."""
    return np.gradient(values, 1.0 / (FPS * FINE), axis=0)
