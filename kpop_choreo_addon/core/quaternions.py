"""Quaternions ``[..., 4]`` as wxyz, unit length, right-handed, with NumPy alone."""

from __future__ import annotations

import numpy as np


def multiply(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Hamilton product with broadcasting: first ``b``, then ``a``."""
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def conjugate(quats: np.ndarray) -> np.ndarray:
    """The inverse rotation."""
    return quats * np.array([1.0, -1.0, -1.0, -1.0])


def normalize(vectors: np.ndarray) -> np.ndarray:
    """``vectors[..., N]`` scaled to unit length; zero stays zero."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def rotate(quats: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """``vectors[..., 3]`` turned by ``quats[..., 4]``, with broadcasting."""
    axis = quats[..., 1:]
    twice = 2.0 * np.cross(axis, vectors)
    return vectors + quats[..., :1] * twice + np.cross(axis, twice)


def between(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The smallest rotation ``[4]`` that takes direction ``source[3]`` to ``target[3]``."""
    s, t = normalize(source), normalize(target)
    real = 1.0 + float(s @ t)
    if real < 1e-8:
        helper = np.array([1.0, 0.0, 0.0]) if abs(s[0]) < 0.9 else np.array([0.0, 1.0, 0.0])
        return np.concatenate([[0.0], normalize(np.cross(s, helper))])
    return normalize(np.concatenate([[real], np.cross(s, t)]))


def slerp(a: np.ndarray, b: np.ndarray, weight: np.ndarray | float) -> np.ndarray:
    """Shortest-arc interpolation; ``weight[...]`` 0 gives ``a`` and 1 gives ``b``."""
    weight = np.asarray(weight, dtype=float)[..., None]
    dot = np.sum(a * b, axis=-1, keepdims=True)
    b = np.where(dot < 0, -b, b)
    angle = np.arccos(np.clip(np.abs(dot), 0.0, 1.0))
    sine = np.sin(angle)
    near = sine < 1e-6
    safe = np.where(near, 1.0, sine)
    first = np.where(near, 1.0 - weight, np.sin((1.0 - weight) * angle) / safe)
    second = np.where(near, weight, np.sin(weight * angle) / safe)
    return normalize(first * a + second * b)


def resample(quats: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Rotations ``[N, ..., 4]`` of ``quats[T, ..., 4]`` at fractional frames ``positions[N]``."""
    last = len(quats) - 1
    positions = np.clip(positions, 0, last)
    lower = np.floor(positions).astype(int)
    upper = np.minimum(lower + 1, last)
    weight = (positions - lower).reshape((-1,) + (1,) * (quats.ndim - 2))
    return slerp(quats[lower], quats[upper], np.broadcast_to(weight, quats[lower].shape[:-1]))


def unroll(quats: np.ndarray) -> np.ndarray:
    """Chooses signs in ``quats[T, ..., 4]`` so that neighbours in time never jump to ``-q``.

    The first frame gets a non-negative real part.
    """
    dots = np.sum(quats[1:] * quats[:-1], axis=-1)
    flips = np.cumprod(np.where(dots < 0, -1.0, 1.0), axis=0)
    first = np.where(quats[:1, ..., 0] < 0, -1.0, 1.0)
    return quats * np.concatenate([first, first * flips])[..., None]


def to_matrix(quats: np.ndarray) -> np.ndarray:
    """Rotation matrices ``[..., 3, 3]``."""
    columns = [rotate(quats, np.broadcast_to(axis, (*quats.shape[:-1], 3))) for axis in np.eye(3)]
    return np.stack(columns, axis=-1)


def from_matrix(matrix: np.ndarray) -> np.ndarray:
    """Quaternion ``[4]`` of one rotation matrix ``[3, 3]``, real part non-negative.

    The eigenvector of the largest eigenvalue of the matrix K of Bar-Itzhack (2000); it is also
    the nearest rotation when the matrix carries a little noise.
    """
    m = matrix
    k = np.array(
        [
            [m[0, 0] + m[1, 1] + m[2, 2], 0.0, 0.0, 0.0],
            [m[2, 1] - m[1, 2], m[0, 0] - m[1, 1] - m[2, 2], 0.0, 0.0],
            [m[0, 2] - m[2, 0], m[0, 1] + m[1, 0], m[1, 1] - m[0, 0] - m[2, 2], 0.0],
            [
                m[1, 0] - m[0, 1],
                m[0, 2] + m[2, 0],
                m[1, 2] + m[2, 1],
                m[2, 2] - m[0, 0] - m[1, 1],
            ],
        ]
    )
    quat = np.linalg.eigh(k, UPLO="L")[1][:, -1]
    return quat if quat[0] >= 0 else -quat


def from_matrices(matrices: np.ndarray) -> np.ndarray:
    """Quaternions ``[..., 4]`` of rotation matrices ``[..., 3, 3]``, largest part positive.

    Four times the products of two parts of the quaternion are sums of elements of the matrix, so
    each row of the table below is the quaternion times four times one of its parts; the row with
    the largest diagonal is the most exact.
    """
    m = np.moveaxis(matrices, (-2, -1), (0, 1))
    x, y, z = m[0, 0], m[1, 1], m[2, 2]
    wx, wy, wz = m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]
    xy, xz, yz = m[0, 1] + m[1, 0], m[0, 2] + m[2, 0], m[1, 2] + m[2, 1]
    rows = [
        [1.0 + x + y + z, wx, wy, wz],
        [wx, 1.0 + x - y - z, xy, xz],
        [wy, xy, 1.0 - x + y - z, yz],
        [wz, xz, yz, 1.0 - x - y + z],
    ]
    table = np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
    best = np.argmax(np.diagonal(table, axis1=-2, axis2=-1), axis=-1)
    return normalize(np.take_along_axis(table, best[..., None, None], axis=-2)[..., 0, :])


def about(axis: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Quaternions ``[..., 4]`` of turns by ``angles[...]`` radians about the unit ``axis[3]``."""
    half = np.asarray(angles, dtype=float)[..., None] / 2
    return np.concatenate([np.cos(half), np.sin(half) * axis], axis=-1)
