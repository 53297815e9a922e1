"""Folders for what lives no longer than this Blender; those that dead ones left are removed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from .files import unwritten
from .processes import is_left, own_mark

PREFIX = "kpop-choreo-"


def scratch_folder() -> Path:
    """A new folder that only this user can read.

    Raises:
        ChoreoError: ``disk_full`` or ``folder_locked``.
    """
    try:
        return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{own_mark()}-"))
    except OSError as error:
        raise unwritten(error, Path(tempfile.gettempdir())) from error


def drop(folder: Path) -> None:
    """Removes a scratch folder as far as the system lets go of it."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Removes what Blenders left that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if is_left(left.name.removeprefix(PREFIX).rpartition("-")[0]):
            drop(left)
