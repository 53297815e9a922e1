"""The song on the timeline: waveform, bars, sections, and the bar under the playhead.

Shapes are made once for each hearing, in seconds; zooming and scrolling only move them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import blf
import bpy
import gpu
from gpu_extras.batch import batch_for_shader

from .core.song_picture import Picture, draw_song
from .core.song_place import Place, place_at
from .core.timing import FrameClock
from .generating import known_analysis, song_path
from .scene.clicks import song_clock, song_scene
from .translations import said

HEIGHT, TIGHT, LEAST = 46.0, 22.0, 12.0
"""Pixels of the strip; under the second it lies on keys and markers, under the third nowhere."""
SCRUB, KEYS = 24.0, 22.0
"""Pixels of the frame numbers at the top, and of the row of keys under them."""
ABOVE_SCROLLER, ABOVE_MARKERS = 14.0, 36.0
"""Pixels left free at the bottom, without and with markers."""
FONT = 10.0
BAR_PIXELS, BEAT_PIXELS, NUMBER_PIXELS = 5.0, 7.0, 30.0
"""From so many pixels a bar or beat on, lines and numbers are drawn."""
WAVE = (0.86, 0.88, 0.92, 0.42)
GROUND = (0.06, 0.06, 0.07, 0.6)
BAR, BEAT = (1.0, 1.0, 1.0, 0.32), (1.0, 1.0, 1.0, 0.22)
NOW = (1.0, 1.0, 1.0, 0.22)
SAID = (1.0, 1.0, 1.0, 0.92)
BEHIND = (0.0, 0.0, 0.0, 0.75)
FAINT = (1.0, 1.0, 1.0, 0.6)
TINT = 0.2
"""How much of a section's colour lies behind its waveform."""


@dataclass(frozen=True, eq=False)
class _Shapes:
    """What is on the graphics card for one hearing."""

    analysis: dict[str, Any]
    picture: Picture
    shader: Any
    coloured: Any
    sections: Any
    edges: Any
    wave: Any
    beats: Any
    bars: Any
    square: Any


@dataclass(frozen=True)
class _View:
    """Where the song lies in a region: pixels of second 0 and of a second, the strip's place."""

    left: float
    scale: float
    low: float
    height: float
    width: float
    ui: float

    def x(self, seconds: float) -> float:
        """Pixels from the left."""
        return self.left + seconds * self.scale


_kept: dict[str, Any] = {}
"""The handler, and the shapes of the last hearing."""


def register() -> None:
    """Draws from now on; there is nothing to draw in without a window."""
    if not bpy.app.background:
        add: Any = bpy.types.SpaceDopeSheetEditor.draw_handler_add
        _kept["handler"] = add(draw, (), "WINDOW", "POST_PIXEL")


def unregister() -> None:
    """Draws no more and gives the shapes back; does nothing when it was not registered."""
    if "handler" in _kept:
        bpy.types.SpaceDopeSheetEditor.draw_handler_remove(_kept["handler"], "WINDOW")
    _kept.clear()


def draw() -> None:
    """Called by Blender with every redraw of a timeline."""
    context = bpy.context
    scene, region = context.scene, context.region
    settings = getattr(scene, "kpop_choreo", None)
    if settings is None or not settings.show_on_timeline or region is None:
        return
    analysis = known_analysis(scene)
    if not analysis:
        return
    song = song_path(settings.song)
    place = song_scene(scene, song)
    view = _view(context, song_clock(place, song))
    if view is None:
        return
    shapes = _shapes(analysis)
    seconds = song_clock(place, song).second(scene.frame_current_final)
    gpu.state.blend_set("ALPHA")
    here = place_at(analysis, seconds)
    _draw_strip(shapes, view, here)
    _draw_words(shapes.picture, view)
    if here is not None:
        gpu.state.blend_set("ALPHA")  # writing has ended it
        _draw_name(shapes, view, view.x(seconds), said(here.text))
    gpu.state.blend_set("NONE")


def _view(context: bpy.types.Context, clock: FrameClock) -> _View | None:
    """Where to draw; None where there is no room."""
    region, ui = context.region, context.preferences.system.ui_scale
    first, last = (region.view2d.region_to_view(x, 0.0)[0] for x in (0.0, region.width))
    if last <= first:
        return None
    pixels = region.width / (last - first)
    low = (ABOVE_MARKERS if context.scene.timeline_markers else ABOVE_SCROLLER) * ui
    height = min(HEIGHT * ui, region.height - (SCRUB + KEYS) * ui - low)
    if height < TIGHT * ui:
        low, height = 0.0, min(TIGHT * ui, region.height - SCRUB * ui)
    if height < LEAST * ui:
        return None
    left = (clock.start - first) * pixels
    return _View(left, clock.rate * pixels, low, height, region.width, ui)


def _shapes(analysis: dict[str, Any]) -> _Shapes:
    """The shapes of ``analysis``; another hearing is another object."""
    kept = _kept.get("shapes")
    if kept is None or kept.analysis is not analysis:
        picture = draw_song(analysis)
        shader = gpu.shader.from_builtin("UNIFORM_COLOR")
        coloured = gpu.shader.from_builtin("FLAT_COLOR")

        def batch(kind: str, points: Any) -> Any:
            return batch_for_shader(shader, kind, {"pos": points}) if len(points) else None

        def sections(alpha: float) -> Any:
            points, colours = [], []
            for band in picture.bands:
                left, right = band.start, band.end
                points += [(left, 0), (right, 0), (right, 1), (left, 0), (right, 1), (left, 1)]
                colours += [(*band.colour, alpha)] * 6
            return batch_for_shader(coloured, "TRIS", {"pos": points, "color": colours})

        kept = _kept["shapes"] = _Shapes(
            analysis,
            picture,
            shader,
            coloured,
            sections(TINT),
            sections(1.0),
            batch("TRI_STRIP", picture.wave),
            batch("LINES", picture.beats),
            batch("LINES", picture.bars),
            batch("TRI_STRIP", [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)]),
        )
    return kept


def _draw_strip(shapes: _Shapes, view: _View, here: Place | None) -> None:
    """Sections, waveform and lines, and the beat under the playhead."""
    picture = shapes.picture
    edge = max(2.0, round(3.0 * view.ui))
    length = float(shapes.analysis.get("duration", 0.0))
    _square(shapes, view.left, view.low, length * view.scale, view.height, GROUND)
    with gpu.matrix.push_pop():
        gpu.matrix.translate((view.left, view.low))
        gpu.matrix.scale((view.scale, view.height - edge))
        _batch(shapes, shapes.sections)
        _batch(shapes, shapes.wave, WAVE)
        if view.scale * picture.beat_seconds >= BEAT_PIXELS:
            _batch(shapes, shapes.beats, BEAT)
        if view.scale * _bar_seconds(picture) >= BAR_PIXELS:
            _batch(shapes, shapes.bars, BAR)
    if here is not None:
        width = (here.end - here.start) * view.scale
        _square(shapes, view.x(here.start), view.low, width, view.height - edge, NOW)
    with gpu.matrix.push_pop():
        gpu.matrix.translate((view.left, view.low + view.height - edge))
        gpu.matrix.scale((view.scale, edge))
        _batch(shapes, shapes.edges)


def _draw_words(picture: Picture, view: _View) -> None:
    """Names of sections, and numbers of bars where there is room."""
    blf.size(0, FONT * view.ui)
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 3, 0.0, 0.0, 0.0, 0.9)
    _draw_sections(picture, view)
    _draw_numbers(picture, view)
    blf.disable(0, blf.SHADOW)


def _draw_sections(picture: Picture, view: _View) -> None:
    top = view.low + view.height - (FONT + 5.0) * view.ui
    for band in picture.bands:
        left, right = max(view.x(band.start), 0.0), min(view.x(band.end), view.width)
        text = said(band.label.capitalize())
        if blf.dimensions(0, text)[0] + 8.0 * view.ui < right - left:
            _write(text, left + 4.0 * view.ui, top, SAID)


def _draw_numbers(picture: Picture, view: _View) -> None:
    bar = _bar_seconds(picture)
    if view.scale * bar < NUMBER_PIXELS * view.ui or view.height < HEIGHT * view.ui:
        return
    end = picture.bands[-1].end if picture.bands else float("inf")
    for number, start in enumerate(picture.bar_starts.tolist(), 1):
        x = view.x(start)
        if -NUMBER_PIXELS < x < view.width and start + bar / 2 < end:
            _write(str(number), x + 3.0 * view.ui, view.low + 2.0 * view.ui, FAINT)


def _draw_name(shapes: _Shapes, view: _View, at: float, text: str) -> None:
    """What the beat under the playhead is called, beside it at ``at`` pixels."""
    if not 0.0 <= at <= view.width:
        return
    pad, away = 4.0 * view.ui, 8.0 * view.ui
    wide, tall = blf.dimensions(0, text)[0], FONT * view.ui
    x = at + away if at + away + wide + pad <= view.width else at - away - wide
    low = view.low + 0.5 * (view.height - tall) - pad
    _square(shapes, x - pad, low, wide + 2 * pad, tall + 2 * pad, BEHIND)
    _write(text, x, low + 1.3 * pad, SAID)


def _square(
    shapes: _Shapes, x: float, y: float, width: float, height: float, colour: tuple[float, ...]
) -> None:
    with gpu.matrix.push_pop():
        gpu.matrix.translate((x, y))
        gpu.matrix.scale((width, height))
        _batch(shapes, shapes.square, colour)


def _batch(shapes: _Shapes, batch: Any, colour: tuple[float, ...] = ()) -> None:
    """Draws in one colour, or in the batch's own."""
    if batch is None:
        return
    if colour:
        shapes.shader.uniform_float("color", colour)
        batch.draw(shapes.shader)
    else:
        batch.draw(shapes.coloured)


def _write(text: str, x: float, y: float, colour: tuple[float, ...]) -> None:
    blf.color(0, *colour)
    blf.position(0, x, y, 0.0)
    blf.draw(0, text)


def _bar_seconds(picture: Picture) -> float:
    starts = picture.bar_starts
    return float(starts[1] - starts[0]) if len(starts) > 1 else 4 * picture.beat_seconds
