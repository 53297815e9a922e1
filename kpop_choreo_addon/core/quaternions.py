"""Quaternions ``[..., 4]`` as wxyz, unit length, right-handed, with NumPy alone."""

from __future__ import annotations

import numpy as np


def multiply(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Hamilton product with broadcasting: first ``b``, then ``a``."""
    aw, ax, ay, az = a[..., 0], a[..., 1], a[..., 2], a[..., 3]
    bw, bx, by, bz = b[..., 0], b[..., 1], b[..., 2], b[..., 3]
    real = aw * bw - ax * bx - ay * by - az * bz
    product = np.empty((*real.shape, 4))
    product[..., 0] = real
    product[..., 1] = aw * bx + ax * bw + ay * bz - az * by
    product[..., 2] = aw * by - ax * bz + ay * bw + az * bx
    product[..., 3] = aw * bz + ax * by - ay * bx + az * bw
    return product


def conjugate(quats: np.ndarray) -> np.ndarray:
    """The inverse rotation."""
    return quats * np.array([1.0, -1.0, -1.0, -1.0])


def normalize(vectors: np.ndarray) -> np.ndarray:
    """``vectors[..., N]`` scaled to unit length; zero stays zero."""
    return vectors / np.maximum(length(vectors), 1e-12)[..., None]


def length(vectors: np.ndarray) -> np.ndarray:
    """Lengths ``[...]`` of ``vectors[..., N]``; several times as fast as NumPy's for small N."""
    return np.asarray(np.sqrt(np.einsum("...n,...n->...", vectors, vectors)))


def rotate(quats: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """``vectors[..., 3]`` turned by ``quats[..., 4]``, with broadcasting."""
    w, x, y, z = quats[..., 0], quats[..., 1], quats[..., 2], quats[..., 3]
    vx, vy, vz = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    tx, ty, tz = 2.0 * (y * vz - z * vy), 2.0 * (z * vx - x * vz), 2.0 * (x * vy - y * vx)
    turned = np.empty((*tx.shape, 3))
    turned[..., 0] = vx + w * tx + y * tz - z * ty
    turned[..., 1] = vy + w * ty + z * tx - x * tz
    turned[..., 2] = vz + w * tz + x * ty - y * tx
    return turned


def about(axis: np.ndarray, angles: np.ndarray | float) -> np.ndarray:
    """Rotations ``[..., 4]`` by ``angles[...]`` (radians) about the unit vector ``axis[3]``."""
    half = np.asarray(angles, dtype=float)[..., None] / 2.0
    return np.concatenate([np.cos(half), np.sin(half) * axis], axis=-1)


def to_vectors(quats: np.ndarray) -> np.ndarray:
    """Rotation vectors ``[..., 3]``: axis times angle, at most half a turn."""
    signed = np.where(quats[..., :1] < 0, -quats, quats)
    sine = np.linalg.norm(signed[..., 1:], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, signed[..., :1])
    return signed[..., 1:] * np.where(sine < 1e-9, 2.0, angle / np.maximum(sine, 1e-12))


def from_vectors(vectors: np.ndarray) -> np.ndarray:
    """Rotations ``[..., 4]`` of rotation vectors ``[..., 3]``."""
    half = np.linalg.norm(vectors, axis=-1, keepdims=True) / 2.0
    return np.concatenate([np.cos(half), vectors * np.sinc(half / np.pi) / 2.0], axis=-1)


def twist_angle(quats: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """How far ``quats[..., 4]`` turn about the unit vector ``axis[3]``: radians from -pi to pi.

    A rotation is a twist about ``axis`` and then the smallest rotation that swings the axis.
    """
    angle = 2.0 * np.arctan2(quats[..., 1:] @ axis, quats[..., 0])
    return wrapped(angle)


def wrapped(angles: np.ndarray) -> np.ndarray:
    """The same angles within half a circle: radians from -pi to pi."""
    return (angles + np.pi) % (2.0 * np.pi) - np.pi


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
    """Quaternions ``[..., 4]`` of rotation matrices ``[..., 3, 3]`` without noise.

    Four times the products of two components are sums of the matrix's elements; the row of the
    largest component is divided by it.
    """
    m = matrices
    trace = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
    squares = np.stack([trace, m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]], axis=-1)
    squares = 1.0 + 2.0 * squares - trace[..., None]
    products = np.zeros((*m.shape[:-2], 4, 4))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        products[..., 0, i + 1] = products[..., i + 1, 0] = m[..., k, j] - m[..., j, k]
        products[..., i + 1, j + 1] = products[..., j + 1, i + 1] = m[..., j, i] + m[..., i, j]
    for component in range(4):
        products[..., component, component] = squares[..., component]
    largest = np.argmax(squares, axis=-1)[..., None, None]
    return normalize(np.take_along_axis(products, largest, axis=-2)[..., 0, :])
