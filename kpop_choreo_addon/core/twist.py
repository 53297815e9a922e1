"""Twist bones: the turn about a limb, spread along it as skin spreads it.

The mapped bones of arms and legs have their own full rotation. Without twist bones a turn of the
wrist happens at the wrist alone and a turn of the upper arm at the shoulder alone. A twist bone
has its limb's direction and a share of the turn:

* of forearm and shin, the hand's or foot's turn about the limb relative to it: rising toward the
  wrist, evenly between nothing at the elbow and all of it in the hand;
* of upper arm and thigh, the limb's own turn relative to shoulder or hips, away from rest:
  nothing at the shoulder, evenly rising toward the elbow, where the limb's bone has all of it. A
  twist bone from which the lower limb hangs is past the middle of the limb and follows it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import quaternions as quat
from .posed import IDENTITY
from .rig import Rig

# Role: limb, the joint at its end, and the joint or joints that may be above it.
_UPPER = {"upper_arm_twist": ("shoulder", "elbow"), "thigh_twist": ("hip", "knee")}
_LOWER = {"forearm_twist": ("elbow", "wrist"), "shin_twist": ("knee", "ankle")}


@dataclass(frozen=True, eq=False)
class TwistBone:
    """A bone that turns like ``limb``, and about it by a part of how ``end`` turns to ``base``."""

    bone: int
    limb: int
    base: int
    """Bone to which the turn is relative; -1 for the armature."""
    end: int
    share: float
    """Of that turn, added to the limb's rotation; below 0 takes from it."""
    axis: np.ndarray
    """``[3]`` the limb's rest direction in armature space."""

    def turn(self, turns: dict[int, np.ndarray]) -> np.ndarray:
        """D_b ``[T, 4]`` from those of the mapped bones."""
        base = turns[self.base] if self.base >= 0 else IDENTITY
        relative = quat.multiply(quat.conjugate(base), turns[self.end])
        angle = np.unwrap(quat.twist_angle(relative, self.axis))
        angle = angle - 2.0 * np.pi * np.round(np.median(angle) / (2.0 * np.pi))
        return quat.multiply(turns[self.limb], quat.about(self.axis, self.share * angle))


def twist_bones(
    rig: Rig, joints: dict[str, int], parts: dict[str, tuple[int, ...]]
) -> tuple[TwistBone, ...]:
    """All twist bones that are driven; the others follow their parent."""
    found: list[TwistBone] = []
    mapped = set(joints.values())
    for side in ("left", "right"):
        for role, names in (_UPPER | _LOWER).items():
            first, last = (joints.get(f"{side}_{name}") for name in names)
            bones = [b for b in parts.get(f"{side}_{role}", ()) if b not in mapped]
            if first is None or last is None:
                continue
            axis = quat.normalize(rig.heads[last] - rig.heads[first])
            if role in _LOWER:
                for number, bone in enumerate(bones, start=1):
                    share = number / (len(bones) + 1)
                    found.append(TwistBone(bone, first, first, last, share, axis))
                continue
            base = next((b for b in rig.ancestors(first) if b in mapped), -1)
            bones = [b for b in bones if b not in rig.ancestors(last)]
            for number, bone in enumerate(bones):
                share = number / len(bones) - 1.0
                found.append(TwistBone(bone, first, base, first, share, axis))
    return tuple(found)
