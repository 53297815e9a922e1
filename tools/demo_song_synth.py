"""Instruments and effects of the demo song: plain subtractive synthesis on NumPy and SciPy.

Every instrument is a function that gives one sound, mono [N] or stereo [2, N], whose first sample
is the moment of its onset. Full scale is 1.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d
from scipy.signal import butter, fftconvolve, sosfilt

RATE = 44100


def seconds(length: float) -> np.ndarray:
    """Times of the samples of ``length`` seconds."""
    return np.arange(int(length * RATE)) / RATE


def hertz(midi: Any) -> Any:
    """Frequency of MIDI notes, a number or an array."""
    return 440.0 * 2.0 ** ((midi - 69.0) / 12.0)


def noise(count: int, seed: int) -> np.ndarray:
    """White noise, the same for the same seed."""
    return np.random.default_rng(seed).standard_normal(count)


def passed(sound: np.ndarray, low: float | None, high: float | None, order: int = 2) -> np.ndarray:
    """What lies between two frequencies in Hz; ``None`` leaves that side open."""
    if low is not None:
        sound = sosfilt(butter(order, low, "highpass", fs=RATE, output="sos"), sound)
    if high is not None:
        sound = sosfilt(butter(order, high, "lowpass", fs=RATE, output="sos"), sound)
    return sound


def saw(phase: np.ndarray) -> np.ndarray:
    """A sawtooth of a phase in cycles, its steps smoothed over two samples (PolyBLEP)."""
    step = np.maximum(np.diff(phase, prepend=phase[0] - (phase[1] - phase[0])), 1e-9)
    place = phase % 1.0
    wave = 2.0 * place - 1.0
    after, before = place / step, (place - 1.0) / step
    wave -= np.where(place < step, 2.0 * after - after**2 - 1.0, 0.0)
    wave -= np.where(place > 1.0 - step, before**2 + 2.0 * before + 1.0, 0.0)
    return wave


def envelope(
    length: float, attack: float, decay: float, sustain: float, release: float
) -> np.ndarray:
    """Rise, fall towards ``sustain``, and a release inside ``length`` seconds."""
    t = seconds(length)
    shape = sustain + (1.0 - sustain) * np.exp(-np.maximum(t - attack, 0.0) / decay)
    return np.minimum(t / attack, 1.0) * shape * np.clip((length - t) / release, 0.0, 1.0)


@lru_cache
def kick() -> np.ndarray:
    t = seconds(0.42)
    sweep = 46.0 * t + 4.2 * (1.0 - np.exp(-t / 0.022)) + 1.1 * (1.0 - np.exp(-t / 0.006))
    body = np.sin(2.0 * np.pi * sweep) * np.exp(-t / 0.14) * np.clip((0.42 - t) / 0.05, 0.0, 1.0)
    click = passed(noise(len(t), 1), 2500.0, 9000.0) * np.exp(-t / 0.004)
    return np.tanh(2.2 * body + 0.5 * click) * 0.85


@lru_cache
def snare() -> np.ndarray:
    t = seconds(0.32)
    rattle = passed(noise(len(t), 2), 900.0, 9500.0) * np.exp(-t / 0.075)
    body = np.sin(2.0 * np.pi * (185.0 * t + 1.2 * (1.0 - np.exp(-t / 0.015)))) * np.exp(-t / 0.06)
    return np.tanh(1.1 * rattle + 0.8 * body) * 0.6


@lru_cache
def clap() -> np.ndarray:
    """Several hands: the loudest first, so that the beat is where the clap is."""
    t = seconds(0.30)
    hands = sum(
        level * np.where(t >= late, np.exp(-(t - late) / fall), 0.0)
        for late, level, fall in ((0.0, 1.0, 0.008), (0.011, 0.7, 0.008), (0.021, 0.8, 0.075))
    )
    left, right = (passed(noise(len(t), seed), 850.0, 7000.0) * hands for seed in (3, 4))
    return 0.42 * np.stack([left + 0.5 * right, right + 0.5 * left])


@lru_cache
def hat(length: float) -> np.ndarray:
    """Closed with ``length`` about 0.03, open about 0.15."""
    t = seconds(3.0 * length)
    metal = sum(np.sign(np.sin(2.0 * np.pi * f * t)) for f in (3120.0, 4210.0, 5430.0, 6790.0))
    sound = passed(0.6 * noise(len(t), 5) + 0.25 * metal, 7000.0, 16000.0)
    return 0.35 * sound * np.exp(-t / length) * np.clip((3.0 * length - t) / 0.01, 0.0, 1.0)


@lru_cache
def crash() -> np.ndarray:
    t = seconds(2.4)
    shape = np.exp(-t / 0.65) * np.clip((2.4 - t) / 0.3, 0.0, 1.0)
    return 0.22 * np.stack([passed(noise(len(t), s), 3500.0, 15000.0) * shape for s in (6, 7)])


def riser(length: float) -> np.ndarray:
    """Noise that opens and swells up to its end."""
    t = seconds(length)
    rise = t / length
    layers = [passed(noise(len(t), 8), low, low * 4.0) for low in (300.0, 1200.0, 4000.0)]
    places = (0.15, 0.55, 1.0)
    mix = sum(
        layer * np.exp(-0.5 * ((rise - place) / 0.28) ** 2)
        for layer, place in zip(layers, places, strict=True)
    )
    return 0.35 * mix * rise**1.6 * np.clip((length - t) / 0.01, 0.0, 1.0)


def bass(midi: float, length: float, bite: float) -> np.ndarray:
    """A sub and a saw whose brightness falls; ``bite`` 0..1 is how much of it."""
    t = seconds(length)
    f = hertz(midi)
    sub = np.sin(2.0 * np.pi * f * t)
    edge = passed(saw(f * t) + saw(f * 1.004 * t + 0.3), None, 420.0)
    bright = passed(saw(f * t) + saw(f * 1.006 * t + 0.3), None, 1900.0)
    wave = 0.8 * sub + 0.35 * edge + bite * 0.3 * bright * np.exp(-t / 0.09)
    return np.tanh(1.2 * wave) * envelope(length, 0.004, 0.25, 0.6, 0.02)


def supersaw(midi: float, length: float, cutoff: float, voices: int = 7) -> np.ndarray:
    """Detuned saws spread from left to right; stereo."""
    t = seconds(length)
    random = np.random.default_rng(int(midi * 7))
    sides = np.zeros((2, len(t)))
    for k, spread in enumerate(np.linspace(-1.0, 1.0, voices)):
        wave = saw(hertz(midi + 0.14 * spread) * t + random.random())
        pan = 0.5 + 0.45 * spread * (-1) ** k
        sides += np.stack([np.sqrt(1.0 - pan) * wave, np.sqrt(pan) * wave])
    shape = envelope(length, 0.012, 0.5, 0.75, 0.06)
    return passed(sides, 160.0, cutoff) * shape / voices**0.5


def pluck(midi: float, length: float, brightness: float) -> np.ndarray:
    """A short string-like sound: higher partials die first."""
    t = seconds(length)
    f = hertz(midi)
    partials = [h for h in range(1, 13) if h * f < 14000.0]
    wave = sum(
        np.sin(2.0 * np.pi * h * f * t) / h * np.exp(-t * (4.0 + 5.0 * h / brightness))
        for h in partials
    )
    return wave * np.minimum(t / 0.002, 1.0) * np.clip((length - t) / 0.02, 0.0, 1.0)


def lead(midi: float, length: float, slide_from: float | None) -> np.ndarray:
    """The hook's voice: saw and square, a short slide into the note, late vibrato."""
    t = seconds(length)
    slide = 0.0 if slide_from is None else (slide_from - midi) * np.exp(-t / 0.018)
    vibrato = 0.18 * np.sin(2.0 * np.pi * 5.6 * t) * np.clip((t - 0.16) / 0.15, 0.0, 1.0)
    phase = np.cumsum(hertz(midi + slide + vibrato)) / RATE
    sides = []
    for detune in (0.9965, 1.0035):
        square = saw(phase * detune) - saw(phase * detune + 0.5)
        sides.append(0.6 * saw(phase) + 0.45 * saw(phase * detune) + 0.3 * square)
    wave = passed(np.stack(sides), 220.0, 6500.0)
    return wave * envelope(length, 0.006, 0.22, 0.7, 0.04)


VOWELS = {"a": (800.0, 1200.0, 2800.0), "o": (450.0, 800.0, 2600.0), "e": (500.0, 1850.0, 2600.0)}


def voice(midi: float, length: float, vowel: str) -> np.ndarray:
    """A sung chop: a buzzing source through three formants."""
    t = seconds(length)
    bend = -1.2 * np.exp(-t / 0.03)
    vibrato = 0.25 * np.sin(2.0 * np.pi * 5.2 * t) * np.clip((t - 0.12) / 0.2, 0.0, 1.0)
    phase = np.cumsum(hertz(midi + bend + vibrato)) / RATE
    source = saw(phase) + 0.06 * noise(len(t), int(midi))
    sung = sum(
        level * passed(source, centre * 0.88, centre * 1.13)
        for centre, level in zip(VOWELS[vowel], (1.0, 0.6, 0.28), strict=True)
    )
    body = 0.25 * passed(source, None, hertz(midi) * 1.6)
    return (sung + body) * envelope(length, 0.012, 0.3, 0.7, 0.05)


def stab(midi: float, length: float) -> np.ndarray:
    """A brass-like hit, stereo."""
    t = seconds(length)
    opened = supersaw(midi, length, 5200.0, voices=5) * np.exp(-t / 0.12)
    return opened + 0.8 * supersaw(midi, length, 1400.0, voices=5) * np.exp(-t / 0.22)


def room(sound: np.ndarray, decay: float, seed: int) -> np.ndarray:
    """Reverberation of a stereo sound (without the sound itself): noise that dies away."""
    t = seconds(3.0 * decay)
    tail = np.stack([noise(len(t), seed), noise(len(t), seed + 1)]) * np.exp(-t / decay * 2.3)
    tail = passed(tail, 250.0, 6500.0) * np.clip(t / 0.012, 0.0, 1.0)
    tail /= np.sqrt(np.sum(tail**2, axis=1, keepdims=True))
    return fftconvolve(sound, tail, axes=1)[:, : sound.shape[1]]


def echo(sound: np.ndarray, delay: float, feedback: float, repeats: int = 5) -> np.ndarray:
    """Echoes of a stereo sound (without the sound itself) that change sides and grow darker."""
    step = int(delay * RATE)
    out = np.zeros_like(sound)
    wet = sound
    for k in range(1, repeats + 1):
        wet = passed(wet[::-1], 300.0, 5000.0, order=1) * feedback
        if k * step >= sound.shape[1]:
            break
        out[:, k * step :] += wet[:, : sound.shape[1] - k * step]
    return out


def ducked(count: int, kicks: list[int], depth: float, release: float) -> np.ndarray:
    """The gain of a side chain: down by ``depth`` (0..1) at each kick, back after ``release`` s."""
    gain = np.ones(count)
    t = seconds(release)
    dip = 1.0 - depth * (0.5 + 0.5 * np.cos(np.pi * t / release)) ** 1.2
    for start in kicks:
        end = min(start + len(dip), count)
        gain[start:end] = np.minimum(gain[start:end], dip[: end - start])
    return gain


def limited(sound: np.ndarray, ceiling: float) -> np.ndarray:
    """Holds stereo peaks under ``ceiling``: gain falls 3 ms ahead and comes back in 80 ms."""
    need = np.maximum(np.abs(sound).max(axis=0) / ceiling, 1.0)
    ahead = int(0.003 * RATE)
    held = maximum_filter1d(need, 2 * ahead + 1)
    falling = np.log(held)
    decay = np.exp(-1.0 / (0.08 * RATE))
    # A slow release: the largest of all past needs, each dying away exponentially.
    blocks = falling[: len(falling) // 64 * 64].reshape(-1, 64).max(axis=1)
    level, slow = 0.0, np.empty_like(blocks)
    for k, value in enumerate(blocks):
        level = max(value, level * decay**64)
        slow[k] = level
    smooth = np.maximum(np.repeat(slow, 64), falling[: len(slow) * 64])
    smooth = np.append(smooth, np.full(len(falling) - len(smooth), smooth[-1]))
    return sound * np.exp(-uniform_filter1d(smooth, ahead))
