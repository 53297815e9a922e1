"""Feature rows hold a motion whole, and mean what the slice table says."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.motion.contacts import foot_contacts
from engine.motion.features import (
    MIRROR,
    SLICES,
    STAGE,
    WIDTH,
    decode,
    encode,
    mirror_rows,
    motion_of,
)
from engine.motion.rotations import quat_multiply, quat_rotate, quat_yaw
from engine.motion.skeleton import mirror_motion
from tests.bodies import stepping, wandering


def test_slices_follow_one_another_and_fill_the_row():
    edges = [(part.start, part.stop) for part in SLICES.values()]
    assert edges[0][0] == 0
    assert edges[-1][1] == WIDTH
    assert all(a[1] == b[0] for a, b in pairwise(edges))
    assert sorted(MIRROR.order) == list(range(WIDTH))


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_decoding_gives_back_the_motion(seed):
    motion = wandering(120, seed)
    centre = np.zeros(2)
    again = decode(encode(motion, 0.0, centre))
    np.testing.assert_allclose(again.positions(), motion.positions(), atol=1e-6)


def test_rows_do_not_depend_on_where_and_which_way_a_dancer_stands():
    motion = wandering(60, 2)
    turn = quat_yaw(1.1)
    quats = motion.local_quats.copy()
    quats[:, 0] = quat_multiply(turn, quats[:, 0])
    moved = motion_of(quats, quat_rotate(turn, motion.root_positions) + np.array([3.0, 0, -2]))
    np.testing.assert_allclose(encode(moved, None), encode(motion, None), atol=1e-9)
    np.testing.assert_allclose(
        encode(moved, 1.1)[:, STAGE], encode(motion, 0.0)[:, STAGE], atol=1e-9
    )


def test_an_unknown_stage_is_zero():
    assert (encode(wandering(30), None)[:, STAGE] == 0).all()


def test_mirrored_rows_are_the_rows_of_the_mirrored_motion():
    motion = wandering(60, 5)
    mirrored = motion_of(*mirror_motion(motion.local_quats, motion.root_positions))
    np.testing.assert_allclose(mirror_rows(encode(motion)), encode(mirrored), atol=1e-9)


def test_values_win_over_rates_in_the_long_run():
    """Rates that lie a little must not make a dancer drift off the stage."""
    rows = encode(stepping(30.0))
    rows[:, SLICES["velocity"]] += 0.2
    rows[:, SLICES["yaw_rate"]] += 0.1
    motion = decode(rows)
    assert np.abs(motion.root_positions[30:-30, [0, 2]]).max() < 0.5
    hips = motion.positions()[:, 1] - motion.positions()[:, 2]
    assert (hips[30:-30, 0] > 0).all()


def test_contacts_of_a_stepping_dancer():
    motion = stepping(6.0, period=0.5)
    contacts = foot_contacts(motion.positions(), motion.fps)
    lifted = motion.positions()[:, [7, 8], 1] > 0.16
    assert not (contacts[:, [0, 2]] * lifted).any()
    standing = motion.positions()[:, [7, 8], 1] < 0.085
    assert (contacts[:, [0, 2]][standing]).mean() > 0.95


def test_a_sliding_foot_is_no_contact():
    motion = stepping(3.0)
    sliding = motion.root_positions + np.linspace(0, 4.0, len(motion))[:, None] * [1.0, 0.0, 0.0]
    still = motion_of(motion.local_quats, motion.root_positions).contacts.mean()
    assert still > 0.5
    assert motion_of(motion.local_quats, sliding).contacts.mean() < 0.1
