"""Finds the beat that a captured body moved to, without its music, or says that there is none.

Whoever dances to music keeps one tempo. So for a whole take the power of several movement signals
is summed coherently at each tempo, at half, whole and double counts. Motion has a best tempo even
where it has no beat; therefore the same take, its time warped at random, gives the chance level,
and only a take that stands clearly above it gets a beat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from engine.motion.measures import limb_speed
from engine.motion.skeleton import BODY
from engine.sync import accent_strength

TEMPI = np.arange(72.0, 146.0, 0.25)
"""BPM that are tried; a slower or faster beat appears as half or double time."""
HARMONICS = ((0.5, 1.0), (1.0, 1.0), (2.0, 0.5))
"""Counts per beat and their weight: half-time, beat, double time."""
CLEARLY = 1.35
"""How far above chance a take's beat must stand."""
SURROGATES = 8
SHORTEST = 9.0
"""Seconds; in a shorter take any motion has a beat."""
WINDOW, HOP = 10.0, 1.0
"""Seconds: over how long the phase is measured, and how often."""
DRIFT = 0.02
"""How far a local tempo may lie from the take's."""
PHASES = np.arange(96) / 48.0
"""Places of a frame within two beats."""


@dataclass(frozen=True, eq=False)
class MotionRhythm:
    """The beat of one take."""

    beat: Float[np.ndarray, " T"]
    """Beats since some beat, with fraction; NaN throughout where no beat was found."""
    tempo: float
    """BPM."""
    half_known: bool
    """Whether even beats are the strong ones."""
    ratio: float
    """Coherent power over its chance level."""


def motion_rhythm(positions: Float[np.ndarray, "T J 3"], fps: float, seed: int = 0) -> MotionRhythm:
    """Looks for a steady beat in a motion given as world positions (metres)."""
    frames = len(positions)
    unknown = MotionRhythm(np.full(frames, np.nan), 0.0, False, 0.0)
    if frames / fps < SHORTEST:
        return unknown
    signals = _signals(positions, fps)
    rng = np.random.default_rng(seed)
    power = _coherent_power(signals, fps)
    chance = np.mean(
        [_coherent_power(_warped(signals, fps, rng), fps).max() for _ in range(SURROGATES)]
    )
    ratio = float(power.max() / chance)
    if ratio < CLEARLY:
        return MotionRhythm(unknown.beat, 0.0, False, ratio)
    tempo = float(TEMPI[np.argmax(power)])
    accents = accent_strength(positions, fps)
    beat = _track(accents, fps, tempo)
    turns = np.exp(-1j * np.pi * beat)  # one turn in two beats
    half = abs(np.mean(accents * turns)) > 0.5 * abs(np.mean(accents * turns**2))
    return MotionRhythm(beat, tempo, bool(half), ratio)


def _signals(positions: Float[np.ndarray, "T J 3"], fps: float) -> Float[np.ndarray, "S T"]:
    """Signals that peak at accents: limbs, wrists or a foot at rest, the pelvis low."""

    def stillness(speed: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
        return -np.log(gaussian_filter1d(speed, 0.05 * fps) + 0.07)

    def speed(joint: str, against: Float[np.ndarray, "T 3"] | float) -> Float[np.ndarray, " T"]:
        path = positions[:, BODY.index[joint]] - against
        return np.linalg.norm(np.gradient(path, 1 / fps, axis=0), axis=-1)

    pelvis = positions[:, 0]
    raw = [
        stillness(limb_speed(positions, fps)),
        -pelvis[:, 1],
        stillness(speed("left_ankle", 0.0)),
        stillness(speed("right_ankle", 0.0)),
        stillness((speed("left_wrist", pelvis) + speed("right_wrist", pelvis)) / 2),
    ]
    rows = np.stack([gaussian_filter1d(s, 0.03 * fps) for s in raw])
    rows = rows - gaussian_filter1d(rows, 0.47 * fps, axis=1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    return np.clip(rows / (rows.std(axis=1, keepdims=True) + 1e-9), -2.5, 2.5)


def _coherent_power(signals: Float[np.ndarray, "S T"], fps: float) -> Float[np.ndarray, " N"]:
    times = np.arange(signals.shape[1]) / fps
    power = np.zeros(len(TEMPI))
    for counts, weight in HARMONICS:
        waves = np.exp(-2j * np.pi * np.outer(TEMPI / 60.0 * counts, times))
        power += weight * (np.abs(waves @ signals.T / len(times)) ** 2).sum(axis=1)
    return power


def _warped(
    signals: Float[np.ndarray, "S T"], fps: float, rng: np.random.Generator
) -> Float[np.ndarray, "S T"]:
    """The same signals at a speed that wanders between 0.6 and 1.4 every two thirds of a second."""
    frames = signals.shape[1]
    knots = np.arange(0, frames + 0.67 * fps, 0.67 * fps)
    rate = np.interp(np.arange(frames), knots, rng.uniform(0.6, 1.4, len(knots)))
    places = np.cumsum(rate)
    places *= (frames - 1) / places[-1]
    return np.stack([np.interp(places, np.arange(frames), signal) for signal in signals])


def _track(accents: Float[np.ndarray, " T"], fps: float, tempo: float) -> Float[np.ndarray, " T"]:
    """Beat position of every frame: phases measured in windows, joined at the take's tempo."""
    times = np.arange(len(accents)) / fps
    centres = np.arange(min(WINDOW / 2, times[-1] / 2), max(times[-1] - WINDOW / 2, 1e-6), HOP)
    if not len(centres):
        centres = np.array([times[-1] / 2])
    near = tempo * (1 + np.linspace(-DRIFT, DRIFT, 9))
    places = []
    for centre in centres:
        weight = np.clip(1 - np.abs(times - centre) / WINDOW * 1.6, 0.0, None)
        best = np.zeros((len(near), len(PHASES)))
        for counts, share in HARMONICS:
            angle = 2 * np.pi * np.outer(near / 60 * counts, times - centre)
            wave = np.exp(-1j * angle) @ (accents * weight) / weight.sum()
            best += share * np.real(wave[:, None] * np.exp(-2j * np.pi * counts * PHASES))
        places.append(PHASES[np.unravel_index(np.argmax(best), best.shape)[1]])
    expected = centres * tempo / 60.0
    # Phases are known modulo two beats: take the slowest drift from the expected places.
    drift = np.unwrap((np.array(places) - expected) * np.pi) / np.pi
    drift = gaussian_filter1d(drift, 1.5, mode="nearest")
    return times * tempo / 60.0 + np.interp(times, centres, drift)
