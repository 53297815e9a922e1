"""What suits which part of a song: steps that travel in a verse, hits and size in a chorus, ..."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

import numpy as np

from engine.choreography.words import stem
from engine.vocabulary.move import HITS, Move

TASTE: Mapping[str, Mapping[str, float]] = {
    "intro": {"smooth": 0.4, "sharp": -0.1},
    "verse": {"travels": 0.5, "sharp": -0.1},
    "pre-chorus": {"sharp": 0.3, "lively": 0.2},
    "chorus": {"sharp": 0.4, "lively": 0.4, "wide": 0.3, "travels": -0.2},
    "post-chorus": {"sharp": 0.4, "lively": 0.4, "travels": -0.2},
    "dance break": {"sharp": 0.5, "lively": 0.5, "low": 0.2},
    "bridge": {"low": 0.5, "smooth": 0.3, "turns": 0.3},
    "outro": {"wide": 0.3, "sharp": 0.2},
}
"""What each trait (:func:`traits`) adds to a move's score."""
MANNERS: Mapping[str, Mapping[str, float]] = {
    "smooth flowing soft gentle lyrical fluid graceful elegant slow": {
        "smooth": 0.6,
        "sharp": -0.5,
        "lively": -0.6,
    },
    "sharp crisp powerful strong hard fierce precise": {"sharp": 0.5, "smooth": -0.2},
    "big wide large huge explosive": {"wide": 0.5, "lively": 0.2},
    "low deep": {"low": 0.6},
    "energetic lively wild": {"lively": 0.5},
}
"""Words for how to dance, and what they add for traits of moves."""
FAR = 0.25
"""Metres from which a move or a foot travels."""
WIDE = 0.75
"""Arm's lengths from the chest to a hand that is held far out."""


@lru_cache(maxsize=1024)
def traits(move: Move) -> dict[str, float]:
    """0..1 each: how much a move has of what a choreographer places it by."""
    hits = [(key.timing or move.timing) in HITS for key in move.keys]
    places = [abs(number) for key in move.keys for number in key.place or ()]
    facings = [abs(key.facing) for key in move.keys if key.facing is not None]
    hands = [h for key in move.keys for h in (key.left_hand, key.right_hand) if h is not None]
    far = [h.part == "chest" and float(np.linalg.norm(h.point)) > WIDE for h in hands]
    return {
        "sharp": sum(hits) / len(hits),
        "smooth": float(move.timing == "smooth"),
        "lively": float(np.clip(2 * sum(move.energy) - 2, 0.0, 1.0)),
        "travels": float(max(places, default=0.0) >= FAR),
        "turns": float(max(facings, default=0.0) >= np.pi / 2),
        "wide": sum(far) / max(1, len(far)),
        "low": float(move.level != "standing"),
    }


def wanted_traits(stems: Collection[str]) -> dict[str, float]:
    """What the words of a prompt add for traits."""
    said = [w for words, w in MANNERS.items() if any(stem(word) in stems for word in words.split())]
    return {trait: sum(w.get(trait, 0.0) for w in said) for w in said for trait in w}


def suits(kind: str, taste: Mapping[str, float], move: Move) -> float:
    """What a move gains in a kind of section and by the manner that is asked for."""
    has = traits(move)
    return sum(w * has[trait] for which in (TASTE[kind], taste) for trait, w in which.items())


def arrival(move: Move) -> int:
    """Counts after its first on which a pose is reached: where it hits."""
    hits = [key.count for key in move.keys if (key.timing or move.timing) in HITS]
    return int(hits[-1]) - 1 if hits else 0


def fits(move: Move, length: int) -> bool:
    """Whether a move, danced a whole number of times, takes ``length`` counts."""
    return length % move.counts == 0


def follows(before: Move, after: Move) -> bool:
    """Whether ``after`` follows well."""
    standing = "any" in before.then and after.level != "floor"
    return standing or after.family in before.then or after.name in before.then
