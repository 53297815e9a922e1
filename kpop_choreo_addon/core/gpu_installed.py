"""The GPU engine on the disk: found, described, verified, removed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .errors import Cancelled, ChoreoError
from .files import whole
from .gpu_builds import Build
from .gpu_unpack import encoded, is_used, long_path, parse_record, placed

CONTENTS = "installed.json"
PART, GONE = ".part", ".gone"
"""Ends of folders that are being made, and that are being removed."""
FETCHED = "fetched"
"""Where wheels lie until they are unpacked, within a folder that is being made."""


@dataclass(frozen=True)
class Problem:
    """Why an installed engine cannot be used."""

    code: str
    message: str
    remedy: str


@dataclass(frozen=True)
class Installed:
    """What :data:`CONTENTS` says of a folder."""

    build: str
    torch: str
    python: str
    wheels: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each wheel that was unpacked."""
    device: str = ""
    """What its check computed on, like ``cuda``; empty until it was checked."""
    device_name: str = ""
    memory: int = 0
    milliseconds: float = 0.0
    """Of one window of the dance model."""
    bytes: int = 0
    """On the disk."""
    problem: Problem | None = None

    @property
    def usable(self) -> bool:
        """Whether its check went well."""
        return bool(self.device) and self.problem is None

    @property
    def title(self) -> str:
        """What it computes on."""
        memory = f", {self.memory / 2**30:.0f} GB" if self.memory else ""
        return f"{self.device_name or 'the processor'}{memory}"

    @property
    def id(self) -> str:
        """Name of its folder."""
        return f"{self.build.lower()}-{self.torch}-py{self.python.replace('.', '')}"

    def is_current(self, builds: dict[str, Build]) -> bool:
        """Whether this release of the add-on would fetch the same."""
        return self.build in builds and builds[self.build].id == self.id


def find_installed(root: Path, python: str) -> Installed | None:
    """The finished GPU engine for ``python`` in ``root``; None where there is none."""
    found = []
    for path in root.glob(f"*/{CONTENTS}"):
        one = read_contents(path.parent)
        if one is not None and one.python == python and path.parent.name == one.id:
            found.append((path.stat().st_mtime, one))
    return max(found, key=lambda row: row[0])[1] if found else None


def read_contents(folder: Path) -> Installed | None:
    """What is in ``folder``; None where that cannot be told."""
    try:
        told: dict[str, Any] = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
        problem = told.pop("problem", None)
        return Installed(**told, problem=Problem(**problem) if problem else None)
    except (OSError, ValueError, TypeError):
        return None


def write_contents(folder: Path, contents: Installed) -> None:
    """Writes down what is in ``folder``."""
    with whole(folder / CONTENTS) as part:
        part.write_text(json.dumps(asdict(contents), indent=1), encoding="utf-8")


def bytes_in(folder: Path) -> int:
    """What the files in ``folder`` hold together."""
    total = 0
    for path in long_path(folder).rglob("*"):
        with contextlib.suppress(OSError):  # it may be gone by now
            total += path.stat().st_size if path.is_file() else 0
    return total


def verify(folder: Path, tell: Callable[[int, int], None], cancelled: Callable[[], bool]) -> None:
    """Compares every file with the lists of its wheels.

    Args:
        tell: told how many files of how many are right.

    Raises:
        ChoreoError: ``gpu_damaged``, with how many are not.
        Cancelled: when ``cancelled`` says so.
    """
    wanted: dict[str, str] = {}
    for record in long_path(folder).glob("*.dist-info/RECORD"):
        for path, digest in parse_record(record.read_text(encoding="utf-8")).items():
            place = placed(path)
            if place is not None and is_used(place):
                wanted[place] = digest
    wrong = [] if wanted else [folder.name]
    for number, (place, digest) in enumerate(wanted.items()):
        if cancelled():
            raise Cancelled
        try:
            with long_path(folder / place).open("rb") as stream:
                right = encoded(hashlib.file_digest(stream, "sha256")) == digest
        except OSError:
            right = False
        if not right:
            wrong.append(place)
        tell(number + 1, len(wanted))
    if wrong:
        raise ChoreoError(
            "gpu_damaged",
            f"{len(wrong)} files of the GPU engine are missing or changed, {wrong[0]} first.",
            "Install the GPU engine again in the add-on's preferences.",
        )


def remove(folder: Path) -> None:
    """Takes ``folder`` out of the way at once, then deletes it.

    Raises:
        ChoreoError: ``gpu_in_use`` when something holds it open.
    """
    if not folder.exists():
        return
    gone = folder.with_name(f"{folder.name}-{time.time_ns()}{GONE}")
    try:
        long_path(folder).rename(long_path(gone))
    except OSError as error:
        raise ChoreoError(
            "gpu_in_use",
            f"The GPU engine in {folder} is in use ({error.strerror}).",
            "Close other Blenders, then try again.",
        ) from error
    sweep(folder.parent)


def sweep(root: Path) -> None:
    """Deletes what was taken out of the way, as far as the system lets it."""
    for left in root.glob(f"*{GONE}"):
        shutil.rmtree(long_path(left), ignore_errors=True)
