"""What was made before and need not be made again.

Takes of one dancer are calibrated together, so they are kept or made together. Their key is the
content of everything that they are made from: the dancer's files, the code of this package and of
:mod:`engine.motion`, and the tables.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import engine.motion
from engine.training.collect.digest import digest_of
from engine.training.collect.quality import Figures
from engine.training.collect.sources import Dancer
from engine.training.collect.take import take_file

FILE = "cache.json"
ONLY_TELLS = ("__main__.py", "cache.py", "plots.py", "report.py")
"""Files of this package that change nothing in a take or its figures."""


def key_of(dancer: Dancer, names: set[str], known: set[str]) -> str:
    """What the takes ``names`` of a dancer depend on, as one digest."""
    data = digest_of([*(dancer.paths[name] for name in sorted(dancer.paths)), *dancer.skeletons])
    facts = [data, _code(), sorted(names), sorted(known & names), sorted(dancer.clips.items())]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


class Cache:
    """The figures of the takes in a folder, by dancer, beside the keys that they were made with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: set[str] = set()
        """Every file of a take that was ever written and not removed."""
        self.entries: dict[str, Any] = {}
        try:
            stored = json.loads((folder / FILE).read_text())
            self.files, self.entries = set(stored["files"]), stored["entries"]
        except (OSError, ValueError, KeyError):
            return

    def find(self, dancer: Dancer, key: str) -> list[Figures] | None:
        """The figures of a dancer's takes, if those with this key are still there."""
        entry = self.entries.get(_name(dancer))
        if entry is None or entry["key"] != key:
            return None
        figures = [Figures(**row) for row in entry["figures"]]
        if all((self.folder / take_file(row.source, row.name)).exists() for row in figures):
            return figures
        return None

    def store(self, dancer: Dancer, key: str, figures: list[Figures]) -> None:
        """Notes what was made, at once, so that an interrupted run is taken up where it ended."""
        self.files |= {take_file(row.source, row.name) for row in figures}
        self.entries[_name(dancer)] = {"key": key, "figures": [row.as_dict() for row in figures]}
        self._write()

    def prune(self, figures: list[Figures]) -> None:
        """Removes the takes of earlier runs that are not among these."""
        made = {take_file(row.source, row.name) for row in figures}
        for name in self.files - made:
            (self.folder / name).unlink(missing_ok=True)
        dancers = {f"{row.source} {row.subject}" for row in figures}
        self.entries = {name: entry for name, entry in self.entries.items() if name in dancers}
        self.files = made
        self._write()

    def _write(self) -> None:
        stored = {"files": sorted(self.files), "entries": self.entries}
        (self.folder / FILE).write_text(json.dumps(stored))


def _name(dancer: Dancer) -> str:
    return f"{dancer.source} {dancer.subject}"


@cache
def _code() -> str:
    package, motion = Path(__file__).parent, Path(engine.motion.__file__).parent
    code = [path for path in sorted(package.glob("*.py")) if path.name not in ONLY_TELLS]
    return digest_of([*code, *sorted(package.glob("*.csv")), *sorted(motion.glob("*.py"))])
