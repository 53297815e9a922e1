"""A sketch of the plan: its moves, played on the song's counts, before the model dances them.

A choreographer marks the steps first and dances them afterwards. Here the vocabulary's player marks
them, and the model starts from that sketch under noise instead of from noise alone (SDEdit: Meng et
al., 2022): what the plan asks for is there, on its counts, and the model makes a dance of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from engine.choreography.accents import accented
from engine.choreography.phrases import Phrase, Plan
from engine.motion.features import FPS, encode
from engine.motion.warping import warp
from engine.vocabulary.player import play
from engine.vocabulary.score import Dancer, Part, Score

SIZES = (0.42, 1.5)
"""Extent of the moves at energy 0 and 1."""
STRIDES = (0.9, 1.5)
"""Extent of steps beside that."""
GROOVES = (0.0, 2.8)
"""Extent of the groove at bounce 0 and 1."""
LEVEL = (0.75, 0.0)
"""How far the pelvis keeps its height at bounce 0, and from half of the slider on."""
SHARPNESS = (1.0, 0.0)
"""At smoothness 0 and 1."""
LOOSENESS = (0.5, 1.8)
"""The same of the hands' follow-through."""

ADVERBS: dict[str, dict[str, float]] = {
    "low": {"drop": 0.08},
    "deep": {"drop": 0.06},
    "crouching": {"drop": 0.12},
    "tall": {"drop": -0.015},
    "upright": {"drop": -0.015},
    "wide": {"stance": 0.35},
    "narrow": {"stance": -0.25},
    "big": {"size": 0.15},
    "large": {"size": 0.15},
    "huge": {"size": 0.25},
    "powerful": {"size": 0.12},
    "small": {"size": -0.2},
    "tiny": {"size": -0.3},
    "subtle": {"size": -0.25},
    "bouncy": {"groove": 0.6},
    "bouncing": {"groove": 0.6},
    "leaning": {"lean": 0.15},
}
"""Words of a prompt that say how moves are danced, and what of the dancer they change."""
NOT_HOW = {"low": ("v",), "big": ("heart",)}
"""Words after which such a word belongs to a move's name."""


BY_STYLE: dict[str, dict[str, float]] = {
    "cute": {"stance": -0.15, "stride": -0.4, "groove": 0.3},
    "ballad": {"stance": -0.1, "stride": -0.2, "groove": -0.3},
    "sexy": {"stance": -0.1, "stride": -0.25},
    "hip-hop": {"groove": 0.3, "drop": 0.02},
    "swag": {"groove": 0.2, "drop": 0.015},
    "girl-crush": {"stance": 0.1},
}
"""What of the dancer a style changes."""


@dataclass(frozen=True)
class Manner:
    """How the plan is to be danced: the sliders, 0..1."""

    energy: Float[np.ndarray, " P"]
    """For each phrase."""
    smoothness: float
    bounce: float


def sketch_plan(
    plan: Plan, manner: Manner, seconds: Float[np.ndarray, " T"], seed: int, cyclic: bool = False
) -> Float[np.ndarray, "T F"]:
    """Feature rows of the plan's moves at given seconds of the song, which rise by about 1/30.

    The plan must have moves (:func:`has_moves`); a phrase without any stands in the pose of what
    came before. The same arguments give the same rows.

    Args:
        cyclic: the end flows into the beginning: what is shown is the second of three rounds.
    """
    score = score_plan(plan, manner, seed)
    count = plan.counts.position(seconds) - _origin(plan)
    if cyclic:
        low, high = plan.counts.position(np.array([plan.start, plan.end])).tolist()
        rounds = [
            replace(part, start=part.start + number * (high - low))
            for number in range(3)
            for part in score.parts
        ]
        accents = [at + number * (high - low) for number in range(3) for at in score.accents]
        score = replace(score, parts=tuple(rounds), accents=tuple(accents))
        count = count + high - low
    played = play(score, tail=2.0)
    shown = np.interp(count, played.count, np.arange(len(played.count)) / FPS)
    return encode(warp(played.motion, shown))


def has_moves(plan: Plan) -> bool:
    """Whether there is anything to sketch."""
    return any(phrase.moves for phrase in plan.phrases)


def score_plan(plan: Plan, manner: Manner, seed: int) -> Score:
    """The plan as a score whose count 0 is the first count of its first phrase."""
    parts: list[Part] = []
    for phrase, energy in zip(plan.phrases, manner.energy.tolist(), strict=True):
        dancer = Dancer(
            size=_between(SIZES, energy),
            stride=_between(STRIDES, energy),
            groove=_between(GROOVES, manner.bounce),
            drop=0.02,
        )
        parts += _parts(phrase, _as_said(dancer, phrase), _origin(plan))
    period = float(np.median(np.diff(plan.counts.times)))
    dancer = Dancer(
        sharpness=_between(SHARPNESS, manner.smoothness),
        looseness=_between(LOOSENESS, manner.smoothness),
        groove=_between(GROOVES, manner.bounce),
        level=_between(LEVEL, 2.0 * manner.bounce),
    )
    lead_in = max(2.0, parts[0].start + 2.0)
    accents = tuple(float(count) - _origin(plan) for count in accented(plan))
    return Score(tuple(parts), 60.0 / period, dancer, seed, lead_in, accents)


def _parts(phrase: Phrase, dancer: Dancer, origin: float) -> list[Part]:
    """The moves of a phrase, each danced until its counts are full, to both sides in turn."""
    parts = []
    for placed in phrase.moves:
        move = placed.dance()
        start = phrase.number(float(placed.first)) - origin
        for number, at in enumerate(range(0, placed.counts, move.counts)):
            if at + move.counts > placed.counts and number:
                break
            other = placed.mirrored != (number % 2 == 1)
            parts.append(Part(move.sided(other), start + at, dancer))
    return parts


def _as_said(dancer: Dancer, phrase: Phrase) -> Dancer:
    """The dancer, changed by the style and by each word of :data:`ADVERBS` in the prompt."""
    words = re.findall(r"\w+", phrase.prompt.lower())
    changes = dict(BY_STYLE.get(phrase.style, {}))
    for word, after in zip(words, [*words[1:], ""], strict=False):
        if after not in NOT_HOW.get(word, ()):
            changes |= ADVERBS.get(word, {})
    changed = {name: getattr(dancer, name) + by for name, by in changes.items()}
    return replace(dancer, **changed | {"groove": max(0.0, changed.get("groove", dancer.groove))})


def _origin(plan: Plan) -> float:
    return plan.phrases[0].number(1.0)


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * float(np.clip(share, 0.0, 1.0))
