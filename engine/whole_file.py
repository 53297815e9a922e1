"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

HALF = ".part"
"""How the name of a file ends that is being written."""


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of ``path`` when it is complete.

    When writing fails it is removed, and ``path`` is as it was. Several may write at once; then
    the one that ends last stays.

    Raises:
        OSError: it cannot be written.
    """
    handle, half = tempfile.mkstemp(suffix=HALF, prefix=path.name, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        os.replace(half, path)
    except BaseException:
        Path(half).unlink(missing_ok=True)
        raise
