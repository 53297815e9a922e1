"""The model that ships dances: not frozen, not exploding, on the floor, to the beat, as asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.choreography.plan import make_plan
from engine.cleanup import cleanup
from engine.conditioning import read_words
from engine.figures import dance_figures
from engine.generate import generate
from engine.model.backends import OnnxDenoiser, installed_models, load_motion_model
from engine.model.conditions import Condition
from engine.model.config import ModelConfig
from engine.model.text import TextEncoder
from engine.model.weights import WEIGHTS, load_weights, open_model
from engine.motion.measures import limb_speed
from engine.request import GenerateRequest, make_request
from engine.sync import sync
from engine.training.evaluation.beat import beat_score
from engine.training.evaluation.bodies import broken_share, feet_of
from engine.training.evaluation.signals import motion_beats
from engine.training.evaluation.songs import silent_song
from engine.training.evaluation.studio import Studio
from engine.training.evaluation.whole_song import facing_share

PROMPT = "energetic pop dance, sharp arms"


@pytest.fixture(scope="module")
def evaluation():
    return Studio(load_motion_model(device="cpu"), TextEncoder.default())


@pytest.fixture(scope="module")
def dance(evaluation):
    """24 s at 120 BPM, raw and finished."""
    raw = evaluation.dance(silent_song(120.0), GenerateRequest(prompt=PROMPT, seed=2)).raw
    return raw, cleanup(sync(raw, silent_song(120.0).beats).motion)


def test_it_is_installed_with_licence_card_and_small_enough():
    (row,) = [row for row in installed_models() if row["default"]]
    folder = open_model(row["id"])
    assert row["installed"]
    assert row["licence"] == "GPL-3.0-or-later"
    assert folder.checked(WEIGHTS).stat().st_size < 40e6
    card = (folder.path / "README.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in card
    assert "mocap.cs.cmu.edu" in card


def test_the_body_moves_like_a_body(dance):
    _, finished = dance
    positions = finished.positions()
    speed = limb_speed(positions, finished.fps)
    assert 0.3 < speed.mean() < 2.0
    assert np.ptp(positions[:, 0, 1]) < 0.50
    assert np.linalg.norm(np.diff(positions, axis=0), axis=-1).max() < 0.40
    seconds = speed[: len(speed) // 30 * 30].reshape(-1, 30).mean(axis=1)
    assert seconds[:-2].min() > 0.08, "nothing is frozen before the closing pose"
    assert broken_share(finished) == 0.0


def test_feet_stand_and_the_dancer_stays_in_front_of_the_audience(dance):
    _, finished = dance
    feet = feet_of(finished)
    assert feet.slide < 0.15
    assert feet.contact > 0.8
    assert feet.on_floor > 0.95
    assert facing_share(finished, range(0, len(finished), 30)) > 0.5
    assert np.linalg.norm(finished.root_positions[:, [0, 2]], axis=-1).max() < 2.5


def test_accents_are_on_the_beat(dance):
    raw, finished = dance
    beats = silent_song(120.0).beats
    found = motion_beats(finished)
    for signal in ("hands", "pelvis"):
        score = beat_score(found.of(signal), beats, beats, 24.0)
        assert score.precision > score.precision_chance + 0.2
        assert score.recall > score.recall_chance + 0.2
    figures = dance_figures(finished, beats)
    assert figures.beat_error_ms < 0.75 * figures.beat_error_chance_ms
    assert figures.foot_slide < 0.03
    assert dance_figures(raw, beats).foot_slide < 0.09


def test_the_energy_slider_moves_the_body(evaluation):
    speeds = []
    for energy in (0.1, 0.9):
        asked = make_request({"prompt": PROMPT, "seed": 4, "energy": energy})
        speeds.append(
            limb_speed(evaluation.dance(silent_song(110.0), asked).raw.positions(), 30.0).mean()
        )
    assert speeds[1] > 1.15 * speeds[0]


def test_the_same_seed_gives_the_same_dance_and_words_change_it(evaluation):
    model, song = evaluation.model, silent_song(110.0, 10.0)

    def make(prompt: str) -> np.ndarray:
        request = GenerateRequest(prompt=prompt, seed=5)
        plan = make_plan(song, request)
        words = read_words(plan, evaluation.text)
        return generate(plan, words, song, request, model).positions()

    first = make("salsa, hips swaying")
    np.testing.assert_array_equal(first, make("salsa, hips swaying"))
    other = make("smooth lyrical dance with open arms")
    assert np.linalg.norm(first - other, axis=-1).mean() > 0.05


def test_torch_gives_the_same_numbers(evaluation):
    torch = pytest.importorskip("torch")
    from engine.model.torch_backend import TorchDenoiser

    on_onnx = evaluation.model.denoiser
    assert isinstance(on_onnx, OnnxDenoiser)
    folder = open_model(evaluation.model.id)
    weights = load_weights(folder.checked(WEIGHTS))
    weights = {k: v for k, v in weights.items() if not k.startswith("statistics.")}
    config = ModelConfig.load(folder.checked("config.json"))
    on_torch = TorchDenoiser.from_weights(config, weights, "cpu")
    seen: list[tuple[np.ndarray, float, Condition]] = []

    class Listening:
        config = on_onnx.config
        rows_at_once = 3

        def array(self, values: np.ndarray) -> np.ndarray:
            return on_onnx.array(values)

        def __call__(self, x: np.ndarray, t: float, condition: Condition) -> np.ndarray:
            seen.append((x, t, condition))
            return on_onnx(x, t, condition)

    listening = Studio(replace(evaluation.model, denoiser=Listening()), evaluation.text)
    listening.dance(silent_song(120.0), GenerateRequest(prompt=PROMPT, end=6.0))
    for x, t, told in seen[:: len(seen) // 4]:
        expected = on_torch(
            torch.from_numpy(x), t, Condition(*(torch.from_numpy(v) for v in vars(told).values()))
        )
        np.testing.assert_allclose(on_onnx(x, t, told), expected.numpy(), atol=2e-4)
