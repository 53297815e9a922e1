"""What controls of every kind of rig have in common, in one dance.

D is a turn away from rest in armature space:

    FK chains        D of their bone (same rest)
    IK controls      place and D of hand and foot; what rolls the foot keeps still
    poles            in the plane of the limb, as far from elbow or knee as at rest
    fingers          D of their bone, where the dance poses it
    still controls   nothing of their own
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace

import numpy as np

from . import quaternions as quat
from .control_bones import FINGERS, SIDES
from .humanoid import Match
from .limb_ik import STRAIGHT
from .posed import PosedRig
from .rig import Rig

_LIMBS = {"arm": ("shoulder", "elbow", "wrist"), "leg": ("hip", "knee", "ankle")}


class ControlPose(ABC):
    """The controls of one rig in one dance."""

    def __init__(self, body: PosedRig, rig: Rig, match: Match) -> None:
        self.body, self.match = body, match
        self.rig = self.hung(rig)
        self.index = {bone: number for number, bone in enumerate(self.rig.bones)}
        self.turns: dict[int, np.ndarray] = {}
        self.places: dict[int, np.ndarray] = {}

    @abstractmethod
    def hung(self, rig: Rig) -> Rig:
        """The controls of ``rig`` and what carries them."""

    @abstractmethod
    def trunk(self) -> int:
        """Sets the controls of the trunk, neck and head, and returns the one that carries all."""

    @abstractmethod
    def limb(self, side: str, limb: str, joints: list[str], out: np.ndarray) -> None:
        """Sets what a limb has besides; ``out[T, 3]`` is the way to its elbow or knee."""

    def posed(self) -> PosedRig:
        """The controls as the body's pose needs them."""
        self._root()
        carrier = self.trunk()
        for side in SIDES:
            self._limb(side, "arm")
            self._limb(side, "leg")
            self.set(self.control(f"{side}_collar"), self.of(f"{side}_collar"))
            self._fingers(side)
            self._eye(side)
        places = dict(sorted(self.places.items()))
        root_places = places.pop(carrier)
        turns = dict(sorted(self.turns.items()))
        posed = PosedRig(self.rig, {}, turns, carrier, root_places, self.body.stage, places)
        return self._still(posed)

    def control(self, key: str, number: int = 0) -> int:
        """A control by what it is."""
        return self.index[self.match.controls[key][number]]

    def set(self, bone: int, turn: np.ndarray, place: np.ndarray | None = None) -> None:
        """Turns a bone, and puts its head somewhere."""
        self.turns[bone] = turn
        if place is not None:
            self.places[bone] = place

    def of(self, joint: str) -> np.ndarray:
        """D ``[T, 4]`` of a joint's bone."""
        return self.body.turn(self.body.joints[joint])

    def at(self, joint: str) -> np.ndarray:
        """Where a joint's bone begins ``[T, 3]``."""
        return self.body.place(self.body.joints[joint])

    def stuck(self, joint: str, bone: int) -> np.ndarray:
        """Where the head of control ``bone`` is ``[T, 3]`` while it sticks to a joint's bone."""
        return self.body.place(self.body.joints[joint], self.rig.heads[bone])

    def carried(self, bone: int) -> np.ndarray:
        """D ``[T, 4]`` of what carries ``bone``."""
        return self._turn(self.rig.turning_ancestors(bone))

    def _turn(self, line: list[int]) -> np.ndarray:
        still = np.broadcast_to([1.0, 0.0, 0.0, 0.0], (self.body.frames, 4))
        return next((self.turns[bone] for bone in line if bone in self.turns), still)

    def _root(self) -> None:
        """The root control, if it travels."""
        name = self.match.controls["root"][0]
        bone = self.body.rig.bones.index(name)
        if bone in self.body.above:
            self.set(self.index[name], self.body.turn(bone), self.body.above[bone])

    def _limb(self, side: str, limb: str) -> None:
        """FK chain, IK control and pole."""
        joints = [f"{side}_{joint}" for joint in _LIMBS[limb]]
        ends = [*joints, f"{side}_foot"] if limb == "leg" else joints
        chain = self.match.controls[f"{side}_{limb}_fk"]
        for name, joint in zip(chain, ends, strict=True):
            self.set(self.index[name], self.of(joint))
        goal, *rest = [self.index[name] for name in self.match.controls[f"{side}_{limb}_ik"]]
        self.set(goal, self.of(joints[2]), self.stuck(joints[2], goal))
        for bone in rest:
            self.set(bone, self.of(ends[-1] if bone == rest[-1] else joints[2]))
        pole = self.control(f"{side}_{limb}_pole")
        out, bend, way = self._bend(joints, pole)
        far = np.linalg.norm(
            self.rig.heads[pole] - self.body.rig.heads[self.body.joints[joints[1]]]
        )
        away = np.linalg.norm(out, axis=-1, keepdims=True)
        self.set(pole, self.carried(pole), self.at(joints[1]) - out + (far + away) * way)
        self.limb(side, limb, joints, bend)

    def _bend(self, joints: list[str], pole: int) -> tuple[np.ndarray, ...]:
        """From the line of a limb to its elbow or knee ``[T, 3]``, its direction, and the pole's.

        A straight limb bends as at rest, or to where its first bone has the pole. A pole beside
        the limb's plane at rest is by the same angle beside it in the dance.
        """
        rest = np.array([self.body.rig.heads[self.body.joints[joint]] for joint in joints])
        posed = [self.at(joint) for joint in joints]
        along, upper = quat.normalize(rest[2] - rest[0]), rest[1] - rest[0]
        axis, turned = quat.normalize(posed[2] - posed[0]), posed[1] - posed[0]
        way = quat.normalize(_aside(self.rig.heads[pole] - rest[0], along))
        elbow, out = _aside(upper, along), _aside(turned, axis)
        straight = np.linalg.norm(elbow) < STRAIGHT * np.linalg.norm(upper)
        front = way if straight else quat.normalize(elbow)
        hinge = quat.rotate(self.of(joints[0]), np.cross(front, along))
        length = np.linalg.norm(turned, axis=-1)
        lack = np.maximum(STRAIGHT * length - np.linalg.norm(out, axis=-1), 0.0)
        bend = quat.normalize(out + lack[:, None] * quat.normalize(np.cross(axis, hinge)))
        beside = way @ np.cross(along, front)
        return out, bend, (way @ front) * bend + beside * np.cross(axis, bend)

    def _fingers(self, side: str) -> None:
        """Fingers that are posed."""
        for key in (f"{side}_{finger}" for finger in FINGERS):
            controls = self.match.controls.get(key, ())
            for name, control in zip(self.match.parts.get(key, ()), controls, strict=False):
                if (bone := self.body.rig.bones.index(name)) in self.body.turns:
                    self.set(self.index[control], self.body.turns[bone])

    def _eye(self, side: str) -> None:
        """What an eye looks at, if it looks anywhere but ahead."""
        parts, controls = (d.get(f"{side}_eye") for d in (self.match.parts, self.match.controls))
        if not parts or not controls:
            return
        bone, goal = self.body.rig.bones.index(parts[0]), self.index[controls[0]]
        if bone in self.body.turns:
            away = self.rig.heads[goal] - self.body.rig.heads[bone]
            seen = self.body.place(bone) + quat.rotate(self.body.turns[bone], away)
            self.set(goal, self.of("head"), seen)

    def _still(self, posed: PosedRig) -> PosedRig:
        """``posed`` with the controls at zero that would move what the others have put right."""
        keys = (f"{side}_{limb}_still" for side in SIDES for limb in _LIMBS)
        names = (name for key in keys for name in self.match.controls.get(key, ()))
        for bone in sorted(self.index[name] for name in names):
            self.set(bone, self.carried(bone), posed.carried(bone))
        above = {bone: place for bone, place in self.places.items() if bone != posed.root}
        turns, above = (dict(sorted(found.items())) for found in (self.turns, above))
        return replace(posed, turns=turns, above=above)


def _aside(vectors: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """``vectors[..., 3]`` without what they have along unit vectors ``axis[..., 3]``."""
    return vectors - np.sum(vectors * axis, axis=-1, keepdims=True) * axis
