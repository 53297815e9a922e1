"""Keep which bones are what, for the next armature of the same kind."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

from typing import Any

import bpy

from ..properties import chosen_target
from ..scene import mapping
from ..scene.recognition import recognise, user_presets
from ..translations import hinted, said
from .mapping import done, may_choose


def _title() -> Any:
    return bpy.props.StringProperty(
        name="Name", description="Name of the preset", options={"SKIP_SAVE"}
    )


class KPOPCHOREO_OT_save_bones(bpy.types.Operator):
    """Keep these bones, so that armatures that have them all are recognised from now on."""

    bl_idname = "kpop_choreo.save_bones"
    bl_label = "Save Preset"
    bl_description = "Keep these bones; armatures that have them all are recognised from now on"
    bl_options = {"REGISTER"}

    title: _title()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        target = chosen_target(context)
        if target is None:
            cls.poll_message_set(hinted("Choose an armature under Target first"))
            return False
        if not recognise(target).usable:
            cls.poll_message_set(hinted("Choose all bones that a dance needs first"))
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        self.title = chosen_target(context).name
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        def edit() -> tuple[str, ...]:
            file = mapping.save_chosen(chosen_target(context), self.title)
            self.report({"INFO"}, said(f"Saved {file}"))
            return ()

        return done(self, edit)


class KPOPCHOREO_OT_load_bones(bpy.types.Operator):
    """Choose the bones of a preset."""

    bl_idname = "kpop_choreo.load_bones"
    bl_label = "Load Preset"
    bl_description = "Choose the bones of this preset"
    bl_options = {"REGISTER", "UNDO"}

    title: _title()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_choose(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return done(self, lambda: mapping.load_chosen(chosen_target(context), self.title))


class KPOPCHOREO_OT_remove_bones(bpy.types.Operator):
    """Delete a preset from the user's folder."""

    bl_idname = "kpop_choreo.remove_bones"
    bl_label = "Remove Preset"
    bl_description = "Delete this preset from your folder; what is chosen on armatures stays"
    bl_options = {"REGISTER"}

    title: _title()

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        def edit() -> tuple[str, ...]:
            mapping.remove_kept(self.title)
            return ()

        return done(self, edit)


class KPOPCHOREO_MT_load_bones(bpy.types.Menu):
    """The user's presets, to load."""

    bl_idname = "KPOPCHOREO_MT_load_bones"
    bl_label = "Load Preset"

    def draw(self, context: bpy.types.Context) -> None:
        _draw_presets(self.layout, KPOPCHOREO_OT_load_bones.bl_idname)


class KPOPCHOREO_MT_remove_bones(bpy.types.Menu):
    """The user's presets, to remove."""

    bl_idname = "KPOPCHOREO_MT_remove_bones"
    bl_label = "Remove Preset"

    def draw(self, context: bpy.types.Context) -> None:
        _draw_presets(self.layout, KPOPCHOREO_OT_remove_bones.bl_idname)


def _draw_presets(layout: Any, operator: str) -> None:
    for preset in user_presets():
        layout.operator(operator, text=preset.title).title = preset.title


CLASSES: tuple[type, ...] = (
    KPOPCHOREO_OT_save_bones,
    KPOPCHOREO_OT_load_bones,
    KPOPCHOREO_OT_remove_bones,
    KPOPCHOREO_MT_load_bones,
    KPOPCHOREO_MT_remove_bones,
)
