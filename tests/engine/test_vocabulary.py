"""Moves as data, their player and the grammar of phrases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ChoreoError
from engine.figures import foot_slide
from engine.motion.contacts import FEET, REST_HEIGHTS
from engine.motion.measures import limb_speed
from engine.motion.skeleton import BODY
from engine.vocabulary.curves import CurveKey, follow, key_weights, lag
from engine.vocabulary.move import Move, load_move, load_moves
from engine.vocabulary.phrases import FORMS, Choice, write_score
from engine.vocabulary.player import play
from engine.vocabulary.score import Dancer, Part, Score

HEAD = """
title = "Test"
family = "tests"
counts = 2
styles = ["cute"]
timing = "hit"
captions = ["a", "b", "c", "d", "e"]
captions_ko = ["가", "나"]
"""
PUNCH = """
[[key]]
count = 1
left_hand = "front"
[[key]]
count = 2
left_hand = "down"
"""
EXACT = Dancer(noise=0.0, timing=0.0)


def written(folder: Path, text: str) -> Path:
    path = folder / "test.toml"
    path.write_text(text, encoding="utf-8")
    return path


def repeated(move: Move, times: int, tempo: float, dancer: Dancer = EXACT) -> Score:
    return Score(tuple(Part(move, float(i * move.counts)) for i in range(times)), tempo, dancer)


def test_the_vocabulary_is_whole():
    moves = load_moves()
    assert len(moves) >= 150
    captions = [caption for move in moves.values() for caption in move.captions]
    assert len(set(captions)) == len(captions), "no two moves are said in the same words"
    families = {move.family for move in moves.values()}
    for move in moves.values():
        assert set(move.then) <= {"any"} | families | set(moves), move.name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD, "no \\[\\[key\\]\\]"),
        (HEAD + PUNCH.replace("front", "nowhere"), "nowhere"),
        (HEAD + PUNCH.replace("count = 2", "count = 3"), "must rise"),
        (HEAD + PUNCH + 'left_ear = "up"', "left_ear"),
        (HEAD + PUNCH + "hips = { drop = 3 }", "too much"),
        (HEAD + PUNCH + "left_foot = { sideways = 0.1 }", "sideways"),
        (HEAD.replace('"c", "d", "e"', '"c"') + PUNCH, "captions"),
        (HEAD.replace('title = "Test"', "") + PUNCH, "title"),
        ("counts = [", "TOML"),
    ],
)
def test_a_wrong_move_is_told_in_a_sentence(tmp_path, text, says):
    with pytest.raises(ChoreoError, match=says) as error:
        load_move(written(tmp_path, text))
    assert error.value.code == "move_invalid"
    assert "test.toml" in error.value.message


def test_weights_sum_to_one_and_meet_their_keys():
    keys = [CurveKey(0.0, "smooth"), CurveKey(1.0, "smooth"), CurveKey(2.0, "hit")]
    keys += [CurveKey(3.0, "bounce"), CurveKey(5.0, "hold"), CurveKey(6.0, "smooth")]
    counts = np.linspace(-1, 7, 801)
    weights = key_weights(keys, counts, 0.5).toarray()
    assert np.allclose(weights.sum(axis=1), 1.0)
    for number, key in enumerate(keys):
        at = np.argmin(np.abs(counts - key.count))
        assert weights[at, number] == pytest.approx(1.0, abs=1e-6)
    assert np.abs(np.diff(weights, axis=0)).max() < 0.12


def test_dynamics_lag_as_told():
    times = np.arange(600) / 60.0
    ramp = times[:, None]
    late = (ramp - follow(ramp, 60.0, 3.0, 0.8))[-1, 0]
    assert late == pytest.approx(lag(3.0, 0.8), rel=0.05)


@pytest.mark.parametrize("tempo", [85.0, 120.0])
def test_a_hit_stops_on_its_count(tmp_path, tempo):
    move = load_move(written(tmp_path, HEAD + PUNCH))
    played = play(repeated(move, 8, tempo))
    hand = played.motion.positions()[:, BODY.index["left_wrist"]]
    hand = hand - played.motion.positions()[:, 0]
    speed = np.linalg.norm(np.gradient(hand, 1 / 30, axis=0), axis=-1)
    fine = np.linspace(0, 15, 15 * 200 + 1)
    at = np.interp(fine, played.count, speed)
    late = []
    for count in range(1, 15):
        # The first moment after the fastest of the way there at which the hand all but stops.
        way = (fine > count - 0.5) & (fine < count + 0.4)
        fastest = np.argmax(np.where(way, at, 0.0))
        stop = fastest + np.argmax(at[fastest:] < 0.25)
        late.append((fine[stop] - count) * 60 / tempo)
    assert np.abs(late).max() < 0.045, late


def test_planted_feet_stand_and_weight_follows(tmp_path):
    steps = """
[[key]]
count = 1
left_foot = { out = 0.4 }
weight = 1.0
[[key]]
count = 2
left_foot = { out = 0.1 }
weight = 0.0
"""
    played = play(repeated(load_move(written(tmp_path, HEAD + steps)), 6, 100.0))
    positions = played.motion.positions()
    assert foot_slide(positions, 30.0) < 0.03
    clearance = positions[:, FEET, 1] - REST_HEIGHTS
    assert clearance.min() > -0.01
    assert np.quantile(clearance.min(axis=1), 0.95) < 0.02
    middle = np.interp([2.15, 3.3], played.count, positions[:, 0, 0])
    assert middle[0] > 0.15, "over the left foot"
    assert middle[1] < 0.0, "over the right foot"


def test_a_mirrored_move_is_its_mirror(tmp_path):
    move = load_move(written(tmp_path, HEAD + PUNCH + "chest = { twist = 20 }"))
    one = play(repeated(move, 2, 110.0)).motion.positions()
    other = play(repeated(move.mirror(), 2, 110.0)).motion.positions()
    assert np.allclose(one[:, BODY.mirror] * [-1, 1, 1], other, atol=0.006)


def test_a_jump_leaves_the_floor_and_lands_on_its_count(tmp_path):
    jump = "\n[[key]]\ncount = 1\njump = 0.2\n[[key]]\ncount = 2\nhips = { drop = 0.05 }\n"
    played = play(repeated(load_move(written(tmp_path, HEAD + jump)), 4, 100.0))
    low = (played.motion.positions()[:, FEET, 1] - REST_HEIGHTS).min(axis=1)
    assert low.max() > 0.12
    assert np.interp([2.0, 4.0], played.count, low).max() < 0.03


def test_size_and_sharpness_do_what_they_say(tmp_path):
    move = load_move(written(tmp_path, HEAD + PUNCH))

    def speeds(dancer: Dancer) -> np.ndarray:
        motion = play(repeated(move, 4, 100.0, dancer)).motion
        return limb_speed(motion.positions(), motion.fps)

    small, large = speeds(replace(EXACT, size=0.7)), speeds(replace(EXACT, size=1.3))
    assert large.mean() > 1.2 * small.mean()
    soft, sharp = speeds(replace(EXACT, sharpness=0.0)), speeds(replace(EXACT, sharpness=1.0))
    assert sharp.max() > 1.1 * soft.max()


@pytest.mark.parametrize("name", sorted(load_moves()))
def test_every_move_makes_a_human_body(name):
    move = load_moves()[name]
    times = max(1, 8 // move.counts)
    played = play(repeated(move, times, 112.0))
    positions = played.motion.positions()
    assert np.isfinite(positions).all()
    clearance = positions[:, FEET, 1] - REST_HEIGHTS
    assert clearance.min() > -0.025, "through the floor"
    assert positions[:, :, 1].min() > -0.03
    steps = np.linalg.norm(np.diff(positions - positions[:, :1], axis=0), axis=-1) * 30
    assert steps.max() < 9.5, f"{BODY.names[int(steps.max(axis=0).argmax())]} is thrown"
    assert foot_slide(positions, 30.0) < 0.15 or any(key.slide for key in move.keys)


def test_the_grammar_fills_eights_without_gaps():
    moves = load_moves()
    for seed in range(12):
        score = write_score(moves, np.random.default_rng(seed), Choice(eights=4))
        at = 0.0
        for part in score.parts:
            assert part.start == at
            at += part.move.counts
        assert at == 32
    assert all(form[0] == "A" for form in FORMS)


def test_the_same_score_gives_the_same_motion():
    moves = load_moves()
    score = write_score(moves, np.random.default_rng(5), Choice(style="hip-hop", eights=2))
    one, other = play(score), play(score)
    assert np.array_equal(one.motion.local_quats, other.motion.local_quats)
    assert one.accents == other.accents
