"""What an armature object remembers: the bones that the user chose."""

from __future__ import annotations

from typing import Any

import bpy

from .core.body_shape import REQUIRED
from .core.chosen_bones import ROWS


def _bone(row: str) -> Any:
    """A picker; also on library overrides, which keep what is chosen."""
    need = "a dance needs it" if row in REQUIRED else "may stay empty"
    return bpy.props.StringProperty(
        name=ROWS[row],
        description=f"The bone of the {ROWS[row]}; {need}",
        override={"LIBRARY_OVERRIDABLE"},
    )


class KPOPCHOREO_PG_bones(bpy.types.PropertyGroup):
    """``Object.kpop_choreo_bones``: the bone by joint; all empty to go by recognition."""

    pelvis: _bone("pelvis")
    spine1: _bone("spine1")
    spine2: _bone("spine2")
    spine3: _bone("spine3")
    neck: _bone("neck")
    head: _bone("head")
    left_collar: _bone("left_collar")
    left_shoulder: _bone("left_shoulder")
    left_elbow: _bone("left_elbow")
    left_wrist: _bone("left_wrist")
    left_hip: _bone("left_hip")
    left_knee: _bone("left_knee")
    left_ankle: _bone("left_ankle")
    left_foot: _bone("left_foot")
    right_collar: _bone("right_collar")
    right_shoulder: _bone("right_shoulder")
    right_elbow: _bone("right_elbow")
    right_wrist: _bone("right_wrist")
    right_hip: _bone("right_hip")
    right_knee: _bone("right_knee")
    right_ankle: _bone("right_ankle")
    right_foot: _bone("right_foot")
    root: _bone("root")
