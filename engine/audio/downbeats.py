"""Which beat is the one: accents and changes of the music, folded over the song's bars.

Chords change on the one, new sounds begin there, the kick is heaviest; snare or clap answer on
two and four.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.audio.counting import beat_strengths
from engine.audio.key import Chroma
from engine.audio.onsets import Onsets

FOUR, THREE = 4, 3


@dataclass(frozen=True, eq=False)
class Bars:
    """Where bars begin."""

    first: int
    """Number of the first beat that is a one; 0 up to ``beats_per_bar - 1``."""
    beats_per_bar: int
    confidence: float


def find_bars(
    onsets: Onsets, chroma: Chroma, beats: Float[np.ndarray, " B"], beat_confidence: float
) -> Bars:
    """Bars of four beats, or of three where the song clearly repeats so."""
    if len(beats) < 2 * FOUR or beat_confidence == 0.0:
        return Bars(0, FOUR, 0.0)
    accents = _accents(onsets, chroma, beats)
    per_bar = THREE if _is_triple(accents) else FOUR
    evidence = np.array([accents[k::per_bar].mean() for k in range(per_bar)])
    if per_bar == FOUR:
        evidence += _backbeat(onsets, beats)
    order = np.argsort(evidence)[::-1]
    error = np.std(accents) / np.sqrt(len(beats) / per_bar) + 1e-9
    margin = (evidence[order[0]] - evidence[order[1]]) / (error * np.sqrt(2.0))
    confidence = float(np.clip(margin / 4.0, 0.0, 1.0)) * beat_confidence
    return Bars(int(order[0]), per_bar, confidence)


def _accents(
    onsets: Onsets, chroma: Chroma, beats: Float[np.ndarray, " B"]
) -> Float[np.ndarray, " B"]:
    """How much each beat is like the beginning of something, in standard deviations."""
    edges = np.append(beats, 2.0 * beats[-1] - beats[-2])
    pitches = chroma.between(edges)
    chord = np.zeros(len(beats))
    for span in (1, 2):
        chord += _change(pitches, span)
    sound = _change(onsets.between(edges), 4)
    kick = beat_strengths(onsets.kick, onsets.rate, beats)
    return _scored(chord) + 0.7 * _scored(sound) + 0.4 * _scored(kick)


def _change(features: Float[np.ndarray, "B K"], span: int) -> Float[np.ndarray, " B"]:
    """Distance between the means of ``span`` beats before and from each beat on."""
    total = np.concatenate([np.zeros((1, features.shape[1])), np.cumsum(features, axis=0)])
    change = np.zeros(len(features))
    at = np.arange(span, len(features) - span + 1)
    after = (total[at + span] - total[at]) / span
    before = (total[at] - total[at - span]) / span
    change[at] = np.linalg.norm(after - before, axis=1)
    return change


def _scored(values: Float[np.ndarray, " B"]) -> Float[np.ndarray, " B"]:
    """Standard scores; a few huge values (a break) must not outvote the rest."""
    scores = (values - values.mean()) / max(float(np.std(values)), 1e-9)
    return np.clip(scores, -2.5, 2.5)


def _backbeat(onsets: Onsets, beats: Float[np.ndarray, " B"]) -> Float[np.ndarray, " 4"]:
    """Evidence of the snare for each place of the one: low on one and three."""
    snare = _scored(beat_strengths(onsets.snare, onsets.rate, beats))
    kick = _scored(beat_strengths(onsets.kick, onsets.rate, beats))
    heavy = kick - snare
    even, odd = heavy[::2].mean(), heavy[1::2].mean()
    return 0.25 * (even - odd) * np.array([1.0, -1.0, 1.0, -1.0])


def _is_triple(accents: Float[np.ndarray, " B"]) -> bool:
    """Whether accents repeat every three beats and not every four."""
    centred = accents - accents.mean()

    def repeats(lag: int) -> float:
        return float(np.mean(centred[lag:] * centred[:-lag])) / max(float(np.var(centred)), 1e-9)

    if len(accents) < 24:
        return False
    return repeats(3) + repeats(6) > repeats(4) + repeats(8) + 0.3
