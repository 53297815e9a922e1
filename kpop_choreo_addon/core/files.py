"""Files that are whole or not there, and what tells one from another."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import ChoreoError
from .processes import is_left, own_mark

LONGEST_JSON = 1 << 24
"""Characters; what is made of them takes up to thirty times as much memory."""

PART = ".kpop-choreo-"
"""How the name of a file begins that is being written."""
PATIENCE = 2.0
"""Seconds for which a file may be held by a virus scanner or an indexer on Windows."""
CLOCK_SLACK = 60.0
"""Seconds by which clocks of a file server and of this machine may differ."""
SPARED = 3600.0
"""Seconds for which a file is not removed to make room: it may be on its way into a scene."""
FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file beside ``path`` to write to; it takes the place of ``path`` when all went well.

    Each writer has a file of its own, so that two Blenders may write ``path`` at the same time:
    the later one counts. What killed ones left in the folder is removed.
    """
    sweep_parts(path.parent)
    part = path.with_name(f"{PART}{own_mark()}-{secrets.token_hex(4)}.part")
    try:
        yield part
        _take_place(part, path)
    finally:
        with contextlib.suppress(OSError):  # the next one that writes here removes it
            part.unlink(missing_ok=True)


def sweep_parts(folder: Path) -> None:
    """Removes half files in ``folder`` whose Blender is dead."""
    with contextlib.suppress(OSError):
        for left in folder.glob(f"{PART}*.part"):
            if is_left(left.name.removeprefix(PART).rpartition("-")[0]):
                left.unlink(missing_ok=True)


def _take_place(part: Path, path: Path) -> None:
    """Renames, again and again for a moment where another program holds the file."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            part.replace(path)
            return
        except PermissionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def unwritten(error: OSError, folder: Path) -> ChoreoError:
    """Why a file could not be written into ``folder``."""
    if error.errno in FULL:
        return ChoreoError(
            "disk_full", f"The disk of {folder} is full.", "Make room on it, then try again."
        )
    return ChoreoError(
        "folder_locked",
        f"Nothing can be written into {folder}: {error.strerror or error}.",
        "Make that folder writable, or choose another one.",
    )


def by_age(folder: Path, pattern: str) -> list[Path]:
    """Files in ``folder``, the oldest first; those that another Blender removes are left out.

    A file from the future was written before the clock was set back, so it counts as older than
    all that were written since.
    """
    now, found = time.time(), []
    for file in folder.glob(pattern):
        with contextlib.suppress(OSError):
            changed = file.stat().st_mtime
            found.append((changed <= now + CLOCK_SLACK, changed, file))
    return [file for *_, file in sorted(found)]


def make_room(folder: Path, pattern: str, kept: int, spared: float = SPARED) -> None:
    """Removes all but the newest ``kept`` files; none that another Blender may have just made."""
    now = time.time()
    for file in by_age(folder, pattern)[:-kept]:
        with contextlib.suppress(OSError):
            if not 0.0 <= now - file.stat().st_mtime < spared:
                file.unlink(missing_ok=True)


def file_digest(path: Path) -> str:
    """SHA-256 of a file; read once for as long as it does not change.

    Raises:
        OSError: it cannot be read, or is no file: a pipe would be waited for.
    """
    state = path.stat()
    if not stat.S_ISREG(state.st_mode):
        raise OSError(errno.EINVAL, "it is no file")
    return _digest(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=8)
def _digest(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_json(text: str, longest: int = LONGEST_JSON) -> Any:
    """What JSON says that anybody may have written.

    Raises:
        ValueError: it is none, too deep, or over ``longest`` characters.
    """
    if len(text) > longest:
        raise ValueError("it is too long")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is too deep") from error
