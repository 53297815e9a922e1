"""Rotations in the channels that an animator chose for a bone: quaternion, Euler, axis-angle.

The bone's own rotation mode is kept: controls, drivers and other actions of the rig rely on it.
Blender's Euler order ``XYZ`` turns about X first, so its matrix is ``Rz Ry Rx``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .quaternions import normalize, to_matrix, unroll


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
    locked_first = np.arctan2(-sign * m[:, j, k], m[:, j, j])  # when the third angle is 0
    angles = np.empty((len(quats), 3))
    before = np.zeros(3)
    for frame in range(len(quats)):
        if cosine[frame] < 1e-6:
            turn = -sign * np.sign(m[frame, k, i])
            here = np.array([locked_first[frame] + turn * before[2], second[frame], before[2]])
            before = _nearest(here[None], before)
        else:
            here = np.array([first[frame], second[frame], third[frame]])
            before = _nearest(np.stack([here, [np.pi, np.pi, np.pi] + here * [1, -1, 1]]), before)
        angles[frame] = before
    values = np.empty_like(angles)
    values[:, [i, j, k]] = angles
    return values


def _nearest(triples: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Of ``triples[N, 3]``, each moved by whole turns, the one nearest to ``before[3]``."""
    moved = triples - 2 * np.pi * np.round((triples - before) / (2 * np.pi))
    return moved[np.argmin(np.sum(np.abs(moved - before), axis=1))]


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
