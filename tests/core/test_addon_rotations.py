"""Quaternion helpers and the channels of every rotation mode."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.rotation_modes import euler_from_quats, rotation_channels
from tests.core.synthetic import turn

ORDERS = ["".join(order) for order in permutations("XYZ")]


def from_euler(angles: np.ndarray, order: str) -> np.ndarray:
    """Blender's convention: the first letter's axis turns first."""
    total = np.array([1.0, 0.0, 0.0, 0.0])
    for letter in order:
        step = turn(letter, np.rad2deg(angles[..., "XYZ".index(letter)]))
        total = quat.multiply(step, total)
    return total


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.all(np.abs(np.sum(a * b, axis=-1)) > 1 - 1e-9))


@pytest.mark.parametrize("order", ORDERS)
def test_euler_angles_give_the_rotation_back(order: str) -> None:
    quats = quat.normalize(np.random.default_rng(1).normal(size=(300, 4)))
    assert same(from_euler(euler_from_quats(quats, order), order), quats)


@pytest.mark.parametrize("order", ORDERS)
def test_euler_angles_do_not_jump(order: str) -> None:
    """A bone that goes round and round, near the pole and back."""
    t = np.linspace(0, 1, 600)
    first, second = order[0], order[1]
    quats = quat.multiply(turn(second, 80 * np.sin(2 * np.pi * t)), turn(first, 1500 * t))
    angles = euler_from_quats(quats, order)
    assert np.abs(np.diff(angles, axis=0)).max() < np.deg2rad(15)
    assert same(from_euler(angles, order), quats)


@pytest.mark.parametrize("order", ORDERS)
def test_gimbal_lock_keeps_the_last_angle(order: str) -> None:
    angles = np.zeros((50, 3))
    angles[:, "XYZ".index(order[1])] = np.pi / 2
    angles[:, "XYZ".index(order[0])] = np.linspace(0, 1, 50)
    quats = from_euler(angles, order)
    got = euler_from_quats(quats, order)
    assert same(from_euler(got, order), quats)
    assert np.abs(np.diff(got, axis=0)).max() < 0.1


def test_axis_angle_is_continuous() -> None:
    quats = turn("X", np.linspace(-170, 350, 200))
    channels = rotation_channels(quats, "AXIS_ANGLE")
    assert channels.property_name == "rotation_axis_angle"
    angle, axis = channels.values[:, :1], channels.values[:, 1:]
    back = np.concatenate([np.cos(angle / 2), np.sin(angle / 2) * axis], axis=-1)
    assert same(back, quats)
    assert np.abs(np.diff(channels.values, axis=0)).max() < 0.1


def test_unroll_resample_and_matrices() -> None:
    rng = np.random.default_rng(2)
    smooth = turn("Y", np.linspace(0, 300, 40))
    flipped = smooth * rng.choice([-1.0, 1.0], size=(40, 1))
    rolled = quat.unroll(flipped)
    assert np.sum(rolled[1:] * rolled[:-1], axis=-1).min() > 0
    half = quat.resample(smooth, np.array([0.0, 0.5, 38.25, 39.0, 99.0]))
    step = 300 / 39
    assert same(half, turn("Y", step * np.array([0.0, 0.5, 38.25, 39.0, 39.0])))
    quats = quat.normalize(rng.normal(size=(20, 4)))
    for q in quats:
        assert same(quat.from_matrix(quat.to_matrix(q)), q)
    a, b = rng.normal(size=(2, 3))
    np.testing.assert_allclose(
        quat.normalize(quat.rotate(quat.between(a, b), a)), quat.normalize(b), atol=1e-9
    )
    np.testing.assert_allclose(quat.rotate(quat.between(a, -a), a), -a, atol=1e-9)
