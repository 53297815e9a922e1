"""Pitch classes over time, and the song's key by comparison with key profiles.

Profiles: Albrecht and Shanahan, 2013, "The Use of Large Corpora to Train a New Type of
Key-Finding Algorithm" (probability of each pitch class above the tonic, in major and minor).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.signal.windows import hann

from engine.audio.onsets import means_between

CHROMA_HOP = 2048
CHROMA_LENGTH = 8192
LOWEST_HZ, HIGHEST_HZ = 60.0, 1600.0
NOISE_SPREAD = 0.2
"""Deviation over mean of pitch classes in white noise, which has no key."""
PITCHES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

_MAJOR = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
_MINOR = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)


@dataclass(frozen=True, eq=False)
class Chroma:
    """How much of each pitch class sounds, at ``rate`` frames a second, C first."""

    rate: float
    frames: Float[np.ndarray, "F 12"]

    def between(self, edges: Float[np.ndarray, " E"]) -> Float[np.ndarray, "S 12"]:
        """Mean of the stretches between neighbouring ``edges`` (seconds), unit length."""
        means = means_between(self.frames, self.rate, edges)
        return means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)


@dataclass(frozen=True)
class Key:
    """For example ``A minor``; sharps only."""

    name: str
    confidence: float


def find_chroma(samples: Float[np.ndarray, " N"], sample_rate: int) -> Chroma:
    """Pitch classes of the spectrum's peaks between 60 and 1600 Hz, tuned to the song."""
    window = hann(CHROMA_LENGTH, sym=False).astype(np.float32)
    padded = np.pad(samples, (CHROMA_LENGTH // 2, CHROMA_LENGTH))
    views = np.lib.stride_tricks.sliding_window_view(padded, CHROMA_LENGTH)[::CHROMA_HOP]
    count = len(samples) // CHROMA_HOP + 1
    width = sample_rate / CHROMA_LENGTH
    first, last = int(LOWEST_HZ / width), int(HIGHEST_HZ / width) + 1
    frame, pitch, weight = [], [], []
    for start in range(0, count, 256):
        block = np.fft.rfft(views[start : min(start + 256, count)] * window)[
            :, first - 1 : last + 1
        ]
        magnitude = np.log1p(np.abs(block))
        middle = magnitude[:, 1:-1]
        peak = (middle > magnitude[:, :-2]) & (middle >= magnitude[:, 2:])
        row, column = np.nonzero(peak)
        left, centre, right = (magnitude[row, column + k] for k in range(3))
        bend = left - 2.0 * centre + right
        offset = 0.5 * (left - right) / np.where(np.abs(bend) < 1e-9, -1e-9, bend)
        frame.append(row + start)
        pitch.append(12.0 * np.log2((first + column + offset) * width / 440.0) + 9.0)
        weight.append(centre**2)
    frames = _collect(np.concatenate(frame), np.concatenate(pitch), np.concatenate(weight), count)
    return Chroma(sample_rate / CHROMA_HOP, frames)


def find_key(chroma: Chroma) -> Key:
    """The key out of 24 whose profile is most like the song's pitch classes."""
    names = [f"{PITCHES[k]} {mode}" for mode in ("major", "minor") for k in range(12)]
    profiles = np.array([np.roll(p, k) for p in (_MAJOR, _MINOR) for k in range(12)])
    mean = chroma.frames.mean(axis=0)
    spread = float(np.std(mean)) / max(float(mean.mean()), 1e-9)
    if spread < 1e-6:
        return Key("C major", 0.0)
    likeness = np.corrcoef(np.vstack([mean, profiles]))[0, 1:]
    order = np.argsort(likeness)[::-1]
    best, second = (max(float(likeness[k]), 0.0) for k in order[:2])
    clear = np.clip((best - second) / 0.2, 0.0, 1.0)
    tonal = np.clip((spread - NOISE_SPREAD) / 0.2, 0.0, 1.0)
    return Key(names[order[0]], float(best**2 * clear * tonal))


def _collect(
    frame: np.ndarray, pitch: np.ndarray, weight: np.ndarray, count: int
) -> Float[np.ndarray, "F 12"]:
    """Adds peaks up to pitch classes after taking out the song's mistuning."""
    turn = np.sum(weight * np.exp(2j * np.pi * pitch))
    pitch = pitch - np.angle(turn) / (2.0 * np.pi)
    nearest = np.rint(pitch)
    weight = weight * np.cos(np.pi * (pitch - nearest)) ** 2
    place = frame * 12 + nearest.astype(int) % 12
    return np.bincount(place, weights=weight, minlength=count * 12).astype(float).reshape(-1, 12)
