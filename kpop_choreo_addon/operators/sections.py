"""Edit the sections of the song."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from ..core.correction import LABELS
from ..core.song_sections import Rows, added, moved, removed, renamed
from .listening import correct, may_correct, playhead_of

LABEL_ITEMS = tuple((label, label.capitalize(), "") for label in LABELS)


def _index() -> Any:
    return bpy.props.IntProperty(
        name="Section", description="Number of the section, from 0", min=0, options={"SKIP_SAVE"}
    )


def _label() -> Any:
    return bpy.props.EnumProperty(
        name="Label", description="What the section is", items=LABEL_ITEMS, options={"SKIP_SAVE"}
    )


def _at() -> Any:
    return bpy.props.FloatProperty(
        name="At", description="Second of the song; else the playhead", options={"SKIP_SAVE"}
    )


class _Edit:
    """What editing sections has in common."""

    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_correct(cls, context)


def _edit(operator: Any, context: bpy.types.Context, edit: Callable[[Any], Rows]) -> set[str]:
    """Sends the sections that ``edit`` makes of the analysis."""
    return correct(operator, context, lambda known, heard: known | {"sections": edit(heard)})


def _place(operator: Any, context: bpy.types.Context) -> float:
    """The second that was given, else the playhead's."""
    given = operator.properties.is_property_set("at")
    return float(operator.at) if given else playhead_of(context)


class KPOPCHOREO_OT_rename_section(_Edit, bpy.types.Operator):
    """Say what a section is; equal labels are the same music."""

    bl_idname = "kpop_choreo.rename_section"
    bl_label = "Rename Section"
    bl_description = "Say what this section is; equal names are the same music"

    index: _index()
    label: _label()

    def execute(self, context: bpy.types.Context) -> set[str]:
        return _edit(self, context, lambda heard: renamed(heard, self.index, self.label))


class KPOPCHOREO_OT_move_section(_Edit, bpy.types.Operator):
    """Begin a section on the bar nearest to the playhead."""

    bl_idname = "kpop_choreo.move_section"
    bl_label = "Begin at Playhead"
    bl_description = "Begin this section on the bar nearest to the playhead"

    index: _index()
    at: _at()

    def execute(self, context: bpy.types.Context) -> set[str]:
        place = _place(self, context)
        return _edit(self, context, lambda heard: moved(heard, self.index, place))


class KPOPCHOREO_OT_add_section(_Edit, bpy.types.Operator):
    """Begin a new section on the bar nearest to the playhead."""

    bl_idname = "kpop_choreo.add_section"
    bl_label = "Add at Playhead"
    bl_description = "Begin a new section on the bar nearest to the playhead"

    label: _label()
    at: _at()

    def execute(self, context: bpy.types.Context) -> set[str]:
        place = _place(self, context)
        return _edit(self, context, lambda heard: added(heard, place, self.label))


class KPOPCHOREO_OT_remove_section(_Edit, bpy.types.Operator):
    """Remove a section; the one before it goes on."""

    bl_idname = "kpop_choreo.remove_section"
    bl_label = "Remove Section"
    bl_description = "Remove this section; the one before it goes on"

    index: _index()

    def execute(self, context: bpy.types.Context) -> set[str]:
        return _edit(self, context, lambda heard: removed(heard, self.index))


CLASSES: tuple[type, ...] = (
    KPOPCHOREO_OT_rename_section,
    KPOPCHOREO_OT_move_section,
    KPOPCHOREO_OT_add_section,
    KPOPCHOREO_OT_remove_section,
)
