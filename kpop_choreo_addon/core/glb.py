"""Binary glTF: its JSON and its one binary chunk; animations added to it.

glTF 2.0: Y up, front +Z, metres, rotations as x, y, z, w.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from .export_presets import TAKE
from .game_motion import LocalMotion

MAGIC = b"glTF"
JSON_CHUNK = b"JSON"
BIN_CHUNK = b"BIN\0"
FLOAT = 5126
STILL = 1e-6
"""Metres; bones that move less get no translations."""


@dataclass(eq=False)
class Glb:
    """A file."""

    document: dict[str, Any]
    data: bytearray

    def append(self, values: np.ndarray, kind: str, bounds: bool = False) -> int:
        """Adds an accessor with ``values[N]`` or ``[N, C]`` as float32; returns its number."""
        content = np.ascontiguousarray(values, "<f4")
        self.data.extend(bytes(-len(self.data) % 4))
        views = self.document.setdefault("bufferViews", [])
        views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": content.nbytes})
        self.data.extend(content.tobytes())
        accessor: dict[str, Any] = {
            "bufferView": len(views) - 1,
            "componentType": FLOAT,
            "count": len(content),
            "type": kind,
        }
        if bounds:
            accessor |= {"min": [float(content.min())], "max": [float(content.max())]}
        accessors = self.document.setdefault("accessors", [])
        accessors.append(accessor)
        return len(accessors) - 1


def read_glb(content: bytes) -> Glb:
    """The file in ``content``.

    Raises:
        ValueError: it is no binary glTF 2.
    """
    if content[:4] != MAGIC or struct.unpack_from("<I", content, 4)[0] != 2:
        raise ValueError("no binary glTF 2")
    chunks: dict[bytes, bytes] = {}
    at = 12
    while at < len(content):
        size = struct.unpack_from("<I", content, at)[0]
        chunks.setdefault(content[at + 4 : at + 8], content[at + 8 : at + 8 + size])
        at += 8 + size
    return Glb(json.loads(chunks[JSON_CHUNK]), bytearray(chunks.get(BIN_CHUNK, b"")))


def write_glb(glb: Glb) -> bytes:
    """The bytes of a file."""
    glb.data.extend(bytes(-len(glb.data) % 4))
    glb.document["buffers"] = [{"byteLength": len(glb.data)}]
    text = json.dumps(glb.document, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    parts = [struct.pack("<I", len(text)), JSON_CHUNK, text]
    parts += [struct.pack("<I", len(glb.data)), BIN_CHUNK, bytes(glb.data)]
    size = 12 + sum(map(len, parts))
    return b"".join([MAGIC, struct.pack("<II", 2, size), *parts])


def add_animation(
    glb: Glb, nodes: dict[int, int], motion: LocalMotion, fps: float, placed: set[int] | None = None
) -> None:
    """Adds ``motion`` as the one animation; ``nodes`` are node numbers by bone.

    Bones in ``placed`` get translations; without it those that move against their parent.
    """
    frames = len(motion.places)
    times = glb.append(np.arange(frames) / fps, "SCALAR", bounds=True)
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []

    def animate(node: int, path: str, values: np.ndarray, kind: str) -> None:
        output = glb.append(values, kind)
        samplers.append({"input": times, "output": output, "interpolation": "LINEAR"})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": node, "path": path}})

    for bone, node in nodes.items():
        animate(node, "rotation", np.roll(motion.rotations[:, bone], -1, axis=-1), "VEC4")
        if bone in placed if placed is not None else bone == 0 or motion.moves(bone, STILL):
            animate(node, "translation", motion.places[:, bone], "VEC3")
    glb.document["animations"] = [{"name": TAKE, "samplers": samplers, "channels": channels}]


def drop_node(glb: Glb, name: str) -> None:
    """Takes the node ``name`` out; its children take its place in the scenes."""
    document = glb.document
    nodes = document["nodes"]
    gone = next((n for n, node in enumerate(nodes) if node.get("name") == name), None)
    if gone is None:
        return
    orphans = nodes.pop(gone).get("children", [])

    def moved(numbers: list[int]) -> list[int]:
        new = [c for n in numbers for c in (orphans if n == gone else [n])]
        return [n - (n > gone) for n in dict.fromkeys(new)]

    for owner in nodes:
        if "children" in owner:
            owner["children"] = moved(owner["children"])
    for scene in document["scenes"]:
        scene["nodes"] = moved(scene["nodes"])
    for skin in document.get("skins", []):
        skin["joints"] = [n - (n > gone) for n in skin["joints"] if n != gone]
        skin.pop("skeleton", None)
