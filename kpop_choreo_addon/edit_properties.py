"""What the scene remembers of the part that is to be danced anew."""

from __future__ import annotations

import bpy

from .translations import CONTEXT

BARS, SECONDS = "BARS", "SECONDS"


class EditSettings:
    """Properties of the panel Edit, a part of ``KPOPCHOREO_PG_scene``."""

    edit_unit: bpy.props.EnumProperty(
        name="Count In",
        description="How the part is chosen",
        items=(
            (BARS, "Bars", "Bars of the take, the first of which is 1"),
            (SECONDS, "Seconds", "Seconds from the start of the take"),
        ),
        translation_context=CONTEXT,
    )
    edit_first: bpy.props.IntProperty(
        translation_context=CONTEXT, name="From", description="First bar", default=1, min=1
    )
    edit_last: bpy.props.IntProperty(
        translation_context=CONTEXT, name="To", description="Last bar", default=4, min=1
    )
    edit_start: bpy.props.FloatProperty(
        translation_context=CONTEXT,
        name="From",
        description="Second of the take",
        min=0.0,
        subtype="TIME_ABSOLUTE",
    )
    edit_end: bpy.props.FloatProperty(
        translation_context=CONTEXT,
        name="To",
        description="Second of the take",
        min=0.0,
        default=8.0,
        subtype="TIME_ABSOLUTE",
    )
    edit_bars: bpy.props.IntProperty(
        name="Bars", description="How many bars are added", default=4, min=1, max=64
    )
    edit_nudge: bpy.props.FloatProperty(
        name="Milliseconds",
        description="How far one press moves the dance",
        default=20.0,
        min=1.0,
        max=2000.0,
        precision=0,
    )
