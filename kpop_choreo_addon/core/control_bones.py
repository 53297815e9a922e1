"""The bones of a rig with controls as two plain armatures: its body and its controls.

In the rig itself the bones of the body hang from controls and helpers, next to each other, and
constraints move them. Here they hang from what carries them in effect.

Rigify: its deforming bones (DEF-) hang from copies of the meta-rig's bones (ORG-). Auto-Rig Pro:
each part of a limb has a bone for the whole of it (``arm.l``), which follows FK or IK, and the
deforming bones follow that one; they are hung as the body's own joints are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from .body import JOINTS, PARENTS
from .bone_names import bone_map
from .humanoid import Match
from .rig import Rig

SIDES = ("left", "right")
FINGERS = ("thumb", "index", "middle", "ring", "little")
RIGIFY = "rigify"
_DEFORM, _COPY = "DEF-", "ORG-"


def body_rig(rig: Rig, match: Match) -> Rig:
    """The bones of ``rig`` that are the body, hung as one; ``rig`` if it is one already."""
    if not match.loose:
        return rig
    return _rigify_body(rig, match) if match.system == RIGIFY else _joints_body(rig, match)


def spine_bones(rig: Rig, match: Match) -> tuple[str, ...]:
    """The bones of a spine that its table lists, from the hips up."""
    table = bone_map(match.system)
    return tuple(b for b in table.spine if b in rig.bones) if table else ()


def _joints_body(rig: Rig, match: Match) -> Rig:
    """The bones of the joints, each below the joint above it, with the whole spine; and fingers,
    eyes and jaw."""
    spine = spine_bones(rig, match)
    ground, joints = match.controls["root"][0], match.bones
    above = {ground: "", joints["pelvis"]: ground}
    above |= {below: bone for bone, below in pairwise((joints["pelvis"], *spine))}
    for joint, parent in zip(JOINTS, PARENTS, strict=True):
        if joint in joints and joints[joint] not in above:
            while JOINTS[parent] not in joints:
                parent = PARENTS[parent]
            above[joints[joint]] = joints[JOINTS[parent]]
    lines = [(joints["head"], *match.parts.get("jaw", ())[:1])]
    for side in SIDES:
        lines.append((joints["head"], *match.parts.get(f"{side}_eye", ())[:1]))
        lines += [(joints[f"{side}_wrist"], *match.parts.get(f"{side}_{f}", ())) for f in FINGERS]
    above |= {below: bone for line in lines for bone, below in pairwise(line)}
    index = {bone: number for number, bone in enumerate(rig.bones)}
    parents = {index[bone]: index.get(parent, -1) for bone, parent in above.items()}
    return _picked(rig, list(parents), parents)


def _rigify_body(rig: Rig, match: Match) -> Rig:
    index = {bone: number for number, bone in enumerate(rig.bones)}
    ground = index[match.controls["root"][0]]
    deforming = {index[b] for b in rig.bones if b.startswith(_DEFORM)} | {ground}
    wanted = [*match.bones.values(), *(b for bones in match.parts.values() for b in bones)]
    depth: dict[int, int] = {ground: 0}
    parents: dict[int, int] = {ground: -1}
    for name in wanted:
        line = [index[name]]
        while line[-1] not in parents:
            above = _parent(rig, index, deforming, line[-1])
            parents[line[-1]] = ground if above is None or above in line else above
            line.append(parents[line[-1]])
        for bone in line[-2::-1]:
            depth[bone] = depth[parents[bone]] + 1
    order = sorted(depth, key=lambda bone: (depth[bone], bone))
    return _picked(rig, order, parents)


def turned_bones(body: Rig, match: Match) -> tuple[str, ...]:
    """Which bones of the whole armature turn as those of ``body`` do.

    In Rigify the first deforming bone of a limb leaves the turn about its length to the next one;
    the copy of the meta-rig's bone, which both follow, has all of it.
    """
    if match.system != RIGIFY or not match.loose:
        return body.bones
    limbs = {
        match.bones[f"{side}_{joint}"]
        for side in SIDES
        for joint in ("shoulder", "elbow", "hip", "knee")
    }
    return tuple(
        _COPY + bone.removeprefix(_DEFORM) if bone in limbs else bone for bone in body.bones
    )


def _rigify_follows(match: Match) -> dict[str, str]:
    """By control: the control that its parent follows, through whatever constraints."""
    own = match.controls
    (root,), (torso,), (hips,), (chest,) = (own[k] for k in ("root", "torso", "hips", "chest"))
    (neck,), (head,), spine, tweaks = (own[k] for k in ("neck", "head", "spine", "tweaks"))
    lines = [
        (root, torso, hips, spine[1], spine[0]),
        (torso, chest, spine[2], spine[3], neck, head),
        *zip((spine[0], spine[2], neck, neck), tweaks, strict=True),
    ]
    for side in SIDES:
        foot = own[f"{side}_leg_ik"]
        (collar,) = own[f"{side}_collar"]
        hand = own[f"{side}_arm_fk"][-1]
        lines += [
            (spine[3], collar, *own[f"{side}_arm_fk"]),
            (spine[0], *own[f"{side}_leg_fk"]),
            (collar, *own[f"{side}_arm_upper"]),
            (spine[0], *own[f"{side}_leg_upper"]),
            *((root, *own[f"{side}_{key}"][:1]) for key in ("arm_ik", "arm_pole", "leg_pole")),
            (root, foot[0]),
            *((foot[0], bone) for bone in foot[1:]),
        ]
        lines += [(hand, *own.get(f"{side}_{finger}", ())) for finger in FINGERS]
        lines.append((head, *own.get(f"{side}_eye", ())))
    return {below: above for line in lines for above, below in pairwise(line)}


def rigify_controls(rig: Rig, match: Match) -> Rig:
    """The controls of ``rig`` and the bones right above them, hung where they are in effect."""
    index = {bone: number for number, bone in enumerate(rig.bones)}
    ground = index[match.controls["root"][0]]
    order, parents = [ground], {ground: -1}
    for name, above in _rigify_follows(match).items():
        bone = index[name]
        helper = int(rig.parents[bone])
        if helper >= 0 and helper not in parents:
            order.append(helper)
            parents[helper] = index[above]
        order.append(bone)
        parents[bone] = helper if helper >= 0 else index[above]
    return _picked(rig, order, parents)


def carried_controls(rig: Rig, names: Iterable[str]) -> Rig:
    """The bones ``names`` of ``rig`` and all that carry them, by parent or by constraint."""
    index = {bone: number for number, bone in enumerate(rig.bones)}
    hung = {index[bone]: index[above] for bone, above in rig.hung if {bone, above} <= index.keys()}
    depth: dict[int, int] = {-1: -1}
    parents: dict[int, int] = {}
    for name in names:
        line = [index[name]]
        while line[-1] not in depth:
            above = hung.get(line[-1], int(rig.parents[line[-1]]))
            parents[line[-1]] = -1 if above in line else above
            line.append(parents[line[-1]])
        for bone in line[-2::-1]:
            depth[bone] = depth[parents[bone]] + 1
    order = sorted(parents, key=lambda bone: (depth[bone], bone))
    picked = _picked(rig, order, parents)
    held = np.array([bone in hung for bone in order])
    picked = replace(picked, inherits_rotation=picked.inherits_rotation | held)
    return _with_spaces(picked, np.flatnonzero(held & ~picked.local_location))


def _with_spaces(rig: Rig, bones: np.ndarray) -> Rig:
    """``rig`` with a bone in the armature's axes between each of ``bones`` and its parent.

    A bone with a carrier and no parent has the armature's axes for its location channels, unless
    they are its own; they turn with the carrier.
    """
    moved = np.arange(len(rig.bones)) + np.searchsorted(bones, np.arange(len(rig.bones)), "right")
    above = np.where(rig.parents < 0, -1, moved[rig.parents])
    parents = above.copy()
    parents[bones] = moved[bones] - 1
    own = [f"{rig.bones[bone]}_axes" for bone in bones]
    names = np.insert(np.array(rig.bones, dtype=object), bones, own)
    return replace(
        rig,
        bones=tuple(names),
        parents=np.insert(parents, bones, above[bones]),
        rotations=np.insert(rig.rotations, bones, [1.0, 0.0, 0.0, 0.0], axis=0),
        heads=np.insert(rig.heads, bones, rig.heads[bones], axis=0),
        tails=np.insert(rig.tails, bones, rig.tails[bones], axis=0),
        inherits_rotation=np.insert(rig.inherits_rotation, bones, True),
        local_location=np.insert(rig.local_location, bones, True),
        connected=np.insert(rig.connected, bones, False),
    )


def _parent(rig: Rig, index: Mapping[str, int], deforming: set[int], bone: int) -> int | None:
    """The deforming bone that carries ``bone``, straight or through a copy that it follows."""
    for above in rig.ancestors(bone):
        twin = index.get(_DEFORM + rig.bones[above].removeprefix(_COPY), -1)
        for found in (above, twin):
            if found in deforming and found != bone:
                return found
    return None


def _picked(rig: Rig, order: Sequence[int], parents: Mapping[int, int]) -> Rig:
    """The bones ``order`` of ``rig``, parents first, with other ``parents``."""
    place = {bone: number for number, bone in enumerate(order)}
    return replace(
        rig,
        bones=tuple(rig.bones[bone] for bone in order),
        parents=np.array([place.get(parents[bone], -1) for bone in order], dtype=int),
        **{
            name: getattr(rig, name)[list(order)]
            for name in (
                "rotations",
                "heads",
                "tails",
                "inherits_rotation",
                "local_location",
                "connected",
            )
        },
    )
