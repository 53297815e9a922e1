"""Which beat is the one: accents and changes of the music, folded over the song's bars.

Networks hear it; chords change on it, new sounds begin there, the kick is heaviest; snare or clap
answer on two and four.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.ndimage import uniform_filter1d

from engine.audio.activations import RATE, Activations
from engine.audio.counting import beat_strengths
from engine.audio.harmony import change, chord_changes
from engine.audio.key import Chroma
from engine.audio.onsets import Onsets

TWO, THREE, FOUR = 2, 3, 4
SLIP = 20.0
"""Evidence, in deviations, that a bar of another length must bring; a usual bar brings 2 to 4."""
FEWER = {TWO: 1.4, THREE: 1.15, FOUR: 1.0}
"""By which factor such bars must fit better than bars of four."""
TRIPLET, HEARD = 1.5, 0.05
"""By which factor onsets at thirds of beats exceed those at halves in 6/8, and their least part
of those at beats."""


@dataclass(frozen=True, eq=False)
class Bars:
    """Where bars begin."""

    numbers: Int[np.ndarray, " D"]
    """The beats that are a one."""
    beats_per_bar: int
    """Of most bars."""
    confidence: float


def find_bars(
    onsets: Onsets,
    chroma: Chroma,
    beats: Float[np.ndarray, " B"],
    beat_confidence: float,
    activations: Activations | None = None,
) -> Bars:
    """Bars of four beats, of three, or of two beats of three parts each (6/8).

    A single bar may be longer or shorter, where the music clearly begins to count anew.
    """
    if len(beats) < 2 * FOUR or beat_confidence == 0.0:
        return Bars(np.arange(0, len(beats), FOUR), FOUR, 0.0)
    ones = _accents(onsets, chroma, beats)
    if activations is not None:
        ones = ones + _scored(_heard_ones(activations, beats))
    per_bar = _meter(ones, _in_triplets(onsets, beats))
    if per_bar == FOUR:
        ones = ones + _backbeat(onsets, beats)
    evidence = np.array([ones[k::per_bar].mean() for k in range(per_bar)])
    order = np.argsort(evidence)[::-1]
    error = np.std(ones) / np.sqrt(len(beats) / per_bar) + 1e-9
    margin = (evidence[order[0]] - evidence[order[1]]) / (error * np.sqrt(2.0))
    confidence = float(np.clip(margin / 4.0, 0.0, 1.0)) * beat_confidence
    return Bars(_best_bars(ones, per_bar), per_bar, confidence)


def _heard_ones(
    activations: Activations, beats: Float[np.ndarray, " B"]
) -> Float[np.ndarray, " B"]:
    """Log odds, by the networks, that a beat is a one and not another."""
    ones = beat_strengths(activations.downbeat, RATE, beats)
    others = beat_strengths(activations.beat - activations.downbeat, RATE, beats)
    return np.log((ones + 0.02) / (others + 0.02))


def _best_bars(ones: Float[np.ndarray, " B"], per_bar: int) -> Int[np.ndarray, " D"]:
    """The beats that are a one, by the path of most evidence in which few bars are odd."""
    gain = ones - ones.mean()
    total = np.zeros(per_bar)
    total[0] += gain[0]
    origins = []
    for value in gain[1:]:
        going_on = np.roll(total, 1)
        odd = int(np.argmax(total))
        origin = np.where(total[odd] - SLIP > going_on, odd, np.roll(np.arange(per_bar), 1))
        total = np.maximum(going_on, total[odd] - SLIP)
        total[0] += value
        origins.append(origin)
    path = [int(np.argmax(total))]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    return np.flatnonzero(np.array(path[::-1]) == 0)


def _meter(ones: Float[np.ndarray, " B"], triplets: bool) -> int:
    """Beats a bar, by how much better the best phase of each is than chance."""

    def fit(per_bar: int) -> float:
        best = max(float(ones[k::per_bar].mean()) for k in range(per_bar))
        return (best - float(ones.mean())) / np.sqrt(per_bar - 1.0)

    fits = {TWO: fit(TWO) if triplets else -np.inf, FOUR: fit(FOUR)}
    if len(ones) >= 24:
        fits[THREE] = fit(THREE)
    return max(fits, key=lambda per_bar: fits[per_bar] / FEWER[per_bar])


def _in_triplets(onsets: Onsets, beats: Float[np.ndarray, " B"]) -> bool:
    """Whether beats have three parts and not two or four."""
    strengths = [
        beat_strengths(onsets.full, onsets.rate, beats[:-1] + part * np.diff(beats)).mean()
        for part in (0.0, 1 / 2, 1 / 3, 2 / 3)
    ]
    return bool(min(strengths[2:]) > max(TRIPLET * strengths[1], HEARD * strengths[0]))


def _accents(
    onsets: Onsets, chroma: Chroma, beats: Float[np.ndarray, " B"]
) -> Float[np.ndarray, " B"]:
    """How much each beat is like the beginning of something, in standard deviations."""
    edges = np.append(beats, 2.0 * beats[-1] - beats[-2])
    chord = chord_changes(chroma, beats)
    sound = change(onsets.between(edges), 4)
    kick = beat_strengths(onsets.kick, onsets.rate, beats)
    return _scored(chord) + 0.7 * _scored(sound) + 0.4 * _scored(kick)


def _scored(values: Float[np.ndarray, " B"]) -> Float[np.ndarray, " B"]:
    """Standard scores; a few huge values (a break) must not outvote the rest."""
    scores = (values - values.mean()) / max(float(np.std(values)), 1e-9)
    return np.clip(scores, -2.5, 2.5)


def _backbeat(onsets: Onsets, beats: Float[np.ndarray, " B"]) -> Float[np.ndarray, " B"]:
    """Evidence of kick and snare for a one at each beat: snare is low on one and three."""
    snare = _scored(beat_strengths(onsets.snare, onsets.rate, beats))
    kick = _scored(beat_strengths(onsets.kick, onsets.rate, beats))
    heavy = kick - snare
    sign = (-1.0) ** np.arange(len(heavy))
    return 0.5 * sign * uniform_filter1d(sign * heavy, 16, mode="nearest")
