"""The sidebar of the 3D view, in working order from engine to export."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy

from .core.errors import ChoreoError
from .core.humanoid import best_match
from .generating import song_path
from .preferences import ENGINES, get_preferences
from .properties import chosen_target
from .scene.armatures import require_armature
from .session import session


def _wrapped(layout: Any, text: str, icon: Any = "NONE") -> None:
    """Labels do not wrap by themselves: breaks ``text`` to the width of the sidebar."""
    width = bpy.context.region.width / bpy.context.preferences.system.ui_scale
    lines = textwrap.wrap(text, max(20, int((width - 90.0) / 5.6)))
    column = layout.column(align=True)
    for number, line in enumerate(lines):
        column.label(text=line, icon=icon if icon == "NONE" or number == 0 else "BLANK1")


class _Sidebar:
    """What all panels share."""

    bl_space_type: Any = "VIEW_3D"
    bl_region_type: Any = "UI"
    bl_category = "K-Pop Choreo"


class KPOPCHOREO_PT_engine(_Sidebar, bpy.types.Panel):
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
            row.label(text=f"{title}: {chosen.server_url or 'no address'}", icon="WORLD")
        else:
            state = f"runs ({process.engine_version})" if running else "starts when needed"
            row.label(text=f"{title}: {state}", icon="CHECKMARK" if running else "RADIOBUT_OFF")
        if running:
            row.operator("kpop_choreo.stop_engine", text="", icon="X")
        row.operator("kpop_choreo.show_preferences", text="", icon="PREFERENCES")
        problem = session.bundled_problem
        if chosen.engine == "BUNDLED" and problem is not None:
            _wrapped(self.layout, f"{problem.message} {problem.remedy}", "ERROR")


class KPOPCHOREO_PT_song(_Sidebar, bpy.types.Panel):
    """The song and what is known about it."""

    bl_label = "Song"
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        settings = context.scene.kpop_choreo
        column = self.layout.column()
        column.prop(settings, "song", text="")
        column.operator("kpop_choreo.analyze", icon="VIEWZOOM")
        if session.analysis and session.analysed_song == str(song_path(settings.song)):
            found = session.analysis
            minutes, seconds = divmod(round(float(found.get("duration", 0.0))), 60)
            words = [f"{float(found.get('tempo', 0.0)):.1f} BPM", str(found.get("key", ""))]
            words += [f"{minutes}:{seconds:02d}", f"{len(found.get('beats', []))} beats"]
            _wrapped(column, ", ".join(word for word in words if word))
            names = [str(section.get("label", "")) for section in found.get("sections", [])]
            if names:
                _wrapped(column, " - ".join(names))
        column.prop(settings, "use_range")
        if settings.use_range:
            row = column.row(align=True)
            row.prop(settings, "range_start")
            row.prop(settings, "range_end")


class KPOPCHOREO_PT_prompt(_Sidebar, bpy.types.Panel):
    """What the dance should be like."""

    bl_label = "Prompt & Style"
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        settings = context.scene.kpop_choreo
        column = self.layout.column()
        column.prop(settings, "prompt", text="", placeholder="sharp arms, big turns")
        column.prop(settings, "style")
        sliders = column.column(align=True)
        for name in ("energy", "smoothness", "bounce", "creativity"):
            sliders.prop(settings, name, slider=True)
        row = column.row(align=True)
        row.prop(settings, "seed")
        row.operator("kpop_choreo.new_seed", text="", icon="FILE_REFRESH")


class KPOPCHOREO_PT_target(_Sidebar, bpy.types.Panel):
    """Who dances."""

    bl_label = "Target"
    bl_order = 3

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.prop(context.scene.kpop_choreo, "target", text="", icon="ARMATURE_DATA")
        target = chosen_target(context)
        if target is None:
            _wrapped(column, "Choose an armature, or add our dancer.")
        else:
            match = best_match(bone.name for bone in target.data.bones)
            named = f"{target.name} is no rig that we know" if not match.bones else match.summary
            _wrapped(column, named, "CHECKMARK" if match.usable else "ERROR")
        column.operator("kpop_choreo.add_dancer", icon="OUTLINER_OB_ARMATURE")


class KPOPCHOREO_PT_generate(_Sidebar, bpy.types.Panel):
    """Start, progress, cancel, and what went wrong."""

    bl_label = "Generate"
    bl_order = 4

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        settings = context.scene.kpop_choreo
        column = layout.column()
        row = column.row(align=True)
        row.prop(settings, "start_frame")
        row = column.row(align=True)
        row.prop(settings, "add_markers", toggle=True)
        row.prop(settings, "add_sound", toggle=True)
        row = column.row(align=True)
        part = row.row(align=True)
        part.active = settings.add_markers
        part.prop(settings, "beat_markers", toggle=True)
        row.prop(settings, "set_frame_end", toggle=True)
        if session.task is not None:
            self._progress(layout)
        else:
            missing = _missing(context)
            row = layout.row()
            row.scale_y = 1.5
            row.enabled = not missing
            row.operator("kpop_choreo.generate", icon="PLAY")
            if missing:
                _wrapped(layout, missing, "INFO")
        self._messages(layout)

    def _progress(self, layout: Any) -> None:
        task = session.task
        if task.waiting:
            _wrapped(layout, f"The dance is ready. It is applied when {task.waiting}.", "TIME")
        elif task.cancel.is_set():
            layout.progress(text="Cancelling", factor=task.progress.fraction)
        else:
            layout.progress(text=task.progress.text, factor=task.progress.fraction)
        layout.operator("kpop_choreo.cancel", icon="X")

    def _messages(self, layout: Any) -> None:
        error = session.error
        if error is not None:
            box = layout.box()
            _wrapped(box, error.message, "ERROR")
            _wrapped(box, error.remedy)
            lines = box.column(align=True)
            for line in getattr(error, "log", "").splitlines()[-4:]:
                lines.label(text=line)
            self._button(box, error)
        for note in session.notes:
            _wrapped(layout, note, "INFO")
        if session.kept_take:
            take = layout.operator("kpop_choreo.apply_clip", text="Apply Take", icon="IMPORT")
            take.filepath, take.song = session.kept_take, session.kept_song

    def _button(self, box: Any, error: ChoreoError) -> None:
        """What repairs the error with one click, where anything does."""
        if "preferences" in error.remedy:
            box.operator("kpop_choreo.show_preferences", icon="PREFERENCES")
        elif "Add Dancer" in error.remedy:
            box.operator("kpop_choreo.add_dancer", icon="OUTLINER_OB_ARMATURE")


def _missing(context: bpy.types.Context) -> str:
    """What is still to be chosen before a dance can be made."""
    if not context.scene.kpop_choreo.song:
        return "Choose a song."
    try:
        target = require_armature(chosen_target(context))
    except ChoreoError as error:
        return f"{error.message} {error.remedy}"
    if not best_match(bone.name for bone in target.data.bones).usable:
        return f"{target.name} lacks bones that a dance needs: see Target."
    return ""


class KPOPCHOREO_PT_export(_Sidebar, bpy.types.Panel):
    """Take the dance elsewhere."""

    bl_label = "Export"
    bl_order = 5

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.operator("kpop_choreo.export_fbx", icon="EXPORT")
        column.operator("kpop_choreo.apply_clip", text="Apply Clip File", icon="IMPORT")


CLASSES: tuple[type, ...] = (
    KPOPCHOREO_PT_engine,
    KPOPCHOREO_PT_song,
    KPOPCHOREO_PT_prompt,
    KPOPCHOREO_PT_target,
    KPOPCHOREO_PT_generate,
    KPOPCHOREO_PT_export,
)
