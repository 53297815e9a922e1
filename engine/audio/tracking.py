"""Beats of a song whose tempo changes: the tracked pulse, counted part by part."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, median_filter

from engine.audio.counting import Evidence, counted, doubled
from engine.audio.grid import FineOnsets

WINDOW_S = 8.0
JUMP = 0.08
"""Change of the beat's length, over the length, from which on two parts have each their tempo."""
SLIP = 0.15
"""The same of a single beat, where the tracked pulse moves to another phase."""
SAME_TEMPO = 0.04
"""Difference of the beat's length up to which two parts can be one."""
CROSSED = 0.3
"""Octaves from a whole one; two to three is 0.42 away."""
MEETS_S = 0.035
"""Seconds within which an even and a tracked beat are the same."""
LEAST_BEATS = 8
"""Beats from which on a part is counted by itself."""


def follow_changes(
    path: Float[np.ndarray, " B"], evidence: Evidence, fine: FineOnsets
) -> Float[np.ndarray, " C"]:
    """Seconds of the beats along a tracked ``path``, each part counted as a dancer would."""
    edges = _edges(np.diff(path))
    parts = [path[first:last] for first, last in pairwise(edges)]
    pieces, ratio = [], 1.0
    for part in _chained(parts):
        if len(part) >= LEAST_BEATS:
            times = counted(part, evidence).times
            ratio = _length(part) / _length(times)
            part = times
        elif len(part) > 1 and ratio > 1.5:
            part = doubled(part)
        elif ratio < 0.75:
            part = part[::2]
        pieces.append(part)
    return settled(fine, _joined(pieces), 0.03)


def _edges(lengths: Float[np.ndarray, " L"]) -> list[int]:
    """Beats at which parts begin, 0 and the number of beats; ``lengths`` of beats in seconds."""
    logs = np.log(lengths)
    around = np.array([np.median(logs[max(k - 4, 0) : k + 5]) for k in range(len(logs))])
    slips = np.flatnonzero(np.abs(logs - around) > SLIP) + 1
    steps = np.zeros(len(logs))
    for k in range(4, len(logs) - 3):
        steps[k] = abs(np.median(logs[k : k + 4]) - np.median(logs[k - 4 : k]))
    jumps = np.flatnonzero((steps > JUMP) & (steps == maximum_filter1d(steps, 9)))
    return sorted({0, *slips.tolist(), *jumps.tolist(), len(lengths) + 1})


def _chained(parts: list[np.ndarray]) -> list[np.ndarray]:
    """The same parts; those that go on in the same tempo, on or off the beat, are one part.

    Music hardly ever slips by half a beat, trackers do, and pass through a few odd beats then.
    """
    chained = [parts[0]]
    for k, part in enumerate(parts[1:], start=1):
        long = [n for n, one in enumerate(chained) if len(one) >= LEAST_BEATS]
        if len(part) < LEAST_BEATS or not long or sum(map(len, chained[long[-1] + 1 :])) > 8:
            chained.append(parts[k])
            continue
        before = chained[long[-1]]
        period = _length(before[-LEAST_BEATS:])
        if abs(np.log(_length(part[:LEAST_BEATS]) / period)) > SAME_TEMPO:
            chained.append(part)
            continue
        gap = (part[0] - before[-1]) / period
        if abs(gap % 1.0 - 0.5) < 0.25:
            part = doubled(part)[1::2]
        chained = [*chained[: long[-1]], _joined([before, part])]
    return chained


def _length(times: Float[np.ndarray, " B"]) -> float:
    return float(np.median(np.diff(times)))


def _joined(pieces: list[np.ndarray]) -> Float[np.ndarray, " B"]:
    """One row of beats: none twice where pieces meet, none missing between them."""
    beats = list(pieces[0])
    for piece in pieces[1:]:
        if len(piece) == 0 or len(beats) < 2:
            beats.extend(piece)
            continue
        period = beats[-1] - beats[-2]
        if len(piece) > 1:
            period = min(period, piece[1] - piece[0])
        rest = piece[piece > beats[-1] + 0.6 * period]
        if len(rest):
            missing = round((rest[0] - beats[-1]) / period) - 1
            beats.extend(np.linspace(beats[-1], rest[0], missing + 2)[1:-1] if missing > 0 else [])
        beats.extend(rest)
    return np.array(beats)


def misfits(
    fine: FineOnsets, even: Float[np.ndarray, " B"], tracked: Float[np.ndarray, " C"]
) -> Bool[np.ndarray, " W"]:
    """Windows of 8 s in which ``tracked`` beats lie on onsets and ``even`` ones do not."""
    duration = len(fine.envelope) / fine.rate
    edges = np.arange(0.0, duration + WINDOW_S, WINDOW_S)
    on_even, on_tracked = (_heights(fine, doubled(beats), edges) for beats in (even, tracked))
    heard = on_tracked > 0.2 * np.max(on_tracked, initial=1e-9)
    # Three beats for two: every second one still lies on an onset, so only beats are compared.
    length = np.interp((edges[1:] + edges[:-1]) / 2.0, tracked[:-1], _smooth(np.diff(tracked)))
    octaves = np.log2(length / _length(even))
    crossed = np.abs(octaves - np.rint(octaves)) > CROSSED
    beside = _heights(fine, even, edges) < 0.8 * _heights(fine, tracked, edges)
    return heard & np.where(crossed, beside, on_even < 0.6 * on_tracked)


def _smooth(lengths: Float[np.ndarray, " L"]) -> Float[np.ndarray, " L"]:
    """Lengths of beats without single odd ones."""
    return median_filter(lengths, 9, mode="nearest")


def _heights(
    fine: FineOnsets, times: Float[np.ndarray, " B"], edges: Float[np.ndarray, " E"]
) -> Float[np.ndarray, " W"]:
    """Mean height of onsets within 20 ms of ``times``, between the windows' ``edges``."""
    heights = fine.peak_near(times, 0.02)[1]
    place = np.digitize(times, edges[1:-1])
    total = np.bincount(place, weights=heights, minlength=len(edges) - 1)
    return total / np.maximum(np.bincount(place, minlength=len(edges) - 1), 1)


def spliced(
    even: Float[np.ndarray, " B"],
    tracked: Float[np.ndarray, " C"],
    missed: Bool[np.ndarray, " W"],
) -> Float[np.ndarray, " D"]:
    """The even beats, and the tracked ones where the even ones miss and both meet around it.

    A ritardando at the end, a free beginning. ``even`` itself, if nothing is to be replaced.
    """
    tracked = _at_octave_of(even, tracked)
    if not np.any(missed) or abs(np.log(_length(even) / _length(tracked))) > JUMP:
        return even
    windows = np.flatnonzero(missed)
    start, end = WINDOW_S * (windows[0] - 1), WINDOW_S * (windows[-1] + 2)
    apart = np.min(np.abs(even[:, None] - tracked[None, :]), axis=1) > MEETS_S
    wrong = np.flatnonzero(apart & (even >= start) & (even < end))
    if len(wrong) == 0:
        return even
    first, last = int(wrong[0]), int(wrong[-1])
    opening, closing = first < 4, last >= len(even) - 4
    if not opening and np.any(apart[first - 4 : first]):
        return even
    if not closing and np.any(apart[last + 1 : last + 5]):
        return even
    left = -np.inf if opening else even[first - 1] + 0.5 * _length(even)
    right = np.inf if closing else even[last + 1] - 0.5 * _length(even)
    middle = tracked[(tracked > left) & (tracked < right)]
    return np.concatenate([even[even <= left], middle, even[even >= right]])


def _at_octave_of(
    even: Float[np.ndarray, " B"], tracked: Float[np.ndarray, " C"]
) -> Float[np.ndarray, " D"]:
    """The tracked beats, halved or doubled where they were counted at another octave."""
    octaves = round(float(np.log2(_length(even) / _length(tracked))))
    if octaves == -1:
        return doubled(tracked)
    if octaves != 1 or len(tracked) < LEAST_BEATS:
        return tracked

    def beside(times: Float[np.ndarray, " H"]) -> float:
        return float(np.median(np.min(np.abs(times[:, None] - even[None, :]), axis=1)))

    return min(tracked[::2], tracked[1::2], key=beside)


def settled(
    fine: FineOnsets, times: Float[np.ndarray, " B"], reach: float
) -> Float[np.ndarray, " B"]:
    """Moves beats onto the onsets within ``reach`` seconds, a few neighbours together."""
    peaks, heights = fine.peak_near(times, reach)
    weight = gaussian_filter1d(heights, 2.0)
    shift = gaussian_filter1d(heights * (peaks - times), 2.0) / np.maximum(weight, 1e-12)
    return times + shift
