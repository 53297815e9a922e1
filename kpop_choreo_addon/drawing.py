"""What several panels draw."""

from __future__ import annotations

from typing import Any

import bpy

from .core.errors import ChoreoError, EngineError
from .core.wrapping import broken
from .session import GENERATE, Task, session
from .translations import CONTEXT, said


class Sidebar:
    """Where all panels are."""

    bl_space_type: Any = "VIEW_3D"
    bl_region_type: Any = "UI"
    bl_category = "K-Pop Choreo"
    bl_translation_context = CONTEXT


def wrapped(layout: Any, text: str, icon: Any = "NONE") -> None:
    """A sentence in the user's language; labels do not wrap to the sidebar by themselves."""
    width = bpy.context.region.width / bpy.context.preferences.system.ui_scale
    lines = broken(said(text), max(20, int((width - 90.0) / 5.6)))
    column = layout.column(align=True)
    for number, line in enumerate(lines):
        column.label(
            text=line, translate=False, icon=icon if icon == "NONE" or number == 0 else "BLANK1"
        )


def progress(layout: Any, task: Task) -> None:
    """How far a task is, and its Cancel; as high as the button that began it."""
    if task.waiting:
        if task.kind == GENERATE:
            wrapped(layout, f"The dance is ready. It is applied when {task.waiting}.", "TIME")
        else:
            wrapped(layout, f"The song was heard. It is applied when {task.waiting}.", "TIME")
    elif task.cancel.is_set():
        layout.progress(text=said("Cancelling"), factor=task.progress.fraction)
        return
    row = layout.row(align=True)
    row.progress(text=said(task.text), factor=task.progress.fraction)
    row.operator("kpop_choreo.cancel", text="", icon="X")


def messages(layout: Any, place: str) -> None:
    """Error and notes, in the part of the panel where they belong."""
    if session.told_at == place:
        if session.error is not None:
            _error(layout.box(), session.error)
        for note in session.notes:
            wrapped(layout, note, "INFO")
    if session.kept_takes and place == GENERATE:
        take = layout.operator("kpop_choreo.open_clip", text="Apply Take", icon="IMPORT")
        take.filepath, take.song = str(session.kept_takes[0]), session.kept_song
        take.directory = str(session.kept_takes[0].parent)
        for file in session.kept_takes:
            take.files.add().name = file.name


def _error(box: Any, error: ChoreoError) -> None:
    wrapped(box, error.message, "ERROR")
    wrapped(box, error.remedy)
    lines = box.column(align=True)
    for line in getattr(error, "log", "").splitlines()[-4:]:
        lines.label(text=line, translate=False)
    if "preferences" in error.remedy:
        box.operator("kpop_choreo.show_preferences", icon="PREFERENCES")
    elif error.code == "target_linked":
        box.operator("kpop_choreo.make_override", icon="LIBRARY_DATA_OVERRIDE")
    elif "Add Dancer" in error.remedy:
        box.operator("kpop_choreo.add_dancer", icon="OUTLINER_OB_ARMATURE")
    if isinstance(error, EngineError):
        box.operator("kpop_choreo.doctor", icon="VIEWZOOM")
