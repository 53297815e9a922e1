"""What was heard of songs, kept beside the takes: a reopened file shows its song at once."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from .core.clip_meta import META, fits
from .core.errors import ChoreoError
from .core.files import file_digest, read_json, whole
from .ids import hearings_folder, room_for_hearing

log = logging.getLogger(__name__)


def keep_hearing(analysis: dict[str, Any]) -> None:
    """Writes an analysis under the digest of its song; without room for it, nothing is lost."""
    digest = str(analysis.get("song_sha256", ""))
    if not digest.isalnum():
        return
    try:
        with whole(room_for_hearing() / f"{digest}.json") as part:
            part.write_text(json.dumps(analysis), encoding="utf-8")
    except (OSError, ChoreoError) as error:
        log.debug("what was heard is not kept: %s", error)


def kept_hearing(song: Path) -> dict[str, Any]:
    """The analysis of ``song`` as it was kept last; empty if it was not, or the file is gone."""
    try:
        file = hearings_folder() / f"{file_digest(song)}.json"
        found: dict[str, Any] = read_json(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if fits(found, META["analysis"]) else {}
