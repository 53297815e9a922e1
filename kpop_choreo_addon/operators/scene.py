"""Dancer, seed, the dance as a clip."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

import random
from pathlib import Path

import bpy
from bpy_extras.io_utils import ExportHelper

from ..core.errors import ChoreoError
from ..properties import chosen_target
from ..scene.armatures import is_locked_away
from ..scene.dancer import add_dancer
from ..scene.overrides import make_override
from ..scene.read_pose import save_dance
from ..session import session
from ..translations import hinted, said
from .polls import may_pose
from .reporting import fail


class KPOPCHOREO_OT_add_dancer(bpy.types.Operator):
    """Add a mannequin that can dance, and make it the target."""

    bl_idname = "kpop_choreo.add_dancer"
    bl_label = "Add Dancer"
    bl_description = "Add a mannequin that can dance, and make it the target"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.mode != "OBJECT":
            cls.poll_message_set(hinted("Go to Object Mode first"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.scene.kpop_choreo.target = add_dancer(context)
        if session.error is not None and session.error.code in ("no_armature", "no_matching_bones"):
            session.error = None
        return {"FINISHED"}


class KPOPCHOREO_OT_make_override(bpy.types.Operator):
    """Make a library override of the linked target, so that it can dance here."""

    bl_idname = "kpop_choreo.make_override"
    bl_label = "Make Library Override"
    bl_description = "Make a library override of the linked target, so that it can dance here"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        target = chosen_target(context)
        if target is None or not is_locked_away(target):
            cls.poll_message_set(hinted("Choose a linked armature under Target first"))
            return False
        if context.mode != "OBJECT":
            cls.poll_message_set(hinted("Go to Object Mode first"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        target = chosen_target(context)
        try:
            context.scene.kpop_choreo.target = make_override(context, target)
        except ChoreoError as error:
            return fail(self, error)
        session.error = None
        return {"FINISHED"}


class KPOPCHOREO_OT_new_seed(bpy.types.Operator):
    """Choose another seed, for another dance to the same song."""

    bl_idname = "kpop_choreo.new_seed"
    bl_label = "New Seed"
    bl_description = "Choose another seed, for another dance to the same song"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.scene.kpop_choreo.seed = random.randrange(100_000)
        return {"FINISHED"}


class KPOPCHOREO_OT_save_clip(bpy.types.Operator, ExportHelper):  # type: ignore[misc]
    """Write what the target dances, edits included, as a clip that the engine reads."""

    bl_idname = "kpop_choreo.save_clip"
    bl_label = "Dance to Clip"
    bl_description = "Write what the target dances, edits included, as a clip for the engine"

    filename_ext = ".npz"
    filter_glob: bpy.props.StringProperty(default="*.npz", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if chosen_target(context) is None:
            cls.poll_message_set(hinted("Choose an armature under Target first"))
            return False
        return may_pose(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath))  # type: ignore[attr-defined]
        try:
            frames = save_dance(context, chosen_target(context), path)
        except ChoreoError as error:
            return fail(self, error)
        self.report({"INFO"}, said(f"Wrote {frames} frames to {path.name}"))
        return {"FINISHED"}
