"""Forward and inverse kinematics undo each other, and the body is what it says it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.motion.ik import LIMBS, MAX_REACH, solve_limb
from engine.motion.rotations import matrix_from_quat, quat_angle, quat_exp, quat_identity
from engine.motion.skeleton import (
    ANKLE_HEIGHT,
    BODY,
    STANDING_HEIGHT,
    forward_kinematics,
    forward_kinematics_matrices,
    mirror_motion,
)
from tests.bodies import wandering

seeds = st.integers(0, 10_000)


def test_parents_come_first_and_sides_mirror():
    assert BODY.parents[0] == -1
    assert all(parent < joint for joint, parent in enumerate(BODY.parents))
    rest = BODY.rest_positions()
    np.testing.assert_allclose(rest[BODY.mirror], rest * [-1, 1, 1])
    assert rest[BODY.index["left_wrist"], 0] > 0.6  # the left is +X
    assert rest[BODY.index["left_foot"], 2] > 0.1  # toes point to +Z
    assert STANDING_HEIGHT + rest[BODY.index["left_ankle"], 1] == pytest.approx(ANKLE_HEIGHT)


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_bones_keep_their_length(seed):
    positions = wandering(20, seed).positions()
    for joint, parent in enumerate(BODY.parents):
        if parent >= 0:
            length = np.linalg.norm(positions[:, joint] - positions[:, parent], axis=-1)
            np.testing.assert_allclose(length, np.linalg.norm(BODY.offsets[joint]), atol=1e-9)


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_one_frame_equals_all_frames(seed):
    motion = wandering(12, seed)
    together = forward_kinematics(BODY, motion.local_quats, motion.root_positions)
    alone = forward_kinematics(BODY, motion.local_quats[5], motion.root_positions[5])
    np.testing.assert_allclose(together.positions[5], alone.positions, atol=1e-12)
    matrices = matrix_from_quat(motion.local_quats)
    by_matrices = forward_kinematics_matrices(BODY, matrices, motion.root_positions)
    np.testing.assert_allclose(by_matrices, together.positions, atol=1e-9)


@given(seeds, st.sampled_from(sorted(LIMBS)))
@settings(max_examples=30, deadline=None)
def test_ik_gives_back_the_pose_that_fk_was_given(seed, name):
    """A limb that bends about its hinge is found again from the place of its end alone."""
    limb, motion = LIMBS[name], wandering(10, seed)
    quats = motion.local_quats.copy()
    bend = np.random.default_rng(seed).uniform(0.3, 2.0, size=10)
    quats[:, BODY.index[limb.middle]] = quat_exp(bend[:, None] * np.array(limb.hinge))
    pose = forward_kinematics(BODY, quats, motion.root_positions)
    end = BODY.index[limb.end]
    solved = solve_limb(quats, motion.root_positions, limb, pose.positions[:, end])
    for joint in (limb.upper, limb.middle, limb.end):
        number = BODY.index[joint]
        assert quat_angle(solved[:, number], quats[:, number]).max() < 1e-4


@given(seeds, st.sampled_from(sorted(LIMBS)))
@settings(max_examples=30, deadline=None)
def test_ik_reaches_what_can_be_reached(seed, name):
    limb, motion = LIMBS[name], wandering(10, seed)
    pose = forward_kinematics(BODY, motion.local_quats, motion.root_positions)
    upper, end = BODY.index[limb.upper], BODY.index[limb.end]
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=(10, 3))
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    length = sum(np.linalg.norm(BODY.offsets[BODY.index[j]]) for j in (limb.middle, limb.end))
    reach = rng.uniform(0.2, MAX_REACH, size=(10, 1)) * length
    target = pose.positions[:, upper] + direction * reach
    solved = solve_limb(motion.local_quats, motion.root_positions, limb, target)
    result = forward_kinematics(BODY, solved, motion.root_positions)
    assert np.linalg.norm(result.positions[:, end] - target, axis=-1).max() < 1e-6
    assert quat_angle(result.rotations[:, end], pose.rotations[:, end]).max() < 1e-6


def test_a_target_out_of_reach_is_approached_straight():
    quats, root = quat_identity(1, len(BODY)), np.array([[0.0, STANDING_HEIGHT, 0.0]])
    limb = LIMBS["left_arm"]
    target = np.array([[5.0, STANDING_HEIGHT + 0.435, -0.02]])
    solved = solve_limb(quats, root, limb, target)
    pose = forward_kinematics(BODY, solved, root).positions[0]
    arm = pose[BODY.index["left_wrist"]] - pose[BODY.index["left_shoulder"]]
    assert np.linalg.norm(arm) == pytest.approx(MAX_REACH * 0.525, abs=1e-6)
    assert arm[0] / np.linalg.norm(arm) > 0.999


def test_a_pole_turns_the_knee_outwards():
    quats, root = quat_identity(1, len(BODY)), np.array([[0.0, STANDING_HEIGHT - 0.3, 0.0]])
    ankle = np.array([[0.1, ANKLE_HEIGHT, 0.0]])
    solved = solve_limb(quats, root, LIMBS["left_leg"], ankle, pole=np.array([[2.0, 0.4, 0.0]]))
    knee = forward_kinematics(BODY, solved, root).positions[0, BODY.index["left_knee"]]
    assert knee[0] > 0.3
    assert abs(knee[2]) < 1e-6


def test_the_mirror_image_of_a_motion_has_mirrored_positions():
    motion = wandering(15, 4)
    quats, root = mirror_motion(motion.local_quats, motion.root_positions)
    mirrored = forward_kinematics(BODY, quats, root).positions
    np.testing.assert_allclose(mirrored, motion.positions()[:, BODY.mirror] * [-1, 1, 1], atol=1e-9)
