"""Asks before keys are replaced that the user edited by hand."""

from __future__ import annotations

from typing import Any

import bpy

from ..properties import chosen_target
from ..scene.apply import CURRENT_ACTION
from ..scene.edited import is_edited
from ..translations import said


def replace_edits() -> Any:
    """The argument of operators that may replace keys."""
    return bpy.props.BoolProperty(
        name="Replace Edits",
        description="Replace keys of a dance that were edited by hand since they were written",
        options={"SKIP_SAVE"},
    )


def ask_about_edits(
    operator: Any, context: bpy.types.Context, event: bpy.types.Event, always: bool = False
) -> set[str] | None:
    """Shows a dialog if keys of the target's action are to be replaced that the user edited.

    Args:
        always: whether the action is written into wherever the scene says dances are written.

    Returns:
        What ``invoke`` is to return; None when there is nothing to ask.
    """
    if operator.replace_edits or not (always or _into_current(context)):
        return None
    target = chosen_target(context)
    animation = target.animation_data if target is not None else None
    action = animation.action if animation else None
    if not is_edited(action):
        return None
    operator.replace_edits = True  # if the dialog ends with OK
    asked: set[str] = context.window_manager.invoke_confirm(
        operator,
        event,
        title=said("Replace edited keys?"),
        message=said(f"You edited the keys of {action.name} since they were written."),
        confirm_text=said("Replace"),
    )
    return asked


class Asking:
    """An operator that asks before keys are replaced that were edited by hand."""

    replace_edits: replace_edits()

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        asked = ask_about_edits(self, context, event)
        if asked is None:
            done: set[str] = self.execute(context)
            return done
        return asked


def _into_current(context: bpy.types.Context) -> bool:
    place: str = context.scene.kpop_choreo.place  # type: ignore[attr-defined]
    return place == CURRENT_ACTION
