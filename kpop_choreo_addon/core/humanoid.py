"""Which bone of an armature is which joint of the body: by name, by shape, or as the user says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from .body import JOINTS
from .body_shape import (
    REQUIRED,
    Tree,
    consistent,
    ground_bone,
    in_order,
    inline_twists,
    is_body,
    pelvis_of,
    spine_joints,
    with_spine,
)
from .bone_names import SIDES, BoneMap, Named, Names, bone_map, bone_maps
from .errors import ChoreoError
from .fingers import fingers_by_shape
from .rig import Rig
from .rig_presets import Preset
from .topology import body_by_shape

__all__ = ["REQUIRED", "BoneMap", "Match", "best_match", "bone_maps", "match_rig", "require_rig"]

FEWEST = 4
"""Fewer bones than this with a table's names are there by chance."""
SHAPE = "Recognised by its shape"
_STORED = "VRM humanoid"
_FINGERS = ("thumb", "index", "middle", "ring", "little")
_SPARE = {"eyes", *(f"{side}_{part}" for side in SIDES for part in (*_FINGERS, "eye"))}
"""Controls that a rig may lack."""


@dataclass(frozen=True)
class Match:
    """How far an armature's bones fit a bone map."""

    title: str
    prefix: str
    """What stands before every bone's name, like ``mixamorig:``."""
    bones: dict[str, str]
    """Bone by joint, as the armature spells it."""
    missing: tuple[str, ...]
    """Names of bones that the map knows and the armature lacks, in the body's order."""
    usable: bool
    """Whether every joint of :data:`REQUIRED` was found, and together they make a body."""
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Bones beyond the 22 joints by their role, nearest to the body first."""
    score: float = 0.0
    """0..1: how much of a body was found, less where it is only guessed from the shape."""
    system: str = ""
    """Name of the table in bone_maps/; empty for shapes and the user's own presets."""
    loose: bool = False
    """Whether its bones hang from controls, and only those can be keyed."""
    controls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Those controls by what they are, if all that a dance needs are there (:mod:`.controls`)."""
    problems: tuple[str, ...] = ()
    """Sentences: why bones that the user chose make no body."""
    notes: tuple[str, ...] = ()
    """Sentences about bones that the user chose and that are left out."""

    @property
    def summary(self) -> str:
        """A few words for the panel."""
        found = f"{self.title}: {len(self.bones)} of {len(JOINTS)} bones"
        if self.missing and not self.problems:
            found += f", without {_listed(self.missing)}"
        if self.loose:
            found += ", on its controls" if self.usable else ", which follow controls"
        elif not self.usable and not self.problems and self.bones.keys() >= REQUIRED:
            found += ", which do not hang or stand together as a body"
        return found


def best_match(bone_names: Iterable[str]) -> Match:
    """The bone map that fits most of ``bone_names``, whatever stands before them all.

    Names alone: whether the bones make a body is for :func:`match_rig` to see.
    """
    return max((_by_name(named) for named in _named(Names(bone_names))), key=_rank)


def match_rig(
    rig: Rig, presets: Sequence[Preset] = (), stored: Mapping[str, str] | None = None
) -> Match:
    """What the bones of ``rig`` are.

    Args:
        presets: the user's own; one of which all bones are there is taken before anything else.
        stored: bones by the humanoid's names, as the VRM add-on stores them, taken next.
    """
    tree = Tree(rig)
    index = {bone: number for number, bone in enumerate(rig.bones)}
    named = _named(Names(rig.bones))
    fitting = [m for n in named if (m := _fitted(tree, index, n)) is not None]
    best = max(fitting, key=_rank, default=None)
    for preset in presets:
        if (
            preset.bones
            and {*preset.bones.values(), *sum(preset.parts.values(), ())} <= index.keys()
        ):
            return best if is_known(best, preset.bones) else _preset_match(preset)
    if stored and (match := _stored_match(tree, index, stored)) is not None:
        return match
    if best is not None:
        return best
    shape = body_by_shape(tree)
    if shape is not None:
        joints = with_spine(tree, shape.bones)
        parts = inline_twists(tree, joints)
        return finished(tree, joints, parts, SHAPE, 0.8 * shape.score)
    nearest = max((replace(_by_name(n), usable=False) for n in named), key=_rank)
    return nearest if len(nearest.bones) >= FEWEST else replace(nearest, bones={}, score=0.0)


def require_rig(
    rig: Rig, presets: Sequence[Preset] = (), stored: Mapping[str, str] | None = None
) -> Match:
    """What the bones of ``rig`` are if a dance can be put on it.

    Raises:
        ChoreoError: ``no_matching_bones``, with what is nearest and what is missing.
    """
    return required(rig.name, match_rig(rig, presets, stored))


def required(armature_name: str, match: Match) -> Match:
    """``match`` if a dance can be put on the armature.

    Raises:
        ChoreoError: ``no_matching_bones``, with what is nearest and what is missing;
            ``rig_controls`` for a rig whose bones follow controls; ``bone_mapping`` for bones
            that the user chose and that make no body.
    """
    if match.usable:
        return match
    if match.problems:
        raise ChoreoError(
            "bone_mapping",
            f"The bones chosen for {armature_name} cannot dance. {match.problems[0]}",
            "Choose others under Target > Bones, or press Clear there.",
        )
    if match.loose:
        raise ChoreoError(
            "rig_controls",
            f"The bones of {armature_name} follow the controls of {match.title}, "
            "and not all that a dance needs are there.",
            "Generate the rig anew, or choose its meta-rig or an exported skeleton, "
            "or press Add Dancer.",
        )
    if match.bones.keys() >= REQUIRED:
        found = f"its bones have the names of {match.title} but make no body that stands"
    elif match.bones:
        found = (
            f"the nearest table is {match.title} with {len(match.bones)} of {len(JOINTS)} bones, "
            f"and {_listed(match.missing)} missing"
        )
    else:
        found = "no bone has a name from any table, and their shape is not clearly that of a body"
    raise ChoreoError(
        "no_matching_bones",
        f"The armature {armature_name} was not recognised: {found}.",
        "Choose its bones under Target > Bones, choose another armature, or press Add Dancer.",
    )


def _named(names: Names) -> list[Named]:
    return [names.find(table) for table in bone_maps()]


def _rank(match: Match) -> tuple[bool, float, bool, int, int]:
    """Usable first, then by score; then the more telling table, and the shorter prefix."""
    signs = bool((table := bone_map(match.system)) and table.signs)
    parts = sum(len(bones) for bones in match.parts.values())
    return match.usable, match.score, signs, parts, -len(match.prefix)


def _by_name(named: Named) -> Match:
    """What the names say."""
    bones = {joint: named.joints[joint][0] for joint in JOINTS if joint in named.joints}
    return Match(
        named.table.title,
        named.prefix,
        bones,
        named.missing,
        bones.keys() >= REQUIRED,
        dict(named.parts),
        len(bones) / len(JOINTS),
        named.table.name,
    )


def _fitted(tree: Tree, index: Mapping[str, int], named: Named) -> Match | None:
    """``named`` as far as its bones hang together; None if they are no body."""
    if not named.joints.keys() >= REQUIRED - {"pelvis"}:
        return None
    first = {joint: index[bones[0]] for joint, bones in named.joints.items()}
    first |= spine_joints([index[bone] for bone in named.table.spine if bone in index])
    carriers = [index[bone] for bone in named.joints.get("pelvis", ())]
    pelvis = pelvis_of(tree, first, carriers)
    joints = {} if pelvis is None else consistent(tree, first | {"pelvis": pelvis})
    loose = not joints.keys() >= REQUIRED
    if not loose:
        joints = with_spine(tree, joints, carriers)
    elif named.table.loose and "pelvis" in first:
        joints = first
    else:
        return None
    if not is_body(tree.rig, joints):
        return None
    parts = {r: [index[b] for b in bones] for r, bones in named.parts.items()}
    share = min(len(first), len(joints)) / len(JOINTS)
    match = finished(tree, joints, parts, named.table.title, share)
    moved = sum(first[joint] != joints.get(joint) for joint in first)
    controls = _controls(named.table, index) if loose else {}
    needed = set(JOINTS) - ({"spine1", "spine2"} if named.table.spine else set())
    return replace(
        match,
        prefix=named.prefix,
        missing=named.missing,
        usable=not loose or (bool(controls) and joints.keys() >= needed),
        loose=loose,
        controls=controls,
        score=match.score - 0.001 * moved,
        system=named.table.name,
    )


def finished(
    tree: Tree,
    joints: Mapping[str, int],
    parts: Mapping[str, Sequence[int]],
    title: str,
    score: float,
) -> Match:
    """A match of bones by number, its roles in order, with what the shape tells of them."""
    bones = tree.rig.bones
    roles = {role: in_order(tree, joints, role, found) for role, found in parts.items()}
    ground = ground_bone(tree, joints, roles.pop("root", ()))
    if ground is not None:
        roles["root"] = [ground]
    if not any(role.endswith(_FINGERS) for role in roles):
        roles |= fingers_by_shape(tree, joints)
    taken = set(joints.values())
    clean = {
        role: tuple(bones[b] for b in found if b not in taken) for role, found in roles.items()
    }
    return Match(
        title,
        "",
        {joint: bones[joints[joint]] for joint in JOINTS if joint in joints},
        (),
        True,
        {role: found for role, found in clean.items() if found},
        score,
    )


def is_known(match: Match | None, bones: Mapping[str, str]) -> TypeGuard[Match]:
    """Whether ``bones`` by joint are of ``match``, a rig that dances on its controls.

    They make no body by themselves, so that to choose them says no more than ``match``.
    """
    return (
        match is not None and match.loose and match.usable and bones.items() <= match.bones.items()
    )


def _controls(table: BoneMap, index: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """The controls of a table, if none is missing that a dance needs."""
    there: dict[str, tuple[str, ...]] = {}
    for key, names in table.controls.items():
        if all(name in index or name.endswith("?") for name in names):
            there[key] = tuple(b for name in names if (b := name.removesuffix("?")) in index)
    complete = not table.controls.keys() - there.keys() - _SPARE
    return {key: bones for key, bones in there.items() if bones} if complete else {}


def _preset_match(preset: Preset) -> Match:
    bones = {joint: preset.bones[joint] for joint in JOINTS if joint in preset.bones}
    return Match(preset.title, "", bones, (), bones.keys() >= REQUIRED, dict(preset.parts), 1.0)


def _stored_match(tree: Tree, index: Mapping[str, int], stored: Mapping[str, str]) -> Match | None:
    """The humanoid map that the VRM add-on keeps with an armature."""
    names = {human: bone for human, bone in stored.items() if bone in index}
    table = bone_map("humanoid")
    if table is None or not names:
        return None
    found = Names(names).find(table)
    there = {
        key: tuple(names[human] for human in humans)
        for key, humans in (*found.joints.items(), *found.parts.items())
    }
    own = Named(
        replace(table, title=_STORED, name="", signs=()),
        "",
        "",
        {joint: there[joint] for joint in found.joints},
        {role: there[role] for role in found.parts},
    )
    match = _fitted(tree, index, own)
    return None if match is None else replace(match, missing=())


def _listed(names: tuple[str, ...], limit: int = 6) -> str:
    """``a, b and 3 more``."""
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"
