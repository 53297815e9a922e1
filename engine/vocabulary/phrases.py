"""The grammar of phrases: how moves make eights, and eights make a dance.

An eight is one move with its mirror, a pair of moves, or small moves in a row; a dance is a form
over its eights (A A B A', ...), as choreographers build: repeat, mirror, answer, build, end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.vocabulary.layers import over, stands
from engine.vocabulary.move import Move
from engine.vocabulary.score import Dancer, Part, Score

EIGHT = 8
FORMS = ("AAAA", "AaAa", "AABB", "AaBb", "ABAB", "ABab", "AABA", "AaBA", "ABAC", "AABC", "ABCD")
"""Eights by letter; a small letter is the mirrored eight."""
ALONE = 0.6
"""How often an eight holds one move and its mirror only, so that words and moves meet clearly."""
FITTING = 4.0
"""How much likelier a move of the wanted style is."""
OVER_STEPS = 0.35
"""How often a move that stands is danced over another one's steps."""
STRUCK = 0.4
"""How often the music asks for hits of its own in an eight."""
FURTHEST = 0.9
"""Metres from the middle of the stage at which a dance turns back."""
TEMPI = (74.0, 142.0)
"""Slowest and fastest counts a minute."""


@dataclass(frozen=True)
class Choice:
    """What to write; None is drawn."""

    style: str | None = None
    tempo: float | None = None
    eights: int = 4
    wanted: str | None = None
    """Name of a move that the first eight must hold."""


@dataclass(frozen=True, eq=False)
class Bit:
    """A move and the count of the eight at which it begins."""

    move: Move
    at: int


def draw_dancer(rng: np.random.Generator) -> Dancer:
    """A random dancer: extent, sharpness, groove, stance, habits."""
    return Dancer(
        size=float(np.clip(rng.normal(1.04, 0.14), 0.7, 1.4)),
        sharpness=float(rng.uniform(0.0, 1.0)),
        groove=float(np.clip(rng.normal(1.0, 0.45), 0.1, 2.0)),
        stance=float(np.clip(rng.normal(1.1, 0.18), 0.75, 1.6)),
        drop=float(np.clip(rng.normal(0.02, 0.025), 0.0, 0.09)),
        lean=float(rng.normal(0.03, 0.04)),
        elbows=float(rng.normal(0.0, 0.12)),
        looseness=float(np.clip(rng.normal(1.0, 0.35), 0.3, 2.0)),
        timing=float(rng.uniform(0.0, 0.016)),
        noise=float(rng.uniform(0.5, 1.6)),
    )


def write_score(moves: dict[str, Move], rng: np.random.Generator, choice: Choice) -> Score:
    """A dance of some eights from the vocabulary."""
    dancer = draw_dancer(rng)
    tempo = choice.tempo or float(rng.uniform(*TEMPI))
    form = str(rng.choice(FORMS))
    form = (form * (1 + choice.eights // len(form)))[: choice.eights]
    letters: dict[str, list[Bit]] = {}
    parts: list[Part] = []
    place = 0.0
    for number, letter in enumerate(form):
        key = letter.upper()
        if key not in letters:
            wanted = choice.wanted if number == 0 else None
            letters[key] = write_eight(moves, rng, choice.style, wanted)
        bits = letters[key]
        flip = letter != key
        drift = sum(_travel(bit.move) for bit in bits)
        if abs(place + (-drift if flip else drift)) > FURTHEST:
            flip = not flip
        for bit in bits:
            move = bit.move.sided(flip)
            place += _travel(move)
            parts.append(Part(move, float(number * EIGHT + bit.at)))
    seed = int(rng.integers(2**31))
    return Score(tuple(parts), tempo, dancer, seed, accents=_struck(rng, choice.eights))


def _struck(rng: np.random.Generator, eights: int) -> tuple[float, ...]:
    """Counts that a song would ask to be hit beside what the moves hit."""
    counts = [
        EIGHT * number + int(count)
        for number in range(eights)
        if rng.random() < STRUCK
        for count in rng.choice(EIGHT, size=int(rng.integers(1, 4)), replace=False)
    ]
    return tuple(float(count) for count in sorted(counts))


def write_eight(
    moves: dict[str, Move], rng: np.random.Generator, style: str | None, wanted: str | None = None
) -> list[Bit]:
    """One eight: a move filling it, a pair, or a row of small ones."""
    first = moves[wanted] if wanted else _draw(list(moves.values()), rng, style)
    if rng.random() < ALONE:
        first = _over_steps(first, moves, rng, style)
        return fill_eight(first, bool(rng.random() < 0.7))
    bits: list[Bit] = []
    at = 0
    move = first
    while at < EIGHT:
        bits.append(Bit(move, at))
        at += move.counts
        if move.counts <= 2 and at + move.counts <= EIGHT and rng.random() < 0.6:
            bits.append(Bit(move.sided(not move.mirrored), at))
            at += move.counts
        fitting = [m for m in moves.values() if m.counts <= EIGHT - at]
        if not fitting:
            break
        move = _draw([m for m in fitting if follows(move, m)] or fitting, rng, style)
        if move.mirrors and rng.random() < 0.5:
            move = move.mirror()
    return bits


def fill_eight(move: Move, alternate: bool) -> list[Bit]:
    """The move again and again, to both sides in turn if it can be mirrored."""
    bits = []
    for number, at in enumerate(range(0, EIGHT, move.counts)):
        bits.append(Bit(move.sided(alternate and number % 2 == 1), at))
    return bits


def _over_steps(
    move: Move, moves: dict[str, Move], rng: np.random.Generator, style: str | None
) -> Move:
    """Now and then its arms over other steps."""
    carriers = [m for m in moves.values() if m.carries]
    if not carriers or not stands(move) or rng.random() >= OVER_STEPS:
        return move
    return over(move, _draw(carriers, rng, style))


def follows(before: Move, after: Move) -> bool:
    """Whether ``after`` may be danced right after ``before``."""
    if "any" in before.then:
        return after.level != "floor" or before.level != "standing" or after.counts >= 4
    return after.family in before.then or after.name in before.then


def _draw(moves: list[Move], rng: np.random.Generator, style: str | None) -> Move:
    weights = np.array([FITTING if style in m.styles else 1.0 for m in moves])
    move = moves[int(rng.choice(len(moves), p=weights / weights.sum()))]
    return move.mirror() if move.mirrors and rng.random() < 0.5 else move


def _travel(move: Move) -> float:
    """Metres to the left that a move ends from where it began."""
    places = [key.place for key in move.keys if key.place is not None]
    return places[-1][0] if places else 0.0
