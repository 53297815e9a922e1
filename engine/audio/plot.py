"""A picture of what was heard: waveform, beats, bars, drums, sections, energy; 30 s a row.

Sections that sound alike have one colour; beats are short lines, bars long ones with numbers;
below them, from the bottom, kick, snare and hats.
"""

from __future__ import annotations

import colorsys
from pathlib import Path

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont

from engine.audio.decode import Song
from engine.audio.summary import SongAnalysis

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

ROW_SECONDS, WIDTH, ROW_HEIGHT, HEAD = 30.0, 1800, 174, 44
BAND = 20
"""Pixels of the strip with the sections' names."""
BACKGROUND, TEXT = (24, 25, 30), (214, 216, 222)
WAVE, BEAT, BAR = (92, 98, 114), (150, 158, 178), (240, 240, 245)
ENERGY = (255, 196, 84)
DRUM_HEIGHT = 8
"""Pixels of each drum's row."""
KICK, SNARE, HATS = (232, 104, 92), (120, 200, 255), (140, 146, 120)


def plot(song: Song, analysis: SongAnalysis, path: Path) -> None:
    """Writes the picture; the suffix of ``path`` says in which format."""
    rows = max(1, int(np.ceil(analysis.duration / ROW_SECONDS)))
    picture = Image.new("RGB", (WIDTH, HEAD + rows * ROW_HEIGHT), BACKGROUND)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(14)
    draw.text((10, 12), headline(song, analysis), TEXT, font=font)
    for row in range(rows):
        _Row(draw, font, row).draw(song, analysis)
    picture.save(path)


def headline(song: Song, analysis: SongAnalysis) -> str:
    """What stands above the picture."""
    told = analysis.confidence
    return (
        f"{song.name}    {analysis.tempo:.2f} BPM ({told.tempo:.2f})    "
        f"{analysis.beats_per_bar} beats a bar ({told.downbeats:.2f})    "
        f"{analysis.key} ({told.key:.2f})    {analysis.backend}"
    )


class _Row:
    """Half a minute of the song, :data:`ROW_SECONDS` wide."""

    def __init__(self, draw: ImageDraw.ImageDraw, font: Font, row: int) -> None:
        self.pen, self.font = draw, font
        self.start = row * ROW_SECONDS
        self.top = HEAD + row * ROW_HEIGHT
        self.bottom = self.top + ROW_HEIGHT - 14 - 3 * DRUM_HEIGHT

    def draw(self, song: Song, analysis: SongAnalysis) -> None:
        """Everything of the row, the background first."""
        self._sections(analysis)
        self._wave(song)
        self._lines(analysis)
        self._energy(analysis)
        self._drums(analysis)
        label = f"{int(self.start) // 60}:{int(self.start) % 60:02d}"
        self.pen.text((4, self.bottom - 16), label, TEXT, font=self.font)

    def _x(self, second: float) -> float:
        return (second - self.start) / ROW_SECONDS * WIDTH

    def _shown(self, seconds: Float[np.ndarray, " N"]) -> list[float]:
        inside = (seconds >= self.start) & (seconds < self.start + ROW_SECONDS)
        return [float(second) for second in seconds[inside]]

    def _sections(self, analysis: SongAnalysis) -> None:
        for section in analysis.sections:
            left, right = self._x(section.start), self._x(section.end)
            if right <= 0 or left >= WIDTH:
                continue
            colour = section_colour(section.group)
            dark = tuple(int(0.28 * value) for value in colour)
            box = (max(0.0, left), self.top, min(WIDTH, right), self.bottom)
            self.pen.rectangle(box, fill=dark)
            self.pen.rectangle((*box[:2], box[2], self.top + BAND), fill=colour)
            if left >= 0 or section.start < self.start:
                name = f"{section.label} ({section.confidence:.1f})"
                at = (max(0.0, left) + 5, self.top + 2)
                self.pen.text(at, name, BACKGROUND, font=self.font)

    def _wave(self, song: Song) -> None:
        first = int(self.start * song.sample_rate)
        piece = song.samples[first : first + int(ROW_SECONDS * song.sample_rate)]
        step = int(ROW_SECONDS * song.sample_rate) // WIDTH
        count = len(piece) // step
        if not count:
            return
        peaks = np.abs(piece[: count * step].reshape(count, step)).max(axis=1)
        middle = (self.top + BAND + self.bottom) / 2
        half = (self.bottom - self.top - BAND) / 2 - 2
        for x, peak in enumerate(np.minimum(peaks, 1.0).tolist()):
            self.pen.line((x, middle - half * peak, x, middle + half * peak), fill=WAVE)

    def _lines(self, analysis: SongAnalysis) -> None:
        for beat in self._shown(analysis.beats):
            x = self._x(beat)
            self.pen.line((x, self.bottom - 26, x, self.bottom), fill=BEAT)
        for number, bar in enumerate(analysis.downbeats.tolist()):
            if self.start <= bar < self.start + ROW_SECONDS:
                x = self._x(bar)
                self.pen.line((x, self.top + BAND, x, self.bottom), fill=BAR)
                if number % 4 == 0:
                    at = (x + 3, self.top + BAND + 2)
                    self.pen.text(at, str(number + 1), BAR, font=self.font)

    def _energy(self, analysis: SongAnalysis) -> None:
        curve, hop = analysis.energy.curve, analysis.energy.hop
        height = self.bottom - self.top - BAND - 4
        seconds = np.arange(len(curve)) * hop
        inside = (seconds >= self.start) & (seconds <= self.start + ROW_SECONDS)
        points = [
            (self._x(float(second)), self.bottom - 2 - height * float(value))
            for second, value in zip(seconds[inside], curve[inside], strict=True)
        ]
        if len(points) > 1:
            self.pen.line(points, fill=ENERGY, width=2)

    def _drums(self, analysis: SongAnalysis) -> None:
        if analysis.drums is None:
            return
        drums = analysis.drums
        rows = ((drums.hats, HATS), (drums.snare, SNARE), (drums.kick, KICK))
        for number, (strokes, colour) in enumerate(rows):
            floor = self.bottom + (number + 1) * DRUM_HEIGHT
            inside = (strokes.times >= self.start) & (strokes.times < self.start + ROW_SECONDS)
            for time, strength in zip(
                strokes.times[inside], strokes.strengths[inside], strict=True
            ):
                x = self._x(float(time))
                self.pen.line((x, floor - (DRUM_HEIGHT - 1) * float(strength), x, floor), colour)


def section_colour(group: int) -> tuple[int, int, int]:
    """A colour for sections that sound alike; neighbours in number are far apart in hue."""
    red, green, blue = colorsys.hsv_to_rgb((0.58 + 0.381966 * group) % 1.0, 0.45, 0.86)
    return int(255 * red), int(255 * green), int(255 * blue)
