"""Sections with directions of their own, and the song that plays."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

from typing import Any

import bpy

from ..core.errors import ChoreoError
from ..generating import known_analysis
from ..redrawing import redraw
from ..scene.clicks import lay_song, playhead, song_clock, song_scene, song_strip
from ..section_settings import (
    AS_SONG,
    NOWHERE,
    direction_of,
    ensure_direction,
    same_section,
)
from ..session import LISTEN
from ..styles import style_items
from ..translations import hinted, said
from .listening import may_correct, song_of
from .reporting import fail

OWN = -1


def _index() -> Any:
    return bpy.props.IntProperty(
        name="Section", description="Number of the section, from 0", min=0, options={"SKIP_SAVE"}
    )


def _known(cls: Any, context: bpy.types.Context) -> bool:
    if not known_analysis(context.scene).get("sections"):
        cls.poll_message_set(hinted("This song was not analysed yet: press Analyze Song first"))
        return False
    return True


def _require(context: bpy.types.Context, index: int) -> None:
    count = len(known_analysis(context.scene)["sections"])
    if index >= count:
        raise ChoreoError(
            "section_missing",
            f"There is no section {index}.",
            f"This song has {count}, counted from 0.",
        )


class KPOPCHOREO_OT_direct_section(bpy.types.Operator):
    """Show the direction of a section; arguments that are given become its own.

    ``prompt`` and ``style`` may be empty: then it has none. A negative ``energy`` is the song's.
    """

    bl_idname = "kpop_choreo.direct_section"
    bl_label = "Direct Section"
    bl_description = "Give this section words, a style or an energy of its own"
    bl_options = {"UNDO"}  # choosing a row is nothing to adjust afterwards

    index: _index()
    prompt: bpy.props.StringProperty(name="Prompt", options={"SKIP_SAVE"})
    style: bpy.props.StringProperty(name="Style", options={"SKIP_SAVE"})
    energy: bpy.props.FloatProperty(name="Energy", options={"SKIP_SAVE"})
    same_as: bpy.props.IntProperty(
        name="Same Choreography as",
        description="Number of the section whose moves are danced again here; -1 for its own",
        default=OWN,
        min=OWN,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        """What a button or a row of the menu does."""
        if not properties.is_property_set("same_as"):
            return hinted(cls.bl_description)
        if properties.same_as == OWN:
            return hinted("This section has its own choreography")
        return hinted("The same moves again, to that section's words and style")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _known(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        given = self.properties.is_property_set
        try:
            _require(context, self.index)
            if given("style"):
                self._require_style(context)
            if given("same_as") and self.same_as != OWN:
                _require(context, self.same_as)
                _require_no_circle(context, self.index, self.same_as)
        except ChoreoError as error:
            return fail(self, error, LISTEN)
        direction = ensure_direction(context.scene, self.index)
        if given("prompt"):
            direction.prompt = self.prompt
        if given("style"):
            direction.style = self.style or AS_SONG
        if given("energy"):
            direction.own_energy = self.energy >= 0.0
            direction.energy = max(self.energy, 0.0) if self.energy >= 0.0 else direction.energy
        if given("same_as"):
            self._set_same(context, direction)
        redraw()
        return {"FINISHED"}

    def _require_style(self, context: bpy.types.Context) -> None:
        names = [item[0] for item in style_items(None, context)]
        if self.style and self.style not in (AS_SONG, *names):
            raise ChoreoError(
                "style_unknown",
                f"There is no style called {self.style}.",
                f"Choose one of: {', '.join(names)}.",
            )

    def _set_same(self, context: bpy.types.Context, direction: Any) -> None:
        direction.same_as, direction.same_label = NOWHERE, ""
        if self.same_as != OWN:
            row = known_analysis(context.scene)["sections"][self.same_as]
            direction.same_as, direction.same_label = float(row["start"]), row["label"]


class KPOPCHOREO_OT_forget_direction(bpy.types.Operator):
    """Let a section be danced as the rest of the song."""

    bl_idname = "kpop_choreo.forget_direction"
    bl_label = "As the Song"
    bl_description = "Forget what this section was told for itself"
    bl_options = {"REGISTER", "UNDO"}

    index: _index()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _known(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.kpop_choreo
        number = direction_of(context.scene, self.index)
        if number is not None:
            settings.directions.remove(number)
            settings.direction_index = -1
        redraw()
        return {"FINISHED"}


class KPOPCHOREO_OT_play_song(bpy.types.Operator):
    """Play the song and the dance; pressed again it stops.

    The song is laid into the sequencer if it is not there, and the scene's playback is set to
    follow its sound; both can be undone.
    """

    bl_idname = "kpop_choreo.play_song"
    bl_label = "Play"
    bl_description = "Play song and dance together; press again to stop"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.screen is not None and context.screen.is_animation_playing:
            return True
        return may_correct(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        if context.screen is not None and context.screen.is_animation_playing:
            bpy.ops.screen.animation_cancel(restore_frame=False)
            return {"FINISHED"}
        song = song_of(context)
        scene, changed = song_scene(context.scene, song), False
        length = float(known_analysis(context.scene)["duration"])
        if song_strip(scene, song) is None:
            note = lay_song(scene, song, length)
            if note:
                error = ChoreoError("no_sound", note, "Listen to it elsewhere.")
                return fail(self, error, LISTEN)
            changed = True
        for played in {scene, context.scene}:
            if played.sync_mode != "AUDIO_SYNC":
                played.sync_mode, changed = "AUDIO_SYNC", True
                self.report({"INFO"}, said("Playback follows the sound now (Sync to Audio)."))
        if not 0.0 <= playhead(scene, song) < length:
            scene.frame_set(round(song_clock(scene, song).start))
        if changed:
            bpy.ops.ed.undo_push(message="Play")
        if context.screen is not None:
            bpy.ops.screen.animation_play()
        redraw()
        return {"FINISHED"}


def _require_no_circle(context: bpy.types.Context, index: int, other: int) -> None:
    """Refuses what the engine would: sections that wait for one another's choreography."""
    scene, passed = context.scene, [index]
    following: int | None = other
    while following is not None:
        if following in passed:
            raise ChoreoError(
                "same_as_circle",
                "These sections would wait for one another's choreography.",
                "Let the other one have its own first.",
            )
        passed.append(following)
        following = _same_of(scene, following)


def _same_of(scene: Any, index: int) -> int | None:
    number = direction_of(scene, index)
    if number is None:
        return None
    return same_section(scene, scene.kpop_choreo.directions[number].value())


CLASSES: tuple[type, ...] = (
    KPOPCHOREO_OT_direct_section,
    KPOPCHOREO_OT_forget_direction,
    KPOPCHOREO_OT_play_song,
)
