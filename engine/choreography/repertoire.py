"""Which moves of the vocabulary suit given words: by name first, else by meaning and style.

Words that name a move ("body roll", "point") win. All other words are compared with the captions by
the sentence encoder: mean of its tokens, cosine, the best caption of each move counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.choreography.captions import EncodeText, caption_vectors, pool
from engine.choreography.styles import STYLES, find_style
from engine.model.text import split_clauses
from engine.vocabulary.move import Move

EMPTY = (
    "a an the and or of to with in on at by for from as it is are his her their one two some more "
    "person dancer somebody someone dance dances dancing dancer's move moves moving style k-pop "
    "kpop pop music song doing does do like very then while"
)
"""Words that name no move."""
EMPTY_WORDS = frozenset(EMPTY.split())
MANNERS = (
    "slow fast quick soft gentle smooth sharp hard strong powerful big small light heavy cute sexy "
    "cool fierce energetic calm elegant playful fluid crisp clean simple"
)
"""Words that say how a move is danced; they do not change which it is, unless nothing is left."""
JOINED = re.compile(r"\b(?:and|then|with|while|plus)\b")
"""What joins two things that are asked for in one clause."""
ONE_THING = 4
"""Telling words that a clause has at most when it names a move."""
SAME = 0.8
"""Cosine of a clause and a caption from which they say the same."""
CLOSE = 0.6
"""A caption speaks of the wanted words if they are so much of it, against the best caption."""
NEAR = 0.45
"""Cosine under which no move means what a clause says."""


@dataclass(frozen=True, eq=False)
class Asked:
    """How the moves of a vocabulary suit a prompt and a style."""

    named: tuple[frozenset[str], ...]
    """For each clause that names moves, their names."""
    plain: bool
    """The prompt is one such clause and nothing else."""
    all_named: bool
    """Every clause of the prompt names moves."""
    meaning: dict[str, float]
    """-1..1 for each move; 0 for all where nothing was said."""
    in_style: frozenset[str]
    told: bool
    """The meaning is that of the user's words; else it is that of the style's."""
    understood: bool
    """False where something was asked for that no move of the vocabulary means."""


def ask(prompt: str, style: str, moves: Sequence[Move], encode_text: EncodeText | None) -> Asked:
    """Compares words with moves.

    Args:
        prompt: the user's words, without the style's.
        encode_text: None compares by names and styles only.
    """
    clauses = [
        part.strip()
        for clause in split_clauses(prompt)
        for part in JOINED.split(clause)
        if _telling(part)
    ]
    told_styles = {style} | {s for clause in clauses for s in _styles_in(clause)}
    in_style = frozenset(move.name for move in moves if told_styles & set(move.styles))
    found_style = find_style(style)
    said = clauses or (split_clauses(found_style.prompt) if found_style else [])
    table = _cosines(said, moves, encode_text) if said and moves and encode_text else None
    named = []
    for number, clause in enumerate(clauses):
        if any(set(_telling(clause)) == set(_telling(s)) for s in _styles_in(clause)):
            continue
        names = _named(clause, moves) or (
            _nearest(table[number], moves) if table is not None else frozenset()
        )
        if names:
            named.append(names)
    meaning = np.zeros(len(moves)) if table is None else table.mean(axis=0)
    lost = table is not None and bool(clauses) and not named and table.max() < NEAR
    return Asked(
        named=tuple(named),
        plain=len(clauses) == 1 and len(named) == 1,
        all_named=len(named) == len(clauses),
        meaning=dict(zip(_names(moves), meaning.tolist(), strict=True)),
        in_style=in_style,
        told=bool(clauses),
        understood=not lost,
    )


def _names(moves: Sequence[Move]) -> list[str]:
    return [move.name for move in moves]


def _telling(text: str) -> list[str]:
    """The words of a text that say something, reduced to their stems."""
    words = re.findall(r"[\w'-]+", text.lower().replace("-", " "))
    return [_stem(word) for word in words if word not in EMPTY_WORDS]


def _styles_in(clause: str) -> list[str]:
    """Styles that a clause speaks of, as "hip hop" in "a hip hop dance"."""
    words = set(_telling(clause))
    return [name for name in STYLES if set(_telling(name)) <= words]


def _stem(word: str) -> str:
    """A rough stem: 'rolls', 'rolling' and 'rolled' become 'roll'."""
    endings = ("ing", "ed", "es", "s")
    found = next((e for e in endings if word.endswith(e) and len(word) - len(e) >= 3), "")
    word = word.removesuffix(found)
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


_MANNER_STEMS = frozenset(_stem(word) for word in MANNERS.split())


def _named(clause: str, moves: Sequence[Move]) -> frozenset[str]:
    """Moves whose title, family or a caption holds all telling words of a short clause.

    A title that is said in full wins over captions: "point" finds the points and not every move
    in which something points. One word that many captions share ("smooth") names nothing.
    """
    words = _telling(clause)
    words = [word for word in words if word not in _MANNER_STEMS] or words
    if not words or len(words) > ONE_THING:
        return frozenset()
    wanted = set(words)

    def within(texts: Sequence[str]) -> bool:
        return any(wanted <= set(_telling(text)) for text in texts)

    titled = frozenset(m.name for m in moves if within((m.title, m.family)))
    shares = {m.name: max(_share(wanted, text) for text in m.captions) for m in moves}
    best = max(shares.values())
    told = frozenset(name for name, share in shares.items() if share > 0 and share >= CLOSE * best)
    common = len(wanted) == 1 and len(told) > max(3, len(moves) // 10)
    return titled or (frozenset() if common else told)


def _share(wanted: set[str], text: str) -> float:
    """How much of a caption the wanted words are; 0 if one of them is missing."""
    words = set(_telling(text))
    return len(wanted) / len(words) if wanted <= words else 0.0


def _nearest(cosines: Float[np.ndarray, " M"], moves: Sequence[Move]) -> frozenset[str]:
    """The move that says the same as a clause, and those of its family that nearly do."""
    best = int(cosines.argmax())
    if cosines[best] < SAME:
        return frozenset()
    return frozenset(
        move.name
        for move, cosine in zip(moves, cosines, strict=True)
        if move.family == moves[best].family and cosine >= cosines[best] - 0.1
    )


def _cosines(
    clauses: Sequence[str], moves: Sequence[Move], encode_text: EncodeText
) -> Float[np.ndarray, "C M"]:
    """For each clause and move, the cosine with the move's nearest caption."""
    captions = tuple(caption for move in moves for caption in move.captions)
    cosines = pool(encode_text(list(clauses))) @ caption_vectors(captions, encode_text).T
    owner = np.repeat(np.arange(len(moves)), [len(move.captions) for move in moves])
    return np.stack([cosines[:, owner == k].max(axis=1) for k in range(len(moves))], axis=1)
