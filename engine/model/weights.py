"""Weights on disk and the ONNX graphs that use them.

Weights live in one ``.safetensors`` file, as fp16 or as int8 with a scale per row (``NAME.scale``).
The ``.onnx`` file beside it holds the graph only; the weights are handed to ONNX Runtime when the
session is made, so torch and ONNX Runtime read the very same file. Every file is checked against
the SHA-256 that ``manifest.json`` in its folder gives.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from jaxtyping import Float
from safetensors.numpy import load_file, save_file

from engine.model.folders import GRAPH as GRAPH
from engine.model.folders import MANIFEST, digest
from engine.model.folders import WEIGHTS as WEIGHTS
from engine.model.folders import ModelFolder as ModelFolder
from engine.model.folders import models_folder as models_folder
from engine.model.folders import open_model as open_model


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
