"""Has the engine listen to a song, with the user's correction, and fetches its clicks.

Nothing here knows Blender; ``tell`` and ``cancelled`` are those of :mod:`.dance_job`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .dance_job import Asked, EngineSource, Progress, Tell, connect, stop_if
from .errors import EngineError
from .files import unwritten, whole


@dataclass(frozen=True)
class Wish:
    """What is wanted besides listening."""

    correction: Mapping[str, Any] | None = None
    """The whole correction that the engine is to keep; None leaves the kept one."""
    clicks: Path | None = None
    """Folder for the click track; None wants none."""


@dataclass(frozen=True)
class Heard:
    """What the engine said about a song."""

    analysis: dict[str, Any]
    """A SongAnalysis as CONTRACT.md describes it."""
    clicks: Path | None = None
    """The WAV of the click track, if it was wanted."""


def hear_song(source: EngineSource, song: Path, wish: Wish, tell: Tell, cancelled: Asked) -> Heard:
    """What the engine hears in ``song``, and its clicks if asked for.

    Raises:
        EngineError, Cancelled: like ``dance_job.make_dance``.
    """
    tell(Progress("start"))
    client = connect(source, cancelled)

    def sent(done: int, total: int) -> None:
        stop_if(cancelled)

    try:
        tell(Progress("analyze", 0.3))
        analysis = client.analyze(song, sent, wish.correction)
        if wish.clicks is None:
            return Heard(analysis)
        tell(Progress("clicks", 0.8))
        return Heard(analysis, _keep_clicks(client.clicks(song, sent), song, wish.clicks))
    except EngineError as error:
        raise source.explain(error) from error


def _keep_clicks(wav: bytes, song: Path, folder: Path) -> Path:
    """Writes a click track, whole or not at all; other clicks never get the same name."""
    stem = re.sub(r"[^\w\-]+", "_", song.stem)[:40]
    target = folder / f"{stem}-clicks-{hashlib.sha256(wav).hexdigest()[:12]}.wav"
    try:
        with whole(target) as part:
            part.write_bytes(wav)
    except OSError as error:
        raise unwritten(error, folder) from error
    return target
