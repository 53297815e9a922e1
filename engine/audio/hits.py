"""How hard the music strikes at each beat, and how full it is until the next one.

A dancer hits where the song strikes out of its usual pattern, and freezes where it drops away. Both
are told against the beats around, because a loud song strikes on every beat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.audio.onsets import Onsets

AROUND = 16
"""Beats on each side with which a beat is compared."""
BEFORE, SINCE, UNTIL = 0.25, 0.03, 0.15
"""Seconds: a strike is the fullness until here after the beat against that from here before it."""
LEAST_SPREAD = 0.1
"""In log bands (0..6): beats that differ by less than this are alike."""


@dataclass(frozen=True, eq=False)
class Hits:
    """One value a beat."""

    attack: Float[np.ndarray, " B"]
    """Strike of the beat, in median deviations of the beats around; 0 is usual."""
    level: Float[np.ndarray, " B"]
    """Fullness from this beat to the next over the usual fullness around; 1 is usual, 0 silence."""


def find_hits(onsets: Onsets, beats: Float[np.ndarray, " B"]) -> Hits:
    """Compares each beat (seconds, at least two) with those around it."""
    edges = np.append(beats, 2.0 * beats[-1] - beats[-2])
    fullness = onsets.between(edges).mean(axis=1)
    after = _mean_around(onsets, beats - SINCE, beats + UNTIL)
    strike = after - _mean_around(onsets, beats - BEFORE, beats - SINCE)
    usual = _median_around(strike)
    spread = _median_around(np.abs(strike - usual))
    level = fullness / np.maximum(_median_around(fullness), LEAST_SPREAD)
    return Hits(np.round((strike - usual) / (spread + LEAST_SPREAD), 2), np.round(level, 3))


def _mean_around(
    onsets: Onsets, first: Float[np.ndarray, " B"], last: Float[np.ndarray, " B"]
) -> Float[np.ndarray, " B"]:
    """Mean log bands between ``first`` and ``last`` (seconds) of each beat; silence before 0."""
    edges = np.stack([np.maximum(first, 0.0), np.maximum(last, 0.0)], axis=1).ravel()
    return onsets.between(edges)[::2].mean(axis=1)


def _median_around(values: Float[np.ndarray, " B"]) -> Float[np.ndarray, " B"]:
    """Median of each value and its neighbours up to :data:`AROUND` away."""
    return np.array(
        [np.median(values[max(0, i - AROUND) : i + AROUND + 1]) for i in range(len(values))]
    )
