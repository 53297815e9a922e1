"""Which even pulses a song may have: a comb over the spectrum of the whole song's onset envelope.

| symbol | meaning |
|---|---|
| E(f) | magnitude of the envelope's Fourier transform at f beats a minute, over its length |
| comb | E(f/2) / 2 + E(f) + E(2f) + E(4f) |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from jaxtyping import Float

from engine.audio.counting import FASTEST, SLOWEST, log_prior
from engine.audio.onsets import Onsets

STEP = 0.01
DEFAULT_BPM = 120.0
"""The tempo of a song in which no beat can be heard."""
RATIOS = (1.0, 2.0, 1 / 2, 3 / 2, 2 / 3, 4 / 3, 3 / 4)
"""What may be taken for the tempo, over the tempo."""
PER_BEAT = 24.0
"""Frames a beat, where time is counted in beats."""
COMB_PRIOR_WEIGHT = 0.3
"""The comb alone decides so freely between octaves; counting comes later."""

_TEETH = ((0.5, 0.5), (1.0, 1.0), (2.0, 1.0), (4.0, 1.0))
"""Multiple of the beat's frequency, weight."""


@dataclass(frozen=True, eq=False)
class Tempi:
    """Candidates for an even pulse."""

    bpm: Float[np.ndarray, " n"]
    """Beats a minute, exact to about 0.01."""
    strength: Float[np.ndarray, " n"]
    """The comb's value at each."""
    clarity: float
    """0..1: how far the strongest tempo stands out."""


def find_tempi(onsets: Onsets, tracked_bpm: float) -> Tempi:
    """Tempi at which all onsets repeat, about the comb's best and the one that was tracked."""
    bpm = np.arange(SLOWEST, FASTEST + STEP / 2, STEP)
    score = comb(onsets.full, onsets.rate, bpm)
    prior = np.array([log_prior(b) for b in bpm])
    best = int(np.argmax(score * np.exp(COMB_PRIOR_WEIGHT * prior)))
    found = {}
    for seed, reach in ((bpm[best], 0.0), (tracked_bpm, 0.02)):
        for ratio in RATIOS:
            near = np.flatnonzero(np.abs(bpm - seed * ratio) <= reach * seed * ratio + STEP)
            if len(near):
                top = near[np.argmax(score[near])]
                found[int(top)] = float(score[top])
    clarity = _clarity(float(score[best]), score)
    return Tempi(bpm[list(found)], np.array(list(found.values())), clarity)


def clarity_along(onsets: Onsets, beats: Float[np.ndarray, " B"]) -> float:
    """How far repeating from beat to beat stands out, 0..1, for ``beats`` of any tempo.

    The comb, over an envelope whose time is counted in beats (seconds are where they fall).
    """
    places = np.arange(0.0, len(beats) - 1.0, 1.0 / PER_BEAT)
    seconds = np.interp(places, np.arange(len(beats)), beats)
    envelope = np.interp(seconds * onsets.rate, np.arange(len(onsets.full)), onsets.full)
    others = comb(envelope, PER_BEAT, 60.0 * np.geomspace(0.5, 1.65, 400))
    return _clarity(float(comb(envelope, PER_BEAT, np.array([60.0]))[0]), others)


def _clarity(score: float, others: Float[np.ndarray, " n"]) -> float:
    return float(np.clip((score - 2.0 * np.median(others)) / 0.3, 0.0, 1.0))


def comb(
    envelope: Float[np.ndarray, " F"], rate: float, bpm: Float[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """How well an envelope at ``rate`` frames a second repeats at each tempo."""
    size = scipy.fft.next_fast_len(8 * len(envelope), real=True)
    spectrum = np.abs(scipy.fft.rfft(envelope, size)) / len(envelope)
    bins = np.arange(len(spectrum))
    scores = np.zeros_like(bpm)
    for multiple, weight in _TEETH:
        scores += weight * np.interp(bpm * multiple / 60.0 * size / rate, bins, spectrum)
    return scores
