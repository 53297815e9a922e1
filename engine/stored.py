"""Reads .npz files and JSON that anybody may have made: nothing is run, and no more than fits."""

from __future__ import annotations

import io
import json
import math
import os
import struct
import zipfile
import zlib
from tokenize import TokenError
from typing import Any, BinaryIO

import numpy as np

MOST_BYTES = 1 << 28
"""Of all arrays together, unpacked: twenty dancers for a quarter of an hour."""
LONGEST_JSON = 1 << 24
"""Characters; what is made of them takes up to thirty times as much memory."""
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1


def read_npz(source: str | os.PathLike[str] | BinaryIO) -> dict[str, np.ndarray]:
    """The arrays of a file by name. Nothing is unpickled, and no array is made before it is known
    that its file holds it whole.

    Raises:
        ValueError: it is damaged, no such file, or over :data:`MOST_BYTES`.
        OSError: it cannot be opened.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MOST_BYTES:
                raise ValueError("it is too large")
            return {m.filename.removesuffix(".npy"): _array(archive, m) for m in members}
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OverflowError,
    ) as error:
        raise ValueError(str(error)) from error


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    if member.compress_type not in _PACKED or member.flag_bits & _ENCRYPTED:
        raise ValueError(f"{member.filename} is packed in another way")
    with archive.open(member) as stream:
        content = stream.read(member.file_size + 1)  # one more, so that the checksum is looked at
    head = io.BytesIO(content)
    version = np.lib.format.read_magic(head)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"{member.filename} is of another version")
    read = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}
    try:
        shape, by_columns, kind = read[version[0]](head)
    except (MemoryError, RecursionError, SyntaxError, TokenError, TypeError) as error:
        raise ValueError(f"{member.filename} is no array") from error
    if kind.hasobject or math.prod(shape) * kind.itemsize != len(content) - head.tell():
        raise ValueError(f"{member.filename} is no plain array")
    order: Any = "F" if by_columns else "C"
    return np.ndarray(shape, kind, content, head.tell(), order=order).copy()


def read_json(text: str) -> Any:
    """What JSON says that anybody may have written.

    Raises:
        ValueError: it is none, too deep, or over :data:`LONGEST_JSON`.
    """
    if len(text) > LONGEST_JSON:
        raise ValueError("it is too long")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is too deep") from error
