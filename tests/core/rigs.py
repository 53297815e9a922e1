"""Rigs made from scratch, and Blender's own way of posing them, in NumPy."""

from __future__ import annotations

import numpy as np

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.axes import to_blender
from kpop_choreo_addon.core.body import JOINTS, PARENTS, rest_positions
from kpop_choreo_addon.core.humanoid import bone_maps
from kpop_choreo_addon.core.retarget import BoneMotion
from kpop_choreo_addon.core.rig import Rig
from tests.core.synthetic import turn

IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])
MIXAMO = next(m for m in bone_maps() if m.name == "mixamo")


def make_rig(
    arms_down: float = 0.0,
    legs_out: float = 0.0,
    toes_out: float = 0.0,
    scale: float = 1.0,
    space: np.ndarray = IDENTITY,
    seed: int | None = None,
    prefix: str = "mixamorig:",
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Rig:
    """A rig with Mixamo's names and a root bone above the hips.

    Args:
        arms_down: degrees by which the arms hang below a T-pose.
        legs_out: degrees by which each leg points outward.
        toes_out: degrees by which each foot points outward.
        scale: armature units for a metre.
        space: rotation from Blender's world to the armature's own axes.
        seed: of random bone rolls; none for no rolls.
        origin: of the armature's space, in its units.
    """
    places = to_blender(rest_positions())
    for side, sign in (("left", 1.0), ("right", -1.0)):
        _swing(places, f"{side}_shoulder", turn("Y", sign * arms_down))
        _swing(places, f"{side}_hip", turn("Y", -sign * legs_out))
        level = quat.multiply(turn("Z", sign * toes_out), turn("Y", sign * legs_out))
        _swing(places, f"{side}_ankle", level)
    places[:, 2] -= places[JOINTS.index("left_foot"), 2] - 0.02
    places = quat.rotate(space, places) * scale + np.array(origin)
    heads = np.concatenate([[np.array(origin)], places])
    names = ["Root"] + [prefix + MIXAMO.bones[joint] for joint in JOINTS]
    parents = np.array([-1] + [p + 1 for p in PARENTS])
    tails = heads + quat.rotate(space, np.array([0.0, 0.0, 0.1])) * scale
    for bone, parent in enumerate(parents):
        if parent > 0:
            tails[parent] = heads[bone]
    rng = np.random.default_rng(seed)
    rotations = np.tile(IDENTITY, (len(names), 1))
    if seed is not None:
        rotations = rng.normal(size=(len(names), 4))
    return Rig(
        name="Rig",
        bones=tuple(names),
        parents=parents,
        rotations=quat.normalize(rotations),
        heads=heads,
        tails=tails,
        inherits_rotation=np.ones(len(names), dtype=bool),
        local_location=np.ones(len(names), dtype=bool),
        connected=np.zeros(len(names), dtype=bool),
    )


def _swing(places: np.ndarray, joint: str, rotation: np.ndarray) -> None:
    """Turns everything that hangs from ``joint`` about it."""
    start = JOINTS.index(joint)
    hanging = {start}
    for number, parent in enumerate(PARENTS):
        if parent in hanging:
            hanging.add(number)
            places[number] = places[start] + quat.rotate(rotation, places[number] - places[start])


def posed_heads(rig: Rig, motion: BoneMotion) -> np.ndarray:
    """Heads ``[T, B, 3]`` as Blender composes parent, rest and basis matrices."""
    return composed(rig, motion)[1]


def composed(rig: Rig, motion: BoneMotion) -> tuple[np.ndarray, np.ndarray]:
    """Rotations ``[T, B, 4]`` and heads ``[T, B, 3]`` of all bones in armature space."""
    frames = len(motion.quats)
    heads = np.zeros((frames, len(rig.bones), 3))
    turns = np.zeros((frames, len(rig.bones), 4))
    for bone, name in enumerate(rig.bones):
        rest, parent = rig.rotations[bone], int(rig.parents[bone])
        basis = np.array([1.0, 0.0, 0.0, 0.0])
        if name in motion.bones:
            basis = motion.quats[:, motion.bones.index(name)]
        shift = motion.locations.get(name, np.zeros(3))
        local = rig.local_location[bone]
        if parent < 0:
            turns[:, bone] = quat.multiply(rest, basis)
            heads[:, bone] = rig.heads[bone] + (quat.rotate(rest, shift) if local else shift)
            continue
        above = quat.multiply(turns[:, parent], quat.conjugate(rig.rotations[parent]))
        axes = quat.multiply(above, rest) if local else turns[:, parent]
        away = quat.rotate(above, rig.heads[bone] - rig.heads[parent])
        heads[:, bone] = heads[:, parent] + away + quat.rotate(axes, shift)
        inherited = quat.multiply(above, rest) if rig.inherits_rotation[bone] else rest
        turns[:, bone] = quat.multiply(inherited, basis)
    return turns, heads


def angle_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees between directions ``[..., 3]``."""
    cosine = np.sum(quat.normalize(a) * quat.normalize(b), axis=-1)
    return np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0)))
