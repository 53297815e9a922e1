"""What the scene remembers of how takes are made and compared."""

from __future__ import annotations

import bpy

from .translations import CONTEXT


class TakesSettings:
    """Properties of :class:`~.properties.KPOPCHOREO_PG_scene`."""

    n_takes: bpy.props.IntProperty(
        translation_context=CONTEXT,
        name="Takes",
        description="How many dances are made at once; each has another seed",
        default=1,
        min=1,
        max=8,
    )
    seed_lock: bpy.props.BoolProperty(
        name="Lock Seed",
        description=(
            "Locked: the same seed, so the same dance again. Open: another dance each time that "
            "you press Generate. Scripts without a window always use the seed that is set"
        ),
    )
    ghost_offset: bpy.props.FloatProperty(
        name="Ghosts Beside",
        description=(
            "Metres from the armature to the first ghost, for a dancer of 1.7 m; "
            "0 draws it in the same place"
        ),
        default=1.2,
        min=-20.0,
        max=20.0,
        soft_min=-3.0,
        soft_max=3.0,
        step=10,
        precision=1,
    )
