"""Which sections dance the choreography of another one, because the request says so."""

from __future__ import annotations

from collections.abc import Sequence

from engine.audio.sections import Section
from engine.directing.asked import invalid
from engine.errors import ChoreoError
from engine.request import SectionPrompt

NEAR = 1.0
"""Seconds from a section's start within which a place means it."""


def leaders(sections: Sequence[Section], parts: Sequence[SectionPrompt]) -> list[int | None]:
    """For each section the one whose choreography it dances; None where nothing is said.

    The section that is pointed at leads itself.

    Raises:
        ChoreoError: ``parameter_invalid``: a place where no section begins, or a circle.
    """
    points: dict[int, int] = {}
    for part in parts:
        if part.same_as is None:
            continue
        there = _beginning(sections, part.same_as)
        here = [n for n, s in enumerate(sections) if part.start <= (s.start + s.end) / 2 < part.end]
        if not here:
            raise invalid(
                f"No section lies between {part.start:g} and {part.end:g} s.", _begins(sections)
            )
        points.update(dict.fromkeys(here, there))
    result: list[int | None] = [None] * len(sections)
    for number in points:
        result[number] = leader = _followed(sections, points, number)
        result[leader] = leader
    return result


def _followed(sections: Sequence[Section], points: dict[int, int], number: int) -> int:
    """Where following ``same_as`` from a section ends."""
    passed = [number]
    while passed[-1] in points:
        following = points[passed[-1]]
        if following in passed:
            raise _circle(sections, passed)
        passed.append(following)
    return passed[-1]


def _circle(sections: Sequence[Section], passed: list[int]) -> ChoreoError:
    starts = ", ".join(f"{sections[number].start:.1f}" for number in passed)
    if len(passed) == 1:
        message = f"The section at {starts} s cannot be the same as itself."
    else:
        message = f"The sections at {starts} s wait for one another's choreography."
    return invalid(message, "Leave out 'same_as' of one of them.")


def _beginning(sections: Sequence[Section], second: float) -> int:
    """The section that begins there."""
    nearest = min(range(len(sections)), key=lambda n: abs(sections[n].start - second))
    if abs(sections[nearest].start - second) > NEAR:
        raise invalid(f"'same_as' is {second:g} s, where no section begins.", _begins(sections))
    return nearest


def _begins(sections: Sequence[Section]) -> str:
    starts = ", ".join(f"{section.start:.1f}" for section in sections)
    return f"This song's sections begin at {starts} s."
