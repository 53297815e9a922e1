"""Which moves of the vocabulary suit given words: those that are named, else by meaning and style.

A prompt is read in two ways: as one description of one thing, and as several wishes that commas and
joining words part. Several wishes are taken where each of them is clearer alone than the whole is.
Words that only say how, where or of what kind ("fierce, low stance") name no move.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from engine.choreography.captions import EncodeText
from engine.choreography.closeness import closeness
from engine.choreography.styles import find_style
from engine.choreography.taste import wanted_traits
from engine.choreography.words import (
    MANNER_STEMS,
    deeds,
    manners,
    only_style,
    speaks_of_parts,
    styles_in,
    telling,
    wishes_for_something,
)
from engine.model.text import split_clauses
from engine.vocabulary.move import Move

JOINED = re.compile(r"\b(?:and|then|with|while|plus)\b")
"""What joins two things that are asked for in one clause."""
PLANTED = re.compile(
    r"\b(?:in place|on the spot|planted|stand(?:ing)? still|(?:no|without) (?:foot ?work|steps)|"
    r"low stance|wide stance|squat\w*|arms only|only (?:the |with the )?arms|sitting|seated)\b"
)
"""Words after which feet do not step under arms."""
EXACT = 1.35
"""Closeness of a clause that is a move's title or family."""
FEW = 12
"""Titles with a word in them at most, if that word is to name them."""
CLEAR = 0.75
"""Closeness from which a clause is clear by itself."""
CLEARER = 0.12
"""How much closer several wishes must be, on average, than the whole as one."""
NAMES = 0.5
"""Closeness from which words name a move."""
NEAR = 0.42
"""Closeness under which no move means what is said."""
AKIN, ALIKE = 0.12, 0.03
"""How much less close a move of the same family, or any other, may be to be meant as well."""


@dataclass(frozen=True, eq=False)
class Asked:
    """How the moves of a vocabulary suit a prompt and a style."""

    named: tuple[dict[str, float], ...]
    """For each wish that names moves: how much less close each is than the closest (0 is best)."""
    plain: bool
    """The prompt is one such wish and nothing else, and no style was asked for."""
    all_named: bool
    """Every wish of the prompt names moves, and they are enough for a dance."""
    meaning: dict[str, float]
    """Closeness of each move; 0 for all where nothing was said."""
    in_style: frozenset[str]
    told: bool
    """The meaning is that of the user's words; else it is that of the style's."""
    taste: dict[str, float]
    """What the manner that is asked for adds for each trait of a move (``taste.traits``)."""
    unclear: tuple[str, ...]
    """What was asked for and no move of the vocabulary means."""
    planted: bool = False
    """The feet are to stay where they are."""

    def names(self, move: str) -> bool:
        """Whether a wish names that move."""
        return any(move in wish for wish in self.named)

    @cached_property
    def standing(self) -> dict[str, float]:
        """How much closer each move is than moves are on average, in standard deviations."""
        near = np.array(list(self.meaning.values()))
        scores = np.clip((near - near.mean()) / (near.std() or 1.0), -2.0, 3.0)
        return dict(zip(self.meaning, scores.tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class _Wish:
    """Words that ask for something, and how close each move is to them."""

    words: str
    near: Float[np.ndarray, " M"]

    @property
    def best(self) -> float:
        return float(self.near.max())


def ask(prompt: str, style: str, moves: Sequence[Move], encode_text: EncodeText | None) -> Asked:
    """Compares words with moves.

    Args:
        prompt: the user's words, without the style's.
        encode_text: None compares by words and styles only.
    """
    clauses = [c for c in split_clauses(prompt) if telling(c)]
    told_styles = {style} | {s for clause in clauses for s in styles_in(clause)}
    said = [clause for clause in clauses if not only_style(clause)]
    bits = [b.strip() for c in said for b in JOINED.split(c) if telling(b)]
    in_style = frozenset(move.name for move in moves if told_styles & set(move.styles))
    deed_bits = [bit for bit in bits if wishes_for_something(bit)]
    part_bits = [bit for bit in bits if not deeds(bit) and speaks_of_parts(bit)]
    whole = " ".join(clause for clause in said if deeds(clause))
    read = _read([*deed_bits, *([whole] if whole else [])], moves, encode_text)
    wishes, one = read[: len(deed_bits)], read[len(deed_bits) :]
    chosen = _several(wishes, one) or _one(wishes, one)
    named = [wish for wish in chosen if wish.best >= NAMES]
    lost = [wish.words for wish in chosen if wish.best < NEAR] if encode_text else []
    # Who names a style as well wants a choreography, not one or two things all the time.
    styled = bool(told_styles - {""})
    alone = len(chosen) == len(named) == 1 and not part_bits and not styled
    enough = alone or len(named) > (2 if styled else 1)
    rest = _meaning(prompt, style, moves, encode_text)
    return Asked(
        named=tuple(_meant(wish, moves) for wish in named),
        plain=alone,
        all_named=len(chosen) == len(named) and not part_bits and enough,
        meaning=dict(zip((move.name for move in moves), rest.tolist(), strict=True)),
        in_style=in_style,
        told=bool(deed_bits or part_bits),
        taste=wanted_traits({word for clause in clauses for word in telling(clause)}),
        unclear=tuple(lost),
        planted=bool(PLANTED.search(prompt.lower())),
    )


def _read(
    texts: Sequence[str], moves: Sequence[Move], encode_text: EncodeText | None
) -> list[_Wish]:
    if not texts or not moves:
        return []
    wishes = []
    for words, near in zip(texts, closeness(texts, moves, encode_text), strict=True):
        titled = _titled(words, moves)
        wishes.append(_Wish(words, np.where(titled, EXACT, near) if titled.any() else near))
    return wishes


def _titled(words: str, moves: Sequence[Move]) -> np.ndarray:
    """Which moves' titles or families hold all words that say what is danced; none if too many."""
    wanted = {word for word in telling(words) if word not in MANNER_STEMS}
    texts = [(m.title, m.family) for m in moves]
    ways = (
        [wanted == set(telling(title)) - MANNER_STEMS for title, _ in texts],
        [wanted == set(telling(family)) - MANNER_STEMS for _, family in texts],
        [any(wanted <= set(telling(text)) for text in both) for both in texts],
    )
    found = np.array(next((way for way in ways if any(way)), ways[-1]), dtype=bool)
    if len(wanted) == 1 and any(ways[1]):  # "hearts" are all of them, not the big ones only
        found |= np.array(ways[2] if sum(ways[2]) <= FEW else ways[1], dtype=bool)
    return found if 0 < found.sum() <= FEW else np.zeros(len(moves), bool)


def _several(wishes: list[_Wish], one: list[_Wish]) -> list[_Wish]:
    """The wishes, if they are clearer than the prompt as one; else none."""
    clear = [wish for wish in wishes if wish.best >= CLEAR]
    tops = {int(wish.near.argmax()) for wish in clear}
    if len(tops) < 2 or not one:
        return []
    apart = float(np.mean([wish.best for wish in wishes]))
    return wishes if apart >= one[0].best + CLEARER else []


def _one(wishes: list[_Wish], one: list[_Wish]) -> list[_Wish]:
    """The prompt as one wish: as a whole, or without its manner where that is clearer."""
    alone = wishes if len(wishes) == 1 else []
    return [max([*one, *alone], key=lambda wish: wish.best)] if one else []


def _meant(wish: _Wish, moves: Sequence[Move]) -> dict[str, float]:
    """The closest move, those of its family that are nearly as close, and others just as close."""
    best = moves[int(wish.near.argmax())]
    return {
        move.name: wish.best - float(near)
        for move, near in zip(moves, wish.near, strict=True)
        if near >= wish.best - (AKIN if move.family == best.family else ALIKE)
    }


def _meaning(
    prompt: str, style: str, moves: Sequence[Move], encode_text: EncodeText | None
) -> Float[np.ndarray, " M"]:
    """Mean closeness to what the prompt says; to the style's words where it says nothing."""
    clauses = split_clauses(prompt)
    wishes = [c for c in clauses if not only_style(c)]
    said = [c for c in wishes if deeds(c) or speaks_of_parts(c)]
    said = said or [c for c in wishes if manners(c) and not styles_in(c)]
    styles = [find_style(name) for c in clauses for name in styles_in(c)] or [find_style(style)]
    said = said or [c for found in styles if found for c in split_clauses(found.prompt)]
    if not said or not moves:
        return np.zeros(len(moves))
    return closeness(said, moves, encode_text).mean(axis=0)
