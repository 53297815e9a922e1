"""The song's tempo: a comb over the spectrum of the onset envelope of the whole song.

| symbol | meaning |
|---|---|
| E(f) | magnitude of the envelope's Fourier transform at f beats a minute, over its length |
| comb | E(f/2) / 2 + E(f) + E(2f) + E(4f) |
| prior | log-normal about 125 BPM, which dancers count most easily |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from jaxtyping import Float
from scipy.ndimage import maximum_filter1d

from engine.audio.onsets import Onsets

SLOWEST, FASTEST = 70.0, 180.0
STEP = 0.01
PRIOR_BPM, PRIOR_OCTAVES = 125.0, 0.9
DEFAULT_BPM = 120.0
"""The tempo of a song in which no beat can be heard."""

_TEETH = ((0.5, 0.5), (1.0, 1.0), (2.0, 1.0), (4.0, 1.0))
"""Multiple of the beat's frequency, weight."""


@dataclass(frozen=True)
class Tempo:
    """Beats a minute and how clearly they stand out, 0..1."""

    bpm: float
    confidence: float


def find_tempo(onsets: Onsets) -> Tempo:
    """The tempo to which a dancer would count, between 70 and 180 BPM."""
    bpm = np.arange(SLOWEST, FASTEST + STEP / 2, STEP)
    score = comb(onsets.full, onsets.rate, bpm)
    weighed = score * np.exp(log_prior(bpm))
    best = int(np.argmax(weighed))
    if score[best] <= 0.0:
        return Tempo(DEFAULT_BPM, 0.0)
    clarity = (score[best] - 2.0 * float(np.median(score))) / 0.3
    confidence = float(np.clip(clarity, 0.0, 1.0))
    return _octave(onsets, Tempo(float(bpm[best]), confidence))


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


def log_prior(bpm: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Logarithm of the prior, 0 at 125 BPM."""
    octaves = np.log2(bpm / PRIOR_BPM)
    return -0.5 * (octaves / PRIOR_OCTAVES) ** 2


def beat_strengths(
    envelope: Float[np.ndarray, " F"], rate: float, times: Float[np.ndarray, " B"]
) -> Float[np.ndarray, " B"]:
    """The envelope's highest value within 35 ms of each time; 0 is silence."""
    reach = max(1, round(0.035 * rate))
    peaks = maximum_filter1d(envelope - envelope.min(), 2 * reach + 1)
    frames = np.clip(np.rint(times * rate).astype(int), 0, len(peaks) - 1)
    return peaks[frames]


def drum_strengths(onsets: Onsets, times: Float[np.ndarray, " B"]) -> Float[np.ndarray, " B"]:
    """How strongly kick or snare sound at each time, 0..1."""
    hits = []
    for envelope in (onsets.kick, onsets.snare):
        strengths = beat_strengths(envelope, onsets.rate, times)
        hits.append(np.minimum(strengths / max(float(np.percentile(strengths, 90)), 1e-9), 1.0))
    return np.maximum(*hits)


def best_phase(
    envelope: Float[np.ndarray, " F"], rate: float, period: float, bins: int = 64
) -> float:
    """Seconds, 0 up to ``period``, by which a grid must be late to lie on most onsets."""
    return int(np.argmax(folded(envelope, rate, period, bins))) * period / bins


def folded(
    envelope: Float[np.ndarray, " F"], rate: float, period: float, bins: int
) -> Float[np.ndarray, " bins"]:
    """Mean of the envelope at each phase of ``period``, smoothed over 20 ms."""
    phase = (np.arange(len(envelope)) / rate / period) % 1.0
    place = np.rint(phase * bins).astype(int) % bins
    total = np.bincount(place, weights=envelope, minlength=bins)
    count = np.bincount(place, minlength=bins)
    profile = total / np.maximum(count, 1)
    distance = np.minimum(np.arange(bins), bins - np.arange(bins)) * period / bins
    kernel = np.exp(-0.5 * (distance / 0.010) ** 2)
    spectrum = np.fft.rfft(profile) * np.fft.rfft(kernel / kernel.sum())
    return np.fft.irfft(spectrum, bins)


def _octave(onsets: Onsets, tempo: Tempo) -> Tempo:
    """Decides between a tempo and its half or double, where both lie between 70 and 180.

    The faster one holds if kick or snare are as strong on every second beat as on the others.
    A close decision costs up to 0.3 of the confidence.
    """
    fast = tempo.bpm if tempo.bpm / 2.0 >= SLOWEST else 2.0 * tempo.bpm
    if fast > FASTEST:
        return tempo
    period = 60.0 / fast
    phase = best_phase(onsets.full, onsets.rate, period)
    times = np.arange(phase, len(onsets.full) / onsets.rate, period)
    strengths = drum_strengths(onsets, times)
    halves = sorted((float(np.mean(strengths[::2])), float(np.mean(strengths[1::2]))))
    evenness = halves[0] / max(halves[1], 1e-9)
    leaning = log_prior(np.array([fast, fast / 2.0]))
    margin = evenness - 0.85 + 0.8 * float(leaning[0] - leaning[1])
    sure = 0.7 + 0.3 * min(abs(margin) / 0.15, 1.0)
    return Tempo(fast if margin > 0.0 else fast / 2.0, tempo.confidence * sure)
