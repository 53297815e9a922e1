"""Beats of a song whose tempo changes: dynamic programming over the onset envelope.

After Ellis, 2007, "Beat Tracking by Dynamic Programming", with a period that follows the song.

| symbol | meaning |
|---|---|
| o(t) | onset envelope at frame t |
| p(t) | expected period in frames |
| C(t) | best score of a sequence of beats that ends at t: o(t) + max over s of C(s) - penalty |
| penalty | tightness * log((t - s) / p(t))^2 |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.ndimage import gaussian_filter1d
from scipy.signal.windows import hann

from engine.audio.grid import FineOnsets
from engine.audio.onsets import Onsets
from engine.audio.tempo import FASTEST, SLOWEST, comb, log_prior

TIGHTNESS = 100.0
WINDOW_S, WINDOW_HOP_S = 10.0, 1.0
TEMPO_CHANGE = 40.0
"""Cost of a tempo change of one octave from one window to the next."""


def misfit(
    fine: FineOnsets, even: Float[np.ndarray, " B"], tracked: Float[np.ndarray, " C"]
) -> float:
    """Part of the song, 0..1, in which ``tracked`` beats lie on onsets and ``even`` ones do not."""
    duration = len(fine.envelope) / fine.rate
    windows = np.arange(0.0, duration + 8.0, 8.0)
    on_even = _mean_by_window(fine, even, windows)
    on_tracked = _mean_by_window(fine, tracked, windows)
    heard = on_tracked > 0.2 * np.max(on_tracked, initial=1e-9)
    return float(np.mean(on_even[heard] < 0.6 * on_tracked[heard])) if np.any(heard) else 0.0


@dataclass(frozen=True, eq=False)
class TrackedBeats:
    """Beats that follow a changing tempo."""

    times: Float[np.ndarray, " B"]
    """Seconds, over the whole song."""
    clarity: float
    """How clearly local tempi stand out, 0..1."""


def track_beats(onsets: Onsets, fine: FineOnsets) -> TrackedBeats:
    """Beats that follow the onsets, whether or not there is a beat to follow."""
    local = _local_tempo(onsets)
    frames = _best_path(onsets.full + onsets.kick, local.periods)
    return TrackedBeats(settled(fine, frames / onsets.rate, 0.03), local.clarity)


def _mean_by_window(
    fine: FineOnsets, beats: Float[np.ndarray, " B"], windows: Float[np.ndarray, " W"]
) -> Float[np.ndarray, " V"]:
    """Mean height of onsets within 20 ms of beats and half-beats, between the windows' edges."""
    times = np.sort(np.concatenate([beats, (beats[1:] + beats[:-1]) / 2.0]))
    heights = fine.peak_near(times, 0.02)[1]
    place = np.digitize(times, windows[1:-1])
    total = np.bincount(place, weights=heights, minlength=len(windows) - 1)
    return total / np.maximum(np.bincount(place, minlength=len(windows) - 1), 1)


@dataclass(frozen=True, eq=False)
class _LocalTempo:
    periods: Float[np.ndarray, " F"]
    """Expected beat period in frames, at every frame."""
    clarity: float


def _local_tempo(onsets: Onsets) -> _LocalTempo:
    """The smoothest way through a tempogram."""
    rate, count = onsets.rate, len(onsets.full)
    size, hop = int(WINDOW_S * rate), int(WINDOW_HOP_S * rate)
    window = hann(size, sym=False) * 2.0
    padded = np.pad(onsets.full, size // 2)
    bpm = np.geomspace(SLOWEST, FASTEST, 180)
    starts = np.arange(0, count, hop)
    scores = np.array([comb(padded[s : s + size] * window, rate, bpm) for s in starts])
    weighed = scores / max(float(scores.max()), 1e-9) + 0.3 * log_prior(bpm)
    octaves = np.abs(np.log2(bpm[:, None] / bpm[None, :]))
    path = _viterbi(weighed, TEMPO_CHANGE * octaves**2 + 0.5 * octaves)
    chosen = scores[np.arange(len(path)), path]
    clarity = float(np.clip(np.mean(chosen - 2.0 * np.median(scores, axis=1)) / 0.3, 0.0, 1.0))
    tempo = np.interp(np.arange(count), starts, np.log(bpm[path]))
    return _LocalTempo(60.0 / np.exp(tempo) * rate, clarity)


def _viterbi(
    scores: Float[np.ndarray, "W n"], cost: Float[np.ndarray, "n n"]
) -> Int[np.ndarray, " W"]:
    """The sequence of columns with the highest sum of scores less the cost of each change."""
    total = scores[0]
    origins = []
    for row in scores[1:]:
        reached = total[:, None] - cost
        origins.append(np.argmax(reached, axis=0))
        total = row + reached.max(axis=0)
    path = [int(np.argmax(total))]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    return np.array(path[::-1])


def _best_path(
    envelope: Float[np.ndarray, " F"], periods: Float[np.ndarray, " F"]
) -> Int[np.ndarray, " B"]:
    """Frames of the best sequence of beats."""
    smooth = gaussian_filter1d(envelope, 1.5)
    smooth = smooth / max(float(np.std(smooth)), 1e-9)
    longest = int(2.0 * periods.max()) + 1
    score = np.concatenate([np.zeros(longest), smooth])
    origin = np.full(len(smooth), -1)
    for frame, period in enumerate(periods):
        back = np.arange(int(0.5 * period), int(2.0 * period) + 1)
        reached = score[frame + longest - back] - TIGHTNESS * np.log(back / period) ** 2
        best = int(np.argmax(reached))
        score[frame + longest] += reached[best]
        origin[frame] = frame - back[best]
    tail = int(periods[-1])
    path = [len(smooth) - tail + int(np.argmax(score[longest:][-tail:]))]
    while origin[path[-1]] >= 0:
        path.append(int(origin[path[-1]]))
    return np.array(path[::-1])


def settled(
    fine: FineOnsets, times: Float[np.ndarray, " B"], reach: float
) -> Float[np.ndarray, " B"]:
    """Moves beats onto the onsets within ``reach`` seconds, a few neighbours together."""
    peaks, heights = fine.peak_near(times, reach)
    weight = gaussian_filter1d(heights, 2.0)
    shift = gaussian_filter1d(heights * (peaks - times), 2.0) / np.maximum(weight, 1e-12)
    return times + shift
