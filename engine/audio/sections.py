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

from engine.audio.energy import Energy
from engine.audio.key import Chroma
from engine.audio.labels import name_sections
from engine.audio.onsets import Onsets
from engine.audio.repeats import find_repeats

LEAST_BARS, LEAST_BARS_AT_ENDS, MOST_BARS = 4, 2, 16
POOLED = 4
"""Neighbouring bands whose mean tells timbre."""
SECTION_COST = (1.0, 3.0)
"""Cost of a section: a constant, and this times the usual squared step from bar to bar."""
ODD_LENGTH_COST = 0.5
"""Extra part of that cost if the length is no multiple of four bars; half of it for even ones."""
LEAST_CONTRAST = 0.1
"""Deviation of bars, in any feature's own unit, below which they count as the same."""
HARMONY_WEIGHT = 1.0
ALIKE = 0.6
"""Distance between sections, relative to bars of the whole song, up to which they repeat."""


@dataclass(frozen=True)
class Section:
    """A stretch of the song, in seconds."""

    start: float
    end: float
    label: str
    """One of ``engine.audio.labels.LABELS``."""
    group: int
    """Equal where the music repeats; numbered in order of appearance."""
    confidence: float
    """0..1: how clear its beginning is, and how far ahead of other names its label."""


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
    bars = np.append(downbeats, min(end, float(downbeats[-1]) + bar))
    if len(downbeats) < 2 * LEAST_BARS:
        return (Section(start, end, "verse", 0, 0.0),)
    sounds = _bar_sounds(onsets, energy, bars)
    halves = np.sort(np.append(bars, (bars[1:] + bars[:-1]) / 2.0))
    repeats = find_repeats(sounds, chroma.between(halves), _boundaries(sounds))
    edges, groups = repeats.edges, repeats.groups
    times = np.concatenate([[start], downbeats[edges[1:-1]], [end]])
    fullness = np.array([_mean_energy(energy, a, b) for a, b in pairwise(times)])
    named = name_sections(groups, fullness, np.diff(edges))
    sure = np.array(_contrast(sounds, edges)) * (0.4 + 0.6 * named.sure)
    return tuple(
        Section(
            float(times[k]), float(times[k + 1]), named.labels[k], int(groups[k]), float(sure[k])
        )
        for k in range(len(groups))
    )


def _bar_sounds(
    onsets: Onsets, energy: Energy, bars: Float[np.ndarray, " E"]
) -> Float[np.ndarray, "R D"]:
    """Timbre (5 values) and fullness between the edges of ``bars``, about unit scale.

    Timbre is the log bands' principal components; the weaker ones are raised, because an
    instrument more or less changes the sound less than the loudness does.
    """
    bands = onsets.between(bars)
    bands = bands.reshape(len(bands), -1, POOLED).mean(axis=2)  # a chord is not a timbre
    left, strength, _ = np.linalg.svd(bands - bands.mean(axis=0), full_matrices=False)
    scale = strength[:5] / np.sqrt(len(bands) * bands.shape[1])
    timbre = left[:, :5] * np.sqrt(len(bands) * scale / max(float(scale[0]), LEAST_CONTRAST))
    loudness = np.array([_mean_energy(energy, a, b) for a, b in pairwise(bars)])
    loudness = (loudness - loudness.mean()) / max(float(np.std(loudness)), LEAST_CONTRAST)
    return np.concatenate([timbre, 1.2 * loudness[:, None]], axis=1)


def _mean_energy(energy: Energy, first: float, last: float) -> float:
    begin = int(first / energy.hop)
    return float(np.mean(energy.curve[begin : max(int(last / energy.hop), begin + 1)]))


def _boundaries(features: Float[np.ndarray, "R D"]) -> Int[np.ndarray, " S"]:
    """Bars at which sections begin, and the number of bars at the end."""
    count = len(features)
    step = float(np.median(np.sum(np.diff(features, axis=0) ** 2, axis=1))) / 2.0
    price = SECTION_COST[0] + SECTION_COST[1] * step
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
            cost = best[begin] + spread + price * (1.0 + odd)
            if cost < best[end]:
                best[end], origin[end] = cost, begin
    edges = [count]
    while edges[-1] > 0:
        edges.append(int(origin[edges[-1]]))
    return np.array(edges[::-1])


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
