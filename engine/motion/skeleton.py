"""The 22-joint body that the engine dances with, and its forward kinematics.

Names and order are those of SMPL's body (Loper et al., 2015); proportions are our own, of an
adult of about 1.75 m. At rest the body stands in a T-pose, all joint frames aligned to the world:
Y up, +Z forward, +X to the dancer's left. Lengths are metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from jaxtyping import Float, Int

from engine.motion.rotations import quat_multiply, quat_rotate

Array = Any


@dataclass(frozen=True, eq=False)
class Skeleton:
    """A hierarchy of joints; parents come before their children, the root's parent is -1."""

    names: tuple[str, ...]
    parents: Int[np.ndarray, " J"]
    offsets: Float[np.ndarray, "J 3"]
    """Metres, in the parent's frame, in the rest pose; the root's is zero."""

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def index(self) -> dict[str, int]:
        """Joint number by name."""
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def mirror(self) -> Int[np.ndarray, " J"]:
        """For each joint, the number of its counterpart on the other side (or its own)."""
        swap = {"left": "right", "right": "left"}
        partner = [
            self.index.get("_".join([swap.get(name.split("_")[0], ""), *name.split("_")[1:]]), i)
            for i, name in enumerate(self.names)
        ]
        return np.array(partner)

    def rest_positions(self) -> Float[np.ndarray, "J 3"]:
        """Joint positions of the rest pose with the root at the origin."""
        positions = np.zeros((len(self), 3))
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                positions[joint] = positions[parent] + self.offsets[joint]
        return positions


@dataclass(frozen=True, eq=False)
class Pose:
    """World-space result of forward kinematics."""

    positions: Array
    """``[..., J, 3]`` metres."""
    rotations: Array
    """``[..., J, 4]`` quaternions wxyz."""


def forward_kinematics(skeleton: Skeleton, local_quats: Array, root_positions: Array) -> Pose:
    """World positions and rotations of every joint.

    Args:
        local_quats: ``[..., J, 4]`` wxyz, relative to the parent.
        root_positions: ``[..., 3]`` metres.
    """
    positions: list[Array] = []
    rotations: list[Array] = []
    xp = array_namespace(local_quats)
    offsets = _like(skeleton.offsets, local_quats)
    for joint, parent in enumerate(skeleton.parents.tolist()):
        local = local_quats[..., joint, :]
        if parent < 0:
            positions.append(root_positions)
            rotations.append(local)
        else:
            positions.append(positions[parent] + quat_rotate(rotations[parent], offsets[joint]))
            rotations.append(quat_multiply(rotations[parent], local))
    return Pose(xp.stack(positions, axis=-2), xp.stack(rotations, axis=-2))


def forward_kinematics_matrices(
    skeleton: Skeleton, local_matrices: Array, root_positions: Array
) -> Array:
    """Joint positions ``[..., J, 3]`` from local rotation matrices ``[..., J, 3, 3]``.

    The form that training differentiates through: no quaternions, so no sign or square root.
    """
    xp = array_namespace(local_matrices)
    offsets = _like(skeleton.offsets, local_matrices)
    positions: list[Array] = []
    world: list[Array] = []
    for joint, parent in enumerate(skeleton.parents.tolist()):
        local = local_matrices[..., joint, :, :]
        if parent < 0:
            positions.append(root_positions)
            world.append(local)
        else:
            positions.append(positions[parent] + (world[parent] @ offsets[joint]))
            world.append(world[parent] @ local)
    return xp.stack(positions, axis=-2)


def _like(values: np.ndarray, reference: Array) -> Array:
    """``values`` as the same kind of array (library, type, device) as ``reference``."""
    if isinstance(reference, np.ndarray):
        return values.astype(reference.dtype)
    return reference.new_tensor(values)


def _body() -> Skeleton:
    """Our dancer: hip width 19 cm, arm span equal to height, hip joints at 0.90 m."""
    table: tuple[tuple[str, str, tuple[float, float, float]], ...] = (
        ("pelvis", "", (0.0, 0.0, 0.0)),
        ("left_hip", "pelvis", (0.095, -0.075, 0.0)),
        ("right_hip", "pelvis", (-0.095, -0.075, 0.0)),
        ("spine1", "pelvis", (0.0, 0.11, -0.015)),
        ("left_knee", "left_hip", (0.0, -0.415, 0.0)),
        ("right_knee", "right_hip", (0.0, -0.415, 0.0)),
        ("spine2", "spine1", (0.0, 0.13, 0.0)),
        ("left_ankle", "left_knee", (0.0, -0.405, 0.0)),
        ("right_ankle", "right_knee", (0.0, -0.405, 0.0)),
        ("spine3", "spine2", (0.0, 0.06, 0.01)),
        ("left_foot", "left_ankle", (0.0, -0.06, 0.125)),
        ("right_foot", "right_ankle", (0.0, -0.06, 0.125)),
        ("neck", "spine3", (0.0, 0.20, -0.01)),
        ("left_collar", "spine3", (0.06, 0.12, -0.005)),
        ("right_collar", "spine3", (-0.06, 0.12, -0.005)),
        ("head", "neck", (0.0, 0.10, 0.02)),
        ("left_shoulder", "left_collar", (0.115, 0.015, -0.01)),
        ("right_shoulder", "right_collar", (-0.115, 0.015, -0.01)),
        ("left_elbow", "left_shoulder", (0.275, 0.0, 0.0)),
        ("right_elbow", "right_shoulder", (-0.275, 0.0, 0.0)),
        ("left_wrist", "left_elbow", (0.25, 0.0, 0.0)),
        ("right_wrist", "right_elbow", (-0.25, 0.0, 0.0)),
    )
    names = tuple(row[0] for row in table)
    parents = np.array([names.index(row[1]) if row[1] else -1 for row in table])
    return Skeleton(names, parents, np.array([row[2] for row in table]))


BODY = _body()
"""The skeleton of every clip that the engine makes."""

CONTACT_JOINTS = ("left_ankle", "left_foot", "right_ankle", "right_foot")
"""The joints that a clip's foot contacts speak of, in their order."""
ANKLE_HEIGHT = 0.08
"""Metres from the floor to the ankle joint of :data:`BODY`, standing."""
FOOT_HEIGHT = ANKLE_HEIGHT - 0.06
"""Metres from the floor to the foot joint (the ball of the foot) of :data:`BODY`, standing."""
STANDING_HEIGHT = 0.075 + 0.415 + 0.405 + ANKLE_HEIGHT
"""Height in metres of the pelvis of :data:`BODY`, standing straight."""


def mirror_motion(
    local_quats: Float[np.ndarray, "*batch J 4"], root_positions: Float[np.ndarray, "*batch 3"]
) -> tuple[Float[np.ndarray, "*batch J 4"], Float[np.ndarray, "*batch 3"]]:
    """The same motion seen in a mirror that stands across the X axis; left and right swap."""
    quats = local_quats[..., BODY.mirror, :] * np.array([1.0, 1.0, -1.0, -1.0])
    return quats, root_positions * np.array([-1.0, 1.0, 1.0])
