"""The song on the timeline: waveform, bars, sections, and the bar under the playhead.

Timeline and dope sheet show it at the bottom, the sequencer, thin, above its strips.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import blf
import bpy
import gpu

from .core.song_picture import Picture
from .core.song_place import Place, place_at
from .core.timing import FrameClock
from .generating import known_analysis, song_path
from .redrawing import PANELS, TIMELINES, redraw
from .scene.clicks import playhead, song_clock, song_scene, song_strip
from .song_shapes import Shapes, make_shapes, write
from .translations import said

EDITORS = ("SpaceDopeSheetEditor", "SpaceSequenceEditor")
HEIGHT, TIGHT, LEAST = 46.0, 22.0, 12.0
"""Pixels of the strip; under the second it lies on keys and markers, under the third nowhere."""
SCRUB, KEYS = 24.0, 22.0
"""Pixels of the frame numbers at the top, and of the row of keys under them."""
ABOVE_SCROLLER, ABOVE_MARKERS = 14.0, 36.0
"""Pixels left free at the bottom, without and with markers."""
FONT = 10.0
BAR_PIXELS, BEAT_PIXELS, NUMBER_PIXELS = 5.0, 7.0, 30.0
"""From so many pixels a bar or beat on, lines and numbers are drawn."""
GROUND = (0.06, 0.06, 0.07, 0.6)
WAVE = (0.86, 0.88, 0.92, 0.42)
BAR, BEAT = (1.0, 1.0, 1.0, 0.32), (1.0, 1.0, 1.0, 0.22)
NOW, BEHIND = (1.0, 1.0, 1.0, 0.22), (0.0, 0.0, 0.0, 0.75)
SAID, FAINT = (1.0, 1.0, 1.0, 0.92), (1.0, 1.0, 1.0, 0.6)


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
"""The handlers, and the shapes of the last hearing."""


def register() -> None:
    """Draws from now on; there is nothing to draw in without a window."""
    if not bpy.app.background:
        for name in EDITORS:
            editor: Any = getattr(bpy.types, name)
            _kept[name] = editor.draw_handler_add(draw, (), "WINDOW", "POST_PIXEL")
        bpy.app.handlers.frame_change_post.append(follow)


def unregister() -> None:
    """Draws no more and gives the shapes back; does nothing when it was not registered."""
    if follow in bpy.app.handlers.frame_change_post:
        bpy.app.handlers.frame_change_post.remove(follow)
    for name in EDITORS:
        if name in _kept:
            getattr(bpy.types, name).draw_handler_remove(_kept[name], "WINDOW")
    _kept.clear()


@bpy.app.handlers.persistent
def follow(scene: bpy.types.Scene, *_: Any) -> None:
    """Has everything drawn anew when the next beat is reached: in playback Blender moves only the
    playhead. Rendering comes from another thread and draws nothing."""
    if threading.current_thread() is not threading.main_thread():
        return
    analysis = known_analysis(scene)
    if analysis:
        song = song_path(scene.kpop_choreo.song)  # type: ignore[attr-defined]
        here = place_at(analysis, playhead(song_scene(scene, song), song))
        if here != _kept.get("here"):
            _kept["here"] = here
            redraw((*PANELS, *TIMELINES))


def draw() -> None:
    """Called by Blender with every redraw of a timeline."""
    context = bpy.context
    settings = getattr(context.scene, "kpop_choreo", None)
    if settings is None or context.region is None or not settings.show_on_timeline:
        return
    analysis = known_analysis(context.scene)
    shown = _shown_scene(context) if analysis else None
    if shown is None:
        return
    clock = song_clock(shown, song_path(settings.song))
    view = _view(context, clock)
    if view is None:
        return
    shapes = _kept.get("shapes")
    if shapes is None or shapes.analysis is not analysis:  # another hearing is another object
        shapes = _kept["shapes"] = make_shapes(analysis)
    seconds = clock.second(shown.frame_current_final)
    here = place_at(analysis, seconds)
    gpu.state.blend_set("ALPHA")
    _draw_strip(shapes, view, here)
    _draw_words(shapes.picture, view)
    if here is not None:
        gpu.state.blend_set("ALPHA")  # writing has ended it
        _draw_name(shapes, view, view.x(seconds), said(here.text))
    gpu.state.blend_set("NONE")


def _shown_scene(context: bpy.types.Context) -> bpy.types.Scene | None:
    """The scene on whose frames the song lies; None where this editor shows none with it."""
    scene = context.scene
    song = song_path(scene.kpop_choreo.song)  # type: ignore[attr-defined]
    space: Any = context.space_data
    if space.type != "SEQUENCE_EDITOR":
        return song_scene(scene, song)
    chosen = getattr(context.workspace, "sequencer_scene", None) or scene
    if "SEQUENCER" not in space.view_type or (chosen != scene and not song_strip(chosen, song)):
        return None
    return chosen


def _view(context: bpy.types.Context, clock: FrameClock) -> _View | None:
    """Where to draw; None where there is no room."""
    region, ui = context.region, context.preferences.system.ui_scale
    first, last = (region.view2d.region_to_view(x, 0.0)[0] for x in (0.0, region.width))
    if last <= first:
        return None
    thin = min(TIGHT * ui, region.height - SCRUB * ui)
    if context.space_data.type == "SEQUENCE_EDITOR":
        low, height = region.height - SCRUB * ui - thin, thin
    else:
        low = (ABOVE_MARKERS if context.scene.timeline_markers else ABOVE_SCROLLER) * ui
        height = min(HEIGHT * ui, region.height - (SCRUB + KEYS) * ui - low)
        if height < TIGHT * ui:
            low, height = 0.0, thin
    if height < LEAST * ui:
        return None
    pixels = region.width / (last - first)
    left = (clock.start - first) * pixels
    return _View(left, clock.rate * pixels, low, height, region.width, ui)


def _draw_strip(shapes: Shapes, view: _View, here: Place | None) -> None:
    """Sections, waveform and lines, and the beat under the playhead."""
    picture, left, scale = shapes.picture, view.left, view.scale
    edge = max(2.0, round(3.0 * view.ui))
    inner = view.height - edge
    length = float(shapes.analysis.get("duration", 0.0))
    shapes.square(left, view.low, length * scale, view.height, GROUND)
    batches = [(shapes.sections, ()), (shapes.wave, WAVE)]
    if scale * picture.beat_seconds >= BEAT_PIXELS:
        batches.append((shapes.beats, BEAT))
    if scale * _bar_seconds(picture) >= BAR_PIXELS:
        batches.append((shapes.bars, BAR))
    shapes.stretched(left, view.low, scale, inner, *batches)
    if here is not None:
        width = (here.end - here.start) * scale
        shapes.square(view.x(here.start), view.low, width, inner, NOW)
    shapes.stretched(left, view.low + inner, scale, edge, (shapes.edges, ()))


def _draw_words(picture: Picture, view: _View) -> None:
    """Names of sections, and numbers of bars where there is room."""
    blf.size(0, FONT * view.ui)
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 0, 0.0, 0.0, 0.0, 0.9)
    blf.shadow_offset(0, 1, -1)
    top = view.low + view.height - (FONT + 5.0) * view.ui
    for band in picture.bands:
        left, right = max(view.x(band.start), 0.0), min(view.x(band.end), view.width)
        if left < right:
            text = said(band.label.capitalize())
            if blf.dimensions(0, text)[0] + 8.0 * view.ui < right - left:
                write(text, left + 4.0 * view.ui, top, SAID)
    _draw_numbers(picture, view)
    blf.disable(0, blf.SHADOW)


def _draw_numbers(picture: Picture, view: _View) -> None:
    bar = _bar_seconds(picture)
    if view.scale * bar < NUMBER_PIXELS * view.ui or view.height < HEIGHT * view.ui:
        return
    end = picture.bands[-1].end if picture.bands else float("inf")
    for number, start in enumerate(picture.bar_starts.tolist(), 1):
        x = view.x(start)
        if -NUMBER_PIXELS < x < view.width and start + bar / 2 < end:
            write(str(number), x + 3.0 * view.ui, view.low + 2.0 * view.ui, FAINT)


def _draw_name(shapes: Shapes, view: _View, at: float, text: str) -> None:
    """What the beat under the playhead is called, beside it at ``at`` pixels."""
    if not 0.0 <= at <= view.width:
        return
    pad, away = 4.0 * view.ui, 8.0 * view.ui
    wide, tall = blf.dimensions(0, text)[0], FONT * view.ui
    x = at + away if at + away + wide + pad <= view.width else at - away - wide
    low = view.low + 0.5 * (view.height - tall) - pad
    shapes.square(x - pad, low, wide + 2 * pad, tall + 2 * pad, BEHIND)
    write(text, x, low + 1.3 * pad, SAID)


def _bar_seconds(picture: Picture) -> float:
    starts = picture.bar_starts
    return float(starts[1] - starts[0]) if len(starts) > 1 else 4 * picture.beat_seconds
