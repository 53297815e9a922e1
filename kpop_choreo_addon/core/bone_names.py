"""Bones by their names: tables of rig systems in bone_maps/, and what a rig has of them.

A table names the bone of each joint and of each role beyond the joints; ``~`` stands for the
side, and a list means that versions differ. Upper case, separators and what stands before or
after every name are not looked at.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from .body import JOINTS

SIDES = ("left", "right")
SIDED_ROLES = (
    "upper_arm_twist",
    "forearm_twist",
    "thigh_twist",
    "shin_twist",
    "thumb",
    "index",
    "middle",
    "ring",
    "little",
    "eye",
)
ROLES: tuple[str, ...] = (
    "root",
    "jaw",
    *(f"{side}_{role}" for side in SIDES for role in SIDED_ROLES),
)
"""What a bone can be beyond the joints of the body."""
_ANCHORS = ("left_hip", "left_shoulder", "right_knee")
"""Joints whose names tell what stands before and after every name."""


@dataclass(frozen=True)
class BoneMap:
    """The bone names of one rig system."""

    name: str
    title: str
    names: Mapping[str, tuple[str, ...]]
    """Possible bones by joint, the usual one first."""
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Bones by role, with those of all versions."""
    signs: tuple[str, ...] = ()
    """Bones of which at least one tells this system from others with the same names."""
    strangers: tuple[str, ...] = ()
    """Bones of which none is there where this table holds."""
    loose: bool = False
    """Whether its deforming bones hang from controls, so that they make no body by themselves."""
    spine: tuple[str, ...] = ()
    """Of loose bones: those of the spine from the hips up, as many as a rig has."""
    controls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Bones that an animator keys, where those are not the deforming bones; with a question mark
    those that a rig may lack."""
    switches: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By the key of controls: their properties, and the values that a dance relies on. A dot
    stands before properties that are Blender's own."""

    @property
    def bones(self) -> dict[str, str]:
        """The usual bone by joint."""
        return {joint: names[0] for joint, names in self.names.items()}


@dataclass(frozen=True)
class Named:
    """What a rig has of a table."""

    table: BoneMap
    prefix: str
    """What stands before every bone's name, as the rig spells it."""
    suffix: str
    joints: Mapping[str, tuple[str, ...]]
    """Bones by joint as the rig spells them; more than one where several versions' are there."""
    parts: Mapping[str, tuple[str, ...]]

    @property
    def missing(self) -> tuple[str, ...]:
        """Names that the table knows and the rig lacks, in the body's order."""
        lost = [joint for joint in self.table.names if joint not in self.joints]
        usual = self.table.bones
        return tuple(self.prefix + usual[joint] + self.suffix for joint in lost)


@cache
def bone_maps() -> tuple[BoneMap, ...]:
    """All tables in bone_maps/, by file name."""
    files = sorted((Path(__file__).parent / "bone_maps").glob("*.json"))
    return tuple(_read(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in files)


def bone_map(name: str) -> BoneMap | None:
    """The table in the file ``name``, if there is one."""
    return next((table for table in bone_maps() if table.name == name), None)


def plain(name: str) -> str:
    """``name`` without what people spell differently: case, width, separators."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in folded if letter not in " _-.")


class Names:
    """The bone names of a rig, ready to be looked up."""

    def __init__(self, names: Iterable[str]) -> None:
        self.given = tuple(names)
        self.plain = tuple(plain(name) for name in self.given)
        self.by_plain = dict(zip(reversed(self.plain), reversed(self.given), strict=True))

    def find(self, table: BoneMap) -> Named:
        """``table`` with what stands before and after the names so that most of them are there."""
        signed = not table.signs or any(self._anywhere(sign) for sign in table.signs)
        if not signed or any(self._anywhere(bone) for bone in table.strangers):
            return Named(table, "", "", {}, {})
        found: dict[str, tuple[str, ...]] = {}
        best = ("", "")
        for affixes in self._affixes(table):
            joints = self._found(table.names, affixes)
            if len(joints) > len(found):
                found, best = joints, affixes
        parts = self._found(table.parts, best) if found else {}
        prefix, suffix = self._spelled(table, found, best)
        return Named(table, prefix, suffix, found, parts)

    def _anywhere(self, sign: str) -> bool:
        return any(name.endswith(plain(sign)) for name in self.plain)

    def _affixes(self, table: BoneMap) -> list[tuple[str, str]]:
        """What could stand before and after every name: the likeliest first, then the shortest."""
        seen: Counter[tuple[str, str]] = Counter()
        for joint in _ANCHORS:
            for alias in _plain_names(table.names.get(joint, ())):
                for name in self.plain:
                    if alias in name:
                        before, _, after = name.rpartition(alias)
                        seen[before, after] += 1
        ranked = sorted(seen, key=lambda a: (-seen[a], len(a[0]) + len(a[1]), a))
        return [*ranked[:8], ("", "")]

    def _found(
        self, wanted: Mapping[str, tuple[str, ...]], affixes: tuple[str, str]
    ) -> dict[str, tuple[str, ...]]:
        before, after = affixes
        found = {}
        for key, names in wanted.items():
            there = (self.by_plain.get(before + n + after) for n in _plain_names(names))
            if bones := tuple(dict.fromkeys(bone for bone in there if bone is not None)):
                found[key] = bones
        return found

    def _spelled(
        self, table: BoneMap, found: Mapping[str, tuple[str, ...]], affixes: tuple[str, str]
    ) -> tuple[str, str]:
        """The affixes as the rig spells them, read off the first bone that was found."""
        for joint, bones in found.items():
            bone = bones[0]
            for alias in _plain_names(table.names[joint]):
                if plain(bone) != affixes[0] + alias + affixes[1]:
                    continue
                start = _cut(bone, alias + affixes[1])
                end = next(
                    (e for e in range(start, len(bone)) if plain(bone[start:e]) == alias), None
                )
                return bone[:start], "" if end is None else bone[end:]
        return affixes


def _cut(bone: str, rest: str) -> int:
    """Where in ``bone`` the part begins that is ``rest``, without a separator before it."""
    return max(k for k in range(len(bone) + 1) if plain(bone[k:]) == rest)


@cache
def _plain_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(plain(name) for name in names)


def _read(name: str, table: Mapping[str, Any]) -> BoneMap:
    """A table with both sides written out."""
    sides = dict(zip(SIDES, table["sides"], strict=True))

    def spread(rows: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        wide: dict[str, tuple[str, ...]] = {}
        for key, value in rows.items():
            names = [value] if isinstance(value, str) else value
            if not any("~" in n for n in names):
                wide[key] = tuple(names)
                continue
            for side, mark in sides.items():
                wide[f"{side}_{key}"] = tuple(n.replace("~", mark) for n in names)
        return wide

    joints = spread(table["joints"])
    return BoneMap(
        name,
        table["title"],
        {joint: joints[joint] for joint in JOINTS if joint in joints},
        spread(table.get("parts", {})),
        tuple(table.get("signs", ())),
        tuple(table.get("strangers", ())),
        bool(table.get("loose", False)),
        tuple(table.get("spine", ())),
        spread(table.get("controls", {})),
        table.get("switches", {}),
    )
