"""An armature without a root bone: the object itself carries path and heading.

T(t) is the track of :mod:`.root_motion` as a motion of armature space: it turns by U about the
vertical and takes the armature's origin to t. The object stands with location l, rotation Q and
scale S; what its parent and its delta transforms add is D. The dance is to be what it would be if
all of armature space moved, M T. With M = P (l + D Q S x) that is

    l' = l + D Q S t,        Q' S = Q S U,   so   Q' = Q (S U S^-1).

S U S^-1 is a rotation where both horizontal axes have the same scale, and turns the other way if
one of the two is mirrored.

The object is keyed like a bone that has no name and from which all others hang. For reduction it is
posed in armature units, where a key may be wrong by as much as a bone's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from . import quaternions as quat
from .keys import BoneKeys
from .posed import IDENTITY
from .retarget import BoneMotion
from .rig import Rig
from .root_motion import Track

OBJECT = ""
"""The name of the armature object among bones."""


@dataclass(frozen=True)
class Stand:
    """Where an armature object stands without a dance."""

    location: tuple[float, ...]
    """l, without its delta."""
    rotation: tuple[float, ...]
    """Q, without its delta."""
    scale: tuple[float, ...]
    """S, with its delta."""
    matrix: tuple[tuple[float, ...], ...]
    """``[4][4]`` D l Q S: where it stands in its parent."""
    mode: str
    driven: bool = False
    """Whether a driver holds its location or rotation."""

    def carries(self, up: np.ndarray) -> bool:
        """Whether the object can turn about ``up[3]`` of its armature as the dance does."""
        along, across = self._flat_scale(up)
        return abs(along) > 1e-9 and abs(abs(along) - abs(across)) < 1e-3 * abs(along)

    def _flat_scale(self, up: np.ndarray) -> np.ndarray:
        """Scale ``[2]`` along the two horizontal axes."""
        return np.array(self.scale)[np.abs(up) < 0.5]

    def unit(self, up: np.ndarray) -> float:
        """How long a unit of the armature is beside its object."""
        return abs(float(self._flat_scale(up)[0]))

    def moved(self, track: Track, up: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rotations ``[T, 4]`` and locations ``[T, 3]`` that carry the armature on its way."""
        along, across = self._flat_scale(up)
        turns = track.turns if along * across > 0 else quat.conjugate(track.turns)
        ways = track.place(np.zeros(3)) @ np.array(self.matrix)[:3, :3].T
        return quat.multiply(np.array(self.rotation), turns), np.array(self.location) + ways


def with_object(motion: BoneMotion, track: Track, stand: Stand, up: np.ndarray) -> BoneMotion:
    """``motion`` with the object first, its location in units of the armature."""
    turns, places = stand.moved(track, up)
    turns = quat.unroll(turns)
    return BoneMotion(
        (OBJECT, *motion.bones),
        np.concatenate([turns[:, None], motion.quats], axis=1),
        {OBJECT: places / stand.unit(up), **motion.locations},
    )


def object_rig(rig: Rig) -> Rig:
    """``rig`` with a bone at its origin, the last one, from which all others hang."""
    last = len(rig.bones)
    nowhere = np.zeros((1, 3))

    def more(flags: np.ndarray, flag: bool) -> np.ndarray:
        return np.append(flags, flag)

    return Rig(
        rig.name,
        (*rig.bones, OBJECT),
        np.append(np.where(rig.parents < 0, last, rig.parents), -1),
        np.concatenate([rig.rotations, IDENTITY[None]]),
        np.concatenate([rig.heads, nowhere]),
        np.concatenate([rig.tails, nowhere]),
        more(rig.inherits_rotation | (rig.parents < 0), True),
        more(rig.local_location, True),
        more(rig.connected, False),
    )


def in_object_units(keys: Sequence[BoneKeys], stand: Stand, up: np.ndarray) -> tuple[BoneKeys, ...]:
    """``keys`` with the object's location as its channels have it."""
    return tuple(_scaled(key, stand.unit(up)) if key.bone == OBJECT else key for key in keys)


def _scaled(key: BoneKeys, unit: float) -> BoneKeys:
    place, rotation = key.channels
    slopes = (unit * key.slopes[0], *key.slopes[1:]) if key.slopes else ()
    return replace(
        key, channels=(replace(place, values=unit * place.values), rotation), slopes=slopes
    )
