"""How a take comes from another one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

PART, LONGER, LOOP, MIRROR = "part", "longer", "loop", "mirror"


@dataclass(frozen=True)
class Edit:
    """What is done to a take; the result is a new one."""

    kind: str
    """One of the above."""
    take: str
    """The number of the take that it comes from."""
    suffix: str
    """What the name of the new take says after its number."""
    start: float = 0.0
    """The part that is new, seconds of the new take."""
    end: float = 0.0
    note: str = ""
    """A sentence for the user when it is done."""

    @property
    def text(self) -> str:
        """As :func:`read_edit` reads it."""
        return json.dumps(asdict(self))


def read_edit(text: str) -> Edit:
    """What :attr:`Edit.text` was made of."""
    return Edit(**json.loads(text))
