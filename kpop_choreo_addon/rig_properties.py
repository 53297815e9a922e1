"""What an armature object remembers: the bones that the user chose, a property each.

They are not in a group: on a library override Blender does not keep a group that the linked file
lacks.
"""

from __future__ import annotations

from typing import Any

import bpy

from .core.chosen_bones import ROWS, hint_of
from .scene.recognition import property_of


def register() -> None:
    """Makes ``Object.kpop_choreo_bone_pelvis`` and the others known to Blender."""
    owner: Any = bpy.types.Object
    for row, word in ROWS.items():
        picker: Any = bpy.props.StringProperty(
            name=word,
            description=hint_of(row),
            override={"LIBRARY_OVERRIDABLE"},
        )
        setattr(owner, property_of(row), picker)


def unregister() -> None:
    """Takes back what :func:`register` did; does nothing when it was not called."""
    for row in ROWS:
        if hasattr(bpy.types.Object, property_of(row)):
            delattr(bpy.types.Object, property_of(row))
