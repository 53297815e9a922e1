"""Arms over steps: whose feet, whose hits, and when a dance has them."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest

from engine.choreography.plan import energy_at, make_plan
from engine.errors import ChoreoError
from engine.model.text import TextEncoder
from engine.motion.skeleton import BODY
from engine.request import make_request
from engine.training.evaluation.songs import grid_song
from engine.vocabulary.layers import over, stands
from engine.vocabulary.move import Move, find_move
from engine.vocabulary.player import Played, play
from engine.vocabulary.score import Dancer, Part, Score

SONG = grid_song(120.0, 64.0).heard
ANKLES = [BODY.index["left_ankle"], BODY.index["right_ankle"]]
WRISTS = [BODY.index["left_wrist"], BODY.index["right_wrist"]]
WAVES = "waving, hearts, pointing"
STILL = Dancer(timing=0.0, noise=0.0)


def danced(move: Move, dancer: Dancer = STILL, counts: int = 8) -> Played:
    parts = [Part(move, float(at)) for at in range(0, counts, move.counts)]
    return play(Score(tuple(parts), 110.0, dancer))


def at_counts(played: Played, joints: list[int], counts: np.ndarray) -> np.ndarray:
    frames = np.interp(counts, played.count, np.arange(len(played.count))).round().astype(int)
    return played.motion.positions()[frames][:, joints]


def moves_of(prompt: str, style: str = "", **values) -> list:
    request = make_request({"prompt": prompt, "style": style, "seed": 1} | values)
    plan = make_plan(SONG, request, TextEncoder.default())
    return [move for phrase in plan.phrases for move in phrase.moves]


@pytest.mark.parametrize(
    ("arms", "steps"), [("heart_overhead", "step_touch"), ("punch_up", "box_step")]
)
def test_feet_are_the_steps_and_hands_the_arms(arms, steps):
    both = danced(over(find_move(arms), find_move(steps)))
    counts = np.arange(0.0, 8.0)
    walked = at_counts(danced(find_move(steps)), ANKLES, counts)
    assert np.abs(at_counts(both, ANKLES, counts) - walked)[..., [0, 2]].max() < 0.08
    chest = [BODY.index["spine3"]]
    high = at_counts(both, WRISTS, counts) - at_counts(both, chest, counts)
    alone = danced(find_move(arms))
    wanted = at_counts(alone, WRISTS, counts) - at_counts(alone, chest, counts)
    assert np.median(np.abs(high - wanted)[..., 1]) < 0.1
    assert set(alone.accents) == set(both.accents)


def test_the_shorter_one_is_danced_again():
    arms, steps = find_move("chop"), find_move("walk_forward_back")
    both = over(arms, steps)
    assert (arms.counts, steps.counts, both.counts) == (2, 8, 8)
    hits = [key.count for key in both.keys if both.hits(key)]
    own = [key.count for key in arms.keys if arms.hits(key)]
    assert hits == [count + 2 * n for n in range(4) for count in own]
    first = over(arms, steps, 2)
    assert first.counts == 2
    assert max(key.count for key in first.keys) < 3


def test_steps_that_travel_go_on():
    both = over(find_move("reach_sky_slow"), find_move("grapevine"))
    places = [key.place[0] for key in both.keys if key.place is not None]
    assert both.counts == 8
    assert all(b > a for a, b in pairwise(places))


def test_only_moves_that_stand_leave_their_legs():
    for name in ("wave_hello", "heart_overhead", "shoulder_shimmy"):
        assert stands(find_move(name)), name
    for name in ("step_touch", "lunge_side", "pose_v_sign", "jump_both", "turn_full"):
        assert not stands(find_move(name)), name


def test_who_stays_stands_no_wider_for_long_strides():
    counts = np.arange(1.0, 8.0)
    for name, wider in (("arm_wave", False), ("step_touch", True)):
        near, far = (
            at_counts(
                danced(find_move(name), Dancer(timing=0.0, noise=0.0, stride=s)), ANKLES, counts
            )
            for s in (1.0, 1.5)
        )
        spread = [np.ptp(feet[:, :, 0], axis=1).max() for feet in (near, far)]
        assert (spread[1] > spread[0] + 0.05) == wider


def test_lively_dances_step_under_their_arms_and_calm_ones_hardly():
    def share(energy: float) -> float:
        moves = [m for seed in (0, 1) for m in moves_of(WAVES, energy=energy, seed=seed)]
        return float(np.mean([bool(m.steps) for m in moves if stands(find_move(m.name))]))

    assert share(0.95) > 0.3
    assert share(0.0) < 0.1


def test_what_is_asked_for_is_shown_alone_first_and_planted_feet_stay():
    moves = moves_of("wave hello, big heart overhead", "cute", energy=0.95)
    for name in ("wave_hello", "heart_overhead"):
        first = next(move for move in moves if move.name == name)
        assert not first.steps
    assert any(move.steps for move in moves)
    planted = moves_of("wave hello, big heart overhead, feet planted", "cute", energy=0.95)
    assert not any(move.steps for move in planted)
    assert not any(move.steps for move in moves_of("wave hello", energy=0.95))


def test_steps_stand_in_the_plan_and_only_those_that_carry():
    plan = make_plan(
        SONG, make_request({"prompt": "waving, hearts", "style": "cute"}), TextEncoder.default()
    )
    data = json.loads(plan.to_json())
    data["phrases"][1]["moves"] = [
        {"name": "wave_hello", "first": 1, "counts": 8, "steps": "grapevine"}
    ]
    edited = make_plan(SONG, make_request({"plan": json.dumps(data)}))
    assert edited.phrases[1].moves[0].steps == "grapevine"
    assert find_move("grapevine").captions[0] in edited.phrases[1].words
    for steps, code in (("lunge_side", "plan_invalid"), ("moonwalking", "move_unknown")):
        data["phrases"][1]["moves"][0]["steps"] = steps
        with pytest.raises(ChoreoError) as caught:
            make_plan(SONG, make_request({"plan": json.dumps(data)}))
        assert caught.value.code == code


def test_a_song_of_one_loudness_leaves_the_slider_as_it_is():
    for slider in (0.2, 0.5, 0.8):
        np.testing.assert_allclose(energy_at(SONG, slider, np.arange(4.0, 60.0)), slider, atol=0.02)
