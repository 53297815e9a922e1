"""The bone on the other side: by its name, else by its place."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from .rig import Rig

_MARKS = (
    re.compile(r"left|right", re.IGNORECASE),
    re.compile(r"[左右]"),
    re.compile(r"(?<![A-Za-z])[lr](?![A-Za-z])", re.IGNORECASE),
    re.compile(r"(?<![A-Za-z])[lr](?=[A-Z])"),
    re.compile(r"(?<![A-Za-z])[LR](?=[A-Z][a-z])"),
    re.compile(r"(?<=[a-z])[LR](?![A-Za-z])"),
)
"""How names tell their side, the plainest first: ``LeftArm``, ``腕.L``, ``lShldr``, ``armL``."""
_OTHER = {"left": "right", "l": "r", "左": "右"}
_OTHER |= {right: left for left, right in _OTHER.items()}
_TOLERANCE = 0.04
"""How far from the mirrored place a bone may be, of the rig's size."""


@dataclass(frozen=True)
class Twin:
    """A bone's name on the other side."""

    name: str
    side: str
    """On which side the bone itself is by its name: ``left`` or ``right``."""


def twin_by_name(name: str, names: Collection[str]) -> Twin | None:
    """The one of ``names`` that is ``name`` with its side exchanged."""
    for mark in _MARKS:
        for found in mark.finditer(name):
            word = found.group()
            other = _spelled(_OTHER[word.lower()], word)
            twin = name[: found.start()] + other + name[found.end() :]
            if twin in names:
                return Twin(twin, "left" if word.lower() in ("left", "l", "左") else "right")
    return None


def _spelled(word: str, like: str) -> str:
    """``word`` in the case of ``like``."""
    if like.isupper():
        return word.upper()
    return word.capitalize() if like[0].isupper() else word


class Mirror:
    """The plane that divides a rig: across one of its axes, through its middle."""

    def __init__(self, rig: Rig, middle: int | None = None) -> None:
        """Takes the axis across which most bones have another at their mirrored place.

        Args:
            middle: a bone in the plane; else the plane halves the rig's extent.
        """
        self.heads = np.where(np.isfinite(rig.heads), rig.heads, 0.0)
        low, high = self.heads.min(axis=0), self.heads.max(axis=0)
        self.size = float((high - low).max())
        self.point = self.heads[middle] if middle is not None else (low + high) / 2
        self.axis = max(range(3), key=self._pairs)
        above = [(bone, *rig.ancestors(bone)) for bone in range(len(rig.bones))]
        self.depths = np.array([len(line) for line in above])
        self.weights = np.zeros(len(above), dtype=int)
        self.centres = np.zeros_like(self.heads)
        for bone, line in enumerate(above):
            self.weights[list(line)] += 1
            self.centres[list(line)] += self.heads[bone]
        self.centres /= self.weights[:, None]

    def twin(self, bone: int, taken: Collection[int] = ()) -> int | None:
        """The bone at the mirrored place of ``bone`` that is none of ``taken``.

        Of several there it is the one that carries as much, and hangs from as many bones.
        """
        side = self.centres[:, self.axis] - self.point[self.axis]
        away = np.linalg.norm(self.heads - self._across(self.heads[bone], self.axis), axis=-1)
        ends = np.linalg.norm(self.centres - self._across(self.centres[bone], self.axis), axis=-1)
        unlike = abs(self.depths - self.depths[bone]) + abs(self.weights - self.weights[bone])
        cost = away + ends + 0.01 * self.size * unlike.clip(max=10)
        cost[(away > _TOLERANCE * self.size) | (side * side[bone] >= 0.0)] = np.inf
        cost[list(taken)] = np.inf
        best = int(np.argmin(cost))
        return best if np.isfinite(cost[best]) else None

    def _across(self, places: np.ndarray, axis: int) -> np.ndarray:
        """``places[..., 3]`` on the other side of the plane across ``axis``."""
        other = places.copy()
        other[..., axis] = 2.0 * self.point[axis] - other[..., axis]
        return other

    def _pairs(self, axis: int) -> int:
        """How many bones off the plane have one at their mirrored place."""
        near = 0.02 * self.size
        off = self.heads[np.abs(self.heads[:, axis] - self.point[axis]) > near]
        gaps = np.linalg.norm(off[:, None] - self._across(off, axis)[None], axis=-1)
        return int((gaps.min(axis=1, initial=np.inf) < near).sum())
