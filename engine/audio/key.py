"""Pitch classes over time, and the song's key by comparison with key profiles.

Twelve seconds at a time, so that a last chorus in a higher key does not blur the song's own. Loops
such as vi-IV-I-V fit a major key and its relative minor alike; then the last chord tells.

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

_PROFILES = np.array([np.roll(p, k) for p in (_MAJOR, _MINOR) for k in range(12)])
_TRIADS = np.eye(12)[[[0, 4, 7], [0, 3, 7]]].sum(axis=1)
_NAMES = tuple(f"{pitch} {mode}" for mode in ("major", "minor") for pitch in PITCHES)

WINDOW_S = 12.0
"""Stretches that are judged by themselves: a song is in the key of most of it."""
ENDING_S, LAST_CHORD_S = 20.0, 2.0
LAST_CHORD_WEIGHT = 0.12
STAYS = 0.2
"""How much better (0..1) another key must fit the ending than the song's own."""
CLEAR = 0.2
"""Likeness ahead of the next key from which on a key is clear."""


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
    """The key out of 24 that fits most of the song; its last chord decides between relatives."""
    mean = chroma.frames.mean(axis=0)
    spread = float(np.std(mean)) / max(float(mean.mean()), 1e-9)
    if spread < 1e-6:
        return Key(_NAMES[0], 0.0)
    count = max(1, round(len(chroma.frames) / chroma.rate / WINDOW_S))
    windows = [part.mean(axis=0) for part in np.array_split(chroma.frames, count)]
    likeness = np.mean([_likeness(window) for window in windows], axis=0)
    likeness = likeness + LAST_CHORD_WEIGHT * _last_chord(chroma, likeness)
    best, second = np.argsort(likeness)[::-1][:2]
    clear = np.clip((likeness[best] - likeness[second]) / CLEAR, 0.0, 1.0)
    tonal = np.clip((spread - NOISE_SPREAD) / 0.2, 0.0, 1.0)
    return Key(_NAMES[best], float(np.clip(likeness[best], 0.0, 1.0) * clear * tonal))


def _likeness(pitches: Float[np.ndarray, " 12"]) -> Float[np.ndarray, " 24"]:
    """0..1, the squared correlation with each key's profile; 0 where it is negative."""
    if np.std(pitches) < 1e-9:
        return np.zeros(24)
    found: np.ndarray = np.maximum(np.corrcoef(np.vstack([pitches, _PROFILES]))[0, 1:], 0.0) ** 2
    return found


def _last_chord(chroma: Chroma, likeness: Float[np.ndarray, " 24"]) -> Float[np.ndarray, " 24"]:
    """-1..1: how much more the last chord is that key's than its relative's.

    A song that ends higher than it was is judged in the key of its end.
    """
    frames = chroma.frames
    level = frames.sum(axis=1)
    end = int(np.flatnonzero(level >= 0.25 * np.percentile(level, 90))[-1]) + 1
    chord = _unit(frames[max(0, end - int(LAST_CHORD_S * chroma.rate)) : end].mean(axis=0))
    closing = _likeness(frames[max(0, end - int(ENDING_S * chroma.rate)) : end].mean(axis=0))
    major, minor = np.arange(12), 12 + (np.arange(12) + 9) % 12  # with their relatives
    scales = np.maximum(closing[major], closing[minor])
    scales[np.argmax(np.maximum(likeness[major], likeness[minor]))] += STAYS
    scale = int(np.argmax(scales))
    triads = np.array([_unit(np.roll(t, k)) for t in _TRIADS for k in range(12)])
    vote = 0.5 * float((triads[major[scale]] - triads[minor[scale]]) @ chord)
    return np.where(np.arange(24) < 12, vote, -vote)


def _unit(pitches: Float[np.ndarray, " 12"]) -> Float[np.ndarray, " 12"]:
    """Without their mean, at unit length."""
    centred = pitches - pitches.mean()
    return centred / max(float(np.linalg.norm(centred)), 1e-9)


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
