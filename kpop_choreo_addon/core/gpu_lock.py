"""One Blender at a time: a lock that the system takes back when its holder dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import ChoreoError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock file ``path``.

    Raises:
        ChoreoError: ``gpu_busy`` when another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(handle)
        except OSError as error:
            raise ChoreoError(
                "gpu_busy",
                "Another Blender is at work on the GPU engine.",
                "Wait until it is done there, or cancel it there.",
            ) from error
        yield
    finally:
        os.close(handle)  # and with it the lock


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
