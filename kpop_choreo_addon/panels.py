"""The sidebar of the 3D view, in working order from engine to export."""

from __future__ import annotations

from typing import Any

import bpy

from . import (
    about_panel,
    bones_panel,
    doctor_panel,
    edit_panel,
    notice_panel,
    pins_panel,
    song_panel,
    takes_panel,
)
from .core.errors import ChoreoError
from .drawing import Sidebar, messages, progress, wrapped
from .preferences import ENGINES, get_preferences
from .presets import draw_presets
from .properties import chosen_target
from .scene.armatures import is_locked_away, require_armature
from .scene.recognition import preset_problems, recognise
from .session import GENERATE, session
from .translations import said, told


class KPOPCHOREO_PT_engine(Sidebar, bpy.types.Panel):
    """Which engine, and whether it can work."""

    bl_label = "Engine"
    bl_order = 0

    def draw(self, context: bpy.types.Context) -> None:
        chosen = get_preferences()
        title = next(name for key, name, _ in ENGINES if key == chosen.engine)
        process = session.host.process
        running = process is not None and process.alive
        row = self.layout.row(align=True)
        if chosen.engine == "SERVER":
            row.label(
                text=f"{said(title)}: {chosen.server_url or said('no address')}", icon="WORLD"
            )
        else:
            state = f"runs ({process.engine_version})" if running else "starts when needed"
            row.label(
                text=f"{said(title)}: {said(state)}",
                icon="CHECKMARK" if running else "RADIOBUT_OFF",
            )
        if running:
            row.operator("kpop_choreo.stop_engine", text="", icon="X")
        row.operator("kpop_choreo.show_preferences", text="", icon="PREFERENCES")
        problem = session.bundled_problem
        if chosen.engine == "BUNDLED" and problem is not None:
            wrapped(self.layout, told(problem), "ERROR")
            self.layout.operator("kpop_choreo.doctor", icon="VIEWZOOM")


class KPOPCHOREO_PT_prompt(Sidebar, bpy.types.Panel):
    """What the dance should be like."""

    bl_label = "Prompt & Style"
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        settings = context.scene.kpop_choreo
        column = self.layout.column()
        draw_presets(column, settings)
        column.prop(settings, "prompt", text="", placeholder=said("sharp arms, big turns"))
        column.prop(settings, "style")
        sliders = column.column(align=True)
        for name in ("energy", "smoothness", "bounce", "creativity"):
            sliders.prop(settings, name, slider=True)
        row = column.row(align=True)
        row.prop(settings, "seed")
        row.prop(
            settings, "seed_lock", text="", icon="LOCKED" if settings.seed_lock else "UNLOCKED"
        )
        row.operator("kpop_choreo.new_seed", text="", icon="FILE_REFRESH")


class KPOPCHOREO_PT_target(Sidebar, bpy.types.Panel):
    """Who dances."""

    bl_label = "Target"
    bl_order = 3

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.prop(context.scene.kpop_choreo, "target", text="", icon="ARMATURE_DATA")
        target = chosen_target(context)
        if target is None:
            wrapped(column, "Choose an armature, or add our dancer.")
        else:
            match = recognise(target)
            named = f"{target.name} is no rig that we know" if not match.bones else match.summary
            wrapped(column, named, "CHECKMARK" if match.usable else "ERROR")
            if not match.usable:
                wrapped(
                    column, "See Bones below." if match.problems else "Choose them under Bones."
                )
        for problem in preset_problems():
            wrapped(column, told(problem), "ERROR")
        if target is not None and is_locked_away(target):
            wrapped(column, f"{target.name} is linked, and what is linked cannot be keyed.", "INFO")
            column.operator("kpop_choreo.make_override", icon="LIBRARY_DATA_OVERRIDE")
        column.operator("kpop_choreo.add_dancer", icon="OUTLINER_OB_ARMATURE")


class KPOPCHOREO_PT_fitting(Sidebar, bpy.types.Panel):
    """How a dance is fitted to the armature, and keyed."""

    bl_label = "Fitting & Keys"
    bl_parent_id = "KPOPCHOREO_PT_target"
    bl_order = 1
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads it, nobody changes it

    def draw(self, context: bpy.types.Context) -> None:
        settings, column = context.scene.kpop_choreo, self.layout.column()
        row = column.split(factor=0.36, align=True)
        row.prop(settings, "mirror", toggle=True)
        row.prop(settings, "time_scale")
        row = column.row(align=True)
        row.prop(settings, "lock_feet", toggle=True)
        row.prop(settings, "clear_body", toggle=True)
        column.prop(settings, "hands")
        column.prop(settings, "audience")
        _keys(column.column(align=True), settings)


def _keys(column: Any, settings: Any) -> None:
    """Which bone travels, where the keys go, and how many."""
    column.prop(settings, "root_motion")
    column.prop(settings, "place")
    column.prop(settings, "key_mode")
    if settings.key_mode == "REDUCED":
        row = column.row(align=True)
        row.prop(settings, "tolerance_degrees")
        row.prop(settings, "tolerance_mm")


class KPOPCHOREO_PT_generate(Sidebar, bpy.types.Panel):
    """Start, progress, cancel, and what went wrong."""

    bl_label = "Generate"
    bl_order = 4

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if session.task is not None and session.task.kind == GENERATE:
            progress(layout, session.task)
        else:
            missing = _missing(context)
            row = layout.split(factor=0.62, align=True)
            row.scale_y = 1.5
            button = row.row(align=True)
            button.enabled = not missing
            button.operator("kpop_choreo.generate", icon="PLAY")
            row.prop(context.scene.kpop_choreo, "n_takes")
            if missing:
                wrapped(layout, missing, "INFO")
        messages(layout, GENERATE)


class KPOPCHOREO_PT_timeline(Sidebar, bpy.types.Panel):
    """Where the dance lies on the timeline, and what is laid beside it."""

    bl_label = "Timeline"
    bl_parent_id = "KPOPCHOREO_PT_generate"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads it, nobody changes it

    def draw(self, context: bpy.types.Context) -> None:
        settings, column = context.scene.kpop_choreo, self.layout.column()
        column.prop(settings, "start_frame")
        row = column.row(align=True)
        row.prop(settings, "add_markers", toggle=True)
        row.prop(settings, "add_sound", toggle=True)
        row = column.row(align=True)
        part = row.row(align=True)
        part.active = settings.add_markers
        part.prop(settings, "beat_markers", toggle=True)
        row.prop(settings, "set_frame_end", toggle=True)


def _missing(context: bpy.types.Context) -> str:
    """What is still to be chosen before a dance can be made."""
    if not context.scene.kpop_choreo.song:
        return "Choose a song."
    try:
        target = require_armature(chosen_target(context))
    except ChoreoError as error:
        return told(error)
    if not recognise(target).usable:
        return f"{target.name} lacks bones that a dance needs: see Target."
    return ""


class KPOPCHOREO_PT_export(Sidebar, bpy.types.Panel):
    """Take the dance elsewhere."""

    bl_label = "Export"
    bl_order = 9

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.operator_menu_enum(
            "kpop_choreo.export_fbx", "preset", text="Export Dance", icon="EXPORT"
        )
        column.operator("kpop_choreo.save_clip", icon="FILE_TICK")
        column.operator("kpop_choreo.open_clip", icon="IMPORT")


CLASSES: tuple[type, ...] = (
    *notice_panel.CLASSES,
    KPOPCHOREO_PT_engine,
    *doctor_panel.CLASSES,
    *song_panel.CLASSES,
    KPOPCHOREO_PT_prompt,
    KPOPCHOREO_PT_target,
    *bones_panel.CLASSES,
    KPOPCHOREO_PT_fitting,
    KPOPCHOREO_PT_generate,
    *edit_panel.CLASSES,
    *pins_panel.CLASSES,
    KPOPCHOREO_PT_timeline,
    *takes_panel.CLASSES,
    KPOPCHOREO_PT_export,
    *about_panel.CLASSES,
)
