"""What hands show, by the moves of a plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.choreography.hands import hand_poses
from engine.vocabulary.move import FINGERS, find_move, load_moves
from engine.vocabulary.places import RESTS
from tests.engine.test_sketch import plan_of

FPS = 30.0


def shown(plan) -> list[tuple[str, str]]:
    frames = round((plan.end - plan.start) * FPS) + 1
    return [tuple(FINGERS[n] for n in row) for row in hand_poses(plan, frames, FPS)]


def at(plan, count: float) -> tuple[str, str]:
    """On a count (1 to 8) of the first phrase."""
    second = float(plan.counts.seconds(np.array([plan.phrases[0].number(count)]))[0])
    return shown(plan)[round((second - plan.start) * FPS)]


def test_a_hand_shows_the_move_and_rests_where_the_move_rests_it() -> None:
    """Disco point: one hand points, the other one is on the hip all along."""
    move = find_move("disco_point")
    assert move.fingers == "point"
    assert all(k.right_hand is None or k.right_hand in RESTS for k in move.keys)
    plan = plan_of("disco_point")
    assert at(plan, 1.0) == ("point", "relaxed")
    (placed,) = plan.phrases[0].moves[:1]
    mirrored = replace(
        plan,
        phrases=(replace(plan.phrases[0], moves=(replace(placed, mirrored=True),)),),
    )
    assert at(mirrored, 1.0) == ("relaxed", "point")


def test_the_other_side_takes_over_where_a_move_is_danced_again() -> None:
    plan = plan_of("disco_point")
    (placed,) = plan.phrases[0].moves[:1]
    again = replace(placed, counts=8)
    plan = replace(plan, phrases=(replace(plan.phrases[0], moves=(again,)),))
    sides = [at(plan, count) for count in (1.0, 1.0 + find_move("disco_point").counts)]
    assert sides == [("point", "relaxed"), ("relaxed", "point")]


def test_a_dance_without_moves_has_relaxed_hands() -> None:
    plan = plan_of("disco_point")
    plan = replace(plan, phrases=tuple(replace(p, moves=()) for p in plan.phrases))
    assert set(shown(plan)) == {("relaxed", "relaxed")}


@pytest.mark.parametrize("pose", FINGERS)
def test_every_pose_is_danced_by_some_move(pose: str) -> None:
    assert any(move.fingers == pose for move in load_moves().values())
