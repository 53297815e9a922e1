"""Preferences: which engine, and on which device. Tokens and addresses live here only."""

from __future__ import annotations

from typing import Any

import bpy

from .about_panel import draw_about
from .doctor_panel import draw_doctor
from .ids import ADDON_ID
from .translations import CONTEXT, said

ENGINES = (
    ("BUNDLED", "Bundled", "The engine that came with this extension, on this computer"),
    ("PYTHON", "Python", "The same engine in a Python of your own, for instance one with a GPU"),
    ("SERVER", "Server", "An engine on another machine"),
)
DEVICES = (
    ("AUTO", "Automatic", "A GPU where the engine can use one, else the processor"),
    ("CPU", "Processor", "Works everywhere"),
    ("CUDA", "NVIDIA GPU", "Needs a Python with PyTorch for CUDA"),
)


class KPOPCHOREO_AP_preferences(bpy.types.AddonPreferences):
    """Shown in Blender's preferences under the add-on's name."""

    bl_idname = ADDON_ID

    engine: bpy.props.EnumProperty(
        name="Engine",
        description="Where dances are made",
        items=ENGINES,
        default="BUNDLED",
        translation_context=CONTEXT,
    )
    device: bpy.props.EnumProperty(
        name="Device",
        description="What the engine computes on",
        items=DEVICES,
        default="AUTO",
        translation_context=CONTEXT,
    )
    model: bpy.props.StringProperty(
        name="Model", description="Name of a dance model; empty for the engine's default"
    )
    python_path: bpy.props.StringProperty(
        name="Python",
        description="A Python executable that has the engine's packages",
        subtype="FILE_PATH",
    )
    server_url: bpy.props.StringProperty(
        name="Server", description="Address of the engine, like https://dance.example.org"
    )
    token: bpy.props.StringProperty(
        name="Token", description="What the server asks for", subtype="PASSWORD"
    )
    allow_insecure: bpy.props.BoolProperty(
        name="Allow Insecure",
        description="Use http to another machine; song and token can then be read on the way",
    )
    show_about: bpy.props.BoolProperty(
        name="About", description="Version, licence, and whose work this stands on"
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Only what belongs to the chosen engine, and About."""
        layout = self.layout
        layout.use_property_split = True
        layout.row().prop(self, "engine", expand=True)
        self._draw_engine(layout)
        layout.use_property_split = False
        draw_doctor(layout.box(), all_of_it=True)
        box = layout.box()
        icon = "DISCLOSURE_TRI_DOWN" if self.show_about else "DISCLOSURE_TRI_RIGHT"
        box.prop(self, "show_about", icon=icon, emboss=False)
        if self.show_about:
            draw_about(box)

    def _draw_engine(self, layout: Any) -> None:
        if self.engine == "SERVER":
            layout.prop(self, "server_url")
            layout.prop(self, "token")
            layout.prop(self, "allow_insecure")
            return
        if self.engine == "PYTHON":
            layout.prop(self, "python_path")
        layout.prop(self, "device")
        layout.prop(self, "model", placeholder=said("default"))


class _Defaults:
    """Stands in where the add-on was registered by a script and has no preferences."""

    engine = "BUNDLED"
    device = "AUTO"
    model = ""
    python_path = ""
    server_url = ""
    token = ""
    allow_insecure = False


_DEFAULTS = _Defaults()


def get_preferences() -> KPOPCHOREO_AP_preferences | _Defaults:
    """The user's preferences; scripts without an enabled add-on share one set of defaults."""
    addon = bpy.context.preferences.addons.get(ADDON_ID)
    return addon.preferences if addon and addon.preferences else _DEFAULTS
