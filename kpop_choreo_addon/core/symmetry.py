"""A rig seen along axes in which it is symmetric, in heights, and ways along its hierarchy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .body_shape import Tree

TOLERANCE = 0.02
"""How far from its mirror image a bone may be, as a share of the height."""
NEAR = 1e-3
"""Heads closer than this share of the height are at one place."""


@dataclass(frozen=True)
class Frame:
    """Axes that the body is looked at in."""

    heads: np.ndarray
    """``[B, 3]`` as side, other, up, in heights; the middle is at side 0."""
    sides: np.ndarray
    """``[B]`` +1, -1 where all that hangs from the bone is on one side, else 0."""
    partners: dict[int, int]
    symmetry: float


def seen_along(tree: Tree, lateral: int, up: int, sign: float) -> Frame | None:
    """The rig seen with these axes; None if it is not symmetric there."""
    heads = tree.rig.heads[:, [lateral, 3 - lateral - up, up]].astype(float)
    heads[:, 2] *= sign
    heads[:, 0] -= np.median(heads[:, 0])
    height = float(np.ptp(heads[:, 2]))
    if height < 1e-9:
        return None
    heads = heads / height
    off = np.flatnonzero(np.abs(heads[:, 0]) > TOLERANCE)
    if len(off) < 8:
        return None
    mirrored = heads[off] * np.array([-1.0, 1.0, 1.0])
    apart = np.linalg.norm(mirrored[:, None] - heads[None, off], axis=-1)
    depths = np.array([len(tree.lines[bone]) for bone in off])
    apart = (
        apart
        + 0.5 * (depths[:, None] != depths[None])
        + 1e-6 * np.abs(np.arange(len(off))[:, None] - np.arange(len(off))[None])
    )
    nearest = np.argmin(apart, axis=1)
    good = apart[np.arange(len(off)), nearest] < TOLERANCE
    symmetry = float(good.mean())
    if symmetry < 0.5:
        return None
    partners = {int(off[n]): int(off[nearest[n]]) for n in np.flatnonzero(good)}
    low, high = heads[:, 0].copy(), heads[:, 0].copy()
    for bone in range(len(heads) - 1, -1, -1):
        for child in tree.children[bone]:
            low[bone], high[bone] = min(low[bone], low[child]), max(high[bone], high[child])
    sides = (high > TOLERANCE).astype(int) - (low < -TOLERANCE).astype(int)
    return Frame(heads, sides, partners, symmetry)


def path_to(tree: Tree, above: int, bone: int) -> list[int]:
    """From ``above`` down to ``bone``, both included."""
    line = tree.lines[bone]
    return list(line[: line.index(above) + 1][::-1])


def distinct(frame: Frame, line: Sequence[int]) -> list[int]:
    """``line`` with the last of bones that are at one place."""
    places: list[int] = []
    for bone in line:
        if places and length(frame.heads[bone] - frame.heads[places[-1]]) < NEAR:
            places[-1] = bone
        else:
            places.append(bone)
    return places


def length(vector: np.ndarray) -> float:
    return float(np.linalg.norm(vector))
