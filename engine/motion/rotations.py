"""Rotations, written once for NumPy and torch (array API standard).

Quaternions are wxyz, unit length, right-handed; matrices act on column vectors. The 6D form is
the first two columns of the rotation matrix, one after the other (Zhou et al., 2019, "On the
Continuity of Rotation Representations in Neural Networks"). All angles are radians.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from jaxtyping import Float

Array = Any
"""A NumPy array or a torch tensor: the two share the functions used here."""


def normalize(vectors: Array, eps: float = 1e-12) -> Array:
    """Scales ``vectors[..., N]`` to unit length; a vector shorter than ``eps`` stays near zero."""
    xp = array_namespace(vectors)
    squared = xp.sum(vectors * vectors, axis=-1, keepdims=True)
    return vectors / xp.sqrt(xp.clip(squared, eps * eps, None))


def cross(a: Array, b: Array) -> Array:
    """Cross product of ``a[..., 3]`` and ``b[..., 3]``, with broadcasting."""
    xp = array_namespace(a, b)
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    return xp.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)


def quat_identity(*shape: int) -> Float[np.ndarray, "*shape 4"]:
    """Identity quaternions of the given leading shape."""
    quats = np.zeros((*shape, 4))
    quats[..., 0] = 1.0
    return quats


def quat_multiply(a: Array, b: Array) -> Array:
    """Hamilton product of ``a[..., 4]`` and ``b[..., 4]``: first ``b``, then ``a``."""
    xp = array_namespace(a, b)
    aw, ax, ay, az = a[..., 0], a[..., 1], a[..., 2], a[..., 3]
    bw, bx, by, bz = b[..., 0], b[..., 1], b[..., 2], b[..., 3]
    return xp.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def quat_conjugate(quats: Array) -> Array:
    """The inverse of unit quaternions ``[..., 4]``."""
    xp = array_namespace(quats)
    return xp.concat([quats[..., :1], -quats[..., 1:]], axis=-1)


def quat_rotate(quats: Array, vectors: Array) -> Array:
    """Rotates ``vectors[..., 3]`` by ``quats[..., 4]``, with broadcasting."""
    u = quats[..., 1:]
    t = 2.0 * cross(u, vectors)
    return vectors + quats[..., :1] * t + cross(u, t)


def quat_from_axis_angle(axis: Array, angle: Array) -> Array:
    """Rotation by ``angle[...]`` radians about the unit ``axis[..., 3]``."""
    xp = array_namespace(axis, angle)
    half = angle * 0.5
    return xp.concat([xp.cos(half)[..., None], axis * xp.sin(half)[..., None]], axis=-1)


def quat_between(
    source: Float[np.ndarray, "*batch 3"], target: Float[np.ndarray, "*batch 3"]
) -> Float[np.ndarray, "*batch 4"]:
    """The smallest rotation that takes direction ``source`` to direction ``target``.

    Opposite directions turn half a circle about an axis square to ``source``.
    """
    s, t = np.broadcast_arrays(normalize(source), normalize(target))
    real = 1.0 + np.sum(s * t, axis=-1, keepdims=True)
    quats = np.concatenate([real, cross(s, t)], axis=-1)
    opposite = real[..., 0] < 1e-8
    if np.any(opposite):
        helper = np.where(np.abs(s[..., :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
        half_turn = np.concatenate([np.zeros_like(real), normalize(cross(s, helper))], axis=-1)
        quats = np.where(opposite[..., None], half_turn, quats)
    return normalize(quats)


def quat_log(quats: Float[np.ndarray, "*batch 4"]) -> Float[np.ndarray, "*batch 3"]:
    """Rotation vectors (axis times angle, radians, angle at most pi)."""
    quats = np.where(quats[..., :1] < 0, -quats, quats)
    sine = np.linalg.norm(quats[..., 1:], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, quats[..., :1])
    scale = np.where(sine > 1e-9, angle / np.maximum(sine, 1e-9), 2.0)
    return quats[..., 1:] * scale


def quat_exp(vectors: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 4"]:
    """Quaternions of rotation vectors (radians); inverse of :func:`quat_log`."""
    angle = np.linalg.norm(vectors, axis=-1)
    axis = vectors / np.maximum(angle, 1e-12)[..., None]
    return quat_from_axis_angle(axis, angle)


def quat_angle(
    a: Float[np.ndarray, "*batch 4"], b: Float[np.ndarray, "*batch 4"]
) -> Float[np.ndarray, "*batch"]:
    """Angle in radians (0..pi) between two rotations, whatever their signs."""
    delta = quat_multiply(quat_conjugate(a), b)
    return 2.0 * np.arctan2(np.linalg.norm(delta[..., 1:], axis=-1), np.abs(delta[..., 0]))


def quat_slerp(
    a: Float[np.ndarray, "*batch 4"],
    b: Float[np.ndarray, "*batch 4"],
    weight: Float[np.ndarray, "*batch"] | float,
) -> Float[np.ndarray, "*batch 4"]:
    """Shortest-arc interpolation, ``weight`` 0 gives ``a`` and 1 gives ``b`` (Shoemake, 1985)."""
    step = quat_log(quat_multiply(quat_conjugate(a), b))
    return normalize(quat_multiply(a, quat_exp(step * np.asarray(weight)[..., None])))


def quat_unroll(quats: Float[np.ndarray, "T *batch 4"]) -> Float[np.ndarray, "T *batch 4"]:
    """Chooses signs so that neighbours in time never jump between ``q`` and ``-q``.

    The first frame gets a non-negative real part.
    """
    dots = np.sum(quats[1:] * quats[:-1], axis=-1)
    flips = np.cumprod(np.where(dots < 0, -1.0, 1.0), axis=0)
    first = np.where(quats[:1, ..., 0] < 0, -1.0, 1.0)
    signs = np.concatenate([first, first * flips], axis=0)
    return (quats * signs[..., None]).astype(quats.dtype)


def quat_resample(
    quats: Float[np.ndarray, "T *batch 4"], positions: Float[np.ndarray, " N"]
) -> Float[np.ndarray, "N *batch 4"]:
    """Samples rotations at fractional frame ``positions`` (clamped to the clip), by slerp."""
    last = len(quats) - 1
    positions = np.clip(positions, 0, last)
    lower = np.minimum(positions.astype(int), max(last - 1, 0))
    weight = (positions - lower).reshape((-1,) + (1,) * (quats.ndim - 2))
    upper = np.minimum(lower + 1, last)
    return quat_slerp(quats[lower], quats[upper], np.broadcast_to(weight, quats[lower].shape[:-1]))


def quat_average(
    quats: Float[np.ndarray, "T 4"], weights: Float[np.ndarray, " T"] | None = None
) -> Float[np.ndarray, " 4"]:
    """Weighted mean rotation: the main eigenvector of sum w q qT (Markley et al., 2007)."""
    weights = np.ones(len(quats)) if weights is None else weights
    moment = np.einsum("t,ti,tj->ij", weights, quats, quats)
    mean = np.linalg.eigh(moment)[1][:, -1]
    return mean if mean[0] >= 0 else -mean


@dataclass(frozen=True, eq=False)
class SwingTwist:
    """A rotation as ``swing * twist``."""

    swing: Float[np.ndarray, "*batch 4"]
    twist: Float[np.ndarray, "*batch 4"]


def swing_twist(
    quats: Float[np.ndarray, "*batch 4"], axis: Float[np.ndarray, "*#batch 3"]
) -> SwingTwist:
    """Splits rotations into a twist about the unit ``axis`` and the swing that follows it."""
    along = np.sum(quats[..., 1:] * axis, axis=-1, keepdims=True)
    twist = np.concatenate([quats[..., :1], along * axis], axis=-1)
    length = np.linalg.norm(twist, axis=-1, keepdims=True)
    twist = np.where(length > 1e-9, twist / np.maximum(length, 1e-9), [1.0, 0.0, 0.0, 0.0])
    return SwingTwist(quat_multiply(quats, quat_conjugate(twist)), twist)


def yaw_of(quats: Float[np.ndarray, "*batch 4"]) -> Float[np.ndarray, "*batch"]:
    """Heading in radians: the direction of the rotated +Z axis on the floor, 0 along +Z.

    Where +Z points straight up or down, the rotated +Y axis (its opposite, its own) is taken.
    """
    forward = quat_rotate(quats, np.array([0.0, 0.0, 1.0]))
    up = quat_rotate(quats, np.array([0.0, 1.0, 0.0]))
    steep = np.hypot(forward[..., 0], forward[..., 2]) < 0.2
    instead = -np.sign(forward[..., 1:2]) * up
    flat = np.where(steep[..., None], instead, forward)
    return np.arctan2(flat[..., 0], flat[..., 2])


def quat_yaw(yaw: Float[np.ndarray, "*batch"] | float) -> Float[np.ndarray, "*batch 4"]:
    """Rotation by ``yaw`` radians about +Y (positive turns +Z towards +X)."""
    yaw = np.asarray(yaw, dtype=float)
    axis = np.broadcast_to(np.array([0.0, 1.0, 0.0]), (*yaw.shape, 3))
    return quat_from_axis_angle(axis, yaw)


def matrix_from_quat(quats: Array) -> Array:
    """Rotation matrices ``[..., 3, 3]`` of quaternions ``[..., 4]``."""
    xp = array_namespace(quats)
    w, x, y, z = quats[..., 0], quats[..., 1], quats[..., 2], quats[..., 3]
    rows = [
        xp.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], axis=-1),
        xp.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], axis=-1),
        xp.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], axis=-1),
    ]
    return xp.stack(rows, axis=-2)


def quat_from_matrix(matrices: Float[np.ndarray, "*batch 3 3"]) -> Float[np.ndarray, "*batch 4"]:
    """Quaternions of rotation matrices, real part non-negative (Shepperd, 1978)."""
    m = matrices
    d0, d1, d2 = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    squares = np.stack([1 + d0 + d1 + d2, 1 + d0 - d1 - d2, 1 - d0 + d1 - d2, 1 - d0 - d1 + d2], -1)
    a, b, c = m[..., 2, 1], m[..., 0, 2], m[..., 1, 0]
    d, e, f = m[..., 1, 2], m[..., 2, 0], m[..., 0, 1]
    candidates = np.stack(
        [
            np.stack([squares[..., 0], a - d, b - e, c - f], axis=-1),
            np.stack([a - d, squares[..., 1], c + f, b + e], axis=-1),
            np.stack([b - e, c + f, squares[..., 2], a + d], axis=-1),
            np.stack([c - f, b + e, a + d, squares[..., 3]], axis=-1),
        ],
        axis=-2,
    )
    best = np.argmax(squares, axis=-1)
    quats = normalize(np.take_along_axis(candidates, best[..., None, None], axis=-2)[..., 0, :])
    return np.where(quats[..., :1] < 0, -quats, quats)


def rot6d_from_matrix(matrices: Array) -> Array:
    """6D form ``[..., 6]`` of rotation matrices ``[..., 3, 3]``: first column, second column."""
    xp = array_namespace(matrices)
    return xp.concat([matrices[..., :, 0], matrices[..., :, 1]], axis=-1)


def matrix_from_rot6d(rot6d: Array) -> Array:
    """Rotation matrices of any ``[..., 6]`` values, by Gram-Schmidt."""
    xp = array_namespace(rot6d)
    first = normalize(rot6d[..., :3], 1e-8)
    second = rot6d[..., 3:]
    second = second - xp.sum(first * second, axis=-1, keepdims=True) * first
    second = normalize(second, 1e-8)
    return xp.stack([first, second, cross(first, second)], axis=-1)


def rot6d_from_quat(quats: Array) -> Array:
    """6D form ``[..., 6]`` of quaternions ``[..., 4]``."""
    return rot6d_from_matrix(matrix_from_quat(quats))


def quat_from_rot6d(rot6d: Float[np.ndarray, "*batch 6"]) -> Float[np.ndarray, "*batch 4"]:
    """Quaternions of 6D rotations."""
    return quat_from_matrix(matrix_from_rot6d(rot6d))
