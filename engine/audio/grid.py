"""Beats of a song of constant tempo: the likeliest even grid, then a line through all onsets.

| symbol | meaning |
|---|---|
| k | number of a beat |
| t_k | its time in seconds, ``start + k * period`` |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from engine.audio.onsets import Onsets, flux, log_bands
from engine.audio.pulse import Likelihood
from engine.audio.tempo import DEFAULT_BPM, Tempi

FINE_HOP = 55
FINE_LENGTH = 256
PHASES = 48
COMB_WEIGHT = 3.0
"""Of the comb's strength (about 0.5) against log likelihood a second."""
ACCENT_WEIGHT = 1.0
"""Of onsets, kick and snare at a beat (together about 10) against the same."""


@dataclass(frozen=True, eq=False)
class FineOnsets:
    """An onset envelope of high resolution in time (2.5 ms), for timing and nothing else."""

    rate: float
    envelope: Float[np.ndarray, " F"]

    def peak_near(
        self, times: Float[np.ndarray, " B"], reach: float
    ) -> tuple[Float[np.ndarray, " B"], Float[np.ndarray, " B"]]:
        """Seconds and height of the highest value within ``reach`` seconds of each time.

        A time whose surroundings leave the song gets height 0.
        """
        steps = np.arange(-round(reach * self.rate), round(reach * self.rate) + 1)
        frames = np.rint(times * self.rate).astype(int)[:, None] + steps
        inside = (frames[:, 0] >= 0) & (frames[:, -1] < len(self.envelope))
        values = self.envelope[np.clip(frames, 0, len(self.envelope) - 1)]
        best = np.argmax(values, axis=1)
        rows = np.arange(len(times))
        heights = np.where(inside, values[rows, best], 0.0)
        return frames[rows, best] / self.rate, heights


@dataclass(frozen=True)
class Grid:
    """Even beats: ``start + k * period``, in seconds."""

    start: float
    period: float

    def between(self, first: float, last: float) -> Float[np.ndarray, " B"]:
        """The grid's times from ``first`` to ``last``."""
        lowest = int(np.ceil((first - self.start) / self.period))
        highest = int(np.floor((last - self.start) / self.period))
        return self.start + self.period * np.arange(lowest, highest + 1)


def fine_onsets(samples: Float[np.ndarray, " N"], sample_rate: int) -> FineOnsets:
    """Flux of a few broad bands at 2.5 ms steps."""
    edges = np.geomspace(60.0, 10000.0, 14)
    bands = log_bands(samples, sample_rate, FINE_HOP, FINE_LENGTH, edges)
    rate = sample_rate / FINE_HOP
    return FineOnsets(rate, gaussian_filter1d(flux(bands), 0.003 * rate))


def best_grid(tempi: Tempi, likely: Likelihood, onsets: Onsets, duration: float) -> Grid:
    """The even pulse at one of ``tempi`` on which beats are likeliest and onsets heaviest.

    Its octave, and whether it is on or off the beat, are still open.
    """
    envelopes = (onsets.full, onsets.kick, onsets.snare)
    accents = sum(maximum_filter1d(x - x.min(), 7) for x in envelopes)
    best, chosen = -np.inf, Grid(0.0, 60.0 / DEFAULT_BPM)
    for bpm, strength in zip(tempi.bpm, tempi.strength, strict=True):
        period = 60.0 / float(bpm)
        for phase in np.arange(PHASES) * period / PHASES:
            times = Grid(float(phase), period).between(0.0, duration)
            score = COMB_WEIGHT * strength + likely.of_times(times).sum() / duration
            frames = np.minimum(np.rint(times * onsets.rate).astype(int), len(accents) - 1)
            score += ACCENT_WEIGHT * accents[frames].mean()
            if score > best:
                best, chosen = score, Grid(float(phase), period)
    return chosen


def even_grid(times: Float[np.ndarray, " B"], fine: FineOnsets) -> Grid:
    """The even grid at about ``times`` that lies on the song's onsets."""
    period = float(np.mean(np.diff(times)))
    return _aligned(fine, Grid(float(times[0]), period), len(fine.envelope) / fine.rate)


def _aligned(fine: FineOnsets, grid: Grid, duration: float) -> Grid:
    """Moves start and period onto the peaks near the grid's beats (weighted, robust line)."""
    for reach in (0.06, 0.04, 0.03):
        times = grid.between(0.0, duration)
        number = np.rint((times - grid.start) / grid.period)
        peaks, heights = fine.peak_near(times, min(reach, grid.period / 8.0))
        error = peaks - times
        if np.sum(heights > 0) < 8:
            break
        weight = heights
        for _ in range(5):
            slope, shift = np.polyfit(number, error, 1, w=np.sqrt(weight))
            residual = error - (slope * number + shift)
            weight = heights / (1.0 + (residual / 0.008) ** 2)
        grid = Grid(grid.start + float(shift), grid.period + float(slope))
    return grid
