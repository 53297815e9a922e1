"""Install, cancel, verify and remove the GPU engine."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

from typing import Any

import bpy

from .. import gpu_engine
from ..core.errors import ChoreoError
from ..core.gpu_installed import Installed
from ..generating import run_here
from ..preferences import GPU_BUILDS
from ..redrawing import SETTINGS, redraw
from ..session import Task, session
from ..translations import CONTEXT, hinted, said, told


class KPOPCHOREO_OT_install_gpu_engine(bpy.types.Operator):
    """Fetch PyTorch for this GPU and set up an engine that uses it.

    With a window it goes on in the background; without one it returns when all is done.
    """

    bl_idname = "kpop_choreo.install_gpu_engine"
    bl_label = "Install GPU Engine"
    bl_description = (
        "Fetch PyTorch for this GPU into your extension folder; goes on while you work, and where "
        "it was broken off"
    )
    bl_options = {"INTERNAL"}

    build: bpy.props.EnumProperty(
        name="Build",
        description="Which PyTorch is fetched",
        items=GPU_BUILDS,
        default="AUTO",
        translation_context=CONTEXT,
        options={"SKIP_SAVE"},
    )
    mirror: bpy.props.StringProperty(
        name="Mirror",
        description="Server with the wheels, instead of their own; see docs/gpu.md",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _is_idle(cls)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            task = gpu_engine.install_task(self.build, self.mirror)
        except ChoreoError as error:
            return _fail(self, error)
        return _start(self, task)


class KPOPCHOREO_OT_cancel_gpu_engine(bpy.types.Operator):
    """Break off what is done to the GPU engine; what was fetched is kept."""

    bl_idname = "kpop_choreo.cancel_gpu_engine"
    bl_label = "Cancel"
    bl_description = "Break off; what was fetched is kept for Resume"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if session.gpu is None:
            cls.poll_message_set(hinted("Nothing is under way"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        if session.gpu is not None:
            session.gpu.cancel.set()
        redraw(SETTINGS)
        return {"FINISHED"}


class KPOPCHOREO_OT_verify_gpu_engine(bpy.types.Operator):
    """Compare every file of the GPU engine with its digest and try the GPU."""

    bl_idname = "kpop_choreo.verify_gpu_engine"
    bl_label = "Verify"
    bl_description = "Compare every file with its digest and try the GPU again"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _is_idle(cls) and _is_there(cls)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            task = gpu_engine.verify_task()
        except ChoreoError as error:
            return _fail(self, error)
        return _start(self, task)


class KPOPCHOREO_OT_remove_gpu_engine(bpy.types.Operator):
    """Delete the GPU engine and what was fetched for one."""

    bl_idname = "kpop_choreo.remove_gpu_engine"
    bl_label = "Remove GPU Engine"
    bl_description = "Delete the GPU engine, and what was fetched for one, from the disk"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _is_idle(cls) and _is_there(cls)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            gpu_engine.remove_engine()
        except ChoreoError as error:
            return _fail(self, error)
        session.gpu_error = None
        redraw(SETTINGS)
        return {"FINISHED"}


class KPOPCHOREO_OT_look_for_gpu(bpy.types.Operator):
    """Look for the GPU again."""

    bl_idname = "kpop_choreo.look_for_gpu"
    bl_label = "Look Again"
    bl_description = "Look for the GPU and its driver again"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        gpu_engine.look_again()
        gpu_engine.hardware()
        redraw(SETTINGS)
        return {"FINISHED"}


def _is_idle(cls: Any) -> bool:
    if session.gpu is not None:
        cls.poll_message_set(hinted("Work on the GPU engine is under way"))
        return False
    return True


def _is_there(cls: Any) -> bool:
    if gpu_engine.installed() is None and not gpu_engine.waiting_bytes():
        cls.poll_message_set(hinted("No GPU engine is installed"))
        return False
    return True


def _start(operator: Any, task: Task) -> set[str]:
    if not bpy.app.background:
        gpu_engine.begin(task)
        redraw(SETTINGS)
        return {"FINISHED"}
    session.gpu_error = None
    try:
        run_here(task)
    except ChoreoError as error:
        gpu_engine.refresh()
        return _fail(operator, error)
    gpu_engine.refresh()
    found: Installed = task.result
    if found.problem is not None:
        return _fail(operator, ChoreoError(**vars(found.problem)))
    operator.report({"INFO"}, said(f"The GPU engine works on {found.title}."))
    return {"FINISHED"}


def _fail(operator: Any, error: ChoreoError) -> set[str]:
    """Shows an error in the box, and in the status bar."""
    session.gpu_error = error
    redraw(SETTINGS)
    operator.report({"ERROR"}, told(error))
    return {"CANCELLED"}


CLASSES: tuple[type, ...] = (
    KPOPCHOREO_OT_install_gpu_engine,
    KPOPCHOREO_OT_cancel_gpu_engine,
    KPOPCHOREO_OT_verify_gpu_engine,
    KPOPCHOREO_OT_remove_gpu_engine,
    KPOPCHOREO_OT_look_for_gpu,
)
