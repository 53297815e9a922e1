"""Short songs rendered for tests, whose tempo, beats, bars, sections and key are known exactly.

Truth is the sample at which a note starts. Every song is made again in milliseconds from its
arguments; nothing is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from jaxtyping import Float

_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
_PROGRESSIONS = {"major": (0, 4, 5, 3), "minor": (0, 5, 3, 4)}
_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

DRUMS: dict[str, dict[str, str]] = {
    # One character for each sixteenth of a bar of four.
    "four": {"kick": "x...x...x...x...", "snare": "....x.......x...", "hat": "..x...x...x...x."},
    "backbeat": {
        "kick": "x.....x.x.......",
        "snare": "....x.......x...",
        "hat": "x.x.x.x.x.x.x.x.",
    },
    "half": {"kick": "x.......x.x.....", "snare": "........x.......", "hat": "x.x.x.x.x.x.x.x."},
    "kicks": {"kick": "x...x...x...x...", "snare": "", "hat": ""},
}


@dataclass(frozen=True)
class Part:
    """A stretch of a song: its label, its bars, how full it is played."""

    label: str
    bars: int
    drums: str = "four"
    level: float = 1.0
    lead: bool = False
    shift: int = 0
    """Steps by which the chord progression is rotated."""


@dataclass(frozen=True, eq=False)
class RenderedSong:
    """A rendered song with its truth, in seconds."""

    samples: Float[np.ndarray, " N"]
    sample_rate: int
    bpm: float
    beats: Float[np.ndarray, " B"]
    downbeats: Float[np.ndarray, " D"]
    sections: tuple[tuple[str, float, float], ...]
    key: str

    @property
    def duration(self) -> float:
        return len(self.samples) / self.sample_rate


CODECS = {
    ".wav": "pcm_s16le",
    ".flac": "flac",
    ".mp3": "libmp3lame",
    ".m4a": "aac",
    ".ogg": "vorbis",
}
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def song_file(path: Path) -> Path:
    """A plain song of 124 BPM, encoded as the file's ending says."""
    rendered = render_song(124.0)
    return write_song(path, rendered.samples, rendered.sample_rate)


def write_song(path: Path, samples: np.ndarray, rate: int, codec: str | None = None) -> Path:
    """Encodes samples [N] or [C, N] in the format that the file's ending names."""
    codec = codec or CODECS[path.suffix]
    sides = np.atleast_2d(samples).astype(np.float32)
    if codec == "vorbis" and len(sides) == 1:
        sides = np.concatenate([sides, sides])  # FFmpeg's own encoder knows stereo only
    layout = LAYOUTS[len(sides)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options={"strict": "experimental"})
        stream.layout = layout
        fitter = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        for start in range(0, sides.shape[1], 4096):
            block = np.ascontiguousarray(sides[:, start : start + 4096])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = rate, start
            for fitted in fitter.resample(frame):
                container.mux(stream.encode(fitted))
        for fitted in fitter.resample(None):
            container.mux(stream.encode(fitted))
        container.mux(stream.encode(None))
    return path


VERSE_CHORUS = (
    Part("intro", 4, drums="kicks", level=0.4),
    Part("verse", 8, drums="backbeat", level=0.55),
    Part("chorus", 8, drums="four", level=1.0, lead=True, shift=2),
    Part("verse", 8, drums="backbeat", level=0.55),
    Part("chorus", 8, drums="four", level=1.0, lead=True, shift=2),
)


def render_song(
    bpm: float = 124.0,
    parts: tuple[Part, ...] = (Part("verse", 16),),
    offset: float = 0.5,
    tail: float = 0.5,
    rate: int = 22050,
    tonic: int = 9,
    mode: str = "minor",
    warp: float = 0.0,
    seed: int = 0,
) -> RenderedSong:
    """Renders drums, bass, chords and a lead in bars of four.

    Args:
        offset: seconds of silence before the first beat.
        tail: seconds after the last bar.
        tonic: semitones above C.
        warp: by how much the tempo has grown at the end, as a part of ``bpm``; 0 is constant.
        seed: of the noise in drums.
    """
    bars = sum(part.bars for part in parts)
    grid = _Grid(bpm, bars * 4, offset, warp)
    band = _Band(rate, grid.time(bars * 4) + tail, seed)
    bar, sections = 0, []
    for part in parts:
        _play(part, bar, grid, band, tonic, mode)
        sections.append((part.label, grid.time(4 * bar), grid.time(4 * (bar + part.bars))))
        bar += part.bars
    beats = np.array([grid.time(k) for k in range(bars * 4)])
    key = f"{_NAMES[tonic % 12]} {mode}"
    return RenderedSong(band.mixed(), rate, bpm, beats, beats[::4], tuple(sections), key)


@dataclass(frozen=True)
class _Grid:
    """Time of a beat; the beat's length shrinks in even steps where the tempo grows."""

    bpm: float
    beats: int
    offset: float
    warp: float

    def time(self, beat: float) -> float:
        period = 60.0 / self.bpm
        slope = -self.warp / (1.0 + self.warp) / self.beats
        return self.offset + period * (beat + 0.5 * slope * beat * beat)


class _Band:
    """Instruments that add themselves to one mono track."""

    def __init__(self, rate: int, seconds: float, seed: int) -> None:
        self.rate = rate
        self.track = np.zeros(int(seconds * rate))
        random = np.random.default_rng(seed)
        self.noise = random.standard_normal(rate)
        t = np.arange(int(0.25 * rate)) / rate
        sweep = 50 * t + 110 * 0.03 * (1 - np.exp(-t / 0.03))
        bright = np.diff(self.noise[: len(t) + 1])
        self.drums = {
            "kick": np.sin(2 * np.pi * sweep) * np.exp(-t / 0.09)
            + 0.15 * bright * np.exp(-t / 0.004),
            "snare": 0.35 * self.noise[: len(t)] * np.exp(-t / 0.06)
            + 0.3 * np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.05),
            "hat": 0.12 * bright * np.exp(-t / 0.025),
        }

    def add(self, sound: np.ndarray, time: float, level: float) -> None:
        start = round(time * self.rate)
        if start >= len(self.track):
            return
        sound = sound[: len(self.track) - start]
        self.track[start : start + len(sound)] += level * sound

    def tone(
        self, midi: float, time: float, length: float, level: float, attack: float = 0.005
    ) -> None:
        """A note of six harmonics with a soft start and end."""
        t = np.arange(int(length * self.rate)) / self.rate
        frequency = 440.0 * 2 ** ((midi - 69) / 12)
        harmonics = [h for h in range(1, 7) if h * frequency < 0.45 * self.rate]
        wave = sum(np.sin(2 * np.pi * h * frequency * t) / h**1.5 for h in harmonics)
        envelope = np.minimum(1.0, t / attack) * np.minimum(1.0, (length - t) / 0.03)
        self.add(wave * envelope, time, level)

    def mixed(self) -> Float[np.ndarray, " N"]:
        peak = np.max(np.abs(self.track))
        return (0.8 * self.track / max(peak, 1e-9)).astype(np.float32)


def _play(part: Part, first: int, grid: _Grid, band: _Band, tonic: int, mode: str) -> None:
    scale, progression = _SCALES[mode], _PROGRESSIONS[mode]
    for bar in range(first, first + part.bars):
        for drum, pattern in DRUMS[part.drums].items():
            for step, mark in enumerate(pattern):
                if mark == "x":
                    band.add(
                        band.drums[drum], grid.time(4 * bar + step / 4), 0.4 + 0.6 * part.level
                    )
        start = grid.time(4 * bar)
        length = grid.time(4 * bar + 4) - start
        degree = progression[(bar + part.shift) % len(progression)]
        notes = [
            tonic + scale[(degree + third) % 7] + 12 * ((degree + third) // 7)
            for third in (0, 2, 4)
        ]
        for note in notes:
            band.tone(48 + note % 12 + 12, start, length, 0.10 * part.level, attack=0.02)
        for eighth in range(8):
            time = grid.time(4 * bar + eighth / 2)
            band.tone(36 + notes[0] % 12, time, length / 8, 0.3 * part.level)
        if part.lead:
            for step, third in enumerate((2, 1, 0, 1, 2, 2, 1, 0)):
                time = grid.time(4 * bar + step / 2)
                band.tone(72 + notes[third] % 12, time, length / 9, 0.16 * part.level)


def render_waltz(bpm: float = 120.0, bars: int = 20, rate: int = 22050) -> RenderedSong:
    """Bars of three: kick, clap, clap, a new chord on every one."""
    grid = _Grid(bpm, 3 * bars, 0.5, 0.0)
    band = _Band(rate, grid.time(3 * bars) + 0.5, seed=0)
    length = 3 * 60.0 / bpm
    for beat in range(3 * bars):
        drum, level = ("snare", 0.5) if beat % 3 else ("kick", 1.0)
        band.add(band.drums[drum], grid.time(beat), level)
        band.add(band.drums["hat"], grid.time(beat + 0.5), 0.3)
    for bar in range(bars):
        root = (57, 53, 50, 52)[bar % 4]
        third = 4 if root == 53 else 3
        for note in (root, root + third, root + 7):
            band.tone(note, grid.time(3 * bar), length, 0.1, attack=0.02)
        band.tone(root - 24, grid.time(3 * bar), 0.6 * length, 0.3)
    beats = np.array([grid.time(k) for k in range(3 * bars)])
    sections = (("verse", float(beats[0]), grid.time(3 * bars)),)
    return RenderedSong(band.mixed(), rate, bpm, beats, beats[::3], sections, "A minor")
