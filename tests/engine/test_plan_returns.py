"""Choreography that comes back and stillness that is held, on arrays and in a real dance."""

from dataclasses import replace

import numpy as np
import pytest

from engine.audio.analysis import SongAnalysis
from engine.audio.energy import Energy
from engine.audio.sections import Section
from engine.audio.summary import Confidence
from engine.choreography.counts import Counts
from engine.choreography.facing import (
    FARTHEST,
    FREE,
    face_front,
    front_weight,
    turn_to_front,
)
from engine.choreography.freeze import ARRIVE, LEAVE, STILLNESS, hold_still, holds_of, rest_rows
from engine.choreography.phrases import Phrase, Plan
from engine.choreography.returns import NormalisedMirror, Returns
from engine.conditioning import read_words
from engine.generate import generate
from engine.model.backends import load_motion_model
from engine.model.names import DEFAULT_MODEL
from engine.model.text import TextEncoder
from engine.motion.features import (
    FPS,
    MIRROR,
    SLICES,
    STAGE,
    WIDTH,
    Motion,
    encode,
    heading_of,
    mirror_rows,
)
from engine.motion.rotations import quat_yaw
from engine.request import make_request

rng = np.random.default_rng(5)
MEAN, STD = rng.normal(size=WIDTH), rng.uniform(0.5, 2.0, WIDTH)
MEAN = (MEAN + MEAN[MIRROR.order] * MIRROR.signs) / 2


def array(values):
    return np.asarray(values, dtype=np.float32)


def a_plan(*changes: dict) -> Plan:
    """Eights at 120 BPM, one for each set of changes."""
    counts = Counts(np.arange(-16, 8 * len(changes) + 16) * 0.5, -16, 1)
    phrases = tuple(
        replace(Phrase(4.0 * n, 4.0 * (n + 1), 8 * n, "verse", "x"), **change)
        for n, change in enumerate(changes)
    )
    return Plan(phrases, counts, 0.0, 4.0 * len(changes))


SAME, MIRRORED = {"repeats": 0}, {"repeats": 0, "mirrored": True}
PLAN = a_plan({}, {}, SAME, MIRRORED, {"repeats": 0, "variation": 0.5}, {"repeats": 3})
FRAMES = 6 * 120
EIGHTH = [slice(120 * n, 120 * (n + 1)) for n in range(6)]
INNER = slice(15, 105)


def test_copies_begin_from_the_same_noise():
    noise = np.random.default_rng(0).standard_normal((FRAMES, WIDTH))
    given = Returns.of(PLAN, FRAMES).noise(noise)
    eights = [given[part] for part in EIGHTH]
    mirrored = eights[0][:, MIRROR.order] * MIRROR.signs
    np.testing.assert_array_equal(eights[2], eights[0])
    np.testing.assert_array_equal(eights[3], mirrored)
    np.testing.assert_array_equal(eights[5], mirrored)
    np.testing.assert_array_equal(eights[4][:59], eights[0][:59])
    np.testing.assert_array_equal(eights[4][61:], noise[EIGHTH[4]][61:])
    np.testing.assert_array_equal(eights[1], noise[EIGHTH[1]])
    assert given.std() == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("takes", [0, 2])
def test_copies_agree_inside_and_are_free_at_their_edges_and_on_the_stage(takes):
    shape = (takes, FRAMES, WIDTH) if takes else (FRAMES, WIDTH)
    x0 = array(np.random.default_rng(1).standard_normal(shape))
    mirror = NormalisedMirror.of(MEAN, STD, array)
    result = Returns.of(PLAN, FRAMES).agree(x0, mirror)
    eights = [result[..., part, :] for part in EIGHTH]
    body = np.ones(WIDTH, dtype=bool)
    body[STAGE] = False
    inner = (..., INNER, body)
    np.testing.assert_allclose(eights[2][inner], eights[0][inner], atol=1e-5)
    turned = array((mirror_rows(eights[0] * STD + MEAN) - MEAN) / STD)
    np.testing.assert_allclose(eights[3][inner], turned[inner], atol=1e-4)
    np.testing.assert_allclose(eights[5][inner], turned[inner], atol=1e-4)
    first = (..., slice(15, 45), body)
    np.testing.assert_allclose(eights[4][first], eights[0][first], atol=1e-5)
    np.testing.assert_array_equal(eights[4][..., 61:, :], x0[..., EIGHTH[4], :][..., 61:, :])
    np.testing.assert_array_equal(eights[1], x0[..., EIGHTH[1], :])
    np.testing.assert_array_equal(result[..., STAGE], x0[..., STAGE])
    np.testing.assert_array_equal(eights[2][..., 0, :], x0[..., 240, :])


def test_a_frozen_copy_does_not_stop_the_others():
    plan = a_plan({}, {"repeats": 0, "freeze": (7, 8)})
    x0 = array(np.random.default_rng(2).standard_normal((240, WIDTH)))
    result = Returns.of(plan, 240).agree(x0, NormalisedMirror.of(MEAN, STD, array))
    np.testing.assert_allclose(result[92:118], x0[92:118], atol=1e-4)


def test_torch_and_numpy_agree():
    torch = pytest.importorskip("torch")
    x0 = array(np.random.default_rng(3).standard_normal((FRAMES, WIDTH)))
    plan = replace(PLAN, phrases=(*PLAN.phrases[:5], replace(PLAN.phrases[5], freeze=(3, 4))))
    results = []
    for kind in (array, lambda v: torch.as_tensor(np.asarray(v, dtype=np.float32))):
        guess = Returns.of(plan, FRAMES).agree(kind(x0), NormalisedMirror.of(MEAN, STD, kind))
        guess = hold_still(guess, holds_of(plan, FRAMES), kind(rest_rows(MEAN, STD)))
        results.append(np.asarray(guess))
    np.testing.assert_allclose(*results, atol=1e-5)


def test_a_freeze_is_still_breathes_and_eases_in_and_out():
    plan = a_plan({}, {"freeze": (3, 4)}, {})
    x0 = array(np.random.default_rng(4).standard_normal((360, WIDTH)))
    result = hold_still(x0, holds_of(plan, 360), array(rest_rows(MEAN, STD)))
    first, last = round(5.0 * FPS), round(6.0 * FPS)
    held = result[first + 2 : last - 9]
    own = x0[first + 2 : last - 9]
    body = slice(SLICES["rotations"].start, WIDTH)
    np.testing.assert_allclose(
        np.std(held[:, body], axis=0) / np.std(own[:, body], axis=0), 1 - STILLNESS, atol=1e-3
    )
    travel = (held * STD + MEAN)[:, SLICES["velocity"]]
    assert np.abs(travel).max() < 0.11 * np.abs((own * STD + MEAN)[:, SLICES["velocity"]]).max()
    before, after = first + round(ARRIVE[0] * FPS), last + round(LEAVE[1] * FPS)
    np.testing.assert_array_equal(result[:before], x0[:before])
    np.testing.assert_array_equal(result[after:], x0[after:])


def test_the_last_pose_is_held_to_the_end():
    plan = a_plan({}, {"freeze": (7, 8), "ending": True})
    (hold,) = holds_of(plan, 241)
    assert hold.frames[-1] == 240
    assert hold.weight[-1] == pytest.approx(STILLNESS)


def test_count_one_faces_the_front_unless_a_turn_is_asked_for():
    plan = a_plan({}, {"prompt": "a slow spin"}, {})
    away = np.full((360, WIDTH), 0.0)
    away[:, SLICES["heading"]] = [np.sin(2.0), np.cos(2.0)]
    weight = front_weight(plan, 360)
    rows = face_front(array((away - MEAN) / STD), array(weight), MEAN, STD) * STD + MEAN
    angle = np.arctan2(*rows[:, SLICES["heading"]].T)
    np.testing.assert_allclose(angle[[0, 240]], FREE, atol=1e-4)
    np.testing.assert_allclose(angle[[60, 175, 180, 300]], 2.0, atol=1e-4)
    rest = np.ones(WIDTH, dtype=bool)
    rest[SLICES["heading"]] = False
    np.testing.assert_allclose(rows[:, rest], 0.0, atol=1e-5)


def test_what_faces_away_on_count_one_is_turned_back_slowly():
    plan = a_plan({}, {}, {"prompt": "a slow spin"}, {})
    away = np.interp(np.arange(480), [0, 90, 150, 210, 270, 330], [0.0, 0.0, 1.5, 1.5, 0.0, 0.0])
    quats = np.tile(np.array([1.0, 0.0, 0.0, 0.0]), (480, 22, 1))
    quats[:, 0] = quat_yaw(away)
    motion = Motion(quats, np.tile([0.0, 0.9, 0.0], (480, 1)), np.ones((480, 4)))
    turned = turn_to_front(motion, plan)
    heading = heading_of(turned.positions(), FPS)
    assert abs(heading[120]) == pytest.approx(FARTHEST, abs=0.02)
    assert heading[180] > 1.0
    change = np.abs(np.diff(heading - heading_of(motion.positions(), FPS))) * FPS
    assert 0 < change.max() < 1.0
    np.testing.assert_array_equal(turned.root_positions, motion.root_positions)


def test_the_model_dances_a_chorus_again_and_holds_a_freeze():
    """The shipped model, three eights: the second repeats the first, the third holds still."""
    counts = Counts(np.arange(-16, 48) * 0.5, -16, 1)
    phrases = (
        Phrase(0.0, 4.0, 0, "chorus", "sharp arms"),
        Phrase(4.0, 8.0, 8, "verse", "walking steps"),
        Phrase(8.0, 12.0, 16, "chorus", "sharp arms", repeats=0, mirrored=True),
        Phrase(12.0, 16.0, 24, "chorus", "sharp arms", freeze=(5, 6, 7, 8)),
    )
    plan = Plan(phrases, counts, 0.0, 16.0)
    model, encoder = load_motion_model(DEFAULT_MODEL, "cpu"), TextEncoder.default()
    request = make_request({"seed": 4})
    motion = generate(plan, read_words(plan, encoder), even_song(), request, model)
    rows = encode(motion)[:480, SLICES["positions"]].reshape(4, 120, -1, 3)
    mirrored = mirror_rows(encode(motion))[:480, SLICES["positions"]].reshape(4, 120, -1, 3)
    inside = slice(12, 108)
    again = np.linalg.norm(mirrored[2] - rows[0], axis=-1)[inside].mean()
    other = np.linalg.norm(rows[1] - rows[0], axis=-1)[inside].mean()
    assert again < 0.3 * other
    speed = np.linalg.norm(np.diff(rows[3], axis=0), axis=-1).mean(axis=1)
    assert speed[63:105].mean() < 0.3 * speed[:55].mean()


def even_song() -> SongAnalysis:
    beats = np.arange(33) * 0.5
    return SongAnalysis(
        duration=16.5,
        tempo=120.0,
        beats=beats,
        downbeats=beats[::4],
        beats_per_bar=4,
        energy=Energy(np.full(165, 0.5), 0.5),
        key="C major",
        sections=(Section(0.0, 16.0, "verse", 0, 1.0),),
        confidence=Confidence(1.0, 1.0, 1.0, 1.0, 1.0),
        backend="test",
        song_sha256="0" * 64,
    )
