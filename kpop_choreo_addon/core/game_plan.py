"""Which bones of an armature a game skeleton has, and which hangs from which.

Kept are the bones that deform, and joints of the body that nothing else stands for. In rigs made
for animators deforming bones hang from control bones, often next to each other. So a bone gets
the nearest bone above it that is kept, where a control bone counts as the kept bone that lies on
it; and a joint of the body always hangs below the joint that the body's own hierarchy says, as
twist bones that hang from nothing of the body do below their limb's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from . import quaternions as quat
from .body import JOINTS, PARENTS
from .body_shape import TWISTS
from .bone_names import SIDES
from .humanoid import Match, match_rig
from .rig import Rig

MOST_NODES = 80
"""Of a body, its root included."""
ROOT = "root"
TRUNK = frozenset(["pelvis", "spine1", "spine2", "spine3", "neck", "left_collar", "right_collar"])
ALONG = 0.98
"""Cosine from which on two bones lie along each other."""


@dataclass(frozen=True)
class GamePlan:
    """The bones of a game skeleton. Numbers are those of the armature's bones."""

    bones: tuple[int, ...]
    """Parents come first; without the root."""
    parents: dict[int, int]
    """By bone; -1 stands for the root."""
    root: str
    """The root's name."""
    joints: dict[str, int]
    """Bone by joint of the body."""
    heirs: dict[str, str]
    """By name of a bone that is left out: the kept bone that gets its skin."""


def plan_skeleton(
    rig: Rig, deforms: np.ndarray, body_only: bool, chosen: Match | None = None
) -> GamePlan:
    """The game skeleton of ``rig``, whose bones ``deforms[B]`` carry the skin.

    ``body_only``: when the body would have more than :data:`MOST_NODES` nodes, face, hair and
    helper bones are left out, in this order, until it fits. ``chosen``: what the user says that
    the bones are; else they are recognised.
    """
    draft = _Draft(rig, deforms, chosen)
    root = draft.own_root()
    if body_only:
        draft.shrink(MOST_NODES - 1, spared=root)
    order = [b for b in draft.ordered() if b != root]
    parents = {b: -1 if draft.parents[b] == root else draft.parents[b] for b in order}
    name = rig.bones[root] if root >= 0 else _free_name({rig.bones[b] for b in order})
    heirs = {}
    for bone, heir in draft.heirs.items():
        while heir in draft.heirs:
            heir = draft.heirs[heir]
        heirs[rig.bones[bone]] = name if heir in (-1, root) else rig.bones[heir]
    return GamePlan(tuple(order), parents, name, draft.joints, heirs)


class _Draft:
    """A plan that is being made."""

    def __init__(self, rig: Rig, deforms: np.ndarray, chosen: Match | None) -> None:
        self.rig = rig
        self.kept = set(np.flatnonzero(deforms).tolist()) or set(range(len(rig.bones)))
        self.parents: dict[int, int] = {}
        self.heirs: dict[int, int] = {}
        self.joints: dict[str, int] = {}
        self.roles: set[int] = set()
        self._hang()
        match = chosen or match_rig(self._clean_rig())
        match = match if match.usable else match_rig(rig)
        self._recognise(match)
        self._hang()
        self._follow_the_body()
        self._follow_limbs(match)

    def _hang(self) -> None:
        """Gives every kept bone the nearest kept bone above it."""
        self.parents = {}
        for bone in sorted(self.kept):
            self.parents[bone] = next(self._above(bone), -1)

    def _clean_rig(self) -> Rig:
        """The kept bones as an armature of their own."""
        rig, order = self.rig, self.ordered()
        number = {bone: n for n, bone in enumerate(order)}
        return Rig(
            name=rig.name,
            bones=tuple(rig.bones[bone] for bone in order),
            parents=np.array([number.get(self.parents[bone], -1) for bone in order]),
            rotations=rig.rotations[order],
            heads=rig.heads[order],
            tails=rig.tails[order],
            inherits_rotation=rig.inherits_rotation[order],
            local_location=rig.local_location[order],
            connected=rig.connected[order],
        )

    def _recognise(self, match: Match) -> None:
        """Finds the joints of the body among the kept bones, or those that stand for them."""
        names = self.rig.bones
        for joint, name in match.bones.items():
            bone = names.index(name)
            twin = bone if bone in self.kept else self._twin(bone)
            self.joints[joint] = bone if twin < 0 else twin
        self.kept |= set(self.joints.values())
        numbers = (names.index(name) for part in match.parts.values() for name in part)
        self.roles = self.kept & set(numbers)

    def _twin(self, bone: int) -> int:
        """The kept bone that lies on ``bone``, or -1."""
        rig = self.rig
        others = np.array(sorted(self.kept - {bone}), dtype=int)
        length = np.linalg.norm(rig.tails[bone] - rig.heads[bone])
        near = np.linalg.norm(rig.heads[others] - rig.heads[bone], axis=-1) < 1e-3 * length
        ways = quat.normalize(rig.tails - rig.heads)
        along = others[near & (ways[others] @ ways[bone] > ALONG)]
        ends = np.linalg.norm(rig.tails[along] - rig.tails[bone], axis=-1)
        return int(along[np.argmin(ends)]) if len(along) else -1

    def _above(self, bone: int) -> Iterator[int]:
        """Kept bones from which ``bone`` may hang, nearest first."""
        for above in self.rig.ancestors(bone):
            found = above if above in self.kept else self._twin(above)
            if found >= 0 and found != bone and bone not in self._line(found):
                yield found

    def _line(self, bone: int) -> list[int]:
        """``bone`` and the planned bones above it."""
        line = []
        while bone >= 0:
            line.append(bone)
            bone = self.parents.get(bone, -1)
        return line

    def _follow_the_body(self) -> None:
        """Hangs every joint below the nearest joint above it in the body."""
        for number, joint in enumerate(JOINTS):
            above = PARENTS[number]
            while above >= 0 and JOINTS[above] not in self.joints:
                above = PARENTS[above]
            if joint not in self.joints or above < 0:
                continue
            bone, expected = self.joints[joint], self.joints[JOINTS[above]]
            if bone != expected and expected not in self._line(bone):
                if bone in self._line(expected):
                    self.parents[expected] = self.parents[bone]
                self.parents[bone] = expected

    def _follow_limbs(self, match: Match) -> None:
        """Hangs twist bones below their limb's joint that no joint of the body carries."""
        for side, (role, (joint, _)) in product(SIDES, TWISTS.items()):
            host = self.joints.get(f"{side}_{joint}", -1)
            for name in match.parts.get(f"{side}_{role}", ()):
                bone = self.rig.bones.index(name)
                loose = bone in self.kept and not self._owner(bone)
                if loose and host >= 0 and bone not in self._line(host):
                    self.parents[bone] = host

    def own_root(self) -> int:
        """The armature's own bone on top of the hips, or -1."""
        if "pelvis" not in self.joints:
            return -1
        top = self._line(self.joints["pelvis"])[-1]
        return top if top != self.joints["pelvis"] else -1

    def ordered(self) -> list[int]:
        """Kept bones, parents first."""
        return sorted(self.kept, key=lambda bone: (len(self._line(bone)), bone))

    def shrink(self, most: int, spared: int) -> None:
        """Leaves out bones without a part in the body until no more than ``most`` are kept."""
        needed = {b for joint in self.joints.values() for b in self._line(joint)}
        needed |= {b for role in self.roles for b in self._line(role)}
        for group in self._groups():
            if len(self.kept - {spared}) <= most:
                return
            for bone in group - needed:
                self._leave_out(bone)
        for bone in reversed(self.ordered()):
            if len(self.kept - {spared}) <= most:
                return
            if bone not in needed:
                self._leave_out(bone)

    def _groups(self) -> Iterator[set[int]]:
        """Bones on the head; bones beside the body; bones on the trunk."""
        owner = {b: self._owner(b) for b in self.kept}
        for names in ({"head"}, {""}, TRUNK):
            yield {b for b, joint in owner.items() if joint in names}

    def _owner(self, bone: int) -> str:
        """The joint on which ``bone`` hangs, or nothing."""
        by_bone = {b: joint for joint, b in self.joints.items()}
        return next((by_bone[b] for b in self._line(bone) if b in by_bone), "")

    def _leave_out(self, bone: int) -> None:
        heir = self.parents.pop(bone)
        self.kept.discard(bone)
        self.heirs[bone] = heir
        for other, parent in self.parents.items():
            if parent == bone:
                self.parents[other] = heir


def _free_name(taken: set[str]) -> str:
    """A name for a new root."""
    name = ROOT
    while name in taken:
        name = f"{name}_"
    return name
