"""The engine and the preferences."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

import bpy

from ..ids import ADDON_ID
from ..session import session
from ..translations import hinted


class KPOPCHOREO_OT_stop_engine(bpy.types.Operator):
    """Stop the engine and free its memory; it starts again when it is needed."""

    bl_idname = "kpop_choreo.stop_engine"
    bl_label = "Stop Engine"
    bl_description = "Stop the engine and free its memory; it starts again when it is needed"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if session.host.process is None or not session.host.process.alive:
            cls.poll_message_set(hinted("No engine of ours is running"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        if session.task is not None:
            session.task.cancel.set()
        session.host.stop()
        return {"FINISHED"}


class KPOPCHOREO_OT_show_preferences(bpy.types.Operator):
    """Open the add-on's preferences."""

    bl_idname = "kpop_choreo.show_preferences"
    bl_label = "Preferences"
    bl_description = "Open the add-on's preferences"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        bpy.ops.preferences.addon_show(module=ADDON_ID)
        return {"FINISHED"}
