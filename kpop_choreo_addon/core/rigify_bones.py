"""The bones of a generated Rigify rig as two plain armatures: its body and its controls.

In the rig itself the deforming bones (DEF-) hang from copies of the meta-rig's bones (ORG-) and
the controls from bones that constraints move. Here both hang from what carries them in effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from .humanoid import Match
from .rig import Rig

SIDES = ("left", "right")
FINGERS = ("thumb", "index", "middle", "ring", "little")
_DEFORM, _COPY = "DEF-", "ORG-"


def body_rig(rig: Rig, match: Match) -> Rig:
    """The deforming bones of ``rig`` as a body of their own; ``rig`` if it is one already."""
    if not match.loose:
        return rig
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

    The first deforming bone of a limb leaves the turn about its length to the next one; the copy
    of the meta-rig's bone, which both follow, has all of it.
    """
    if not match.loose:
        return body.bones
    limbs = {
        match.bones[f"{side}_{joint}"]
        for side in SIDES
        for joint in ("shoulder", "elbow", "hip", "knee")
    }
    return tuple(
        _COPY + bone.removeprefix(_DEFORM) if bone in limbs else bone for bone in body.bones
    )


def _follows(match: Match) -> dict[str, str]:
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
        arm, leg = own[f"{side}_arm_ik"], own[f"{side}_leg_ik"]
        (collar,) = own[f"{side}_collar"]
        hand = own[f"{side}_arm_fk"][-1]
        lines += [
            (spine[3], collar, *own[f"{side}_arm_fk"]),
            (spine[0], *own[f"{side}_leg_fk"]),
            *((collar, arm[0]), (root, arm[1]), (root, *own[f"{side}_arm_pole"])),
            *((spine[0], leg[0]), (root, leg[1]), (root, *own[f"{side}_leg_pole"])),
            *((leg[1], bone) for bone in leg[2:]),
        ]
        lines += [(hand, *own.get(f"{side}_{finger}", ())) for finger in FINGERS]
        lines.append((head, *own.get(f"{side}_eye", ())))
    return {below: above for line in lines for above, below in pairwise(line)}


def control_rig(rig: Rig, match: Match) -> Rig:
    """The controls of ``rig`` and the bones right above them, hung where they are in effect."""
    index = {bone: number for number, bone in enumerate(rig.bones)}
    ground = index[match.controls["root"][0]]
    order, parents = [ground], {ground: -1}
    for name, above in _follows(match).items():
        bone = index[name]
        helper = int(rig.parents[bone])
        if helper >= 0 and helper not in parents:
            order.append(helper)
            parents[helper] = index[above]
        order.append(bone)
        parents[bone] = helper if helper >= 0 else index[above]
    return _picked(rig, order, parents)


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
