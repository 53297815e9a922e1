"""Which bone of an armature is which joint of the body: by name, from tables in bone_maps/."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from .body import JOINTS
from .errors import ChoreoError

REQUIRED: frozenset[str] = frozenset(
    ["pelvis"]
    + [
        f"{side}_{joint}"
        for side in ("left", "right")
        for joint in ("hip", "knee", "ankle", "shoulder", "elbow")
    ]
)
"""Joints without which a rig cannot dance; the others are optional."""


@dataclass(frozen=True)
class BoneMap:
    """The bone names of one kind of rig."""

    name: str
    title: str
    bones: dict[str, str]
    """Bone by joint."""


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
    """Whether every joint of :data:`REQUIRED` was found."""
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Bones beyond the 22 joints by their role, nearest to the body first."""

    @property
    def summary(self) -> str:
        """A few words for the panel."""
        found = f"{self.title}: {len(self.bones)} of {len(JOINTS)} bones"
        return f"{found}, without {_listed(self.missing)}" if self.missing else found


@cache
def bone_maps() -> tuple[BoneMap, ...]:
    """All tables in bone_maps/, by file name."""
    maps = []
    for path in sorted((Path(__file__).parent / "bone_maps").glob("*.json")):
        table = json.loads(path.read_text(encoding="utf-8"))
        maps.append(BoneMap(path.stem, table["title"], table["bones"]))
    return tuple(maps)


def best_match(bone_names: Iterable[str]) -> Match:
    """The bone map that fits most of ``bone_names``, whatever prefix they all carry."""
    names = tuple(bone_names)
    return max((_match(names, table) for table in bone_maps()), key=lambda m: len(m.bones))


def require_match(armature_name: str, bone_names: Iterable[str]) -> Match:
    """The best match if a dance can be put on it.

    Raises:
        ChoreoError: ``no_matching_bones``, with what is nearest and what is missing.
    """
    match = best_match(bone_names)
    if match.usable:
        return match
    if match.bones:
        found = (
            f"the nearest table is {match.title} with {len(match.bones)} of {len(JOINTS)} bones, "
            f"and {_listed(match.missing)} missing"
        )
    else:
        found = f"no bone has a name from {' or '.join(m.title for m in bone_maps())}"
    raise ChoreoError(
        "no_matching_bones",
        f"The armature {armature_name} was not recognised: {found}.",
        "Rename its bones to Mixamo's names, choose another armature, or press Add Dancer.",
    )


def _match(names: tuple[str, ...], table: BoneMap) -> Match:
    """``table`` with the prefix that finds most of it."""
    joints = {bone: joint for joint, bone in table.bones.items()}
    by_prefix: dict[str, dict[str, str]] = {}
    for name in names:
        for bone, joint in joints.items():
            if name.endswith(bone):
                by_prefix.setdefault(name[: -len(bone)], {})[joint] = name
    prefix = max(by_prefix, key=lambda p: (len(by_prefix[p]), -len(p)), default="")
    found = by_prefix.get(prefix, {})
    bones = {joint: found[joint] for joint in JOINTS if joint in found}
    missing = tuple(prefix + table.bones[joint] for joint in JOINTS if joint not in bones)
    return Match(table.title, prefix, bones, missing, bones.keys() >= REQUIRED)


def _listed(names: tuple[str, ...], limit: int = 6) -> str:
    """``a, b and 3 more``."""
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"
