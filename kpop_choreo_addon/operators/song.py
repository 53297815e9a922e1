"""Analyze the song, correct its beat, check it by ear."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ..core.correction import Correction, counted, nudged, with_bars_of, with_one_moved
from ..core.errors import ChoreoError
from ..generating import known_analysis, known_correction
from ..redrawing import redraw
from ..scene.clicks import clicks_strip, lay_song, remove_clicks, song_scene
from ..scene.hearing import markers_follow, move_markers, show_clicks
from ..session import LISTEN, session
from ..translations import hinted, said
from .listening import correct, listen, may_correct, may_correct_further, may_listen, song_of
from .reporting import fail


class KPOPCHOREO_OT_analyze(bpy.types.Operator):
    """Listen to the song: tempo, beats, key and sections."""

    bl_idname = "kpop_choreo.analyze"
    bl_label = "Analyze Song"
    bl_description = "Listen to the song: tempo, beats, key and sections"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_listen(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return listen(self, context)


class KPOPCHOREO_OT_correct_beat(bpy.types.Operator):
    """Correct the beat that was heard; arguments add to the correction that is kept."""

    bl_idname = "kpop_choreo.correct_beat"
    bl_label = "Correct Beat"
    bl_description = "Correct the beat that was heard; every later dance uses the correction"
    bl_options = {"REGISTER"}

    halve: bpy.props.BoolProperty(name="Halve", options={"SKIP_SAVE"})
    double: bpy.props.BoolProperty(name="Double", options={"SKIP_SAVE"})
    nudge_ms: bpy.props.FloatProperty(name="Nudge", options={"SKIP_SAVE"})
    one: bpy.props.IntProperty(name="Move the 'One'", options={"SKIP_SAVE"})
    beats_per_bar: bpy.props.IntProperty(name="Beats a Bar", options={"SKIP_SAVE"})

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        """What the button does that the pointer is on."""
        if properties.halve:
            return hinted("Count the beat half as fast")
        if properties.double:
            return hinted("Count the beat twice as fast")
        if properties.nudge_ms:
            way = "later" if properties.nudge_ms > 0 else "earlier"
            return hinted(f"All beats {abs(properties.nudge_ms):g} ms {way}")
        if properties.one:
            way = "later" if properties.one > 0 else "earlier"
            return hinted(f"Bars begin a beat {way}")
        if properties.beats_per_bar:
            return hinted(f"Count {properties.beats_per_bar} beats a bar")
        return hinted(cls.bl_description)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_correct_further(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return correct(self, context, self._changed)

    def _changed(self, known: Correction, analysis: dict[str, Any]) -> Correction:
        wanted = counted(known, 0.5) if self.halve else known
        wanted = counted(wanted, 2.0) if self.double else wanted
        wanted = nudged(wanted, self.nudge_ms) if self.nudge_ms else wanted
        if self.properties.is_property_set("beats_per_bar"):
            wanted = with_bars_of(wanted, self.beats_per_bar)
        if self.one:
            per_bar = wanted.get("beats_per_bar") or int(analysis.get("beats_per_bar", 4))
            wanted = with_one_moved(wanted, self.one, per_bar)
        if wanted == known:
            raise ChoreoError(
                "correction_refused",
                "Nothing was given to correct.",
                "Give one of halve, double, nudge_ms, one and beats_per_bar.",
            )
        return wanted


class KPOPCHOREO_OT_forget_corrections(bpy.types.Operator):
    """Forget all corrections of this song, those of its sections too."""

    bl_idname = "kpop_choreo.forget_corrections"
    bl_label = "Forget Corrections"
    bl_description = "Forget all corrections of this song, those of its sections too"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not may_correct_further(cls, context):
            return False
        if not known_correction(context.scene):
            cls.poll_message_set(hinted("Nothing of this song is corrected"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        return listen(self, context, {})


class KPOPCHOREO_OT_check_by_ear(bpy.types.Operator):
    """Lay clicks on the beats under the song, high on the first of a bar."""

    bl_idname = "kpop_choreo.check_by_ear"
    bl_label = "Check by Ear"
    bl_description = "Lay clicks on the beats under the song, high on the first of a bar"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_listen(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return listen(self, context, with_clicks=True)


class KPOPCHOREO_OT_remove_clicks(bpy.types.Operator):
    """Remove the clicks under the song."""

    bl_idname = "kpop_choreo.remove_clicks"
    bl_label = "Remove Clicks"
    bl_description = "Remove the clicks under the song"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        song = song_of(context)
        if clicks_strip(song_scene(context.scene, song), song) is None:
            cls.poll_message_set(hinted("There are no clicks under the song"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        remove_clicks(song_scene(context.scene, song_of(context)))
        return {"FINISHED"}


class KPOPCHOREO_OT_lay_song(bpy.types.Operator):
    """Lay the whole song into the sequencer, from the start frame."""

    bl_idname = "kpop_choreo.lay_song"
    bl_label = "Lay Song"
    bl_description = "Lay the whole song into the sequencer, from the start frame"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_correct(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        song, known = song_of(context), known_analysis(context.scene)
        note = lay_song(song_scene(context.scene, song), song, float(known["duration"]))
        if note:
            return fail(self, ChoreoError("no_sound", note, "Listen to it elsewhere."), LISTEN)
        return {"FINISHED"}


class KPOPCHOREO_OT_show_hearing(bpy.types.Operator):
    """Move our markers onto the corrected bars, and lay clicks."""

    bl_idname = "kpop_choreo.show_hearing"
    bl_label = "Correct Beat"
    bl_description = "Move our markers onto the corrected bars, and lay clicks"
    bl_options = {"UNDO", "INTERNAL"}

    song: bpy.props.StringProperty(name="Song", options={"SKIP_SAVE"})
    clicks: bpy.props.StringProperty(name="Clicks", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not session.analysis:
            cls.poll_message_set(hinted("No song was analysed yet"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene, song = context.scene, Path(self.song)
        if markers_follow(scene, session.analysis):
            move_markers(scene, session.analysis)
        if self.clicks:
            place = song_scene(scene, song)
            session.notes = show_clicks(place, song, Path(self.clicks), session.analysis)
            session.told_at = LISTEN
            for note in session.notes:
                self.report({"WARNING"}, said(note))
        redraw()
        return {"FINISHED"}


CLASSES: tuple[type, ...] = (
    KPOPCHOREO_OT_analyze,
    KPOPCHOREO_OT_correct_beat,
    KPOPCHOREO_OT_forget_corrections,
    KPOPCHOREO_OT_check_by_ear,
    KPOPCHOREO_OT_remove_clicks,
    KPOPCHOREO_OT_lay_song,
    KPOPCHOREO_OT_show_hearing,
)
