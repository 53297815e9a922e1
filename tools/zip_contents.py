"""What a zip of the extension holds: its modules and, from the wheels in it, theirs."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field, replace
from email.message import Message
from email.parser import BytesParser
from pathlib import Path, PurePosixPath

from packaging.utils import parse_wheel_filename

ADDON = "kpop_choreo"
"""Stands for the package that Blender makes of the zip's root."""
COMPILED = (".so", ".pyd")


@dataclass(frozen=True)
class Contents:
    """Everything in a zip that can be imported."""

    sources: dict[str, bytes] = field(default_factory=dict)
    """Module to its source; packages under their own name, compiled modules without any."""
    packages: frozenset[str] = frozenset()
    owners: dict[str, str] = field(default_factory=dict)
    """Module to the wheel that brings it; our own have none."""
    metadata: dict[str, Message] = field(default_factory=dict)
    """Wheel (as its project is called) to its METADATA."""
    wheels: tuple[str, ...] = ()
    """Names of their files."""

    def without(self, wheel: str) -> Contents:
        """The same with one wheel left out."""
        kept = {name: text for name, text in self.sources.items() if self.owners.get(name) != wheel}
        rest = {name: told for name, told in self.metadata.items() if name != wheel}
        above = {parent for name in kept for parent in _parents(name.split("."))}
        packages = self.packages & (above | set(kept))
        return replace(self, sources=kept, packages=packages, metadata=rest)

    def modules_of(self, owner: str | None) -> list[str]:
        """What one wheel brings, or what is our own."""
        return [name for name in self.sources if self.owners.get(name) == owner]


def read_zip(path: Path) -> Contents:
    """The modules of a built zip and of the wheels in it."""
    with zipfile.ZipFile(path) as stored:
        names = stored.namelist()
        ours = {name: stored.read(name) for name in names if name.endswith(".py")}
        wheels = {
            PurePosixPath(name).name: stored.read(name) for name in names if name.endswith(".whl")
        }
    return read_parts(ours, wheels)


def read_parts(ours: dict[str, bytes], wheels: dict[str, bytes]) -> Contents:
    """The same from our files (path to text) and the wheels (file name to bytes)."""
    sources: dict[str, bytes] = {}
    packages: set[str] = set()
    owners: dict[str, str] = {}
    metadata: dict[str, Message] = {}
    own = {
        name if name.startswith("engine/") else f"{ADDON}/{name}": text
        for name, text in ours.items()
    }
    _add(own, None, sources, packages, owners)
    for file_name, content in wheels.items():
        project = str(parse_wheel_filename(file_name)[0])
        with zipfile.ZipFile(io.BytesIO(content)) as wheel:
            names = wheel.namelist()
            files = {name: wheel.read(name) for name in names if name.endswith(".py")}
            files |= {name: b"" for name in names if name.endswith(COMPILED)}
            (told,) = (name for name in names if name.endswith(".dist-info/METADATA"))
            metadata[project] = BytesParser().parsebytes(wheel.read(told))
        _add(files, project, sources, packages, owners)
    return Contents(sources, frozenset(packages), owners, metadata, tuple(wheels))


def _add(
    files: dict[str, bytes],
    owner: str | None,
    sources: dict[str, bytes],
    packages: set[str],
    owners: dict[str, str],
) -> None:
    for path, text in files.items():
        parts = list(PurePosixPath(path).parts)
        parts[-1] = parts[-1].split(".")[0]
        packages |= _parents(parts)
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        sources[name] = text
        if owner is not None:
            owners[name] = owner


def _parents(parts: list[str]) -> set[str]:
    return {".".join(parts[:end]) for end in range(1, len(parts))}
