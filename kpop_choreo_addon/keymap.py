"""Esc in the 3D view and its sidebar; users may change the key in Blender's preferences."""

from __future__ import annotations

from typing import Any

import bpy

from .operators.dance import KPOPCHOREO_OT_cancel_by_key

_made: list[tuple[Any, Any]] = []
"""Keymap and item."""


def register() -> None:
    """Adds the key; a key whose operator does not poll goes on to whatever else it means."""
    keys = bpy.context.window_manager.keyconfigs.addon
    if keys is None:  # without a window
        return
    keymap = keys.keymaps.new("3D View Generic", space_type="VIEW_3D")
    item = keymap.keymap_items.new(KPOPCHOREO_OT_cancel_by_key.bl_idname, "ESC", "PRESS")
    _made.append((keymap, item))


def unregister() -> None:
    """Removes it; does nothing when it was not added."""
    for keymap, item in _made:
        keymap.keymap_items.remove(item)
    _made.clear()
