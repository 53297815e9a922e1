"""Edit which bones of the target are what."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import bpy

from ..core.chosen_bones import ROWS, Chosen
from ..core.errors import ChoreoError
from ..core.mapping_edit import swapped
from ..properties import chosen_target
from ..scene import mapping
from ..scene.armatures import is_locked_away
from ..scene.recognition import chosen_bones
from ..session import BONES, session
from ..translations import hinted, said
from .reporting import fail


def may_choose(cls: Any, context: bpy.types.Context) -> bool:
    """Whether bones can be chosen on the target; says why not."""
    target = chosen_target(context)
    if target is None:
        cls.poll_message_set(hinted("Choose an armature under Target first"))
        return False
    if is_locked_away(target):
        cls.poll_message_set(hinted("Press Make Library Override under Target first"))
        return False
    if target.mode == "EDIT":
        cls.poll_message_set(hinted("Leave Edit Mode first"))
        return False
    return True


class _Edit:
    """What editing the chosen bones has in common: one undo step each."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_choose(cls, context)


def done(operator: Any, edit: Callable[[], Iterable[str]]) -> set[str]:
    """Runs ``edit`` and reports its sentences; an older error about bones is settled."""
    try:
        notes = tuple(edit())
    except ChoreoError as error:
        return fail(operator, error, BONES)
    codes = ("no_matching_bones", "bone_mapping")
    if notes or session.told_at == BONES or (session.error and session.error.code in codes):
        session.error, session.notes, session.told_at = None, notes, BONES
    for note in notes:
        operator.report({"WARNING"}, said(note))
    return {"FINISHED"}


class KPOPCHOREO_OT_fill_bones(_Edit, bpy.types.Operator):
    """Fill empty rows with the bones that are recognised."""

    bl_idname = "kpop_choreo.fill_bones"
    bl_label = "Fill In"
    bl_description = "Fill empty rows with the bones that are recognised"

    def execute(self, context: bpy.types.Context) -> set[str]:
        target = chosen_target(context)

        def edit() -> tuple[str, ...]:
            rows = mapping.fill_in(target)
            self.report(
                {"INFO"}, said("Filled in 1 bone" if rows == 1 else f"Filled in {rows} bones")
            )
            return ()

        return done(self, edit)


class KPOPCHOREO_OT_mirror_bones(_Edit, bpy.types.Operator):
    """Choose for one side the bones across those of the other, by name or by place."""

    bl_idname = "kpop_choreo.mirror_bones"
    bl_label = "Mirror"
    bl_description = "Choose for one side the bones across those of the other: by name, or by place"

    side: bpy.props.EnumProperty(
        name="From",
        description="The side that is right already",
        items=(("left", "Left to Right", ""), ("right", "Right to Left", "")),
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        return done(self, lambda: mapping.mirror(chosen_target(context), self.side))


class KPOPCHOREO_OT_swap_bones(_Edit, bpy.types.Operator):
    """Exchange the bones of left and right."""

    bl_idname = "kpop_choreo.swap_bones"
    bl_label = "Swap Sides"
    bl_description = "Exchange the bones of left and right"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _chosen_something(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return _write(self, context, swapped)


class KPOPCHOREO_OT_clear_bones(_Edit, bpy.types.Operator):
    """Forget all bones that were chosen, and go by recognition."""

    bl_idname = "kpop_choreo.clear_bones"
    bl_label = "Clear"
    bl_description = "Forget all bones that were chosen, and go by what is recognised"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _chosen_something(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return _write(self, context, lambda chosen: Chosen())


class KPOPCHOREO_OT_bone_from_pose(_Edit, bpy.types.Operator):
    """Choose the active bone of the target for a row."""

    bl_idname = "kpop_choreo.bone_from_pose"
    bl_label = "From Active Bone"
    bl_description = "Choose the target's active bone for this row"

    row: bpy.props.EnumProperty(
        name="Row",
        description="What the bone is",
        items=tuple((row, word, "") for row, word in ROWS.items()),
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not may_choose(cls, context):
            return False
        if chosen_target(context).data.bones.active is None:
            cls.poll_message_set(hinted("Make a bone of the target active in Pose Mode first"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        bone = chosen_target(context).data.bones.active.name
        return _write(self, context, lambda chosen: chosen.choose(self.row, bone))


def _write(
    operator: Any, context: bpy.types.Context, change: Callable[[Chosen], Chosen]
) -> set[str]:
    """Puts ``change`` of what is chosen on the target."""
    target = chosen_target(context)

    def edit() -> tuple[str, ...]:
        mapping.write_chosen(target, change(chosen_bones(target)))
        return ()

    return done(operator, edit)


def _chosen_something(cls: Any, context: bpy.types.Context) -> bool:
    if not may_choose(cls, context):
        return False
    if not chosen_bones(chosen_target(context)):
        cls.poll_message_set(hinted("No bone is chosen: what is recognised is used"))
        return False
    return True


CLASSES: tuple[type, ...] = (
    KPOPCHOREO_OT_fill_bones,
    KPOPCHOREO_OT_mirror_bones,
    KPOPCHOREO_OT_swap_bones,
    KPOPCHOREO_OT_clear_bones,
    KPOPCHOREO_OT_bone_from_pose,
)
