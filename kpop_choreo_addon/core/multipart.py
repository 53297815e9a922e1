"""A multipart/form-data body that reads its files while it is sent, never all at once."""

from __future__ import annotations

import io
import mimetypes
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from .errors import song_changed, song_unreadable


class MultipartStream:
    """Readable body with text fields and files; use as a context manager.

    Attributes:
        length: bytes of the whole body.
        content_type: value of the Content-Type header.
    """

    def __init__(
        self,
        fields: Mapping[str, str],
        files: Mapping[str, Path | bytes],
        on_read: Callable[[int, int], None] | None = None,
    ) -> None:
        """Prepares the body; nothing is opened yet.

        Args:
            files: what is sent as a file by field; bytes are named after their field.
            on_read: called with bytes sent and bytes in all; it may raise.
        """
        boundary = uuid.uuid4().hex
        self.content_type = f"multipart/form-data; boundary={boundary}"
        head = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in fields.items()
        )
        self._parts: list[Path | bytes] = [head.encode()]
        for field, file in files.items():
            self._parts += [_file_head(boundary, field, file).encode(), file, b"\r\n"]
        self._parts.append(f"--{boundary}--\r\n".encode())
        self._on_read = on_read
        self._sent = 0
        self.length = sum(_size(part) for part in self._parts)

    def __enter__(self) -> MultipartStream:
        """Raises EngineError ``song_unreadable`` when a file does not open."""
        self._streams: list[BinaryIO] = []
        for part in self._parts:
            try:
                self._streams.append(_opened(part))
            except OSError as error:
                self.__exit__(None, None, None)
                raise song_unreadable(Path(str(part)), error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for stream in self._streams:
            stream.close()

    def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes of the body; empty at its end.

        Raises:
            EngineError: ``song_unreadable``, or ``song_changed`` when a file became shorter or
                longer since, so that the engine would wait for the rest.
        """
        wanted = self.length if size < 0 else size
        found = []
        for part, stream in zip(self._parts, self._streams, strict=True):
            try:
                block = stream.read(wanted) if wanted else b""
            except OSError as error:
                raise song_unreadable(Path(str(part)), error) from error
            wanted -= len(block)
            found.append(block)
        body = b"".join(found)
        self._sent += len(body)
        if self._sent > self.length or (not body and wanted and self._sent < self.length):
            raise song_changed([part.name for part in self._parts if isinstance(part, Path)])
        if self._on_read is not None:
            self._on_read(self._sent, self.length)
        return body


def _opened(part: Path | bytes) -> BinaryIO:
    return io.BytesIO(part) if isinstance(part, bytes) else part.open("rb")


def _size(part: Path | bytes) -> int:
    return len(part) if isinstance(part, bytes) else part.stat().st_size


def _file_head(boundary: str, field: str, file: Path | bytes) -> str:
    name = field if isinstance(file, bytes) else file.name
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    name = name.replace("\\", "_").replace('"', "_").replace("\r", "").replace("\n", "")
    return (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; '
        f'filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
    )
