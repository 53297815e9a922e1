"""What the music asks of single counts: hits where it strikes, stillness where it drops away."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
from jaxtyping import Float

from engine.audio.analysis import SongAnalysis
from engine.audio.events import Events, find_entrances
from engine.choreography.counts import Counts
from engine.choreography.phrases import Plan
from engine.model.conditions import ACCENT_WIDTH, accent_curve

STRIKES = 1.5
"""Attack (``Hits``) from which a count is a hit."""
EMPTY, BACK = 0.6, 0.8
"""Level (``Hits``) under which the music has dropped away, and above which it is back."""
LONGEST_BREAK = 4
"""Counts; in a longer break the dance goes on."""
SYNCOPE = 0.6
"""Strength of a kick or snare between two silent counts from which on it is danced."""
BESIDE = 0.12
"""Counts within which a stroke lies on a count or on its half."""


@dataclass(frozen=True)
class Moments:
    """Numbers of counts in the song."""

    hits: frozenset[int]
    drops: frozenset[int]
    """Counts on which sections come in fuller or the music is back; they are hits too."""
    breaks: frozenset[int]
    """Counts on which the music has fallen away or is silent."""
    last: int
    """The last count on which the music is full."""
    syncopes: frozenset[float] = frozenset()
    """Halves of counts on which kick or snare strike alone, with neither count beside struck."""


def find_moments(analysis: SongAnalysis, counts: Counts) -> Moments:
    """Hits, drops and breaks of a song on its counts."""
    drops = _drops(analysis, counts)
    if analysis.hits is None:
        last = int(np.rint(counts.position(analysis.beats[-1:]))[0])
        return Moments(drops, drops, frozenset(), last)
    numbers = np.rint(counts.position(analysis.beats)).astype(int)
    on_count = (
        np.abs(counts.seconds(numbers.astype(float)) - analysis.beats) < 0.1 * 60.0 / analysis.tempo
    )
    attack, level = analysis.hits.attack, analysis.hits.level
    struck = {int(n) for n in numbers[on_count & (attack >= STRIKES)] if n >= numbers[0]}
    levels = {int(n): float(np.mean(level[numbers == n])) for n in np.unique(numbers)}
    last = max((n for n in levels if levels[n] >= EMPTY), default=int(numbers[-1]))
    breaks = _breaks(levels) if analysis.events is None else _fallen(analysis.events, counts)
    syncopes = frozenset(n for n in _syncopes(analysis, counts) if int(n) not in breaks)
    return Moments(frozenset(struck | drops) - breaks, drops, breaks, last, syncopes)


def accents_at(plan: Plan, seconds: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
    """0..1 at given seconds of the song: a bump on each accented count (:func:`accent_curve`)."""
    hits = [
        moment
        for phrase in plan.phrases
        for moment in plan.counts.seconds(
            np.array([phrase.number(count) for count in phrase.accents], dtype=float)
        )
        if phrase.start - ACCENT_WIDTH <= moment <= phrase.end
    ]
    return accent_curve(seconds, np.array(hits, dtype=float))


def accented(plan: Plan) -> list[float]:
    """Numbers in the song of the counts that are to be hit: all in phrases that ask for none."""
    numbers: set[float] = set()
    for phrase in plan.phrases:
        low, high = plan.counts.position(np.array([phrase.start, phrase.end])).tolist()
        if phrase.accents:
            told = [phrase.number(count) for count in phrase.accents]
            numbers.update(n for n in told if low - 1e-4 <= n < high - 1e-4)
        else:
            numbers.update(map(float, range(int(np.ceil(low - 1e-4)), int(np.ceil(high - 1e-4)))))
    return sorted(numbers)


def accent_times(plan: Plan) -> Float[np.ndarray, " A"]:
    """Seconds of the song of the plan's accented counts; of all counts in phrases without any."""
    return plan.counts.seconds(np.array(accented(plan), dtype=float))


def _syncopes(analysis: SongAnalysis, counts: Counts) -> set[float]:
    """Numbers (n + 0.5) of the halves of counts that are struck while n and n + 1 are not."""
    if analysis.drums is None:
        return set()
    both = (analysis.drums.kick, analysis.drums.snare)
    halves = 2.0 * counts.position(np.concatenate([drum.times for drum in both]))
    strong = np.concatenate([drum.strengths for drum in both]) >= SYNCOPE
    near = np.rint(halves)
    placed = np.abs(halves - near) <= 2.0 * BESIDE
    struck = set(near[placed].astype(int).tolist())
    loud = set(near[placed & strong].astype(int).tolist())
    return {h / 2.0 for h in loud if h % 2 and h - 1 not in struck and h + 1 not in struck}


def _drops(analysis: SongAnalysis, counts: Counts) -> frozenset[int]:
    if analysis.events is None:
        times = find_entrances(
            analysis.energy, analysis.sections, analysis.tempo, analysis.beats_per_bar
        )
    else:
        times = list(analysis.events.drops)
    return frozenset(np.rint(counts.position(np.array(times, dtype=float))).astype(int).tolist())


def _fallen(events: Events, counts: Counts) -> frozenset[int]:
    """Counts that lie in breaks and silences; not the one on which the music is back."""
    found: set[int] = set()
    for one in (*events.breaks, *events.silences):
        first, after = counts.position(np.array([one.start, one.end]))
        found.update(range(int(np.ceil(first - 0.25)), int(np.ceil(after - 0.25))))
    return frozenset(found)


def _breaks(levels: dict[int, float]) -> frozenset[int]:
    """Short stretches of empty counts after which the music is back."""
    numbers = sorted(levels)
    found: set[int] = set()
    for empty, stretch in groupby(numbers, key=lambda n: levels[n] < EMPTY):
        run = list(stretch)
        back = levels.get(run[-1] + 1, 0.0) >= BACK
        if empty and back and run[0] > numbers[0] and len(run) <= LONGEST_BREAK:
            found.update(run)
    return frozenset(found)
