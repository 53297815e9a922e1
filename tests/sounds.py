"""Sounds without a steady beat, and soft music with one: synthesized, another one for each seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.signal import lfilter

RATE = 22050
_FORMANTS = ((730, 1090, 2440), (270, 2290, 3010), (530, 1840, 2480), (570, 840, 2410))
"""Hz, of four vowels."""
_ROOTS = (57, 53, 48, 55)
_MAJOR = (0, 2, 4, 5, 7, 9, 11, 12)

Sound = Float[np.ndarray, " N"]
Random = np.random.Generator


def noise(seconds: float, random: Random, slope: float = 0.0) -> Sound:
    """Noise whose power falls with frequency to the power of ``slope``: 1 is pink, 2 brown."""
    count = int(seconds * RATE)
    spectrum = np.fft.rfft(random.standard_normal(count))
    hertz = np.maximum(np.fft.rfftfreq(count, 1.0 / RATE), 20.0)
    sound = np.fft.irfft(spectrum * hertz ** (-slope / 2.0), count)
    return 0.1 * sound / sound.std()


def rain(seconds: float, random: Random) -> Sound:
    """Eight drops a second, by chance."""
    track = 0.01 * random.standard_normal(int(seconds * RATE))
    for _ in range(int(8 * seconds)):
        drop = random.standard_normal(600) * np.exp(-np.arange(600) / 60)
        _put(track, 0.2 * random.random() * drop, random.uniform(0.0, seconds - 0.1))
    return track


def speech(seconds: float, random: Random) -> Sound:
    """Syllables of irregular length in phrases with breaths between."""
    track = np.zeros(int(seconds * RATE))
    base, time, phrase = random.uniform(90.0, 220.0), 0.3, 0.3
    while time < seconds - 1.0:
        length = float(np.clip(np.exp(random.normal(np.log(0.17), 0.35)), 0.07, 0.5))
        fall = 1.15 - 0.1 * (time - phrase)
        syllable = _voice(np.full(int(length * RATE), base * fall), random, 0.02, 0.04)
        _put(track, random.uniform(0.3, 1.0) * syllable, time)
        _put(track, 0.05 * np.diff(random.standard_normal(1500)), time - 0.03)
        time += length + random.choice([0.03, 0.15], p=[0.8, 0.2])
        if time - phrase > 2.5 + random.random():
            time += random.uniform(0.3, 1.1)
            phrase = time
    return 0.3 * track


def sung_freely(seconds: float, random: Random) -> Sound:
    """One voice, notes as long as it likes."""
    track, time = np.zeros(int(seconds * RATE)), 0.3
    while time < seconds - 4.0:
        length = float(np.clip(np.exp(random.normal(np.log(0.6), 0.55)), 0.2, 3.0))
        _put(track, _sung(57 + random.choice(_MAJOR), length, random), time)
        time += length + (random.uniform(0.3, 1.2) if random.random() < 0.2 else 0.0)
    return 0.3 * track


def pads(seconds: float, random: Random) -> Sound:
    """Chords that fade into each other, without any attack."""
    track, time = 0.002 * random.standard_normal(int(seconds * RATE)), 0.0
    while time < seconds - 1.0:
        length = random.uniform(3.0, 8.0)
        t = np.arange(int((length + 2.5) * RATE)) / RATE
        root = random.choice(_ROOTS)
        chord = sum(
            np.sin(2 * np.pi * h * _hertz(root + step + mistuned) * t + random.uniform(0, 6)) / h
            for step in (0, 7, 12, 16) for mistuned in (-0.08, 0.07) for h in (1, 2, 3)
        )  # fmt: skip
        _put(track, 0.02 * chord * _faded(len(t), 2.0, 2.5), time)
        time += length
    return track


def rubato(seconds: float, random: Random) -> Sound:
    """A piano whose beat sways by 16% a beat and waits at the ends of phrases."""
    track, time, sway = np.zeros(int(seconds * RATE)), 0.4, 0.0
    typical = random.uniform(0.45, 0.9)
    for beat in range(1000):
        if time > seconds - 1.5:
            break
        for step in (0, 7, 12) if beat % 2 == 0 else (16, 24):
            loud = random.uniform(0.4, 1.0)
            note = _piano(_ROOTS[beat // 4 % 4] - 12 + step, 2.0)
            _put(track, loud * note, time + random.normal(0.0, 0.012))
        sway = 0.75 * sway + random.normal(0.0, 0.16)
        time += typical * np.exp(sway) * (random.uniform(1.2, 2.0) if beat % 8 == 7 else 1.0)
    return 0.15 * track


def ballad(seconds: float, random: Random, period: float) -> Sound:
    """Piano chords on the beats and nothing else, played by hand."""
    track = np.zeros(int(seconds * RATE))
    for beat in range(int((seconds - 1.5) / period)):
        root = _ROOTS[beat // 4 % 4]
        for step in (-12, 12, 16, 19) if beat % 4 == 0 else (12, 16, 19):
            note = random.uniform(0.4, 0.6) * _piano(root + step, 1.8 * period)
            _put(track, note, 0.5 + beat * period + random.normal(0.0, 0.006))
    return 0.12 * track


def strummed(seconds: float, random: Random, period: float) -> Sound:
    """A steel-string guitar: down, down-up, up-down-up."""
    track = np.zeros(int(seconds * RATE))
    for eighth in range(int(2 * (seconds - 1.5) / period)):
        stroke = "D.DU.UDU"[eighth % 8]
        chord = [_ROOTS[eighth // 8 % 4] + step for step in (-12, -5, 0, 4, 7)]
        strings = {"D": chord, "U": chord[:1:-1], ".": []}[stroke]
        for number, midi in enumerate(strings):
            start = 0.5 + eighth * period / 2 + 0.008 * number + random.normal(0.0, 0.003)
            _put(track, (1.0 if stroke == "D" else 0.5) * _string(midi, 1.2, random), start)
    return 0.1 * track


def sung_in_time(seconds: float, random: Random, period: float) -> Sound:
    """Three voices, quarters and eighths, no instruments."""
    track, beat = np.zeros(int(seconds * RATE)), 0.0
    while 0.5 + (beat + 2.0) * period < seconds:
        length = random.choice([0.5, 0.5, 1.0]) if beat % 1.0 == 0.0 else 0.5
        melody = 60 + random.choice(_MAJOR)
        for below in (0, -5, -12):
            note = _sung(melody + below, 0.95 * length * period, random)
            _put(track, 0.4 * note, 0.5 + beat * period + random.normal(0.0, 0.012))
        beat += length
    return 0.3 * track


WITHOUT_BEAT: dict[str, Callable[[float, Random], Sound]] = {
    "white noise": noise,
    "pink noise": lambda seconds, random: noise(seconds, random, 1.0),
    "brown noise": lambda seconds, random: noise(seconds, random, 2.0),
    "rain": rain,
    "speech": speech,
    "sung freely": sung_freely,
    "pads": pads,
    "rubato": rubato,
}
STEADY: dict[str, tuple[Callable[[float, Random, float], Sound], float]] = {
    "ballad, slow": (ballad, 66.0),
    "ballad": (ballad, 80.0),
    "strummed": (strummed, 104.0),
    "sung in time": (sung_in_time, 92.0),
}
"""With their beats a minute; the first beat is at 0.5 s."""


def _put(track: Sound, sound: np.ndarray, time: float) -> None:
    start = max(round(time * RATE), 0)
    sound = sound[: max(len(track) - start, 0)]
    track[start : start + len(sound)] += sound


def _hertz(midi: float) -> float:
    return float(440.0 * 2.0 ** ((midi - 69.0) / 12.0))


def _faded(count: int, rise: float, fall: float) -> Sound:
    """An envelope that rises and falls in so many seconds."""
    place = np.arange(count) / RATE
    return np.minimum(1.0, np.minimum(place / rise, place[::-1] / fall))


def _voice(hertz: Sound, random: Random, rise: float, fall: float) -> Sound:
    """Glottal pulses at ``hertz``, a value a sample, through three formants of some vowel."""
    pulses = np.diff(np.floor(np.cumsum(hertz / RATE)), prepend=0.0)
    pulses = lfilter([1.0], [1.0, -0.95], pulses)
    sound = np.zeros(len(hertz))
    for k, formant in enumerate(_FORMANTS[random.integers(4)]):
        radius = np.exp(-np.pi * (80 + 30 * k) / RATE)
        poles = [1.0, -2.0 * radius * np.cos(2 * np.pi * formant / RATE), radius**2]
        sound += (1.0, 0.6, 0.3)[k] * lfilter([1.0 - radius], poles, pulses)
    return sound * _faded(len(sound), rise, fall) / max(np.abs(sound).max(), 1e-9)


def _sung(midi: float, length: float, random: Random) -> Sound:
    """A note with vibrato."""
    t = np.arange(int(length * RATE)) / RATE
    vibrato = 1.0 + 0.01 * np.sin(2 * np.pi * 5.5 * t) * np.minimum(1.0, t / 0.4)
    return _voice(_hertz(midi) * vibrato, random, 0.04, 0.07)


def _piano(midi: float, length: float) -> Sound:
    t = np.arange(int(length * RATE)) / RATE
    partials = [h for h in range(1, 9) if h * _hertz(midi) < 9000.0]
    waves = [
        np.sin(2 * np.pi * h * _hertz(midi) * t) / h**1.3 * np.exp(-t * (0.8 + 0.35 * h))
        for h in partials
    ]
    return np.sum(waves, axis=0) * _faded(len(t), 0.003, 0.06)


def _string(midi: float, length: float, random: Random) -> Sound:
    """A plucked string, after Karplus and Strong, 1983."""
    period = int(RATE / _hertz(midi))
    pluck = np.zeros(int(length * RATE))
    pluck[:period] = random.uniform(-1.0, 1.0, period)
    poles = np.zeros(period + 2)
    poles[0], poles[period:] = 1.0, -0.498
    return lfilter([1.0], poles, pluck) * _faded(len(pluck), 0.002, 0.03)
