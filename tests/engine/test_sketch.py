"""The sketch of a plan: its moves on the song's counts, as the sliders want them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.choreography.anchor import UPPER, hold, planned_frames
from engine.choreography.counts import Counts
from engine.choreography.phrases import Phrase, PlacedMove, Plan
from engine.choreography.sketch import Manner, has_moves, score_plan, sketch_plan
from engine.generate import SamplingSettings
from engine.motion.features import FPS, SLICES, decode
from engine.motion.measures import bounce, limb_speed
from engine.motion.skeleton import BODY
from engine.vocabulary.move import load_moves
from engine.vocabulary.pace import measure_pace, paces

PERIOD = 0.5


def plan_of(*names: str, mirrored: bool = False, uneven: bool = False) -> Plan:
    """Eights of one move each, from second 1.0 on; ``uneven``: the second half is slower."""
    times = 1.0 + PERIOD * np.arange(-16, 60)
    if uneven:
        times[24:] += 0.1 * np.arange(len(times) - 24)
    counts = Counts(times, -16, 1)
    edges = counts.seconds(8.0 * np.arange(len(names) + 1))
    phrases = tuple(
        Phrase(
            start=float(edges[n]),
            end=float(edges[n + 1]),
            first_count=8 * n,
            section="verse",
            prompt="",
            moves=(PlacedMove(name, 1, 8, mirrored),) if name else (),
        )
        for n, name in enumerate(names)
    )
    return Plan(phrases, counts, float(edges[0]), float(edges[-1]))


def manner(phrases: int, energy: float = 0.5, smoothness: float = 0.3, bounce: float = 0.5):
    return Manner(np.full(phrases, energy), smoothness, bounce)


def shown(plan: Plan, how: Manner, cyclic: bool = False) -> np.ndarray:
    """World positions of the sketch, frame by frame from the plan's start."""
    frames = round((plan.end - plan.start) * FPS)
    seconds = plan.start + np.arange(frames) / FPS
    return decode(sketch_plan(plan, how, seconds, 3, cyclic)).positions()


def reach(positions: np.ndarray, side: str) -> np.ndarray:
    """How far (m) a wrist is in front of its shoulder."""
    wrist, shoulder = (BODY.index[f"{side}_{part}"] for part in ("wrist", "shoulder"))
    return (positions[:, wrist] - positions[:, shoulder])[:, 2]


@pytest.mark.parametrize("uneven", [False, True])
def test_moves_fall_on_the_counts_of_the_song(uneven):
    plan = plan_of("punch_front", "punch_front", uneven=uneven)
    positions = shown(plan, manner(2))
    left, right = reach(positions, "left"), reach(positions, "right")
    for number in range(0, 16, 4):  # the move has two counts and alternates
        at = round(float(plan.counts.seconds(np.array([number + 0.0]))[0] - plan.start) * FPS)
        other = round(float(plan.counts.seconds(np.array([number + 2.0]))[0] - plan.start) * FPS)
        assert left[at] > 0.38 > right[at], number
        if other < len(right):
            assert right[other] > 0.38 > left[other], number


def test_a_mirrored_move_begins_on_the_other_side():
    positions = shown(plan_of("punch_front", mirrored=True), manner(1))
    assert reach(positions, "right")[0] > 0.38 > reach(positions, "left")[0]


def test_the_sliders_are_heard():
    plan = plan_of("point_front", "down_bounce")
    calm, wild = (shown(plan, manner(2, energy=e)) for e in (0.05, 0.95))
    assert limb_speed(wild, FPS).mean() > 1.25 * limb_speed(calm, FPS).mean()
    level, bouncy = (shown(plan, manner(2, bounce=b)) for b in (0.0, 1.0))
    assert bounce(bouncy, FPS) > 1.5 * bounce(level, FPS)


def test_words_say_how_moves_are_danced():
    def dancer(prompt: str):
        plan = plan_of("body_roll")
        said = replace(plan, phrases=tuple(replace(p, prompt=prompt) for p in plan.phrases))
        return score_plan(said, manner(1), 0).parts[0].dancer

    plain = dancer("body roll")
    assert dancer("body roll in a low stance").drop > plain.drop + 0.05
    assert dancer("big body rolls, wide stance").size > plain.size
    assert dancer("big body rolls, wide stance").stance > plain.stance
    assert dancer("low v, a big heart") == plain


def test_a_round_closes():
    plan = plan_of("step_touch", "body_roll")
    open_ended, closed = (shown(plan, manner(2), cyclic) for cyclic in (False, True))

    def seam(positions: np.ndarray) -> float:
        bodies = positions - positions[:, :1] * [1.0, 0.0, 1.0]
        return float(np.linalg.norm(bodies[0] - bodies[-1], axis=-1).max())

    usual = np.linalg.norm(np.diff(closed - closed[:, :1], axis=0), axis=-1).max(axis=1)
    assert seam(closed) < 1.5 * usual.max()
    assert seam(open_ended) > seam(closed)


def test_a_plan_without_moves_has_no_sketch():
    assert not has_moves(plan_of("", ""))
    assert has_moves(plan_of("", "body_roll"))
    settings = SamplingSettings.for_creativity(0.4)
    bare = settings.without_sketch()
    assert bare.start > 0.95 > settings.start
    assert bare.steps > settings.steps


def test_the_dancer_begins_mid_stage_to_the_front():
    plan = plan_of("grapevine", "walk_forward_back", "three_step_turn")
    rows = sketch_plan(plan, manner(3), plan.start + np.arange(360) / FPS, 1)
    assert np.abs(rows[:, SLICES["place"]]).max() < 1.6
    assert rows[0, SLICES["heading"]][1] > 0.9


def test_feet_are_held_most_arms_less_and_the_stage_not_at_all():
    mask = hold()
    turns = mask[SLICES["rotations"]].reshape(-1, 6)[:, 0]
    for name, held in (("pelvis", 1.0), ("left_knee", 1.0), ("right_elbow", UPPER)):
        assert turns[BODY.index[name]] == held
    assert mask[SLICES["contacts"]].min() == 1.0
    assert not mask[SLICES["place"]].any()
    free = SamplingSettings.for_creativity(1.0).anchor
    assert SamplingSettings.for_creativity(0.4).anchor == 1.0 > free > 0.0


def test_what_no_move_is_planned_for_is_not_held():
    plan = plan_of("step_touch", "", "step_touch")
    held = planned_frames(plan, round((plan.end - plan.start) * FPS))
    a_phrase = round(8 * PERIOD * FPS)
    assert held[a_phrase // 2] == pytest.approx(1.0)
    assert held[a_phrase + a_phrase // 2] == pytest.approx(0.0)
    assert np.abs(np.diff(held)).max() < 0.2


def test_styles_change_how_far_apart_the_feet_are():
    plan = plan_of("low_v")

    def apart(style: str) -> float:
        phrases = tuple(replace(phrase, style=style) for phrase in plan.phrases)
        feet = shown(replace(plan, phrases=phrases), manner(1, 0.7))
        left, right = (feet[:, BODY.index[f"{side}_ankle"], 0] for side in ("left", "right"))
        return float(np.median(left - right))

    assert apart("cute") < apart("") < apart("girl-crush")


def test_strides_grow_with_energy():
    plan = plan_of("grapevine")

    def travelled(energy: float) -> float:
        return float(np.ptp(shown(plan, manner(1, energy))[:, BODY.index["left_ankle"], 0]))

    assert travelled(0.9) > 1.3 * travelled(0.2)


def test_pace_ranks_moves_from_calm_to_lively():
    moves = load_moves()
    chosen = [moves[name] for name in ("pose_hip_hand", "step_touch", "running_man")]
    ranked = paces(chosen)
    assert [ranked[move.name] for move in chosen] == [0.0, 0.5, 1.0]
    unknown = replace(moves["running_man"], name="not_in_the_table")
    assert paces([chosen[0], unknown])["not_in_the_table"] == 1.0
    assert measure_pace(chosen[2]) > 3 * measure_pace(chosen[0])
