"""A dance on the controls of a generated Rigify rig, which turn the bones that deform.

The dance is first put on the deforming bones as a body (:func:`.rigify_bones.body_rig`). What each
control must be for the rig's constraints to give that pose is then a closed formula. D is a turn
away from rest in armature space, S0..S3 are the four bones of the spine, p their heads:

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
    FK chains        D of their bone (same rest); the limb hangs from spine or shoulder
    hand_ik, foot_ik place and D of hand and foot; their parent is the root control
    poles            in the plane of the limb, as far from elbow or knee as at rest
    eye.L, eye.R     as far before the eye as at rest, where it looks
    upper_arm_ik, thigh_ik
                     the turn about the line from shoulder to hand that brings its bending axis X
                     to the limb's: what is used while no pole is
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import quaternions as quat
from .humanoid import Match
from .limb_ik import STRAIGHT, smallest
from .posed import IDENTITY, PosedRig
from .retarget import BoneMotion
from .rig import Rig
from .rigify_bones import FINGERS, SIDES, control_rig

HINGE = np.array([1.0, 0.0, 0.0])
"""Axis of its own about which Rigify bends a limb's bone."""
_LIMBS = {"arm": ("shoulder", "elbow", "wrist"), "leg": ("hip", "knee", "ankle")}


@dataclass(frozen=True)
class Switch:
    """A property of a control that must have a value while the dance lasts."""

    bone: str
    name: str
    value: float
    custom: bool = True
    """Whether it is a custom property, not one of Blender's."""


def switches(match: Match) -> tuple[Switch, ...]:
    """Arms by FK, legs by IK with poles, nothing stretches, all in the space of the root."""
    if not match.loose:
        return ()
    torso = match.controls["torso"][0]
    found = [Switch(torso, "torso_parent", 1.0)]
    found += [Switch(torso, name, 1.0) for name in ("neck_follow", "head_follow")]
    found += [Switch(bone, "eyes_follow", 1.0) for bone in match.controls.get("eyes", ())]
    for side in SIDES:
        for limb, fk in (("arm", 1.0), ("leg", 0.0)):
            bone = match.controls[f"{side}_{limb}_switches"][0]
            values = {
                "IK_FK": fk,
                "IK_Stretch": 0.0,
                "pole_vector": 1.0,
                "FK_limb_follow": 0.0,
                "IK_parent": 1.0,
                "pole_parent": 1.0,
            }
            found += [Switch(bone, name, value) for name, value in values.items()]
            # By these the solver shortens bones instead of bending, however near the goal is.
            bent = match.controls[f"{side}_{limb}_bent"]
            found += [Switch(part, "ik_stretch", 0.0, custom=False) for part in bent]
    return tuple(found)


def limb_controls(match: Match) -> frozenset[str]:
    """The controls that move trunk and limbs."""
    spare = {f"{side}_{part}" for side in SIDES for part in (*FINGERS, "eye")}
    return frozenset(b for key, bones in match.controls.items() if key not in spare for b in bones)


def on_controls(posed: PosedRig, rig: Rig, match: Match) -> PosedRig:
    """The controls of ``rig`` as they must be for its body to be ``posed``.

    A rig without controls stays as it is.

    Args:
        posed: of :func:`.rigify_bones.body_rig`.
        rig: the whole armature.
    """
    return _Controls(posed, rig, match).posed() if match.loose else posed


def of_controls(motion: BoneMotion, match: Match) -> BoneMotion:
    """``motion`` without bones that only stand between controls."""
    if not match.loose:
        return motion
    keyed = {bone for bones in match.controls.values() for bone in bones}
    kept = [number for number, bone in enumerate(motion.bones) if bone in keyed]
    return BoneMotion(
        tuple(motion.bones[number] for number in kept), motion.quats[:, kept], motion.locations
    )


class _Controls:
    """The controls of one rig in one dance."""

    def __init__(self, body: PosedRig, rig: Rig, match: Match) -> None:
        self.body, self.match = body, match
        self.rig = control_rig(rig, match)
        self.index = {bone: number for number, bone in enumerate(self.rig.bones)}
        self.turns: dict[int, np.ndarray] = {}
        self.places: dict[int, np.ndarray] = {}

    def posed(self) -> PosedRig:
        self._root()
        torso = self._trunk()
        self._neck()
        for side in SIDES:
            self._limb(side, "arm")
            self._limb(side, "leg")
            self._set(self._control(f"{side}_collar"), self._of(f"{side}_collar"))
            self._fingers(side)
            self._eye(side)
        places = dict(sorted(self.places.items()))
        root_places = places.pop(torso)
        turns = dict(sorted(self.turns.items()))
        return PosedRig(self.rig, {}, turns, torso, root_places, self.body.stage, places)

    def _control(self, key: str, number: int = 0) -> int:
        return self.index[self.match.controls[key][number]]

    def _above(self, bone: int) -> int:
        return int(self.rig.parents[bone])

    def _set(self, bone: int, turn: np.ndarray, place: np.ndarray | None = None) -> None:
        self.turns[bone] = turn
        if place is not None:
            self.places[bone] = place

    def _of(self, joint: str) -> np.ndarray:
        """D ``[T, 4]`` of a joint's bone."""
        return self.body.turn(self.body.joints[joint])

    def _at(self, joint: str) -> np.ndarray:
        """Where a joint's bone begins ``[T, 3]``."""
        return self.body.place(self.body.joints[joint])

    def _root(self) -> None:
        """The root control, if it travels."""
        name = self.match.controls["root"][0]
        bone = self.body.rig.bones.index(name)
        if bone in self.body.above:
            self._set(self.index[name], self.body.turn(bone), self.body.above[bone])

    def _root_turn(self) -> np.ndarray:
        return self.body.turn(self.body.rig.bones.index(self.match.controls["root"][0]))

    def _trunk(self) -> int:
        """Torso, hips, chest and what the spine's own controls add; returns the torso."""
        s0, s1, s2, s3 = (self._of(joint) for joint in ("pelvis", "spine1", "spine2", "spine3"))
        torso, hips, chest = (self._control(key) for key in ("torso", "hips", "chest"))
        middle = quat.slerp(s1, s2, 0.5)
        rests = self.rig.heads
        pivot = self.body.rig.heads[self.body.joints["spine2"]]
        place = self._at("spine2") + quat.rotate(middle, rests[torso] - pivot)
        self._set(torso, middle, place)
        self._set(hips, s0)
        self._set(chest, s3)
        for end, near, far, turns in ((hips, 1, 0, (s1, s0)), (chest, 2, 3, (s2, s3))):
            carried = middle
            for number, turn in zip((near, far), turns, strict=True):
                control = self._control("spine", number)
                self._set(self._above(control), self._half(middle, end, carried, control))
                self._set(control, turn)
                carried = turn
        self._tweak(0, s1, s0)
        self._tweak(1, s2, quat.slerp(s2, s1, 0.5))
        return torso

    def _tweak(self, number: int, turn: np.ndarray, carried: np.ndarray) -> int:
        """A tweak of the spine: only its twist, for Rigify points the bone to the next one."""
        tweak = self._control("tweaks", number)
        along = self.rig.tails[tweak] - self.rig.heads[tweak]
        swing = smallest(quat.rotate(carried, along), quat.rotate(turn, along))
        self._set(self._above(tweak), carried)
        self._set(tweak, quat.multiply(quat.conjugate(swing), turn))
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
        neck, head = self._control("neck"), self._control("head")
        lower, upper = self.body.joints["neck"], self._upper_neck()
        start = self._at("neck")
        turn = self._of("neck")
        along = quat.rotate(turn, self.rig.heads[head] - self.rig.heads[neck])
        turn = quat.multiply(smallest(along, self._at("head") - start), turn)
        self._set(neck, turn)
        self._set(head, self._of("head"))
        self._tweak(2, self.body.turn(lower), turn)
        half = self._half(turn, head, turn, self._control("tweaks", 3))
        tweak = self._tweak(3, self.body.turn(upper), half)
        self.places[tweak] = self.body.place(upper)

    def _upper_neck(self) -> int:
        """The neck's second bone, which is no joint of the body."""
        return int(self.body.rig.parents[self.body.joints["head"]])

    def _limb(self, side: str, limb: str) -> None:
        """FK chain, IK control, pole, and the turn that counts without a pole."""
        joints = [f"{side}_{joint}" for joint in _LIMBS[limb]]
        ends = [*joints, f"{side}_foot"] if limb == "leg" else joints
        chain = self.match.controls[f"{side}_{limb}_fk"]
        for name, joint in zip(chain, ends, strict=True):
            self._set(self.index[name], self._of(joint))
        ik = [self.index[name] for name in self.match.controls[f"{side}_{limb}_ik"]]
        base, middle, end = (self._at(joint) for joint in joints)
        upper, goal, *rest = ik
        self._set(goal, self._of(joints[2]), end)
        for bone in rest:
            self._set(bone, self._of(ends[-1] if bone == rest[-1] else joints[2]))
        pole = self._control(f"{side}_{limb}_pole")
        out = self._out(joints, base, middle, end)
        rests = self.rig.heads
        far = np.linalg.norm(rests[pole] - rests[self.index[chain[1]]])
        self._set(pole, self._root_turn(), middle + far * out)
        carrier = "pelvis" if limb == "leg" else f"{side}_collar"
        self._swing(upper, self._of(carrier), end - base, out)

    def _out(
        self, joints: list[str], base: np.ndarray, middle: np.ndarray, end: np.ndarray
    ) -> np.ndarray:
        """Unit vectors ``[T, 3]`` from the line of a limb to its elbow or knee."""
        rests, bone = self.body.rig, self.body.joints[joints[0]]
        axis = quat.normalize(end - base)
        thigh = middle - base
        out = thigh - np.sum(thigh * axis, axis=-1, keepdims=True) * axis
        hinge = quat.rotate(self.body.turn(bone), quat.rotate(rests.rotations[bone], HINGE))
        length = np.linalg.norm(thigh, axis=-1)
        lack = np.maximum(STRAIGHT * length - np.linalg.norm(out, axis=-1), 0.0)
        out = out + lack[:, None] * quat.normalize(np.cross(axis, hinge))
        return quat.normalize(out)

    def _swing(self, upper: int, carried: np.ndarray, line: np.ndarray, out: np.ndarray) -> None:
        """The IK chain's first bone, and the bone above it, which points along the limb's line."""
        above, rests = self._above(upper), self.rig
        along = quat.rotate(carried, rests.tails[above] - rests.heads[above])
        swung = quat.multiply(smallest(along, line), carried)
        self._set(above, swung)
        rest = rests.rotations[upper]
        frame = quat.multiply(swung, rest)
        axis = quat.rotate(quat.conjugate(frame), np.cross(out, line))
        about = quat.about(np.array([0.0, 1.0, 0.0]), np.arctan2(-axis[:, 2], axis[:, 0]))
        self._set(upper, quat.multiply(quat.multiply(frame, about), quat.conjugate(rest)))

    def _fingers(self, side: str) -> None:
        """Fingers that are posed."""
        for key in (f"{side}_{finger}" for finger in FINGERS):
            controls = self.match.controls.get(key, ())
            for name, control in zip(self.match.parts.get(key, ()), controls, strict=False):
                if (bone := self.body.rig.bones.index(name)) in self.body.turns:
                    self._set(self.index[control], self.body.turns[bone])

    def _eye(self, side: str) -> None:
        """What an eye looks at, if it looks anywhere but ahead."""
        parts, controls = (d.get(f"{side}_eye") for d in (self.match.parts, self.match.controls))
        if not parts or not controls:
            return
        bone, goal = self.body.rig.bones.index(parts[0]), self.index[controls[0]]
        if bone in self.body.turns:
            away = self.rig.heads[goal] - self.body.rig.heads[bone]
            seen = self.body.place(bone) + quat.rotate(self.body.turns[bone], away)
            self._set(goal, self._of("head"), seen)
