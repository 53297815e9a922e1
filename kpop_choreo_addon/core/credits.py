"""Whose work the extension stands on: read from one table, shown in About and written elsewhere."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("credits.toml")


@dataclass(frozen=True)
class Work:
    """A program, a model, data or a song."""

    title: str
    part: str
    """What it is to the extension."""
    by: str
    licence: str
    """SPDX identifier."""
    in_zip: bool
    link: str = ""
    note: str = ""
    files: tuple[str, ...] = ()
    """Patterns of paths in the project."""

    @property
    def terms(self) -> str:
        """The licence as people read it."""
        own = self.licence.startswith("LicenseRef-")
        return "free for all uses" if own else self.licence


def read_works() -> tuple[Work, ...]:
    """All of them, ours first."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return tuple(
        Work(**(entry | {"files": tuple(entry.get("files", ()))})) for entry in table["work"]
    )
