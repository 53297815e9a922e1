"""Which sections of a song are the same music, also if a later one is played higher or fuller.

Two sections are compared by their sound (mean over the bars) and by their harmony, half bar by
half bar from their beginnings, in every transposition that a last chorus may have. Those that are
alike are joined (average linkage).

| symbol | meaning |
|---|---|
| R | bars |
| D | features of a bar's sound |
| S, S + 1 | sections, and their edges in bars |
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from jaxtyping import Float, Int
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist

LIFTS = (0, 1, 2, 3, -1, -2)
"""Semitones by which the same music may come back."""
LIFTED = 0.15
"""Distance that a transposition adds."""
HARMONY_WEIGHT = 0.5
SAME_HARMONY = 0.2
"""Part of the usual difference in harmony up to which it is the same, tune included."""
ALIKE = 0.62
"""Distance up to which sections repeat; 1 is a usual bar's distance from the song's mean sound."""


@dataclass(frozen=True, eq=False)
class Repeats:
    """Sections and which of them are the same music."""

    edges: Int[np.ndarray, " E"]
    """Bars at which sections begin, and the number of bars."""
    groups: Int[np.ndarray, " S"]
    """Equal where the music is the same; numbered in order of appearance."""


def find_repeats(
    sounds: Float[np.ndarray, "R D"],
    harmony: Float[np.ndarray, "R2 12"],
    edges: Int[np.ndarray, " E"],
) -> Repeats:
    """Groups sections; two that were one section before, played through, are one again.

    Args:
        sounds: timbre and fullness of each bar.
        harmony: pitch classes of each half bar.
        edges: bars at which sections begin, and the number of bars.
    """
    if len(edges) < 3:
        return Repeats(edges, np.zeros(len(edges) - 1, dtype=int))
    chords = _centred(harmony)
    found = _grouped(sounds, chords, edges)
    parted = _parted(found, chords)
    while parted is not None:
        found = _grouped(sounds, chords, np.delete(found.edges, parted))
        parted = _parted(found, chords)
    return found


def _grouped(
    sounds: Float[np.ndarray, "R D"],
    chords: Float[np.ndarray, "R2 12"],
    edges: Int[np.ndarray, " E"],
) -> Repeats:
    if len(edges) < 3:
        return Repeats(edges, np.zeros(len(edges) - 1, dtype=int))
    scale = max(float(np.sqrt(np.mean(np.sum(sounds**2, axis=1)))), 1e-9)
    means = np.array([sounds[a:b].mean(axis=0) for a, b in pairwise(edges)]) / scale
    apart = pdist(means) + HARMONY_WEIGHT * _all_unlike(chords, edges)
    raw = fcluster(linkage(apart, "average"), ALIKE, "distance")
    order = list(dict.fromkeys(raw.tolist()))
    return Repeats(edges, np.array([order.index(group) for group in raw]))


def _parted(found: Repeats, chords: Float[np.ndarray, "R2 12"]) -> int | None:
    """An edge inside what is one section elsewhere; a chorus that begins without its drums, say.

    One side sounds as the whole does there, the other has note by note its harmony.
    """
    edges, groups = found.edges, found.groups
    usual = SAME_HARMONY * float(np.median(_all_unlike(chords, edges)))
    for k in range(1, len(edges) - 1):
        first, middle, last = edges[k - 1 : k + 2]
        for other, (start, end) in enumerate(pairwise(edges)):
            sides = {groups[k - 1], groups[k]}
            if other in (k - 1, k) or end - start != last - first or groups[other] not in sides:
                continue
            if len(sides) == 1:
                continue
            before = groups[k] == groups[other]
            at = start if before else start + middle - first
            part = chords[2 * first : 2 * middle] if before else chords[2 * middle : 2 * last]
            if _unlike(part, chords[2 * at : 2 * at + len(part)]) <= usual:
                return k
    return None


def _all_unlike(
    chords: Float[np.ndarray, "R2 12"], edges: Int[np.ndarray, " E"]
) -> Float[np.ndarray, " P"]:
    """:func:`_unlike` of every pair of sections, in the order of SciPy's condensed distances."""
    parts = [chords[2 * a : 2 * b] for a, b in pairwise(edges)]
    return np.array([_unlike(one, other) for one, other in combinations(parts, 2)])


def _centred(harmony: Float[np.ndarray, "R2 12"]) -> Float[np.ndarray, "R2 12"]:
    """Without each half bar's mean, at unit length."""
    centred = harmony - harmony.mean(axis=1, keepdims=True)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)


def _unlike(one: Float[np.ndarray, "H 12"], other: Float[np.ndarray, "I 12"]) -> float:
    """0 for the same harmony all along the shorter of two sections, about 1 for chance."""
    shared = min(len(one), len(other))
    one, other = one[:shared], other[:shared]
    return min(
        1.0
        - float(np.mean(np.sum(np.roll(one, lift, axis=1) * other, axis=1)))
        + LIFTED * (lift != 0)
        for lift in LIFTS
    )
