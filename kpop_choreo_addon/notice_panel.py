"""What wants attention, above everything else: there only while there is something."""

from __future__ import annotations

import bpy

from .drawing import Sidebar, wrapped
from .properties import chosen_target
from .scene.clock import scene_clock
from .scene.retime import foreign_rate


class KPOPCHOREO_PT_notice(Sidebar, bpy.types.Panel):
    """A dance for another frame rate."""

    bl_label = "Notice"
    bl_order = 0
    bl_options = {"HIDE_HEADER"}  # noqa: RUF012 - Blender reads it, nobody changes it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(foreign_rate(context.scene, chosen_target(context)))

    def draw(self, context: bpy.types.Context) -> None:
        rate = foreign_rate(context.scene, chosen_target(context))
        box = self.layout.box()
        runs = scene_clock(context.scene, 0.0).rate
        wrapped(
            box, f"The dance was keyed for {rate:.5g} fps, the scene runs at {runs:.5g}.", "TIME"
        )
        box.operator("kpop_choreo.retime", icon="FILE_REFRESH")


CLASSES: tuple[type, ...] = (KPOPCHOREO_PT_notice,)
