"""Dances that a server makes while Blender is closed: written down, offered, followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import bpy

from .core.errors import ChoreoError
from .core.waiting_jobs import forget_job, note_job, waiting_jobs
from .ids import jobs_folder
from .session import Task, session

OUT_OF_REACH = ("engine_unreachable", "engine_timeout", "token_wrong", "server_changed")
"""Errors after which the dance may still be fetched."""


def look() -> None:
    """Finds the dances of this file for which nobody waits."""
    task = session.task
    followed = task.remote.job if task is not None and task.remote is not None else ""
    found = waiting_jobs(jobs_folder(), bpy.data.filepath)
    session.waiting = tuple(job for job in found if job.job != followed)


def settle(task: Task, error: ChoreoError | None = None) -> None:
    """Forgets the job of a task that is over, unless it can be fetched later."""
    if task.remote is None:
        return
    if error is None or error.code not in OUT_OF_REACH:
        forget_job(jobs_folder(), task.remote.job)
    look()


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def on_load(*_: Any) -> None:
    """After a file was opened."""
    look()


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def on_save(*_: Any) -> None:
    """After the file was saved, perhaps under another name."""
    task = session.task
    if task is not None and task.remote is not None and task.remote.blend != bpy.data.filepath:
        task.remote = replace(task.remote, blend=bpy.data.filepath)
        if task.remote.job:
            note_job(jobs_folder(), task.remote)
    look()


def _first_look() -> None:
    """Once Blender has started; nothing of the file is touched."""
    look()


_handlers: tuple[tuple[Any, Callable[..., None]], ...] = (
    (bpy.app.handlers.load_post, on_load),
    (bpy.app.handlers.save_post, on_save),
)


def register() -> None:
    """Has files looked at when they are opened, and this one soon."""
    for handlers, handler in _handlers:
        handlers.append(handler)
    bpy.app.timers.register(_first_look, first_interval=0.5)


def unregister() -> None:
    """Takes back what :func:`register` did; does nothing when it was not called."""
    for handlers, handler in _handlers:
        if handler in handlers:
            handlers.remove(handler)
    if bpy.app.timers.is_registered(_first_look):
        bpy.app.timers.unregister(_first_look)
