"""Where something starts to sound: spectral flux, for the whole spectrum and for bands of it.

Spectral flux of log-compressed bands after Böck and Widmer, 2013, "Maximum Filter Vibrato
Suppression for Onset Detection".

| symbol | meaning |
|---|---|
| F | frames, :data:`FRAME_HOP` samples apart, frame i centred on sample i * hop |
| K | frequency bands, evenly spaced in log frequency |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import maximum_filter1d, uniform_filter1d
from scipy.signal.windows import hann

FRAME_HOP = 220
FRAME_LENGTH = 1024
BANDS = 40
LOWEST_HZ, HIGHEST_HZ = 30.0, 10000.0
KICK_HZ = (0.0, 130.0)
SNARE_HZ = (1500.0, 6000.0)
COMPRESSION = 200.0
"""Loudest band over the level at which log compression begins: 46 dB."""
FAINT = 0.02
"""Rise of the log bands, in one frame, that is taken for ripple and not for an onset."""


@dataclass(frozen=True, eq=False)
class Onsets:
    """Bands of a song and how strongly they rise, at ``rate`` frames a second.

    The envelopes are evened out over the song: zero mean, unit deviation, or all zero.
    """

    rate: float
    bands: Float[np.ndarray, "F K"]
    """Log-compressed magnitudes, about 0..6, float32."""
    full: Float[np.ndarray, " F"]
    """Rise of all log bands: every onset, soft or loud. Says *when*."""
    kick: Float[np.ndarray, " F"]
    """Rise of the plain magnitude below 130 Hz: kick and bass. Says *how heavy*."""
    snare: Float[np.ndarray, " F"]
    """Rise of the plain magnitude between 1.5 and 6 kHz: snare and clap."""

    def between(self, edges: Float[np.ndarray, " E"]) -> Float[np.ndarray, "S K"]:
        """Mean bands of the stretches between neighbouring ``edges`` (seconds)."""
        return means_between(self.bands, self.rate, edges)


def find_onsets(samples: Float[np.ndarray, " N"], sample_rate: int) -> Onsets:
    """Bands and flux of mono ``samples``."""
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 2)
    bands = log_bands(samples, sample_rate, FRAME_HOP, FRAME_LENGTH, edges)
    rate = sample_rate / FRAME_HOP
    full = flux(bands)
    loud = np.expm1(bands)
    centres = edges[1:-1]

    def weight(range_hz: tuple[float, float]) -> np.ndarray:
        chosen = (centres >= range_hz[0]) & (centres < range_hz[1])
        audible = np.where(full > FAINT, flux(loud[:, chosen]), 0.0)
        return evened(audible, rate)

    return Onsets(
        rate=rate,
        bands=bands,
        full=evened(np.maximum(full - FAINT, 0.0), rate),
        kick=weight(KICK_HZ),
        snare=weight(SNARE_HZ),
    )


def flux(bands: Float[np.ndarray, "F K"], lag: int = 1) -> Float[np.ndarray, " F"]:
    """Mean rise of bands over the loudest neighbour ``lag`` frames before; at first 0."""
    rise = np.zeros(len(bands))
    before = maximum_filter1d(bands[:-lag], 3, axis=1)
    rise[lag:] = np.maximum(bands[lag:] - before, 0.0).mean(axis=1)
    return rise


def means_between(
    frames: Float[np.ndarray, "F K"], rate: float, edges: Float[np.ndarray, " E"]
) -> Float[np.ndarray, "S K"]:
    """Mean of frames in each of the E - 1 stretches between ``edges`` (seconds)."""
    place = np.clip(np.rint(edges * rate).astype(int), 0, len(frames))
    total = np.cumsum(frames, axis=0, dtype=np.float64)
    total = np.concatenate([np.zeros((1, frames.shape[1])), total])
    return np.diff(total[place], axis=0) / np.maximum(np.diff(place), 1)[:, None]


def log_bands(
    samples: Float[np.ndarray, " N"],
    sample_rate: int,
    hop: int,
    length: int,
    edges: Float[np.ndarray, " K2"],
) -> Float[np.ndarray, "F K"]:
    """Log-compressed magnitudes of triangular bands; frame i is centred on sample i * hop.

    Args:
        hop, length: samples between frames and in each (Hann) window.
        edges: K + 2 frequencies in Hz; band k rises from ``edges[k]`` and ends at ``edges[k+2]``.
    """
    filters = _triangles(edges, np.fft.rfftfreq(length, 1.0 / sample_rate))
    window = hann(length, sym=False).astype(np.float32)
    padded = np.pad(samples.astype(np.float32, copy=False), (length // 2, length))
    views = np.lib.stride_tricks.sliding_window_view(padded, length)[::hop]
    count = len(samples) // hop + 1
    bands = np.empty((count, len(edges) - 2), dtype=np.float32)
    for start in range(0, count, 2048):  # in blocks, so that memory stays small
        block = views[start : min(start + 2048, count)] * window
        bands[start : start + 2048] = np.abs(np.fft.rfft(block)).astype(np.float32) @ filters
    loud = np.percentile(bands.max(axis=1), 95)
    return np.log1p(bands * (COMPRESSION / max(float(loud), 1e-9)))


def evened(envelope: Float[np.ndarray, " F"], rate: float) -> Float[np.ndarray, " F"]:
    """An onset envelope whose quiet and loud passages count alike; zero mean, unit deviation."""
    peaks = np.maximum(envelope - uniform_filter1d(envelope, int(0.4 * rate) | 1), 0.0)
    power = np.sqrt(np.maximum(uniform_filter1d(peaks**2, int(6.0 * rate) | 1), 0.0))
    peaks = peaks / np.maximum(power, 0.2 * np.sqrt(np.mean(peaks**2)) + 1e-9)
    deviation = float(np.std(peaks))
    return (peaks - peaks.mean()) / max(deviation, 1e-9)


def _triangles(
    edges: Float[np.ndarray, " K2"], frequencies: Float[np.ndarray, " M"]
) -> Float[np.ndarray, "M K"]:
    """Triangular filters of unit height; a band narrower than a bin takes the nearest bin."""
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    f = frequencies[:, None]
    rising = (f - low) / (centre - low)
    falling = (high - f) / (high - centre)
    filters = np.maximum(np.minimum(rising, falling), 0.0)
    empty = filters.sum(axis=0) == 0
    nearest = np.argmin(np.abs(f - centre), axis=0)
    filters[nearest[empty], np.flatnonzero(empty)] = 1.0
    return filters.astype(np.float32)
