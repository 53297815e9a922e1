"""Rotations against SciPy's, and the properties that animation relies on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from engine.motion import rotations as R

seeds = st.integers(0, 2**32 - 1)


def random_quats(seed: int, *shape: int) -> np.ndarray:
    quats = np.random.default_rng(seed).normal(size=(*shape, 4))
    return quats / np.linalg.norm(quats, axis=-1, keepdims=True)


def scipy_of(quats: np.ndarray) -> Rotation:
    return Rotation.from_quat(np.roll(quats, -1, axis=-1))


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_products_rotations_and_matrices_agree_with_scipy(seed):
    a, b = random_quats(seed, 5), random_quats(seed + 1, 5)
    vectors = np.random.default_rng(seed).normal(size=(5, 3))
    product = R.quat_multiply(a, b)
    expected = (scipy_of(a) * scipy_of(b)).as_matrix()
    np.testing.assert_allclose(R.matrix_from_quat(product), expected, atol=1e-12)
    np.testing.assert_allclose(R.quat_rotate(a, vectors), scipy_of(a).apply(vectors), atol=1e-12)
    np.testing.assert_allclose(R.quat_log(a), scipy_of(a).as_rotvec(), atol=1e-9)


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_every_form_returns_to_the_same_rotation(seed):
    quats = random_quats(seed, 4, 3)
    for back in (
        R.quat_from_matrix(R.matrix_from_quat(quats)),
        R.quat_from_rot6d(R.rot6d_from_quat(quats)),
        R.quat_exp(R.quat_log(quats)),
    ):
        assert R.quat_angle(quats, back).max() < 1e-7


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_one_at_a_time_equals_all_at_once(seed):
    a, b = random_quats(seed, 6), random_quats(seed + 1, 6)
    together = R.quat_slerp(a, b, 0.3)
    apart = np.stack([R.quat_slerp(x, y, 0.3) for x, y in zip(a, b, strict=True)])
    np.testing.assert_allclose(together, apart, atol=1e-12)


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_slerp_goes_the_short_way_at_even_speed(seed):
    a, b = random_quats(seed, 5), random_quats(seed + 1, 5)
    whole = R.quat_angle(a, b)
    for weight in (0.0, 0.25, 0.5, 1.0):
        done = R.quat_angle(a, R.quat_slerp(a, b, weight))
        np.testing.assert_allclose(done, weight * whole, atol=1e-6)


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_unrolled_signs_are_continuous_and_mean_the_same(seed):
    rng = np.random.default_rng(seed)
    smooth = R.quat_exp(gaussian_filter1d(rng.normal(size=(60, 2, 3)), 4, axis=0) * 6)
    flipped = smooth * rng.choice([-1.0, 1.0], size=(60, 2, 1))
    unrolled = R.quat_unroll(flipped)
    assert (np.sum(unrolled[1:] * unrolled[:-1], axis=-1) > 0).all()
    assert R.quat_angle(unrolled, smooth).max() < 1e-7
    assert (unrolled[0, :, 0] >= 0).all()


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_swing_and_twist_multiply_to_the_whole(seed):
    quats = random_quats(seed, 8)
    axis = np.array([0.0, 1.0, 0.0])
    parts = R.swing_twist(quats, axis)
    assert R.quat_angle(R.quat_multiply(parts.swing, parts.twist), quats).max() < 1e-7
    np.testing.assert_allclose(parts.twist[:, [1, 3]], 0.0, atol=1e-12)


def test_between_opposite_directions_turns_half_a_circle():
    up = np.array([0.0, 1.0, 0.0])
    turn = R.quat_between(up, -up)
    np.testing.assert_allclose(R.quat_rotate(turn, up), -up, atol=1e-9)


def test_yaw_turns_forward_towards_the_left():
    left = R.quat_rotate(R.quat_yaw(np.array(np.pi / 2)), np.array([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(left, [1.0, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(R.yaw_of(R.quat_yaw(np.array([0.7]))), 0.7)


def test_numpy_and_torch_give_the_same():
    torch = pytest.importorskip("torch")
    quats = random_quats(3, 7)
    six = R.rot6d_from_quat(quats)
    np.testing.assert_allclose(R.rot6d_from_quat(torch.tensor(quats)).numpy(), six, atol=1e-12)
    np.testing.assert_allclose(
        R.matrix_from_rot6d(torch.tensor(six)).numpy(), R.matrix_from_rot6d(six), atol=1e-12
    )


def test_average_of_turns_about_one_axis_is_their_mean():
    angles = np.array([0.1, 0.2, 0.6])
    turns = R.quat_yaw(angles)
    mean = R.quat_average(turns * [[1], [-1], [1]])
    np.testing.assert_allclose(R.yaw_of(mean[None]), 0.3, atol=0.01)


def test_resampling_in_the_middle_is_halfway():
    turns = R.quat_yaw(np.array([0.0, 0.4, 0.8]))
    np.testing.assert_allclose(R.yaw_of(R.quat_resample(turns, np.array([0.5, 9.0]))), [0.2, 0.8])
