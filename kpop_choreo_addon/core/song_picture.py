"""A song as shapes to be drawn on a timeline: x is seconds of the song, y goes from 0 to 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .song_words import group_colour

TALL = 0.92
"""Height of the loudest peak."""
LEAST = 0.012
"""Height of silence, so that the song is a line there."""


@dataclass(frozen=True)
class Band:
    """A section."""

    start: float
    end: float
    label: str
    colour: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Picture:
    """K steps of the waveform, B beats, D bars."""

    wave: np.ndarray
    """``[2K, 2]``: a strip of triangles around y = 0.5."""
    beats: np.ndarray
    """``[2B, 2]``: pairs of ends of lines, of beats that begin no bar."""
    bars: np.ndarray
    """``[2D, 2]``: the same of bars."""
    bands: tuple[Band, ...]
    bar_starts: np.ndarray
    """Seconds ``[D]``."""
    beat_seconds: float
    """The usual time from one beat to the next."""


def draw_song(analysis: Mapping[str, Any]) -> Picture:
    """The shapes of a heard song."""
    beats = np.asarray(analysis.get("beats") or [], dtype=float)
    bars = np.asarray(analysis.get("downbeats") or [], dtype=float)
    between = beats[~np.isin(beats, bars)]
    return Picture(
        _strip(*_curve(analysis)),
        _lines(between, 0.0, 0.3),
        _lines(bars, 0.0, 1.0),
        tuple(
            Band(
                float(section["start"]),
                float(section["end"]),
                str(section["label"]),
                group_colour(int(section.get("group", 0))),
            )
            for section in analysis.get("sections") or []
        ),
        bars,
        float(np.median(np.diff(beats))) if len(beats) > 1 else 0.5,
    )


def _curve(analysis: Mapping[str, Any]) -> tuple[np.ndarray, float]:
    """The waveform, 0..1, and its step in seconds; without one the song's energy."""
    peaks = analysis.get("peaks")
    if peaks:
        return np.asarray(peaks["values"], dtype=float), float(peaks["hop"])
    energy = analysis.get("energy") or {}
    return np.asarray(energy.get("curve") or [], dtype=float), float(energy.get("hop", 0.1))


def _strip(values: np.ndarray, hop: float) -> np.ndarray:
    half = 0.5 * np.clip(TALL * values, LEAST, 1.0)
    seconds = (np.arange(len(values)) + 0.5) * hop
    ends = np.stack([0.5 - half, 0.5 + half], axis=-1)
    return np.stack([np.repeat(seconds, 2), ends.ravel()], axis=-1).astype(np.float32)


def _lines(seconds: np.ndarray, low: float, high: float) -> np.ndarray:
    ends = np.tile([low, high], len(seconds))
    return np.stack([np.repeat(seconds, 2), ends], axis=-1).astype(np.float32)
