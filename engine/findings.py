"""What the Doctor finds; the standard library alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from engine.errors import ChoreoError

OK, WARNING, PROBLEM, SKIPPED = "ok", "warning", "problem", "skipped"


@dataclass(frozen=True)
class Finding:
    """One sentence about one link."""

    level: str
    """``ok``, ``warning``, ``problem`` or ``skipped``."""
    message: str
    remedy: str = ""
    code: str = ""
    """As that of a ChoreoError; empty where nothing is wrong."""
    detail: str = ""
    """Versions and folders, for a report."""
    check: str = ""
    """The name of the check in ``engine.doctor.CHECKS``."""

    def as_event(self) -> dict[str, str]:
        """A line of ``python -m engine doctor --json``."""
        return {"event": "finding", **asdict(self)}


@dataclass(frozen=True)
class Asked:
    """What is to be tested."""

    model: str
    device: str


Check = Callable[[Asked], Iterator[Finding]]


def good(message: str, detail: str = "") -> Finding:
    """A link that holds."""
    return Finding(OK, message, detail=detail)


def doubt(code: str, message: str, remedy: str, detail: str = "") -> Finding:
    """A link that holds now and may not hold for long."""
    return Finding(WARNING, message, remedy, code, detail)


def bad(code: str, message: str, remedy: str, detail: str = "") -> Finding:
    """A link that is broken."""
    return Finding(PROBLEM, message, remedy, code, detail)


def of_error(error: ChoreoError) -> Finding:
    """A link that is broken, in the words of an error."""
    return bad(error.code, error.message, error.remedy)
