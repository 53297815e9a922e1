"""What happens in a song that a choreography answers: breaks, drops and silences.

Told from the K-weighted loudness of each beat (loudness.py). A break is a beat or a few in which
nearly all falls away and is back at once; music that is sparse anyway, note by note, has none.

| symbol | meaning |
|---|---|
| B | beats |
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

import numpy as np
from jaxtyping import Float

from engine.audio.energy import Energy
from engine.audio.loudness import HOP_S, Loudness, mean_between, to_lufs
from engine.audio.sections import Section

AROUND = 16
"""Beats on each side whose median is usual."""
FALLS_LU = 8.0
"""How far below the usual a beat is in a break, in loudness units (decibels)."""
STANDS_LU = 5.0
"""How far above the break the beats before and after it are."""
BEFORE, AFTER = 8, 4
"""So many beats."""
LONGEST_BREAK = 4
"""Beats; a longer one is a quiet passage."""
RISES = 0.1
"""How much fuller (energy, 0..1) a section's first bar is than the bar before where it drops in."""
SILENT_LU = -40.0
"""Momentary loudness below the song's integrated one that is silence."""
LEAST_SILENCE_S = 0.3


@dataclass(frozen=True)
class Stretch:
    """From ``start`` to ``end``, in seconds of the song."""

    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Events:
    """Times are seconds of the song."""

    loudness: Float[np.ndarray, " B"]
    """LUFS from each beat to the next."""
    breaks: tuple[Stretch, ...]
    """Whole beats in which the music has fallen away; it is back at ``end``."""
    drops: tuple[float, ...]
    """Where a section comes in fuller than what was before, or the music back from a break."""
    silences: tuple[Stretch, ...]
    """Inside the song, beats or not."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON of CONTRACT.md."""
        return {
            "loudness": self.loudness.tolist(),
            "breaks": [asdict(one) for one in self.breaks],
            "drops": list(self.drops),
            "silences": [asdict(one) for one in self.silences],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Events:
        """Reads what :meth:`to_dict` wrote; KeyError, TypeError or ValueError on anything else."""
        return cls(
            np.array(data["loudness"], dtype=np.float64),
            tuple(Stretch(float(s["start"]), float(s["end"])) for s in data["breaks"]),
            tuple(float(drop) for drop in data["drops"]),
            tuple(Stretch(float(s["start"]), float(s["end"])) for s in data["silences"]),
        )


def find_events(
    squares: Float[np.ndarray, " N"],
    sample_rate: int,
    loudness: Loudness,
    beats: Float[np.ndarray, " B"],
    entrances: list[float],
) -> Events:
    """Breaks, drops and silences of a song with two beats or more.

    ``squares``: its weighted samples (``loudness.k_squares``);
    ``entrances``: seconds at which sections come in fuller (:func:`find_entrances`).
    """
    edges = np.append(beats, 2.0 * beats[-1] - beats[-2])
    loud = to_lufs(_power_between(squares, sample_rate, edges))
    breaks = tuple(Stretch(float(edges[a]), float(edges[b])) for a, b in _breaks(loud))
    return Events(
        np.round(loud, 1),
        breaks,
        tuple(sorted({*entrances, *(one.end for one in breaks)})),
        _silences(loudness, float(beats[0]), float(edges[-1])),
    )


def find_entrances(
    energy: Energy, sections: tuple[Section, ...], tempo: float, beats_per_bar: int
) -> list[float]:
    """Seconds at which a section begins fuller than what was before; the first one's not."""
    bar = 60.0 / tempo * beats_per_bar

    def mean(first: float, last: float) -> float:
        begin, end = max(0, int(first / energy.hop)), max(1, int(last / energy.hop) + 1)
        return float(np.mean(energy.curve[begin:end]))

    starts = [section.start for section in sections[1:]]
    return [s for s in starts if mean(s, s + bar) - mean(s - bar, s - 0.2) >= RISES]


def _power_between(
    squares: Float[np.ndarray, " N"], sample_rate: int, edges: Float[np.ndarray, " E"]
) -> Float[np.ndarray, " S"]:
    """Weighted mean square between ``edges`` (seconds), both speakers together."""
    places = np.clip(np.rint(edges * sample_rate).astype(int), 0, len(squares))
    return mean_between(squares, places)


def _breaks(loud: Float[np.ndarray, " B"]) -> list[tuple[int, int]]:
    """First beat of each break, and the beat on which the music is back."""
    count = len(loud)
    usual = [np.median(loud[max(0, k - AROUND) : k + AROUND + 1]) for k in range(count)]
    empty = loud < np.array(usual) - FALLS_LU
    found = []
    for fallen, stretch in groupby(range(count), key=lambda k: bool(empty[k])):
        run = list(stretch)
        first, back = run[0], run[-1] + 1
        if not fallen or len(run) > LONGEST_BREAK or first == 0 or back == count:
            continue
        beside = [*loud[max(0, first - BEFORE) : first], *loud[back : back + AFTER]]
        if min(beside) - max(loud[first:back]) >= STANDS_LU:
            found.append((first, back))
    return found


def _silences(loudness: Loudness, start: float, end: float) -> tuple[Stretch, ...]:
    """Stretches between ``start`` and ``end`` in which nothing sounds."""
    silent = loudness.momentary < loudness.integrated + SILENT_LU
    found = []
    for quiet, stretch in groupby(range(len(silent)), key=lambda k: bool(silent[k])):
        run = list(stretch)
        first, last = max(run[0] * HOP_S, start), min((run[-1] + 1) * HOP_S, end)
        if quiet and last - first >= LEAST_SILENCE_S:
            found.append(Stretch(round(first, 3), round(last, 3)))
    return tuple(found)
