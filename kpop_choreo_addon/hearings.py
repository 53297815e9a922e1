"""What was heard of songs, kept beside the takes: a reopened file shows its song at once."""

from __future__ import annotations

import hashlib
import json
import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

from .core.files import whole
from .ids import hearings_folder

log = logging.getLogger(__name__)


def keep_hearing(analysis: dict[str, Any]) -> None:
    """Writes an analysis under the digest of its song; without room for it, nothing is lost."""
    digest = str(analysis.get("song_sha256", ""))
    if not digest.isalnum():
        return
    try:
        with whole(hearings_folder() / f"{digest}.json") as part:
            part.write_text(json.dumps(analysis), encoding="utf-8")
    except OSError as error:
        log.debug("what was heard is not kept: %s", error)


def kept_hearing(song: Path) -> dict[str, Any]:
    """The analysis of ``song`` as it was kept last; empty if it was not, or the file is gone."""
    try:
        state = song.stat()
        digest = _digest(song, state.st_size, state.st_mtime_ns)
        file = hearings_folder() / f"{digest}.json"
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


@lru_cache(maxsize=8)
def _digest(song: Path, size: int, changed: int) -> str:
    with song.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
