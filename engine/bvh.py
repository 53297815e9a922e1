"""BVH: the dance for people without Blender, and for every tool that reads motion capture."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from engine.clip import Clip
from engine.motion.skeleton import Skeleton

CENTIMETRES = 100.0
ENDS = {
    "head": (0.0, 0.19, 0.02),
    "left_wrist": (0.18, 0.0, 0.0),
    "right_wrist": (-0.18, 0.0, 0.0),
    "left_foot": (0.0, 0.0, 0.07),
    "right_foot": (0.0, 0.0, 0.07),
}
"""Metres from a last joint to the end of its bone."""


def write_bvh(clip: Clip, path: str | os.PathLike[str], member: int = 0) -> None:
    """Writes one member as BVH: centimetres, degrees, Y-up, T-pose at zero, root ``pelvis``.

    Angles are intrinsic Z, X, Y (``Zrotation Xrotation Yrotation``), unwrapped over time.
    """
    quats = clip.local_quats[member].astype(float)
    angles = np.stack(
        [_angles(quats[:, joint]) for joint in _order(clip.skeleton)], axis=1
    ).reshape(len(quats), -1)
    channels = np.concatenate([clip.root_positions[member] * CENTIMETRES, angles], axis=1)
    lines = ["HIERARCHY", *_hierarchy(clip.skeleton, 0, 0), "MOTION"]
    lines += [f"Frames: {len(quats)}", f"Frame Time: {1 / clip.fps:.8f}"]
    lines += [" ".join(f"{value:.5f}" for value in row) for row in channels]
    Path(path).write_text("\n".join(lines) + "\n", encoding="ascii")


def _angles(quats: Float[np.ndarray, "T 4"]) -> Float[np.ndarray, "T 3"]:
    turns = Rotation.from_quat(quats[:, [1, 2, 3, 0]]).as_euler("ZXY")
    return np.degrees(np.unwrap(turns, axis=0))


def _order(skeleton: Skeleton) -> list[int]:
    """Joints depth first, as BVH lists them."""

    def below(joint: int) -> Iterator[int]:
        yield joint
        for child in np.flatnonzero(skeleton.parents == joint).tolist():
            yield from below(child)

    return list(below(0))


def _hierarchy(skeleton: Skeleton, joint: int, depth: int) -> Iterator[str]:
    tab = "\t" * depth
    name = skeleton.names[joint]
    turns = "Zrotation Xrotation Yrotation"
    yield f"{tab}{'ROOT' if depth == 0 else 'JOINT'} {name}"
    yield f"{tab}{{"
    yield f"{tab}\tOFFSET {_triple(skeleton.offsets[joint])}"
    if depth == 0:
        yield f"{tab}\tCHANNELS 6 Xposition Yposition Zposition {turns}"
    else:
        yield f"{tab}\tCHANNELS 3 {turns}"
    children = np.flatnonzero(skeleton.parents == joint).tolist()
    for child in children:
        yield from _hierarchy(skeleton, child, depth + 1)
    if not children:
        end = ENDS.get(name, (0.0, 0.05, 0.0))
        yield f"{tab}\tEnd Site"
        yield f"{tab}\t{{"
        yield f"{tab}\t\tOFFSET {_triple(np.array(end))}"
        yield f"{tab}\t}}"
    yield f"{tab}}}"


def _triple(offset: Float[np.ndarray, " 3"]) -> str:
    return " ".join(f"{value * CENTIMETRES:.4f}" for value in offset)
