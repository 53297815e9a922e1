"""Makes the plan of a dance: what is danced on which counts, before anything is generated."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata

from engine.audio.analysis import SongAnalysis
from engine.choreography.accents import find_moments
from engine.choreography.author import Author, Eight
from engine.choreography.counts import Counts, count_song
from engine.choreography.lexicon import to_english
from engine.choreography.phrases import EIGHT, Phrase, PlacedMove, Plan
from engine.choreography.repertoire import EncodeText
from engine.choreography.same_as import leaders
from engine.choreography.sections import words_in
from engine.choreography.sliders import slider_at
from engine.choreography.styles import find_style
from engine.errors import ChoreoError
from engine.request import GenerateRequest
from engine.vocabulary.move import Move, load_moves

__all__ = ["EIGHT", "Phrase", "PlacedMove", "Plan", "energy_at", "make_plan", "words_at"]

SONG_SWING = 0.5
"""How far the song's own energy moves the energy slider: half of it each way at most."""
NOTHING_SAID = "a person dances to pop music"
SHORTEST = 4.0
"""Seconds that can be danced at least."""
LEAST_REST = 1.8
"""Counts that a phrase has at least at the beginning and the end."""
SONG_ENDS = 4.0
"""Seconds before the end of the song from which a dance is taken to end with it."""


def make_plan(
    analysis: SongAnalysis,
    request: GenerateRequest,
    encode_text: EncodeText | None = None,
    moves: dict[str, Move] | None = None,
) -> Plan:
    """Lays phrases of eight counts over the range that is to be danced and fills them with moves.

    A plan that comes with the request is taken as it is.

    Args:
        encode_text: compares the prompt with the moves; without it their names and styles decide.
        moves: the vocabulary; None: the one that ships.

    Raises:
        ChoreoError: ``range_too_short``, ``style_unknown``, ``plan_invalid``, or
            ``parameter_invalid`` for a section that is the same as none.
    """
    if request.plan is not None:
        return _given(request.plan, analysis)
    start, end = _range(analysis, request)
    counts = count_song(
        np.asarray(analysis.beats),
        np.asarray(analysis.downbeats),
        np.array([section.start for section in analysis.sections]),
        analysis.tempo,
        analysis.duration,
    )
    eights = _eights(analysis, counts, request, _edges(counts, start, end))
    author = Author(
        analysis,
        find_moments(analysis, counts),
        load_moves() if moves is None else moves,
        encode_text,
        request.seed,
    )
    for eight in eights:
        author.add(eight)
    if analysis.duration - end <= SONG_ENDS and not request.loop:
        author.close(eights)
    return Plan(tuple(author.phrases), counts, start, end, author.unclear)


def words_at(second: float, request: GenerateRequest, label: str = "") -> str:
    """Prompt and style words that hold at a second of the song, in a section of that label."""
    prompt, style = request.prompt, request.style
    for part in request.section_prompts:
        if part.start <= second < part.end:
            prompt, style = part.prompt or prompt, part.style or style
    found = find_style(style)
    said = words_in(to_english(prompt).english, label)
    words = [said, found.prompt if found else ""]
    return ", ".join(word for word in words if word) or NOTHING_SAID


def style_at(second: float, request: GenerateRequest) -> str:
    """The style that holds at a second of the song."""
    style = request.style
    for part in request.section_prompts:
        if part.start <= second < part.end:
            style = part.style or style
    return "" if style == "none" else style


def energy_at(
    analysis: SongAnalysis,
    slider: float | Float[np.ndarray, " T"],
    seconds: Float[np.ndarray, " T"],
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
    # Equal loudness shares its middle rank; rounding keeps it equal.
    rank = (rankdata(smooth.round(6)) - 1.0) / max(1, len(smooth) - 1)
    song = np.interp(seconds, np.arange(len(rank)) * hop, rank)
    return np.clip(slider + SONG_SWING * (song - 0.5), 0.02, 0.98)


def lift_at(plan: Plan, seconds: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
    """What the phrases add to the energy slider, eased over about a count at their edges."""
    edges = np.array([phrase.end for phrase in plan.phrases[:-1]])
    lifts = np.array([phrase.energy for phrase in plan.phrases])
    count = float(np.median(np.diff(plan.counts.times)))
    steps = np.clip((seconds[:, None] - edges) / count + 0.5, 0.0, 1.0)
    return lifts[0] + steps @ np.diff(lifts)


def _given(data: dict[str, Any], analysis: SongAnalysis) -> Plan:
    plan = Plan.from_dict(data)
    beyond = plan.end > analysis.duration + 0.5
    if plan.start < 0.0 or beyond or plan.end - plan.start < SHORTEST:
        raise ChoreoError(
            "plan_invalid",
            f"The plan dances from {plan.start:.1f} to {plan.end:.1f} s of a song that lasts"
            f" {analysis.duration:.1f} s.",
            "Use a plan that was made for this song, at least 4 seconds long.",
            400,
        )
    return plan


def _range(analysis: SongAnalysis, request: GenerateRequest) -> tuple[float, float]:
    start = max(0.0, request.start or 0.0)
    end = min(analysis.duration, request.end or analysis.duration)
    if end - start < SHORTEST:
        raise ChoreoError(
            "range_too_short",
            f"The range to dance is {max(0.0, end - start):.1f} seconds long.",
            "Choose at least 4 seconds within the song.",
        )
    return start, end


def _edges(counts: Counts, start: float, end: float) -> list[float]:
    """Starts of eights between ``start`` and ``end``; rests without two counts are joined."""
    low, high = counts.position(np.array([start, end]))
    numbers = np.arange(np.ceil(low / EIGHT), np.floor(high / EIGHT) + 1) * EIGHT
    inner = numbers[(numbers - low > LEAST_REST) & (high - numbers > LEAST_REST)]
    return [start, *counts.seconds(inner).tolist(), end]


def _eights(
    analysis: SongAnalysis, counts: Counts, request: GenerateRequest, edges: list[float]
) -> list[Eight]:
    """The stretches between ``edges`` (seconds), each in its section with its words."""
    starts = [section.start for section in analysis.sections]
    middles = (np.array(edges[:-1]) + np.array(edges[1:])) / 2
    section_of = [max(0, bisect_right(starts, middle) - 1) for middle in middles]
    energy = energy_at(analysis, slider_at(request, "energy", middles), middles)
    creativity = slider_at(request, "creativity", middles)
    leading = leaders(analysis.sections, request.section_prompts)
    positions = counts.position(np.array(edges))
    eights = []
    for number, section in enumerate(section_of):
        first = round(float(positions[number]))
        if number + 1 < len(section_of):  # what is joined before its first count is no count of it
            first = max(first, round(float(positions[number + 1])) - EIGHT)
        left = int(positions[number + 1] - first + 0.25)
        like, said_at = leading[section], float(middles[number])
        shown = section if like is None else like
        if shown != section:
            said_at = (analysis.sections[shown].start + analysis.sections[shown].end) / 2
        eights.append(
            Eight(
                start=edges[number],
                end=edges[number + 1],
                first_count=first,
                counts=max(1, min(EIGHT - first % EIGHT, left)),
                section=section,
                nth=number - section_of.index(section),
                of=section_of.count(section),
                prompt=words_at(said_at, request, analysis.sections[shown].label),
                style=style_at(said_at, request),
                energy=float(energy[number]),
                creativity=float(creativity[number]),
                like=like,
            )
        )
    return eights
