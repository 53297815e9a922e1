"""How a dancer counts a pulse: at which octave, and which of two phases is the beat.

Works on beats at any spacing, so on an even grid and on beats that follow a changing tempo alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import maximum_filter1d

from engine.audio.activations import RATE, Activations
from engine.audio.harmony import harmonic_leaning
from engine.audio.key import Chroma
from engine.audio.onsets import Onsets

SLOWEST, FASTEST = 62.0, 205.0
PRIOR_BPM, PRIOR_OCTAVES = 125.0, 0.5
"""Log-normal: what is counted most, and the deviation."""
HEARD_WEIGHT, FULL_WEIGHT = 0.5, 0.3
BACKBEAT_WEIGHT, HALF_TIME_WEIGHT = 1.5, 0.8
HARMONY_WEIGHT = 1.5
FAST_PRIOR = 0.15
"""What decides between a tempo and its double, in natural logarithms; chosen by hand on rendered
songs (tools/render_songs.py), so that the cases lie well apart."""
SHIFTS = (1 / 2, 1 / 3, 2 / 3)
"""Parts of a beat by which a pulse may be beside the beat."""
ONSET_WEIGHT = 1.2
"""Of onsets and kick against the networks' activation, where the beat and its half compete."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What sounds, as envelopes that :meth:`at` reads at any time."""

    onsets: Onsets
    activations: Activations
    chroma: Chroma | None = None

    def at(self, name: str, times: Float[np.ndarray, " B"]) -> Float[np.ndarray, " B"]:
        """Highest value within 35 ms of each time; 0 is silence.

        Args:
            name: ``full``, ``kick``, ``snare`` (onsets) or ``beat`` (activation).
        """
        if name == "beat":
            return beat_strengths(self.activations.beat, RATE, times)
        return beat_strengths(getattr(self.onsets, name), self.onsets.rate, times)


def beat_strengths(
    envelope: Float[np.ndarray, " F"], rate: float, times: Float[np.ndarray, " B"]
) -> Float[np.ndarray, " B"]:
    """The envelope's highest value within 35 ms of each time; 0 is silence."""
    reach = max(1, round(0.035 * rate))
    peaks = maximum_filter1d(envelope - envelope.min(), 2 * reach + 1)
    return peaks[np.clip(np.rint(times * rate).astype(int), 0, len(peaks) - 1)]


@dataclass(frozen=True, eq=False)
class Count:
    """Beats as a dancer counts them."""

    times: Float[np.ndarray, " B"]
    """Seconds."""
    sure: float
    """0.7 where another octave was as good, 1 where none was."""
    margin: float
    """By how much more the beats are beats than what lies between them."""


def counted(times: Float[np.ndarray, " B"], evidence: Evidence) -> Count:
    """Counts the pulse ``times`` (at least four, seconds)."""
    times = on_the_beat(times, evidence)
    leanings = [1.0, 1.0]
    while _tempo(times) * 2.0 <= FASTEST:
        leanings.append(_leaning(doubled(times), evidence))
        if leanings[-1] <= 0.0:
            break
        times = on_the_beat(doubled(times), evidence)
    while _tempo(times) / 2.0 >= SLOWEST and len(times) >= 8:
        leanings.append(_leaning(times, evidence))
        if leanings[-1] > 0.0:
            break
        times = _stronger_half(times, evidence)
    margin = phase_margin(times, _moved(times, 0.5), evidence)
    return Count(times, 0.7 + 0.3 * min(1.0, *np.abs(leanings)), max(margin, 0.0))


def on_the_beat(times: Float[np.ndarray, " B"], evidence: Evidence) -> Float[np.ndarray, " C"]:
    """The same pulse, moved by half a beat or by a third if more falls there."""
    moved = {part: _moved(times, part) for part in SHIFTS}
    margins = {part: phase_margin(times, moved[part], evidence) for part in SHIFTS}
    best = min(SHIFTS, key=lambda part: margins[part])
    return times if margins[best] >= 0.0 else _extended(moved[best])


def _moved(times: Float[np.ndarray, " B"], part: float) -> Float[np.ndarray, " C"]:
    """Times between the beats, ``part`` of a beat after each."""
    return times[:-1] + part * np.diff(times)


def phase_margin(
    these: Float[np.ndarray, " B"], those: Float[np.ndarray, " C"], evidence: Evidence
) -> float:
    """By how much more ``these`` times are beats than ``those``; -2.2 to 2.2."""
    heard = [evidence.at("beat", t).mean() for t in (these, those)]
    onsets = [evidence.at("full", t).mean() + evidence.at("kick", t).mean() for t in (these, those)]
    return _difference(*heard) + ONSET_WEIGHT * _difference(*onsets)


def doubled(times: Float[np.ndarray, " B"]) -> Float[np.ndarray, " C"]:
    """The pulse with one more between every two."""
    return np.interp(np.arange(2 * len(times) - 1) / 2.0, np.arange(len(times)), times)


def _leaning(fast: Float[np.ndarray, " B"], evidence: Evidence) -> float:
    """Whether to count every beat of ``fast`` (above 0) or every second one.

    For every one: networks and onsets have both halves alike; snare or clap fall on every second
    beat and the kick between, as a backbeat does (in a slow song on one beat of four); and chords
    change every bar.
    """
    heard, onsets = (_evenness(evidence.at(name, fast)) for name in ("beat", "full"))
    backbeat = _backbeat(evidence.at("snare", fast), evidence.at("kick", fast))
    weight = BACKBEAT_WEIGHT if backbeat > 0.0 else HALF_TIME_WEIGHT
    bpm = _tempo(fast)
    prior = log_prior(bpm) - log_prior(bpm / 2.0) + FAST_PRIOR
    chords = 0.0 if evidence.chroma is None else harmonic_leaning(evidence.chroma, fast)
    sound = HEARD_WEIGHT * heard + FULL_WEIGHT * onsets + weight * backbeat
    return sound + HARMONY_WEIGHT * chords + prior


def _evenness(strengths: Float[np.ndarray, " B"]) -> float:
    """Log ratio, 0 to -4, of the weaker to the stronger of two alternate beats."""
    halves = sorted(float(strengths[k::2].mean()) for k in (0, 1))
    return float(max(np.log(max(halves[0], 1e-9) / max(halves[1], 1e-9)), -4.0))


def _backbeat(snares: Float[np.ndarray, " B"], kicks: Float[np.ndarray, " B"]) -> float:
    """Whether snare and kick take turns from beat to beat (1), or every two beats (-1).

    Both the snare alone and the snare against the kick must say so: in reggaeton the snare's
    syncopes look like a backbeat of twice the tempo, in a song without snare the kick does.
    """
    if len(snares) < 8:
        return 0.0
    snare, kick = (np.array([x[k::4].mean() for k in range(4)]) for x in (snares, kicks))
    snare, kick = (q / (q.mean() + 0.05) for q in (snare, kick))
    return min(_turns(snare - kick), _turns(snare))


def _turns(q: Float[np.ndarray, " 4"]) -> float:
    """How much a profile of four beats repeats every two (1) and not every four (-1)."""
    every_two = abs(q[0] - q[1] + q[2] - q[3])
    every_four = float(np.hypot(q[0] - q[2], q[1] - q[3]))
    return float((every_two - every_four) / (every_two + every_four + 1.0))


def log_prior(bpm: float) -> float:
    """Logarithm of how usual a tempo is, 0 at 125 BPM."""
    return -0.5 * float(np.log2(bpm / PRIOR_BPM) / PRIOR_OCTAVES) ** 2


def _stronger_half(fast: Float[np.ndarray, " B"], evidence: Evidence) -> Float[np.ndarray, " C"]:
    return fast[::2] if phase_margin(fast[::2], fast[1::2], evidence) >= 0.0 else fast[1::2]


def _extended(between: Float[np.ndarray, " B"]) -> Float[np.ndarray, " C"]:
    """One more at each end, where a beat may have been lost by moving."""
    first, last = 2.0 * between[0] - between[1], 2.0 * between[-1] - between[-2]
    return np.concatenate([[first] if first >= 0.0 else [], between, [last]])


def _tempo(times: Float[np.ndarray, " B"]) -> float:
    return 60.0 / float(np.median(np.diff(times)))


def _difference(this: float, that: float) -> float:
    return float((this - that) / max(this, that, 1e-9))
