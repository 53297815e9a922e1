"""How near each move is to some words: by meaning and by the words that they share.

Meaning is the cosine of sentence vectors with a move's captions: the nearest one and the mean of
the nearest four, because one caption alone is near by chance. Shared words count by how few moves
are told with them (inverse document frequency). Both read the words as they stand and in the
plainer words of ``synonyms.toml``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int

from engine.choreography.captions import EncodeText, caption_vectors, pool, sayings
from engine.choreography.words import plainly, telling
from engine.vocabulary.move import Move

AGREEING = 4
"""Captions whose mean counts beside the nearest one."""
MEAN_COUNTS = 0.6
"""Share of that mean in the cosine."""
SHARED_COUNTS = 0.35
"""What shared words add at most to the cosine."""


@dataclass(frozen=True, eq=False)
class _Told:
    """What is said of the moves: each move's sentences, and the weight of each word."""

    sentences: tuple[str, ...]
    rows: Int[np.ndarray, "M K"]
    """For each move, numbers of its sentences; -1 where it has fewer than others."""
    words: tuple[frozenset[str], ...]
    """For each move, stems of all that is said of it."""
    weights: dict[str, float]
    unknown: float
    """The weight of a word that no move is told with."""


def closeness(
    clauses: Sequence[str], moves: Sequence[Move], encode_text: EncodeText | None
) -> Float[np.ndarray, "C M"]:
    """About 0 (nothing to do with it) to 1.25 (the same words); shared words alone give 0 to 1."""
    told = _told(tuple(moves))
    plain = [plainly(clause) for clause in clauses]
    shared = np.array(
        [
            np.maximum(_shared(a, told), _shared(b, told))
            for a, b in zip(clauses, plain, strict=True)
        ]
    )
    if encode_text is None:
        return shared
    both = pool(encode_text([*(_one_clause(c) for c in clauses), *plain]))
    cosines = both @ caption_vectors(told.sentences, encode_text).T
    ranked = np.sort(np.where(told.rows >= 0, cosines[:, told.rows], -1.0), axis=-1)
    agreeing = ranked[..., -AGREEING:].mean(axis=-1)
    meaning = (1 - MEAN_COUNTS) * ranked[..., -1] + MEAN_COUNTS * agreeing
    count = len(clauses)
    return (meaning[:count] + meaning[count:]) / 2 + SHARED_COUNTS * shared


def _shared(text: str, told: _Told) -> list[float]:
    """For each move, how much of the words' weight is in what is said of it."""
    words = set(telling(text))
    total = sum(told.weights.get(word, told.unknown) for word in words) or 1.0
    return [sum(told.weights[word] for word in words & mine) / total for mine in told.words]


def _one_clause(text: str) -> str:
    """Without the punctuation at which the encoder would cut it."""
    return " ".join("".join(c if c.isalnum() or c in "'-" else " " for c in text).split())


@lru_cache(maxsize=4)
def _told(moves: tuple[Move, ...]) -> _Told:
    said = [(*move.captions, *sayings().get(move.name, ())) for move in moves]
    words = tuple(
        frozenset(word for text in (*sentences, move.title, move.family) for word in telling(text))
        for move, sentences in zip(moves, said, strict=True)
    )
    frequency = Counter(word for each in words for word in each)
    most = max((len(sentences) for sentences in said), default=0)
    rows = np.full((len(moves), most), -1)
    first = 0
    for row, sentences in zip(rows, said, strict=True):
        row[: len(sentences)] = np.arange(first, first + len(sentences))
        first += len(sentences)
    return _Told(
        sentences=tuple(text for sentences in said for text in sentences),
        rows=rows,
        words=words,
        weights={w: math.log(1 + len(moves) / n) for w, n in frequency.items()},
        unknown=math.log(1 + 2 * len(moves)),
    )
