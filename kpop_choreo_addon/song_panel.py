"""The song: what was heard, what the user corrects, and its sections."""

from __future__ import annotations

from typing import Any

import bpy

from . import direction_panel
from .core.correction import BARS, taps_tempo
from .core.song_place import place_at
from .core.song_sections import bars_in
from .core.song_words import NO_BEAT, clock_text, confidence_word, facts, has_beat, nudge_text
from .direction_panel import draw_direction, section_icon
from .drawing import Sidebar, messages, progress, wrapped
from .generating import known_analysis, known_correction, song_path
from .scene.clicks import clicks_strip, playhead, song_scene
from .section_settings import shown_section
from .session import LISTEN, session
from .swatches import swatch
from .translations import said

NUDGE_MS = 10.0


class KPOPCHOREO_PT_song(Sidebar, bpy.types.Panel):
    """The song and what is known about it."""

    bl_label = "Song"
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        settings = context.scene.kpop_choreo
        column = self.layout.column()
        column.prop(settings, "song", text="")
        if session.task is not None and session.task.kind == LISTEN:
            progress(column, session.task)
        else:
            column.operator("kpop_choreo.analyze", icon="VIEWZOOM")
        analysis = known_analysis(context.scene)
        if analysis:
            _facts(column, analysis)
            _timeline(column, context, analysis)
            if session.taps is None:
                _check(column, context)
            else:
                _tapping(column.box())
        messages(column, LISTEN)
        column.prop(settings, "use_range")
        if settings.use_range:
            row = column.row(align=True)
            row.prop(settings, "range_start")
            row.prop(settings, "range_end")


class _Part(Sidebar):
    """A part of the song's panel that needs an analysis."""

    bl_parent_id = "KPOPCHOREO_PT_song"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(known_analysis(context.scene))


class KPOPCHOREO_PT_beat(_Part, bpy.types.Panel):
    """Corrections of the beat."""

    bl_label = "Correct the Beat"
    bl_order = 0
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads it, nobody changes it

    def draw(self, context: bpy.types.Context) -> None:
        analysis = known_analysis(context.scene)
        column = self.layout.column()
        row = column.row(align=True)
        _correct(row, "Halve", halve=True)
        _correct(row, "Double", double=True)
        known = known_correction(context.scene)
        nudge = float(known.get("nudge_ms", 0.0))
        _pair(column, nudge_text(nudge), "nudge_ms", NUDGE_MS)
        _pair(column, "Move the 'one'", "one", 1)
        split = column.split(factor=0.4)
        split.label(text="Beats a bar")
        row = split.row(align=True)
        for count in BARS:
            current = count == known.get("beats_per_bar", analysis.get("beats_per_bar"))
            _correct(row, str(count), depress=current, beats_per_bar=count)
        column.operator("kpop_choreo.tap_tempo", icon="PLAY")
        column.operator("kpop_choreo.forget_corrections", icon="LOOP_BACK")


class KPOPCHOREO_PT_sections(_Part, bpy.types.Panel):
    """The song's sections, each with the colour of what it sounds like."""

    bl_label = "Sections"
    bl_order = 1

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        self.layout.label(text=said(confidence_word(known_analysis(context.scene), "sections")))

    def draw(self, context: bpy.types.Context) -> None:
        analysis = known_analysis(context.scene)
        column = self.layout.column(align=True)
        for index, section in enumerate(analysis.get("sections") or []):
            bars, shown = bars_in(analysis, section), shown_section(context.scene) == index
            icon = section_icon(context.scene, index)
            _section(column.row(align=True), index, section, bars, icon, shown)
        draw_direction(self.layout, context)
        self.layout.operator_menu_enum("kpop_choreo.add_section", "label", icon="ADD")


def _facts(layout: Any, analysis: dict[str, Any]) -> None:
    """A table of what was heard, with how sure that is."""
    if not has_beat(analysis):
        wrapped(layout, NO_BEAT, "ERROR")
    table = layout.column(align=True)
    for name, value, sure in facts(analysis):
        row = table.split(factor=0.27)
        row.label(text=said(name), translate=False)
        row = row.split(factor=0.67)
        row.label(text=said(value), translate=False)
        word = row.row()
        word.active = sure != "unsure"
        word.alignment = "RIGHT"
        word.label(text=said(sure), translate=False)


def _check(layout: Any, context: bpy.types.Context) -> None:
    """Clicks on, or off when they are there."""
    song = song_path(context.scene.kpop_choreo.song)
    there = clicks_strip(song_scene(context.scene, song), song) is not None
    name = "kpop_choreo.remove_clicks" if there else "kpop_choreo.check_by_ear"
    layout.operator(name, text="Check by Ear", icon="PLAY_SOUND", depress=there)


def _correct(
    layout: Any, text: str, icon: Any = "NONE", depress: bool = False, **given: Any
) -> Any:
    button = layout.operator(
        "kpop_choreo.correct_beat", text=said(text), icon=icon, depress=depress
    )
    for name, value in given.items():
        setattr(button, name, value)


def _pair(layout: Any, text: str, name: str, step: float) -> None:
    """A text between a button for earlier and one for later."""
    row = layout.row(align=True)
    _correct(row, "", "TRIA_LEFT", False, **{name: -step})
    middle = row.row(align=True)
    middle.alignment = "CENTER"
    middle.label(text=said(text), translate=False)
    _correct(row, "", "TRIA_RIGHT", False, **{name: step})


def _tapping(layout: Any) -> None:
    """How many taps there are, and how to end."""
    taps = tuple(session.taps or ())
    tempo = taps_tempo(taps)
    wrapped(layout, "Tap Space with the beat. Enter sends, Esc cancels.", "REC")
    count = said("1 tap" if len(taps) == 1 else f"{len(taps)} taps")
    layout.label(text=f"{count}, {tempo:.1f} BPM" if tempo else count)
    row = layout.row(align=True)
    row.operator("kpop_choreo.tap_tempo", text="Send", icon="CHECKMARK")
    row.operator("kpop_choreo.cancel", icon="X")


def _timeline(layout: Any, context: bpy.types.Context, analysis: dict[str, Any]) -> None:
    """Play, where the playhead is, and whether the timeline shows the song."""
    song = song_path(context.scene.kpop_choreo.song)
    place = place_at(analysis, playhead(song_scene(context.scene, song), song))
    playing = context.screen is not None and context.screen.is_animation_playing
    row = layout.row(align=True)
    icon: Any = "PAUSE" if playing else "PLAY"
    row.operator("kpop_choreo.play_song", icon=icon, depress=playing)
    if place is not None:
        word = row.row()
        word.alignment = "CENTER"
        word.label(text=said(place.text), translate=False)
    row.prop(context.scene.kpop_choreo, "show_on_timeline", text="", icon="TIME")


def _section(
    row: Any, index: int, section: dict[str, Any], bars: int, icon: Any, shown: bool
) -> None:
    row.label(text="", icon_value=swatch(int(section.get("group", 0))))
    name = str(section.get("label", "")).capitalize()
    row.operator_menu_enum("kpop_choreo.rename_section", "label", text=said(name)).index = index
    length = said("1 bar" if bars == 1 else f"{bars} bars")
    text = f"{clock_text(float(section['start']))}  {length}"
    row.operator("kpop_choreo.direct_section", text=text, icon=icon, depress=shown).index = index
    if index:
        row.operator("kpop_choreo.move_section", text="", icon="TRIA_RIGHT_BAR").index = index
    else:
        row.label(text="", icon="BLANK1")
    row.operator("kpop_choreo.remove_section", text="", icon="X").index = index


CLASSES: tuple[type, ...] = (
    *direction_panel.CLASSES,
    KPOPCHOREO_PT_song,
    KPOPCHOREO_PT_beat,
    KPOPCHOREO_PT_sections,
)
