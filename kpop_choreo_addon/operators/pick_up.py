"""Bring in a dance that a server made while Blender was closed, or forget it."""

from __future__ import annotations

from typing import Any

import bpy

from ..core.errors import ChoreoError
from ..core.waiting_jobs import WaitingJob, forget_job
from ..generating import fetching_task
from ..ids import jobs_folder
from ..pick_up import look
from ..properties import chosen_target
from ..redrawing import redraw
from ..session import session
from ..translations import hinted
from .asking import Asking
from .polls import is_idle
from .reporting import fail
from .starting import start_dance


def _job() -> Any:
    return bpy.props.StringProperty(
        name="Job", description="Number of the dance on the server; empty for the newest"
    )


def _waiting(uid: str) -> WaitingJob:
    found = next((job for job in session.waiting if uid in ("", job.job)), None)
    if found is None:
        raise ChoreoError("job_unknown", "No such dance is being made.", "Generate it again.")
    return found


def _may(cls: Any) -> bool:
    if not session.waiting:
        cls.poll_message_set(hinted("No dance of this file is being made on a server"))
        return False
    return True


class KPOPCHOREO_OT_fetch_job(Asking, bpy.types.Operator):
    """Wait for a dance that was still being made when Blender was closed, and apply it."""

    bl_idname = "kpop_choreo.fetch_job"
    bl_label = "Fetch"
    bl_description = "Wait for the dance that was still being made, and put it on its armature"
    bl_options = {"REGISTER"}  # noqa: RUF012 - Blender reads it, nobody changes it

    job: _job()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return is_idle(cls) and _may(cls)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            job = _waiting(self.job)
            scene = bpy.data.scenes.get(job.scene, context.scene)
            named = (o for o in scene.objects if o.name_full == job.target)
            target = next(named, None) or chosen_target(context)
            task = fetching_task(scene, target, job)
        except ChoreoError as error:
            return fail(self, error)
        done = start_dance(self, scene, target, task)
        look()
        return done


class KPOPCHOREO_OT_forget_job(bpy.types.Operator):
    """Let a dance that was still being made be; the server goes on by itself."""

    bl_idname = "kpop_choreo.forget_job"
    bl_label = "Forget"
    bl_description = "Do not offer that dance any more"
    bl_options = {"REGISTER"}  # noqa: RUF012 - Blender reads it, nobody changes it

    job: _job()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _may(cls)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            forget_job(jobs_folder(), _waiting(self.job).job)
        except ChoreoError as error:
            return fail(self, error)
        look()
        redraw()
        return {"FINISHED"}


CLASSES: tuple[type, ...] = (KPOPCHOREO_OT_fetch_job, KPOPCHOREO_OT_forget_job)
