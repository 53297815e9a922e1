"""How loud and driving the song is, moment by moment, on a scale of its own.

Loudness is K-weighted (loudness.py: low end rolled off, highs raised), because a song's bass alone
says little about its drive. Decibels are mixed with their rank within the song,
so that the few decibels between a loudly mastered verse and its chorus still show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from engine.audio.loudness import HOP_S

SMOOTHING_S = 0.4
SILENT_DB = -60.0
"""Level under the song's loud passages that counts as no energy at all."""
LEAST_RANGE_DB = 12.0
"""A song with less contrast than this does not fill the scale."""


@dataclass(frozen=True, eq=False)
class Energy:
    """0 is silence or the song's quietest, 1 its fullest."""

    curve: Float[np.ndarray, " E"]
    """One value every ``hop`` seconds from 0."""
    mean: float
    hop: float = HOP_S


def find_energy(power: Float[np.ndarray, " E"]) -> Energy:
    """The loudness curve, scaled by its own quiet and loud passages.

    Args:
        power: weighted mean squares every :data:`HOP_S` (``loudness.k_power``).
    """
    level = _loudness(power)
    loud = float(np.percentile(level, 95))
    heard = level[level > loud + SILENT_DB]
    contrast = loud - float(np.percentile(heard, 10))
    scaled = np.clip(1.0 + (level - loud) / max(contrast, LEAST_RANGE_DB), 0.0, 1.0)
    rank = np.searchsorted(np.sort(heard), level) / len(heard)
    share = 0.5 * min(contrast / 6.0, 1.0)
    curve = np.where(level > loud + SILENT_DB, (1.0 - share) * scaled + share * rank, 0.0)
    return Energy(curve, float(curve.mean()))


def _loudness(power: Float[np.ndarray, " E"]) -> Float[np.ndarray, " E"]:
    """Decibels every 0.1 s, over about 0.8 s."""
    smooth = gaussian_filter1d(power, SMOOTHING_S / HOP_S)
    return 10.0 * np.log10(smooth + 1e-12)
