"""A click on every beat, to check by ear: high on the first of a bar."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import BinaryIO

import numpy as np
from jaxtyping import Float

from engine.audio.summary import SongAnalysis

RATE = 44100
PITCHES = (1568.0, 1046.5)
"""Hz on the first beat of a bar, and on the others."""
SECONDS, DECAY, LOUDNESS = 0.05, 0.012, 0.7


def click_track(analysis: SongAnalysis) -> Float[np.ndarray, " N"]:
    """Mono samples at :data:`RATE`, full scale 1, as long as the song; sample 0 is song time 0."""
    track = np.zeros(round(analysis.duration * RATE), dtype=np.float32)
    firsts = set(np.round(analysis.downbeats, 4).tolist())
    time = np.arange(round(SECONDS * RATE)) / RATE
    for beat in analysis.beats.tolist():
        pitch = PITCHES[0] if round(beat, 4) in firsts else PITCHES[1]
        click = LOUDNESS * np.exp(-time / DECAY) * np.sin(2 * np.pi * pitch * time)
        begin = round(beat * RATE)
        piece = click[: max(0, len(track) - begin)]
        track[begin : begin + len(piece)] += piece.astype(np.float32)
    return np.clip(track, -1.0, 1.0)


def write_click(analysis: SongAnalysis, target: Path | BinaryIO) -> None:
    """Writes the click track as a 16-bit WAV."""
    samples = np.rint(click_track(analysis) * 32767).astype("<i2")
    with wave.open(str(target) if isinstance(target, Path) else target, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
