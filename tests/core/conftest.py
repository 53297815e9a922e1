"""Fixtures of the tests that need neither Blender nor the engine."""

from __future__ import annotations

import sys
import wave
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Two seconds of a tone."""
    path = tmp_path / "노래 song.wav"
    samples = (8000 * np.sin(np.arange(16000) * 0.3)).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(samples.tobytes())
    return path
