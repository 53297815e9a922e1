"""The denoiser on ONNX Runtime (the default on CPUs), on torch (GPUs), and the debug model."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import onnxruntime
from jaxtyping import Float

from engine.model.conditions import CHANNELS, Condition
from engine.model.config import ModelConfig
from engine.model.devices import CPU, PROCESSOR, Device, choose_device
from engine.model.names import DEBUG_MODEL, DEFAULT_MODEL
from engine.model.sampling import Denoiser
from engine.model.weights import (
    GRAPH,
    WEIGHTS,
    ModelFolder,
    load_weights,
    open_model,
    start_session,
)

log = logging.getLogger(__name__)

STATISTICS = ("statistics.mean", "statistics.std")


@dataclass(frozen=True, eq=False)
class MotionModel:
    """A denoiser and what its features are measured in."""

    id: str
    digest: str
    denoiser: Denoiser
    mean: Float[np.ndarray, " F"]
    std: Float[np.ndarray, " F"]
    knows_half: bool = True
    knows_bar: bool = False
    """What of the rhythm its training data could tell (DESIGN: captured motion has no bars)."""
    device: Device = PROCESSOR
    """What it computes on."""

    @property
    def backend(self) -> str:
        """``onnx`` or ``torch``; ``numpy`` for the debug model."""
        kinds = {"OnnxDenoiser": "onnx", "TorchDenoiser": "torch"}
        return kinds.get(type(self.denoiser).__name__, "numpy")

    def normalise(self, rows: Float[np.ndarray, "*T F"]) -> Float[np.ndarray, "*T F"]:
        """Feature rows as the denoiser sees them."""
        return ((rows - self.mean) / self.std).astype(np.float32)

    def denormalise(self, rows: Float[np.ndarray, "*T F"]) -> Float[np.ndarray, "*T F"]:
        """The denoiser's output as feature rows."""
        return np.asarray(rows, dtype=np.float64) * self.std + self.mean


def load_motion_model(
    name: str = DEFAULT_MODEL, device: str = "auto", backend: str = "auto"
) -> MotionModel:
    """Loads an installed model, or the debug model.

    Args:
        device: ``cpu``, ``cuda`` (NVIDIA or AMD), ``mps`` (Apple), or ``auto``: a GPU where torch
            can use one.
        backend: ``onnx`` (the processor only), ``torch``, or ``auto``: torch on GPUs.

    Raises:
        ChoreoError: ``model_unknown``, ``model_missing``, ``model_damaged``, and what
            :func:`~engine.model.devices.choose_device` raises.
    """
    if name == DEBUG_MODEL:
        return debug_model()
    folder = open_model(name)
    config = ModelConfig.load(folder.checked("config.json"))
    weights = load_weights(folder.checked(WEIGHTS))
    mean, std = (weights.pop(key).astype(np.float64) for key in STATISTICS)
    used = PROCESSOR if backend == "onnx" else choose_device(device)
    denoiser: Denoiser
    if used.kind != CPU or backend == "torch":
        from engine.model.torch_backend import TorchDenoiser

        denoiser = TorchDenoiser.from_weights(config, weights, used.torch_name)
    else:
        denoiser = OnnxDenoiser(config, folder, weights)
    log.info("the model computes on %s %s%s", used.kind, used.name, used.note)
    knows = folder.manifest.get("rhythm", {})
    return MotionModel(
        name,
        folder.digest,
        denoiser,
        mean,
        std,
        knows_half=bool(knows.get("half", True)),
        knows_bar=bool(knows.get("bar", False)),
        device=used,
    )


@dataclass(frozen=True, eq=False)
class OnnxDenoiser:
    """ONNX Runtime on the CPU, float32."""

    config: ModelConfig
    folder: ModelFolder
    weights: dict[str, Float[np.ndarray, " ..."]]
    rows_at_once: int = 24

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        return start_session(self.folder.checked(GRAPH), self.weights)

    def array(self, values: np.ndarray) -> np.ndarray:
        return values.astype(np.float32)

    def __call__(self, x: np.ndarray, t: float, condition: Condition) -> np.ndarray:
        rows = x.shape[0]
        (x0,) = self._session.run(
            None,
            {
                "x": x.astype(np.float32),
                "time": np.full(rows, t, dtype=np.float32),
                "frames": condition.frames,
                "sliders": condition.sliders,
                "source": condition.source,
                "text": condition.text,
                "text_mask": condition.text_mask,
            },
        )
        return x0


@dataclass(frozen=True, eq=False)
class DebugDenoiser:
    """A few thousand random weights that move the body with the counts: for tests only.

    x0 is a random linear map of the rhythm channels and the sentence, so it is a smooth, bounded
    motion that repeats with the beat, says nothing about dance, and runs in microseconds.
    """

    config: ModelConfig
    from_rhythm: Float[np.ndarray, "C F"]
    from_text: Float[np.ndarray, "W F"]
    rows_at_once: int = 48

    def array(self, values: np.ndarray) -> np.ndarray:
        return values.astype(np.float32)

    def __call__(self, x: np.ndarray, t: float, condition: Condition) -> np.ndarray:
        mask = condition.text_mask[..., None]
        said = (condition.text[..., :16] * mask).sum(1) / np.maximum(mask.sum(1), 1.0)
        moved = condition.frames @ self.from_rhythm + (said @ self.from_text)[:, None]
        return (0.9 * np.tanh(moved) + 0.1 * (1.0 - t) * np.tanh(x)).astype(np.float32)


def debug_model() -> MotionModel:
    """The debug model: built in code, same public interface."""
    from engine.motion.features import encode, motion_of
    from engine.motion.rotations import quat_identity
    from engine.motion.skeleton import BODY, STANDING_HEIGHT

    rng = np.random.default_rng(7)
    config = ModelConfig(size=1)
    standing = motion_of(quat_identity(8, len(BODY)), np.tile([0.0, STANDING_HEIGHT, 0.0], (8, 1)))
    mean = encode(standing)[0]
    std = np.full(config.features, 0.06)
    std[:8] = [0.02, 0.05, 0.05, 0.05, 0.05, 0.01, 0.05, 0.05]
    scale = np.zeros((len(CHANNELS), 1))
    scale[[CHANNELS.index(f"{n}_{p}") for n in ("beat", "half") for p in ("sin", "cos")]] = 1.0
    return MotionModel(
        DEBUG_MODEL,
        "built in code",
        DebugDenoiser(
            config,
            (scale * rng.normal(size=(len(CHANNELS), config.features))).astype(np.float32),
            (0.3 * rng.normal(size=(16, config.features))).astype(np.float32),
        ),
        mean,
        std,
    )


def installed_models() -> list[dict[str, Any]]:
    """What CONTRACT.md's ``/api/models`` lists: the shipped motion models and the debug model."""
    from engine.model.weights import MANIFEST, models_folder

    rows = [
        {
            "id": DEBUG_MODEL,
            "title": "Debug model for tests",
            "installed": True,
            "default": False,
            "licence": "GPL-3.0-or-later",
            "digest": "built in code",
            "parameters": 0,
        }
    ]
    for path in sorted(models_folder().glob(f"*/{MANIFEST}")):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest.get("kind") == "motion":
            rows.append(
                {
                    "id": path.parent.name,
                    "title": manifest["title"],
                    "installed": (path.parent / WEIGHTS).is_file(),
                    "default": path.parent.name == DEFAULT_MODEL,
                    "licence": manifest["licence"],
                    "digest": manifest["files"][WEIGHTS],
                    "parameters": manifest["parameters"],
                }
            )
    return rows
