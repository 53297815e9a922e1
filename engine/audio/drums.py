"""Accents by band: when something strikes like a kick, like a snare or clap, like hats.

Not a transcription of the drummer: what matters to a dancer is where the low, the broad and the
bright part of the music strikes. A kick rises in the low bands and clicks, a snare rises over all
of the middle like noise (bright notes miss some of it), hats rise at the top. A bass that is
plucked like a drum counts as a kick. Rises as in onsets.py, of plain magnitude, over two frames.

| symbol | meaning |
|---|---|
| F | frames of 5 ms |
| N | strokes |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.ndimage import maximum_filter1d

from engine.audio.onsets import BANDS, HIGHEST_HZ, LOWEST_HZ, flux, log_bands

DRUMS = ("kick", "snare", "hats")
HOP, LENGTH = 110, 512
LAG = 2
"""Frames over which a rise is taken."""
NEAR_S = 0.015
"""Seconds by which the parts of one stroke may differ."""
APART_S = 0.05
"""Least time between two strokes of one band."""
FAINT = 0.1
"""Strokes weaker than this part of the strongest are none, whatever the others are."""
STIRS = 0.05
"""Mean rise of the log bands from which on anything is struck at all: less is ripple."""
BRIGHT = 0.5
"""The same for hats, against their loud strokes: they are struck evenly, snares louder."""
LOW_HZ, WARM_HZ, CLICK_HZ = (30.0, 75.0), (75.0, 130.0), (1000.0, 5000.0)
NOISE_HZ = ((1000.0, 2000.0), (2000.0, 4000.0), (4000.0, 7000.0))
TOP_HZ = (7000.0, 10001.0)


@dataclass(frozen=True, eq=False)
class Strokes:
    """When one band strikes, and how hard."""

    times: Float[np.ndarray, " N"]
    """Seconds of the song."""
    strengths: Float[np.ndarray, " N"]
    """0..1; 1 is as hard as the hardest of the song."""

    def to_dict(self) -> dict[str, list[float]]:
        """The JSON of CONTRACT.md."""
        return {"times": self.times.tolist(), "strengths": self.strengths.tolist()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Strokes:
        """Reads what :meth:`to_dict` wrote; KeyError, TypeError or ValueError on anything else."""
        times, strengths = (np.array(data[k], dtype=np.float64) for k in ("times", "strengths"))
        if times.shape != strengths.shape or times.ndim != 1:
            raise ValueError("as many strengths as times")
        return cls(times, strengths)


@dataclass(frozen=True, eq=False)
class Drums:
    """Accents by band."""

    kick: Strokes
    snare: Strokes
    hats: Strokes

    def to_dict(self) -> dict[str, Any]:
        """The JSON of CONTRACT.md."""
        return {name: getattr(self, name).to_dict() for name in DRUMS}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Drums:
        """Reads what :meth:`to_dict` wrote; KeyError, TypeError or ValueError on anything else."""
        return cls(*(Strokes.from_dict(data[name]) for name in DRUMS))


def find_drums(samples: Float[np.ndarray, " N"], sample_rate: int) -> Drums:
    """Kick, snare and hats of mono ``samples``."""
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 2)
    bands = log_bands(samples, sample_rate, HOP, LENGTH, edges)
    heard = _Rises(bands, edges[1:-1], sample_rate / HOP)
    kick = heard.together(heard.loud(LOW_HZ), heard.loud(WARM_HZ), heard.log(CLICK_HZ))
    snare = heard.together(*(heard.loud(part) for part in NOISE_HZ))
    hats = heard.loud(TOP_HZ)
    return Drums(heard.strokes(kick, None), heard.strokes(snare, None), heard.strokes(hats, BRIGHT))


class _Rises:
    """How bands rise, frame by frame."""

    def __init__(
        self, bands: Float[np.ndarray, "F K"], centres: Float[np.ndarray, " K"], rate: float
    ) -> None:
        self.bands, self.centres, self.rate = bands, centres, rate
        self.all = flux(bands, LAG)
        self.width = 2 * round(NEAR_S * rate) + 1

    def loud(self, range_hz: tuple[float, float]) -> Float[np.ndarray, " F"]:
        """Rise of the plain magnitude: how hard."""
        return flux(np.expm1(self._in(range_hz)), LAG)

    def log(self, range_hz: tuple[float, float]) -> Float[np.ndarray, " F"]:
        """Rise of the log bands: whether at all."""
        return flux(self._in(range_hz), LAG)

    def _in(self, range_hz: tuple[float, float]) -> Float[np.ndarray, "F k"]:
        return self.bands[:, (self.centres >= range_hz[0]) & (self.centres < range_hz[1])]

    def together(self, *rises: Float[np.ndarray, " F"]) -> Float[np.ndarray, " F"]:
        """Geometric mean of rises that come at nearly the same time."""
        logs = [np.log(maximum_filter1d(rise, self.width) + 1e-3) for rise in rises]
        return np.exp(np.mean(logs, axis=0)) - 1e-3

    def strokes(self, rise: Float[np.ndarray, " F"], least: float | None) -> Strokes:
        """Peaks of ``rise`` over ``least`` of its loud frames; None: those that stand out."""
        risen = rise[rise > 1e-6]
        if len(risen) == 0:
            return Strokes(np.zeros(0), np.zeros(0))
        struck = maximum_filter1d(self.all, self.width) > STIRS
        rise = np.where(struck, rise / np.percentile(risen, 99.5 if least is None else 90.0), 0.0)
        width = round(APART_S * self.rate)
        peaks = np.flatnonzero((rise == maximum_filter1d(rise, 2 * width + 1)) & (rise > FAINT))
        peaks = peaks[np.diff(peaks, prepend=-width - 1) > width]
        if len(peaks) == 0:
            return Strokes(np.zeros(0), np.zeros(0))
        peaks = peaks[rise[peaks] >= (_parting(rise[peaks]) if least is None else least)]
        times = np.array([self._begun(int(peak)) for peak in peaks]) / self.rate
        strengths = rise[peaks] / np.percentile(rise[peaks], 95)
        return Strokes(np.round(times, 3), np.round(np.minimum(strengths, 1.0), 2))

    def _begun(self, peak: int) -> int:
        """The frame near ``peak`` in which most bands rise."""
        first = max(peak - self.width, 0)
        return first + int(np.argmax(self.all[first : peak + self.width // 2 + 1]))


def _parting(values: Float[np.ndarray, " N"]) -> float:
    """The value that parts weak from strong best: Otsu, 1979, on the values themselves."""
    ordered = np.sort(values)
    count = len(ordered)
    if count < 4:
        return float(ordered[0])
    below = np.arange(1, count)
    sums = np.cumsum(ordered)
    means = sums[:-1] / below, (sums[-1] - sums[:-1]) / (count - below)
    at = int(np.argmax(below * (count - below) * (means[1] - means[0]) ** 2))
    return float(ordered[at] + ordered[at + 1]) / 2.0
