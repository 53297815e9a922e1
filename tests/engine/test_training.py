"""Training runs, resumes, learns, and never sees what it must not see."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.bodies import stepping, wandering

pytest.importorskip("torch")

import torch
from safetensors.torch import load_file, save_file

from engine.figures import dance_figures
from engine.model.conditions import CHANNELS
from engine.model.config import SOURCES, ModelConfig
from engine.model.text import TextTokens
from engine.motion.features import SLICES, decode, encode, motion_of
from engine.training.batches import BatchSampler, BatchSettings
from engine.training.collect.take import Take, write_take
from engine.training.dataset import open_pack
from engine.training.losses import LossWeights, body_positions, foot_velocity, measure_losses
from engine.training.pack import build_pack
from engine.training.quantise import apply_version, quantised_versions
from engine.training.rhythm import motion_rhythm
from engine.training.statistics import measure_percentiles, measure_statistics
from engine.training.train import Trainer, TrainSettings, split_file

COLUMN = {name: number for number, name in enumerate(CHANNELS)}


def take(name: str, split: str, motion, kind: str = "dance", source: str = "cmu_amc") -> Take:
    mask = np.ones(22, dtype=bool)
    if source == "g1":
        mask[[12, 15]] = False
    return Take(
        name=name,
        source=source,
        subject="1",
        split=split,
        kind=kind,
        captions=(f"{name} dances", f"a dance by {name}"),
        licence="none",
        credit="none",
        local_quats=motion.local_quats.astype(np.float32),
        root_positions=motion.root_positions.astype(np.float32),
        joint_mask=mask,
        front=0.0,
        feet_valid=True,
    )


def encode_text(sentences: list[str]) -> TextTokens:
    rng = np.random.default_rng(len(sentences))
    shape = (len(sentences), 4, 384)
    return TextTokens(rng.normal(size=shape).astype(np.float32), np.ones(shape[:2], np.float32))


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("takes")
    for item in (
        take("ann", "train", stepping(14.0, 0.5)),
        take("bob", "train", wandering(300, 1)),
        take("robot", "train", wandering(200, 3), source="g1"),
        take("walker", "train", wandering(150, 4), kind="other"),
        take("eve", "validation", stepping(10.0, 0.6)),
        take("secret", "test", wandering(300, 9)),
    ):
        write_take(item, folder)
    path = folder / "pack.npz"
    build_pack(folder, path, encode_text)
    return path


@pytest.fixture(scope="module")
def dataset(pack):
    return open_pack(pack)


def sampler(dataset, **settings) -> BatchSampler:
    training = dataset.split("train")
    return BatchSampler(
        dataset,
        "train",
        ModelConfig(size=1),
        BatchSettings(**settings),
        measure_statistics(training),
        measure_percentiles(training),
    )


def test_test_takes_are_not_in_a_pack(pack, dataset):
    assert {record.split for record in dataset.records} == {"train", "validation"}
    assert not any("secret" in caption for caption in dataset.sentences)
    with np.load(pack) as stored:
        assert "secret" not in str(stored["table"])


def test_a_records_rows_are_the_takes_motion(dataset):
    record = next(r for r in dataset.records if r.name == "ann")
    rows = record.rows.astype(float).copy()
    rows[:, SLICES["heading"]] = np.stack([np.sin(record.heading), np.cos(record.heading)], -1)
    rows[:, SLICES["place"]] = record.root
    expected = stepping(14.0, 0.5).positions()
    assert np.abs(decode(rows).positions() - expected).max() < 0.01


def test_a_stepping_dancer_has_a_beat_and_a_wanderer_has_none():
    found = motion_rhythm(stepping(24.0, 0.5).positions(), 30.0)
    assert found.ratio > 1.35
    assert min(abs(found.tempo - tempo) for tempo in (120.0, 60.0, 80.0)) < 1.0
    assert np.isnan(motion_rhythm(wandering(700, 5).positions(), 30.0).beat).all()


def test_bent_takes_have_their_accents_on_the_beat():
    dancer = wandering(900, 6)
    versions = quantised_versions(dancer)
    assert versions
    for version in versions:
        bent = apply_version(dancer, version)
        beats = np.interp(
            np.arange(np.ceil(version.beat[0]), version.beat[-1]),
            version.beat,
            np.arange(len(version.beat)) / 30.0,
        )
        figures = dance_figures(motion_of(bent.local_quats, bent.root_positions), beats)
        assert figures.beat_hits > figures.beat_hits_chance + 0.2
        assert np.diff(version.places).min() > 0.5 / 30.0


def test_batches_are_the_same_for_the_same_seed_and_mask_what_is_unknown(dataset):
    first, again = (sampler(dataset).draw(12) for _ in range(2))
    torch.testing.assert_close(first.x0, again.x0)
    assert first.x0.shape[1] % 4 == 0
    head = SLICES["rotations"].start + 15 * 6
    robot = sampler(dataset, mix=(0.0, 0.0, 0.0, 1.0, 0.0)).draw(4)
    assert not robot.weight[:, :, head].any()
    assert not robot.condition.frames[..., COLUMN["whole_body"]].any()
    assert set(robot.condition.source.argmax(-1).tolist()) <= {0, SOURCES.index("robot dance")}
    unknown = robot.condition.frames[..., COLUMN["stage_known"]] == 0
    assert not robot.weight[..., SLICES["heading"]][unknown].any()


def test_the_beat_told_is_the_beat_danced(dataset):
    """Decoded windows must have their accents where the condition says that beats are."""
    drawn = sampler(
        dataset, mix=(0.0, 1.0, 0.0, 0.0, 0.0), drop_all_music=0.0, drop_part=0.0, drop_stage=0.0
    )
    batch = drawn.draw(24, 176)
    rows = (batch.x0 * drawn.std + drawn.mean).numpy().astype(float)
    frames = batch.condition.frames.numpy()
    hits, chance = [], []
    for row, told in zip(rows, frames, strict=True):
        if told[:, COLUMN["beat_known"]].all() and told[:, COLUMN["stage_known"]].all():
            angle = np.arctan2(told[:, COLUMN["beat_sin"]], told[:, COLUMN["beat_cos"]])
            beat = np.unwrap(angle) / (2 * np.pi)
            beats = np.interp(np.arange(np.ceil(beat[0]), beat[-1]), beat, np.arange(176) / 30)
            figures = dance_figures(decode(row), beats)
            hits.append(figures.beat_hits)
            chance.append(figures.beat_hits_chance)
    assert len(hits) > 4
    assert np.mean(hits) > np.mean(chance) + 0.15


def test_losses_are_zero_for_the_truth_and_see_what_they_are_named_after(dataset):
    drawn = sampler(dataset)
    batch = drawn.draw(6, 96)
    ones = torch.ones(6)
    exact = measure_losses(batch.x0, batch, ones, drawn.mean, drawn.std)
    assert float(exact.total(LossWeights(foot=0.0), 10**6)) == pytest.approx(0.0, abs=1e-6)
    shaken = batch.x0 + 0.3 * (torch.arange(96) % 2)[None, :, None]
    shifted = batch.x0 + 0.15
    shaken_loss = measure_losses(shaken, batch, ones, drawn.mean, drawn.std)
    shifted_loss = measure_losses(shifted, batch, ones, drawn.mean, drawn.std)
    assert shaken_loss.velocity > 100 * shifted_loss.velocity
    assert shifted_loss.body > 0.01


def test_the_body_in_the_loss_is_the_body_of_the_rows_and_planted_feet_stand():
    motion = stepping(4.0)
    rows = torch.from_numpy(encode(motion).astype(np.float32))[None]
    body = body_positions(rows)
    found = body[0, :, 1:].flatten(1)
    torch.testing.assert_close(found, rows[0, :, SLICES["positions"]], atol=1e-4, rtol=0)
    speed = foot_velocity(body[:, :, [7, 8]], rows).norm(dim=-1)[0].numpy()
    planted = motion.contacts[:-1, [0, 2]] > 0
    assert np.median(speed[planted]) < 0.02
    assert np.median(speed[~planted]) > 0.2


def test_a_run_learns_saves_and_resumes(pack, tmp_path):
    config = ModelConfig(size=1, dropout=0.0)
    settings = TrainSettings(steps=16, batch=8, warm_up=4, evaluate_every=8, learning_rate=2e-3)
    Trainer(pack, tmp_path, config, settings, "cpu").run()
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    held_out = [row["held_out"] for row in rows if "held_out" in row]
    assert held_out[-1] < held_out[0]
    assert (tmp_path / "best.safetensors").exists()
    longer = TrainSettings(steps=18, batch=8, warm_up=5, evaluate_every=100)
    trainer = Trainer(pack, tmp_path, config, longer, "cpu")
    assert trainer.step == 16
    trainer.run()
    assert trainer.step == 18
    pieces = split_file(tmp_path / "ema.safetensors", tmp_path)
    assert b"".join(p.read_bytes() for p in pieces) == (tmp_path / "ema.safetensors").read_bytes()


def test_a_run_that_goes_on_with_other_data_keeps_its_statistics(pack, tmp_path):
    config, settings = ModelConfig(size=1, dropout=0.0), TrainSettings(steps=1, batch=2)
    Trainer(pack, tmp_path, config, settings, "cpu").run()
    path = tmp_path / "ema.safetensors"
    weights = load_file(path)
    weights["statistics.mean"] = weights["statistics.mean"] + 1.0
    save_file(weights, path)
    trainer = Trainer(pack, tmp_path, config, settings, "cpu")
    np.testing.assert_array_equal(trainer.statistics.mean, weights["statistics.mean"].numpy())
