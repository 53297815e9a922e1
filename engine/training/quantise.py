"""Rhythm from data that has no music: takes whose time is bent until their accents are on a beat.

Captured dance moves in clear accents but hardly ever on a strict grid. Bending a take's time by up
to a quarter puts its accents on the beats of a chosen tempo; the body moves as it moved, and now
the beat is known exactly. Each take gives several such versions at different tempi. This is the
reason why a model that never heard music can dance on the beat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from engine.motion.features import Motion
from engine.motion.warping import warp
from engine.sync import WarpLimits, accent_strength, best_offsets

TEMPI = np.arange(76.0, 144.1, 4.0)
"""BPM that are tried."""
APART = 14.0
"""BPM between the versions that are kept."""
VERSIONS = 3
STRETCH = 0.25
SHORTEST = 5.0
"""Seconds; a shorter take is left as it is."""
STRONG = 0.9
"""Mean accent strength on the beats that a version must reach (1 is a clear accent)."""


@dataclass(frozen=True, eq=False)
class Version:
    """One take bent to one tempo."""

    tempo: float
    places: Float[np.ndarray, " N"]
    """Seconds of the take shown at each frame (30 fps) of the version."""
    beat: Float[np.ndarray, " N"]
    """Beats since some strong beat."""
    half_known: bool
    strength: float
    """Mean accent strength on the beats."""


def quantised_versions(motion: Motion) -> list[Version]:
    """The best few tempi for a take, strongest first; none if its accents never fit."""
    duration = (len(motion) - 1) / motion.fps
    if duration < SHORTEST:
        return []
    strength = gaussian_filter1d(accent_strength(motion.positions(), motion.fps), 0.8)
    found = [_version(strength, motion.fps, duration, tempo) for tempo in TEMPI]
    found = [v for v in found if v.strength >= STRONG]
    found.sort(key=lambda version: -version.strength)
    kept: list[Version] = []
    for version in found:
        if all(abs(version.tempo - other.tempo) >= APART for other in kept):
            kept.append(version)
    return kept[:VERSIONS]


def apply_version(motion: Motion, version: Version) -> Motion:
    """The take as the version shows it."""
    return warp(motion, version.places)


def _version(
    strength: Float[np.ndarray, " T"], fps: float, duration: float, tempo: float
) -> Version:
    period = 60.0 / tempo
    beats = np.arange(period / 2, duration - period / 2, period)
    limits = WarpLimits(furthest=period / 2, stretch=STRETCH, pull=0.0)
    offsets = best_offsets(strength, fps, beats, limits)
    on_beats = np.interp(beats + offsets, np.arange(len(strength)) / fps, strength)
    even, odd = on_beats[::2].mean(), on_beats[1::2].mean()
    # Frames between the first and the last beat; PCHIP keeps time running forwards.
    shown = np.arange(np.ceil(beats[0] * fps), np.floor(beats[-1] * fps) + 1) / fps
    places = PchipInterpolator(beats, beats + offsets)(shown)
    beat = (shown - beats[0]) / period + (1.0 if odd > even else 0.0)
    return Version(tempo, places, beat, bool(abs(even - odd) > 0.35), float(on_beats.mean()))
