"""Rotations in the channels that an animator chose for a bone: quaternion, Euler, axis-angle.

The bone's own rotation mode is kept: controls, drivers and other actions of the rig rely on it.
Blender's Euler order ``XYZ`` turns about X first, so its matrix is ``Rz Ry Rx``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from .quaternions import multiply, normalize, to_matrix, unroll

_Angles = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Channels:
    """The values of one animated property."""

    property_name: str
    """Like ``rotation_quaternion``."""
    values: np.ndarray
    """``[T, C]``"""


def rotation_channels(quats: np.ndarray, mode: str) -> Channels:
    """``quats[T, 4]`` as the channels of rotation mode ``mode``, without jumps from key to key."""
    if mode == "QUATERNION":
        return Channels("rotation_quaternion", unroll(quats))
    if mode == "AXIS_ANGLE":
        return Channels("rotation_axis_angle", _axis_angle(unroll(quats)))
    return Channels("rotation_euler", euler_from_quats(quats, mode))


def channel_quats(channels: Channels, mode: str) -> np.ndarray:
    """The rotations ``[T, 4]`` that Blender reads from channels of rotation mode ``mode``."""
    values = channels.values
    if mode == "QUATERNION":
        return normalize(values)
    if mode == "AXIS_ANGLE":
        return _about(normalize(values[:, 1:]), values[:, 0])
    total = _about(np.eye(3)["XYZ".index(mode[0])], values[:, "XYZ".index(mode[0])])
    for letter in mode[1:]:
        axis = "XYZ".index(letter)
        total = multiply(_about(np.eye(3)[axis], values[:, axis]), total)
    return total


def _about(axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Rotations ``[T, 4]`` by ``angle[T]`` about unit ``axis[..., 3]``."""
    half = angle[:, None] / 2
    return np.concatenate([np.cos(half), np.sin(half) * axis], axis=-1)


def euler_from_quats(quats: np.ndarray, order: str) -> np.ndarray:
    """Euler angles ``[T, 3]`` (x, y, z, radians) of ``quats[T, 4]`` in Blender's ``order``.

    Each rotation has two triples of angles, each free by whole turns; the one nearest to the
    frame before is taken, and where two axes fall together the last angle stays as it was.
    """
    i, j, k = ("XYZ".index(letter) for letter in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    m = to_matrix(quats)
    cosine = np.hypot(m[:, i, i], m[:, j, i])
    first = np.arctan2(sign * m[:, k, j], m[:, k, k])
    second = np.arctan2(-sign * m[:, k, i], cosine)
    third = np.arctan2(sign * m[:, j, i], m[:, i, i])
    locked = cosine < 1e-6
    first[locked] = np.arctan2(-sign * m[locked, j, k], m[locked, j, j])  # third angle is 0
    values = np.empty((len(quats), 3))
    if not locked.any():
        values[:, [i, j, k]] = _unwound(np.stack([first, second, third], axis=-1))
        return values
    pole = np.where(locked, -sign * np.sign(m[:, k, i]), 0.0)
    rows = zip(first.tolist(), second.tolist(), third.tolist(), pole.tolist(), strict=True)
    values[:, [i, j, k]] = _continuous(rows)
    return values


def _unwound(angles: np.ndarray) -> np.ndarray:
    """What :func:`_continuous` finds where there is no pole, for all frames ``[T, 3]`` at once.

    Each triple's other one is as far from another triple as that triple's other from it, so
    that a frame changes sides from the frame before or does not, whatever side that is on.
    """
    others = angles * [1.0, -1.0, 1.0] + math.pi
    before = np.concatenate([np.zeros((1, 3)), angles[:-1]])
    same, changed = (
        np.linalg.norm(np.mod(side - before + math.pi, math.tau) - math.pi, axis=-1)
        for side in (angles, others)
    )
    side = np.cumsum(changed < same) % 2 == 1
    chosen = np.where(side[:, None], others, angles)
    chosen[0] = np.mod(chosen[0] + math.pi, math.tau) - math.pi
    return np.unwrap(chosen, axis=0)


def _continuous(rows: Iterable[tuple[float, float, float, float]]) -> list[_Angles]:
    """Follows the angles from frame to frame; the fourth value is not 0 at a pole.

    Plain floats, since every frame needs the one before it.
    """
    before: _Angles = (0.0, 0.0, 0.0)
    found = []
    for a, b, c, pole in rows:
        if pole:
            before = _near((a + pole * before[2], b, before[2]), before)
        else:
            one = _near((a, b, c), before)
            other = _near((a + math.pi, math.pi - b, c + math.pi), before)
            before = min((one, other), key=partial(math.dist, before))
        found.append(before)
    return found


def _near(angles: _Angles, before: _Angles) -> _Angles:
    """``angles``, each moved by whole turns to be nearest to the one ``before``."""
    a, b, c = (
        old + math.remainder(new - old, math.tau) for new, old in zip(angles, before, strict=True)
    )
    return a, b, c


def _axis_angle(quats: np.ndarray) -> np.ndarray:
    """Angle and axis ``[T, 4]`` of continuous ``quats[T, 4]``; no turn keeps the axis before it."""
    sine = np.linalg.norm(quats[:, 1:], axis=-1)
    axes = normalize(quats[:, 1:])
    angles = 2.0 * np.arctan2(sine, quats[:, 0])
    axis = np.array([0.0, 1.0, 0.0])
    for frame in range(len(quats)):
        if sine[frame] < 1e-7:
            axes[frame] = axis
        elif axes[frame] @ axis < 0:
            axes[frame], angles[frame] = -axes[frame], -angles[frame]
        axis = axes[frame]
    return np.concatenate([angles[:, None], axes], axis=-1)
