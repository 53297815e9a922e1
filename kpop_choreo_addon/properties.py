"""What the scene remembers: one property group at ``Scene.kpop_choreo``."""

from __future__ import annotations

import bpy


class KPOPCHOREO_PG_scene(bpy.types.PropertyGroup):
    """Song, prompt, sliders and target of the next dance."""

    own_markers: bpy.props.StringProperty(
        name="Own Markers",
        description="Markers that were set by K-Pop Choreo, as JSON",
        options={"HIDDEN"},
    )
