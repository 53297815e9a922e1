"""Rough sections of a song: where its sound changes, which parts come back, what they are.

Bars are compared by timbre, fullness and harmony. Boundaries minimise the differences inside
sections, with a cost for each section and for lengths that are not whole phrases of four bars;
the search is exact (dynamic programming over bars). Sections that sound alike share a group.

| symbol | meaning |
|---|---|
| R | bars |
| D | features of a bar |
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int
from scipy.cluster.hierarchy import fcluster, linkage

from engine.audio.energy import Energy
from engine.audio.key import Chroma
from engine.audio.onsets import Onsets

LEAST_BARS, LEAST_BARS_AT_ENDS, MOST_BARS = 4, 2, 16
SECTION_COST = 7.0
"""Cost of a section, in squared deviations of bars."""
ODD_LENGTH_COST = 3.0
"""Extra cost of a section whose length is no multiple of four bars; half of it for even ones."""
LEAST_CONTRAST = 0.1
"""Deviation of bars, in any feature's own unit, below which they count as the same."""
ALIKE = 0.6
"""Distance between sections, relative to bars of the whole song, up to which they repeat."""


@dataclass(frozen=True)
class Section:
    """A stretch of the song, in seconds."""

    start: float
    end: float
    label: str
    """intro, verse, chorus, bridge or outro: a rough guess."""
    group: int
    """Equal where the music repeats; numbered in order of appearance."""
    confidence: float


def find_sections(
    onsets: Onsets,
    chroma: Chroma,
    energy: Energy,
    downbeats: Float[np.ndarray, " R"],
    start: float,
    end: float,
) -> tuple[Section, ...]:
    """Sections from ``start`` to ``end`` (seconds) without gaps, beginning on downbeats.

    A song too short for two sections is one verse.
    """
    bar = float(np.median(np.diff(downbeats))) if len(downbeats) > 1 else np.inf
    downbeats = downbeats[downbeats <= end - bar / 2.0]
    bars = np.append(downbeats, end)
    if len(downbeats) < 2 * LEAST_BARS:
        return (Section(start, end, "verse", 0, 0.0),)
    features = _bar_features(onsets, chroma, energy, bars)
    edges = _boundaries(features)
    groups = _groups(features, edges)
    times = np.concatenate([[start], downbeats[edges[1:-1]], [end]])
    fullness = np.array([_mean_energy(energy, a, b) for a, b in pairwise(times)])
    labels = _labels(groups, fullness, np.diff(edges))
    contrast = _contrast(features, edges)
    return tuple(
        Section(float(times[k]), float(times[k + 1]), labels[k], int(groups[k]), contrast[k])
        for k in range(len(groups))
    )


def _bar_features(
    onsets: Onsets, chroma: Chroma, energy: Energy, bars: Float[np.ndarray, " E"]
) -> Float[np.ndarray, "R D"]:
    """Timbre (5 values), drums (2), fullness and harmony between the edges of ``bars``."""
    bands = onsets.between(bars)
    components = np.linalg.svd(bands - bands.mean(axis=0), full_matrices=False)
    timbre = components[0][:, :5] * components[1][:5]
    timbre = timbre / max(float(np.std(timbre[:, 0])), LEAST_CONTRAST * np.sqrt(bands.shape[1]))
    pairs = list(pairwise(bars))
    loudness = np.array([[_mean_energy(energy, a, b)] for a, b in pairs])
    drums = np.array(
        [
            [_busy(envelope, onsets.rate, a, b) for envelope in (onsets.kick, onsets.snare)]
            for a, b in pairs
        ]
    )
    harmony = _smoothed(chroma.between(bars), 4)
    harmony = (harmony - harmony.mean(axis=0)) / max(float(np.std(harmony)), LEAST_CONTRAST)
    parts = (timbre, 1.2 * _scaled(loudness), 0.7 * _scaled(drums), 0.25 * harmony)
    return np.concatenate(parts, axis=1)


def _busy(envelope: Float[np.ndarray, " F"], rate: float, first: float, last: float) -> float:
    """How much goes on in an onset envelope between two times."""
    return float(np.std(envelope[int(first * rate) : max(int(last * rate), int(first * rate) + 1)]))


def _mean_energy(energy: Energy, first: float, last: float) -> float:
    begin = int(first / energy.hop)
    return float(np.mean(energy.curve[begin : max(int(last / energy.hop), begin + 1)]))


def _scaled(values: Float[np.ndarray, "R D"]) -> Float[np.ndarray, "R D"]:
    """Zero mean and unit deviation in every column (less where next to nothing changes)."""
    deviation = np.maximum(np.std(values, axis=0), LEAST_CONTRAST)
    return (values - values.mean(axis=0)) / deviation


def _smoothed(values: Float[np.ndarray, "R D"], span: int) -> Float[np.ndarray, "R D"]:
    """Mean over whole phrases of ``span`` bars, so that a chord loop does not look like change."""
    count = len(values)
    starts = np.arange(count) // span * span
    ends = np.minimum(starts + span, count)
    return np.array([values[a:b].mean(axis=0) for a, b in zip(starts, ends, strict=True)])


def _boundaries(features: Float[np.ndarray, "R D"]) -> Int[np.ndarray, " S"]:
    """Bars at which sections begin, and the number of bars at the end."""
    count = len(features)
    total = np.concatenate([np.zeros((1, features.shape[1])), np.cumsum(features, axis=0)])
    square = np.concatenate([[0.0], np.cumsum(np.sum(features**2, axis=1))])
    best = np.full(count + 1, np.inf)
    best[0] = 0.0
    origin = np.zeros(count + 1, dtype=int)
    for end in range(1, count + 1):
        for begin in range(max(0, end - MOST_BARS), end):
            bars = end - begin
            whole = begin > 0 and end < count
            if bars < (LEAST_BARS if whole else LEAST_BARS_AT_ENDS):
                continue
            spread = square[end] - square[begin] - np.sum((total[end] - total[begin]) ** 2) / bars
            odd = (0.0, 1.0, 0.5, 1.0)[bars % 4] * ODD_LENGTH_COST if whole else 0.0
            cost = best[begin] + spread + SECTION_COST + odd
            if cost < best[end]:
                best[end], origin[end] = cost, begin
    edges = [count]
    while edges[-1] > 0:
        edges.append(int(origin[edges[-1]]))
    return np.array(edges[::-1])


def _groups(
    features: Float[np.ndarray, "R D"], edges: Int[np.ndarray, " S"]
) -> Int[np.ndarray, " G"]:
    """A number for each section, equal for sections that sound alike."""
    means = _section_means(features, edges)
    if len(means) < 2:
        return np.zeros(len(means), dtype=int)
    scale = np.sqrt(np.mean(np.sum(features**2, axis=1)))
    tree = linkage(means / max(float(scale), 1e-9), "average")
    raw = fcluster(tree, ALIKE, "distance")
    order = list(dict.fromkeys(raw.tolist()))
    return np.array([order.index(group) for group in raw])


def _labels(
    groups: Int[np.ndarray, " G"], fullness: Float[np.ndarray, " G"], bars: Int[np.ndarray, " G"]
) -> list[str]:
    """Chorus is the fullest group that comes back; soft ends are intro and outro."""
    count = len(groups)
    if len(set(groups.tolist())) == 1:
        return ["verse"] * count
    members = {int(g): np.flatnonzero(groups == g) for g in groups}
    repeated = [g for g, at in members.items() if len(at) > 1] or list(members)
    chorus = max(repeated, key=lambda g: float(np.mean(fullness[members[g]])))
    labels = ["chorus" if g == chorus else "verse" for g in groups]
    chorus_level = float(np.mean(fullness[members[chorus]]))
    for k in range(count // 2, count - 1):
        single = len(members[int(groups[k])]) == 1
        if single and labels[k] == "verse" and "chorus" in labels[:k]:
            labels[k] = "bridge"
    soft = fullness < 0.75 * chorus_level
    if count > 2 and labels[0] != "chorus" and (soft[0] or bars[0] < 8):
        labels[0] = "intro"
    if count > 2 and labels[-1] != "chorus" and (soft[-1] or bars[-1] < 8):
        labels[-1] = "outro"
    return labels


def _section_means(
    features: Float[np.ndarray, "R D"], edges: Int[np.ndarray, " S"]
) -> Float[np.ndarray, "G D"]:
    return np.array([features[a:b].mean(axis=0) for a, b in pairwise(edges)])


def _contrast(features: Float[np.ndarray, "R D"], edges: Int[np.ndarray, " S"]) -> list[float]:
    """For each section, 0..1, how clearly it differs from the one before (the first: after) it."""
    means = _section_means(features, edges)
    if len(means) < 2:
        return [0.0]
    inside = [
        np.mean(np.linalg.norm(features[a:b] - mean, axis=1))
        for a, b, mean in zip(edges[:-1], edges[1:], means, strict=True)
    ]
    steps = np.linalg.norm(np.diff(means, axis=0), axis=1)
    noise = (np.array(inside[:-1]) + np.array(inside[1:])) / 2.0
    clarity = np.clip(steps / np.maximum(noise, 1e-9) / 3.0, 0.0, 1.0)
    return [float(clarity[0]), *(float(value) for value in clarity)]
