"""Accents land on beats without anybody noticing the warp; feet stand without popping knees."""

from dataclasses import replace

import numpy as np
import pytest

from engine.cleanup import HINGES, carry, cleanup, limit_joints, lock_feet, steady
from engine.figures import dance_figures, foot_slide
from engine.motion.features import motion_of
from engine.motion.girdle import follow_arms
from engine.motion.ik import LIMBS, solve_limb
from engine.motion.measures import log_jerk
from engine.motion.rhythm import hand_stops
from engine.motion.rotations import quat_exp, quat_identity, quat_log, quat_multiply
from engine.motion.skeleton import ANKLE_HEIGHT, BODY, STANDING_HEIGHT, forward_kinematics
from engine.phrasing import bounce_on_counts, free_to_move, linger_on_accents
from engine.sync import sync
from tests.bodies import stepping, wandering

BEATS = np.arange(0.0, 8.01, 0.5)


def hands_late_ms(motion):
    """How far the stops of the hands lie from the nearest beat, at the median."""
    stops = hand_stops(motion.positions(), motion.fps)
    return 1000 * float(np.median(np.abs(stops[:, None] - BEATS).min(axis=1)))


def test_late_accents_are_moved_onto_the_beats():
    late = stepping(8.0, 0.5, late=0.19)
    result = sync(late, BEATS)
    assert hands_late_ms(late) > 70
    assert hands_late_ms(result.motion) < 25
    assert 0.9 <= result.slowest <= result.fastest <= 1.1


def bobbing(late=0.09, wide=0.03):
    """Knees that give once a count, ``late`` seconds after it, feet on the floor."""
    times = np.arange(241) / 30
    root = np.tile([0.0, STANDING_HEIGHT - 0.06, 0.0], (241, 1))
    root[:, 1] -= wide * np.cos(2 * np.pi * (times - late) / 0.5)
    quats = quat_identity(241, len(BODY))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        foot = np.tile([0.11 * sign, ANKLE_HEIGHT, 0.0], (241, 1))
        quats = solve_limb(quats, root, LIMBS[f"{side}_leg"], foot, quat_identity(241))
    return motion_of(quats, root)


def test_knees_bounce_on_counts_over_feet_that_stay():
    late = bobbing()
    result = bounce_on_counts(late, BEATS, free_to_move(241, 30.0, ((3.0, 4.0),)))
    heights = {}
    for name, motion in (("before", late), ("after", result)):
        smooth = motion.root_positions[:, 1]
        low = np.flatnonzero((smooth[1:-1] < smooth[:-2]) & (smooth[1:-1] <= smooth[2:])) + 1
        low = low[((low > 12) & (low < 80)) | ((low > 130) & (low < 225))]
        heights[name] = np.median(np.abs(low[:, None] / 30 - BEATS).min(axis=1))
    assert heights["before"] > 0.07
    assert heights["after"] < 0.034
    still = slice(90, 121)
    np.testing.assert_allclose(result.positions()[still], late.positions()[still], atol=1e-9)
    ankles = [BODY.index["left_ankle"], BODY.index["right_ankle"]]
    np.testing.assert_allclose(
        result.positions()[:, ankles], late.positions()[:, ankles], atol=2e-3
    )


def test_a_jump_keeps_its_flight():
    jump = bobbing(late=0.0)
    flight = np.zeros(241)
    air = (np.arange(241) / 30 - 4.1) / 0.45
    inside = (air > 0) & (air < 1)
    flight[inside] = 4 * 0.3 * (air * (1 - air))[inside]
    up = motion_of(jump.local_quats, jump.root_positions + flight[:, None] * [0.0, 1.0, 0.0])
    result = bounce_on_counts(up, BEATS, free_to_move(241, 30.0, ()))
    top = np.argmax(flight)
    assert abs(result.root_positions[top, 1] - up.root_positions[top, 1]) < 0.02


def test_arms_that_pass_through_an_accent_linger_there_and_nothing_else_moves():
    circling = bobbing(late=0.0)
    times = np.arange(241) / 30
    quats = circling.local_quats.copy()
    for side in ("left", "right"):
        angle = 2.0 * times
        turn = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=-1)
        quats[:, BODY.index[f"{side}_shoulder"]] = quat_exp(turn)
    motion = motion_of(quats, circling.root_positions)
    found = linger_on_accents(motion, BEATS, np.array([4.0]), free_to_move(241, 30.0, ()))
    assert found.share == 1.0
    result = found.motion
    before, after = limb_speeds(motion), limb_speeds(result)
    assert after[120] < 0.55 * before[120]
    assert after[112] > 1.1 * before[112]
    legs = [BODY.index[n] for n in ("pelvis", "left_knee", "right_foot", "head")]
    np.testing.assert_allclose(result.positions()[:, legs], motion.positions()[:, legs], atol=1e-9)
    np.testing.assert_allclose(result.positions()[:90], motion.positions()[:90], atol=1e-3)


def limb_speeds(motion):
    """Metres a frame of the left wrist."""
    wrist = motion.positions()[:, BODY.index["left_wrist"]]
    return np.linalg.norm(np.gradient(wrist, axis=0), axis=-1)


def test_time_never_runs_backwards_and_the_ends_stay():
    result = sync(wandering(400, 3), np.arange(0.1, 13, 0.43))
    assert result.slowest >= 0.9
    assert result.fastest <= 1.1
    assert result.offsets[0] == result.offsets[-1] == 0.0


def test_a_dance_without_beats_is_left_alone():
    motion = wandering(90)
    np.testing.assert_allclose(sync(motion, np.zeros(0)).motion.positions(), motion.positions())


def test_a_statue_and_a_dance_on_wrong_beats_are_not_on_the_beat():
    statue = motion_of(
        quat_identity(240, len(BODY)), np.tile([0.0, STANDING_HEIGHT, 0.0], (240, 1))
    )
    assert not dance_figures(statue, BEATS).beat_hits > 0.1
    on_beat = dance_figures(stepping(8.0, 0.5), BEATS)
    off_beat = dance_figures(stepping(8.0, 0.5), BEATS + 0.25)
    assert on_beat.beat_hits > 0.9
    assert off_beat.beat_hits < 0.1
    assert on_beat.beat_error_chance_ms == pytest.approx(off_beat.beat_error_chance_ms, rel=0.2)


def sliding_dancer():
    """Steps on the beat while the whole body drifts sideways and sinks."""
    motion = stepping(8.0)
    drift = np.linspace(0, 1.2, len(motion))[:, None] * [1.0, 0.0, 0.3]
    wobble = 0.02 * np.sin(np.arange(len(motion)) / 9)[:, None] * [0.0, 1.0, 0.0]
    return motion_of(motion.local_quats, motion.root_positions + drift + wobble - [0, 0.03, 0])


def test_planted_feet_stop_sliding():
    motion = sliding_dancer()
    clean = cleanup(motion)
    assert motion.contacts.mean() > 0.3
    assert foot_slide(clean.positions(), 30.0) <= 0.03
    lowest = clean.positions()[:, [7, 8, 10, 11], 1] - [0.08, 0.08, 0.02, 0.02]
    assert lowest.min() > -0.005
    drifted = clean.root_positions[-1] - clean.root_positions[0]
    assert drifted[0] > 0.9  # it still goes where it went


def test_the_body_is_carried_by_the_foot_that_bears_it():
    motion = stepping(8.0)
    skate = 0.2 * np.sin(np.arange(len(motion)) / 30.0 * 4.0)[:, None] * [1.0, 0.0, 0.0]
    skating = motion_of(motion.local_quats, motion.root_positions + skate)
    carried = carry(skating)
    assert foot_slide(skating.positions(), 30.0) > 0.5
    assert foot_slide(carried.positions(), 30.0) < 0.1
    np.testing.assert_allclose(carried.root_positions[[0, -1]], skating.root_positions[[0, -1]])
    np.testing.assert_array_equal(carried.root_positions[:, 1], skating.root_positions[:, 1])


def test_cleaning_does_not_pop_the_knees():
    motion, clean = sliding_dancer(), cleanup(sliding_dancer())
    knees = [BODY.index["left_knee"], BODY.index["right_knee"]]
    before, after = (
        np.linalg.norm(np.diff(m.positions()[:, knees], n=2, axis=0), axis=-1) * 900
        for m in (motion, clean)
    )
    assert np.quantile(after, 0.99) < 2.0 * np.quantile(before, 0.99) + 5.0


def test_cleaning_a_clean_dance_changes_little():
    motion = stepping(8.0)
    moved = np.linalg.norm(lock_feet(motion).positions() - motion.positions(), axis=-1)
    assert moved.max() < 0.03


def test_joints_stay_within_human_limits():
    turns = np.random.default_rng(1).normal(size=(50, len(BODY), 3)) * 2
    bounded = limit_joints(quat_exp(turns))
    for name in ("left_knee", "right_knee"):
        about_hinge = quat_log(bounded[:, BODY.index[name]])
        hinge = 2 * np.arctan2(bounded[:, BODY.index[name], 1], bounded[:, BODY.index[name], 0])
        hinge = (hinge + np.pi) % (2 * np.pi) - np.pi
        assert hinge.min() > HINGES["knee"][0] - 1e-6, about_hinge
        assert hinge.max() < HINGES["knee"][1] + 1e-6
    assert np.linalg.norm(quat_log(bounded[:, BODY.index["head"]]), axis=-1).max() < 0.91


def test_a_jump_stays_in_the_air():
    motion = stepping(4.0)
    hop = np.zeros((len(motion), 3))
    hop[45:75, 1] = 0.35 * np.sin(np.linspace(0, np.pi, 30))
    jumping = motion_of(motion.local_quats, motion.root_positions + hop)
    clean = cleanup(jumping)
    assert clean.positions()[60, [7, 8], 1].min() > 0.3


def test_shoulders_rise_with_the_arms_and_the_arms_keep_their_direction():
    motion = wandering(60, 8)
    quats = follow_arms(motion.local_quats)
    before = forward_kinematics(BODY, motion.local_quats, motion.root_positions)
    after = forward_kinematics(BODY, quats, motion.root_positions)
    for side in ("left", "right"):
        elbow, shoulder = BODY.index[f"{side}_elbow"], BODY.index[f"{side}_shoulder"]
        np.testing.assert_allclose(
            after.positions[:, elbow] - after.positions[:, shoulder],
            before.positions[:, elbow] - before.positions[:, shoulder],
            atol=1e-9,
        )
    raised = quat_identity(1, len(BODY))
    raised[0, BODY.index["left_shoulder"]] = quat_exp(np.array([0.0, 0.0, np.pi / 2]))
    root = np.array([[0.0, STANDING_HEIGHT, 0.0]])
    lift = (
        forward_kinematics(BODY, follow_arms(raised), root).positions
        - forward_kinematics(BODY, raised, root).positions
    )
    assert 0.03 < lift[0, BODY.index["left_shoulder"], 1] < 0.08
    np.testing.assert_allclose(lift[0, BODY.index["right_shoulder"]], 0.0, atol=1e-9)


def test_the_smoothness_slider_takes_out_more_or_less_jitter():
    rough = sliding_dancer()
    shake = 0.05 * np.random.default_rng(0).standard_normal((len(rough), 3))
    quats = rough.local_quats.copy()
    elbow = BODY.index["left_elbow"]
    quats[:, elbow] = quat_multiply(quats[:, elbow], quat_exp(shake))
    rough = replace(rough, local_quats=quats)
    crisp, usual, soft = (
        log_jerk(steady(rough, smoothness).positions(), rough.fps) for smoothness in (0.0, 0.5, 1.0)
    )
    assert crisp > usual > soft
