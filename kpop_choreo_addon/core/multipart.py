"""A multipart/form-data body that reads its file while it is sent, never all at once."""

from __future__ import annotations

import mimetypes
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO


class MultipartStream:
    """Readable body with text fields and one file; use as a context manager.

    Attributes:
        length: bytes of the whole body.
        content_type: value of the Content-Type header.
    """

    def __init__(
        self,
        fields: Mapping[str, str],
        file_field: str,
        path: Path,
        on_read: Callable[[int, int], None] | None = None,
    ) -> None:
        """Args: ``on_read`` is called with bytes sent and bytes in all; it may raise."""
        boundary = uuid.uuid4().hex
        self.content_type = f"multipart/form-data; boundary={boundary}"
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        name = path.name.replace("\\", "_").replace('"', "_").replace("\r", "").replace("\n", "")
        head = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in fields.items()
        )
        head += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{file_field}"; '
            f'filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
        )
        self._head = head.encode("utf-8")
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._path = path
        self._on_read = on_read
        self._sent = 0
        self.length = len(self._head) + path.stat().st_size + len(self._tail)

    def __enter__(self) -> MultipartStream:
        self._file: BinaryIO = self._path.open("rb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes of the body; empty at its end."""
        wanted = self.length if size < 0 else size
        parts = [self._take("_head", wanted)]
        wanted -= len(parts[0])
        parts.append(self._file.read(wanted) if wanted else b"")
        wanted -= len(parts[1])
        parts.append(self._take("_tail", wanted))
        block = b"".join(parts)
        self._sent += len(block)
        if self._on_read is not None:
            self._on_read(self._sent, self.length)
        return block

    def _take(self, part: str, size: int) -> bytes:
        """Removes up to ``size`` bytes from the front of a part."""
        held: bytes = getattr(self, part)
        setattr(self, part, held[size:])
        return held[:size]
