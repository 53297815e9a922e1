"""Which bone of the target is what: a row for each joint of the body."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import bpy

from .core.body import JOINTS
from .core.body_shape import REQUIRED
from .core.chosen_bones import ROWS, TRUNK_PART, part_of
from .core.mapping_edit import extras
from .drawing import Sidebar, messages, wrapped
from .properties import chosen_target
from .scene.armatures import is_locked_away
from .scene.recognition import chosen_bones, property_of, recognise, user_presets
from .session import BONES
from .translations import said


class KPOPCHOREO_PT_bones(Sidebar, bpy.types.Panel):
    """The mapping of bones, for armatures that are not recognised or wrongly so."""

    bl_label = "Bones"
    bl_parent_id = "KPOPCHOREO_PT_target"
    bl_order = 0
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads it, nobody changes it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return chosen_target(context) is not None

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        match = recognise(chosen_target(context))
        self.layout.label(text=said(f"{len(match.bones)} of {len(JOINTS)}, {match.score:.0%}"))

    def draw(self, context: bpy.types.Context) -> None:
        target = chosen_target(context)
        column = self.layout.column()
        if is_locked_away(target):
            wrapped(column, f"{target.name} is linked, and what is linked cannot be keyed.", "INFO")
            column = column.column()
            column.enabled = False
        row = column.row(align=True)
        row.operator("kpop_choreo.fill_bones", icon="VIEWZOOM")
        row.operator_menu_enum("kpop_choreo.mirror_bones", "side", icon="MOD_MIRROR")
        row.operator("kpop_choreo.swap_bones", text="", icon="ARROW_LEFTRIGHT")
        row.operator("kpop_choreo.clear_bones", text="", icon="X")
        _draw_state(column, target)
        messages(column, BONES)
        for part, joints in groupby(ROWS, part_of):
            rows = column.column(align=True)
            if part != TRUNK_PART:
                rows.label(text=part)
            for row in joints:
                _draw_row(rows, target, row, ROWS[row].removeprefix(f"{part.split()[0]} "))
        _draw_presets(column)


def _draw_state(layout: Any, target: Any) -> None:
    """What is wrong with the choice, else what was found beside it."""
    match = recognise(target)
    for sentence in (*match.problems, *match.notes):
        wrapped(layout, sentence, "ERROR")
    if not chosen_bones(target):
        wrapped(layout, "None is chosen: what is recognised is used. Fill In to change it.", "INFO")
    elif match.usable:
        wrapped(layout, f"Found beside them: {extras(match)}.", "CHECKMARK")


def _draw_row(layout: Any, target: Any, row: str, word: str) -> None:
    """Name, picker, and a button for the active bone; a dot where a dance needs the bone."""
    split = layout.split(factor=0.42, align=True)
    bone = getattr(target, property_of(row))
    split.alert = bool(bone) and bone not in target.data.bones
    split.label(text=said(word), icon="KEYFRAME_HLT" if row in REQUIRED else "BLANK1")
    pick = split.row(align=True)
    pick.prop_search(target, property_of(row), target.data, "bones", text="", icon="BONE_DATA")
    button = pick.operator("kpop_choreo.bone_from_pose", text="", icon="RESTRICT_SELECT_OFF")
    button.row = row


def _draw_presets(layout: Any) -> None:
    """Load, save and remove; without presets there is nothing to load."""
    row = layout.row(align=True)
    if user_presets():
        row.menu("KPOPCHOREO_MT_load_bones", icon="PRESET")
        row.operator("kpop_choreo.save_bones", text="", icon="ADD")
        row.menu("KPOPCHOREO_MT_remove_bones", text="", icon="REMOVE")
    else:
        row.operator("kpop_choreo.save_bones", icon="ADD")


CLASSES: tuple[type, ...] = (KPOPCHOREO_PT_bones,)
