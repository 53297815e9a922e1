"""Where chords change, and what their rhythm says about how a song is counted."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from engine.audio.key import Chroma

LEAST_BEATS = 32
CLEAR = 0.1
"""Fit of bars to the changes from which on they are clear."""
NEUTRAL = 0.4
"""Share of bars with a change that speaks for neither of two tempi."""


def change(features: Float[np.ndarray, "B K"], span: int) -> Float[np.ndarray, " B"]:
    """Distance between the means of ``span`` beats before and from each beat on."""
    total = np.concatenate([np.zeros((1, features.shape[1])), np.cumsum(features, axis=0)])
    found = np.zeros(len(features))
    at = np.arange(span, len(features) - span + 1)
    after = (total[at + span] - total[at]) / span
    before = (total[at] - total[at - span]) / span
    found[at] = np.linalg.norm(after - before, axis=1)
    return found


def chord_changes(chroma: Chroma, beats: Float[np.ndarray, " B"]) -> Float[np.ndarray, " B"]:
    """How much harmony changes at each beat."""
    pitches = chroma.between(np.append(beats, 2.0 * beats[-1] - beats[-2]))
    return change(pitches, 1) + change(pitches, 2)


def harmonic_leaning(chroma: Chroma, fast: Float[np.ndarray, " B"]) -> float:
    """Whether chords change as often as bars of ``fast`` begin, or half as often; -0.6 to 0.6.

    Chords last a bar more often than half of one. Bars have four beats or three, whichever fits.
    """
    if len(fast) < LEAST_BEATS:
        return 0.0
    changes = chord_changes(chroma, fast)
    fit, share = max(_bars(changes, per_bar) for per_bar in (4, 3))
    return (share - NEUTRAL) * float(np.clip(fit / CLEAR, 0.0, 1.0))


def _bars(changes: Float[np.ndarray, " B"], per_bar: int) -> tuple[float, float]:
    """How well bars, or every second bar, fit the changes; changes at the ones between.

    The second is 1 if they are as great as at the other ones, 0 if there are none.
    """
    two = np.array([changes[k :: 2 * per_bar].mean() for k in range(2 * per_bar)])
    one = (two[:per_bar] + two[per_bar:]) / 2.0
    fit = max(float(x.max() - x.mean()) / np.sqrt(len(x) - 1.0) for x in (one, two))
    best = int(np.argmax(two))
    rest = float(np.sort(two)[:per_bar].mean())
    share = (two[(best + per_bar) % len(two)] - rest) / max(float(two[best]) - rest, 1e-9)
    return fit, float(np.clip(share, -0.2, 1.0))
