"""Checks the shapes in the engine's signatures while its tests run."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "2")

from pathlib import Path

from jaxtyping import install_import_hook

ROOT = Path(__file__).parents[2]
UNCHECKED = ("engine.motion.rotations", "engine.audio.decode")
"""Called most, and hardly any shape in them: checking them would take a third of all the time."""


def _with_shapes() -> list[str]:
    """The modules whose signatures have shapes; in others mypy has seen what there is to see."""
    files = (ROOT / "engine").rglob("*.py")
    shaped = (file for file in files if "from jaxtyping import" in file.read_text("utf-8"))
    names = (".".join(file.relative_to(ROOT).with_suffix("").parts) for file in shaped)
    return [name for name in names if name not in UNCHECKED]


install_import_hook(_with_shapes(), "beartype.beartype")
