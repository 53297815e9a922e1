"""Weights on disk and the ONNX graphs that use them.

Weights live in one ``.safetensors`` file, as fp16 or as int8 with a scale per row (``NAME.scale``).
The ``.onnx`` file beside it holds the graph only; the weights are handed to ONNX Runtime when the
session is made, so torch and ONNX Runtime read the very same file. Every file is checked against
the SHA-256 that ``manifest.json`` in its folder gives.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from jaxtyping import Float
from safetensors.numpy import load_file, save_file

from engine.errors import ChoreoError

MANIFEST = "manifest.json"
WEIGHTS = "weights.safetensors"
GRAPH = "graph.onnx"


def models_folder() -> Path:
    """Where models are installed: ``KPOP_CHOREO_MODELS`` or ``models/`` beside the engine."""
    given = os.environ.get("KPOP_CHOREO_MODELS")
    return Path(given) if given else Path(__file__).resolve().parents[2] / "models"


def digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class ModelFolder:
    """One installed model: its folder and what its manifest says."""

    path: Path
    manifest: dict[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of the weights."""
        return str(self.manifest["files"][WEIGHTS])

    def checked(self, name: str) -> Path:
        """The path of one of the model's files, its digest verified.

        Raises:
            ChoreoError: ``model_missing`` or ``model_damaged``.
        """
        path = self.path / name
        if not path.is_file():
            raise ChoreoError(
                "model_missing",
                f"The model file {self.path.name}/{name} is not installed.",
                "Run 'make models', or install the extension's zip again.",
                503,
            )
        if digest(path) != self.manifest["files"].get(name):
            raise ChoreoError(
                "model_damaged",
                f"The model file {self.path.name}/{name} is damaged: its digest is wrong.",
                "Delete it, then run 'make models' or install the extension's zip again.",
                503,
            )
        return path


def open_model(name: str) -> ModelFolder:
    """Finds an installed model by the name of its folder.

    Raises:
        ChoreoError: ``model_unknown`` if there is none.
    """
    path = models_folder() / name
    if Path(name).name != name or not (path / MANIFEST).is_file():
        raise ChoreoError(
            "model_unknown",
            f"There is no model called '{name}'.",
            "See 'kpop-choreo models' for those that are installed.",
            503,
        )
    return ModelFolder(path, json.loads((path / MANIFEST).read_text(encoding="utf-8")))


def write_manifest(folder: Path, **facts: Any) -> None:
    """Writes ``manifest.json`` with the digests of the folder's files and the given facts."""
    files = sorted(p for p in folder.iterdir() if p.is_file() and p.name != MANIFEST)
    facts["files"] = {p.name: digest(p) for p in files if p.suffix != ".md"}
    (folder / MANIFEST).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def load_weights(path: Path) -> dict[str, Float[np.ndarray, " ..."]]:
    """All weights as float32, int8 ones multiplied with the scale of their row."""
    stored = load_file(path)
    weights = {}
    for name, values in stored.items():
        if values.dtype == np.int8:
            values = values.astype(np.float32) * stored[f"{name}.scale"][:, None]
        if not name.endswith(".scale"):
            weights[name] = values.astype(np.float32)
    return weights


def save_weights(weights: dict[str, np.ndarray], path: Path, quantise: bool = False) -> None:
    """Writes weights as fp16; with ``quantise``, matrices as int8 with a scale per row."""
    stored: dict[str, np.ndarray] = {}
    for name, values in weights.items():
        if quantise and values.ndim == 2 and values.size > 4096:
            scale = np.abs(values).max(axis=1) / 127.0
            stored[f"{name}.scale"] = scale.astype(np.float32)
            stored[name] = np.round(values / np.maximum(scale, 1e-12)[:, None]).astype(np.int8)
        else:
            stored[name] = np.ascontiguousarray(values.astype(np.float16))
    save_file(stored, path)


def start_session(
    graph: Path, weights: dict[str, np.ndarray], threads: int = 0
) -> onnxruntime.InferenceSession:
    """An ONNX Runtime session on the CPU for a graph whose weights are given.

    Args:
        threads: for one operator; 0 lets ONNX Runtime take one for each core.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in weights.values()]
    options.add_external_initializers(list(weights), values)
    return onnxruntime.InferenceSession(
        graph.read_bytes(), options, providers=["CPUExecutionProvider"]
    )
