"""Dance a part of the active take anew."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ..core.bars import Span, bars_nearest, span_of_bars, span_of_seconds
from ..core.edits import read_edit
from ..core.errors import ChoreoError
from ..edit_properties import BARS, SECONDS
from ..editing import bring_edit, part_task
from ..properties import chosen_target
from ..scene.apply import Applied
from ..scene.armatures import require_armature
from ..scene.selected_time import selected_seconds
from ..scene.takes import stored_take, takes_of
from ..session import Task, session
from ..translations import hinted
from .arguments import (
    SLIDERS,
    WORDS,
    Range,
    Sliders,
    Words,
    given,
    named_target,
    seed_argument,
    target_argument,
)
from .polls import is_idle, may_pose
from .reporting import fail, report_applied
from .starting import start


def may_edit(cls: Any, context: bpy.types.Context) -> bool:
    """Poll: nothing is under way, and the target has an active take."""
    if not (is_idle(cls) and may_pose(cls, context)):
        return False
    if takes_of(chosen_target(context)).current is None:
        cls.poll_message_set(hinted("Generate a dance or choose a take first"))
        return False
    return True


def chosen_span(operator: Any, context: bpy.types.Context, target: bpy.types.Object) -> Span:
    """The range that the caller gave, else the one in the panel.

    Raises:
        ChoreoError: there is no such range in the active take.
    """
    clip, settings = stored_take(target).clip, context.scene.kpop_choreo
    if operator.first_bar:
        return span_of_bars(clip, operator.first_bar, operator.last_bar or operator.first_bar)
    if operator.end > 0.0:
        return span_of_seconds(clip, operator.start, operator.end)
    if settings.edit_unit == BARS:
        return span_of_bars(clip, settings.edit_first, settings.edit_last)
    return span_of_seconds(clip, settings.edit_start, settings.edit_end)


def run_edit(operator: Any, context: bpy.types.Context, target: Any, task: Task) -> set[str]:
    """Starts ``task``; without a window it returns when the new take is danced."""

    def bring() -> Applied:
        assert task.edit is not None
        files = task.result if isinstance(task.result, tuple) else (None,)
        ready = None if isinstance(task.result, tuple) else task.result
        return bring_edit(context.scene, target, task.edit, files[0], ready)

    return start(operator, task, bring)


class KPOPCHOREO_OT_regenerate(Range, Words, Sliders, bpy.types.Operator):
    """Dance a part of the active take anew; everything outside stays, edited by hand or not.

    In the background, without a window, it returns when the new take is danced. What is not
    given is what the scene says; the seed is a new one.
    """

    bl_idname = "kpop_choreo.regenerate"
    bl_label = "Dance This Part Anew"
    bl_description = (
        "Replace this part of the dance by a new one. Everything outside stays as it is, "
        "also what you have edited"
    )
    bl_options = {"REGISTER"}

    seed: seed_argument()
    target: target_argument()

    poll = classmethod(may_edit)

    def execute(self, context: bpy.types.Context) -> set[str]:
        names = (*WORDS, *SLIDERS, "seed")
        try:
            target = named_target(self, context)
            span = chosen_span(self, context, target)
            task = part_task(context.scene, target, span, given(self, names))
            return run_edit(self, context, target, task)
        except ChoreoError as error:
            return fail(self, error)


class KPOPCHOREO_OT_range_from_timeline(bpy.types.Operator):
    """Take the preview range, else the span of selected markers, as the part of the dance."""

    bl_idname = "kpop_choreo.range_from_timeline"
    bl_label = "From the Timeline"
    bl_description = (
        "Take the part from the timeline: the preview range, or else from the first selected "
        "marker to the last"
    )
    bl_options = {"REGISTER", "UNDO"}

    to_bars: bpy.props.BoolProperty(
        name="Whole Bars", description="Round the part to whole bars", default=True
    )
    target: target_argument()

    poll = classmethod(may_edit)

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.kpop_choreo
        try:
            target = named_target(self, context)
            clip = stored_take(target).clip
            start, end = selected_seconds(context.scene, target)
            span = span_of_seconds(clip, start, end)
            if self.to_bars:
                span = bars_nearest(clip, span.start, span.end)
                settings.edit_first, settings.edit_last = span.first, span.last
        except ChoreoError as error:
            return fail(self, error)
        settings.edit_unit = BARS if self.to_bars else SECONDS
        settings.edit_start, settings.edit_end = span.start, span.end
        return {"FINISHED"}


class KPOPCHOREO_OT_apply_edit(bpy.types.Operator):
    """Let the armature dance what came of an edit; called when its task is done."""

    bl_idname = "kpop_choreo.apply_edit"
    bl_label = "Apply Edit"
    bl_description = "Let the armature dance what was made of its take"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    edit: bpy.props.StringProperty(options={"SKIP_SAVE", "HIDDEN"})
    clip: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", "HIDDEN"})
    target: target_argument()

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            target = require_armature(named_target(self, context))
            clip = Path(self.clip) if self.clip else None
            done = bring_edit(context.scene, target, read_edit(self.edit), clip, session.ready)
        except ChoreoError as error:
            return fail(self, error)
        return report_applied(self, done)


CLASSES: tuple[type, ...] = (
    KPOPCHOREO_OT_regenerate,
    KPOPCHOREO_OT_range_from_timeline,
    KPOPCHOREO_OT_apply_edit,
)
