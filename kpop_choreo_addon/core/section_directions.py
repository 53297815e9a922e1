"""What sections of a song are told for themselves, and how that finds its section again.

A direction is kept with the start and the label of its section. When the song is heard anew or its
sections are corrected, it belongs to the section that begins nearest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import ChoreoError
from .files import read_json

NEAR = 4.5
"""Seconds by which a section may have moved, about two bars, to be known again."""
OTHER_LABEL = 2.0
"""Seconds that another label counts as."""

Section = Mapping[str, Any]


@dataclass(frozen=True)
class Direction:
    """What one section is told; nothing: it is danced as the song is."""

    start: float
    """Second of the song at which its section began when it was last shown."""
    end: float
    label: str
    prompt: str = ""
    style: str = ""
    energy: float | None = None
    same_as: float | None = None
    """Second at which the section begins whose choreography is danced again."""
    same_label: str = ""

    @property
    def says_something(self) -> bool:
        """Whether it makes a difference."""
        words = bool(self.prompt.strip() or self.style)
        return words or self.energy is not None or self.same_as is not None


def matched(sections: Sequence[Section], directions: Sequence[Direction]) -> dict[int, int]:
    """For the number of a section the number of its direction; nearest first, one to one."""
    costs = sorted(
        (_distance(section, direction.start, direction.label), s, d)
        for s, section in enumerate(sections)
        for d, direction in enumerate(directions)
        if abs(float(section["start"]) - direction.start) <= NEAR
    )
    found: dict[int, int] = {}
    for _, section, direction in costs:
        if section not in found and direction not in found.values():
            found[section] = direction
    return found


def section_of(sections: Sequence[Section], start: float, label: str) -> int | None:
    """The section that begins nearest to ``start``, of that label rather than of another."""
    near = [n for n, s in enumerate(sections) if abs(float(s["start"]) - start) <= NEAR]
    return min(near, key=lambda n: _distance(sections[n], start, label), default=None)


def section_prompts(
    sections: Sequence[Section], directions: Sequence[Direction]
) -> list[dict[str, Any]]:
    """What the engine is told of the sections that have something of their own.

    Args:
        sections: of the heard song; none: it was not heard yet, and directions are as they were.
    """
    if not sections:
        kept = sorted(directions, key=lambda direction: direction.start)
        return _telling(_row(d, d.start, d.end, d.same_as) for d in kept)
    rows = []
    for number, place in sorted(matched(sections, directions).items()):
        direction, section = directions[place], sections[number]
        same = None
        if direction.same_as is not None:
            other = section_of(sections, direction.same_as, direction.same_label)
            same = None if other in (None, number) else float(sections[other]["start"])
        rows.append(_row(direction, float(section["start"]), float(section["end"]), same))
    return _telling(rows)


def read_section_prompts(text: str) -> list[dict[str, Any]]:
    """The list that a script gives, as CONTRACT.md's ``section_prompts``.

    Raises:
        ChoreoError: ``sections_unreadable``.
    """
    try:
        rows = read_json(text)
        if isinstance(rows, list) and all(float(r["start"]) < float(r["end"]) for r in rows):
            return rows
    except (ValueError, KeyError, TypeError, OverflowError):
        pass
    raise ChoreoError(
        "sections_unreadable",
        "The sections that were given cannot be read.",
        'Give a JSON list like [{"start": 12.0, "end": 24.0, "energy": 0.9}].',
    )


def _distance(section: Section, start: float, label: str) -> float:
    return abs(float(section["start"]) - start) + OTHER_LABEL * (section["label"] != label)


def _telling(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that say more than where they are."""
    return [row for row in rows if len(row) > 2]


def _row(direction: Direction, start: float, end: float, same: float | None) -> dict[str, Any]:
    row: dict[str, Any] = {"start": round(start, 4), "end": round(end, 4)}
    if same is not None:
        row["same_as"] = round(same, 4)
    else:
        row |= {"prompt": direction.prompt.strip()} if direction.prompt.strip() else {}
        row |= {"style": direction.style} if direction.style else {}
    if direction.energy is not None:
        row["energy"] = round(direction.energy, 4)
    return row
