"""Bones that the user chose for the body's joints, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from .body_shape import REQUIRED, Tree, front_of
from .bone_names import SIDES
from .mirroring import twin_by_name
from .rig import Rig

_LIMBS = {
    "collar": "Clavicle",
    "shoulder": "Upper Arm",
    "elbow": "Forearm",
    "wrist": "Hand",
    "hip": "Thigh",
    "knee": "Shin",
    "ankle": "Foot",
    "foot": "Toes",
}
TRUNK = {
    "pelvis": "Hips",
    "spine1": "Lower Spine",
    "spine2": "Mid Spine",
    "spine3": "Chest",
    "neck": "Neck",
    "head": "Head",
}
WORDS: dict[str, str] = TRUNK | {
    f"{side}_{joint}": f"{side.capitalize()} {word}"
    for side in SIDES
    for joint, word in _LIMBS.items()
}
"""What animators call the joints, in the order of the editor's rows."""
ROWS = {"root": "Root"} | WORDS
TRUNK_PART = "Trunk"
_LINES = (
    ("pelvis", "spine1", "spine2", "spine3"),
    ("pelvis", "neck", "head"),
    *(
        ("pelvis", *(f"{side}_{joint}" for joint in line))
        for side in SIDES
        for line in (("collar", "shoulder", "elbow", "wrist"), ("hip", "knee", "ankle", "foot"))
    ),
)
"""What hangs from what."""


@dataclass(frozen=True)
class Chosen:
    """Bones as the user chose them; they may be gone from the armature by now."""

    bones: Mapping[str, str] = field(default_factory=dict)
    """Bone by joint, without empty rows."""
    root: str = ""
    """The bone on the ground; empty to find it."""

    def __bool__(self) -> bool:
        return bool(self.bones or self.root)

    def choose(self, row: str, bone: str) -> Chosen:
        """With ``bone`` in ``row``, a joint or ``root``."""
        return chosen_of(self.rows() | {row: bone})

    def rows(self) -> dict[str, str]:
        """Bone by row of the editor; empty where none is chosen."""
        return {"root": self.root} | {joint: self.bones.get(joint, "") for joint in WORDS}


def chosen_of(rows: Mapping[str, str]) -> Chosen:
    """What is chosen in the editor's ``rows``."""
    return Chosen({j: rows[j] for j in WORDS if rows.get(j)}, rows.get("root", ""))


def problems_of(rig: Rig, chosen: Chosen) -> tuple[str, ...]:
    """Sentences about everything for which the chosen bones cannot dance; none if they can."""
    here = present(rig, chosen)
    found = gone(rig, chosen, needed=True)
    empty = [WORDS[joint] for joint in WORDS if joint in REQUIRED - chosen.bones.keys()]
    if empty:
        are = "are" if len(empty) > 1 else "is"
        found.append(f"{listed(empty)} {are} not chosen.")
    found += _twice(here)
    tree, joints = Tree(rig), numbers(rig, here.bones)
    for joint, above in astray(tree, joints):
        found.append(f"{_named(joint, here)} does not hang from {_named(above, here)}.")
        if above == "pelvis":
            found[-1] += " Choose as Hips the bone that carries legs and spine."
    if here.root and "pelvis" in joints and not _is_above(tree, here.root, joints["pelvis"]):
        found.append(f"The root {here.root} is not above {_named('pelvis', here)}.")
    if not found:
        found += _swap(rig, joints, here)
    return tuple(found)


def part_of(row: str) -> str:
    """To which part of the body a row of the editor belongs: the trunk or a limb, in words."""
    side, _, joint = row.partition("_")
    if not joint:
        return TRUNK_PART
    return f"{side.capitalize()} {'Leg' if joint in ('hip', 'knee', 'ankle', 'foot') else 'Arm'}"


def hint_of(row: str) -> str:
    """A tooltip for the bone of that row."""
    need = "a dance needs it" if row in REQUIRED else "may stay empty"
    return f"The bone of the {ROWS[row]}; {need}"


def present(rig: Rig, chosen: Chosen) -> Chosen:
    """``chosen`` without bones that ``rig`` does not have."""
    known = set(rig.bones)
    bones = {joint: bone for joint, bone in chosen.bones.items() if bone in known}
    return Chosen(bones, chosen.root if chosen.root in known else "")


def gone(rig: Rig, chosen: Chosen, needed: bool) -> list[str]:
    """Sentences about bones that are no more: needed ones, or the others."""
    known = set(rig.bones)
    rows = {WORDS[j]: b for j, b in chosen.bones.items() if (j in REQUIRED) == needed}
    if chosen.root and not needed:
        rows["Root"] = chosen.root
    return [
        f"{word} was the bone {bone}, which was renamed or deleted; choose it again."
        for word, bone in rows.items()
        if bone not in known
    ]


def _twice(chosen: Chosen) -> list[str]:
    rows: dict[str, list[str]] = {}
    for joint, word in WORDS.items():
        if joint in chosen.bones:
            rows.setdefault(chosen.bones[joint], []).append(word)
    if chosen.root:
        rows.setdefault(chosen.root, []).append("Root")
    return [
        f"{bone} is chosen for {listed(words)}; it can be only one of them."
        for bone, words in rows.items()
        if len(words) > 1
    ]


def astray(tree: Tree, joints: Mapping[str, int]) -> list[tuple[str, str]]:
    """Joints whose bones do not hang from that of the joint above, and which that is."""
    found: dict[str, str] = {}
    for line in _LINES:
        there = [joint for joint in line if joint in joints]
        for above, joint in pairwise(there):
            same = joints[joint] == joints[above]
            if not same and not tree.hangs(joints[joint], joints[above]):
                found.setdefault(joint, above)
    return list(found.items())


def _swap(rig: Rig, joints: Mapping[str, int], chosen: Chosen) -> list[str]:
    """Whether left is right, by the sides of arms and legs, the toes, and the names."""
    at = {joint: rig.heads[bone] for joint, bone in joints.items()}
    left = at["left_hip"] - at["right_hip"]
    if float((at["left_shoulder"] - at["right_shoulder"]) @ left) < 0.0:
        arm, leg = (_named(joint, chosen) for joint in ("left_shoulder", "right_hip"))
        return [f"{arm} is on the side of {leg}: swap the arms or the legs."]
    sides = [
        twin.side == joint.split("_")[0]
        for joint, bone in chosen.bones.items()
        if joint not in TRUNK and (twin := twin_by_name(bone, rig.bones)) is not None
    ]
    front = front_of(at, _up(at))
    if front is None:
        if sides and not any(sides):
            return [f"Left and right are swapped: {_named('left_hip', chosen)} is on the right."]
        return []
    crossed = float(np.cross(_up(at), front) @ left) < 0.0
    if crossed and not (sides and all(sides)):
        return ["Left and right are swapped: the toes point backward."]
    return []


def _up(at: Mapping[str, np.ndarray]) -> np.ndarray:
    """From the ankles to the hips ``[3]``, of length 1 or 0."""
    up = at["left_hip"] + at["right_hip"] - at["left_ankle"] - at["right_ankle"]
    return up / (float(np.linalg.norm(up)) or 1.0)


def numbers(rig: Rig, bones: Mapping[str, str]) -> dict[str, int]:
    """Bone by joint as a number; all ``bones`` must be there."""
    index = {name: number for number, name in enumerate(rig.bones)}
    return {joint: index[bone] for joint, bone in bones.items()}


def listed(words: list[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _named(joint: str, chosen: Chosen) -> str:
    return f"{WORDS[joint]} ({chosen.bones[joint]})"


def _is_above(tree: Tree, root: str, pelvis: int) -> bool:
    return tree.rig.bones.index(root) in tree.lines[pelvis][1:]
