"""Motion beats on bodies whose beats are known, and what the figures make of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.choreography.accents import accent_times
from engine.choreography.plan import make_plan
from engine.motion.features import Motion
from engine.motion.rhythm import stops
from engine.motion.warping import warp
from engine.request import GenerateRequest
from engine.training.evaluation.beat import (
    JudgedDance,
    authored_accents,
    beat_rows,
    beat_score,
    tolerance,
)
from engine.training.evaluation.controls import (
    at_another_tempo,
    bobbing_statue,
    in_the_air,
    statue,
)
from engine.training.evaluation.failing import verdict
from engine.training.evaluation.signals import SIGNALS, at_30_fps, motion_beats
from engine.training.evaluation.songs import grid_song
from engine.training.evaluation.windows import cut
from engine.vocabulary.move import find_move
from engine.vocabulary.player import play
from engine.vocabulary.score import Part, Score
from tests.bodies import stepping

FPS = 120.0


def path_speed(path: np.ndarray) -> np.ndarray:
    return np.abs(np.gradient(path, 1 / FPS))


def least_jerk(share: np.ndarray) -> np.ndarray:
    return 10 * share**3 - 15 * share**4 + 6 * share**5


@pytest.mark.parametrize("period", [0.35, 0.5, 0.75])
def test_a_turning_point_is_a_beat_in_its_middle(period):
    times = np.arange(0, 12, 1 / FPS)
    found = stops(path_speed(0.2 * np.cos(np.pi * times / period)), FPS, 0.01)
    expected = np.arange(1, int(12 / period)) * period
    assert abs(len(found) - len(expected)) <= 1
    nearest = found[np.abs(found[:, None] - expected[None, :]).argmin(axis=0)]
    np.testing.assert_allclose(nearest, expected, atol=0.005)


@pytest.mark.parametrize("length", [0.15, 0.25, 0.35])
def test_a_hit_that_is_held_is_a_beat_when_it_arrives(length):
    period = 0.75
    times = np.arange(0, 12, 1 / FPS)
    number = np.floor(times / period)
    share = np.clip((times % period - (period - length)) / length, 0, 1)
    found = stops(path_speed(0.2 * (-1) ** number * (1 - 2 * least_jerk(share))), FPS, 0.01)
    expected = np.arange(1, 15) * period
    nearest = found[np.abs(found[:, None] - expected[None, :]).argmin(axis=0)]
    np.testing.assert_allclose(nearest, expected, atol=0.025)


def test_noise_and_standing_still_have_no_beats():
    found = motion_beats(statue(8.0))
    assert all(len(found.of(signal)) == 0 for signal in SIGNALS)


def test_the_players_hits_are_found_where_they_were_written():
    song = grid_song(100.0, 16.0)
    found = motion_beats(played_dance("punch_front", song))
    score = beat_score(found.hands, song.beats, song.beats[::2], 16.0)
    assert score.precision > 0.8
    assert score.recall > 0.8
    assert abs(score.median_ms) < 35


def test_feet_that_land_on_beats_score_and_late_ones_show_as_late():
    song = grid_song(120.0, 16.0)
    for late in (0.0, 0.03):
        found = motion_beats(stepping(16.0, 0.5, late)).feet
        score = beat_score(found, song.beats, song.beats, 16.0)
        assert score.precision > 0.95
        assert score.recall > 0.9
        assert score.recall_chance < 0.3
        assert score.median_ms == pytest.approx(1000 * late + 20, abs=12)
    half_off = motion_beats(stepping(16.0, 0.5, 0.125)).feet
    assert beat_score(half_off, song.beats, song.beats, 16.0).precision < 0.1


def test_frames_a_second_do_not_matter():
    motion = stepping(12.0, 0.5)
    doubled = warp(motion, np.arange(0, 12.0, 1 / 60))
    doubled = replace(doubled, fps=60.0)
    assert at_30_fps(doubled).fps == 30.0
    feet = motion_beats(motion).feet
    np.testing.assert_allclose(motion_beats(doubled).feet[: len(feet)], feet, atol=0.01)


def test_chance_is_what_a_random_dance_gets():
    rng = np.random.default_rng(0)
    song = grid_song(120.0, 120.0)
    random = np.sort(rng.uniform(0, 120, 240))
    score = beat_score(random, song.beats, song.beats, 120.0)
    assert abs(score.lift) < 0.12
    assert score.precision_chance == pytest.approx(2 * 0.06 / 0.25, abs=0.03)
    assert tolerance(0.4) == pytest.approx(0.05)
    assert tolerance(0.7) == pytest.approx(0.06)


def test_accents_are_judged_on_authored_beats():
    song = grid_song(120.0, 16.0)
    plan = make_plan(song.heard, GenerateRequest())
    accents = accent_times(plan)
    assert len(accents) > 4
    heard_late = authored_accents(accents + 0.04, song.beats)
    np.testing.assert_allclose(heard_late, authored_accents(accents, song.beats), atol=1e-9)
    np.testing.assert_allclose(authored_accents(np.array([1.25]), song.beats), [1.25])


def played_dance(move: str, song) -> Motion:
    """The move again and again, on the song's beats: what a good dance looks like."""
    found = find_move(move)
    counts = len(song.beats) + 8
    parts = tuple(
        Part(found.mirror() if n % 2 else found, float(n * found.counts))
        for n in range(counts // found.counts)
    )
    played = play(Score(parts, song.tempo))
    first = float(np.interp(0.0, played.count, np.arange(len(played.count)))) / 30.0
    return warp(played.motion, first + np.arange(round(song.heard.duration * 30) + 1) / 30.0)


def judged_dance(song, before, after, other):
    return JudgedDance(
        song.tempo, song.beats, song.beats, 16.0, *map(motion_beats, (before, after, other, other)),
        slowest=0.95, fastest=1.05,
    )  # fmt: skip


def test_rows_of_the_table_say_reached_only_where_two_signals_are_on_the_beat():
    song = grid_song(120.0, 16.0)
    good = played_dance("step_touch", song)
    wrong = at_another_tempo(good)
    rows = {row.what: row for row in beat_rows([judged_dance(song, good, good, wrong)])}
    precision = rows["100-130 BPM, feet: precision after sync"]
    assert precision.figure > 0.9
    assert precision.controls["64 phases"] < 0.6
    assert precision.controls["rhythm shuffled"] < 0.7
    (counted,) = [row for what, row in rows.items() if "signals with" in what]
    assert counted.reached
    (lift,) = [row for what, row in rows.items() if "lift before sync" in what]
    assert lift.figure > 0.25
    rows = {row.what: row for row in beat_rows([judged_dance(song, wrong, wrong, good)])}
    (counted,) = [row for what, row in rows.items() if "signals with" in what]
    assert not counted.reached
    (lift,) = [row for what, row in rows.items() if "lift before sync" in what]
    assert not lift.reached


@pytest.fixture(scope="module")
def good():
    """A song, a dance that is on its beats, and the same as the real one to compare with."""
    song = grid_song(112.0, 16.0)
    dance = played_dance("step_touch", song)
    return song, dance, cut(dance)


def test_a_good_dance_passes(good):
    song, dance, windows = good
    found = verdict(song, dance, windows, [dance])
    assert found.on_the_beat
    assert found.not_timid
    assert found.bodies
    assert found.passes


@pytest.mark.parametrize("planted", [True, False])
def test_a_statue_that_bobs_fails(good, planted):
    song, dance, windows = good
    found = verdict(song, bobbing_statue(song.beats, 16.0, planted), windows, [dance])
    assert found.signals["pelvis"].reached, "the bob is on the beat, and that is not enough"
    assert not found.on_the_beat
    assert not found.not_timid
    assert not found.passes


def test_a_dance_locked_to_wrong_beats_fails(good):
    song, dance, windows = good
    found = verdict(song, at_another_tempo(dance), windows, [dance])
    assert not any(score.reached for score in found.signals.values())
    assert not found.passes


def test_a_clip_with_no_contacts_fails(good):
    song, dance, windows = good
    found = verdict(song, in_the_air(dance), windows, [dance])
    assert found.contact == 0.0
    assert found.on_floor == 0.0, "a flight that never lands is no jump"
    assert not found.bodies
    assert not found.passes
