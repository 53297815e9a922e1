"""Where beats and downbeats are likely: three small networks over a log-filtered spectrogram.

The networks are BeatNet's (Heydari, Cwitkowitz, Duan, 2021; CC BY 4.0), their mean in one graph
(tools/convert_beatnet.py). The front end is the one that they were trained on, written anew:

| symbol | meaning |
|---|---|
| F | frames of 1411 samples, 441 apart (20 ms), frame i centred on sample i * 441 |
| B(b) | mean magnitude of triangular band b, 24 bands an octave from 30 Hz, on whole bins |
| L | log10(1 + B); the network's input is L beside max(L(i) - L(i - 1), 0) |
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import onnxruntime
from jaxtyping import Float
from scipy.fft import rfft

from engine.errors import ChoreoError
from engine.places import EARS, EARS_SHA256

RATE = 50.0
"""Frames a second."""
HOP, LENGTH, SAMPLE_RATE = 441, 1411, 22050
BANDS_AN_OCTAVE, LOWEST_HZ = 24, 30.0
BLOCK, MEMORY = 3000, 500
"""Frames that the networks hear at once, and what they hear before to be in the song again."""
LEVEL = 0.15
"""Standard deviation of the samples (full scale 1) at which the networks hear best."""


@dataclass(frozen=True, eq=False)
class Activations:
    """Probabilities, 0..1, at :data:`RATE` frames a second."""

    beat: Float[np.ndarray, " F"]
    """That a beat, the one or another, is here."""
    downbeat: Float[np.ndarray, " F"]
    """That the one is here."""

    def beat_at(self, rate: float) -> Float[np.ndarray, " G"]:
        """``beat`` at another rate, frame i at i / rate seconds."""
        places = np.arange(0.0, len(self.beat) - 0.999, RATE / rate)
        return np.interp(places, np.arange(len(self.beat)), self.beat)


def find_activations(samples: Float[np.ndarray, " N"]) -> Activations:
    """Activations of mono ``samples`` at 22050 Hz; how loud they are does not matter.

    Raises:
        ChoreoError: ``ears_damaged`` if the networks' file is missing or not the one expected.
    """
    gain = np.float32(LEVEL / max(float(np.std(samples)), 1e-9))
    count = -(-len(samples) // HOP)
    found = np.empty((count, 2))
    for start in range(0, count, BLOCK):  # in blocks, so that memory stays small
        first, end = max(start - MEMORY, 0), min(start + BLOCK, count)
        block = features(gain * samples[first * HOP : end * HOP + LENGTH])[: end - first]
        found[start:end] = _network().run(None, {"features": block})[0][start - first :]
    return Activations(beat=found.sum(axis=1), downbeat=found[:, 1])


def features(samples: Float[np.ndarray, " N"]) -> Float[np.ndarray, "F 272"]:
    """Log bands and their rises, float32."""
    filters = _filters()
    window = np.hanning(LENGTH).astype(np.float32)
    before = LENGTH // 2
    padded = np.pad(samples.astype(np.float32), (before, LENGTH))
    views = np.lib.stride_tricks.sliding_window_view(padded, LENGTH)[::HOP]
    count = -(-len(samples) // HOP)
    spectra = np.abs(rfft(views[:count] * window)[:, : len(filters)])
    bands = spectra @ filters
    bands = np.log10(1.0 + bands)
    rise = np.maximum(np.diff(bands, axis=0, prepend=bands[:1]), 0.0)
    return np.hstack([bands, rise])


@lru_cache
def _filters() -> Float[np.ndarray, "705 136"]:
    """Triangles of unit sum on whole bins; bands that would share their bins are one."""
    bins = np.arange(LENGTH // 2)
    lowest = np.ceil(BANDS_AN_OCTAVE * np.log2(LOWEST_HZ / 440.0))
    highest = np.floor(BANDS_AN_OCTAVE * np.log2(17000.0 / 440.0))
    hertz = 440.0 * 2.0 ** (np.arange(lowest, highest + 1) / BANDS_AN_OCTAVE)
    # The networks learned from bins that were counted as if there were LENGTH - 1 of them.
    places = np.rint(hertz * (LENGTH - 1) / SAMPLE_RATE).astype(int)
    edges = np.unique(np.minimum(places, len(bins) - 1))
    low, centre, high = (edges[k : len(edges) - 2 + k] for k in range(3))
    b = bins[:, None]
    filters = np.where(b < centre, (b - low) / (centre - low), (high - b) / (high - centre))
    filters = np.maximum(filters, 0.0)
    return (filters / filters.sum(axis=0)).astype(np.float32)


@lru_cache
def _network() -> onnxruntime.InferenceSession:
    """The graph, checked, on one thread."""
    data = EARS.read_bytes() if EARS.is_file() else b""
    if hashlib.sha256(data).hexdigest() != EARS_SHA256:
        raise ChoreoError(
            "ears_damaged",
            f"{EARS.name}, which hears the beat, is missing or damaged.",
            "Install K-Pop Choreo again.",
            status=500,
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
