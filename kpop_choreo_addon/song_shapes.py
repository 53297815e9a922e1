"""The song's shapes on the graphics card, made once for each hearing and moved by matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import blf
import gpu
from gpu_extras.batch import batch_for_shader

from .core.song_picture import Picture, draw_song

TINT = 0.2
"""How much of a section's colour lies behind its waveform."""
Colour = tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Shapes:
    """Batches in seconds and shares of the strip's height; None where there is nothing."""

    analysis: dict[str, Any]
    """The hearing that they show."""
    picture: Picture
    plain: Any
    coloured: Any
    sections: Any
    edges: Any
    wave: Any
    beats: Any
    bars: Any
    unit: Any

    def stretched(
        self, x: float, y: float, width: float, height: float, *batches: tuple[Any, Colour]
    ) -> None:
        """Draws batches, one unit of them ``width`` by ``height`` pixels; no colour: their own."""
        with gpu.matrix.push_pop():
            gpu.matrix.translate((x, y))
            gpu.matrix.scale((width, height))
            for batch, colour in batches:
                if batch is None:
                    continue
                if colour:
                    self.plain.uniform_float("color", colour)
                batch.draw(self.plain if colour else self.coloured)

    def square(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """A filled rectangle."""
        self.stretched(x, y, width, height, (self.unit, colour))


def make_shapes(analysis: dict[str, Any]) -> Shapes:
    """The shapes of a heard song."""
    picture = draw_song(analysis)
    plain = gpu.shader.from_builtin("UNIFORM_COLOR")
    coloured = gpu.shader.from_builtin("FLAT_COLOR")

    def batch(kind: str, points: Any) -> Any:
        return batch_for_shader(plain, kind, {"pos": points}) if len(points) else None

    def sections(alpha: float) -> Any:
        points: list[tuple[float, float]] = []
        colours: list[Colour] = []
        for band in picture.bands:
            left, right = band.start, band.end
            points += [(left, 0), (right, 0), (right, 1), (left, 0), (right, 1), (left, 1)]
            colours += [(*band.colour, alpha)] * 6
        made = {"pos": points, "color": colours}
        return batch_for_shader(coloured, "TRIS", made) if points else None

    return Shapes(
        analysis,
        picture,
        plain,
        coloured,
        sections(TINT),
        sections(1.0),
        batch("TRI_STRIP", picture.wave),
        batch("LINES", picture.beats),
        batch("LINES", picture.bars),
        batch("TRI_STRIP", [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)]),
    )


def write(text: str, x: float, y: float, colour: Colour) -> None:
    """Text from ``x``, ``y`` in the size that was set last."""
    blf.color(0, *colour)
    blf.position(0, x, y, 0.0)
    blf.draw(0, text)
