"""Sections with sliders of their own, and sections that dance another one's choreography."""

from dataclasses import replace

import numpy as np
import pytest

from engine.audio.analysis import SongAnalysis
from engine.audio.energy import Energy
from engine.audio.peaks import Peaks, find_peaks
from engine.audio.sections import Section
from engine.audio.summary import Confidence
from engine.choreography.plan import make_plan
from engine.choreography.returns import NormalisedMirror, Returns
from engine.choreography.sliders import slider_at
from engine.cleanup import steady
from engine.conditioning import read_words
from engine.errors import ChoreoError
from engine.generate import generate
from engine.model.backends import load_motion_model
from engine.model.names import DEFAULT_MODEL
from engine.model.text import TextEncoder
from engine.motion.features import MIRROR, WIDTH, Motion
from engine.motion.measures import limb_speed
from engine.motion.rotations import quat_yaw
from engine.request import make_request

LABELS = ("verse", "chorus", "bridge", "chorus", "outro")
LONG = 16.0


@pytest.fixture(scope="module")
def song() -> SongAnalysis:
    """Five sections of sixteen seconds at 120 BPM; the choruses are the same music."""
    beats = np.arange(161) * 0.5
    return SongAnalysis(
        duration=80.5,
        tempo=120.0,
        beats=beats,
        downbeats=beats[::4],
        beats_per_bar=4,
        energy=Energy(np.full(805, 0.5), 0.5),
        key="C major",
        sections=tuple(
            Section(LONG * n, LONG * (n + 1), label, LABELS.index(label), 1.0)
            for n, label in enumerate(LABELS)
        ),
        confidence=Confidence(1.0, 1.0, 1.0, 1.0, 1.0),
        backend="test",
        song_sha256="0" * 64,
    )


def a_section(number: int, **given) -> dict:
    return {"start": LONG * number, "end": LONG * (number + 1), **given}


def asked(*parts: dict, **given):
    return make_request({"section_prompts": list(parts), "seed": 2, **given})


def eights(plan, number: int) -> list:
    return [p for p in plan.phrases if LONG * number <= (p.start + p.end) / 2 < LONG * (number + 1)]


def moves(phrases) -> list:
    return [[(m.name, m.first, m.counts, m.mirrored) for m in phrase.moves] for phrase in phrases]


def test_a_slider_holds_in_its_section_and_eases_at_its_edges():
    request = asked(a_section(1, energy=0.2), a_section(2, energy=1.0, bounce=None), energy=0.6)
    seconds = np.array([8.0, 15.9, 16.0, 31.9, 32.0, 47.9, 48.0, 60.0])
    np.testing.assert_allclose(
        slider_at(request, "energy", seconds), [0.6, 0.6, 0.2, 0.2, 1.0, 1.0, 0.6, 0.6]
    )
    eased = slider_at(request, "energy", np.array([15.7, 16.0, 16.3, 32.0]), 0.5)
    np.testing.assert_allclose(eased, [0.6, 0.4, 0.2, 0.6])
    np.testing.assert_array_equal(slider_at(request, "bounce", seconds), np.full(8, 0.6))


@pytest.mark.parametrize(("later", "first"), [(2, 0), (0, 3), (4, 1)])
def test_a_section_dances_another_ones_choreography_in_the_same_moves(song, later, first):
    plan = make_plan(song, asked(a_section(later, same_as=LONG * first), prompt="sharp arms"))
    here, there = eights(plan, later), eights(plan, first)
    if later == 4:  # the dance ends there in a pose
        here, there = here[:-1], there[:-1]
    assert moves(here) == moves(there)
    assert len({str(row) for row in moves(here)}) > 1
    copies = here if later > first else there
    assert all(p.repeats is not None and not p.mirrored and not p.variation for p in copies)
    assert [p.prompt for p in here] == [p.prompt for p in there]
    assert here[0].section in (LABELS[later], "pre-chorus")
    alone = make_plan(song, asked(prompt="sharp arms"))
    assert moves(eights(alone, later)) != moves(eights(alone, first))


def test_words_and_style_come_with_the_choreography_and_it_goes_round_by_steps(song):
    parts = (
        a_section(0, same_as=LONG * 2),
        a_section(2, prompt="body roll", style="ballad"),
        a_section(4, same_as=0.4, energy=0.1),
    )
    plan = make_plan(song, asked(*parts, prompt="sharp arms"))
    for number in (0, 2, 4):
        assert {(p.prompt.split(",")[0], p.style) for p in eights(plan, number)} == {
            ("body roll", "ballad")
        }
    assert moves(eights(plan, 4))[:-1] == moves(eights(plan, 0))[:-1]


def test_a_part_of_the_song_without_the_other_section_can_still_be_danced(song):
    request = asked(a_section(2, same_as=LONG), start=LONG * 2, end=LONG * 3)
    assert all(phrase.moves for phrase in make_plan(song, request).phrases)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([a_section(1, same_as=LONG)], "itself"),
        ([a_section(1, same_as=25.0)], "no section begins"),
        ([a_section(1, same_as=-20.0)], "no section begins"),
        ([a_section(0, same_as=LONG), a_section(1, same_as=0.0)], "wait for one another"),
        ([{"start": 1.0, "end": 3.0, "same_as": 16.0}], "No section lies"),
    ],
)
def test_same_as_that_leads_nowhere_is_refused(song, parts, words):
    with pytest.raises(ChoreoError, match=words) as caught:
        make_plan(song, asked(*parts))
    assert caught.value.code == "parameter_invalid"
    assert caught.value.remedy


@pytest.mark.parametrize(
    "given", [{"energy": 1.2}, {"creativity": "much"}, {"same_as": "chorus"}, {"end": 0.0}]
)
def test_what_a_section_cannot_be_is_refused(given):
    with pytest.raises(ChoreoError) as caught:
        asked({"start": 1.0, "end": 3.0, **given})
    assert caught.value.code == "parameter_invalid"


def test_copies_danced_in_another_manner_keep_the_noise_and_go_their_own_way(song):
    plan = make_plan(song, asked(a_section(2, same_as=0.0)))
    frames = round(plan.end * 30)
    manners = [("calm",) if LONG * 2 <= p.start < LONG * 3 else () for p in plan.phrases]
    apart, together = Returns.of(plan, frames, manners=manners), Returns.of(plan, frames)
    noise = np.random.default_rng(0).standard_normal((frames, WIDTH))
    np.testing.assert_array_equal(apart.noise(noise), together.noise(noise))
    mirror = NormalisedMirror(MIRROR.order.tolist(), MIRROR.signs, 0.0, np.ones(WIDTH))
    x0 = noise.astype(np.float32)
    inside = slice(round(LONG * 30) + 20, round(LONG * 30) + 100)  # the chorus, one manner
    first, copy = slice(20, 100), slice(round(LONG * 60) + 20, round(LONG * 60) + 100)
    agreed, own = together.agree(x0, mirror), apart.agree(x0, mirror)
    np.testing.assert_allclose(agreed[first], agreed[copy], atol=1e-4)
    assert np.abs(own[first] - own[copy]).mean() > 0.5
    np.testing.assert_allclose(own[inside], agreed[inside], atol=1e-4)


def test_smoothness_of_a_section_smooths_there_only():
    shaking = 0.05 * np.random.default_rng(1).standard_normal(400)
    quats = np.tile(np.array([1.0, 0.0, 0.0, 0.0]), (400, 22, 1))
    quats[:, 5] = quat_yaw(shaking)
    motion = Motion(quats, np.zeros((400, 3)), np.zeros((400, 4)))
    mixed = steady(motion, np.where(np.arange(400) < 200, 0.1, 0.9))
    for part, value in ((slice(30, 170), 0.1), (slice(230, 370), 0.9)):
        alone = steady(motion, value)
        np.testing.assert_allclose(mixed.local_quats[part], alone.local_quats[part], atol=1e-6)


def test_the_shipped_model_dances_a_calm_section_calmly(song):
    """Mean speed of the limbs, energy .2 against .9 in one dance."""
    request = asked(
        a_section(0, energy=0.2), a_section(1, energy=0.9, creativity=0.7), start=8.0, end=24.0
    )
    plan = make_plan(song, replace(request, prompt="sharp arms"))
    model, encoder = load_motion_model(DEFAULT_MODEL, "cpu"), TextEncoder.default()
    motion = generate(plan, read_words(plan, encoder), song, request, model)
    speed = limb_speed(motion.positions(), motion.fps)
    assert speed[15:225].mean() < 0.7 * speed[255:465].mean()


def test_a_waveform_is_the_largest_sample_of_each_stretch():
    samples = np.zeros(1000, dtype=np.float32)
    samples[[120, 480, 999]] = [0.25, -0.5, 0.1]
    peaks = Peaks.from_dict(find_peaks(samples, 1000).to_dict())
    assert len(peaks.values) == 20
    assert {n: v for n, v in enumerate(peaks.values) if v} == {2: 0.5, 9: 1.0, 19: 0.2}
