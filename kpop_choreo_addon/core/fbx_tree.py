"""Binary FBX as a tree of nodes: read, changed, written again.

A file is a header with a version, nodes, and a footer. A node has a name, typed properties and
children; up to version 7400 offsets have 32 bits, from 7500 on 64.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

HEADER = 27
"""Bytes before the first node; the last four are the version."""
FOOTER_END = 140
"""Bytes after the footer's padding: version, 120 zeros, a mark of 16 bytes."""
COMPRESS_FROM = 128
"""Bytes of an array from which on it is zipped."""

_SCALARS = {"C": "<B", "Y": "<h", "I": "<i", "F": "<f", "D": "<d", "L": "<q"}
_ARRAYS = {"f": "<f4", "d": "<f8", "i": "<i4", "l": "<i8", "b": "<i1"}
_BYTES = ("S", "R")


@dataclass(eq=False)
class FbxNode:
    """One node of the tree."""

    name: str
    properties: list[tuple[str, Any]] = field(default_factory=list)
    """Type code and value: numbers, bytes, or an array."""
    children: list[FbxNode] = field(default_factory=list)
    block: bool = False
    """Whether an empty list of children is written as such."""

    def child(self, name: str) -> FbxNode:
        """The first child of that name.

        Raises:
            KeyError: there is none.
        """
        for node in self.children:
            if node.name == name:
                return node
        raise KeyError(name)

    def value(self, index: int = 0) -> Any:
        """The value of a property."""
        return self.properties[index][1]


@dataclass(eq=False)
class FbxFile:
    """The nodes of a file, and the bytes around them."""

    header: bytes
    nodes: list[FbxNode]
    footer: bytes

    @property
    def version(self) -> int:
        """Like 7400."""
        return int(struct.unpack("<I", self.header[-4:])[0])

    def node(self, name: str) -> FbxNode:
        """The first top node of that name."""
        return FbxNode("", children=self.nodes).child(name)


def read_tree(content: bytes) -> FbxFile:
    """The tree of a binary FBX file.

    Raises:
        ValueError: it is none.
    """
    if not content.startswith(b"Kaydara FBX Binary"):
        raise ValueError("no binary FBX")
    wide = struct.unpack_from("<I", content, HEADER - 4)[0] >= 7500
    nodes, at = _children(content, HEADER, len(content), wide)
    return FbxFile(content[:HEADER], nodes, content[at:])


def write_tree(file: FbxFile) -> bytes:
    """The bytes of a file."""
    wide = file.version >= 7500
    parts = [file.header]
    at = len(file.header)
    for node in file.nodes:
        parts.append(_node_bytes(node, at, wide))
        at += len(parts[-1])
    parts += [bytes(_head(wide)), file.footer[:20]]
    at += _head(wide) + 20
    parts += [bytes(16 - at % 16), file.footer[-FOOTER_END:]]
    return b"".join(parts)


def _head(wide: bool) -> int:
    """Bytes of a node before its name; as many zeros end a list of children."""
    return 25 if wide else 13


def _children(content: bytes, at: int, end: int, wide: bool) -> tuple[list[FbxNode], int]:
    """The nodes from ``at`` to the zeros that end them, and where they end."""
    nodes: list[FbxNode] = []
    while at < end:
        stop, count, length = struct.unpack_from("<QQQ" if wide else "<III", content, at)
        name_at = at + _head(wide)
        if stop == 0:
            return nodes, name_at
        first = name_at + content[name_at - 1]
        node = FbxNode(content[name_at:first].decode("ascii"))
        node.properties = list(_properties(content, first, count))
        if first + length < stop:
            node.children, _ = _children(content, first + length, stop, wide)
            node.block = True
        nodes.append(node)
        at = stop
    return nodes, at


def _properties(content: bytes, at: int, count: int) -> Iterator[tuple[str, Any]]:
    for _ in range(count):
        code = chr(content[at])
        at += 1
        if code in _SCALARS:
            yield code, struct.unpack_from(_SCALARS[code], content, at)[0]
            at += struct.calcsize(_SCALARS[code])
        elif code in _BYTES:
            size = struct.unpack_from("<I", content, at)[0]
            yield code, content[at + 4 : at + 4 + size]
            at += 4 + size
        else:
            _, zipped, size = struct.unpack_from("<III", content, at)
            data = content[at + 12 : at + 12 + size]
            yield code, np.frombuffer(zlib.decompress(data) if zipped else data, _ARRAYS[code])
            at += 12 + size


def _node_bytes(node: FbxNode, at: int, wide: bool) -> bytes:
    """The bytes of ``node`` when it lies at byte ``at`` of the file."""
    name = node.name.encode("ascii")
    properties = b"".join(_property_bytes(code, value) for code, value in node.properties)
    place = at + _head(wide) + len(name) + len(properties)
    parts = []
    for child in node.children:
        parts.append(_node_bytes(child, place, wide))
        place += len(parts[-1])
    if node.children or node.block:
        parts.append(bytes(_head(wide)))
        place += _head(wide)
    head = struct.pack(
        "<QQQB" if wide else "<IIIB", place, len(node.properties), len(properties), len(name)
    )
    return b"".join([head, name, properties, *parts])


def _property_bytes(code: str, value: Any) -> bytes:
    mark = code.encode("ascii")
    if code in _SCALARS:
        return mark + struct.pack(_SCALARS[code], value)
    if code in _BYTES:
        return mark + struct.pack("<I", len(value)) + value
    array = np.ascontiguousarray(value, _ARRAYS[code])
    data = array.tobytes()
    zipped = len(data) >= COMPRESS_FROM
    if zipped:
        data = zlib.compress(data, 1)
    return mark + struct.pack("<III", len(array), zipped, len(data)) + data
