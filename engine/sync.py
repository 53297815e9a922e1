"""Moves the dance's accents onto the beats by a gentle time warp of the motion, never the song.

An accent is where a body stops: a dip of the limbs' speed, the low point of a bounce, a foot that
lands. For every count the warp looks for accents nearby; dynamic programming over all counts picks
the offsets with the strongest accents whose change never makes the motion faster or slower than a
tenth (a Viterbi path, as in Ellis, 2007, but over offsets).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

from engine.motion.features import Motion
from engine.motion.measures import limb_speed
from engine.motion.rotations import normalize, quat_unroll
from engine.motion.smoothing import smooth_between_ends

BEFORE = (0.16, 0.07)
"""Seconds: how long ago, and how widely, the speed before an arrival is taken."""
LEAD = 0.014
"""Seconds by which the speed falls later than the movement arrives, as the eye sees it."""
STEP = 1.0 / 120.0
"""Seconds between the offsets that are tried."""
STILL = 0.25
"""Seconds around a moment that must not be moved in which nothing is moved at all."""


@dataclass(frozen=True)
class WarpLimits:
    """How far a warp may go."""

    furthest: float = 0.16
    """Seconds that an accent may be moved at most."""
    stretch: float = 0.09
    """Largest change of speed between two beats; what shows is a little less, by the smoothing."""
    pull: float = 0.15
    """Cost of an offset of ``furthest``, in units of accent strength."""


GENTLE = WarpLimits()
"""What a generated dance may be warped without its looking warped: speed 0.9 to 1.1."""


@dataclass(frozen=True, eq=False)
class SyncResult:
    """The warped motion, and how it was warped."""

    motion: Motion
    offsets: Float[np.ndarray, " T"]
    """Seconds: frame ``i`` now shows what was at ``i / fps + offsets[i]``."""
    slowest: float
    fastest: float
    """Local speed of the motion, 1 being unchanged."""


def accent_strength(positions: Float[np.ndarray, "T J 3"], fps: float) -> Float[np.ndarray, " T"]:
    """How much each frame is an accent: 0 on average, 1 being a clear one.

    The negative logarithm of the limbs' speed against the mean of the second around it, plus the
    downward turn of the pelvis, both in units of their own spread.
    """
    speed = np.log(gaussian_filter1d(limb_speed(positions, fps), 0.05 * fps) + 0.05)
    still = -(speed - gaussian_filter1d(speed, 0.4 * fps))
    return _unit(still) + _low_points(positions, fps, 0.05)


def arrival_strength(positions: Float[np.ndarray, "T J 3"], fps: float) -> Float[np.ndarray, " T"]:
    """How much each frame is one where a movement arrives: 0 on average, 1 being a clear one.

    The logarithm of the limbs' speed a moment ago against now, so that a pose that is held counts
    where it is reached and not in the middle of its hold; plus the downward turn of the pelvis.
    """
    speed = np.log(gaussian_filter1d(limb_speed(positions, fps), 0.03 * fps) + 0.05)
    before = gaussian_filter1d(speed, BEFORE[1] * fps)
    frames = np.arange(len(speed))
    now = np.interp(frames + LEAD * fps, frames, speed)
    arriving = np.interp(frames - (BEFORE[0] - LEAD) * fps, frames, before) - now
    return _unit(arriving) + _low_points(positions, fps, 0.04)


def _low_points(
    positions: Float[np.ndarray, "T J 3"], fps: float, smoothing: float
) -> Float[np.ndarray, " T"]:
    """How low the pelvis is against the second around it; nothing where it keeps its height.

    Args:
        smoothing: standard deviation in seconds.
    """
    height = gaussian_filter1d(positions[:, 0, 1], smoothing * fps)
    low = -(height - gaussian_filter1d(height, 0.4 * fps))
    return 0.5 * np.minimum(_unit(low), 2.0) * (np.std(low) > 0.003)


def sync(
    motion: Motion,
    beats: Float[np.ndarray, " B"],
    still: tuple[tuple[float, float], ...] = (),
) -> SyncResult:
    """Warps ``motion`` so that its accents fall on ``beats`` (seconds from its first frame).

    Speed stays within 0.9 and 1.1 everywhere; the first and the last frame stay in place.

    Args:
        still: stretches of time (first and last second) in which every frame stays where it is.
    """
    frames = np.arange(len(motion))
    duration = frames[-1] / motion.fps
    inner = beats[(beats > GENTLE.furthest) & (beats < duration - GENTLE.furthest)]
    inner, fixed = _with_still(inner, still, duration)
    offsets = np.zeros(len(motion))
    if not fixed.all():
        strength = arrival_strength(motion.positions(), motion.fps)
        path = best_offsets(strength, motion.fps, inner, GENTLE, inner[0], fixed)
        anchors = np.concatenate([[0.0], inner, [duration]])
        values = np.concatenate([[0.0], path, [0.0]])
        values = _limit(anchors, values)
        offsets = np.interp(frames / motion.fps, anchors, values)
        offsets = smooth_between_ends(offsets, 0.06 * motion.fps)
    rates = 1.0 + np.diff(offsets) * motion.fps if len(motion) > 1 else np.ones(1)
    return SyncResult(
        warp(motion, frames / motion.fps + offsets), offsets, float(rates.min()), float(rates.max())
    )


def warp(motion: Motion, seconds: Float[np.ndarray, " N"]) -> Motion:
    """The motion as it is at each of ``seconds`` (from its first frame), by cubic splines."""
    times = np.arange(len(motion)) / motion.fps
    seconds = np.clip(seconds, 0.0, times[-1])
    quats = CubicSpline(times, quat_unroll(motion.local_quats))(seconds)
    contacts = np.stack([np.interp(seconds, times, c) for c in motion.contacts.T], axis=-1)
    roots = CubicSpline(times, motion.root_positions)(seconds)
    return Motion(quat_unroll(normalize(quats)), roots, contacts, motion.fps)


def best_offsets(
    strength: Float[np.ndarray, " T"],
    fps: float,
    beats: Float[np.ndarray, " B"],
    limits: WarpLimits,
    near_zero: float = np.inf,
    fixed: Bool[np.ndarray, " B"] | None = None,
) -> Float[np.ndarray, " B"]:
    """For each beat (seconds) the offset at which the motion's accents are strongest along the way.

    Args:
        strength: of :func:`arrival_strength` or :func:`accent_strength`.
        near_zero: seconds that the first beat lies after a moment that must not be moved.
        fixed: true for beats whose offset must be zero.
    """
    reach = int(limits.furthest / STEP)
    choices = np.arange(-reach, reach + 1) * STEP
    times = np.arange(len(strength)) / fps
    scores = np.interp(beats[:, None] + choices, times, strength)
    scores = scores - limits.pull * (choices / limits.furthest) ** 2
    if fixed is not None:
        scores = np.where(fixed[:, None] & (choices != 0.0), -np.inf, scores)
    total = np.where(np.abs(choices) <= limits.stretch * near_zero, scores[0], -np.inf)
    came_from = np.zeros((len(beats), len(choices)), dtype=int)
    changes = np.abs(choices[:, None] - choices[None, :])
    for number in range(1, len(beats)):
        allowed = changes <= limits.stretch * (beats[number] - beats[number - 1]) + 1e-9
        arriving = np.where(allowed, total[None, :], -np.inf)
        came_from[number] = np.argmax(arriving, axis=1)
        total = scores[number] + np.max(arriving, axis=1)
    chosen = int(np.argmax(total))
    path = [chosen]
    for number in range(len(beats) - 1, 0, -1):
        chosen = int(came_from[number, chosen])
        path.append(chosen)
    return choices[np.array(path[::-1])]


def _with_still(
    beats: Float[np.ndarray, " B"], still: tuple[tuple[float, float], ...], duration: float
) -> tuple[Float[np.ndarray, " N"], Bool[np.ndarray, " N"]]:
    """The beats that may move, with the edges of the still stretches between them, told apart."""
    edges: list[float] = []
    for first, last in still:
        first, last = max(0.0, first - STILL), min(duration, last + STILL)
        beats = beats[(beats < first) | (beats > last)]
        edges += [edge for edge in (first, last) if 0.0 < edge < duration]
    outer = np.unique(np.array(edges, dtype=float))
    times = np.concatenate([beats, outer])
    order = np.argsort(times, kind="stable")
    return times[order], (np.arange(len(times)) >= len(beats))[order]


def _limit(
    anchors: Float[np.ndarray, " N"], values: Float[np.ndarray, " N"]
) -> Float[np.ndarray, " N"]:
    """Values whose slope stays within the gentle stretch, also on the way to the fixed last one."""
    values = values.copy()
    for order in (range(1, len(values) - 1), range(len(values) - 2, 0, -1)):
        for number in order:
            near = number - 1 if order.step > 0 else number + 1
            reach = GENTLE.stretch * abs(anchors[number] - anchors[near])
            values[number] = np.clip(values[number], values[near] - reach, values[near] + reach)
    return values


def _unit(values: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
    return (values - values.mean()) / (values.std() + 1e-9)
