"""Presets of Prompt & Style: choose, save, remove."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

from typing import Any

import bpy

from ..core.errors import ChoreoError
from ..core.style_presets import remove_style_preset, save_style_preset
from ..ids import styles_folder
from ..presets import current, preset_of, style_presets, title_shown
from ..session import PROMPT, session
from ..styles import NONE, style_items
from ..translations import CONTEXT, hinted, said
from .reporting import fail


def _name(description: str) -> Any:
    return bpy.props.StringProperty(
        name="Name", description=description, maxlen=60, options={"SKIP_SAVE"}
    )


class KPOPCHOREO_OT_apply_preset(bpy.types.Operator):
    """Take over prompt, style and sliders of a preset; song, seed and target stay."""

    bl_idname = "kpop_choreo.apply_preset"
    bl_label = "Apply Preset"
    bl_description = "Take over this preset's prompt, style and sliders; song and seed stay"
    bl_options = {"REGISTER", "UNDO"}

    name: _name("Name of the preset")

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        """The words of the preset that the pointer is on."""
        found = [p for p in style_presets().presets if p.title == properties.name]
        if found and found[0].prompt:
            return f"{hinted(cls.bl_description)}\n{found[0].prompt}"
        return hinted(cls.bl_description)

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.kpop_choreo
        try:
            preset = style_presets().find(self.name)
        except ChoreoError as error:
            return fail(self, error, PROMPT)
        session.error, session.notes, session.told_at = None, (), PROMPT
        style = preset.style
        if style not in {item[0] for item in style_items(None, context)}:
            note = f"The engine does not know the style {style}, so only the prompt decides."
            session.notes = (note,)
            self.report({"WARNING"}, said(note))
            style = NONE
        settings.style, settings.prompt = style, preset.prompt
        settings.energy, settings.smoothness = preset.energy, preset.smoothness
        settings.bounce, settings.creativity = preset.bounce, preset.creativity
        return {"FINISHED"}


class KPOPCHOREO_OT_save_preset(bpy.types.Operator):
    """Keep prompt, style and sliders under a name, over one that has it."""

    bl_idname = "kpop_choreo.save_preset"
    bl_label = "Save as Preset"
    bl_description = "Keep prompt, style and sliders under a name, to choose them again anywhere"
    bl_options = {"REGISTER"}

    name: _name("Name of the preset; one that has it is replaced")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if not self.name:
            found = current(context.scene.kpop_choreo)
            style = context.scene.kpop_choreo.style
            titles = [item[1] for item in style_items(None, context) if item[0] == style != NONE]
            self.name = found.title if found else next(iter(titles), "")
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        preset = preset_of(context.scene.kpop_choreo, self.name)
        try:
            path = save_style_preset(styles_folder(), preset)
        except ChoreoError as error:
            return fail(self, error, PROMPT)
        session.error, session.notes, session.told_at = None, (), PROMPT
        self.report({"INFO"}, said(f"Saved {path.name}"))
        return {"FINISHED"}


class KPOPCHOREO_OT_remove_preset(bpy.types.Operator):
    """Delete a preset of the user's own; a built-in one that it replaced is back then."""

    bl_idname = "kpop_choreo.remove_preset"
    bl_label = "Remove Preset"
    bl_description = "Delete a preset of your own; a built-in one that it replaced comes back"
    bl_options = {"REGISTER"}

    name: _name("Name of the preset")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not style_presets().own:
            cls.poll_message_set(hinted("You have saved no presets, and built-in ones stay"))
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if self.name:
            return self.execute(context)
        bpy.ops.wm.call_menu(name="KPOPCHOREO_MT_remove_preset")
        return {"FINISHED"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            remove_style_preset(styles_folder(), self.name)
        except ChoreoError as error:
            return fail(self, error, PROMPT)
        session.error, session.notes, session.told_at = None, (), PROMPT
        return {"FINISHED"}


class KPOPCHOREO_MT_presets(bpy.types.Menu):
    """All presets, the user's own below."""

    bl_label = "Presets"
    bl_translation_context = CONTEXT

    def draw(self, context: bpy.types.Context) -> None:
        presets = style_presets()
        for preset in presets.presets:
            icon = "USER" if preset in presets.own else "NONE"
            text = title_shown(preset)
            button: Any = self.layout.operator(
                "kpop_choreo.apply_preset", text=text, icon=icon, translate=False
            )
            button.name = preset.title


class KPOPCHOREO_MT_remove_preset(bpy.types.Menu):
    """The user's own presets, to remove one."""

    bl_label = "Remove Preset"
    bl_translation_context = CONTEXT

    def draw(self, context: bpy.types.Context) -> None:
        for preset in style_presets().own:
            text = title_shown(preset)
            button: Any = self.layout.operator(
                "kpop_choreo.remove_preset", text=text, icon="X", translate=False
            )
            button.name = preset.title


CLASSES: tuple[type, ...] = (
    KPOPCHOREO_OT_apply_preset,
    KPOPCHOREO_OT_save_preset,
    KPOPCHOREO_OT_remove_preset,
    KPOPCHOREO_MT_presets,
    KPOPCHOREO_MT_remove_preset,
)
