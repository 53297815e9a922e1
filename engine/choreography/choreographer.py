"""Writes the moves of each eight, as a choreographer would lay out a song.

A chorus has one signature eight that comes back (A, its mirror, B, A) and returns unchanged. A
verse has more different eights and returns with variations. Before a chorus the moves grow shorter
and the energy rises. A bridge and a dance break use what was not danced yet. The last eight ends in
a pose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from engine.choreography.footwork import USED, often, suitable
from engine.choreography.phrases import EIGHT, PlacedMove
from engine.choreography.repertoire import Asked
from engine.choreography.taste import arrival, fits, follows, suits
from engine.vocabulary.layers import stands
from engine.vocabulary.move import Move
from engine.vocabulary.pace import paces

PATTERNS = {
    "intro": ("AABB", "AABC"),
    "verse": ("ABAC", "AaBC", "ABaC"),
    "pre-chorus": ("ABCD",),
    "chorus": ("AaBA", "AABa"),
    "post-chorus": ("AaAB", "AABa"),
    "dance break": ("ABCD", "AaBC"),
    "bridge": ("ABCD", "AaBC"),
    "outro": ("AaAB", "AABC"),
}
"""Letters are eights, a small one is the mirror of the big one; the seed chooses the pattern."""
SPLITS = {
    "intro": ((8,), (4, 4)),
    "verse": ((4, 4), (8,), (4, 2, 2)),
    "chorus": ((4, 4), (4, 2, 2), (2, 2, 4), (8,)),
    "post-chorus": ((4, 4), (4, 2, 2), (8,)),
    "dance break": ((4, 2, 2), (4, 4), (2, 2, 4)),
    "bridge": ((8,), (4, 4), (2, 2, 4)),
    "outro": ((8,), (4, 4)),
}
"""How many counts the moves of an eight take."""
BUILD = ((4, 4), (4, 2, 2), (2, 2, 2, 2))
"""Before a chorus: the splits of the eights, earliest first."""
BUILDS_FROM = 0.5
"""Energy under which the moves before a chorus stay long."""
LIFT = {
    "intro": -0.08,
    "verse": -0.05,
    "chorus": 0.06,
    "post-chorus": 0.06,
    "dance break": 0.06,
    "bridge": -0.04,
    "outro": -0.08,
}
"""What a section adds to the energy slider beside the song's own energy."""
BUILD_LIFT = (-0.04, 0.06)
"""The same at the beginning and the end of a pre-chorus."""
PACE = 3.0
"""What the liveliest move loses where the calmest is wanted, and the other way round."""
LESS_PACE = 0.2
"""Share of that for moves that were asked for."""
MOST_TIMES = 4
"""How often a move is danced in a row, if others can be had."""
SEVERAL = 3
"""So many moves for one wish can take turns."""
NEVER = -1e9
STYLE = 1.3
"""What a move of the wanted style gains."""
IN_STYLE = 3.0
"""What a move of the wanted style loses for energy that it does not suit; others lose 8."""
FILLED = 4
"""Eights that are filled with what was asked; later ones also have moves that go with it."""
MEANT, LESS_CLOSE = 4.0, 20.0
"""What a meant move gains, and what it loses for being less close (1 is all there is)."""
SAME = 0.01
"""Moves within so much closeness are meant alike."""


@dataclass(frozen=True)
class Spot:
    """An eight that is to be filled."""

    kind: str
    """A key of :data:`PATTERNS`."""
    letter: str
    """Which eight of its section's pattern it is; ``A1`` is the A of the second round."""
    part: float
    """0..1: how far its section has gone."""
    energy: float
    """0..1: how lively it will be."""
    number: int = 0
    """Which eight of the dance it is, from 0."""
    first: int = 1
    """The count, 1 to 8, on which it begins."""
    counts: int = EIGHT
    """How many counts it has."""


@dataclass
class Choreographer:
    """Chooses moves; remembers what was danced, so that a song does not use one move up."""

    moves: Sequence[Move]
    creativity: float
    rng: np.random.Generator
    used: Counter[str] = field(default_factory=Counter)

    @cached_property
    def _carriers(self) -> list[Move]:
        return [move for move in self.moves if move.carries]

    @cached_property
    def _pace(self) -> dict[str, float]:
        return paces(self.moves)

    def write(self, spot: Spot, asked: Asked) -> tuple[PlacedMove, ...]:
        """An eight; empty only where there are no moves at all."""
        if not self.moves:
            return ()
        placed: list[PlacedMove] = []
        before: Move | None = None
        first = spot.first
        whole = spot.counts == EIGHT
        for order, length in enumerate(self._split(spot, asked) if whole else pieces(spot)):
            move = self._choose(spot, asked, order, length - length % 2 or length, before)
            if move is not None:
                placed.append(self._stepped(self._place(move, first, length), move, spot, asked))
                self.used[move.name] += 1
            before = move or before
            first += length
        return tuple(placed)

    def vary(
        self, placed: tuple[PlacedMove, ...], spot: Spot, asked: Asked
    ) -> tuple[PlacedMove, ...]:
        """The same eight with another second half."""
        half = EIGHT // 2
        kept = [move for move in placed if move.first <= half]
        if not kept:
            return placed
        before = next(m for m in self.moves if m.name == kept[-1].name)
        kept[-1] = replace(kept[-1], counts=min(kept[-1].counts, half + 1 - kept[-1].first))
        new = self._choose(spot, asked, 1, half, before, apart_from=kept[-1].name)
        if new is None:
            return placed
        self.used[new.name] += 1
        return (*kept, self._place(new, half + 1, half))

    def end(
        self, placed: tuple[PlacedMove, ...], asked: Asked, last: int, begin: int
    ) -> tuple[PlacedMove, ...]:
        """The counts ``begin`` to ``last`` of an eight, with a pose that is reached on ``last``.

        Without one in the vocabulary the last move is held where it is.
        """
        closing = [m for m in self.moves if m.rests and last - begin >= arrival(m)]
        first = last + 1
        chosen: tuple[PlacedMove, ...] = ()
        if closing:
            move = closing[self._draw(np.array([self._fit(m, asked) for m in closing]))]
            first = last - arrival(move)
            chosen = (self._place(move, first, min(move.counts, EIGHT + 1 - first)),)
        kept = [
            replace(m, counts=min(m.counts, first - m.first)) for m in placed if m.first < first
        ]
        return (*kept, *chosen)

    def pattern(self, kind: str) -> str:
        """The order of eights in a section of that kind."""
        return str(self.rng.choice(PATTERNS[kind]))

    def _split(self, spot: Spot, asked: Asked) -> tuple[int, ...]:
        """How the eight is divided; so that the named moves can fill it, if there are any."""
        if spot.kind == "pre-chorus" and spot.energy >= BUILDS_FROM:
            splits: tuple[tuple[int, ...], ...] = (
                BUILD[min(len(BUILD) - 1, int(spot.part * len(BUILD)))],
            )
        else:
            splits = SPLITS.get(spot.kind, SPLITS["verse"])
        if asked.named:
            possible = (*splits, (4, 4), (8,))
            if not asked.plain:  # several things: more than one in an eight
                splits = tuple(s for s in splits if len(s) > 1)
                possible = (*splits, (4, 4), (2, 2, 4), (8,))
            able = [s for s in possible if self._named_fill(s, spot, asked)]
            splits = tuple(s for s in able if s in splits) or tuple(able[:1]) or splits or ((4, 4),)
        odds = np.array([1.0 / (1 + rank) ** (2 - self.creativity) for rank in range(len(splits))])
        return splits[int(self.rng.choice(len(splits), p=odds / odds.sum()))]

    def _named_fill(self, split: tuple[int, ...], spot: Spot, asked: Asked) -> bool:
        return all(
            not focus or any(fits(m, length) for m in self.moves if m.name in _closest(focus))
            for length, focus in zip(
                split, (self._focus(spot, asked, n) for n in range(len(split))), strict=True
            )
        )

    def _choose(
        self,
        spot: Spot,
        asked: Asked,
        order: int,
        length: int,
        before: Move | None,
        apart_from: str = "",
    ) -> Move | None:
        scores = np.array(
            [
                self._score(move, spot, asked, order, length, before)
                - (1.0 if move.name == apart_from else 0.0)
                for move in self.moves
            ]
        )
        return self.moves[self._draw(scores)] if scores.max() > NEVER / 2 else None

    def _draw(self, scores: np.ndarray) -> int:
        """The best, or with creativity one of the good ones (Gumbel's noise; a softmax draw)."""
        breadth = 0.05 + 0.35 * self.creativity
        return int(np.argmax(scores + breadth * self.rng.gumbel(size=len(scores))))

    def _fit(self, move: Move, asked: Asked) -> float:
        """How well a move suits words and style."""
        weight = 0.55 if asked.told and not asked.unclear else 0.3
        return weight * asked.standing[move.name] + STYLE * (move.name in asked.in_style)

    def _score(
        self,
        move: Move,
        spot: Spot,
        asked: Asked,
        order: int,
        length: int,
        before: Move | None,
    ) -> float:
        focus = self._focus(spot, asked, order)
        if not fits(move, length) or ("ending" in move.family and move.name not in focus):
            return NEVER
        score = self._fit(move, asked)
        pace = PACE
        if move.name in focus:
            score += MEANT - LESS_CLOSE * focus[move.name]
            pace *= LESS_PACE
        low, high = move.energy
        unlike = max(low - spot.energy, spot.energy - high, 0.0)
        score -= pace * abs(self._pace[move.name] - spot.energy)
        score += suits(spot.kind, asked.taste, move)
        score -= (IN_STYLE if move.name in asked.in_style else 8.0) * unlike
        times = length // move.counts
        score += 0.2 if times == 1 else -0.1 * times - 0.8 * (times > MOST_TIMES)
        if (move.counts, length) == (4, 8) and move.name not in focus:
            score -= 0.6  # a long move twice in a row says nothing new
        newness = (0.6 if spot.kind in ("bridge", "dance break") else 0.4) * (
            0.5 if asked.told else 1.0
        )
        # A wish that several moves fulfil is fulfilled by one after another.
        bound = move.name in focus and len(_closest(focus)) < SEVERAL
        score -= newness * min(5, self.used[move.name]) * (not bound)
        if move.rests:
            score -= 1.0
        if move.level == "floor":
            score -= 0.8 if spot.kind in ("bridge", "chorus", "dance break") and order else 2.0
        if before is not None:
            score += 0.0 if follows(before, move) else -0.7
            again = 0.4 * (before.family == move.family) + 1.2 * (before.name == move.name)
            score -= again * (not bound)
        return score

    def _focus(self, spot: Spot, asked: Asked, order: int) -> dict[str, float]:
        """The named moves whose turn it is: one plain thing always, else one after another.

        Every eight begins with one of them; in a long dance outside its choruses every second one.
        Where more was asked than names of moves, some of the others are free to answer that. A long
        dance has free ones in any case.
        """
        if not asked.named:
            return {}
        later = spot.number >= FILLED and spot.kind not in ("chorus", "post-chorus")
        if asked.plain:
            return {} if later and order and spot.number % 2 else asked.named[0]
        if order == 0:
            turn = spot.number // 2 if later else spot.number
            return {} if later and spot.number % 2 else asked.named[turn % len(asked.named)]
        turns = asked.named if asked.all_named and not later else (*asked.named, {})
        return turns[(spot.number + order) % len(turns)]

    def _place(self, move: Move, first: int, counts: int) -> PlacedMove:
        mirrored = move.mirrors and bool(self.rng.random() < 0.5)
        return PlacedMove(move.name, first, counts, mirrored, self._caption(move))

    def _stepped(self, place: PlacedMove, move: Move, spot: Spot, asked: Asked) -> PlacedMove:
        """The place with steps under its arms, where a dancer would rather step than stand."""
        chance = often(move, spot.energy, asked, self.used[move.name])
        if not stands(move) or self.rng.random() >= chance:
            return place
        scores = suitable(move, place.counts, spot.energy, asked, self._carriers, self._pace)
        if not scores:
            return place
        names = list(scores)
        used = np.array([self.used[f"under: {name}"] for name in names])
        steps = names[self._draw(np.array(list(scores.values())) - USED * np.minimum(used, 5))]
        self.used[f"under: {steps}"] += 1
        return replace(place, steps=steps)

    def _caption(self, move: Move) -> str:
        """One of its captions without commas, which would cut it in two."""
        whole = [c for c in move.captions if "," not in c] or list(move.captions)
        choice = int(self.rng.integers(1 + round((len(whole) - 1) * self.creativity)))
        return whole[choice]


def pieces(spot: Spot) -> tuple[int, ...]:
    """How what is left of an eight is divided: the short piece where the dance begins or ends.

    A piece of three counts is for a move of two, which is held.
    """
    four, rest = divmod(spot.counts, 4)
    lengths = (4,) * four + ((rest,) if rest else ())
    return lengths if spot.first == 1 else lengths[::-1]


def _closest(focus: dict[str, float]) -> set[str]:
    """Those of the meant moves that are meant most."""
    return {name for name, less in focus.items() if less < SAME}


def move_accents(placed: Sequence[PlacedMove], moves: dict[str, Move]) -> tuple[float, ...]:
    """Counts (1 to 8, halves kept) on which the moves hit or hold."""
    counts: set[float] = set()
    for place in placed:
        move = moves.get(place.name)
        if move is None:
            continue
        hit = [key.count - 1 for key in move.keys if move.hits(key)]
        for again in range(0, place.counts, move.counts):
            counts.update(place.first + again + c for c in hit if again + c < place.counts)
    return tuple(sorted(counts))
