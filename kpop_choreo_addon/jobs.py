"""Watches the task under way from Blender's timer and brings its result into the scene.

The thread never touches Blender's data and this timer never changes it: a finished dance is
applied by an operator with undo, once Blender is not busy.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from .core.errors import ChoreoError
from .core.hearing import Wish
from .core.preparing import Ready
from .generating import fitting_task, hearing_task
from .hearings import keep_hearing
from .pick_up import settle
from .redrawing import TIMELINES, redraw
from .scene.hearing import markers_follow
from .session import LISTEN, Task, session

TICK_SECONDS = 0.15
DRAW_SECONDS = 0.8
"""From one picture of the progress to the next: each holds up the mouse where drawing is slow."""
BUSY_JOBS: tuple[Any, ...] = ("RENDER", "OBJECT_BAKE", "COMPOSITE")
BUSY_OPERATORS = (
    "TRANSFORM_OT_",
    "POSE_OT_",
    "ANIM_OT_",
    "ACTION_OT_",
    "GRAPH_OT_",
    "NLA_OT_",
    "MARKER_OT_",
    "SEQUENCER_OT_",
    "OBJECT_OT_",
    "PAINT_OT_",
    "SCULPT_OT_",
)
"""Modal operators that a change of the scene would disturb; others may run for hours."""


def watch() -> None:
    """Starts the timer; it ends by itself with the task."""
    if not bpy.app.timers.is_registered(tick):
        bpy.app.timers.register(tick, first_interval=TICK_SECONDS, persistent=True)


def stop_watching() -> None:
    """Removes the timer."""
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)


def tick() -> float | None:
    """One look at the task; the return value is when to look again, None for never."""
    task = session.task
    if task is None:
        redraw()
        return None
    if task.cancel.is_set():  # its thread may still wait for a slow server; nobody waits for it
        session.task = None
        settle(task)
    elif task.running:
        _show_progress(task)
        return TICK_SECONDS
    redraw()
    if session.task is None:
        return None
    if task.error is not None:
        session.task, session.error = None, task.error
        settle(task, task.error)
        if task.takes and not task.error.code.startswith("clip_"):
            _keep(task)
        return None
    if task.kind == LISTEN:
        take_over(task)
        if session.next_correction is not None:
            return _correct_further(task)
        if not changes_scene(task):
            session.task = None
            return None
    task.waiting = busy_reason()
    if task.waiting:
        return 3 * TICK_SECONDS
    session.task = None
    if task.kind == LISTEN:
        bring_in_hearing(task)
    elif not isinstance(task.result, Ready):
        return _fit(task)
    else:
        bring_in(task)
    redraw()
    return None


def _correct_further(task: Task) -> float | None:
    """Sends what was corrected while the correction before was under way."""
    scene = _by_uid(bpy.data.scenes, task.scene_uid)
    correction, session.task = session.next_correction, None
    session.next_correction = None
    try:
        wish = replace(task.wish or Wish(), correction=correction)
        session.begin(hearing_task(scene, task.song, wish))
    except ChoreoError as error:
        session.error = error
        return None
    return TICK_SECONDS


def take_over(task: Task) -> None:
    """The panel shows what was heard."""
    session.analysis, session.analysed_song = task.result.analysis, str(task.song)
    keep_hearing(task.result.analysis)
    redraw(TIMELINES)


def changes_scene(task: Task) -> bool:
    """Whether what was heard changes more than the panel."""
    scene = _by_uid(bpy.data.scenes, task.scene_uid)
    if scene is None:
        return False
    return task.result.clicks is not None or markers_follow(scene, task.result.analysis)


def bring_in_hearing(task: Task) -> None:
    """Lays clicks and moves markers through the operator, as one undo step."""
    scene = _by_uid(bpy.data.scenes, task.scene_uid)
    with _override(scene):
        bpy.ops.kpop_choreo.show_hearing(  # type: ignore[attr-defined]
            "EXEC_DEFAULT", True, song=str(task.song), clicks=str(task.result.clicks or "")
        )


def _override(scene: bpy.types.Scene) -> Any:
    """A context in which operators change ``scene``."""
    window = bpy.context.window or bpy.context.window_manager.windows[0]
    if window.scene == scene:
        return bpy.context.temp_override(window=window, scene=scene, view_layer=window.view_layer)
    # A window together with a scene that it does not show crashes Blender.
    return bpy.context.temp_override(scene=scene, view_layer=scene.view_layers[0])


def _fit(task: Task) -> float | None:
    """Begins to fit a finished dance to its armature."""
    scene, target = _destination(task)
    task.takes = task.result
    if scene is None or target is None:
        _miss(task)
        settle(task)
        return None
    try:
        fitting = fitting_task(scene, target, task.takes, task.song)
        fitting.replace_edits, fitting.remote = task.replace_edits, task.remote
        fitting.edit = task.edit
        session.begin(fitting)
    except ChoreoError as error:
        _keep(task)
        settle(task)
        session.error = error
        return None
    return TICK_SECONDS


def _destination(task: Task) -> tuple[Any, Any]:
    """Scene and armature of a task; None for what is gone."""
    scene = _by_uid(bpy.data.scenes, task.scene_uid)
    return scene, _by_uid(bpy.data.objects, task.target_uid)


def _miss(task: Task) -> None:
    if not task.takes:  # they are gone with it
        session.error = ChoreoError(
            "target_gone", f"{task.target_name} is gone.", "Choose another armature under Target."
        )
        return
    _keep(task)
    session.error = ChoreoError(
        "target_gone",
        f"{task.target_name} is gone, but the dance is kept.",
        "Choose another armature under Target and press Apply Take.",
    )


def bring_in(task: Task) -> None:
    """Applies a dance that was fitted to its armature through the operator, as one undo step."""
    scene, target = _destination(task)
    if scene is None or target is None:
        _miss(task)
        settle(task)
        return
    session.ready = task.result
    apply: Any = bpy.ops.kpop_choreo  # type: ignore[attr-defined]
    try:
        with _override(scene):
            # True asks for the undo step that calls from Python do not get by themselves.
            if task.edit is not None:
                apply.apply_edit(
                    "EXEC_DEFAULT",
                    True,
                    edit=task.edit.text,
                    clip=str(task.takes[0]) if task.takes else "",
                    target=target.name_full,
                )
            elif task.shown:
                apply.show_take(
                    "EXEC_DEFAULT",
                    True,
                    take=task.shown,
                    target=target.name_full,
                    replace_edits=task.replace_edits,
                )
            else:
                apply.apply_clip(
                    "EXEC_DEFAULT",
                    True,
                    **_chosen_files(task.takes),
                    song=str(task.song) if task.song.name else "",
                    target=target.name_full,
                    replace_edits=task.replace_edits,
                )
    except RuntimeError as error:  # the operator reported an error and noted it in the session
        if task.takes:
            _keep(task)
        if session.error is None:
            session.error = ChoreoError(
                "apply_failed",
                f"The dance could not be applied: {str(error).strip()}",
                "It is kept: press Apply Take to try again.",
            )
    finally:
        session.ready = None
        settle(task)


def _keep(task: Task) -> None:
    """Offers a dance that could not be applied for another try."""
    song = str(task.song) if task.song.name else ""
    session.kept_takes, session.kept_song = task.takes, song


def _chosen_files(files: tuple[Path, ...]) -> dict[str, Any]:
    """Files of one folder as Blender's file browser gives them to an operator."""
    names = [{"name": file.name} for file in files]
    return {"filepath": str(files[0]), "directory": str(files[0].parent), "files": names}


def busy_reason() -> str:
    """Why nothing may be changed right now, as the end of a sentence; empty when it may."""
    if any(bpy.app.is_job_running(kind) for kind in BUSY_JOBS):  # type: ignore[func-returns-value]
        return "the render is done"
    for window in bpy.context.window_manager.windows:
        if any(op.bl_idname.startswith(BUSY_OPERATORS) for op in window.modal_operators):
            return "you have finished what you are doing"
        active = window.view_layer.objects.active
        if active is not None and active.mode not in ("OBJECT", "POSE"):
            return f"you leave {active.mode.replace('_', ' ').title()} Mode"
    return ""


def _show_progress(task: Task) -> None:
    """Draws the panels again only when they have something new to show."""
    shown = (task.text, round(task.progress.fraction, 2))
    now = time.monotonic()
    if shown != task.drawn and now - task.drawn_at >= DRAW_SECONDS:
        task.drawn, task.drawn_at = shown, now
        redraw(only="UI")


def _by_uid(collection: Iterable[Any], uid: int) -> Any:
    """The data-block with that number, which survives renaming and undo."""
    return next((block for block in collection if block.session_uid == uid), None)
