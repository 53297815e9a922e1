"""An armature in motion, without Blender: how far each bone is turned, and where it then is.

Notation as in :mod:`.retarget`: D_b turns bone b away from its rest, in armature space.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from . import quaternions as quat
from .rig import Rig

if TYPE_CHECKING:
    from .twist import TwistBone

IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])


@dataclass(frozen=True, eq=False)
class Stage:
    """Where the armature stands at rest, and how big it is."""

    rotation: np.ndarray
    """S as ``[4]``: Blender's world axes (left +X, front -Y, up +Z) to the armature's."""
    up: np.ndarray
    """``[3]`` unit vector in armature space."""
    scale: float
    """Armature units for a metre of the clip."""
    hips: np.ndarray
    """``[3]`` middle of the two hip joints at rest."""
    lift: float
    """Armature units by which the hips stand higher than ``scale`` times the clip's."""

    @property
    def floor(self) -> float:
        """Height of the floor along ``up``, in armature units."""
        return self.lift

    @property
    def ground(self) -> np.ndarray:
        """``[3]`` below the hips at rest, at height 0 of the armature."""
        return self.hips - (self.hips @ self.up) * self.up


@dataclass(frozen=True, eq=False)
class PosedRig:
    """T frames of an armature's pose in its own space and units."""

    rig: Rig
    joints: dict[str, int]
    """Bone by joint of the body."""
    turns: dict[int, np.ndarray]
    """D_b as ``[T, 4]`` of every bone that is driven, parents first; others follow their parent."""
    root: int
    """The bone that carries the whole body."""
    root_places: np.ndarray
    """``[T, 3]`` where the head of the root bone is."""
    stage: Stage
    above: dict[int, np.ndarray] = field(default_factory=dict)
    """``[T, 3]`` where the heads of further moved bones are, topmost first: a root bone above the
    hips, or controls."""
    twists: tuple[TwistBone, ...] = ()
    """Bones that take a share of a limb's turn; :func:`.retarget.basis` adds them to the turns."""

    @property
    def moved(self) -> dict[int, np.ndarray]:
        """``[T, 3]`` places of all bones that have a place of their own, topmost first."""
        return {**self.above, self.root: self.root_places}

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self.root_places)

    def turn(self, bone: int) -> np.ndarray:
        """D_b ``[T, 4]`` of any bone: its own, or that of the nearest bone that it turns with."""
        for above in (bone, *self.rig.turning_ancestors(bone)):
            if above in self.turns:
                return self.turns[above]
        return np.broadcast_to(IDENTITY, (self.frames, 4))

    def below(self, bone: int) -> list[int]:
        """The bones with rotations of their own that hang from ``bone``, and itself."""
        return [part for part in self.turns if bone in (part, *self.rig.ancestors(part))]

    def place(self, bone: int, point: np.ndarray | None = None) -> np.ndarray:
        """Where ``point[3]`` of the rest pose is ``[T, 3]`` while it sticks to ``bone``.

        Without a point: the bone's head. Only for bones that hang from the root bone.
        """
        rest = self.rig.heads
        at = self.root_places
        line = [bone, *self.rig.ancestors(bone)]
        line = line[: line.index(self.root) + 1][::-1]
        for above, below in pairwise(line):
            at = at + quat.rotate(self.turn(above), rest[below] - rest[above])
        return at if point is None else at + quat.rotate(self.turn(bone), point - rest[bone])

    def carried(self, bone: int) -> np.ndarray:
        """Where the head of ``bone`` ``[T, 3]`` would be if it only hung from its parent."""
        rest, moved = self.rig.heads, self.moved
        line = [bone, *self.rig.ancestors(bone)][::-1]
        at = moved.get(line[0], rest[line[0]]) if len(line) > 1 else rest[line[0]]
        for above, below in pairwise(line):
            at = at + quat.rotate(self.turn(above), rest[below] - rest[above])
            if below != bone and below in moved:
                at = moved[below]
        return np.broadcast_to(at, (self.frames, 3))
