"""Biovision hierarchy files: skeleton and motion in one text.

Joints are aligned to the world in the zero pose by definition of the format. Angles written first
turn last. ``NAME_end`` is an end site.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float

from engine.errors import ChoreoError
from engine.motion.rotations import quat_identity
from engine.motion.skeleton import Skeleton
from engine.training.collect.euler import quat_from_euler
from engine.training.collect.recording import Recording


def read_bvh(path: Path) -> Recording:
    """Reads a BVH file whose root alone is moved about.

    Raises:
        ChoreoError: ``mocap_unreadable`` if the file is no complete BVH file.
    """
    try:
        return _parse(path.read_text(errors="replace"))
    except (ValueError, IndexError, KeyError) as error:
        raise ChoreoError(
            "mocap_unreadable",
            f"{path.name} could not be read as motion capture.",
            "Unpack the data again.",
        ) from error


def _parse(text: str) -> Recording:
    hierarchy, motion = text.split("MOTION", 1)
    names: list[str] = []
    parents: list[int] = []
    offsets: list[list[float]] = []
    channels: list[list[str]] = []
    open_joints: list[int] = []
    words = iter(hierarchy.split())
    for word in words:
        if word in ("ROOT", "JOINT", "End"):
            label = next(words)
            parents.append(open_joints[-1] if open_joints else -1)
            names.append(f"{names[open_joints[-1]]}_end" if word == "End" else label)
            channels.append([])
        elif word == "{":
            open_joints.append(len(names) - 1)
        elif word == "}":
            open_joints.pop()
        elif word == "OFFSET":
            offsets.append([float(next(words)) for _ in range(3)])
        elif word == "CHANNELS":
            channels[-1] = [next(words).lower() for _ in range(int(next(words)))]
    skeleton = Skeleton(tuple(names), np.array(parents), np.array(offsets))
    header, _, rows = motion.partition("Frame Time:")
    count = int(header.split("Frames:")[1])
    interval, values = rows.split(None, 1)
    table = np.array(values.split(), dtype=float).reshape(count, sum(map(len, channels)))
    return _recording(skeleton, channels, table, 1.0 / float(interval))


def _recording(
    skeleton: Skeleton, channels: list[list[str]], table: Float[np.ndarray, "T C"], fps: float
) -> Recording:
    quats = quat_identity(len(table), len(skeleton))
    root_positions = np.zeros((len(table), 3)) + skeleton.offsets[0]
    first = 0
    for joint, labels in enumerate(channels):
        values = table[:, first : first + len(labels)]
        first += len(labels)
        turns = [n for n, label in enumerate(labels) if label.endswith("rotation")]
        axes = "".join(labels[n][0] for n in turns)
        quats[:, joint] = quat_from_euler(np.radians(values[:, turns]), axes, False)
        if joint == 0:
            for n, label in enumerate(labels):
                if label.endswith("position"):
                    root_positions[:, "xyz".index(label[0])] = values[:, n]
    return Recording(skeleton, quats, root_positions, fps)
