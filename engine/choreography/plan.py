"""The plan of a dance: what is danced on which counts, before anything is generated."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from engine.audio.analysis import SongAnalysis
from engine.choreography.counts import Counts, count_song
from engine.choreography.lexicon import to_english
from engine.choreography.styles import find_style
from engine.errors import ChoreoError
from engine.request import GenerateRequest

EIGHT = 8
SONG_SWING = 0.5
"""How far the song's own energy moves the energy slider: half of it each way at most."""
NOTHING_SAID = "a person dances to pop music"


@dataclass(frozen=True)
class Phrase:
    """One count of eight (or what the song leaves of it)."""

    start: float
    """Seconds of the song."""
    end: float
    first_count: int
    section: str
    prompt: str
    repeats: int | None
    """The number of the phrase whose choreography comes back here."""


@dataclass(frozen=True, eq=False)
class Plan:
    """The phrases in order, from ``start`` to ``end`` seconds of the song without gaps."""

    phrases: tuple[Phrase, ...]
    counts: Counts
    start: float
    end: float

    def to_dict(self) -> dict[str, Any]:
        """The readable form that goes into a clip's ``meta``."""
        return {
            "start": self.start,
            "end": self.end,
            "half_time": self.counts.every == 2,
            "phrases": [asdict(phrase) for phrase in self.phrases],
        }


def make_plan(analysis: SongAnalysis, request: GenerateRequest) -> Plan:
    """Lays phrases of eight counts over the range that is to be danced.

    A section whose music comes back gets its phrases back, if they are asked for in the same words.

    Raises:
        ChoreoError: ``range_too_short`` or ``style_unknown``.
    """
    start, end = _range(analysis, request)
    counts = count_song(
        np.asarray(analysis.beats),
        np.asarray(analysis.downbeats),
        np.array([section.start for section in analysis.sections]),
        analysis.tempo,
        analysis.duration,
    )
    edges = _edges(counts, start, end)
    starts = [section.start for section in analysis.sections]
    phrases: list[Phrase] = []
    firsts: dict[tuple[int, int, str], int] = {}
    seen: dict[int, int] = {}
    for number in range(len(edges) - 1):
        middle = (edges[number] + edges[number + 1]) / 2
        at = max(0, bisect_right(starts, middle) - 1)
        section, nth = analysis.sections[at], seen.get(at, 0)
        seen[at] = nth + 1
        prompt = words_at(middle, request)
        repeats = firsts.setdefault((section.group, nth, prompt), number)
        phrases.append(
            Phrase(
                start=edges[number],
                end=edges[number + 1],
                first_count=round(float(counts.position(np.array([edges[number]]))[0])),
                section=section.label,
                prompt=prompt,
                repeats=None if repeats == number else repeats,
            )
        )
    return Plan(tuple(phrases), counts, start, end)


def words_at(second: float, request: GenerateRequest) -> str:
    """Prompt and style words that hold at a second of the song."""
    prompt, style = request.prompt, request.style
    for part in request.section_prompts:
        if part.start <= second < part.end:
            prompt, style = part.prompt or prompt, part.style or style
    found = find_style(style)
    words = [to_english(prompt).english, found.prompt if found else ""]
    return ", ".join(word for word in words if word) or NOTHING_SAID


def energy_at(
    analysis: SongAnalysis, slider: float, seconds: Float[np.ndarray, " T"]
) -> Float[np.ndarray, " T"]:
    """How lively to dance, 0..1: the slider, moved by the song's own loudness.

    The song's curve is averaged over about a bar and ranked within the song, because a peak of
    loudness is where a dancer stops, not where she moves most.
    """
    curve = np.asarray(analysis.energy.curve, dtype=float)
    hop = analysis.energy.hop
    bar = max(1, round(4 * 60.0 / analysis.tempo / hop))
    smooth = np.convolve(np.pad(curve, bar, mode="edge"), np.ones(bar) / bar, mode="same")
    smooth = smooth[bar:-bar]
    rank = np.searchsorted(np.sort(smooth), smooth) / max(1, len(smooth) - 1)
    song = np.interp(seconds, np.arange(len(rank)) * hop, rank)
    return np.clip(slider + SONG_SWING * (song - 0.5), 0.02, 0.98)


def _range(analysis: SongAnalysis, request: GenerateRequest) -> tuple[float, float]:
    start = max(0.0, request.start or 0.0)
    end = min(analysis.duration, request.end or analysis.duration)
    if end - start < 4.0:
        raise ChoreoError(
            "range_too_short",
            f"The range to dance is {max(0.0, end - start):.1f} seconds long.",
            "Choose at least 4 seconds within the song.",
        )
    return start, end


def _edges(counts: Counts, start: float, end: float) -> list[float]:
    """Starts of eights between ``start`` and ``end``; rests shorter than two counts are joined."""
    low, high = counts.position(np.array([start, end]))
    numbers = np.arange(np.ceil(low / EIGHT), np.floor(high / EIGHT) + 1) * EIGHT
    inner = numbers[(numbers - low > 2) & (high - numbers > 2)]
    return [start, *counts.seconds(inner).tolist(), end]
