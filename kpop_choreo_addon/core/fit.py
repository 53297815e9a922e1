"""How an armature stands against the body: found once, from the rest pose alone.

Both ways use it: :mod:`.retarget` from the clip to the armature, :mod:`.inverse` back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from . import quaternions as quat
from .axes import to_blender
from .body import ANKLE_HEIGHT
from .errors import ChoreoError
from .humanoid import Match
from .posed import Stage
from .reference import Reference
from .rig import Rig
from .trunk import Share, trunk_shares


@dataclass(frozen=True, eq=False)
class Body:
    """A clip's skeleton at rest: offsets ``[3]`` by joint, metres, engine axes, T-pose."""

    offsets: dict[str, np.ndarray]

    def length(self, *joints: str) -> float:
        """Of the bones that end at ``joints``, together."""
        return sum(float(np.linalg.norm(self.offsets[joint])) for joint in joints)

    @property
    def hips(self) -> np.ndarray:
        """``[3]`` from the pelvis to the middle of the hip joints."""
        return (self.offsets["left_hip"] + self.offsets["right_hip"]) / 2


@dataclass(frozen=True, eq=False)
class Fit:
    """An armature whose bones are known, beside a body."""

    rig: Rig
    body: Body
    joints: dict[str, int]
    """Bone by joint."""
    parts: dict[str, tuple[int, ...]]
    """Further bones by role (:class:`.humanoid.Match`)."""
    root: int
    """The lowest bone from which the whole body hangs: it is moved. As a rule the hips."""
    stage: Stage

    @cached_property
    def corrections(self) -> dict[int, np.ndarray]:
        """C_b as ``[4]``; every other bone's is 1."""
        return Reference(self.rig, self.joints, self.parts, self.goals).corrections()

    @cached_property
    def shares(self) -> dict[int, Share]:
        """Where the bones of spine and neck lie between the body's joints."""
        return trunk_shares(self.rig, self.joints, self.root)

    def to_armature(self, turns: np.ndarray) -> np.ndarray:
        """Rotations ``[..., 4]`` in the engine's world as seen in armature space: S W S^-1."""
        s = self.stage.rotation
        return quat.multiply(quat.multiply(s, to_blender(turns)), quat.conjugate(s))

    @cached_property
    def goals(self) -> dict[str, np.ndarray]:
        """T-pose direction from the parent of each joint to it, armature space; ``front``, ``up``.

        Directions are unit vectors ``[3]``.
        """
        s = self.stage.rotation
        goals = {
            joint: quat.rotate(s, to_blender(quat.normalize(offset)))
            for joint, offset in self.body.offsets.items()
        }
        return goals | {"front": quat.rotate(s, np.array([0.0, -1.0, 0.0])), "up": self.stage.up}


def fit_rig(rig: Rig, match: Match, body: Body) -> Fit:
    """Reads off the rest pose how ``rig`` stands.

    Raises:
        ChoreoError: ``rig_hierarchy`` when no bone can carry the whole body, ``rig_degenerate``
            when the legs have no length.
    """
    index = {name: number for number, name in enumerate(rig.bones)}
    joints = {joint: index[name] for joint, name in match.bones.items()}
    parts = {
        role: tuple(index[name] for name in names if name in index)
        for role, names in match.parts.items()
    }
    return Fit(rig, body, joints, parts, _carrier(rig, joints), _stage(rig, joints, body))


def _carrier(rig: Rig, joints: dict[str, int]) -> int:
    """The lowest bone from which all others of ``joints`` hang: the hips, or a bone above them.

    In some rigs the legs do not hang from the hips but from the bone above.
    """
    lines = [[bone, *rig.ancestors(bone)] for bone in joints.values()]
    common = set.intersection(*map(set, lines))
    hips = [joints["pelvis"], *rig.ancestors(joints["pelvis"])]
    root = next((bone for bone in hips if bone in common), None)
    if root is None or rig.connected[root]:
        pelvis = rig.bones[joints["pelvis"]]
        astray = [rig.bones[line[0]] for line in lines if joints["pelvis"] not in line]
        what = (
            f"{', '.join(astray)} do not hang from {pelvis}"
            if root is None
            else f"{rig.bones[root]} is connected to its parent and cannot move"
        )
        raise ChoreoError(
            "rig_hierarchy",
            f"The armature {rig.name} cannot travel: {what}.",
            "Parent them as in a Mixamo rig, or press Add Dancer.",
        )
    return root


def _stage(rig: Rig, joints: dict[str, int], body: Body) -> Stage:
    """Reads axes, size and floor off the rest pose."""
    at = {joint: rig.heads[bone] for joint, bone in joints.items()}
    hips = (at["left_hip"] + at["right_hip"]) / 2
    spine = (at["left_shoulder"] + at["right_shoulder"]) / 2 - hips
    up = np.zeros(3)
    main = int(np.argmax(np.abs(spine)))
    up[main] = np.sign(spine[main])
    left = at["left_hip"] - at["right_hip"]
    left = left - (left @ up) * up
    thigh, shin = at["left_knee"] - at["left_hip"], at["left_ankle"] - at["left_knee"]
    leg = float(np.linalg.norm(thigh) + np.linalg.norm(shin))
    clip_leg = body.length("left_knee", "left_ankle")
    if min(leg, clip_leg, float(np.linalg.norm(left)), float(np.linalg.norm(spine))) < 1e-9:
        raise ChoreoError(
            "rig_degenerate",
            f"The armature {rig.name} has legs or hips without length.",
            "Choose an armature in the shape of a body.",
        )
    left = quat.normalize(left)
    rotation = quat.from_matrix(np.stack([left, np.cross(up, left), up], axis=-1))
    scale = leg / clip_leg
    ankle = float((at["left_ankle"] + at["right_ankle"]) @ up) / 2
    return Stage(rotation, up, scale, hips, ankle - scale * ANKLE_HEIGHT)
