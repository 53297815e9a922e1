"""Trains a motion model from a pack, on a CPU or a GPU, with resume.

kpop-choreo train PACK.npz --out runs/NAME --minutes 240
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.model.conditions import Condition
from engine.model.config import SOURCES, ModelConfig
from engine.model.denoiser import MotionDenoiser
from engine.training.batches import Batch, BatchSampler, BatchSettings
from engine.training.dataset import Dataset, open_pack
from engine.training.losses import Losses, LossWeights, measure_losses
from engine.training.statistics import (
    Percentiles,
    Statistics,
    measure_percentiles,
    measure_statistics,
)

log = logging.getLogger(__name__)

PIECE = 15 * 1024 * 1024
"""Bytes of one piece of a checkpoint that leaves a lent machine."""
WRITTEN_TEXTURE = 0.35
"""How much phrases count at the lowest noise: there real motion teaches how bodies move."""
TEXTURE = 0.45
"""Noise level from which phrases count in full."""
BANDS = ((0.05, 0.30), (0.30, 0.65), (0.65, 0.95))
"""Noise levels that held-out loss is told for: texture, movement, choreography."""


WEIGHED = BatchSettings().mix
HELD_OUT_BATCHES = 5


@dataclass(frozen=True)
class TrainSettings:
    """One run. Time or steps, whichever ends first; the learning rate falls towards that end."""

    steps: int = 60_000
    minutes: float = math.inf
    batch: int = 32
    learning_rate: float = 4e-4
    warm_up: int = 500
    weight_decay: float = 0.02
    ema: float = 0.9995
    seed: int = 0
    evaluate_every: int = 1000
    save_minutes: float = 5.0
    compile: bool = False


class Trainer:
    """A run in a folder: ``config.json``, ``ema.safetensors``, ``best.safetensors``, a log."""

    def __init__(
        self, pack: Path, out: Path, config: ModelConfig, settings: TrainSettings, device: str
    ) -> None:
        self.out, self.settings, self.device = out, settings, device
        out.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(settings.seed)
        dataset = open_pack(pack)
        training = dataset.split("train")
        self.percentiles = measure_percentiles(training)
        self.statistics = _given_statistics(out) or measure_statistics(training)
        self.config = config
        config.save(out / "config.json")
        self.module = MotionDenoiser(config).to(device)
        self.ema = {k: v.clone() for k, v in self.module.state_dict().items()}
        self.optimiser = torch.optim.AdamW(
            self.module.parameters(),
            settings.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=settings.weight_decay,
            fused=device == "cuda",
        )
        self.step, self.best = 0, math.inf
        self.began, self.minutes_before = time.monotonic(), 0.0
        self.weights = LossWeights()
        self._resume()
        self.sampler = self._sampler(dataset, "train", settings.seed + self.step, BatchSettings())
        self.mean, self.std = self.sampler.mean, self.sampler.std
        self.held_out = self._held_out(dataset)
        self.forward = torch.compile(self.module) if settings.compile else self.module

    def run(self) -> None:
        """Trains until the steps or the minutes are over; saves at the end."""
        saved = time.monotonic()
        sums: dict[str, float] = {}
        while self.step < self.settings.steps:
            losses = self._train_step()
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + value
            if self.step % 100 == 0:
                minutes = self._minutes()
                means = {name: round(value / 100, 5) for name, value in sums.items()}
                self._log({"step": self.step, "minutes": round(minutes, 2), **means})
                sums = {}
            if self.step % self.settings.evaluate_every == 0:
                self._evaluate()
            if time.monotonic() - saved > 60 * self.settings.save_minutes:
                self.save()
                saved = time.monotonic()
            if self._minutes() > self.settings.minutes:
                break
        self._evaluate()
        self.save()

    def save(self) -> None:
        """Writes the averaged weights and everything that resuming needs."""
        self._save_weights(self.ema, "ema.safetensors")
        state = {
            "step": self.step,
            "best": self.best,
            "minutes": self._minutes(),
            "module": self.module.state_dict(),
            "ema": self.ema,
            "optimiser": self.optimiser.state_dict(),
        }
        torch.save(state, self.out / "state.part")
        (self.out / "state.part").replace(self.out / "state.pt")

    def _train_step(self) -> dict[str, float]:
        batch = self.sampler.draw(self.settings.batch)
        rate = self._learning_rate()
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.module.train()
        t = torch.rand(self.settings.batch, device=self.device) * 0.98 + 0.01
        losses = self._losses(batch, t, torch.randn_like(batch.x0))
        total = losses.total(self.weights, self.step)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        self._average()
        return {name: float(value.detach()) for name, value in vars(losses).items()}

    def _losses(self, batch: Batch, t: Tensor, noise: Tensor) -> Losses:
        alpha, sigma = torch.cos(math.pi / 2 * t), torch.sin(math.pi / 2 * t)
        noised = alpha[:, None, None] * batch.x0 + sigma[:, None, None] * noise
        # Detail at low noise counts more, but never so much that choreography is forgotten.
        level_weight = 0.5 + (alpha / sigma).clamp(max=3.0)
        written = batch.condition.source[:, SOURCES.index("phrases")]
        share = WRITTEN_TEXTURE + (1 - WRITTEN_TEXTURE) * (t / TEXTURE).clamp(max=1.0)
        level_weight = level_weight * (1 - written * (1 - share))
        with torch.autocast(self.device, torch.bfloat16):
            predicted = ask(self.forward, noised * (batch.weight > 0), t, batch.condition)
        return measure_losses(predicted.float(), batch, level_weight, self.mean, self.std)

    @torch.no_grad()
    def _evaluate(self) -> None:
        """Held-out loss of the averaged weights, by band of noise; keeps the best."""
        kept = {k: v.clone() for k, v in self.module.state_dict().items()}
        self.module.load_state_dict(self.ema)
        self.module.eval()
        forward, self.forward = self.forward, self.module
        generator = torch.Generator().manual_seed(1)
        figures: dict[str, float] = {}
        for name, batches in self.held_out.items():
            for number, (low, high) in enumerate(BANDS):
                values = []
                for batch in batches:
                    t = torch.rand(len(batch.x0), generator=generator) * (high - low) + low
                    noise = torch.randn(batch.x0.shape, generator=generator)
                    losses = self._losses(batch, t.to(self.device), noise.to(self.device))
                    values.append(float(losses.simple))
                figures[f"{name}_{number}"] = round(float(np.mean(values)), 5)
        total = sum(figures.values())
        self.forward = forward
        self.module.load_state_dict(kept)
        self._log({"step": self.step, "held_out": round(total, 5), **figures})
        if total < self.best:
            self.best = total
            self._save_weights(self.ema, "best.safetensors")

    def _average(self) -> None:
        decay = min(self.settings.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, value in self.module.state_dict().items():
                self.ema[name].lerp_(value, 1 - decay)

    def _learning_rate(self) -> float:
        s = self.settings
        if self.step < s.warm_up:
            return s.learning_rate * (self.step + 1) / s.warm_up
        share = (self.step - s.warm_up) / max(1, s.steps - s.warm_up)
        share = max(share, self._minutes() / s.minutes)
        return s.learning_rate * (0.04 + 0.96 * 0.5 * (1 + math.cos(math.pi * min(1.0, share))))

    def _minutes(self) -> float:
        """Minutes trained so far, those before a resume included."""
        return self.minutes_before + (time.monotonic() - self.began) / 60

    def _sampler(
        self, dataset: Dataset, split: str, seed: int, settings: BatchSettings
    ) -> BatchSampler:
        return BatchSampler(
            dataset,
            split,
            self.config,
            settings,
            self.statistics,
            self.percentiles,
            self.device,
            seed,
        )

    def _held_out(self, dataset: Dataset) -> dict[str, list[Batch]]:
        """The same validation windows every time: captures, and phrases where there are any."""
        settings = BatchSettings(lively=0.0)
        captured = tuple(0.0 if name == "phrases" else 1.0 for name in SOURCES)
        mixes = {"captured": captured}
        if any(record.written is not None for record in dataset.split("validation")):
            mixes["phrases"] = tuple(1.0 - share for share in captured)
        batches = {}
        for name, mix in mixes.items():
            only = replace(settings, mix=tuple(m * s for m, s in zip(mix, WEIGHED, strict=True)))
            sampler = self._sampler(dataset, "validation", 7, only)
            batches[name] = [sampler.draw(32, 180) for _ in range(HELD_OUT_BATCHES)]
        return batches

    def _save_weights(self, weights: dict[str, Tensor], name: str) -> None:
        stored = {k: v.to("cpu", torch.float16).contiguous() for k, v in weights.items()}
        stored["statistics.mean"] = torch.from_numpy(self.statistics.mean)
        stored["statistics.std"] = torch.from_numpy(self.statistics.std)
        save_file(stored, self.out / "weights.part")
        (self.out / "weights.part").replace(self.out / name)

    def _resume(self) -> None:
        state_path, start = self.out / "state.pt", self.out / "start.safetensors"
        if state_path.exists():
            state = torch.load(state_path, map_location=self.device, weights_only=True)
            self.module.load_state_dict(state["module"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.ema = state["ema"]
            self.step, self.best = state["step"], state["best"]
            self.minutes_before = state["minutes"]
            log.info("resumed at step %d", self.step)
        elif start.exists():
            stored = load_file(start)
            weights = {k: v.float() for k, v in stored.items() if not k.startswith("statistics")}
            self.module.load_state_dict(weights)
            self.ema = {k: v.clone() for k, v in self.module.state_dict().items()}
            # What is trained already needs no gentle start.
            self.weights = LossWeights(ramp=1)
            log.info("started from given weights")

    def _log(self, row: dict[str, float | int]) -> None:
        line = json.dumps(row)
        log.info(line)
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")


def _given_statistics(out: Path) -> Statistics | None:
    """Those of the weights that a run goes on or starts from: features keep their meaning."""
    before = [out / name for name in ("ema.safetensors", "start.safetensors")]
    known = next((path for path in before if path.exists()), None)
    if known is None:
        return None
    stored = load_file(known)
    return Statistics(stored["statistics.mean"].numpy(), stored["statistics.std"].numpy())


def ask(module: Callable[..., Tensor], x: Tensor, t: Tensor, condition: Condition) -> Tensor:
    """Calls a denoiser module with a condition's parts."""
    return module(
        x,
        t,
        condition.frames,
        condition.sliders,
        condition.source,
        condition.text,
        condition.text_mask,
    )


def train(
    pack: Path, out: Path, config: ModelConfig, settings: TrainSettings, device: str = "auto"
) -> None:
    """Trains, or resumes the run in ``out``."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    out.mkdir(parents=True, exist_ok=True)
    (out / "settings.json").write_text(json.dumps(asdict(settings), indent=2) + "\n")
    trainer = Trainer(pack, out, config, settings, device)
    trainer.run()


def split_file(path: Path, folder: Path) -> list[Path]:
    """Cuts a file into pieces of :data:`PIECE` bytes (``NAME.000``, ...) that ``cat`` joins."""
    content = path.read_bytes()
    pieces = []
    for number, start in enumerate(range(0, len(content), PIECE)):
        piece = folder / f"{path.name}.{number:03d}"
        piece.write_bytes(content[start : start + PIECE])
        pieces.append(piece)
    return pieces


__all__ = ["Percentiles", "Statistics", "TrainSettings", "Trainer", "split_file", "train"]
