"""Composes the demo song, mixes it and writes it with its truth: python tools/compose_demo_song.py

Writes assets/demo_song.ogg and assets/demo_song.json. The song is our own (CC0-1.0) and comes out
the same every time. Everything is on a grid of sixteenths at 124 BPM, so beats are known exactly.
With ``--bpm BPM --out SONG.ogg`` the same score is played at another tempo.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path

import av
import demo_song_synth as synth
import numpy as np
from demo_song_score import (
    ANSWERS,
    BPM,
    BREAK_BASS,
    BREAK_CHORDS,
    CHORDS,
    CHORUS_CHORDS,
    DRUMS,
    FIRST_DOWNBEAT,
    HOOK,
    RING,
    RISE_CHORDS,
    RISE_TUNE,
    ROOTS,
    SECTIONS,
    STABS,
    VERSE_CHORDS,
    VERSE_TUNE,
    Note,
)
from demo_song_synth import RATE

TITLE = "Neon Heartbeat"
bpm = BPM
"""The tempo that is played; :func:`set_tempo` changes it."""
ASSETS = Path(__file__).resolve().parent.parent / "assets"

FADERS = {
    "kick": 0.62,
    "drums": 1.0,
    "bass": 0.85,
    "pads": 1.5,
    "plucks": 1.25,
    "lead": 1.25,
    "voice": 1.5,
    "effects": 0.5,
}


@dataclass
class Mix:
    """Buses of the whole song, and where the kick sounds."""

    count: int
    buses: dict[str, np.ndarray] = field(default_factory=dict)
    kicks: list[int] = field(default_factory=list)

    def add(self, bus: str, sound: np.ndarray, time: float, gain: float, pan: float = 0.0) -> None:
        """Adds a sound at ``time`` seconds; ``pan`` is -1 (left) to 1 (right)."""
        track = self.buses.setdefault(bus, np.zeros((2, self.count)))
        start = round(time * RATE)
        sides = sound if sound.ndim == 2 else np.stack([sound, sound])
        sides = sides[:, : self.count - start]
        level = gain * np.array([[min(1.0, 1.0 - pan)], [min(1.0, 1.0 + pan)]])
        track[:, start : start + sides.shape[1]] += level * sides


@dataclass(frozen=True)
class Section:
    """A section on the grid."""

    label: str
    first_bar: int
    bars: int

    def at(self, sixteenth: float) -> float:
        """Seconds of a sixteenth of this section."""
        return beat_time(4 * self.first_bar + sixteenth / 4.0)


def beat_time(beat: float) -> float:
    """Seconds of the song at which a beat lies; beat 0 is the first downbeat."""
    return FIRST_DOWNBEAT + beat * 60.0 / bpm


SIXTEENTH = beat_time(0.25) - beat_time(0.0)


def set_tempo(new_bpm: float) -> None:
    """Plays everything from now on at another tempo; the length of a sixteenth goes with it."""
    global bpm, SIXTEENTH
    bpm = new_bpm
    SIXTEENTH = beat_time(0.25) - beat_time(0.0)


def sections() -> list[Section]:
    """The song's sections; the final hit is the downbeat after the last one."""
    starts = np.cumsum([0] + [bars for _, bars in SECTIONS])
    return [
        Section(label, int(s), bars) for (label, bars), s in zip(SECTIONS, starts, strict=False)
    ]


def last_bar() -> int:
    """The bar whose downbeat is the final hit."""
    return sum(bars for _, bars in SECTIONS)


def compose() -> np.ndarray:
    """The whole song, stereo [2, N], mastered."""
    mix = Mix(int((beat_time(4 * last_bar()) + RING) * RATE))
    parts = sections()
    play_intro(mix, parts[0])
    play_verse(mix, parts[1])
    play_rise(mix, parts[2])
    play_chorus(mix, parts[3], full=False)
    play_break(mix, parts[4])
    play_chorus(mix, parts[5], full=True)
    play_ending(mix)
    return master(mix)


def play_drums(mix: Mix, part: Section, bars: range, pattern: str, gain: float = 1.0) -> None:
    sounds = {"kick": synth.kick(), "snare": synth.snare(), "clap": synth.clap()}
    sounds |= {"hat": synth.hat(0.028), "open": synth.hat(0.11)}
    levels = {"kick": 0.95, "snare": 0.55, "clap": 0.75, "hat": 0.42, "open": 0.42}
    pans = {"hat": 0.25, "open": -0.2}
    for bar in bars:
        for drum, marks in DRUMS[pattern].items():
            for step, mark in enumerate(marks):
                if mark == ".":
                    continue
                time = part.at(16 * bar + step)
                accent = 1.0 if mark == "X" else (0.62 if step % 4 else 0.85)
                bus = "kick" if drum == "kick" else "drums"
                mix.add(bus, sounds[drum], time, gain * accent * levels[drum], pans.get(drum, 0.0))
                if drum == "kick":
                    mix.kicks.append(round(time * RATE))


def play_chords(
    mix: Mix, part: Section, names: tuple[str, ...], cutoffs: tuple[float, ...], gain: float
) -> None:
    """One chord a bar; the pad opens from bar to bar."""
    for bar, (name, cutoff) in enumerate(zip(names, cutoffs, strict=True)):
        for note in CHORDS[name]:
            sound = synth.supersaw(note, 16 * SIXTEENTH, cutoff)
            mix.add("pads", sound, part.at(16 * bar), gain)


def play_bass(
    mix: Mix, part: Section, names: tuple[str, ...], marks: str, bite: float, level: float
) -> None:
    """The chords' roots on marked sixteenths (X root, o octave above)."""
    for bar, name in enumerate(names):
        for step, mark in enumerate(marks):
            if mark != ".":
                note = ROOTS[name] + (12 if mark == "o" else 0)
                mix.add(
                    "bass", synth.bass(note, 1.8 * SIXTEENTH, bite), part.at(16 * bar + step), level
                )


def play_arpeggio(mix: Mix, part: Section, names: tuple[str, ...], gain: float, step: int) -> None:
    order = (0, 2, 1, 3, 2, 1, 3, 0)
    for bar, name in enumerate(names):
        for k in range(0, 16, step):
            note = CHORDS[name][order[k // step % 8]] + 12
            sound = synth.pluck(note, 0.4, 1.5)
            mix.add("plucks", sound, part.at(16 * bar + k), gain, pan=0.5 * (-1) ** (k // step))


def play_tune(
    mix: Mix, part: Section, tune: tuple[Note, ...], gain: float, octave: int = 0
) -> None:
    before: int | None = None
    for step, length, note in tune:
        sound = synth.lead(note + 12 * octave, length * SIXTEENTH * 0.95, before)
        mix.add("lead", sound, part.at(step), gain)
        before = note + 12 * octave


def play_sung(
    mix: Mix, part: Section, tune: tuple[Note, ...], vowels: str, gain: float, octave: int = 0
) -> None:
    for k, (step, length, note) in enumerate(tune):
        vowel = vowels[k % len(vowels)]
        sound = synth.voice(note + 12 * octave, length * SIXTEENTH * 0.95, vowel)
        mix.add("voice", sound, part.at(step), gain, pan=-0.08)


def play_fill(mix: Mix, part: Section, first: float, steps: tuple[float, ...], rise: bool) -> None:
    """Snares from sixteenth ``first`` on, at ``steps`` after it."""
    for k, step in enumerate(steps):
        gain = 0.25 + 0.4 * (k / len(steps) if rise else 0.8)
        mix.add("drums", synth.snare(), part.at(first + step), gain, pan=0.3 * (-1) ** k)


def play_intro(mix: Mix, part: Section) -> None:
    play_chords(mix, part, ("F", "G"), (700.0, 1100.0), 0.05)
    play_arpeggio(mix, part, ("F", "G"), 0.16, step=2)
    for beat in range(8):
        mix.add("kick", synth.kick(), part.at(4 * beat), 0.5)
        mix.add("drums", synth.hat(0.028), part.at(4 * beat + 2), 0.2)
    play_sung(mix, part, ((12, 2, 64), (14, 2, 67), (28, 4, 69)), "oea", 0.3)


def play_verse(mix: Mix, part: Section) -> None:
    play_drums(mix, part, range(4), "verse", 0.62)
    play_chords(mix, part, VERSE_CHORDS, (600.0, 600.0, 700.0, 900.0), 0.035)
    play_bass(mix, part, VERSE_CHORDS, "X..X..X...X.X.o.", 0.35, 0.36)
    play_sung(mix, part, VERSE_TUNE, "aoeoa", 0.34)
    for bar, name in enumerate(VERSE_CHORDS):
        for step in (3, 10):
            for note in CHORDS[name]:
                mix.add("plucks", synth.pluck(note, 0.3, 0.9), part.at(16 * bar + step), 0.10)
    play_fill(mix, part, 60, (0, 2, 3), rise=False)


def play_rise(mix: Mix, part: Section) -> None:
    """Four bars that open up, then half a beat of nothing."""
    for bar, gain in enumerate((0.55, 0.62, 0.7)):
        play_drums(mix, part, range(bar, bar + 1), "pre-chorus", gain)
    play_chords(mix, part, RISE_CHORDS, (700.0, 1200.0, 2000.0, 3600.0), 0.05)
    play_bass(mix, part, RISE_CHORDS[:3], "X.X.X.X.X.X.X.X.", 0.3, 0.34)
    play_arpeggio(mix, part, RISE_CHORDS, 0.13, step=1)
    play_sung(mix, part, RISE_TUNE, "aoae", 0.36)
    play_tune(mix, part, RISE_TUNE[8:], 0.06, octave=1)
    play_fill(mix, part, 32, (0, 4, 8, 12), rise=True)
    play_fill(mix, part, 48, (0, 2, 4, 6, 8, 9, 10, 11, 12, 12.5, 13, 13.5), rise=True)
    for beat in range(3):
        mix.add("kick", synth.kick(), part.at(48 + 4 * beat), 0.6)
    length = 30 * SIXTEENTH
    mix.add("effects", synth.riser(length), part.at(62) - length, 0.9)


def play_chorus(mix: Mix, part: Section, full: bool) -> None:
    mix.add("effects", synth.crash(), part.at(0), 0.9)
    play_drums(mix, part, range(4), "chorus")
    cutoff = 6500.0 if full else 5200.0
    play_chords(mix, part, CHORUS_CHORDS, (cutoff,) * 4, 0.105)
    play_bass(mix, part, CHORUS_CHORDS, "X.oX..o.X.oX..oo", 0.8, 0.5)
    play_tune(mix, part, HOOK, 0.20)
    for step, length, note, vowel in ANSWERS:
        mix.add("voice", synth.voice(note, length * SIXTEENTH, vowel), part.at(step), 0.34, pan=0.3)
    if full:
        play_tune(mix, part, HOOK, 0.07, octave=1)
        play_sung(mix, part, HOOK, "aoe", 0.26)
        play_arpeggio(mix, part, CHORUS_CHORDS, 0.12, step=1)
    play_fill(
        mix, part, 56 if full else 60, (0, 1, 2, 3, 4, 5, 6, 7)[: 8 if full else 4], rise=True
    )


def play_break(mix: Mix, part: Section) -> None:
    """Bass and drums to dance to, brass stabs, no tune."""
    mix.add("effects", synth.crash(), part.at(0), 0.6)
    play_drums(mix, part, range(4), "dance break", 0.9)
    for step, length, note in BREAK_BASS:
        mix.add("bass", synth.bass(note, length * SIXTEENTH * 0.9, 1.0), part.at(step), 0.52)
    for step in STABS:
        for note in CHORDS[BREAK_CHORDS[step // 16]][:3]:
            mix.add("plucks", synth.stab(note, 0.22), part.at(step), 0.12)
    play_sung(mix, part, ((12, 1, 69), (13, 2, 69), (28, 1, 72), (29, 2, 71)), "ae", 0.36)
    play_fill(mix, part, 56, (0, 2, 4, 5, 6, 7), rise=True)
    length = 12 * SIXTEENTH
    mix.add("effects", synth.riser(length), part.at(64) - length, 0.6)


def play_ending(mix: Mix) -> None:
    """Everybody on the last one."""
    time = beat_time(4 * last_bar())
    for bus, sound, gain in (
        ("kick", synth.kick(), 1.0),
        ("drums", synth.clap(), 0.8),
        ("drums", synth.snare(), 0.5),
        ("effects", synth.crash(), 1.0),
        ("bass", synth.bass(33, 1.2, 0.6), 0.55),
        ("lead", synth.lead(69, 1.0, 72), 0.16),
        ("voice", synth.voice(69, 1.0, "a"), 0.3),
    ):
        mix.add(bus, sound, time, gain)
    for note in CHORDS["Am"]:
        mix.add("pads", synth.supersaw(note, 1.5, 3500.0), time, 0.09)


def master(mix: Mix) -> np.ndarray:
    """Side chain, echoes, room, gentle saturation, limiter; the quiet end fades to nothing."""
    gentle = synth.ducked(mix.count, mix.kicks, 0.45, 0.16)
    deep = synth.ducked(mix.count, mix.kicks, 0.65, 0.26)
    chain = {"bass": gentle, "plucks": gentle, "pads": deep}
    dry = {
        name: FADERS[name] * track * chain.get(name, np.ones(1))
        for name, track in mix.buses.items()
    }
    delay = 3 * SIXTEENTH
    wet = synth.echo(0.35 * dry["plucks"] + 0.2 * dry["lead"] + 0.28 * dry["voice"], delay, 0.55)
    send = 0.10 * dry["drums"] + 0.2 * dry["lead"] + 0.3 * dry["voice"] + 0.15 * dry["pads"]
    wet = wet + 0.5 * synth.room(send + 0.2 * dry["plucks"] + 0.1 * dry["effects"], 1.1, 20)
    song = sum(dry.values()) + wet * gentle
    song = synth.passed(song, 28.0, 16500.0)
    song = np.tanh(0.7 * song) / 0.7
    song = synth.limited(1.15 * song, 0.8)
    fade = np.clip((mix.count - np.arange(mix.count)) / (0.6 * RATE), 0.0, 1.0)
    song = song * fade
    return song * (0.8 / np.abs(song).max())


def truth() -> dict[str, object]:
    """What the song is, exactly."""
    bars = last_bar()
    parts = sections()
    listed = [
        {"label": p.label, "start": round(p.at(0), 6), "end": round(p.at(16 * p.bars), 6)}
        for p in parts
    ]
    end = round(beat_time(4 * bars) + RING, 6)
    listed.append({"label": "ending", "start": round(beat_time(4 * bars), 6), "end": end})
    return {
        "title": TITLE,
        "licence": "CC0-1.0",
        "made_by": "python tools/compose_demo_song.py",
        "bpm": bpm,
        "beats_per_bar": 4,
        "key": "A minor",
        "duration": end,
        "beats": [round(beat_time(k), 6) for k in range(4 * bars + 1)],
        "downbeats": [round(beat_time(4 * k), 6) for k in range(bars + 1)],
        "sections": listed,
    }


def write_ogg(path: Path, song: np.ndarray, quality: float = 5.0) -> None:
    """Encodes stereo [2, N] as Ogg Vorbis; ``quality`` is FFmpeg's, 8 is its default."""
    options = {
        "strict": "experimental",
        "flags": "+qscale+bitexact",
        "global_quality": str(round(quality * 118)),  # in units of FFmpeg's lambda
    }
    with av.open(
        str(path), "w", format="ogg", container_options={"fflags": "+bitexact"}
    ) as container:
        stream = container.add_stream("vorbis", rate=RATE, options=options)
        stream.layout = "stereo"
        for start in range(0, song.shape[1], 4096):
            block = np.ascontiguousarray(song[:, start : start + 4096], dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def main() -> None:
    parser = argparse.ArgumentParser(description="Composes the demo song.")
    parser.add_argument("--bpm", type=float, default=BPM)
    parser.add_argument("--out", type=Path, default=ASSETS / "demo_song.ogg")
    given = parser.parse_args()
    set_tempo(given.bpm)
    given.out.parent.mkdir(exist_ok=True, parents=True)
    write_ogg(given.out, compose())
    text = json.dumps(truth(), indent=1)
    given.out.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
