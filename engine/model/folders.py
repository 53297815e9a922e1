"""Installed models: their folders and the digests of what lies in them; the standard library alone.

Every file is checked against the SHA-256 that ``manifest.json`` in its folder gives.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
