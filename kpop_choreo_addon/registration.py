"""Registers every class of the add-on in one order, and unregisters it in the reverse."""

from __future__ import annotations

import bpy

from . import properties

CLASSES: tuple[type, ...] = (properties.KPOPCHOREO_PG_scene,)


def register() -> None:
    """Makes the add-on's classes and ``Scene.kpop_choreo`` known to Blender."""
    unregister()
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.kpop_choreo = bpy.props.PointerProperty(type=properties.KPOPCHOREO_PG_scene)


def unregister() -> None:
    """Takes back everything that :func:`register` did; does nothing when it was not called."""
    if hasattr(bpy.types.Scene, "kpop_choreo"):
        del bpy.types.Scene.kpop_choreo
    for cls in reversed(CLASSES):
        if cls.is_registered:
            bpy.utils.unregister_class(cls)
