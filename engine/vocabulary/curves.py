"""From values at keys to values in time: how a body leaves one pose and arrives at the next.

A curve is a weighted sum of its keys' values; the weights depend on times and timings only, so the
same code moves numbers, vectors and points that travel with a part of the body.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d
from scipy.signal import bilinear, lfilter, lfilter_zi
from scipy.sparse import coo_array, csc_array

SLOWEST = 2.0
"""Counts that a smooth transition takes at most."""
SHARE = {"smooth": 1.0, "bounce": 0.62, "hit": 0.5, "hold": 0.32}
"""Counts (of those there are) that a transition takes by timing, at middle sharpness."""
REBOUND = 0.22
"""Share of the way back that a bounce goes in the half count after it."""


@dataclass(frozen=True)
class CurveKey:
    """A time in counts, how to arrive there, and the least seconds that the way usually takes."""

    count: float
    timing: str
    least: float = 0.0
    longest: float = SLOWEST
    """Counts that a smooth way there takes at most; before it, the pose is kept."""


def key_weights(
    keys: list[CurveKey], counts: Float[np.ndarray, " T"], beat: float, sharpness: float = 0.5
) -> csc_array:
    """How much each key holds at each moment: sparse ``[T, K]``, every row sums to 1.

    Smooth keys in a row are passed through without stopping (Catmull and Rom, 1974); all others
    are arrived at by a minimum-jerk move (Flash and Hogan, 1985) that ends on the count.

    Args:
        counts: moments, in counts, rising.
        beat: seconds in a count.
        sharpness: 0 to 1: a sharp dancer leaves later and travels faster.
    """
    times = np.array([key.count for key in keys])
    starts = np.array([0.0, *(_start(keys, i, beat, sharpness) for i in range(1, len(keys)))])
    whole = np.isclose(starts[1:], times[:-1])
    edges = np.searchsorted(counts, times)
    entries = _Entries()
    entries.add(slice(0, int(edges[0])), 0, np.ones(edges[0]))
    for i in range(len(keys) - 1):
        here = slice(int(edges[i]), int(edges[i + 1]))
        span = max(times[i + 1] - starts[i + 1], 1e-6)
        s = np.clip((counts[here] - starts[i + 1]) / span, 0.0, 1.0)
        flows = keys[i + 1].timing == "smooth" and whole[i]
        before = i > 0 and flows and keys[i].timing == "smooth" and whole[i - 1]
        after = i + 2 < len(keys) and flows and keys[i + 2].timing == "smooth" and whole[i + 1]
        eased = _eased(s) if not (before or after) else s**2 * (3 - 2 * s)
        if keys[i].timing == "bounce" and i > 0 and times[i + 1] - times[i] > 0.75:
            back = REBOUND * _eased(np.clip(2 * (counts[here] - times[i]), 0, 1)) * (1.0 - eased)
            entries.add(here, i, -back)
            entries.add(here, i - 1, back)
        entries.add(here, i, 1.0 - eased)
        entries.add(here, i + 1, eased)
        for flowing, key, pull in (
            (before, i, s * (1 - s) ** 2),
            (after, i + 1, -(s**2) * (1 - s)),
        ):
            if flowing:
                slope = pull * span / (times[key + 1] - times[key - 1])
                entries.add(here, key + 1, slope)
                entries.add(here, key - 1, -slope)
    last = slice(int(edges[-1]), len(counts))
    entries.add(last, len(keys) - 1, np.ones(len(counts) - edges[-1]))
    return entries.matrix(len(counts), len(keys))


class _Entries:
    """Gathers the entries of a sparse matrix; those at the same place are summed."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []
        self.columns: list[np.ndarray] = []
        self.values: list[np.ndarray] = []

    def add(self, rows: slice, column: int, values: Float[np.ndarray, " N"]) -> None:
        self.rows.append(np.arange(rows.start, rows.stop))
        self.columns.append(np.full(len(values), column))
        self.values.append(values)

    def matrix(self, rows: int, columns: int) -> csc_array:
        places = (np.concatenate(self.rows), np.concatenate(self.columns))
        return coo_array((np.concatenate(self.values), places), shape=(rows, columns)).tocsc()


def pulses(
    counts: Float[np.ndarray, " T"], at: Sequence[float], attack: float, release: float
) -> Float[np.ndarray, " T"]:
    """0..1: a short blow that arrives on each count of ``at`` and is given back after it.

    Args:
        attack, release: counts that the way there and back take.
    """
    result = np.zeros(len(counts))
    for count in at:
        there = np.clip((counts - count + attack) / attack, 0.0, 1.0)
        back = np.clip((counts - count) / release, 0.0, 1.0)
        result = np.maximum(result, _eased(there) * (1.0 - _eased(back)))
    return result


def follow(
    targets: Float[np.ndarray, "T C"], fps: float, frequency: float, damping: float
) -> Float[np.ndarray, "T C"]:
    """Second-order dynamics: a mass on a damped spring that follows its target.

    It lags by about ``damping / (pi * frequency)`` seconds, and overshoots where damped less
    than 1; that is the follow-through of animators.
    """
    omega = 2 * np.pi * frequency
    b, a = bilinear([omega**2], [1.0, 2 * damping * omega, omega**2], fs=fps)
    start = lfilter_zi(b, a)[:, None] * targets[:1]
    result: Float[np.ndarray, "T C"] = lfilter(b, a, targets, axis=0, zi=start)[0]
    return result


def lag(frequency: float, damping: float) -> float:
    """Seconds by which :func:`follow` comes late."""
    return damping / (np.pi * frequency)


def drift(
    rng: np.random.Generator, frames: int, columns: int, fps: float, seconds: float
) -> Float[np.ndarray, "T C"]:
    """Smooth noise of unit spread that changes over about ``seconds``: nobody is a machine."""
    noise = gaussian_filter1d(rng.standard_normal((frames, columns)), seconds * fps, axis=0)
    return noise * np.sqrt(2 * np.sqrt(np.pi) * seconds * fps)


def _start(keys: list[CurveKey], i: int, beat: float, sharpness: float) -> float:
    """The count at which the way to key ``i`` begins."""
    key, available = keys[i], keys[i].count - keys[i - 1].count
    if key.timing == "smooth":
        wanted = min(available, key.longest)
    else:
        wanted = SHARE[key.timing] * (1.4 - 0.8 * sharpness)
    least = key.least / (0.75 + 0.5 * sharpness)
    return key.count - min(available, max(wanted, least / beat))


def _eased(s: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
    """0 to 1 with least jerk."""
    return s**3 * (10 - 15 * s + 6 * s**2)
