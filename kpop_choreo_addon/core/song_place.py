"""Where in a song one is: bar and beat, counted as the markers count them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SLACK = 0.02
"""Seconds before a beat that are that beat already: frames seldom fall on beats."""


@dataclass(frozen=True)
class Place:
    """A moment of a song."""

    bar: int
    """From 1; 0 is what comes before the first downbeat."""
    beat: int
    """Within the bar, from 1."""
    start: float
    """Second of the song at which this beat begins."""
    end: float
    """And at which the next one does."""
    label: str
    """Of the section."""

    @property
    def text(self) -> str:
        """Like ``bar 9 · 3``."""
        return f"bar {self.bar} · {self.beat}"


def place_at(analysis: Mapping[str, Any], seconds: float) -> Place | None:
    """Bar, beat and section at a second of the song; None before and after it."""
    beats, bars = analysis.get("beats") or [], analysis.get("downbeats") or []
    number = bisect_right(beats, seconds + SLACK) - 1
    if number < 0 or seconds > float(analysis.get("duration", 0.0)):
        return None
    here = float(beats[number])
    bar = bisect_right(bars, here + SLACK)
    first = bisect_right(beats, bars[bar - 1] - SLACK) if bar else 0
    beat = number - first + 1
    if not bar and bars:  # counted so that the first downbeat is the next bar's 1
        beat += int(analysis.get("beats_per_bar", 4)) - bisect_right(beats, bars[0] - SLACK)
    last = number + 1 >= len(beats)
    end = here + (here - float(beats[number - 1]) if last and number else 0.5)
    return Place(bar, beat, here, end if last else float(beats[number + 1]), _label(analysis, here))


def _label(analysis: Mapping[str, Any], seconds: float) -> str:
    sections = analysis.get("sections") or []
    inside = [s for s in sections if float(s["start"]) <= seconds + SLACK < float(s["end"])]
    return str(inside[0]["label"]) if inside else ""
