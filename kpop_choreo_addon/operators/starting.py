"""Begins a task: in the background of a window, or here until its dance has been applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from ..core.errors import ChoreoError
from ..generating import bring_clips, run_here
from ..jobs import watch
from ..pick_up import settle
from ..scene.apply import Applied
from ..session import Task, session
from .reporting import fail, report_applied


def start(operator: Any, task: Task, bring: Callable[[], Applied]) -> set[str]:
    """Starts ``task``; without a window it returns when what it made has been applied.

    Args:
        bring: applies the result of ``task`` where there is no window.
    """
    if not bpy.app.background:
        session.begin(task)
        watch()
        return {"FINISHED"}
    try:
        run_here(task)
        done = bring()
    except ChoreoError as error:
        settle(task, error)
        return fail(operator, error)
    settle(task)
    return report_applied(operator, done)


def start_dance(operator: Any, scene: Any, target: Any, task: Task) -> set[str]:
    """Starts a task that ends with clip files for ``target``."""
    task.replace_edits = operator.replace_edits

    def bring() -> Applied:
        allowed = task.replace_edits
        return bring_clips(scene, target, task.result, task.song, replace_edits=allowed)

    return start(operator, task, bring)
