"""What one warp cannot do for the whole body: knees that bounce on counts, arms that meet accents.

Neither moves a foot: legs are solved again for feet that stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from engine.cleanup import limit_joints
from engine.motion.contacts import FEET, REST_HEIGHTS
from engine.motion.features import Motion
from engine.motion.ik import LIMBS, nudge_limb
from engine.motion.rhythm import hand_stops, lilt, turning_at
from engine.motion.rotations import quat_unroll
from engine.motion.skeleton import BODY
from engine.motion.warping import warp

EDGE = 0.25
"""Seconds over which the changes come in beside what must not be moved."""
AIRBORNE = 0.05
"""Metres of the lower foot over the floor from which the body flies and nothing holds it up."""
SLOW_COUNT = 0.75
"""Seconds: longer counts are divided once more, as a dancer divides a half-time count."""
MISSED = 0.05
"""Seconds from an accent to the nearest stop of the hands from which they have passed through."""
LINGER = 0.5
"""Share of their speed by which arms are slower on an accent, and faster on the way there."""
ARMS = [
    BODY.index[f"{side}_{part}"]
    for side in ("left", "right")
    for part in ("collar", "shoulder", "elbow", "wrist")
]


@dataclass(frozen=True, eq=False)
class Lingered:
    """What :func:`linger_on_accents` made, and the share of the accents on which it had to."""

    motion: Motion
    share: float


def free_to_move(
    frames: int, fps: float, still: tuple[tuple[float, float], ...]
) -> Float[np.ndarray, " T"]:
    """0 at both ends and in ``still`` (first and last second), rising to 1 beside them."""
    seconds = np.arange(frames) / fps
    away = np.minimum(seconds, seconds[-1] - seconds)
    for first, last in still:
        away = np.minimum(away, np.maximum(np.maximum(first - seconds, seconds - last), 0.0))
    share = np.clip(away / EDGE, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def bounce_on_counts(
    motion: Motion, beats: Float[np.ndarray, " B"], free: Float[np.ndarray, " T"]
) -> Motion:
    """The pelvis's height turns on counts and halves only, and comes to rest on counts.

    Between two of them it goes its way without turning, so it is a few millimetres elsewhere; a
    body in the air is left alone.

    Args:
        beats: seconds of the counts; fewer than two change nothing.
        free: 0 to 1: how much of the change each frame takes.
    """
    if len(beats) < 2:
        return motion
    nodes = halved(halved(beats)) if _slow(beats) else halved(beats)
    rests = np.isin(nodes, beats)
    seconds, height = np.arange(len(motion)) / motion.fps, motion.root_positions[:, 1]
    wanted = turning_at(seconds, height, nodes, np.where(rests, 0.0, 1.0))
    positions = motion.positions()
    clear = (positions[:, FEET, 1] - REST_HEIGHTS).min(axis=-1)
    stands = gaussian_filter1d((clear < AIRBORNE).astype(float), 0.08 * motion.fps)
    root = motion.root_positions.copy()
    root[:, 1] += free * stands**2 * (wanted - height)
    quats = motion.local_quats
    for side in ("left", "right"):
        ankle = positions[:, BODY.index[f"{side}_ankle"]]
        quats = nudge_limb(quats, root, LIMBS[f"{side}_leg"], ankle)
    return replace(motion, local_quats=limit_joints(quats), root_positions=root)


def linger_on_accents(
    motion: Motion,
    beats: Float[np.ndarray, " B"],
    accents: Float[np.ndarray, " A"],
    free: Float[np.ndarray, " T"],
) -> Lingered:
    """Arms that would pass through an accent slow down there, and go faster before and after it.

    Args:
        beats: seconds of the counts, at least two.
        accents: seconds of those that are to be hit.
        free: 0 to 1: how much of the change each frame takes.
    """
    lines = halved(beats) if _slow(beats) else beats
    stops = hand_stops(motion.positions(), motion.fps)
    missed = [a for a in accents if not np.any(np.abs(stops - a) < MISSED)]
    numbers = np.arange(len(lines), dtype=float)
    told = np.rint(np.interp(missed, lines, numbers))
    seconds = np.arange(len(motion)) / motion.fps
    bent = lilt(np.interp(seconds, lines, numbers), lambda n: LINGER * np.isin(n, told))
    inside = (seconds > lines[0]) & (seconds < lines[-1])
    shift = np.where(inside, np.interp(bent, numbers, lines) - seconds, 0.0)
    shift = free * gaussian_filter1d(shift, 0.03 * motion.fps)
    quats = motion.local_quats.copy()
    quats[:, ARMS] = warp(motion, seconds + shift).local_quats[:, ARMS]
    return Lingered(
        replace(motion, local_quats=quat_unroll(quats)), len(missed) / max(1, len(accents))
    )


def halved(beats: Float[np.ndarray, " B"]) -> Float[np.ndarray, " N"]:
    """Counts and the middles between them."""
    return np.sort(np.concatenate([beats, (beats[1:] + beats[:-1]) / 2]))


def _slow(beats: Float[np.ndarray, " B"]) -> bool:
    return bool(np.median(np.diff(beats)) > SLOW_COUNT)
