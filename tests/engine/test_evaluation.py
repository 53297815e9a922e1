"""The evaluation's figures on motion whose answers are known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from engine.choreography.plan import PlacedMove, make_plan
from engine.errors import ChoreoError
from engine.model.backends import debug_model
from engine.motion.features import Motion, motion_of
from engine.motion.rotations import quat_multiply, quat_yaw
from engine.request import GenerateRequest
from engine.training.collect.take import Take, write_take
from engine.training.dataset import Dataset
from engine.training.evaluation import original_mdm, table
from engine.training.evaluation.bodies import (
    broken_share,
    feet_of,
    jumps,
    planned_slides,
    seam_ratio,
    token_seams,
)
from engine.training.evaluation.controls import statue
from engine.training.evaluation.features import features_of, geometric, kinetic
from engine.training.evaluation.likeness import frechet, likeness_rows, mmd
from engine.training.evaluation.real import danceable, group_of, real_dances
from engine.training.evaluation.sliders import LEVELS, Sweep, median_rho, slider_rows, sweep
from engine.training.evaluation.songs import silent_song, structured_song
from engine.training.evaluation.speed import speed_rows
from engine.training.evaluation.studio import Dance
from engine.training.evaluation.timid import height_range_of, reach_of, step_length_of
from engine.training.evaluation.variety import Library, copied_rows, mirrored, variety_rows
from engine.training.evaluation.whole_song import (
    energy_correlation,
    facing_share,
    floor_drift,
    phrase_distances,
    whole_song_rows,
)
from engine.training.evaluation.windows import JerkBySpeed, cut, cut_all, faced, speed_of
from engine.vocabulary.move import load_moves
from tests.bodies import stepping, wandering


def lively(seed: int, seconds: float = 20.0, size: float = 1.0) -> Motion:
    """A random body whose movement is ``size`` times as large."""
    motion = wandering(round(seconds * 30), seed)
    quats = motion.local_quats.copy()
    blend = quats * size + np.array([1.0, 0, 0, 0]) * (1 - size)
    return motion_of(blend / np.linalg.norm(blend, axis=-1, keepdims=True), motion.root_positions)


# -- rows ------------------------------------------------------------------------------------------


def test_a_figure_that_could_not_be_measured_reaches_nothing():
    for row in (
        table.at_least("p", "w", float("nan"), 0.5),
        table.at_most("p", "w", float("nan"), 0.5),
        table.within("p", "w", float("nan"), (0.0, 1.0)),
    ):
        assert row.reached is False
        assert json.loads(json.dumps(row.to_dict()))["figure"] is None


def test_tables_show_figure_control_target_and_verdict():
    rows = [
        table.at_least("beat", "precision", 0.91, 0.8, {"64 phases": 0.48}),
        table.informs("beat", "speed", 1.5),
    ]
    card = table.markdown(rows)
    assert "| beat | precision | 0.91 | 64 phases 0.48 | >= 0.80 | reached |" in card
    assert "64 phases 0.48" in table.plain(rows)


# -- bodies ----------------------------------------------------------------------------------------


def test_feet_that_stand_do_not_slide_and_dragged_ones_do():
    standing = stepping(8.0)
    assert feet_of(standing).slide < 0.05
    dragged = standing.root_positions + np.linspace(0, 8.0, len(standing))[:, None] * [1.0, 0, 0]
    found = feet_of(motion_of(standing.local_quats, dragged))
    assert found.slide > 0.9
    planned = np.ones(len(standing), dtype=bool)
    assert np.isnan(feet_of(motion_of(standing.local_quats, dragged), planned).slide)


def test_a_thrown_body_jumps_and_a_lifted_one_does_not():
    body = statue(4.0)
    times = np.arange(len(body)) / 30.0
    height = np.maximum(0.0, 1.5 * (times - 1) - 4.9 * (times - 1) ** 2) * (times > 1)
    thrown = body.root_positions + height[:, None] * [0, 1.0, 0]
    assert jumps(motion_of(body.local_quats, thrown).positions()).sum() >= 4
    assert feet_of(motion_of(body.local_quats, thrown)).on_floor > 0.95
    lifted = body.root_positions + ((times > 1) & (times < 1.5))[:, None] * [0, 0.2, 0]
    assert not jumps(motion_of(body.local_quats, lifted).positions()).any()


def test_a_leg_bent_backwards_is_broken():
    body = statue(1.0)
    assert broken_share(body) == 0.0
    quats = body.local_quats.copy()
    quats[:, 4] = [np.cos(0.4), -np.sin(0.4), 0.0, 0.0]
    assert broken_share(motion_of(quats, body.root_positions)) == 1.0


def test_a_jolt_at_every_token_shows_in_the_seams():
    smooth = lively(0)
    assert seam_ratio(smooth, token_seams(len(smooth), 4)) == pytest.approx(1.0, abs=0.1)
    jolted = smooth.root_positions.copy()
    jolted[:, 0] += 0.02 * (np.arange(len(smooth)) // 4 % 2)
    body = motion_of(smooth.local_quats, jolted)
    assert seam_ratio(body, token_seams(len(body), 4)) > 1.5


def test_jerk_is_compared_at_matched_speed():
    real = cut_all([lively(seed, size=size) for seed in range(4) for size in (0.4, 0.7, 1.0)])
    line = JerkBySpeed(real)
    calm, fast = cut(lively(9, size=0.5)), cut(lively(9, size=0.95))
    assert abs(np.median([line.excess(w) for w in calm])) < 0.3
    assert abs(np.median([line.excess(w) for w in fast])) < 0.3
    rng = np.random.default_rng(0)
    shaken = [w + rng.normal(scale=0.004, size=w.shape) for w in fast]
    assert np.median([line.excess(w) for w in shaken]) > 0.5


# -- size, sliders ---------------------------------------------------------------------------------


def test_a_statue_is_timid():
    window = cut(statue(4.0))[0]
    assert speed_of(window) < 1e-6
    assert height_range_of(window) == pytest.approx(0.0, abs=1e-9)
    assert step_length_of(window) == 0.0
    assert reach_of(window) < 0.8


def test_a_step_is_as_long_as_the_foot_has_gone():
    body = statue(4.0)
    times = np.arange(len(body)) / 30.0
    # Both feet are carried 30 cm through the air, twice.
    moved = np.interp(times, [1.0, 1.4, 2.4, 2.8], [0.0, 0.3, 0.3, 0.6])
    up = 0.15 * (np.interp(times, [1.0, 1.2, 1.4], [0, 1, 0]))
    up = up + 0.15 * (np.interp(times, [2.4, 2.6, 2.8], [0, 1, 0]))
    root = body.root_positions + np.stack([moved, up, 0 * up], axis=-1)
    window = cut(motion_of(body.local_quats, root))[0]
    assert step_length_of(window) == pytest.approx(0.3, abs=0.08)


def test_sliders_that_work_reach_and_dead_ones_do_not():
    real = cut_all([lively(seed, size=size) for seed in range(5) for size in (0.4, 0.7, 1.0)])
    alive = sweep(
        "energy",
        range(3),
        lambda slider, level, seed: lively(seed, 8.0, 0.3 + 0.8 * level),
        {"energy": speed_of, "bounce": height_range_of},
    )
    assert median_rho(alive.values["energy"]) == pytest.approx(1.0)
    rows = slider_rows([Sweep("energy", {"energy": alive.values["energy"]})], real)
    assert [row.reached for row in rows] == [True, True]
    dead = Sweep("energy", {"energy": np.ones((3, len(LEVELS)))})
    assert [row.reached for row in slider_rows([dead], real)] == [False, False]


# -- likeness, variety -----------------------------------------------------------------------------


def test_distances_are_nought_for_one_kind_and_not_for_two():
    rng = np.random.default_rng(0)
    same = [rng.normal(size=(150, 6)) for _ in range(2)]
    other = rng.normal(loc=0.8, size=(150, 6))
    assert abs(mmd(*same, 3.0)) < 0.01
    assert mmd(same[0], other, 3.0) > 0.03
    assert frechet(*same) < 0.5
    assert frechet(same[0], other) == pytest.approx(6 * 0.64, abs=0.8)


def test_kinetic_features_are_those_of_a_known_movement():
    body = statue(4.0)
    times = np.arange(len(body)) / 30.0
    root = body.root_positions + np.stack([0.6 * times, 0 * times, 0.8 * times], axis=-1)
    found = kinetic(cut(motion_of(body.local_quats, root))[0])
    joints = len(found) // 3
    np.testing.assert_allclose(found[:joints], np.log(1.0 + 1e-4), atol=1e-6)
    np.testing.assert_allclose(found[joints : 2 * joints], np.log(1e-4), atol=1e-6)
    assert geometric(cut(body)[0]).shape == geometric(cut(lively(0))[0]).shape
    # The same pose turned about keeps its relations.
    turned = motion_of(
        np.concatenate(
            [quat_multiply(quat_yaw(np.full(len(body), 1.3)), body.local_quats[:, 0])[:, None],
             body.local_quats[:, 1:]], axis=1,
        ),
        body.root_positions,
    )  # fmt: skip
    np.testing.assert_allclose(geometric(cut(turned)[0]), geometric(cut(body)[0]))


def test_the_nearer_set_is_called_nearer_with_intervals_apart():
    held_out = cut_all([lively(seed, 24.0) for seed in range(4)])
    training = cut_all([lively(seed, 24.0) for seed in range(10, 14)])
    near = cut_all([lively(seed, 24.0) for seed in range(20, 24)])
    far = cut_all([lively(seed, 24.0, 0.35) for seed in range(30, 34)])
    rows = likeness_rows(held_out, training, {"model": near, "vocabulary": far})
    assert rows[0].reached
    assert rows[0].controls["vocabulary"] > 5 * abs(rows[0].figure)
    swapped = likeness_rows(held_out, training, {"model": far, "vocabulary": near})
    assert not swapped[0].reached
    alone = likeness_rows(held_out, training, {"model": near})
    assert alone[0].reached is None


def test_a_copy_is_found_also_mirrored_turned_and_elsewhere():
    library = Library.of([lively(seed).positions() for seed in range(3)])
    source = lively(1)
    new = cut(lively(7), 2.0, 1.0)
    window = cut(source, 2.0, 1.0)[3]
    turned = window @ np.array([[0.0, 0, -1], [0, 1, 0], [1, 0, 0]]) + [3.0, 0, 1.0]
    for copy in (window, mirrored(window), turned):
        assert library.nearest([copy])[0] < 0.03
    assert library.nearest(new).min() > 0.05
    rows = copied_rows([window, *new], new, library)
    assert [row.reached for row in rows] == [False, False]
    assert all(row.reached for row in copied_rows(new, new, library))


def test_one_dance_again_and_again_is_not_diverse():
    real = cut_all([lively(seed) for seed in range(4)])
    training = cut_all([lively(seed) for seed in range(10, 14)])
    same = cut(lively(20)) * 4
    same = [w + 0.001 * n for n, w in enumerate([same[0]] * 16)]
    assert not variety_rows(same, real, training, same)[0].reached
    other = cut_all([lively(seed) for seed in range(30, 34)])
    assert variety_rows(other, real, training, same)[0].reached


# -- the whole song --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole():
    song = structured_song(structure=("verse", "rise", "verse", "rise"))
    return song, make_plan(song, GenerateRequest())


def follows_song(song, plan, swap: bool = False) -> Motion:
    """Moves as much as the song is loud; ``swap`` turns loud and quiet round."""
    seconds = np.arange(round(song.duration * 30) + 1) / 30.0
    level = np.interp(seconds, np.arange(len(song.energy.curve)) * 0.1, song.energy.curve)
    size = 0.2 + 0.6 * (1.2 - level if swap else level)
    body = statue(song.duration)
    quats = body.local_quats[: len(seconds)].copy()
    angle = 1.2 * size * np.sin(2 * np.pi * seconds * 2)
    for joint, sign in ((16, 1.0), (17, -1.0)):
        turn = np.stack([np.cos(angle / 2), sign * np.sin(angle / 2), 0 * angle, 0 * angle], -1)
        quats[:, joint] = quat_multiply(turn, quats[:, joint])
    return motion_of(quats, body.root_positions[: len(seconds)])


def test_energy_follows_the_song_or_does_not(whole):
    song, plan = whole
    good, bad = follows_song(song, plan), follows_song(song, plan, swap=True)
    assert energy_correlation(plan, song, good) > 0.9
    assert energy_correlation(plan, song, bad) < -0.5
    assert energy_correlation(plan, song, statue(song.duration)) == 0.0
    rows = whole_song_rows(plan, song, good, [lively(0)], statue(song.duration))
    verdicts = {row.what.split()[0]: row.reached for row in rows}
    assert verdicts["facing"]
    assert verdicts["furthest"]
    assert verdicts["drift"]
    assert verdicts["correlation"]


def test_facing_and_drift_are_measured(whole):
    body = statue(20.0)
    turned = body.local_quats.copy()
    yaw = np.where(np.arange(len(body)) > len(body) / 2, np.pi, 0.0)
    turned[:, 0] = quat_yaw(yaw)
    around = motion_of(turned, body.root_positions)
    assert facing_share(around, range(0, len(body), 15)) == pytest.approx(0.5, abs=0.1)
    sinking = body.root_positions - np.linspace(0, 0.025, len(body))[:, None] * [0, 1.0, 0]
    assert floor_drift(motion_of(body.local_quats, sinking)) == pytest.approx(0.025, abs=0.002)
    assert floor_drift(body) < 1e-6


def test_a_chorus_that_comes_back_is_nearer_than_others(whole):
    song, plan = whole
    frames = round(song.duration * 30) + 1
    random = wandering(frames + 400, 5)
    quats = random.local_quats[:frames].copy()
    for phrase in plan.phrases:
        if phrase.repeats is not None:
            first = plan.phrases[phrase.repeats]
            source, target = (round(p.start * 30) for p in (first, phrase))
            count = min(round((phrase.end - phrase.start) * 30), frames - target)
            quats[target : target + count] = quats[source : source + count]
    root = statue(song.duration).root_positions[:frames]
    again = phrase_distances(plan, motion_of(quats, root))
    assert len(again.repeated)
    assert again.ratio < 0.3
    never = phrase_distances(plan, motion_of(random.local_quats[:frames], root))
    assert never.ratio > 0.7


# -- speed, real dances ----------------------------------------------------------------------------


def test_the_older_model_has_its_size_and_is_timed(monkeypatch):
    monkeypatch.setattr(original_mdm, "TIMED", 1)
    assert original_mdm.OriginalSize().weights() == pytest.approx(17.9e6, rel=0.01)
    assert original_mdm.seconds_for(1) > 0.1


def test_speed_is_judged_for_the_default_path_alone():
    text = pytest.importorskip("engine.model.text")
    rows = speed_rows(
        {"NumPy": debug_model(), "again": debug_model()},
        text.TextEncoder.default(),
        20.0,
        lambda windows: 5.0 * windows,
    )
    assert [row.reached is None for row in rows] == [False, False, True]
    assert rows[0].figure > 1.0
    assert rows[1].figure == pytest.approx(rows[0].figure / (9.8 / 5.0))


def test_takes_are_grouped_by_where_they_come_from():
    assert group_of("60_11") == group_of("61_12") == "60 and 61"
    assert group_of("J_Dance18_TikTok") == group_of("B_WiggleDance") == "robot"
    assert group_of("05_16") != group_of("indian_14")
    assert danceable(53.0) == 106.0
    assert danceable(200.0) == 100.0


def test_test_takes_are_read_only_when_they_are_asked_for(tmp_path):
    nothing = Dataset((), (), np.zeros((0, 384)), np.zeros(0, dtype=int))
    body = stepping(5.0)
    for name, split, kind in (
        ("60_13", "test", "dance"),
        ("49_20", "test", "other"),
        ("60_01", "train", "dance"),
    ):
        write_take(
            Take(
                name, "cmu_amc", name[:2], split, kind, ("a dance",), "free", "somebody",
                body.local_quats, body.root_positions, np.ones(22, dtype=bool), 0.0, True,
            ),
            tmp_path,
        )  # fmt: skip
    found = real_dances(nothing, "test", tmp_path)
    assert [dance.name for dance in found] == ["60_13"]
    for split, folder in (("validation", tmp_path), ("test", None)):
        with pytest.raises(ChoreoError) as missing:
            real_dances(nothing, split, folder)
        assert missing.value.code == "takes_missing"


def test_planned_slides_are_counted_apart():
    song = silent_song(120.0, 16.0)
    plan = make_plan(song, GenerateRequest())
    body = stepping(16.0)

    name = next(n for n, move in load_moves().items() if any(key.slide for key in move.keys))
    second = replace(plan.phrases[1], moves=(PlacedMove(name, 1, 4),))
    none = tuple(replace(phrase, moves=()) for phrase in plan.phrases)
    placed = replace(plan, phrases=(none[0], second, *none[2:]))
    found = planned_slides(Dance(song, GenerateRequest(), placed, body))
    first = second.number(1.0)
    low, high = plan.counts.seconds(np.array([first - 1, first + 4])) * 30
    assert found[round(low) + 1 : round(high) - 1].all()
    assert found.sum() == pytest.approx(high - low, abs=2)
    assert not planned_slides(
        Dance(song, GenerateRequest(), replace(plan, phrases=none), body)
    ).any()


def test_faced_windows_forget_where_and_whither():
    window = cut(lively(3), 2.0)[0]
    turn = np.array([[0.0, 0, -1], [0, 1, 0], [1, 0, 0]])
    np.testing.assert_allclose(faced(window @ turn + [2.0, 0, 1.0]), faced(window), atol=1e-6)
    assert features_of([window, window]).shape[0] == 2
    assert silent_song(100.0, 8.0).beats[1] == pytest.approx(0.6)
