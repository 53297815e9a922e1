"""Generate, cancel, apply."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy

from ..core.errors import ChoreoError
from ..core.section_directions import read_section_prompts
from ..generating import bring_clips, dance_task, fitting_task, song_path
from ..jobs import watch
from ..properties import chosen_target
from ..redrawing import redraw
from ..seeds import renew_seed
from ..session import session
from ..translations import hinted
from .arguments import (
    SLIDERS,
    WORDS,
    ClipFiles,
    Sliders,
    Words,
    given,
    named_target,
    target_argument,
)
from .asking import Asking, ask_about_edits, replace_edits
from .polls import is_idle, may_pose
from .reporting import fail, report_applied
from .starting import start_dance


class KPOPCHOREO_OT_generate(Asking, Words, Sliders, bpy.types.Operator):
    """Make a dance to the song and put it on the armature.

    In the background, without a window, it returns when the dance has been applied. Arguments
    that are given replace what the scene says for this one dance.
    """

    bl_idname = "kpop_choreo.generate"
    bl_label = "Generate Dance"
    bl_description = "Make a dance to the song and put it on the armature"
    bl_options = {"REGISTER"}

    song: bpy.props.StringProperty(name="Song", options={"SKIP_SAVE"})
    target: bpy.props.StringProperty(name="Target", options={"SKIP_SAVE"})
    seed: bpy.props.IntProperty(name="Seed", options={"SKIP_SAVE"})
    start: bpy.props.FloatProperty(name="Start", options={"SKIP_SAVE"})
    end: bpy.props.FloatProperty(name="End", options={"SKIP_SAVE"})
    n_takes: bpy.props.IntProperty(name="Takes", options={"SKIP_SAVE"})
    sections: bpy.props.StringProperty(
        name="Sections",
        description="JSON list of what sections are told; see docs/directing.md",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return is_idle(cls)

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.kpop_choreo
        names = ("song", "target", *WORDS, *SLIDERS, "seed", "start", "end", "n_takes", "sections")
        asked = given(self, names)
        song = song_path(asked.pop("song", settings.song))
        name = asked.pop("target", None)
        target = bpy.data.objects.get(name) if name is not None else chosen_target(context)
        try:
            if "seed" not in asked:
                renew_seed(settings, target)
            parameters = settings.parameters()
            if song != song_path(settings.song):  # its sections lie elsewhere
                parameters.pop("section_prompts", None)
            if "sections" in asked:
                asked["section_prompts"] = json.dumps(read_section_prompts(asked.pop("sections")))
            task = dance_task(context.scene, target, song, parameters | asked)
        except ChoreoError as error:
            return fail(self, error)
        return start_dance(self, context.scene, target, task)


class KPOPCHOREO_OT_cancel(bpy.types.Operator):
    """Stop what is under way; the scene stays as it is."""

    bl_idname = "kpop_choreo.cancel"
    bl_label = "Cancel"
    bl_description = "Stop what is under way, as Esc does; the scene stays as it is"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if session.task is None and session.taps is None:
            cls.poll_message_set(hinted("Nothing is under way"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        if session.task is not None:
            session.task.cancel.set()
        if session.taps is not None:
            session.taps_end = "cancel"
        redraw()
        return {"FINISHED"}


def _files(operator: Any) -> list[Path]:
    """The clip files that were chosen."""
    names = [file.name for file in operator.files if file.name]
    return [Path(operator.directory) / name for name in names] or [Path(operator.filepath)]


class KPOPCHOREO_OT_cancel_by_key(bpy.types.Operator):
    """What Esc does in the 3D view, only while there is something to cancel."""

    bl_idname = "kpop_choreo.cancel_by_key"
    bl_label = "Cancel the Dance"
    bl_description = "Stop what K-Pop Choreo is doing, if it does something"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if session.task is None or session.task.cancel.is_set():
            cls.poll_message_set(hinted("Nothing is under way"))
            return False
        if context.screen is not None and context.screen.is_animation_playing:
            cls.poll_message_set(hinted("Esc stops the animation first"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        bpy.ops.kpop_choreo.cancel()  # type: ignore[attr-defined]
        return {"FINISHED"}


class KPOPCHOREO_OT_apply_clip(ClipFiles, bpy.types.Operator):
    """Put a finished dance on the armature, with markers and sound."""

    bl_idname = "kpop_choreo.apply_clip"
    bl_label = "Apply Dance"
    bl_description = "Put a finished dance on the armature, with markers and sound"
    bl_options = {"REGISTER", "UNDO"}

    target: target_argument()
    replace_edits: replace_edits()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_pose(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        song = song_path(self.song) if self.song else None
        try:
            target = named_target(self, context)
            done = bring_clips(
                context.scene, target, _files(self), song, session.ready, self.replace_edits
            )
        except ChoreoError as error:
            return fail(self, error)
        return report_applied(self, done)


class KPOPCHOREO_OT_open_clip(ClipFiles, bpy.types.Operator):
    """Fit a finished dance to the armature in the background, then put it there."""

    bl_idname = "kpop_choreo.open_clip"
    bl_label = "Apply Clip File"
    bl_description = "Put a finished dance on the armature, with markers and sound"
    bl_options = {"REGISTER"}

    filter_glob: bpy.props.StringProperty(default="*.npz", options={"HIDDEN"})
    replace_edits: replace_edits()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return is_idle(cls) and may_pose(cls, context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if self.filepath:
            asked = ask_about_edits(self, context, event)
            return self.execute(context) if asked is None else asked
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        song = song_path(self.song) if self.song else None
        try:
            task = fitting_task(context.scene, chosen_target(context), _files(self), song)
            task.replace_edits = self.replace_edits
            session.begin(task)
        except ChoreoError as error:
            return fail(self, error)
        watch()
        return {"FINISHED"}
