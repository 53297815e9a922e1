"""Bodies are solid: limbs go round what they would go through, touches stay, feet step or stand."""

from dataclasses import replace

import numpy as np
import pytest

from engine.cleanup import cleanup, limit_joints, lock_feet
from engine.motion.apart import arms_apart
from engine.motion.body_shape import (
    LIMBS,
    TRUNK,
    arm_in_arm,
    arm_in_body,
    leg_in_leg,
    nearness,
    segments,
)
from engine.motion.contacts import FEET, REST_HEIGHTS
from engine.motion.features import Motion, motion_of
from engine.motion.ik import LIMBS as CHAINS
from engine.motion.ik import place_limb, solve_limb
from engine.motion.rotations import (
    quat_angle,
    quat_conjugate,
    quat_identity,
    quat_multiply,
    quat_rotate,
)
from engine.motion.skeleton import ANKLE_HEIGHT, BODY, STANDING_HEIGHT, Pose, forward_kinematics
from engine.training.evaluation.bodies import feet_of, inside_of
from engine.vocabulary.move import find_move
from engine.vocabulary.player import play
from engine.vocabulary.score import Part, Score
from tests.bodies import wandering

FPS = 30.0


def danced(name: str, times: int = 2) -> Motion:
    move = find_move(name)
    return play(
        Score(tuple(Part(move, float(i * move.counts)) for i in range(times)), 112.0)
    ).motion


def pose_of(motion: Motion) -> Pose:
    return forward_kinematics(BODY, motion.local_quats, motion.root_positions)


def reaching(points: np.ndarray, side: str = "left") -> Motion:
    """A standing body whose hand goes through points in the pelvis's frame, from one a second."""
    frames = np.linspace(0, len(points) - 1, 30 * (len(points) - 1) + 1)
    path = np.stack([np.interp(frames, np.arange(len(points)), axis) for axis in points.T], axis=-1)
    root = np.tile([0.0, STANDING_HEIGHT - 0.03, 0.0], (len(path), 1))
    quats = quat_identity(len(path), len(BODY))
    out = 1.0 if side == "left" else -1.0
    pole = root + np.array([0.6 * out, 0.2, -0.2])
    return motion_of(solve_limb(quats, root, CHAINS[f"{side}_arm"], root + path, None, pole), root)


def acceleration(motion: Motion, part: str) -> np.ndarray:
    joints = [BODY.index[f"{side}_{part}"] for side in ("left", "right")]
    return np.linalg.norm(np.diff(motion.positions()[:, joints], n=2, axis=0), axis=-1) * FPS**2


def test_a_body_at_rest_is_outside_itself():
    root = np.array([[0.0, STANDING_HEIGHT, 0.0]])
    pose = forward_kinematics(BODY, quat_identity(1, len(BODY)), root)
    for depth in (arm_in_body(pose), arm_in_arm(pose), leg_in_leg(pose)):
        assert depth[0] < 0.0


def test_depth_is_the_way_that_two_capsules_share():
    pose = pose_of(reaching(np.array([[0.0, 0.40, 0.30], [0.0, 0.40, 0.02]])))
    depth = arm_in_body(pose)
    assert depth[0] < 0.0
    # The wrist in the middle of the chest: its own radius and that of the ribs.
    assert depth[-1] == pytest.approx(0.027 + 0.10, abs=0.03)


def test_a_limb_lies_where_it_is_placed_and_its_hand_keeps_its_direction():
    motion = wandering(60, 4)
    pose = pose_of(motion)
    shoulder, elbow, wrist = (BODY.index[f"left_{n}"] for n in ("shoulder", "elbow", "wrist"))
    turn = quat_identity(60)
    turn[:] = [np.cos(0.2), *(np.sin(0.2) * np.array([0.6, 0.0, 0.8]))]
    points = [
        pose.positions[:, shoulder]
        + quat_rotate(turn, pose.positions[:, joint] - pose.positions[:, shoulder])
        for joint in (elbow, wrist)
    ]
    quats = place_limb(motion.local_quats, motion.root_positions, CHAINS["left_arm"], *points)
    placed = forward_kinematics(BODY, quats, motion.root_positions)
    np.testing.assert_allclose(placed.positions[:, elbow], points[0], atol=1e-6)
    np.testing.assert_allclose(placed.positions[:, wrist], points[1], atol=1e-6)
    kept = quat_angle(placed.rotations[:, wrist], pose.rotations[:, wrist])
    assert np.abs(kept).max() < 1e-5


@pytest.mark.parametrize("name", ["bounce_crossed_arms", "heart_chest", "flower_cup"])
def test_arms_come_out_of_the_body_and_of_each_other(name):
    motion = danced(name)
    clear = arms_apart(motion)
    before, after = inside_of(motion).arms, inside_of(clear).arms
    assert before > 0.02
    assert after < min(0.02, 0.1 * before)
    for part in ("elbow", "wrist"):
        hard, was = acceleration(clear, part), acceleration(motion, part)
        assert np.quantile(hard, 0.99) < 1.5 * np.quantile(was, 0.99) + 5.0


def test_folded_arms_stay_folded_the_same_one_in_front():
    clear = pose_of(arms_apart(danced("bounce_crossed_arms", 3)))
    chest = quat_conjugate(clear.rotations[:, BODY.index["spine3"]])
    left, right = (segments(clear, [LIMBS[side]["forearm"]]) for side in ("left", "right"))
    near = nearness(left, right)
    crossed = np.flatnonzero((near.depth[:, 0] > -0.03) & (near.first[:, 0] % 1.0 > 0.0))
    ahead = quat_rotate(chest[crossed], near.away[crossed, 0])[:, 2]
    assert len(crossed) > 60
    assert (np.sign(ahead) == np.sign(np.median(ahead))).mean() > 0.97


def test_a_touch_stays_a_touch():
    # The flat hand comes to the side of hips and thigh, 1.4 and 2.2 cm deep, and goes away again.
    hip = np.array([0.07 + 0.10 + 0.022 - 0.015, -0.02, -0.01])
    away = np.array([0.5, 0.0, 0.1])
    motion = reaching(np.array([away, hip, hip, away]))
    wrist = BODY.index["left_wrist"]
    down = motion.local_quats.copy()
    pose = pose_of(motion)
    fore = quat_conjugate(pose.rotations[:, BODY.index["left_elbow"]])
    # Fingers to the floor.
    down[:, wrist] = quat_multiply(fore, np.array([np.sqrt(0.5), 0.0, 0.0, -np.sqrt(0.5)]))
    motion = replace(motion, local_quats=down)
    clear = arms_apart(motion)
    moved = np.linalg.norm((clear.positions() - motion.positions())[:, wrist], axis=-1)
    assert moved[30:60].max() < 0.02
    hand = segments(pose_of(clear), [LIMBS["left"]["hand"]])
    depth = nearness(hand, segments(pose_of(clear), list(TRUNK))).depth.max(axis=1)
    assert -0.02 < depth[30:60].min() <= depth[30:60].max() < 0.02
    assert moved[0] < 1e-6


def test_crossing_legs_pass_each_other_and_stand_where_they_stand():
    motion = danced("cross_step", 3)
    clean = cleanup(motion)
    assert inside_of(motion).legs > 0.1
    assert inside_of(clean).legs < 0.03
    assert feet_of(clean).slide < 0.03
    pose = pose_of(clean)
    hips = quat_conjugate(pose.rotations[:, 0])
    apart = (
        pose.positions[:, BODY.index["left_ankle"]] - pose.positions[:, BODY.index["right_ankle"]]
    )
    # They do cross.
    assert quat_rotate(hips, apart)[:, 0].min() < 0.0


def brushing(rise: float) -> Motion:
    """The left foot steps aside and back with its ball ``rise`` metres over the floor."""
    times = np.arange(0.0, 6.0, 1.0 / FPS)
    inside = np.clip((times % 1.0 - 0.3) / 0.3, 0.0, 1.0)
    eased = inside * inside * (3.0 - 2.0 * inside)
    out = np.where(times % 2.0 < 1.0, eased, 1.0 - eased)
    lift = rise * np.sin(np.pi * inside) ** 0.5
    root = np.tile([-0.06, STANDING_HEIGHT - 0.08, 0.0], (len(times), 1))
    quats = quat_identity(len(times), len(BODY))
    flat = quat_identity(len(times))
    for side, x, y in (("left", 0.11 + 0.3 * out, lift), ("right", -0.11 + 0 * out, 0 * lift)):
        target = np.stack([x, ANKLE_HEIGHT + y, 0 * x], axis=-1)
        quats = solve_limb(quats, root, CHAINS[f"{side}_leg"], target, flat)
    return motion_of(quats, root)


def test_a_foot_that_brushes_over_the_floor_is_lifted():
    motion = brushing(0.02)
    locked = lock_feet(motion)
    height = locked.positions()[:, FEET[:2], 1] - REST_HEIGHTS[:2]
    assert feet_of(motion).slide > 0.1
    assert feet_of(locked).slide < 0.04
    assert 0.03 < height.max() < 0.06
    # The other foot stands as before, and no knee pops where the foot comes and goes.
    moved = np.linalg.norm((locked.positions() - motion.positions())[:, FEET[2:]], axis=-1)
    assert moved.max() < 0.01
    assert acceleration(locked, "knee").max() < acceleration(motion, "knee").max() + 25.0


def test_a_foot_that_glides_is_left_on_the_floor():
    motion = brushing(0.0)
    locked = lock_feet(motion)
    height = locked.positions()[:, FEET, 1] - REST_HEIGHTS
    assert height.max() < 0.01
    assert np.ptp(locked.positions()[:, FEET[0], 0]) > 0.25


@pytest.mark.parametrize("name", ["floor_touch", "hair_flip_up", "drop_squat_hit", "front_kick"])
def test_nothing_is_broken_after_cleanup(name):
    clean = cleanup(danced(name))
    off = quat_angle(limit_joints(clean.local_quats), clean.local_quats)
    assert np.degrees(np.abs(off).max()) < 3.0
    assert (clean.positions()[:, FEET, 1] - REST_HEIGHTS).min() > -0.01
