"""Files that are whole or not there, and what tells one from another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

LONGEST_JSON = 1 << 24
"""Characters; what is made of them takes up to thirty times as much memory."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file beside ``path`` to write to; it takes the place of ``path`` when all went well."""
    part = path.with_name(f"{path.name}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def file_digest(path: Path) -> str:
    """SHA-256 of a file; read once for as long as it does not change.

    Raises:
        OSError: it cannot be read.
    """
    state = path.stat()
    return _digest(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=8)
def _digest(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_json(text: str) -> Any:
    """What JSON says that anybody may have written.

    Raises:
        ValueError: it is none, too deep, or over :data:`LONGEST_JSON`.
    """
    if len(text) > LONGEST_JSON:
        raise ValueError("it is too long")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is too deep") from error
