"""What the names of wheels say about where they run."""

from __future__ import annotations

import re
from collections.abc import Iterable


def needed_python(wheels: Iterable[str]) -> str:
    """The one Python for which they were made, like ``3.11``; empty if all run on any."""
    tags = (re.search(r"-cp3(\d+)-cp3\1-", wheel) for wheel in wheels)
    return next((f"3.{tag[1]}" for tag in tags if tag), "")


def needed_macos(wheels: Iterable[str]) -> tuple[int, ...]:
    """The oldest macOS that runs them all, like ``(14, 0)``; empty if none is for macOS."""
    found = (re.findall(r"macosx_(\d+)_(\d+)_", wheel) for wheel in wheels)
    return max((min((int(a), int(b)) for a, b in tags) for tags in found if tags), default=())
