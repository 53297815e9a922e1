"""Spine and neck, over however many bones they have.

The bend from the pelvis to the chest is a curve through the body's joints; each bone of the
armature takes the rotation at its place on that curve. The last bones carry the whole of it: the
chest is where the arms hang, the last bone of the neck is where the head sits. A bone of the spine
from which the legs hang turns with the pelvis; a neck from which the arms hang is still a neck.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import quaternions as quat
from .rig import Rig

SPINE = ("pelvis", "spine1", "spine2", "spine3")
NECK = ("spine3", "neck")


@dataclass(frozen=True)
class Share:
    """A bone that lies ``weight`` of the way from joint ``lower`` to joint ``upper``."""

    lower: str
    upper: str
    weight: float

    def turn(self, turns: dict[str, np.ndarray]) -> np.ndarray:
        """The rotation ``[T, 4]`` there, of ``turns`` by joint."""
        for joint, weight in ((self.lower, 0.0), (self.upper, 1.0)):
            if abs(self.weight - weight) < 1e-9:
                return turns[joint]
        return quat.slerp(turns[self.lower], turns[self.upper], self.weight)


@dataclass(frozen=True)
class Between:
    """A place ``weight`` of the way from bone ``lower`` to bone ``upper``."""

    lower: int
    upper: int
    weight: float

    def turn(self, turn: Callable[[int], np.ndarray]) -> np.ndarray:
        """The rotation ``[T, 4]`` there, of the ``turn`` of a bone."""
        return quat.slerp(turn(self.lower), turn(self.upper), self.weight)


def trunk_shares(rig: Rig, joints: dict[str, int], root: int) -> dict[int, Share]:
    """The share of every bone of spine and neck.

    Args:
        root: the bone that turns as the pelvis does, if the spine does not hang from the hips.
    """
    top = joints.get("head", joints.get("neck", joints["left_shoulder"]))
    arms = [set(rig.ancestors(joints[f"{side}_shoulder"])) for side in ("left", "right")]
    chest = next(bone for bone in (top, *rig.ancestors(top)) if bone in arms[0] & arms[1])
    hips = joints["pelvis"]
    start = hips if hips in (chest, *rig.ancestors(chest)) else root
    spine = rig.chain(start, chest)
    if joints.get("neck") in spine:  # the arms hang from the neck
        spine = spine[: spine.index(joints["neck"])]
        chest = spine[-1] if spine else start
    legs = {*rig.ancestors(joints["left_hip"]), *rig.ancestors(joints["right_hip"])}
    shares = {bone: Share(*SPINE[:2], 0.0) for bone in spine if bone in legs}
    spine = [bone for bone in spine if bone not in legs]
    for bone, place in zip(spine, _places(spine, joints), strict=True):
        lower = min(int(place), len(SPINE) - 2)
        shares[bone] = Share(SPINE[lower], SPINE[lower + 1], place - lower)
    if "head" in joints and rig.parents[top] >= 0:
        neck = rig.chain(chest, int(rig.parents[top]))
        for number, bone in enumerate(neck, start=1):
            shares[bone] = Share(*NECK, number / len(neck))
    return shares


def trunk_place(joint: str, joints: dict[str, int], shares: dict[int, Share]) -> Between:
    """Where a joint of spine or neck lies between bones of the armature: shares read backward.

    Exact where a bone takes the whole of the joint's rotation; else on the way between two.
    """
    curve, base = (NECK, _chest(joints, shares)) if joint == "neck" else (SPINE, joints["pelvis"])
    line = [(0.0, base)]
    for bone, share in shares.items():
        if share.lower in curve and share.upper in curve:
            line.append((curve.index(share.lower) + share.weight, bone))
    place = curve.index(joint)
    above = next((n for n, (at, _) in enumerate(line) if at >= place - 1e-9), len(line) - 1)
    below = max(above - 1, 0)
    span = line[above][0] - line[below][0]
    weight = (place - line[below][0]) / span if span > 0 else 0.0
    return Between(line[below][1], line[above][1], min(weight, 1.0))


def two_bones(shares: dict[int, Share]) -> tuple[int, int] | None:
    """The bones of a spine that has two, the lower one first."""
    bending = [
        bone
        for bone, share in shares.items()
        if share.upper in SPINE and not (share.lower == SPINE[0] and share.weight == 0.0)
    ]
    return (bending[0], bending[1]) if len(bending) == 2 else None


def _chest(joints: dict[str, int], shares: dict[int, Share]) -> int:
    """The bone that turns as the body's chest does."""
    whole = [b for b, s in shares.items() if s.upper == "spine3" and s.weight >= 1.0 - 1e-9]
    return whole[-1] if whole else joints["pelvis"]


def _places(spine: list[int], joints: dict[str, int]) -> list[float]:
    """Where each bone of ``spine`` lies on the curve: 0 the pelvis, 3 the chest.

    Three or more bones: some of them are the body's three joints, those named by the bone map if
    it ends at the chest, and the others lie evenly between. Of two bones the upper one moves the
    chest against the back, as dances do, and the lower one has the bend of the back.
    """
    count = len(spine)
    if count < 3:
        return [2.0, 3.0][2 - count :]
    named = [joints.get(joint, -1) for joint in SPINE[1:]]
    knots = [round(count * k / 3) for k in (1, 2, 3)]
    if all(bone in spine for bone in named) and named[2] == spine[-1]:
        knots = sorted(spine.index(bone) + 1 for bone in named)
    return list(np.interp(range(1, count + 1), [0, *knots], range(4)))
