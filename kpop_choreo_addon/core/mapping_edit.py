"""Editing which bones are what: filled in, mirrored, swapped, and made into a match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .body import JOINTS
from .body_shape import REQUIRED, Tree, inline_twists, pelvis_of, with_spine
from .bone_names import Named, Names, bone_maps
from .chosen_bones import TRUNK, WORDS, Chosen, astray, gone, listed, numbers, present, problems_of
from .humanoid import FEWEST, Match, finished
from .mirroring import Mirror, twin_by_name
from .rig import Rig
from .rig_presets import Preset

TITLE = "Your choice"
FINGERS = ("thumb", "index", "middle", "ring", "little")
_CARRIERS = {
    "upper_arm_twist": "shoulder",
    "forearm_twist": "elbow",
    "thigh_twist": "hip",
    "shin_twist": "knee",
    **dict.fromkeys(FINGERS, "wrist"),
}
"""Joint of the same side by role; of the others that hang from a joint it is the head."""


def match_chosen(rig: Rig, chosen: Chosen) -> Match:
    """What the chosen bones make, with twist bones, fingers and root found beside them."""
    here = present(rig, chosen)
    problems = problems_of(rig, chosen)
    missing = tuple(WORDS[joint] for joint in WORDS if joint in REQUIRED - here.bones.keys())
    ordered = {joint: here.bones[joint] for joint in JOINTS if joint in here.bones}
    score = len(ordered) / len(JOINTS)
    match = Match(TITLE, "", ordered, missing, False, score=score, problems=problems)
    if not problems:
        tree = Tree(rig)
        joints = numbers(rig, ordered)
        match = finished(tree, joints, _roles(tree, joints, here), TITLE, score)
    return replace(match, notes=tuple(gone(rig, chosen, needed=False)))


def filled(rig: Rig, chosen: Chosen, found: Match) -> Chosen:
    """``chosen`` with rows that are empty or gone filled from recognition and the hierarchy."""
    here, tree = present(rig, chosen), Tree(rig)
    bones = dict(here.bones)
    wrong = len(astray(tree, numbers(rig, bones)))
    for joint, bone in found.bones.items():
        more = bones | {joint: bone}
        fits = joint not in bones and bone not in bones.values()
        if fits and len(astray(tree, numbers(rig, more))) == wrong:
            bones = more
    joints = numbers(rig, bones)
    limbs = REQUIRED - {"pelvis"}
    if "pelvis" not in joints and joints.keys() >= limbs:
        pelvis = pelvis_of(tree, joints, ())
        joints |= {} if pelvis is None else {"pelvis": pelvis}
    if joints.keys() >= REQUIRED and not any(joint.startswith("spine") for joint in joints):
        joints = with_spine(tree, joints)
    root = here.root or next(iter(found.parts.get("root", ())), "")
    named = {joint: rig.bones[bone] for joint, bone in joints.items()}
    return Chosen(named, "" if root in named.values() else root)


def swapped(chosen: Chosen) -> Chosen:
    """Left for right and right for left."""
    return replace(chosen, bones={_across(joint): b for joint, b in chosen.bones.items()})


@dataclass(frozen=True)
class Mirrored:
    """A choice after one side was mirrored to the other."""

    chosen: Chosen
    alone: tuple[str, ...]
    """Joints of the side that was mirrored whose bones have none across."""


def mirrored(rig: Rig, chosen: Chosen, side: str = "left") -> Mirrored:
    """The bones across those of ``side``: by name, else by place; rows without one stay."""
    here = present(rig, chosen)
    own = {j: b for j, b in here.bones.items() if j.startswith(f"{side}_")}
    if not own:
        return Mirrored(chosen, ())
    kept = {j: b for j, b in here.bones.items() if j in own or j in TRUNK}
    taken = numbers(rig, kept)
    mirror = Mirror(rig, taken.get("pelvis"))
    bones, alone = dict(chosen.bones), []
    used = set(taken.values())
    for joint in (joint for joint in WORDS if joint in own):
        twin = twin_by_name(own[joint], rig.bones)
        across = rig.bones.index(twin.name) if twin else mirror.twin(taken[joint], used)
        if across is None:
            alone.append(joint)
        else:
            bones[_across(joint)] = rig.bones[across]
            used.add(across)
    return Mirrored(replace(chosen, bones=bones), tuple(alone))


def extras(match: Match) -> str:
    """How many bones beyond the joints there are, in words."""
    counts = Counter({"finger": 0, "twist bone": 0, "eye": 0})
    for role, bones in match.parts.items():
        part = role.partition("_")[2]
        if part in FINGERS:
            counts["finger"] += 1
        elif part.endswith("twist"):
            counts["twist bone"] += len(bones)
        elif part == "eye":
            counts["eye"] += 1
    found = [f"{n} {word}{'' if n == 1 else 's'}" for word, n in counts.items() if n]
    found += [f"{role} {match.parts[role][0]}" for role in ("root", "jaw") if role in match.parts]
    return listed(found) if found else "no fingers, twist bones or root"


def as_preset(title: str, match: Match) -> Preset:
    """A preset of everything in ``match``."""
    return Preset(title, match.bones, match.parts)


def of_preset(preset: Preset) -> Chosen:
    """The rows of ``preset``; twist bones and fingers are found anew."""
    return Chosen(dict(preset.bones), next(iter(preset.parts.get("root", ())), ""))


def _across(joint: str) -> str:
    """The same joint of the other side."""
    side, _, rest = joint.partition("_")
    return {"left": f"right_{rest}", "right": f"left_{rest}"}.get(side, joint)


def _roles(tree: Tree, joints: Mapping[str, int], here: Chosen) -> dict[str, list[int]]:
    """Bones beyond the joints: by the names of the system that most chosen bones belong to.

    Where there are no such names, by what lies between the joints.
    """
    tables = [Names(tree.rig.bones).find(table) for table in bone_maps()]

    def agreeing(named: Named) -> int:
        return sum(here.bones.get(joint) in bones for joint, bones in named.joints.items())

    roles = inline_twists(tree, joints)
    nearest = max(tables, key=lambda named: (agreeing(named), len(named.parts)))
    if agreeing(nearest) >= FEWEST:
        for role, bones in nearest.parts.items():
            hanging = [b for b in _indices(tree, bones) if _belongs(tree, joints, role, b)]
            roles |= {role: hanging} if hanging else {}
    if here.root:
        roles["root"] = _indices(tree, (here.root,))
    return roles


def _indices(tree: Tree, bones: tuple[str, ...]) -> list[int]:
    return [tree.rig.bones.index(bone) for bone in bones]


def _belongs(tree: Tree, joints: Mapping[str, int], role: str, bone: int) -> bool:
    """Whether ``bone`` hangs where its role is; of the root that is seen elsewhere."""
    if role == "root":
        return True
    side, _, part = role.partition("_")
    carrier = joints.get(f"{side}_{_CARRIERS[part]}" if part in _CARRIERS else "head")
    return carrier is not None and tree.hangs(bone, carrier)
