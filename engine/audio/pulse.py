"""Beats of any tempo: the best path of a hidden semi-Markov model through beat activations.

The model of Krebs, Böck and Widmer, 2015, "An Efficient State-Space Model for Joint Tempo and
Meter Tracking", searched from beat to beat instead of from frame to frame.

| symbol | meaning |
|---|---|
| a(i) | beat activation at frame i, 100 a second |
| n | frames from a beat to the next one |
| S(i, n) | log likelihood of a(i) .. a(i + n - 1) if beats are at i and i + n: log a in the first |
| | sixteenth of it, log((1 - a) / 15) after that |
| E(i, n) | best score of beats of which the last one, n frames after the one before, is at i |
| M(i, n) | max over m of E(i, m) - STIFFNESS abs(n / m - 1); E(i + n, n) = M(i, n) + S(i, n) |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.ndimage import maximum_filter1d

RATE = 100.0
SHORTEST, LONGEST = 28, 109
"""Frames between beats: 214 and 55 BPM."""
STIFFNESS = 100.0
WAVERING = 0.016
"""Mean change of a beat's length, over the length, of speech; music's is half of that."""
PART = 16
"""A beat sounds in one of so many parts of its length."""


@dataclass(frozen=True, eq=False)
class Likelihood:
    """Running sums of log likelihoods, one more than there are frames."""

    beat: Float[np.ndarray, " F1"]
    rest: Float[np.ndarray, " F1"]

    def of(
        self, starts: Int[np.ndarray, " B"], lengths: Int[np.ndarray, " B"]
    ) -> Float[np.ndarray, " B"]:
        """S(i, n) of beats that begin at frames ``starts`` and last ``lengths`` frames."""
        last = len(self.beat) - 1
        starts, ends = np.clip(starts, 0, last), np.clip(starts + lengths, 0, last)
        sounding = np.minimum(starts + np.maximum(np.rint(lengths / PART).astype(int), 1), ends)
        heard = self.beat[sounding] - self.beat[starts]
        return heard + self.rest[ends] - self.rest[sounding]

    def of_times(self, times: Float[np.ndarray, " B"]) -> Float[np.ndarray, " B1"]:
        """S of each beat but the last, of beats at ``times`` (seconds)."""
        frames = np.rint(times * RATE).astype(int)
        return self.of(frames[:-1], np.diff(frames))


def likelihood(activation: Float[np.ndarray, " F"], margin: int = 0) -> Likelihood:
    """Of an activation at :data:`RATE`, with ``margin`` frames of no opinion on both sides."""
    sure = np.clip(activation, 0.005, 0.995)
    logs = (np.log(sure), np.log((1.0 - sure) / (PART - 1)))
    return Likelihood(*(np.concatenate([[0.0], np.cumsum(np.pad(x, margin))]) for x in logs))


def follow(activation: Float[np.ndarray, " F"]) -> Float[np.ndarray, " B"]:
    """Seconds of the best sequence of beats, whether or not there is a beat to follow."""
    lengths = np.arange(SHORTEST, LONGEST + 1)
    count = len(activation)
    summed = likelihood(activation, LONGEST)
    last = len(summed.beat) - 1
    sounding = np.maximum(np.rint(lengths / PART).astype(int), 1)
    silent = summed.rest - summed.beat
    change = -STIFFNESS * np.abs(lengths[:, None] / lengths[None, :] - 1.0)
    score = np.full((count + 2 * LONGEST + 1, len(lengths)), -np.inf)
    score[:LONGEST] = 0.0  # the first beat may be anywhere before the song or at its start
    origin = np.zeros(score.shape, dtype=np.int16)
    own = np.arange(len(lengths))
    for frame in range(LONGEST + count):
        reached = change + score[frame]
        best = np.argmax(reached, axis=1)
        likely = summed.rest[np.minimum(frame + lengths, last)] - silent[frame + sounding]
        ahead = reached[own, best] + likely - summed.beat[frame]
        better = ahead > score[frame + lengths, own]
        reaches = (frame + lengths[better], own[better])
        score[reaches], origin[reaches] = ahead[better], best[better]
    tail = score[LONGEST + count :]
    last, length = divmod(int(np.argmax(tail)), len(lengths))
    return _traced(origin, lengths, LONGEST + count + last, length)


def _traced(
    origin: Int[np.ndarray, "F n"], lengths: Int[np.ndarray, " n"], frame: int, length: int
) -> Float[np.ndarray, " B"]:
    """The way back from the last beat, at ``frame`` after ``lengths[length]`` frames."""
    path = []
    while frame >= LONGEST:
        path.append(frame - LONGEST)
        frame, length = frame - int(lengths[length]), int(origin[frame, length])
    end = len(origin) - 2 * LONGEST - 1
    return np.array([beat for beat in path[::-1] if beat < end]) / RATE


def clarity(activation: Float[np.ndarray, " F"], beats: Float[np.ndarray, " B"]) -> float:
    """How clearly ``beats`` (seconds) stand out and how steadily they go, 0..1."""
    peaks = maximum_filter1d(activation, 7)
    frames = np.clip(np.rint(beats * RATE).astype(int), 0, len(peaks) - 1)
    at = np.median(peaks[frames])
    contrast = np.clip((at - 2.0 * activation.mean()) / 0.4, 0.0, 1.0)
    wavering = np.mean(np.abs(np.diff(np.log(np.diff(beats)))))
    return float(contrast * np.clip((WAVERING - wavering) / 0.006, 0.0, 1.0))
