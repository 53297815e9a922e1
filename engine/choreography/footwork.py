"""Steps under arms: how often a dancer steps while the arms dance, and which steps suit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.choreography.repertoire import Asked
from engine.vocabulary.move import Move

STEPPED = 1.3
"""How often a move that stands is danced over steps at energy 1, at most always."""
STYLED = 0.8
"""What steps of the wanted style gain."""
WISHED = 3.0
"""What steps gain that were asked for themselves."""
PACE = 1.5
"""What steps lose for being as unlike the wanted energy as can be."""
USED = 0.25
"""What steps lose for each time that they were danced before."""


def often(move: Move, energy: float, asked: Asked, danced: int) -> float:
    """The chance 0..1 that a move that stands is danced over steps.

    Never where the user wants planted feet or one single thing; and what was asked for is shown as
    it is before steps go under it.

    Args:
        danced: how often the move was in the dance before.
    """
    if asked.planted or asked.plain or (asked.names(move.name) and not danced):
        return 0.0
    return min(1.0, STEPPED * energy)


def suitable(
    move: Move,
    counts: int,
    energy: float,
    asked: Asked,
    carriers: Sequence[Move],
    pace: Mapping[str, float],
) -> dict[str, float]:
    """Steps that can go under a move on so many counts, and how well each suits."""
    return {
        steps.name: STYLED * (steps.name in asked.in_style)
        + WISHED * asked.names(steps.name)
        - PACE * abs(pace[steps.name] - energy)
        for steps in carriers
        if steps.counts <= counts
        and (move.mirrors or not _travels(steps))
        and (steps.name in asked.in_style or not asked.in_style)
    }


def _travels(steps: Move) -> bool:
    return any(key.place is not None for key in steps.keys)
