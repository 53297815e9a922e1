"""Make the active take longer, shorter, a loop, mirrored, earlier or later."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

import bpy

from ..core.bars import Span
from ..core.errors import ChoreoError
from ..editing import bring_shorter, longer_task, loop_task, mirror_task
from ..redrawing import redraw
from ..scene.danced import require_danced
from ..scene.reshape import nudge
from ..scene.takes import stored_take
from ..session import GENERATE, session
from ..translations import said
from .arguments import (
    WORDS,
    Range,
    Words,
    given,
    named_target,
    seed_argument,
    target_argument,
)
from .edit import chosen_span, may_edit, run_edit
from .reporting import fail, report_applied


class KPOPCHOREO_OT_extend(Words, bpy.types.Operator):
    """Dance on: more bars of the song after the end of the active take."""

    bl_idname = "kpop_choreo.extend"
    bl_label = "Extend"
    bl_description = "Dance on for more bars after the end of the take"
    bl_options = {"REGISTER"}

    bars: bpy.props.IntProperty(
        name="Bars",
        description="How many bars are added; 0 for what the panel says",
        min=0,
        options={"SKIP_SAVE"},
    )
    seed: seed_argument()
    target: target_argument()

    poll = classmethod(may_edit)

    def execute(self, context: bpy.types.Context) -> set[str]:
        bars = self.bars or context.scene.kpop_choreo.edit_bars
        order = given(self, (*WORDS, "seed"))
        try:
            target = named_target(self, context)
            return run_edit(self, context, target, longer_task(context.scene, target, bars, order))
        except ChoreoError as error:
            return fail(self, error)


class KPOPCHOREO_OT_shorten(Range, bpy.types.Operator):
    """Keep a part of the active take only, at its place on the timeline."""

    bl_idname = "kpop_choreo.shorten"
    bl_label = "Shorten to This Part"
    bl_description = "Keep only this part of the take, as a new take"
    bl_options = {"REGISTER", "UNDO"}

    target: target_argument()

    poll = classmethod(may_edit)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            target = named_target(self, context)
            span = chosen_span(self, context, target)
            done = bring_shorter(context.scene, target, span)
        except ChoreoError as error:
            return fail(self, error)
        return report_applied(self, done)


class KPOPCHOREO_OT_make_loop(Range, Words, bpy.types.Operator):
    """A dance like the active take, over these bars, whose end is its beginning."""

    bl_idname = "kpop_choreo.make_loop"
    bl_label = "Loop This Part"
    bl_description = (
        "Make a dance for these bars that goes round without a seam, for games. "
        "It is asked for as the take was"
    )
    bl_options = {"REGISTER"}

    whole: bpy.props.BoolProperty(
        name="Whole Take", description="Loop over the whole take", options={"SKIP_SAVE"}
    )
    seed: seed_argument()
    target: target_argument()

    poll = classmethod(may_edit)

    def execute(self, context: bpy.types.Context) -> set[str]:
        order = given(self, (*WORDS, "seed"))
        try:
            target = named_target(self, context)
            if self.whole:
                span = Span(0.0, stored_take(target).clip.duration)
            else:
                span = chosen_span(self, context, target)
            task = loop_task(context.scene, target, span, order)
            return run_edit(self, context, target, task)
        except ChoreoError as error:
            return fail(self, error)


class KPOPCHOREO_OT_mirror_take(bpy.types.Operator):
    """The active take with left and right exchanged, as a new take."""

    bl_idname = "kpop_choreo.mirror_take"
    bl_label = "Mirror Take"
    bl_description = "Exchange left and right of the take, as a new take"
    bl_options = {"REGISTER"}

    target: target_argument()

    poll = classmethod(may_edit)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            target = named_target(self, context)
            return run_edit(self, context, target, mirror_task(context.scene, target))
        except ChoreoError as error:
            return fail(self, error)


class KPOPCHOREO_OT_nudge(bpy.types.Operator):
    """Move the dance against song and markers; it stays the same take."""

    bl_idname = "kpop_choreo.nudge"
    bl_label = "Nudge"
    bl_description = "Move the whole dance against song and markers"
    bl_options = {"REGISTER", "UNDO"}

    milliseconds: bpy.props.FloatProperty(
        name="Milliseconds", description="How far it moves; below 0 is earlier"
    )
    frames: bpy.props.FloatProperty(
        name="Frames", description="How many frames it moves besides; below 0 is earlier"
    )
    target: target_argument()

    @classmethod
    def description(cls, context: bpy.types.Context, properties: object) -> str:
        """Says what the button in the panel does."""
        moved = getattr(properties, "milliseconds", 0.0)
        if not moved:
            return said("Move the whole dance against song and markers")
        if moved < 0:
            return said(f"Let the dance come {-moved:.0f} ms earlier against its song")
        return said(f"Let the dance come {moved:.0f} ms later against its song")

    poll = classmethod(may_edit)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            target = named_target(self, context)
            danced = require_danced(target)
            nudge(target, danced, self.frames + self.milliseconds / 1000.0 * danced.clock.rate)
        except ChoreoError as error:
            return fail(self, error)
        session.error, session.told_at = None, GENERATE
        redraw()
        return {"FINISHED"}


CLASSES: tuple[type, ...] = (
    KPOPCHOREO_OT_extend,
    KPOPCHOREO_OT_shorten,
    KPOPCHOREO_OT_make_loop,
    KPOPCHOREO_OT_mirror_take,
    KPOPCHOREO_OT_nudge,
)
