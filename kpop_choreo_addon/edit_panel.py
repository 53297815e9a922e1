"""The panel Edit: a part danced anew, and the dance made longer, shorter, a loop."""

from __future__ import annotations

from typing import Any

import bpy

from .core.song_words import nudge_text
from .core.takes import Take
from .drawing import Sidebar, progress, wrapped
from .edit_properties import BARS
from .properties import chosen_target
from .scene.danced import find_danced
from .scene.takes import takes_of
from .session import GENERATE, session
from .translations import said


class KPOPCHOREO_PT_edit(Sidebar, bpy.types.Panel):
    """Change a part of the active take."""

    bl_label = "Edit"
    bl_order = 6

    def draw(self, context: bpy.types.Context) -> None:
        settings = context.scene.kpop_choreo
        target = chosen_target(context)
        column = self.layout.column()
        take = takes_of(target).current
        if target is None or take is None:
            wrapped(column, "Generate a dance first; here it is changed.", "INFO")
        else:
            _facts(column, target, take)
        _part(column, settings)
        if session.task is not None and session.task.kind == GENERATE:
            progress(column, session.task)
        else:
            button = column.row()
            button.scale_y = 1.3
            button.operator("kpop_choreo.regenerate", icon="FILE_REFRESH")


class KPOPCHOREO_PT_shape(Sidebar, bpy.types.Panel):
    """Longer, shorter, a loop, mirrored, earlier or later."""

    bl_label = "Shape"
    bl_parent_id = "KPOPCHOREO_PT_edit"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads it, nobody changes it

    def draw(self, context: bpy.types.Context) -> None:
        settings = context.scene.kpop_choreo
        column = self.layout.column()
        row = column.row(align=True)
        row.operator("kpop_choreo.extend", icon="TRIA_RIGHT_BAR")
        row.prop(settings, "edit_bars")
        column.operator("kpop_choreo.shorten", icon="FULLSCREEN_EXIT")
        column.operator("kpop_choreo.make_loop", icon="FILE_REFRESH")
        column.operator("kpop_choreo.mirror_take", icon="MOD_MIRROR")
        row = column.row(align=True)
        row.operator(
            "kpop_choreo.nudge", text="", icon="TRIA_LEFT"
        ).milliseconds = -settings.edit_nudge
        row.prop(settings, "edit_nudge", text="Nudge (ms)")
        row.operator(
            "kpop_choreo.nudge", text="", icon="TRIA_RIGHT"
        ).milliseconds = settings.edit_nudge


def _facts(layout: Any, target: bpy.types.Object, take: Take) -> None:
    """The take that is changed, its bars, and how far it was nudged."""
    bars = said("1 bar" if take.bars == 1 else f"{take.bars} bars")
    layout.label(text=f"{said(take.name)}: {bars}, {take.duration:.1f} s", translate=False)
    danced = find_danced(target, take.uid)
    late = 1000.0 * (danced.record.get("nudged", 0.0) if danced else 0.0)
    if round(late):
        layout.label(text=said(nudge_text(late)), translate=False)


def _part(layout: Any, settings: Any) -> None:
    row = layout.row(align=True)
    row.prop(settings, "edit_unit", expand=True)
    row = layout.row(align=True)
    names = ("edit_first", "edit_last")
    if settings.edit_unit != BARS:
        names = ("edit_start", "edit_end")
    for field in names:
        row.prop(settings, field)
    layout.operator("kpop_choreo.range_from_timeline", icon="TIME")


CLASSES: tuple[type, ...] = (KPOPCHOREO_PT_edit, KPOPCHOREO_PT_shape)
