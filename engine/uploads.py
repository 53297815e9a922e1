"""Songs and clips as they are uploaded: bounded, private, under names that mean nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from engine.errors import ChoreoError
from engine.gate import LARGEST_UPLOAD, TooLarge, too_large
from engine.untrusted import safe_name

LARGEST_FIELD = 1024 * 1024
MOST_FIELDS = 32
MOST_STORED = 1024 * 1024 * 1024
"""Bytes of all songs on their way or waiting to be danced to."""


@dataclass
class Upload:
    """One form: its files on disk, its fields in memory."""

    folder: Path
    """Private to this form, with its files in it."""
    song: Path
    source: Path | None
    fields: dict[str, str]
    kept: bool = False
    """Somebody else removes the folder."""

    @property
    def size(self) -> int:
        """Bytes on disk."""
        files = [self.song] + ([self.source] if self.source else [])
        return sum(path.stat().st_size for path in files)


class Uploads:
    """Reads forms into private folders, as many as there is room for.

    Args:
        folder: where; made again whenever a cleaner took it away.
        waiting: bytes of songs that wait for their dance.
    """

    def __init__(self, folder: Path, waiting: Callable[[], int]) -> None:
        self._folder = folder
        self._waiting = waiting
        self._coming = 0

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[Upload]:
        """The form, whose folder goes when the block ends, unless it is ``kept``.

        Raises:
            ChoreoError: ``song_missing``, ``source_clip_missing``, ``song_too_large``,
                ``queue_full``.
        """
        size = int(request.headers.get("content-length", LARGEST_UPLOAD))
        if self._coming + self._waiting() + size > MOST_STORED:
            raise ChoreoError(
                "queue_full",
                "The engine has no room for another song at the moment.",
                "Wait until some dances are done, then try again.",
                429,
            )
        self._coming += size
        folder, upload = new_folder(self._folder), None
        try:
            upload = await _read(request, folder)
            yield upload
        finally:
            self._coming -= size
            if upload is None or not upload.kept:
                shutil.rmtree(folder, ignore_errors=True)


def new_folder(parent: Path) -> Path:
    """A folder that only this user can look into."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=parent))


async def _read(request: Request, folder: Path) -> Upload:
    kind = request.headers.get("content-type", "").lower()
    if not kind.startswith("multipart/form-data"):
        raise _no_song()
    try:
        form = await request.form(max_files=2, max_fields=MOST_FIELDS, max_part_size=LARGEST_FIELD)
    except TooLarge as error:
        raise too_large() from error
    try:
        upload, clip = form.get("audio_file"), form.get("source_clip")
        if not isinstance(upload, UploadFile):
            raise _no_song()
        if isinstance(clip, str):
            raise _no_clip()
        song = await _saved(upload, folder / "song" / safe_name(upload.filename or "", "song"))
        source = None
        if clip is not None:
            source = await _saved(clip, folder / "source" / "source_clip.npz")
        fields = {key: value for key, value in form.items() if isinstance(value, str)}
    finally:
        await form.close()
    return Upload(folder, song, source, fields)


async def _saved(upload: UploadFile, path: Path) -> Path:
    path.parent.mkdir(mode=0o700)
    with path.open("wb") as stream:
        await run_in_threadpool(shutil.copyfileobj, upload.file, stream)
    return path


def _no_clip() -> ChoreoError:
    return ChoreoError(
        "source_clip_missing",
        "'source_clip' was sent as text.",
        "Send the clip file itself as the multipart field 'source_clip'.",
        400,
    )


def _no_song() -> ChoreoError:
    return ChoreoError(
        "song_missing",
        "The request has no song.",
        "Send the song as the multipart field 'audio_file'.",
        400,
    )
