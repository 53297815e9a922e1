"""Animations in binary glTF files: one skeleton, several clips.

Only what clips of a skeleton need is read: the chunk of JSON, the chunk of binary data, node
transforms and linear or stepped samplers of float keys (Khronos Group: glTF 2.0 specification,
sections 3.11 and 4.4). The zero pose of a recording is the rest pose of the nodes;
glTF is Y-up and looks along +Z, as we do. Translations of inner joints and scales are not read.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from engine.errors import ChoreoError
from engine.motion.rotations import (
    normalize,
    quat_angle,
    quat_conjugate,
    quat_identity,
    quat_multiply,
    quat_rotate,
    quat_slerp,
)
from engine.motion.skeleton import Skeleton
from engine.training.collect.recording import Recording

FPS = 60.0
"""Rate at which clips are sampled; their keys are sparser and joined by straight lines."""
LOOP_DEGREES, LOOP_METRES = 1.0, 0.01
"""A clip is a loop if no joint's turn and place differ by more between its first and last key."""
LONG_ENOUGH = 4.0
"""Seconds up to which a loop is repeated."""
JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942


@dataclass(frozen=True, eq=False)
class GlbFile:
    """A parsed file."""

    table: dict[str, Any]
    """The JSON chunk."""
    binary: bytes

    @property
    def clips(self) -> list[str]:
        """Names of the animations."""
        return [animation["name"] for animation in self.table["animations"]]

    def values(self, accessor: int) -> Float[np.ndarray, "N C"]:
        """Rows of an accessor of floats."""
        entry = self.table["accessors"][accessor]
        view = self.table["bufferViews"][entry["bufferView"]]
        width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[entry["type"]]
        if entry["componentType"] != 5126 or view.get("byteStride", 4 * width) != 4 * width:
            raise ValueError("only tightly packed floats are read")
        start = view.get("byteOffset", 0) + entry.get("byteOffset", 0)
        flat = np.frombuffer(self.binary, "<f4", entry["count"] * width, start)
        return flat.reshape(-1, width).astype(float)


@cache
def open_glb(path: Path) -> GlbFile:
    """Parses a file.

    Raises:
        ChoreoError: ``mocap_unreadable`` if it is no binary glTF file with animations.
    """
    data = path.read_bytes()
    try:
        magic, version, _ = struct.unpack_from("<4sII", data)
        if (magic, version) != (b"glTF", 2):
            raise ValueError("another format")
        chunks, at = {}, 12
        while at < len(data):
            length, kind = struct.unpack_from("<II", data, at)
            chunks[kind] = data[at + 8 : at + 8 + length]
            at += 8 + length
        table = json.loads(chunks[JSON_CHUNK])
        return GlbFile({"animations": []} | table, chunks[BINARY_CHUNK])
    except (ValueError, KeyError, struct.error) as error:
        raise _unreadable(path) from error


def read_clip(path: Path, clip: str, root: str, without: tuple[str, ...] = ()) -> Recording:
    """Samples one animation; one that ends as it begins is repeated for :data:`LONG_ENOUGH`.

    Args:
        root: name of the joint that the body hangs on.
        without: name prefixes of joints that are left out with everything below them.

    Raises:
        ChoreoError: ``mocap_unreadable`` if the file, the clip or the root is not there.
    """
    file = open_glb(path)
    try:
        animation = next(a for a in file.table["animations"] if a["name"] == clip)
        tree = _tree(file.table["nodes"], root, without)
        return _sample(file, animation, tree)
    except (ValueError, KeyError, IndexError, StopIteration) as error:
        raise _unreadable(path) from error


@dataclass(frozen=True, eq=False)
class _Tree:
    above: list[int]
    """Nodes from the scene down to the root's parent."""
    nodes: list[int]
    """Root and joints, parents first."""
    parents: list[int]
    rest: list[dict[str, Any]]
    """All nodes of the file."""


def _tree(rest: list[dict[str, Any]], root: str, without: tuple[str, ...]) -> _Tree:
    parent_of = {child: n for n, node in enumerate(rest) for child in node.get("children", [])}
    first = next(n for n, node in enumerate(rest) if node.get("name") == root)
    above: list[int] = []
    while (above[0] if above else first) in parent_of:
        above.insert(0, parent_of[above[0] if above else first])
    nodes, parents = [first], [-1]
    for node in nodes:
        for child in rest[node].get("children", []):
            if not rest[child].get("name", "").startswith(without or ("\0",)):
                nodes.append(child)
                parents.append(nodes.index(node))
    return _Tree(above, nodes, parents, rest)


def _sample(file: GlbFile, animation: dict[str, Any], tree: _Tree) -> Recording:
    samplers = animation["samplers"]
    tracks = {
        (channel["target"]["node"], channel["target"]["path"]): samplers[channel["sampler"]]
        for channel in animation["channels"]
        if channel["target"]["path"] in ("translation", "rotation")
    }
    ends = np.array([0.0, max(file.values(s["input"])[-1, 0] for s in tracks.values())])
    turns, places = _world(file, tracks, tree, ends)
    closed = np.degrees(quat_angle(turns[0], turns[1])).max() < LOOP_DEGREES
    closed &= np.linalg.norm(places[0] - places[1], axis=-1).max() < LOOP_METRES
    times = np.arange(int(np.floor(ends[1] * FPS + 1e-6)) + 1) / FPS
    if closed:
        times = np.arange(max(len(times), int(LONG_ENOUGH * FPS))) / FPS % ends[1]
    world, places = _world(file, tracks, tree, times)
    zero, stand = _world(file, {}, tree, times[:1])
    turns = normalize(quat_multiply(world, quat_conjugate(zero)))
    local = turns.copy()
    for joint, parent in enumerate(tree.parents):
        if parent >= 0:
            local[:, joint] = quat_multiply(quat_conjugate(turns[:, parent]), turns[:, joint])
    offsets = np.array([stand[0, j] - stand[0, max(p, 0)] for j, p in enumerate(tree.parents)])
    names = tuple(tree.rest[node]["name"] for node in tree.nodes)
    skeleton = Skeleton(names, np.array(tree.parents), offsets)
    return Recording(skeleton, local, places[:, 0], FPS)


def _world(
    file: GlbFile, tracks: dict[tuple[int, str], Any], tree: _Tree, times: Float[np.ndarray, " T"]
) -> tuple[Float[np.ndarray, "T B 4"], Float[np.ndarray, "T B 3"]]:
    """World rotations and places of root and joints; at rest where no track says otherwise."""

    def local(node: int) -> tuple[np.ndarray, np.ndarray]:
        turn = np.array(tree.rest[node].get("rotation", (0.0, 0.0, 0.0, 1.0)))
        step = np.array(tree.rest[node].get("translation", (0.0, 0.0, 0.0)))
        turns = _keyed(file, tracks.get((node, "rotation")), turn, times)[:, [3, 0, 1, 2]]
        return normalize(turns), _keyed(file, tracks.get((node, "translation")), step, times)

    base, ground = quat_identity(len(times)), np.zeros((len(times), 3))
    for node in tree.above:
        turn, step = local(node)
        base, ground = quat_multiply(base, turn), ground + quat_rotate(base, step)
    world: list[np.ndarray] = []
    places: list[np.ndarray] = []
    for node, parent in zip(tree.nodes, tree.parents, strict=True):
        turn, step = local(node)
        above, below = (base, ground) if parent < 0 else (world[parent], places[parent])
        world.append(quat_multiply(above, turn))
        places.append(below + quat_rotate(above, step))
    return np.stack(world, axis=1), np.stack(places, axis=1)


def _keyed(
    file: GlbFile,
    sampler: dict[str, Any] | None,
    rest: Float[np.ndarray, " C"],
    times: Float[np.ndarray, " T"],
) -> Float[np.ndarray, "T C"]:
    if sampler is None:
        return np.broadcast_to(rest, (len(times), len(rest)))
    keys, values = file.values(sampler["input"])[:, 0], file.values(sampler["output"])
    after = np.clip(np.searchsorted(keys, times, side="right"), 1, max(len(keys) - 1, 1))
    if len(keys) == 1 or sampler.get("interpolation") == "STEP":
        return values[np.clip(np.searchsorted(keys, times, side="right") - 1, 0, len(keys) - 1)]
    if sampler.get("interpolation", "LINEAR") != "LINEAR":
        raise ValueError("only linear and stepped keys are read")
    low = after - 1
    weight = np.clip((times - keys[low]) / (keys[after] - keys[low]), 0.0, 1.0)
    if values.shape[1] == 4:
        return quat_slerp(values[low], values[after], weight)
    return values[low] + weight[:, None] * (values[after] - values[low])


def _unreadable(path: Path) -> ChoreoError:
    return ChoreoError(
        "mocap_unreadable",
        f"{path.name} could not be read as animations of a skeleton.",
        "Unpack the data again.",
    )
