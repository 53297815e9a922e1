"""A dance baked onto a game skeleton: one root, rigid bones, poses in the world.

Everything is in Blender's world (metres, Z up, front -Y) until :func:`in_space` turns it into the
axes and units of a file. Notation: R_b is the rest of bone b and G_b(t) its pose, both as rotation
and place in the world; p is its parent. A file holds the local ones,

    rest   R_p^-1 R_b,        pose   G_p^-1 G_b,

and the skin follows G_b R_b^-1. The root's rest is the identity in the file's axes, whatever the
axes are, and in the world it stands on the floor under the body.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import quaternions as quat

ROOT_MODES = ("ROOT", "HIPS", "IN_PLACE")
"""Where the way over the floor is keyed: on the root, on the hips, nowhere."""
UP = np.array([0.0, 0.0, 1.0])
CLEAR = 0.3
"""Part of a rotation's quaternion in the vertical from which on it tells a heading."""
STILL = 1e-6
"""Metres by which a bone may be off its rest and counts as not moved."""


@dataclass(frozen=True, eq=False)
class GameMotion:
    """T frames of B bones; bone 0 is the root."""

    bones: tuple[str, ...]
    """Parents come first."""
    parents: np.ndarray
    """``[B]``; -1 for the root only."""
    rest_rotations: np.ndarray
    """``[B, 4]`` R_b"""
    rest_places: np.ndarray
    """``[B, 3]`` heads at rest."""
    lengths: np.ndarray
    """``[B]`` along the bone's own Y axis."""
    rotations: np.ndarray
    """``[T, B, 4]`` G_b"""
    places: np.ndarray
    """``[T, B, 3]`` heads."""
    fps: float
    joints: dict[str, int]
    """Bone by joint of the body, as far as they are known."""

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self.places)

    @property
    def hips(self) -> int:
        """The bone that carries the body."""
        return self.joints.get("pelvis", min(1, len(self.bones) - 1))


@dataclass(frozen=True, eq=False)
class LocalMotion:
    """The same relative to the parent, as files hold it."""

    rest_rotations: np.ndarray
    """``[B, 4]``"""
    rest_places: np.ndarray
    """``[B, 3]``"""
    rotations: np.ndarray
    """``[T, B, 4]``, signs continuous."""
    places: np.ndarray
    """``[T, B, 3]``"""

    def moves(self, bone: int, still: float) -> bool:
        """Whether ``bone`` leaves its place against its parent by more than ``still``."""
        return bool(np.abs(self.places[:, bone] - self.rest_places[bone]).max() > still)


def local(motion: GameMotion) -> LocalMotion:
    """``motion`` relative to the parents."""
    rest_turns, rest_places = _local(motion.parents, motion.rest_rotations, motion.rest_places)
    turns, places = _local(motion.parents, motion.rotations, motion.places)
    return LocalMotion(rest_turns, rest_places, quat.unroll(turns), places)


def _local(
    parents: np.ndarray, rotations: np.ndarray, places: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """``[..., B, 4]`` and ``[..., B, 3]`` relative to the parents."""
    turns, steps = rotations.copy(), places.copy()
    below = np.flatnonzero(parents >= 0)
    back = quat.conjugate(rotations[..., parents[below], :])
    turns[..., below, :] = quat.multiply(back, rotations[..., below, :])
    away = places[..., below, :] - places[..., parents[below], :]
    steps[..., below, :] = quat.rotate(back, away)
    return turns, steps


def with_root_motion(motion: GameMotion, mode: str, floor: float = 0.0) -> GameMotion:
    """``motion`` with its way over the floor keyed as ``mode`` of :data:`ROOT_MODES` says.

    ``ROOT``: the root goes under the hips and turns with them; ``HIPS``: the root stays at the
    origin. All joints are at the same places of the world in both. ``IN_PLACE``: the root stays
    and the hips stay above it; the body still turns and bends.
    """
    rotations, places = motion.rotations.copy(), motion.places.copy()
    rotations[:, 0], places[:, 0] = motion.rest_rotations[0], motion.rest_places[0]
    way = motion.places[:, motion.hips] * np.array([1.0, 1.0, 0.0])
    if mode == "ROOT":
        turns = quat.about(UP, heading(motion))
        rotations[:, 0] = quat.multiply(turns, motion.rest_rotations[0])
        places[:, 0] = way + floor * UP
    elif mode == "IN_PLACE":
        places[:, 1:] -= way[:, None]
    return replace(motion, rotations=rotations, places=places)


def heading(motion: GameMotion) -> np.ndarray:
    """Radians ``[T]`` by which the hips are turned about the vertical, without jumps.

    It is the twist of their rotation about the vertical, so a bow or a lean has none. While they
    are upside down it goes evenly from the one before to the one after.
    """
    hips = motion.hips
    turns = quat.multiply(motion.rotations[:, hips], quat.conjugate(motion.rest_rotations[hips]))
    w, z = turns[:, 0], turns[:, 3]
    clear = np.flatnonzero(np.hypot(w, z) >= CLEAR)
    if not len(clear):
        return np.zeros(motion.frames)
    angles = 2.0 * np.unwrap(np.arctan2(z[clear], w[clear]), period=np.pi)
    return np.interp(np.arange(motion.frames), clear, angles)


def in_space(motion: GameMotion, axes: np.ndarray, units: float) -> GameMotion:
    """``motion`` in other axes, turned by ``axes[4]``, with ``units`` for a metre."""

    def turned(rotations: np.ndarray) -> np.ndarray:
        return quat.multiply(axes, rotations)

    def moved(places: np.ndarray) -> np.ndarray:
        return units * quat.rotate(axes, places)

    return replace(
        motion,
        rest_rotations=turned(motion.rest_rotations),
        rest_places=moved(motion.rest_places),
        lengths=units * motion.lengths,
        rotations=turned(motion.rotations),
        places=moved(motion.places),
    )


def split_matrices(matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotations ``[..., 4]`` and places ``[..., 3]`` of ``matrices[..., 4, 4]``.

    Stretch and shear are left out, keeping the direction of the Y axis, along which bones lie.
    Mirrored matrices get their X axis turned round, in rest and pose alike.
    """
    y = quat.normalize(matrices[..., :3, 1])
    z = matrices[..., :3, 2]
    z = quat.normalize(z - np.sum(z * y, axis=-1, keepdims=True) * y)
    x = np.cross(y, z)
    return quat.from_matrices(np.stack([x, y, z], axis=-1)), matrices[..., :3, 3]
