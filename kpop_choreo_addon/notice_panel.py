"""What wants attention, above everything else: there only while there is something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from .core.waiting_jobs import WaitingJob
from .drawing import Sidebar, wrapped
from .properties import chosen_target
from .scene.clock import scene_clock
from .scene.retime import foreign_rate
from .session import session


class KPOPCHOREO_PT_notice(Sidebar, bpy.types.Panel):
    """Dances that a server made meanwhile, and a dance for another frame rate."""

    bl_label = "Notice"
    bl_order = 0
    bl_options = {"HIDE_HEADER"}  # noqa: RUF012 - Blender reads it, nobody changes it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(session.waiting or foreign_rate(context.scene, chosen_target(context)))

    def draw(self, context: bpy.types.Context) -> None:
        for job in session.waiting:
            _waiting(self.layout.box(), job)
        rate = foreign_rate(context.scene, chosen_target(context))
        if not rate:
            return
        box = self.layout.box()
        runs = scene_clock(context.scene, 0.0).rate
        wrapped(
            box, f"The dance was keyed for {rate:.5g} fps, the scene runs at {runs:.5g}.", "TIME"
        )
        box.operator("kpop_choreo.retime", icon="FILE_REFRESH")


def _waiting(box: Any, job: WaitingJob) -> None:
    """A dance that may be done by now."""
    song = Path(job.song).name
    wrapped(box, f"A dance to {song} was still being made on {job.url}.", "WORLD")
    row = box.row(align=True)
    row.operator("kpop_choreo.fetch_job", icon="IMPORT").job = job.job
    row.operator("kpop_choreo.forget_job", icon="X").job = job.job


CLASSES: tuple[type, ...] = (KPOPCHOREO_PT_notice,)
