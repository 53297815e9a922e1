"""The denoiser, its back ends and the sampler."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import ChoreoError
from engine.model.backends import OnnxDenoiser, debug_model, load_motion_model
from engine.model.conditions import CHANNELS, SLIDERS, Condition, Rhythm, frame_channels
from engine.model.config import SOURCES, ModelConfig
from engine.model.diffusion import add_noise, level, step_times
from engine.model.sampling import (
    Guidance,
    Known,
    Windows,
    crossfade_weights,
    denoise_windows,
    guided,
    sample,
)
from engine.model.weights import GRAPH, WEIGHTS, load_weights, save_weights, write_manifest

COLUMN = {name: number for number, name in enumerate(CHANNELS)}


def rhythm(frames: int = 90, tempo: float = 120.0) -> Rhythm:
    beat = np.arange(frames) / 30.0 * tempo / 60.0
    return Rhythm(beat, np.full(frames, tempo), np.full(frames, 0.7), half_known=True)


def condition(windows: int, frames: int, seed: int = 0) -> Condition:
    rng = np.random.default_rng(seed)
    channels = frame_channels(rhythm(frames))
    return Condition(
        frames=np.tile(channels, (windows, 1, 1)).astype(np.float32),
        sliders=np.full((windows, 2 * len(SLIDERS)), 0.5, np.float32),
        source=np.eye(len(SOURCES), dtype=np.float32)[np.ones(windows, int)],
        text=rng.normal(size=(windows, 6, 384)).astype(np.float32),
        text_mask=np.ones((windows, 6), np.float32),
    )


def test_phases_turn_with_the_beat_and_unknowns_are_zero():
    told = frame_channels(rhythm())
    assert told[15, COLUMN["beat_cos"]] == pytest.approx(1.0)  # half a second: one beat
    assert told[15, COLUMN["half_cos"]] == pytest.approx(-1.0)
    assert told[0, COLUMN["tempo"]] == pytest.approx(0.0)
    for name in ("bar", "eight"):
        assert (told[:, COLUMN[f"{name}_sin"]] == 0).all()
        assert (told[:, COLUMN[f"{name}_known"]] == 0).all()
    nothing = frame_channels(Rhythm(np.full(9, np.nan), np.full(9, 120.0), np.full(9, np.nan)))
    assert (nothing[:, : COLUMN["energy_known"] + 1] == 0).all()
    assert (nothing[:, COLUMN["valid"]] == 1).all()


def test_leaving_the_music_untold_keeps_the_stage():
    full = condition(2, 40)
    untold = full.without_rhythm()
    kept = [COLUMN[n] for n in ("stage_known", "whole_body", "valid")]
    assert (untold.frames[..., kept] == full.frames[..., kept]).all()
    assert np.delete(untold.frames, kept, axis=-1).any() == False  # noqa: E712
    assert not untold.sliders.any()
    assert untold.text_mask.all()
    assert not full.without_text().text_mask.any()


def test_noise_and_signal_share_the_variance():
    for t in (0.0, 0.3, 1.0):
        now = level(t)
        assert now.alpha**2 + now.sigma**2 == pytest.approx(1.0)
    x0 = np.random.default_rng(0).normal(size=(4, 3))
    np.testing.assert_allclose(add_noise(x0, x0 * 0, 0.0), x0)
    assert (np.diff(step_times(10)) < 0).all()


@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_the_sampler_finds_the_distribution_that_its_denoiser_knows(eta):
    """For Gaussian data the best x0 is known in closed form: sampling must give the data back."""
    mean, spread = 2.0, 0.5

    def denoise(x, t):
        now = level(t)
        gain = now.alpha * spread**2 / (now.alpha**2 * spread**2 + now.sigma**2)
        return mean + gain * (x - now.alpha * mean)

    rng = np.random.default_rng(3)
    noise = rng.normal(size=(20_000, 1))
    result = sample(denoise, noise, step_times(60), eta, lambda: rng.normal(size=noise.shape))
    assert result.mean() == pytest.approx(mean, abs=0.05)
    assert result.std() == pytest.approx(spread, rel=0.06)


def test_inpainting_keeps_what_is_known():
    known = np.arange(12.0).reshape(6, 2)
    mask = np.zeros((6, 2))
    mask[:2] = 1.0
    rng = np.random.default_rng(0)
    result = sample(
        lambda x, t: x * 0.5, rng.normal(size=(6, 2)), step_times(8), known=Known(known, mask)
    )
    np.testing.assert_array_equal(result[:2], known[:2])
    assert np.abs(result[2:] - known[2:]).min() > 0.1


def test_the_callback_sees_every_step_and_may_stop():
    seen = []

    def callback(step):
        seen.append(step)
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample(lambda x, t: x, np.ones((2, 2)), step_times(9), callback=callback)
    assert seen == [1, 2, 3]


def test_guidance_of_one_is_no_guidance_and_more_leans_further():
    denoiser = debug_model().denoiser
    told = condition(2, 40)
    x = np.random.default_rng(1).normal(size=(2, 40, 207)).astype(np.float32)
    plain = denoiser(x, 0.5, told)
    np.testing.assert_allclose(guided(denoiser, x, 0.5, told, Guidance(1.0, 1.0)), plain)
    none = denoiser(x, 0.5, told.without_rhythm().without_text())
    leaned = guided(denoiser, x, 0.5, told, Guidance(2.0, 2.0))
    expected = none + 2.0 * (plain - none)
    assert np.abs(leaned - expected).max() < 0.5 * np.abs(leaned - plain).max()
    outside = guided(denoiser, x, 0.1, told, Guidance(2.0, 2.0, end=0.15))
    np.testing.assert_allclose(outside, denoiser(x, 0.1, told))


def test_windows_weigh_one_everywhere_and_agree_with_one_window():
    starts = np.array([0, 50, 100])
    weights = crossfade_weights(starts, 80, 180, 15)
    total = np.zeros(180)
    for start, weight in zip(starts, weights, strict=True):
        total[start : start + 80] += weight
    np.testing.assert_allclose(total, 1.0)

    class Same:
        config = ModelConfig(size=1)
        rows_at_once = 3
        array = staticmethod(lambda values: values.astype(np.float32))

        def __call__(self, x, t, told):
            return x * 0.5

    x = np.random.default_rng(0).normal(size=(180, 207)).astype(np.float32)
    windows = Windows(starts, 80, condition(3, 80), weights)
    calls = []
    result = denoise_windows(Same(), x, 0.5, windows, Guidance(1.0, 1.0), calls.append)
    np.testing.assert_allclose(result, x * 0.5, atol=1e-6)
    assert calls == pytest.approx([0, 1 / 3, 2 / 3])


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory):
    """A random model of the real architecture on both back ends."""
    torch = pytest.importorskip("torch")
    from engine.model.denoiser import MotionDenoiser
    from engine.model.torch_backend import TorchDenoiser
    from engine.training.export import export_motion

    torch.manual_seed(0)
    config = ModelConfig(size=1)
    module = MotionDenoiser(config)
    with torch.no_grad():
        for value in module.parameters():
            value.copy_((torch.randn_like(value) * 0.05).half().float())
    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    config.save(folder / "config.json")
    export_motion(module.eval(), folder / GRAPH)
    weights = {k: v.numpy() for k, v in module.state_dict().items()}
    statistics = {"statistics.mean": np.zeros(207), "statistics.std": np.ones(207)}
    save_weights(weights | statistics, folder / WEIGHTS)
    write_manifest(folder, kind="motion", title="tiny", licence="none", parameters=1)
    return folder, TorchDenoiser.from_weights(config, weights, "cpu")


def test_onnx_runtime_and_torch_give_equal_numbers(tiny_model, monkeypatch):
    torch = pytest.importorskip("torch")
    folder, on_torch = tiny_model
    monkeypatch.setenv("KPOP_CHOREO_MODELS", str(folder.parent))
    on_onnx = load_motion_model("tiny", "cpu").denoiser
    assert isinstance(on_onnx, OnnxDenoiser)
    for windows, frames in ((1, 40), (3, 64)):
        told = condition(windows, frames, seed=windows)
        told.frames[-1, frames // 2 :, COLUMN["valid"]] = 0.0
        x = np.random.default_rng(windows).normal(size=(windows, frames, 207)).astype(np.float32)
        expected = on_torch(
            torch.from_numpy(x), 0.4, Condition(*(torch.from_numpy(v) for v in vars(told).values()))
        ).numpy()
        found = on_onnx(x, 0.4, told)
        assert np.abs(expected).max() > 1e-3
        np.testing.assert_allclose(found, expected, atol=2e-5 * np.abs(expected).max())
        assert not found[-1, frames // 2 :].any()


def test_what_lies_behind_the_end_of_a_window_changes_nothing(tiny_model):
    torch = pytest.importorskip("torch")
    _, denoiser = tiny_model
    told = condition(1, 64)
    told.frames[:, 40:, COLUMN["valid"]] = 0.0
    as_torch = Condition(*(torch.from_numpy(v) for v in vars(told).values()))
    x = torch.randn(1, 64, 207)
    other = x.clone()
    other[:, 40:] = 9.0
    np.testing.assert_allclose(denoiser(x, 0.5, as_torch), denoiser(other, 0.5, as_torch))


def test_a_damaged_or_missing_model_is_named(tiny_model, monkeypatch, tmp_path):
    folder, _ = tiny_model
    copy = tmp_path / "tiny"
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("KPOP_CHOREO_MODELS", str(tmp_path))
    content = bytearray((copy / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (copy / WEIGHTS).write_bytes(content)
    for name, code in (("tiny", "model_damaged"), ("other", "model_unknown")):
        with pytest.raises(ChoreoError) as caught:
            load_motion_model(name, "cpu")
        assert caught.value.code == code
    (copy / WEIGHTS).unlink()
    with pytest.raises(ChoreoError) as caught:
        load_motion_model("tiny", "cpu")
    assert caught.value.code == "model_missing"


def test_quantised_weights_come_back_within_half_a_step(tmp_path):
    weights = {"a": np.random.default_rng(0).normal(size=(80, 80)), "b": np.arange(5.0)}
    save_weights(weights, tmp_path / "w.safetensors", quantise=True)
    back = load_weights(tmp_path / "w.safetensors")
    step = np.abs(weights["a"]).max(axis=1, keepdims=True) / 127
    assert (np.abs(back["a"] - weights["a"]) <= 0.501 * step).all()
    np.testing.assert_allclose(back["b"], weights["b"])
    assert set(back) == {"a", "b"}
