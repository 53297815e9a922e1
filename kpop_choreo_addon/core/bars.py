"""Bars and stretches of a dance, as an animator counts them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .clip import Clip
from .errors import ChoreoError

SHORTEST = 1.0
"""Seconds that a part must have to be danced anew."""
_NEAR = 1e-3


@dataclass(frozen=True)
class Span:
    """A stretch of a dance."""

    start: float
    """Seconds from the dance's start."""
    end: float
    first: int = 0
    """The first of its bars, from 1; 0 if it is not made of whole bars."""
    last: int = 0

    @property
    def words(self) -> str:
        """What the name of a take says about it."""
        if self.first:
            single = self.first == self.last
            return f"bar {self.first}" if single else f"bars {self.first}-{self.last}"
        return f"{self.start:.1f}-{self.end:.1f} s"


def bar_edges(clip: Clip) -> np.ndarray:
    """Seconds ``[N + 1]`` at which the N bars of ``clip`` begin, and the end of the last one.

    What lies before the first downbeat belongs to no bar; the last bar may be cut off.
    """
    starts = clip.downbeats[(clip.downbeats > -_NEAR) & (clip.downbeats < clip.duration - _NEAR)]
    if not len(starts):
        return np.zeros(0)
    length = float(np.median(np.diff(starts))) if len(starts) > 1 else clip.duration
    return np.append(starts, min(starts[-1] + length, clip.duration))


def bar_count(clip: Clip) -> int:
    """How many bars there are to choose from."""
    return max(0, len(bar_edges(clip)) - 1)


def span_of_bars(clip: Clip, first: int, last: int) -> Span:
    """The bars ``first`` to ``last``, both included, counted from 1.

    Raises:
        ChoreoError: ``no_bars``, ``bars_outside`` or ``part_short``.
    """
    edges = bar_edges(clip)
    count = len(edges) - 1
    if count < 1:
        raise ChoreoError("no_bars", "No bars were heard in this take.", "Choose seconds instead.")
    if not 1 <= first <= last <= count:
        raise ChoreoError(
            "bars_outside",
            f"There are no bars {first} to {last} in this take.",
            f"Choose bars from 1 to {count}.",
        )
    return _long_enough(Span(float(edges[first - 1]), float(edges[last]), first, last))


def span_of_seconds(clip: Clip, start: float, end: float) -> Span:
    """What of ``start`` to ``end`` (seconds of the dance) lies in it.

    Raises:
        ChoreoError: ``part_outside`` or ``part_short``.
    """
    inside = Span(max(0.0, start), min(end, clip.duration))
    if inside.start >= inside.end:
        raise ChoreoError(
            "part_outside",
            "The range lies outside this take.",
            f"Choose a part of its {clip.duration:.1f} seconds.",
        )
    return _long_enough(inside)


def bars_nearest(clip: Clip, start: float, end: float) -> Span:
    """The whole bars nearest to ``start`` to ``end``, at least one.

    Raises:
        ChoreoError: ``no_bars`` or ``part_short``.
    """
    edges = bar_edges(clip)
    if len(edges) < 2:
        return span_of_bars(clip, 1, 1)  # which says what is wrong
    first = min(int(np.argmin(np.abs(edges - start))), len(edges) - 2)
    last = max(int(np.argmin(np.abs(edges - end))), first + 1)
    return span_of_bars(clip, first + 1, last)


def beat_seconds(clip: Clip) -> float:
    """Seconds between two beats."""
    return float(np.median(np.diff(clip.beats))) if len(clip.beats) > 1 else 0.5


def _long_enough(span: Span) -> Span:
    if span.end - span.start < SHORTEST:
        raise ChoreoError(
            "part_short",
            f"This part lasts {span.end - span.start:.2f} seconds.",
            f"Choose at least {SHORTEST:g} second.",
        )
    return span
