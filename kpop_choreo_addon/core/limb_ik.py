"""Two-bone limbs of a posed rig: where knee or elbow goes, and how the bones turn to get there.

The hinge stays in its plane: a limb is first bent or stretched in the plane in which it bends
already, then swung as a whole by the smallest rotation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import quaternions as quat
from .posed import PosedRig

STRAIGHT = 0.03
"""Sine of a bend under which the plane of a limb is taken from its hinge."""
FOLDED = 3.0
"""Radians that a knee or an elbow bends at most."""
HINGED = 0.1
"""Sine of a bend from which a limb's twist follows its plane."""


@dataclass(frozen=True, eq=False)
class Limb:
    """Joints of a leg or an arm over T frames, in armature space."""

    names: tuple[str, str, str]
    base: np.ndarray
    """``[T, 3]``"""
    middle: np.ndarray
    end: np.ndarray

    @property
    def lengths(self) -> tuple[np.ndarray, np.ndarray]:
        """``[T]`` of the upper and of the lower part."""
        upper = np.linalg.norm(self.middle - self.base, axis=-1)
        return upper, np.linalg.norm(self.end - self.middle, axis=-1)

    @property
    def shortest(self) -> np.ndarray:
        """``[T]`` from base to end when it is folded as far as it goes."""
        upper, lower = self.lengths
        return np.sqrt(upper**2 + lower**2 + 2.0 * upper * lower * np.cos(FOLDED))

    @property
    def reach(self) -> np.ndarray:
        """``[T]`` from base to end, as a share of the limb's length."""
        upper, lower = self.lengths
        return np.linalg.norm(self.end - self.base, axis=-1) / (upper + lower)


def limb_of(posed: PosedRig, names: tuple[str, str, str]) -> Limb:
    """The limb whose joints are ``names``; without the last it ends with the lower bone."""
    upper, lower = (posed.joints[name] for name in names[:2])
    if names[2] in posed.joints:
        end = posed.place(posed.joints[names[2]])
    else:
        end = posed.place(lower, posed.rig.tails[lower])
    return Limb(names, posed.place(upper), posed.place(lower), end)


def bent_to(limb: Limb, end: np.ndarray, hinge: np.ndarray, longest: np.ndarray | float) -> Limb:
    """The limb with its end at ``end[T, 3]``, or as near as ``longest`` of its length lets it.

    Args:
        limb: as it is.
        end: where the end is to be.
        hinge: ``[T, 3]`` axis about which it bends (right hand), used where it is straight.
        longest: share of the limb's length, ``[T]`` or one for all.
    """
    upper, lower = limb.lengths
    was, wanted = limb.end - limb.base, end - limb.base
    far = np.linalg.norm(wanted, axis=-1)
    far = np.clip(far, limb.shortest, longest * (upper + lower))
    before, axis = quat.normalize(was), quat.normalize(wanted)
    thigh = limb.middle - limb.base
    out = thigh - _dot(thigh, before) * before
    lack = np.maximum(STRAIGHT * upper - np.linalg.norm(out, axis=-1), 0.0)
    out = out + lack[:, None] * quat.normalize(np.cross(before, hinge))
    out = quat.rotate(smallest(before, axis), out)
    out = quat.normalize(out - _dot(out, axis) * axis)
    along = (upper**2 - lower**2 + far**2) / (2.0 * far)
    aside = np.sqrt(np.maximum(upper**2 - along**2, 0.0))
    middle = limb.base + along[:, None] * axis + aside[:, None] * out
    return replace(limb, middle=middle, end=limb.base + far[:, None] * axis)


def put(posed: PosedRig, old: Limb, new: Limb) -> PosedRig:
    """``posed`` with the bones of ``old`` turned to where ``new`` is; hand or foot keep theirs.

    Bones that hang from the limb between its joints, twist bones too, turn with their part.
    """
    upper_turn, lower_turn = _part_turns(old, new)
    base, middle, end = (posed.joints.get(name, -1) for name in old.names)
    turns = dict(posed.turns)
    for bone in turns:
        line = {bone, *posed.rig.ancestors(bone)}
        if end in line or base not in line:
            continue
        turns[bone] = quat.multiply(lower_turn if middle in line else upper_turn, turns[bone])
    # A hand or foot that nothing drives would follow.
    if end >= 0 and end not in turns:
        turns[end] = posed.turn(end)
    return replace(posed, turns=dict(sorted(turns.items())))


def smallest(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The smallest rotations ``[T, 4]`` that take directions ``source[T, 3]`` to ``target``."""
    s, t = quat.normalize(source), quat.normalize(target)
    real = 1.0 + np.sum(s * t, axis=-1, keepdims=True)
    return quat.normalize(np.concatenate([np.maximum(real, 1e-9), np.cross(s, t)], axis=-1))


def _part_turns(old: Limb, new: Limb) -> tuple[np.ndarray, np.ndarray]:
    """By how much upper and lower part turn, in armature space."""
    thigh, shin = old.middle - old.base, old.end - old.middle
    new_thigh, new_shin = new.middle - new.base, new.end - new.middle
    swing = smallest(thigh, new_thigh)
    plane, wanted = (
        np.cross(quat.normalize(a), quat.normalize(b))
        for a, b in ((thigh, shin), (new_thigh, new_shin))
    )
    bend = np.minimum(np.linalg.norm(plane, axis=-1), np.linalg.norm(wanted, axis=-1))
    axis, plane = quat.normalize(new_thigh), quat.rotate(swing, plane)
    sine, cosine = np.sum(np.cross(plane, wanted) * axis, -1), np.sum(plane * wanted, -1)
    share = np.clip(bend / HINGED, 0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    upper = quat.multiply(quat.about(axis, share * np.arctan2(sine, cosine)), swing)
    lower = quat.multiply(smallest(quat.rotate(upper, shin), new_shin), upper)
    return upper, lower


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.sum(a * b, axis=-1, keepdims=True)
