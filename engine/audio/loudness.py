"""How loud a song is, in LUFS: ITU-R BS.1770-4, for a mono mix that both speakers play.

The K-weighting's two filters are given by the standard at 48 kHz only; here they are the bilinear
transforms of the analogue filters behind those numbers (Brecht De Man, 2014, "Evaluation of
Implementations of the EBU R128 Loudness Measurement"), at any rate.

| symbol | meaning |
|---|---|
| N | samples |
| M | steps of :data:`HOP_S` |
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.signal import sosfilt

HOP_S = 0.1
MOMENTARY_S, SHORT_TERM_S = 0.4, 3.0
"""Windows of EBU R128."""
FLOOR = -120.0
"""LUFS of digital silence here."""
_OFFSET = -0.691
_BOTH_SPEAKERS = 2.0
_BLOCK = 1 << 20
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0


@dataclass(frozen=True, eq=False)
class Loudness:
    """Loudness in LUFS; value k of a curve is about second k * :data:`HOP_S`."""

    integrated: float
    """Of the whole song, gated."""
    momentary: Float[np.ndarray, " M"]
    """Over 400 ms."""
    short_term: Float[np.ndarray, " M"]
    """Over 3 s."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON of CONTRACT.md."""
        return {
            "integrated": self.integrated,
            "momentary": self.momentary.tolist(),
            "short_term": self.short_term.tolist(),
            "hop": HOP_S,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Loudness:
        """Reads what :meth:`to_dict` wrote; KeyError, TypeError or ValueError on anything else."""
        return cls(
            float(data["integrated"]),
            np.array(data["momentary"], dtype=np.float64),
            np.array(data["short_term"], dtype=np.float64),
        )


def find_loudness(power: Float[np.ndarray, " M"]) -> Loudness:
    """Loudness from the weighted mean squares of :func:`k_power`."""
    momentary, short_term = (to_lufs(_window(power, s)) for s in (MOMENTARY_S, SHORT_TERM_S))
    return Loudness(round(integrated(power), 2), np.round(momentary, 1), np.round(short_term, 1))


def k_power(squares: Float[np.ndarray, " N"], sample_rate: int) -> Float[np.ndarray, " M"]:
    """Mean of the squares of :func:`k_squares` in each step of 0.1 s."""
    step = sample_rate * HOP_S
    edges = np.rint(np.arange(int(np.ceil(len(squares) / step))) * step).astype(int)
    return mean_between(squares, np.append(edges, len(squares)))


def mean_between(
    squares: Float[np.ndarray, " N"], places: Int[np.ndarray, " E"]
) -> Float[np.ndarray, " S"]:
    """Means of the samples between neighbouring ``places``, one after the other to save memory."""
    sums = [squares[a:b].sum(dtype=np.float64) for a, b in pairwise(places.tolist())]
    return np.array(sums) / np.maximum(np.diff(places), 1)


def k_squares(samples: Float[np.ndarray, " N"], sample_rate: int) -> Float[np.ndarray, " N"]:
    """Squared weighted samples, both speakers together, float32; in blocks, for memory's sake."""
    sections = k_weighting(sample_rate)
    state = np.zeros((len(sections), 2))
    squares = np.empty(len(samples), dtype=np.float32)
    for start in range(0, len(samples), _BLOCK):
        weighted, state = sosfilt(sections, samples[start : start + _BLOCK], zi=state)
        squares[start : start + _BLOCK] = _BOTH_SPEAKERS * weighted**2
    return squares


def k_weighting(sample_rate: int) -> Float[np.ndarray, "2 6"]:
    """Second-order sections: the head's shelf, then the high-pass, float32."""
    k = np.tan(np.pi * 1681.974450955533 / sample_rate)
    q, high = 0.7071752369554196, 10.0 ** (3.999843853973347 / 20.0)
    band = high**0.4996667741545416
    shelf = [high + band * k / q + k * k, 2.0 * (k * k - high), high - band * k / q + k * k]
    shelf += [1.0 + k / q + k * k, 2.0 * (k * k - 1.0), 1.0 - k / q + k * k]
    k = np.tan(np.pi * 38.13547087602444 / sample_rate)
    q = 0.5003270373238773
    norm = 1.0 + k / q + k * k
    low = [1.0, -2.0, 1.0, 1.0, 2.0 * (k * k - 1.0) / norm, (1.0 - k / q + k * k) / norm]
    return np.array([np.array(shelf) / shelf[3], low])


def integrated(power: Float[np.ndarray, " M"]) -> float:
    """LUFS over all blocks of 400 ms, without those under the absolute and the relative gate."""
    blocks = np.convolve(power, np.full(4, 0.25), "valid") if len(power) >= 4 else power
    heard = blocks[to_lufs(blocks) > _ABSOLUTE_GATE]
    if len(heard) == 0:
        return FLOOR
    gate = to_lufs(heard.mean(keepdims=True)) + _RELATIVE_GATE
    return float(to_lufs(heard[to_lufs(heard) > gate].mean(keepdims=True))[0])


def to_lufs(power: Float[np.ndarray, " M"]) -> Float[np.ndarray, " M"]:
    """Loudness of weighted mean squares."""
    return np.maximum(_OFFSET + 10.0 * np.log10(np.maximum(power, 1e-20)), FLOOR)


def _window(power: Float[np.ndarray, " M"], seconds: float) -> Float[np.ndarray, " M"]:
    """Mean over a window about each step; at the ends over what there is."""
    width = min(round(seconds / HOP_S), len(power))
    ones = np.ones(width)
    return np.convolve(power, ones, "same") / np.convolve(np.ones(len(power)), ones, "same")
