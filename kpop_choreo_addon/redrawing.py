"""Has Blender draw its editors again."""

from __future__ import annotations

import bpy

PANELS, TIMELINES = ("VIEW_3D",), ("DOPESHEET_EDITOR", "SEQUENCE_EDITOR")
"""Editors with our panels, and those that show the song: they are slow to draw."""
SETTINGS = ("PREFERENCES", *PANELS)
"""Editors that show the engine and what is wrong with it."""


def redraw(editors: tuple[str, ...] = PANELS, only: str = "") -> None:
    """Lets the panels, or other ``editors``, show what has changed.

    Args:
        only: the kind of region that is drawn; the picture of a big scene takes its time.
    """
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            for region in area.regions if area.type in editors else ():
                if only in ("", region.type):
                    region.tag_redraw()
