"""Rigs of published systems, built from outlines: names, hierarchy, rolls, rest pose, scale, axes.

What is which joint is written into the outlines, so it is known without the add-on's own tables.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.axes import to_blender
from kpop_choreo_addon.core.body import JOINTS, OFFSETS, PARENTS, STANDING_HEIGHT
from kpop_choreo_addon.core.rig import Rig
from tests.core.rig_outlines import CONTROLLED, SYSTEMS, Outline
from tests.core.synthetic import turn

SIDES = ("left", "right")
FINGERS = ("thumb", "index", "middle", "ring", "little")
KNUCKLES = {
    "thumb": [(0.03, -0.025, -0.01), (0.058, -0.045, -0.02), (0.085, -0.06, -0.025)],
    "index": [(0.092, -0.032, 0.002), (0.132, -0.035, 0.0), (0.156, -0.036, -0.004)],
    "middle": [(0.095, -0.008, 0.004), (0.138, -0.009, 0.003), (0.166, -0.009, -0.001)],
    "ring": [(0.09, 0.014, 0.002), (0.129, 0.016, 0.0), (0.156, 0.017, -0.004)],
    "little": [(0.082, 0.034, -0.002), (0.112, 0.038, -0.004), (0.131, 0.04, -0.007)],
}
"""Offsets of the left hand's phalanges from the wrist in the T-pose, palm down, Blender's axes."""
TIPS = {
    "wrist": "hand_tip",
    "foot": "toe_tip",
    "head": "head_top",
    "ankle": "foot",
    "elbow": "wrist",
    "shoulder": "elbow",
    "hip": "knee",
    "knee": "ankle",
    "collar": "shoulder",
}
SEGMENTS = {
    "upper_arm_twist": ("shoulder", "elbow"),
    "forearm_twist": ("elbow", "wrist"),
    "thigh_twist": ("hip", "knee"),
    "shin_twist": ("knee", "ankle"),
}
GROUPS = {
    "leg": ("hip", "knee", "thigh_twist", "shin_twist"),
    "foot": ("ankle", "foot"),
    "arm": ("collar", "shoulder", "elbow", "upper_arm_twist", "forearm_twist"),
    "hand": ("wrist", *FINGERS),
}
"""Bones that share a convention of axes; every other bone belongs to the trunk."""


@dataclass(frozen=True)
class RestPose:
    """Degrees away from a T-pose."""

    arms_down: float = 0.0
    arms_forward: float = 0.0
    elbows: float = 0.0
    """How far they are bent to the front."""
    legs_out: float = 0.0
    toes_out: float = 0.0
    arms_turned: float = 0.0
    """How far the upper arms are turned about themselves, elbows' bend going up."""
    palms_forward: float = 0.0
    """How far the hands are turned about the forearm, palms from down to the front."""
    legs_turned: float = 0.0
    """How far the legs are turned outward at the hips."""
    knees: float = 0.0
    """How far they are bent."""


POSES = {
    "T": RestPose(),
    "A45": RestPose(arms_down=45.0, elbows=8.0, legs_out=5.0),
    "ready": RestPose(arms_down=45.0, elbows=8.0, legs_out=5.0, knees=5.0),
    "A35": RestPose(arms_down=35.0, elbows=5.0, legs_out=3.0, toes_out=8.0),
    "forward": RestPose(arms_forward=80.0, elbows=6.0),
    "palms": RestPose(palms_forward=85.0),
    "hanging": RestPose(arms_down=78.0, elbows=12.5, palms_forward=-20.0),
    "crouched": RestPose(
        arms_down=30.0, elbows=40.0, arms_turned=35.0, legs_turned=25.0, knees=40.0, toes_out=25.0
    ),
}


@dataclass(frozen=True)
class _Row:
    name: str
    parent: int
    kind: str
    """``=`` a joint of the body, ``+`` a role, ``@`` anything else."""
    target: str
    """Joint or role, with its side."""
    place: str
    """Expression for :func:`_at`."""
    side: str


def all_systems() -> dict[str, Rig]:
    """A rig of every system, as it is usually met."""
    return {name: make_system(name) for name in SYSTEMS}


def truth(name: str) -> dict[str, str]:
    """Bone by joint of the system ``name``."""
    return {r.target: r.name for r in _rows(name) if r.kind == "="}


def truth_parts(name: str) -> dict[str, tuple[str, ...]]:
    """Bones beyond the joints by role, nearest to the body first."""
    parts: dict[str, tuple[str, ...]] = {}
    for row in _rows(name):
        if row.kind == "+":
            parts[row.target] = (*parts.get(row.target, ()), row.name)
    return parts


def make_system(
    name: str,
    pose: str | None = None,
    scale: float | None = None,
    space: np.ndarray | None = None,
    prefix: str = "",
) -> Rig:
    """A rig of the system ``name``.

    Args:
        pose: a name of :data:`POSES`; the system's own if not given.
        scale: armature units for a metre; the system's own if not given.
        space: rotation from Blender's world to the armature's own axes, likewise.
        prefix: put before every bone's name.
    """
    outline = _outline(name)
    rows = _rows(name)
    scale = outline.scale if scale is None else scale
    if space is None:
        upright = turn("X", -90.0 if outline.y_up else 0.0)
        space = quat.multiply(upright, turn("Z", outline.facing))
    marks = _landmarks(POSES[pose or outline.pose], outline)
    heads = np.array([_at(marks, row.place, row.side) for row in rows])
    aims = _aims(rows, heads, marks)
    rotations = np.array([_axes(outline, r, a) for r, a in zip(rows, aims, strict=True)])
    lengths = np.maximum(np.linalg.norm(aims, axis=-1, keepdims=True), 0.01)
    tails = heads + quat.rotate(rotations, np.array([0.0, 1.0, 0.0])) * lengths
    count = len(rows)
    return Rig(
        name=name,
        bones=tuple(prefix + row.name for row in rows),
        parents=np.array([row.parent for row in rows]),
        rotations=quat.multiply(space, rotations),
        heads=quat.rotate(space, heads) * scale,
        tails=quat.rotate(space, tails) * scale,
        inherits_rotation=np.ones(count, dtype=bool),
        local_location=np.ones(count, dtype=bool),
        connected=np.zeros(count, dtype=bool),
    )


def without(rig: Rig, *gone: str) -> Rig:
    """``rig`` with bones taken out; their children hang from their parents."""
    keep = [n for n, name in enumerate(rig.bones) if name not in gone]
    return picked(rig, keep)


def picked(rig: Rig, keep: list[int]) -> Rig:
    """The bones ``keep`` of ``rig`` in that order; orphans hang from the nearest one kept."""
    place = {old: new for new, old in enumerate(keep)}

    def parent(bone: int) -> int:
        return next((place[b] for b in rig.ancestors(bone) if b in place), -1)

    parents = np.array([parent(bone) for bone in keep])
    arrays = ("rotations", "heads", "tails", "inherits_rotation", "local_location", "connected")
    parts = {name: getattr(rig, name)[keep] for name in arrays}
    return replace(rig, bones=tuple(rig.bones[n] for n in keep), parents=parents, **parts)


def renamed(rig: Rig, names: list[str]) -> Rig:
    """``rig`` with other names, in its order."""
    return replace(rig, bones=tuple(names))


def _outline(name: str) -> Outline:
    return SYSTEMS[name] if name in SYSTEMS else CONTROLLED[name]


@cache
def _rows(system: str) -> tuple[_Row, ...]:
    """The outline with both sides written out."""
    outline = _outline(system)
    rows: list[_Row] = []
    lines = [line for line in outline.text.splitlines() if line.strip()]

    def depth(line: str) -> int:
        return (len(line) - len(line.lstrip())) // 2

    def walk(first: int, last: int, parent: int, side: str) -> None:
        at = first
        while at < last:
            end = at + 1
            while end < last and depth(lines[end]) > depth(lines[at]):
                end += 1
            sided = "~" in lines[at] and not side
            for each in SIDES if sided else (side,):
                number = add(lines[at].strip(), parent, each)
                walk(at + 1, end, number, each)
            at = end

    def add(line: str, parent: int, side: str) -> int:
        mark = outline.sides[SIDES.index(side)] if side else ""
        if line.startswith("fingers "):
            add_fingers(line.removeprefix("fingers ").rsplit(None, 2), parent, side, mark)
            return parent
        name, last = line.replace("~", mark).rsplit(None, 1)
        name, kind, what = outline.prefix + name, last[0], last[1:]
        target, place = _target(kind, what, side)
        rows.append(_Row(name, parent, kind, target, place, side))
        return len(rows) - 1

    def add_fingers(words: list[str], parent: int, side: str, mark: str) -> None:
        """``fingers PATTERN Thumb,Index,... 1,2,3``; a fourth number is the tip, no phalanx."""
        pattern, names, numbers = outline.prefix + words[0].replace("~", mark), words[1], words[2]
        for finger, own in zip(FINGERS, names.split(","), strict=True):
            above = parent
            if own == "-":
                continue
            for n, number in enumerate(numbers.split(",")):
                name = pattern.replace("*", own.replace("~", mark)).replace("#", number)
                kind = "+" if n < 3 else "@"
                role = f"{side}_{finger}"
                rows.append(_Row(name, above, kind, role, f"{finger}{n + 1}", side))
                above = len(rows) - 1

    walk(0, len(lines), -1, "")
    return tuple(rows)


def _target(kind: str, what: str, side: str) -> tuple[str, str]:
    """Joint or role with its side, and where the bone's head is."""
    if kind == "=":
        joint, _, place = what.partition("@")
        return (f"{side}_{joint}" if side else joint), place or joint
    if kind == "+":
        role, _, fraction = what.partition(":")
        target = f"{side}_{role}" if side else role
        if role in SEGMENTS:
            start, end = SEGMENTS[role]
            return target, f"{start}/{end}:{fraction or 0.5}"
        return target, {"root": "ground"}.get(role, role + fraction)
    return "", what


def other_body(name: str) -> Rig:
    """A rig that is no human body: ``quadruped``, ``chain``, ``car`` or ``hand``."""
    rows: list[tuple[str, int, tuple[float, float, float]]] = []
    if name == "quadruped":
        rows = [("spine", -1, (0.0, 0.5, 0.9)), ("spine.001", 0, (0.0, 0.1, 0.95))]
        rows += [("spine.002", 1, (0.0, -0.3, 0.95)), ("neck", 2, (0.0, -0.5, 1.0))]
        rows += [("head", 3, (0.0, -0.8, 1.3)), ("tail", 0, (0.0, 0.7, 0.8))]
        for side, x in (("L", 0.15), ("R", -0.15)):
            for parent, names, y in (
                (0, ("thigh", "shin", "foot", "toe"), 0.5),
                (2, ("upper_arm", "forearm", "hand", "palm"), -0.35),
            ):
                for n, bone in enumerate(names):
                    place = (x, y + (0.03, -0.05, 0.05, -0.05)[n], (0.85, 0.45, 0.1, 0.0)[n])
                    rows.append((f"{bone}.{side}", parent if n == 0 else len(rows) - 1, place))
    elif name == "chain":
        rows = [(f"Bone.{n:03d}", n - 1, (0.0, 0.0, 0.1 * n)) for n in range(60)]
    elif name == "car":
        rows = [("root", -1, (0.0, 0.0, 0.0)), ("body", 0, (0.0, 0.0, 0.5))]
        for side, x in (("L", 0.8), ("R", -0.8)):
            for end, y in (("front", -1.3), ("back", 1.3)):
                rows.append((f"wheel_{end}.{side}", 1, (x, y, 0.3)))
                rows.append((f"brake_{end}.{side}", len(rows) - 1, (x * 0.9, y, 0.3)))
            rows.append((f"door.{side}", 1, (x, -0.3, 0.7)))
            rows.append((f"handle.{side}", len(rows) - 1, (x, 0.4, 0.8)))
    else:
        hand = make_system("mixamo")
        below = hand.bones.index("mixamorig:LeftHand")
        return picked(hand, [n for n in range(len(hand.bones)) if below in (n, *hand.ancestors(n))])
    heads = np.array([place for _, _, place in rows])
    count = len(rows)
    return Rig(
        name=name,
        bones=tuple(bone for bone, _, _ in rows),
        parents=np.array([parent for _, parent, _ in rows]),
        rotations=np.tile([1.0, 0.0, 0.0, 0.0], (count, 1)),
        heads=heads,
        tails=heads + np.array([0.0, 0.1, 0.0]),
        inherits_rotation=np.ones(count, dtype=bool),
        local_location=np.ones(count, dtype=bool),
        connected=np.zeros(count, dtype=bool),
    )


def _landmarks(pose: RestPose, outline: Outline) -> dict[str, np.ndarray]:
    """Places in metres in Blender's world by name, in ``pose``."""
    places: dict[str, np.ndarray] = {}
    owners: dict[str, str] = {}
    factors = {"arm": outline.arms, "leg": outline.legs, "trunk": outline.trunk}
    for joint, (name, parent) in enumerate(zip(JOINTS, PARENTS, strict=True)):
        base = name.rpartition("_")[2]
        limb = "leg" if base in ("hip", "knee", "ankle") else "trunk"
        limb = "arm" if base in ("shoulder", "elbow", "wrist") else limb
        start = places[JOINTS[parent]] if parent >= 0 else np.zeros(3)
        offset = OFFSETS[joint] if parent >= 0 else np.array([0.0, STANDING_HEIGHT, 0.0])
        places[name] = start + to_blender(offset) * factors[limb]
        owners[name] = name

    def mark(name: str, owner: str, offset: tuple[float, float, float]) -> None:
        places[name], owners[name] = places[owner] + np.array(offset), owner

    for side, sign in (("left", 1.0), ("right", -1.0)):
        for finger, knuckles in KNUCKLES.items():
            last = 2 * np.array(knuckles[2]) - knuckles[1]
            for n, (x, y, z) in enumerate([*knuckles, tuple(last)], start=1):
                mark(f"{side}_{finger}{n}", f"{side}_wrist", (sign * x, y, z))
        mark(f"{side}_hand_tip", f"{side}_wrist", (sign * 0.095, -0.008, 0.0))
        mark(f"{side}_toe_tip", f"{side}_foot", (0.0, -0.07, 0.0))
        mark(f"{side}_eye", "head", (sign * 0.032, -0.075, 0.075))
    mark("jaw", "head", (0.0, -0.02, 0.02))
    mark("head_top", "head", (0.0, 0.0, 0.19))
    for moved, rotation in joint_swings(pose).items():
        _swing(places, owners, moved, rotation)
    lift = 0.08 - places["left_ankle"][2]
    places = {name: place + np.array([0.0, 0.0, lift]) for name, place in places.items()}
    return places | {"ground": np.zeros(3)}


def joint_swings(pose: RestPose) -> dict[str, np.ndarray]:
    """How ``pose`` turns each joint ``[4]`` and what hangs from it, in order; Blender's world."""
    swings = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        down = turn("Y", sign * pose.arms_down)
        forward = turn("Z", -sign * pose.arms_forward)
        arm = quat.multiply(quat.multiply(forward, down), turn("X", -pose.arms_turned))
        leg = quat.multiply(turn("Y", -sign * pose.legs_out), turn("Z", sign * pose.legs_turned))
        knee = turn("X", pose.knees)
        above = quat.multiply(leg, knee)
        swings[f"{side}_wrist"] = turn("X", -pose.palms_forward)
        swings[f"{side}_elbow"] = turn("Z", -sign * pose.elbows)
        swings[f"{side}_shoulder"] = arm
        level = quat.multiply(quat.conjugate(above), turn("Z", sign * pose.toes_out))
        swings[f"{side}_ankle"] = level
        swings[f"{side}_knee"] = knee
        swings[f"{side}_hip"] = leg
    return swings


def rest_turns(pose: str) -> dict[str, np.ndarray]:
    """How far each joint ``[4]`` is turned away from the T-pose in Blender's world."""
    swings = joint_swings(POSES[pose])
    found: dict[str, np.ndarray] = {}
    for joint, parent in zip(JOINTS, PARENTS, strict=True):
        above = found[JOINTS[parent]] if parent >= 0 else turn("X", 0.0)
        found[joint] = quat.multiply(above, swings.get(joint, turn("X", 0.0)))
    return found


def _swing(
    places: dict[str, np.ndarray], owners: dict[str, str], joint: str, rotation: np.ndarray
) -> None:
    """Turns everything that hangs from ``joint`` about it."""
    hanging = {joint}
    for name, parent in zip(JOINTS, PARENTS, strict=True):
        if parent >= 0 and JOINTS[parent] in hanging:
            hanging.add(name)
    centre = places[joint].copy()
    for name, owner in owners.items():
        if owner in hanging:
            places[name] = centre + quat.rotate(rotation, places[name] - centre)


def _at(marks: dict[str, np.ndarray], place: str, side: str) -> np.ndarray:
    """``landmark``, ``from/to:fraction`` or ``landmark+left,back,up`` as a place ``[3]``."""

    def known(name: str) -> np.ndarray:
        return marks[f"{side}_{name}"] if f"{side}_{name}" in marks else marks[name]

    if "/" in place:
        names, _, fraction = place.partition(":")
        start, end = (known(name) for name in names.split("/"))
        return start + float(fraction) * (end - start)
    name, _, offset = place.partition("+")
    shift = np.array([float(v) for v in offset.split(",")]) if offset else np.zeros(3)
    if side == "right":
        shift = shift * [-1.0, 1.0, 1.0]
    return known(name) + shift


def _aims(rows: tuple[_Row, ...], heads: np.ndarray, marks: dict[str, np.ndarray]) -> np.ndarray:
    """From each bone's head to where its limb goes on, ``[B, 3]``."""
    aims = np.zeros((len(rows), 3))
    for bone, row in enumerate(rows):
        base = row.target.removeprefix(f"{row.side}_")
        children = [c for c, r in enumerate(rows) if r.parent == bone and r.kind != "@"]
        ahead = [heads[c] - heads[bone] for c in children]
        aim = next((a for a in ahead if np.linalg.norm(a) > 1e-4), None)
        if row.kind == "=" and base in TIPS:
            aim = _at(marks, TIPS[base], row.side) - heads[bone]
        elif base in SEGMENTS:
            aim = _at(marks, SEGMENTS[base][1], row.side) - heads[bone]
        elif base in ("eye", "jaw"):
            aim = np.array([0.0, -0.05, 0.0])
        elif row.kind == "@" and base == "" and row.parent >= 0 and aim is None:
            aim = 0.3 * aims[row.parent]
        if aim is None:
            aim = aims[row.parent] if row.parent >= 0 else np.array([0.0, 0.0, 0.2])
        aims[bone] = aim
    return aims


def _axes(outline: Outline, row: _Row, aim: np.ndarray) -> np.ndarray:
    """The rest rotation ``[4]`` of a bone in Blender's world, by the system's convention.

    A convention such as ``+x-y`` says which own axis runs along the limb and which one looks to
    the front (of feet and hands: up). ``world`` is no turn at all.
    """
    base = row.target.removeprefix(f"{row.side}_")
    group = next((g for g, names in GROUPS.items() if base in names), "trunk")
    convention = outline.axes.get(group, outline.axes["trunk"])
    if isinstance(convention, tuple):
        convention = convention[row.side == "right"]
    if convention == "world":
        return np.array([1.0, 0.0, 0.0, 0.0])
    if convention == "y-up world":
        return turn("X", 90.0)
    front = np.array([0.0, 0.0, 1.0] if group in ("foot", "hand") else [0.0, -1.0, 0.0])
    along = quat.normalize(aim)
    if abs(along @ front) > 0.95:
        front = np.array([0.0, -1.0, 0.0] if group in ("foot", "hand") else [0.0, 0.0, 1.0])
    front = quat.normalize(front - (front @ along) * along)
    columns = np.zeros((3, 3))
    first, second = ("xyz".index(convention[n]) for n in (1, 3))
    columns[:, first] = along if convention[0] == "+" else -along
    columns[:, second] = front if convention[2] == "+" else -front
    third = 3 - first - second
    columns[:, third] = np.cross(columns[:, (third + 1) % 3], columns[:, (third + 2) % 3])
    return quat.from_matrix(columns)
