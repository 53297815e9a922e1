"""A glTF reader of the tests' own: world matrices of nodes at any time, and skinned vertices."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_TYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


@dataclass
class Gltf:
    """A binary glTF file."""

    document: dict[str, Any]
    data: bytes

    def accessor(self, number: int) -> np.ndarray:
        """Values ``[N, C]``."""
        row = self.document["accessors"][number]
        view = self.document["bufferViews"][row["bufferView"]]
        start = view.get("byteOffset", 0) + row.get("byteOffset", 0)
        width = _WIDTHS[row["type"]]
        kind = np.dtype(_TYPES[row["componentType"]])
        assert view.get("byteStride", width * kind.itemsize) == width * kind.itemsize
        return np.frombuffer(self.data, kind, row["count"] * width, start).reshape(-1, width)

    def node(self, name: str) -> int:
        """The number of the one node of that name."""
        (found,) = [n for n, node in enumerate(self.document["nodes"]) if node["name"] == name]
        return found

    def parents(self) -> dict[int, int]:
        """Parent by node."""
        nodes = self.document["nodes"]
        return {child: n for n, node in enumerate(nodes) for child in node.get("children", [])}

    def worlds(self, second: float | None) -> np.ndarray:
        """World matrices ``[N, 4, 4]`` of all nodes; at rest without ``second``."""
        nodes = self.document["nodes"]
        values = [
            {
                "translation": np.array(node.get("translation", [0.0, 0.0, 0.0])),
                "rotation": np.array(node.get("rotation", [0.0, 0.0, 0.0, 1.0])),
                "scale": np.array(node.get("scale", [1.0, 1.0, 1.0])),
            }
            for node in nodes
        ]
        if second is not None:
            (animation,) = self.document["animations"]
            for channel in animation["channels"]:
                sampler = animation["samplers"][channel["sampler"]]
                assert sampler.get("interpolation", "LINEAR") == "LINEAR"
                times = self.accessor(sampler["input"])[:, 0]
                keys = self.accessor(sampler["output"])
                value = np.array([np.interp(second, times, column) for column in keys.T])
                if channel["target"]["path"] == "rotation":
                    value /= np.linalg.norm(value)
                values[channel["target"]["node"]][channel["target"]["path"]] = value
        locals_ = [_matrix(**value) for value in values]
        parents, worlds = self.parents(), {}

        def world(node: int) -> np.ndarray:
            if node not in worlds:
                own = locals_[node]
                worlds[node] = world(parents[node]) @ own if node in parents else own
            return worlds[node]

        return np.array([world(node) for node in range(len(nodes))])

    def skinned(self, second: float) -> np.ndarray:
        """Vertices ``[V, 3]`` of the first skinned mesh, in the world."""
        worlds = self.worlds(second)
        node = next(n for n in self.document["nodes"] if "skin" in n)
        skin = self.document["skins"][node["skin"]]
        binds = self.accessor(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        bends = worlds[skin["joints"]] @ binds
        found = []
        for part in self.document["meshes"][node["mesh"]]["primitives"]:
            use = part["attributes"]
            points = self.accessor(use["POSITION"])
            joints, weights = self.accessor(use["JOINTS_0"]), self.accessor(use["WEIGHTS_0"])
            flat = np.concatenate([points, np.ones((len(points), 1))], axis=1)
            bent = np.einsum("vk,vkij,vj->vi", weights, bends[joints], flat)
            found.append(bent[:, :3])
        return np.concatenate(found)


def read_gltf(path: Path) -> Gltf:
    """Opens a binary glTF."""
    content = path.read_bytes()
    magic, version, size = struct.unpack_from("<4sII", content)
    assert (magic, version, size) == (b"glTF", 2, len(content))
    length, kind = struct.unpack_from("<I4s", content, 12)
    assert kind == b"JSON"
    start = 20 + length
    assert content[start + 4 : start + 8] == b"BIN\0"
    return Gltf(json.loads(content[20:start]), content[start + 8 :])


def _matrix(translation: np.ndarray, rotation: np.ndarray, scale: np.ndarray) -> np.ndarray:
    x, y, z, w = rotation
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn * scale
    matrix[:3, 3] = translation
    return matrix
