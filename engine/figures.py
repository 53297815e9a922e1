"""Figures that say how good a dance is, each with what chance would give (FACTS: always both)."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from engine.motion.contacts import FEET, REST_HEIGHTS
from engine.motion.features import Motion
from engine.motion.measures import limb_speed
from engine.sync import accent_strength

CHANCE_SHIFTS = 32
"""Beat grids, evenly shifted over one beat, whose mean error is the chance level."""
SLIDE = 0.010
"""Metres a frame at 30 fps: a foot in contact that moves further slides."""


@dataclass(frozen=True)
class DanceFigures:
    """Beat error: median distance in ms from a beat to the nearest accent of the motion."""

    beat_error_ms: float
    beat_error_chance_ms: float
    """The same motion against shifted beats."""
    beat_hits: float
    """Share of beats with an accent within 60 ms or an eighth of a beat, whichever is less."""
    beat_hits_chance: float
    foot_slide: float
    """Share of contact frames (by height alone) in which the foot moves more than 10 mm."""
    limb_speed: float
    """Mean, m/s."""
    lowest_foot_cm: float
    """5th percentile of the lower foot's height over its standing height."""

    def to_dict(self) -> dict[str, float]:
        """Rounded, for a clip's ``meta``."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def dance_figures(motion: Motion, beats: Float[np.ndarray, " B"]) -> DanceFigures:
    """Measures a motion against beats (seconds from its first frame)."""
    accents = motion_beats(motion)
    duration = (len(motion) - 1) / motion.fps
    beats = beats[(beats > 0.1) & (beats < duration - 0.1)]
    positions = motion.positions()
    error = hits = chance = chance_hits = float("nan")
    if len(beats) > 1 and len(accents):
        period = float(np.median(np.diff(beats)))
        tolerance = min(0.060, period / 8)
        shifts = period * np.arange(CHANCE_SHIFTS) / CHANCE_SHIFTS
        distances = np.stack([_nearest(beats + shift, accents) for shift in shifts])
        error, chance = np.median(distances[0]), np.median(distances, axis=1).mean()
        hits, chance_hits = (
            float(np.mean(distances[0] <= tolerance)),
            float(np.mean(distances <= tolerance)),
        )
    clearance = positions[:, FEET, 1] - REST_HEIGHTS
    return DanceFigures(
        beat_error_ms=1000 * float(error),
        beat_error_chance_ms=1000 * float(chance),
        beat_hits=hits,
        beat_hits_chance=chance_hits,
        foot_slide=foot_slide(positions, motion.fps),
        limb_speed=float(limb_speed(positions, motion.fps).mean()),
        lowest_foot_cm=100 * float(np.quantile(clearance.min(axis=-1), 0.05)),
    )


def motion_beats(motion: Motion) -> Float[np.ndarray, " N"]:
    """Seconds at which the motion has accents: peaks of :func:`engine.sync.accent_strength`.

    Refined between frames by a parabola through the three frames around each peak.
    """
    strength = gaussian_filter1d(accent_strength(motion.positions(), motion.fps), 0.03 * motion.fps)
    peaks, _ = find_peaks(strength, prominence=0.5)
    before, at, after = strength[peaks - 1], strength[peaks], strength[peaks + 1]
    shift = 0.5 * (before - after) / (before - 2 * at + after)
    return (peaks + shift) / motion.fps


def foot_slide(positions: Float[np.ndarray, "T J 3"], fps: float) -> float:
    """Share of contact frames that slide; contact is by height only, so that none can hide."""
    feet = positions[:, FEET]
    low = (feet[1:, :, 1] - REST_HEIGHTS < 0.03) & (feet[:-1, :, 1] - REST_HEIGHTS < 0.03)
    moved = np.linalg.norm(np.diff(feet[..., [0, 2]], axis=0), axis=-1) * fps / 30.0
    return float(np.mean(moved[low] > SLIDE)) if low.any() else 0.0


def _nearest(
    beats: Float[np.ndarray, " B"], accents: Float[np.ndarray, " N"]
) -> Float[np.ndarray, " B"]:
    return np.abs(beats[:, None] - accents[None, :]).min(axis=1)
