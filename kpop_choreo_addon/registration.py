"""Registers every class of the add-on in one order, and unregisters it in the reverse."""

from __future__ import annotations

import atexit
import logging
from typing import Any

import bpy

from . import (
    doctoring,
    engine_choice,
    jobs,
    keymap,
    operators,
    panels,
    pick_up,
    pins_drawing,
    preferences,
    properties,
    rig_properties,
    section_settings,
    song_drawing,
    translations,
)
from .batch import command
from .core.broken_pipes import survive_broken_pipes
from .scene import edited, ghosts, pins, takes
from .session import session
from .swatches import remove_swatches

log = logging.getLogger(__name__)

CLASSES: tuple[Any, ...] = (
    preferences.KPOPCHOREO_AP_preferences,
    section_settings.KPOPCHOREO_PG_direction,
    properties.KPOPCHOREO_PG_scene,
    *operators.CLASSES,
    *panels.CLASSES,
)


def register() -> None:
    """Makes the add-on's classes and its properties of scenes and objects known to Blender."""
    unregister()
    survive_broken_pipes()
    translations.register()
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    owner: Any = bpy.types.Scene
    pointer: Any = bpy.props.PointerProperty
    owner.kpop_choreo = pointer(type=properties.KPOPCHOREO_PG_scene)
    rig_properties.register()
    takes.register()
    pick_up.register()
    keymap.register()
    bpy.app.handlers.save_pre.append(edited.keep_edited)
    pins.register()
    ghosts.register()
    song_drawing.register()
    pins_drawing.register()
    command.register()
    atexit.register(session.shut_down)
    session.bundled_problem = engine_choice.bundled_problem()
    if session.bundled_problem is not None:
        log.warning("%s", session.bundled_problem)


def unregister() -> None:
    """Takes back everything that :func:`register` did; does nothing when it was not called."""
    jobs.stop_watching()
    doctoring.stop_watching()
    command.unregister()
    pick_up.unregister()
    keymap.unregister()
    song_drawing.unregister()
    remove_swatches()
    session.shut_down()
    atexit.unregister(session.shut_down)
    if edited.keep_edited in bpy.app.handlers.save_pre:
        bpy.app.handlers.save_pre.remove(edited.keep_edited)
    if hasattr(bpy.types.Scene, "kpop_choreo"):
        del bpy.types.Scene.kpop_choreo
    rig_properties.unregister()
    takes.unregister()
    pins.unregister()
    ghosts.unregister()
    pins_drawing.unregister()
    for cls in reversed(CLASSES):
        if cls.is_registered:
            bpy.utils.unregister_class(cls)
    translations.unregister()
