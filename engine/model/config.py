"""The dimensions of a motion model, saved as JSON with its weights."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.motion.features import WIDTH

SOURCES = ("unknown", "dance", "other", "robot dance", "robot other", "phrases")
"""What a training window came from; ``phrases`` are those of :mod:`engine.vocabulary`."""


@dataclass(frozen=True)
class ModelConfig:
    """One dial, ``size``, gives width and depth."""

    size: int = 4
    """Width is 64 per step, with a head per 64 and two layers per step."""
    patch: int = 4
    """Frames in a token."""
    features: int = WIDTH
    text_width: int = 384
    sources: tuple[str, ...] = SOURCES
    dropout: float = 0.1

    @property
    def width(self) -> int:
        return 64 * self.size

    @property
    def depth(self) -> int:
        return 2 * self.size

    @property
    def heads(self) -> int:
        return self.size

    def save(self, path: Path) -> None:
        """Writes the config as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> ModelConfig:
        """Reads what :meth:`save` wrote; unknown keys are an error (TypeError)."""
        values = json.loads(path.read_text(encoding="utf-8"))
        values["sources"] = tuple(values["sources"])
        return cls(**values)
