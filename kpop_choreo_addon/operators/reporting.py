"""How operators tell the user what happened."""

from __future__ import annotations

import bpy

from ..core.errors import ChoreoError
from ..redrawing import redraw
from ..scene.apply import Applied
from ..session import GENERATE, session
from ..translations import said, told


def fail(operator: bpy.types.Operator, error: ChoreoError, place: str = GENERATE) -> set[str]:
    """Shows an error in the panel, in the part that ``place`` names, and in the status bar."""
    session.error, session.told_at = error, place
    redraw()
    operator.report({"ERROR"}, told(error))
    return {"CANCELLED"}


def report_applied(operator: bpy.types.Operator, done: Applied) -> set[str]:
    """Says what was applied, and what could not be done.

    With a window the panel says it: Blender prints the reports of operators that a timer calls.
    """
    summary = (
        f"{done.action}: {done.bones} bones dance in frames "
        f"{done.first_frame:.0f} to {done.last_frame:.0f}."
    )
    made = (f"{done.takes} takes were made: flip through them.",) if done.takes > 1 else ()
    session.error, session.kept_takes = None, ()
    session.notes = (summary, *made, *done.notes)
    session.told_at = GENERATE
    redraw()
    if bpy.app.background:
        for note in done.notes:
            operator.report({"WARNING"}, said(note))
        for line in (summary, *made):
            operator.report({"INFO"}, said(line))
    return {"FINISHED"}
