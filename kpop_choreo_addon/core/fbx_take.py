"""What Blender's FBX exporter cannot do: a root bone on top, and one take with keys from 0.

The exporter writes the mesh, its skin and the bones at rest; here the armature object above the
bones is taken out, and the animation is put in from arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from .export_presets import TAKE
from .fbx_tree import FbxFile, FbxNode
from .game_motion import GameMotion, local
from .rotation_modes import euler_from_quats

TICKS = 46186158000
"""FBX time in a second."""
LINEAR = 4
STILL = 1e-6
"""In metres times the file's units: bones that move less get no location keys."""


def root_aside(motion: GameMotion, step: float) -> GameMotion:
    """``motion`` with the root's rest ``step`` off the hips' line, if they are right above it.

    Blender's own importer ends a bone at its child when that lies on the bone's axis, takes the
    two for connected, and then drops the child's location keys.
    """
    places = motion.rest_places.copy()
    way = places[motion.hips] - places[0]
    axis = np.array([0.0, 1.0, 0.0])
    if np.linalg.norm(way - (way @ axis) * axis) >= step:
        return motion
    places[0] -= step * np.array([0.0, 0.0, 1.0])
    return replace(motion, rest_places=places)


def rename_objects(file: FbxFile, titles: dict[str, str]) -> None:
    """Gives meshes the names ``titles`` by the names that they have."""
    for node in file.node("Objects").children:
        if node.name in ("Model", "Geometry") and _title(node) in titles:
            end = node.value(1).split(b"\0", 1)[1]
            node.properties[1] = ("S", titles[_title(node)].encode() + b"\0" + end)


def drop_armature(file: FbxFile, name: str) -> None:
    """Takes the object ``name`` out of the file; what hung on it becomes a top node."""
    objects, links = file.node("Objects"), file.node("Connections")
    gone = {
        node.value() for node in objects.children if node.name == "Model" and _title(node) == name
    }
    gone |= {c.value(1) for c in links.children if c.value(2) in gone and _is_attribute(objects, c)}
    objects.children = [n for n in objects.children if not n.properties or n.value() not in gone]
    for node in objects.children:
        if node.name == "Pose":
            node.children = [
                n
                for n in node.children
                if n.name != "PoseNode" or n.child("Node").value() not in gone
            ]
            count = sum(n.name == "PoseNode" for n in node.children)
            node.child("NbPoseNodes").properties = [("I", count)]
    links.children = [c for c in links.children if c.value(1) not in gone]
    for link in links.children:
        if link.value(2) in gone:
            link.properties[2] = ("L", 0)


def add_take(file: FbxFile, motion: GameMotion) -> None:
    """Puts ``motion``, which is in the file's axes and units, into the file as its one take."""
    take = _Take(file)
    bones = local(motion)
    times = np.round(np.arange(motion.frames) * (TICKS / motion.fps)).astype(np.int64)
    for number, model in enumerate(_bone_models(file, motion.bones)):
        angles = np.degrees(euler_from_quats(bones.rotations[:, number], "XYZ"))
        take.animate(model, "R", "Lcl Rotation", times, angles)
        if number == 0 or bones.moves(number, STILL):
            take.animate(model, "T", "Lcl Translation", times, bones.places[:, number])
    take.finish(int(times[-1]))


class _Take:
    """The animation of a file while it is made."""

    def __init__(self, file: FbxFile) -> None:
        self.file = file
        self.objects = file.node("Objects").children
        self.links = file.node("Connections").children
        taken = (n.value() for n in self.objects if n.properties and n.properties[0][0] == "L")
        self.next_key = max(taken, default=0) + 1
        self.stack = self._add("AnimationStack", TAKE, "AnimStack")
        self.layer = self._add("AnimationLayer", TAKE, "AnimLayer")
        self._link(self.stack, 0)
        self._link(self.layer, self.stack)

    def animate(
        self, model: int, letter: str, name: str, times: np.ndarray, values: np.ndarray
    ) -> None:
        """Keys ``values[T, 3]`` of a property of ``model``."""
        group = self._add("AnimationCurveNode", letter, "AnimCurveNode")
        self._node(group).children.append(
            _properties(
                (f"d|{axis}", "Number", "", "A", ("D", float(values[0, i])))
                for i, axis in enumerate("XYZ")
            )
        )
        self._link(group, self.layer)
        self._link(group, model, name)
        for i, axis in enumerate("XYZ"):
            curve = self._add("AnimationCurve", "", "AnimCurve")
            self._node(curve).children += [
                FbxNode("Default", [("D", float(values[0, i]))]),
                FbxNode("KeyVer", [("I", 4008)]),
                FbxNode("KeyTime", [("l", times)]),
                FbxNode("KeyValueFloat", [("f", values[:, i])]),
                FbxNode("KeyAttrFlags", [("i", np.array([LINEAR]))]),
                FbxNode("KeyAttrDataFloat", [("f", np.zeros(4))]),
                FbxNode("KeyAttrRefCount", [("i", np.array([len(times)]))]),
            ]
            self._link(curve, group, f"d|{axis}")

    def finish(self, last: int) -> None:
        """Writes how long the take is, and how many objects of each kind there are."""
        spans = [("LocalStart", 0), ("LocalStop", last)]
        spans += [("ReferenceStart", 0), ("ReferenceStop", last)]
        self._node(self.stack).children.append(
            _properties((name, "KTime", "Time", "", ("L", ticks)) for name, ticks in spans)
        )
        takes = self.file.node("Takes")
        takes.children = [
            FbxNode("Current", [("S", TAKE.encode())]),
            FbxNode(
                "Take",
                [("S", TAKE.encode())],
                [
                    FbxNode("FileName", [("S", f"{TAKE}.tak".encode())]),
                    FbxNode("LocalTime", [("L", 0), ("L", last)]),
                    FbxNode("ReferenceTime", [("L", 0), ("L", last)]),
                ],
            ),
        ]
        self._span(last)
        self._count()

    def _span(self, last: int) -> None:
        """The file's own time span."""
        for row in self.file.node("GlobalSettings").child("Properties70").children:
            if row.value() == b"TimeSpanStart":
                row.properties[4] = ("L", 0)
            if row.value() == b"TimeSpanStop":
                row.properties[4] = ("L", last)

    def _count(self) -> None:
        """Corrects the table of definitions."""
        counts: dict[str, int] = {}
        for node in self.objects:
            counts[node.name] = counts.get(node.name, 0) + 1
        definitions = self.file.node("Definitions")
        kinds = {n.value().decode(): n for n in definitions.children if n.name == "ObjectType"}
        for kind, count in counts.items():
            if kind not in kinds:
                kinds[kind] = FbxNode("ObjectType", [("S", kind.encode())], [FbxNode("Count")])
                definitions.children.append(kinds[kind])
            kinds[kind].child("Count").properties = [("I", count)]
        definitions.child("Count").properties = [("I", sum(counts.values()) + 1)]

    def _add(self, kind: str, title: str, suffix: str) -> int:
        key, self.next_key = self.next_key, self.next_key + 1
        name = f"{title}\0\1{suffix}".encode()
        self.objects.append(FbxNode(kind, [("L", key), ("S", name), ("S", b"")], block=True))
        return key

    def _node(self, key: int) -> FbxNode:
        return next(n for n in reversed(self.objects) if n.value() == key)

    def _link(self, child: int, parent: int, name: str = "") -> None:
        kind = b"OP" if name else b"OO"
        properties: list[tuple[str, Any]] = [("S", kind), ("L", child), ("L", parent)]
        self.links.append(FbxNode("C", properties + ([("S", name.encode())] if name else [])))


def _properties(rows: Any) -> FbxNode:
    """A table of properties: name, type, label, flags, value."""
    made = [FbxNode("P", [*(("S", text.encode()) for text in row[:4]), row[4]]) for row in rows]
    return FbxNode("Properties70", [], made)


def _bone_models(file: FbxFile, bones: tuple[str, ...]) -> Iterator[int]:
    """The keys of the bones' models."""
    models = {
        _title(node): node.value()
        for node in file.node("Objects").children
        if node.name == "Model" and node.value(2) == b"LimbNode"
    }
    return (models[name] for name in bones)


def _title(node: FbxNode) -> str:
    return node.value(1).split(b"\0")[0].decode()


def _is_attribute(objects: FbxNode, link: FbxNode) -> bool:
    """Whether a link's child only describes its parent."""
    return any(n.name == "NodeAttribute" and n.value() == link.value(1) for n in objects.children)
