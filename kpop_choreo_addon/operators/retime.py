"""Put dances back on their beats after the frame rate was changed."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

import bpy

from ..redrawing import redraw
from ..scene.retime import foreign_dancers, retime
from ..session import GENERATE, session
from ..translations import hinted, said
from .polls import may_pose


class KPOPCHOREO_OT_retime(bpy.types.Operator):
    """Move keys, strips, markers and song of every dance to the scene's frame rate."""

    bl_idname = "kpop_choreo.retime"
    bl_label = "Re-time"
    bl_description = "Move keys, markers and song so that the dance is on its beats again"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not may_pose(cls, context):
            return False
        if not foreign_dancers(context.scene):
            cls.poll_message_set(hinted("Every dance fits the scene's frame rate"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        notes = retime(context.scene)
        session.error, session.notes, session.told_at = None, notes, GENERATE
        for note in notes:
            self.report({"WARNING"}, said(note))
        redraw()
        return {"FINISHED"}


CLASSES: tuple[type, ...] = (KPOPCHOREO_OT_retime,)
