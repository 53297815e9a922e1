"""The controls of a generated Rigify rig: what is its own.

D is a turn away from rest in armature space, S0..S3 are the four bones of the spine, p their heads:

    spine_fk.001     D = D_S1, about p2. Its parent takes half of the hips' turn: it has
                     slerp(D_torso, D_hips, 1/2)
    spine_fk         D = D_S0, about p1. Its parent takes the other half: D_S1 h, where h is half
                     of the hips' turn relative to the torso
    spine_fk.002/3   the same upward with the chest: D_S2 about p2, D_S3 about p3
    torso            any turn; its place is where it carries p2 right. It has the turn halfway
                     between S1 and S2, the hips that of S0, the chest that of S3, so that the
                     spine_fk controls only keep what an even bend lacks
    neck, head       the neck points to where the head sits, the head has its own turn
    tweak_spine.001, 002, 004, 005
                     the twist of the middle of the spine and of the neck, whose bones point to
                     the next one by themselves; the last also where the neck bends
    upper_arm_ik, thigh_ik
                     the turn about the line from shoulder to hand that brings its bending axis X
                     to the limb's: what is used while no pole is
    eye.L, eye.R     as far before the eye as at rest, where it looks
"""

from __future__ import annotations

import numpy as np

from . import quaternions as quat
from .control_bones import rigify_controls
from .control_pose import ControlPose
from .limb_ik import smallest
from .posed import IDENTITY
from .rig import Rig


class RigifyPose(ControlPose):
    """The controls of one Rigify rig in one dance."""

    def hung(self, rig: Rig) -> Rig:
        return rigify_controls(rig, self.match)

    def trunk(self) -> int:
        torso = self._spine()
        self._neck()
        return torso

    def limb(self, side: str, limb: str, joints: list[str], out: np.ndarray) -> None:
        carrier = "pelvis" if limb == "leg" else f"{side}_collar"
        line = self.at(joints[2]) - self.at(joints[0])
        self._swing(self.control(f"{side}_{limb}_upper"), self.of(carrier), line, out)

    def _above(self, bone: int) -> int:
        return int(self.rig.parents[bone])

    def _spine(self) -> int:
        """Torso, hips, chest and what the spine's own controls add; returns the torso."""
        s0, s1, s2, s3 = (self.of(joint) for joint in ("pelvis", "spine1", "spine2", "spine3"))
        torso, hips, chest = (self.control(key) for key in ("torso", "hips", "chest"))
        middle = quat.slerp(s1, s2, 0.5)
        rests = self.rig.heads
        pivot = self.body.rig.heads[self.body.joints["spine2"]]
        place = self.at("spine2") + quat.rotate(middle, rests[torso] - pivot)
        self.set(torso, middle, place)
        self.set(hips, s0)
        self.set(chest, s3)
        for end, near, far, turns in ((hips, 1, 0, (s1, s0)), (chest, 2, 3, (s2, s3))):
            carried = middle
            for number, turn in zip((near, far), turns, strict=True):
                control = self.control("spine", number)
                self.set(self._above(control), self._half(middle, end, carried, control))
                self.set(control, turn)
                carried = turn
        self._tweak(0, s1, s0)
        self._tweak(1, s2, quat.slerp(s2, s1, 0.5))
        return torso

    def _tweak(self, number: int, turn: np.ndarray, carried: np.ndarray) -> int:
        """A tweak of the spine: only its twist, for Rigify points the bone to the next one."""
        tweak = self.control("tweaks", number)
        along = self.rig.tails[tweak] - self.rig.heads[tweak]
        swing = smallest(quat.rotate(carried, along), quat.rotate(turn, along))
        self.set(self._above(tweak), carried)
        self.set(tweak, quat.multiply(quat.conjugate(swing), turn))
        return tweak

    def _half(self, base: np.ndarray, end: int, carried: np.ndarray, control: int) -> np.ndarray:
        """D of the bone above ``control``: half of what ``end`` adds to ``base``, in its axes."""
        above, rests = self._above(control), self.rig.rotations
        added = quat.multiply(quat.conjugate(base), self.turns[end])
        axes = quat.multiply(rests[above], quat.conjugate(rests[end]))
        half = quat.slerp(np.broadcast_to(IDENTITY, added.shape), added, 0.5)
        half = quat.multiply(quat.multiply(axes, half), quat.conjugate(axes))
        return quat.multiply(carried, half)

    def _neck(self) -> None:
        neck, head = self.control("neck"), self.control("head")
        lower, upper = self.body.joints["neck"], self._upper_neck()
        start = self.at("neck")
        turn = self.of("neck")
        along = quat.rotate(turn, self.rig.heads[head] - self.rig.heads[neck])
        turn = quat.multiply(smallest(along, self.at("head") - start), turn)
        self.set(neck, turn)
        self.set(head, self.of("head"))
        self._tweak(2, self.body.turn(lower), turn)
        half = self._half(turn, head, turn, self.control("tweaks", 3))
        tweak = self._tweak(3, self.body.turn(upper), half)
        self.places[tweak] = self.body.place(upper)

    def _upper_neck(self) -> int:
        """The neck's second bone, which is no joint of the body."""
        return int(self.body.rig.parents[self.body.joints["head"]])

    def _swing(self, upper: int, carried: np.ndarray, line: np.ndarray, out: np.ndarray) -> None:
        """The IK chain's first bone, and the bone above it, which points along the limb's line."""
        above, rests = self._above(upper), self.rig
        along = quat.rotate(carried, rests.tails[above] - rests.heads[above])
        swung = quat.multiply(smallest(along, line), carried)
        self.set(above, swung)
        rest = rests.rotations[upper]
        frame = quat.multiply(swung, rest)
        axis = quat.rotate(quat.conjugate(frame), np.cross(out, line))
        about = quat.about(np.array([0.0, 1.0, 0.0]), np.arctan2(-axis[:, 2], axis[:, 0]))
        self.set(upper, quat.multiply(quat.multiply(frame, about), quat.conjugate(rest)))
