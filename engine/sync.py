"""Moves the dance's accents onto the beats by a gentle time warp of the motion, never the song.

An accent is where hands stop or turn. For every count and every 'and' the warp looks for one
nearby; dynamic programming over all of them picks the offsets with the most accents whose change
never makes the motion faster or slower than a tenth (a Viterbi path, as in Ellis, 2007, but over
offsets). One warp cannot serve the whole body, so two things follow: the pelvis, whose height
turns on counts and halves, and arms that pass through an accent, which linger there a moment
(``engine/phrasing.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import gaussian_filter1d

from engine.motion.features import Motion
from engine.motion.measures import limb_speed
from engine.motion.rhythm import hand_stops
from engine.motion.smoothing import smooth_between_ends
from engine.motion.warping import warp
from engine.phrasing import bounce_on_counts, free_to_move, halved, linger_on_accents

BEFORE = (0.16, 0.07)
"""Seconds: how long ago, and how widely, the speed before an arrival is taken."""
LEAD = 0.014
"""Seconds by which the speed falls later than the movement arrives, as the eye sees it."""
SOFTER = 0.4
"""What an arrival of all limbs is worth against a stop of the hands."""
NEAR = 0.03
"""Seconds (standard deviation) within which an accent is on a count."""
HALVES = 0.7
"""What an accent on a half count is worth against one on a count."""
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
    lingered: float = 0.0
    """Share of the accents on which arms that would have passed through were slowed down."""


def accent_strength(positions: Float[np.ndarray, "T J 3"], fps: float) -> Float[np.ndarray, " T"]:
    """How much each frame is an accent: 0 on average, 1 being a clear one.

    The negative logarithm of the limbs' speed against the mean of the second around it, plus the
    downward turn of the pelvis, both in units of their own spread.
    """
    speed = np.log(gaussian_filter1d(limb_speed(positions, fps), 0.05 * fps) + 0.05)
    still = -(speed - gaussian_filter1d(speed, 0.4 * fps))
    return _unit(still) + _low_points(positions, fps, 0.05)


def arrival_strength(positions: Float[np.ndarray, "T J 3"], fps: float) -> Float[np.ndarray, " T"]:
    """How near each frame is to a moment at which the hands stop or turn: 0 to 3.

    Where all limbs slow down at once speaks too, more softly, for who dances with the legs alone.
    """
    speed = np.log(gaussian_filter1d(limb_speed(positions, fps), 0.03 * fps) + 0.05)
    before = gaussian_filter1d(speed, BEFORE[1] * fps)
    frames = np.arange(len(speed))
    now = np.interp(frames + LEAD * fps, frames, speed)
    arriving = _unit(np.interp(frames - (BEFORE[0] - LEAD) * fps, frames, before) - now)
    strength = SOFTER * np.maximum(arriving + _low_points(positions, fps, 0.04), 0.0)
    moments, times = hand_stops(positions, fps), frames / fps
    if len(moments):
        right = np.clip(np.searchsorted(moments, times), 1, max(1, len(moments) - 1))
        left, right = moments[right - 1], moments[np.minimum(right, len(moments) - 1)]
        near = np.minimum(np.abs(times - left), np.abs(times - right))
        strength += 3.0 * np.exp(-0.5 * (near / NEAR) ** 2)
    return strength


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
    accents: Float[np.ndarray, " A"] | None = None,
) -> SyncResult:
    """Brings the accents of ``motion`` to ``beats`` (seconds from its first frame).

    Speed stays within 0.9 and 1.1 everywhere, but for arms at ``accents``; the first and the last
    frame stay in place.

    Args:
        still: stretches of time (first and last second) in which every frame stays where it is.
        accents: those of the beats that are to be hit.
    """
    frames = np.arange(len(motion))
    duration = frames[-1] / motion.fps
    inner = halved(beats)
    inner = inner[(inner > GENTLE.furthest) & (inner < duration - GENTLE.furthest)]
    inner, fixed = _with_still(inner, still, duration)
    offsets = np.zeros(len(motion))
    if not fixed.all():
        strength = arrival_strength(motion.positions(), motion.fps)
        worth = np.where(np.isin(inner, beats), 1.0, HALVES)
        path = best_offsets(strength, motion.fps, inner, GENTLE, inner[0], fixed, worth)
        anchors = np.concatenate([[0.0], inner, [duration]])
        values = np.concatenate([[0.0], path, [0.0]])
        values = _limit(anchors, values)
        offsets = np.interp(frames / motion.fps, anchors, values)
        offsets = smooth_between_ends(offsets, 0.06 * motion.fps)
    rates = 1.0 + np.diff(offsets) * motion.fps if len(motion) > 1 else np.ones(1)
    warped, lingered = warp(motion, frames / motion.fps + offsets), 0.0
    if len(beats) > 1:
        free = free_to_move(len(motion), motion.fps, still)
        warped = bounce_on_counts(warped, beats, free)
        if accents is not None:
            found = linger_on_accents(warped, beats, accents, free)
            warped, lingered = found.motion, found.share
    return SyncResult(warped, offsets, float(rates.min()), float(rates.max()), lingered)


def best_offsets(
    strength: Float[np.ndarray, " T"],
    fps: float,
    beats: Float[np.ndarray, " B"],
    limits: WarpLimits,
    near_zero: float = np.inf,
    fixed: Bool[np.ndarray, " B"] | None = None,
    worth: Float[np.ndarray, " B"] | float = 1.0,
) -> Float[np.ndarray, " B"]:
    """For each beat (seconds) the offset at which the motion's accents are strongest along the way.

    Args:
        strength: of :func:`arrival_strength`.
        near_zero: seconds that the first beat lies after a moment that must not be moved.
        fixed: true for beats whose offset must be zero.
        worth: of an accent on each beat.
    """
    reach = int(limits.furthest / STEP)
    choices = np.arange(-reach, reach + 1) * STEP
    times = np.arange(len(strength)) / fps
    scores = np.interp(beats[:, None] + choices, times, strength)
    scores = scores - limits.pull * (choices / limits.furthest) ** 2
    scores *= np.broadcast_to(worth, beats.shape)[:, None]
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
