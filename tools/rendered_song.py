"""Renders a song whose every beat is known: drums, bass, chords and a tune from a score of numbers.

Truth is the sample at which a note of that beat would start. Time runs through a tempo map, so
that ramps and jumps are as exact as an even tempo.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import demo_song_synth as synth
import numpy as np
from demo_song_synth import RATE
from jaxtyping import Float
from rendered_scores import BARS, CHORDS, FORM, Pattern

DRUMS = {"kick": "kick", "snare": "snare", "rim": "snare", "hat": "hats", "open": "hats"}
"""What an ear would call each drum of the patterns."""


@dataclass(frozen=True)
class Stretch:
    """Bars in which the tempo goes evenly, by beats, from one value to another."""

    bars: int
    bpm: float
    to_bpm: float | None = None
    """None: the tempo is held."""


@dataclass(frozen=True)
class Score:
    """What is to be rendered."""

    name: str
    stretches: tuple[Stretch, ...]
    pattern: str = "rock"
    kit: str = "pop"
    key: int = 9
    """Semitones above C; minor."""
    swing: float = 0.0
    """By which part of an eighth the off-beat eighth is late: 1/3 is a triplet's swing."""
    human_ms: float = 0.0
    """Deviation of each note from its place; truth stays."""
    silence: float = 0.3
    """Seconds before the first beat."""
    pickup: int = 0
    """Beats of a tune alone before the first bar."""
    noise_db: float | None = None
    """Level of noise against the music."""
    bit_rate: int | None = None
    """Bits a second of an mp3; None writes FLAC."""
    half_time_break: bool = False
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Rendered:
    """Sound and truth; times in seconds."""

    samples: Float[np.ndarray, " N"]
    """Mono at 44100 Hz, full scale 1."""
    beats: Float[np.ndarray, " B"]
    downbeats: Float[np.ndarray, " D"]
    sections: tuple[tuple[float, float, str], ...]
    drums: tuple[tuple[float, str], ...]
    """When which drum was struck: kick, snare or hats; a rim shot stands for a snare."""


@dataclass(frozen=True, eq=False)
class TempoMap:
    """Time of every 48th of a beat."""

    ticks: Float[np.ndarray, " n"]

    def time(self, beat: float) -> float:
        """Seconds of a place in beats; 0 is the first bar's one, before it are pick-ups."""
        return float(np.interp(beat * 48.0, np.arange(len(self.ticks)), self.ticks))


def render(score: Score) -> Rendered:
    """The sound and the truth of a score."""
    pattern = BARS[score.pattern]
    tempo = _tempo_map(score, pattern.beats)
    bars = sum(stretch.bars for stretch in score.stretches)
    first = score.pickup
    time = [tempo.time(k) for k in range(first + bars * pattern.beats + 1)]
    stage = _Stage(score, time[-1] + 2.0)
    form = _form(bars, score.half_time_break)
    for beat in range(first):
        stage.note("lead", tempo.time(beat), 57 + 2 * beat + score.key, 0.4, 0.5)
    for bar, label in enumerate(form):
        _play_bar(stage, tempo, pattern, label, bar, first + bar * pattern.beats)
    edges = [k for k in range(bars) if k == 0 or form[k] != form[k - 1]] + [bars]
    at = [time[first + k * pattern.beats] for k in edges]
    sections = tuple((at[k], at[k + 1], form[edges[k]]) for k in range(len(edges) - 1))
    beats = np.array(time[:-1])
    ones = beats[first :: pattern.beats]
    return Rendered(stage.mixed(), beats, ones, sections, tuple(sorted(stage.drums)))


def _tempo_map(score: Score, beats_per_bar: int) -> TempoMap:
    tempi = [np.full(48 * score.pickup, score.stretches[0].bpm)]
    for part in score.stretches:
        end = part.bpm if part.to_bpm is None else part.to_bpm
        tempi.append(np.linspace(part.bpm, end, 48 * beats_per_bar * part.bars, endpoint=False))
    tempi.append(np.full(96, tempi[-1][-1]))
    lengths = 60.0 / np.concatenate(tempi) / 48.0
    return TempoMap(score.silence + np.concatenate([[0.0], np.cumsum(lengths)]))


def _form(bars: int, half_time_break: bool) -> list[str]:
    """A label for each bar, in phrases of four."""
    labels = [label for label, count in FORM for _ in range(count)]
    form = [labels[k % len(labels)] for k in range(bars)]
    if half_time_break:
        form[bars // 2 : bars // 2 + 8] = ["break"] * 8
    return form


def _play_bar(
    stage: _Stage, tempo: TempoMap, pattern: Pattern, label: str, bar: int, first: int
) -> None:
    """Plays one bar, whose one is beat ``first`` of the tempo map."""
    steps = len(pattern.kick)
    place = [first + pattern.beats * k / steps for k in range(steps)]
    per_beat = steps // pattern.beats
    if per_beat == 4:  # eighths off the beat swing, sixteenths with them
        late = stage.score.swing / 2.0
        place = [p + (late if k % 4 == 2 else late / 2.0 if k % 2 else 0.0)
                 for k, p in enumerate(place)]  # fmt: skip
    times = [tempo.time(p) for p in place]
    loud = {"intro": 0.5, "verse": 0.7, "chorus": 1.0, "break": 0.8, "outro": 0.5}[label]
    drums = pattern.drums(label)
    for drum, marks in drums.items():
        for time, mark in zip(times, marks, strict=True):
            if mark != ".":
                stage.drum(drum, time, loud * (1.0 if mark == "x" else 0.45))
    root = stage.score.key + CHORDS[label][bar % 4]
    length = tempo.time(first + pattern.beats) - times[0]
    for time, mark in zip(times, pattern.bass, strict=True):
        if mark != "." and label != "intro":
            stage.note("bass", time, 36 + root % 12, 0.22, 0.5 * loud)
    third = 4 if CHORDS[label][bar % 4] in (-4, 3, -2) else 3
    for time, mark in zip(times, pattern.chords, strict=True):
        if mark != ".":
            hold = length * (0.95 if mark == "x" else 0.24)
            for tone in (0, third, 7):
                stage.note("chord", time, 60 + (root + tone) % 12, hold, 0.22 * loud)
    if label in ("chorus", "verse"):
        _play_tune(stage, times, root, third, label, loud)


def _play_tune(
    stage: _Stage, times: list[float], root: int, third: int, label: str, loud: float
) -> None:
    """A tune of chord tones in a rhythm of the section's own, which comes back in every bar."""
    random = np.random.default_rng(stage.score.seed * 7 + (label == "chorus"))
    chosen = random.random(len(times)) < np.where(np.arange(len(times)) % 2 == 0, 0.6, 0.2)
    tones = random.choice([0, third, 7, 12], size=len(times))
    for time, play, tone in zip(times, chosen, tones, strict=True):
        if play:
            stage.note("lead", time, 69 + (root + int(tone)) % 12, 0.22, 0.35 * loud)


class _Stage:
    """A mono track, and a kit of instruments that play on it."""

    def __init__(self, score: Score, seconds: float) -> None:
        self.score = score
        self.track = np.zeros(int(seconds * RATE))
        self.random = np.random.default_rng(score.seed)
        self.drums: list[tuple[float, str]] = []

    def drum(self, name: str, time: float, level: float) -> None:
        start = self._add(_drum(self.score.kit, name), time, level)
        self.drums.append((start / RATE, DRUMS[name]))

    def note(self, part: str, time: float, midi: int, length: float, level: float) -> None:
        self._add(_tone(self.score.kit, part, midi, round(length, 2)), time, level)

    def _add(self, sound: np.ndarray, time: float, level: float) -> int:
        """The sample at which it begins."""
        moved = time + 0.001 * self.score.human_ms * self.random.standard_normal()
        start = max(round(moved * RATE), 0)
        sound = sound[: len(self.track) - start]
        self.track[start : start + len(sound)] += level * sound
        return start

    def mixed(self) -> Float[np.ndarray, " N"]:
        track = np.tanh(0.8 * self.track)
        if self.score.noise_db is not None:
            level = float(np.std(track)) * 10.0 ** (self.score.noise_db / 20.0)
            track = track + level * self.random.standard_normal(len(track))
        return (0.85 * track / np.abs(track).max()).astype(np.float32)


@lru_cache(maxsize=256)
def _drum(kit: str, name: str) -> Float[np.ndarray, " n"]:
    """One hit, mono. Kits: pop (synthesized), room (longer, softer, darker), box (808)."""
    sounds: dict[str, Callable[[], np.ndarray]] = {
        "kick": synth.kick,
        "snare": synth.snare if kit == "room" else lambda: _both(synth.snare(), synth.clap()[0]),
        "rim": lambda: _both(synth.hat(0.012), 0.4 * synth.pluck(84, 0.1, 3.0)),
        "hat": lambda: synth.hat(0.05 if kit == "room" else 0.03),
        "open": lambda: synth.hat(0.15),
    }
    sound = np.atleast_2d(sounds[name]()).mean(axis=0)
    if kit == "room":
        wet = synth.room(np.stack([np.pad(sound, (0, RATE // 3))] * 2), 0.25, 11).mean(axis=0)
        sound = np.pad(sound, (0, len(wet) - len(sound))) + 0.5 * wet
    if kit == "box" and name == "kick":
        t = synth.seconds(0.7)
        boom = np.sin(2.0 * np.pi * (52.0 * t + 2.0 * (1.0 - np.exp(-t / 0.03))))
        sound = boom * np.exp(-t / 0.3) * np.minimum(t / 0.002, 1.0)
    return sound


def _both(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The sum of two sounds that begin together."""
    longest = max(len(one), len(other))
    return np.pad(one, (0, longest - len(one))) + np.pad(other, (0, longest - len(other)))


@lru_cache(maxsize=4096)
def _tone(kit: str, part: str, midi: int, length: float) -> Float[np.ndarray, " n"]:
    """One note, mono."""
    if part == "bass":
        return synth.bass(midi, length, 0.3 if kit == "room" else 0.7)
    if part == "chord":
        if kit == "pop":
            return synth.supersaw(midi, length, 3500.0, voices=3).mean(axis=0)
        return synth.pluck(midi, length, 4.0)
    if kit == "box":
        return synth.pluck(midi, length, 8.0)
    return np.atleast_2d(synth.lead(midi, length, None)).mean(axis=0)
