"""Whether bones that are called a body are one: hierarchy, sides and posture of the rest pose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from .bone_names import SIDES
from .quaternions import normalize
from .rig import Rig

REQUIRED: frozenset[str] = frozenset(
    ["pelvis"]
    + [
        f"{side}_{joint}"
        for side in SIDES
        for joint in ("hip", "knee", "ankle", "shoulder", "elbow")
    ]
)
"""Joints without which a rig cannot dance; the others are optional."""
SPINE = ("spine1", "spine2", "spine3")
_LINES: tuple[tuple[str, ...], ...] = tuple(
    ("pelvis", *(f"{side}_{joint}" for joint in line))
    for side in SIDES
    for line in (
        ("hip", "knee", "ankle", "foot"),
        ("shoulder", "elbow", "wrist"),
        ("collar", "shoulder"),
    )
)
TWISTS = {
    "upper_arm_twist": ("shoulder", "elbow"),
    "forearm_twist": ("elbow", "wrist"),
    "thigh_twist": ("hip", "knee"),
    "shin_twist": ("knee", "ankle"),
}
"""Between which joints the twist bones of a role lie."""


class Tree:
    """The hierarchy of a rig, quick to ask."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.children: list[list[int]] = [[] for _ in rig.bones]
        self.lines: list[tuple[int, ...]] = []
        for bone, parent in enumerate(rig.parents.tolist()):
            self.lines.append((bone, *(self.lines[parent] if parent >= 0 else ())))
            if parent >= 0:
                self.children[parent].append(bone)

    def hangs(self, bone: int, above: int) -> bool:
        """Whether ``bone`` is ``above`` or hangs from it."""
        return above in self.lines[bone]

    def common(self, bones: Iterable[int]) -> int | None:
        """The lowest bone from which all ``bones`` hang."""
        lines = [self.lines[bone] for bone in bones]
        shared = set(lines[0]).intersection(*lines[1:])
        return next((bone for bone in lines[0] if bone in shared), None)

    def below(self, bone: int) -> list[int]:
        """Everything that hangs from ``bone``, without it, parents first."""
        found = list(self.children[bone])
        for each in found:
            found.extend(self.children[each])
        return found


def pelvis_of(tree: Tree, bones: Mapping[str, int], named: Sequence[int]) -> int | None:
    """The bone that carries legs and arms: the first of ``named`` that does, else the lowest."""
    limbs = [bones[joint] for joint in REQUIRED if joint in bones and joint != "pelvis"]
    if not limbs:
        return next(iter(named), None)
    carrying = [b for b in named if all(tree.hangs(limb, b) for limb in limbs)]
    return carrying[0] if carrying else tree.common(limbs)


def consistent(tree: Tree, bones: Mapping[str, int]) -> dict[str, int]:
    """``bones`` without those that do not hang where the body has them."""
    kept = dict(bones)
    for line in _LINES:
        above = -1
        for joint in line:
            if joint not in kept:
                continue
            if above >= 0 and (kept[joint] == above or not tree.hangs(kept[joint], above)):
                del kept[joint]
            else:
                above = kept[joint]
    pelvis = kept.get("pelvis", -1)
    arms = [kept[f"{side}_shoulder"] for side in SIDES if f"{side}_shoulder" in kept]
    for joint in ("head", "neck"):
        off = joint in kept and (
            not tree.hangs(kept[joint], pelvis)
            or kept[joint] == pelvis
            or any(tree.hangs(kept[joint], arm) for arm in arms)
        )
        if off:
            del kept[joint]
    if {"neck", "head"} <= kept.keys() and not tree.hangs(kept["head"], kept["neck"]):
        del kept["neck"]
    return kept


def with_spine(tree: Tree, bones: Mapping[str, int], hips: Sequence[int] = ()) -> dict[str, int]:
    """``bones`` with the spine's joints on the bones between pelvis and arms, however many.

    The last of them is the chest, so it turns as spine3 does; the first is spine1.

    Args:
        hips: bones that are called hips and belong to no spine, though they do not carry the legs.
    """
    kept = {joint: bone for joint, bone in bones.items() if joint not in SPINE}
    chest = tree.common(kept[f"{side}_shoulder"] for side in SIDES)
    if chest is None or not tree.hangs(chest, kept["pelvis"]):
        return kept
    up = tree.lines[chest]
    chain = list(up[: up.index(kept["pelvis"])])[::-1]
    taken = {*kept.values(), *hips}
    return kept | spine_joints([bone for bone in chain if bone not in taken])


def spine_joints(chain: Sequence[int]) -> dict[str, int]:
    """The joints of a spine whose bones are ``chain``, from the hips up."""
    found = {"spine3": chain[-1]} if chain else {}
    if len(chain) > 1:
        found["spine1"] = chain[0]
    if len(chain) > 2:
        found["spine2"] = chain[len(chain) // 2]
    return found


def is_body(rig: Rig, bones: Mapping[str, int]) -> bool:
    """Whether the rest pose of ``bones`` is a body that stands, with its sides where they are.

    A rest pose without any lengths or without numbers cannot be judged and passes.
    """
    at = {joint: rig.heads[bone] for joint, bone in bones.items()}
    if not np.isfinite(list(at.values())).all():
        return True
    hips = (at["left_hip"] + at["right_hip"]) / 2
    ankles = (at["left_ankle"] + at["right_ankle"]) / 2
    chest = (at["left_shoulder"] + at["right_shoulder"]) / 2
    leg = float(np.linalg.norm(hips - ankles))
    if leg < 1e-9 or np.linalg.norm(chest - hips) < 1e-9:
        return True
    up = (hips - ankles) / leg
    left = at["left_hip"] - at["right_hip"]
    if float(normalize(chest - hips) @ up) < 0.5:
        return False
    if float((at["left_shoulder"] - at["right_shoulder"]) @ left) < 0.0:
        return False
    front = front_of(at, up)
    return front is None or float(np.cross(up, front) @ left) > 0.0


def front_of(at: Mapping[str, np.ndarray], up: np.ndarray) -> np.ndarray | None:
    """Where the toes ``[3]`` point, if there are any."""
    toes = [
        at[f"{side}_foot"] - at[f"{side}_ankle"]
        for side in SIDES
        if f"{side}_foot" in at and f"{side}_ankle" in at
    ]
    if not toes:
        return None
    total = np.sum(toes, axis=0)
    flat = total - (total @ up) * up
    return normalize(flat) if np.linalg.norm(flat) > 0.3 * np.linalg.norm(total) else None


def ground_bone(tree: Tree, bones: Mapping[str, int], named: Sequence[int] = ()) -> int | None:
    """The bone above the pelvis that stays on the ground: one of ``named``, or one at the floor."""
    above = tree.lines[bones["pelvis"]][1:]
    for bone in named:
        if bone in above:
            return bone
    heads = tree.rig.heads
    if not above or not np.isfinite(heads).all():
        return None
    hips = (heads[bones["left_hip"]] + heads[bones["right_hip"]]) / 2
    ankles = (heads[bones["left_ankle"]] + heads[bones["right_ankle"]]) / 2
    leg = float(np.linalg.norm(hips - ankles))
    up = normalize(hips - ankles)
    height = float((heads[above[-1]] - ankles) @ up)
    return above[-1] if height < 0.15 * leg else None


def in_order(tree: Tree, bones: Mapping[str, int], role: str, parts: Sequence[int]) -> list[int]:
    """``parts`` of a twist role by their place along the limb; of other roles by the hierarchy.

    Of others at one place, like a control and its deforming bone, the first is kept.
    """
    side, _, base = role.partition("_")
    heads = tree.rig.heads
    if base in TWISTS and f"{side}_{TWISTS[base][0]}" in bones:
        start = heads[bones[f"{side}_{TWISTS[base][0]}"]]
        return sorted(parts, key=lambda b: float(np.linalg.norm(heads[b] - start)))
    places = {tuple(heads[b].tolist()): b for b in reversed(parts)}
    return sorted(places.values(), key=lambda b: (len(tree.lines[b]), parts.index(b)))


def inline_twists(tree: Tree, bones: Mapping[str, int]) -> dict[str, list[int]]:
    """Bones between the two joints of a limb's part, which can only be for its twist."""
    found: dict[str, list[int]] = {}
    taken = set(bones.values())
    for side in SIDES:
        for role, (start, end) in TWISTS.items():
            first, last = bones.get(f"{side}_{start}"), bones.get(f"{side}_{end}")
            if first is None or last is None or not tree.hangs(last, first):
                continue
            line = tree.lines[last]
            between = [b for b in line[1 : line.index(first)][::-1] if b not in taken]
            if between:
                found[f"{side}_{role}"] = between
    return found
