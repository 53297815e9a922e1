"""Thin operators: read properties, call one function, report."""

from __future__ import annotations

from . import (
    bone_presets,
    dance,
    edit,
    engine,
    export,
    mapping,
    pick_up,
    presets,
    retime,
    scene,
    sections,
    shape,
    song,
    take_list,
    takes,
    tapping,
)

CLASSES: tuple[type, ...] = (
    dance.KPOPCHOREO_OT_generate,
    dance.KPOPCHOREO_OT_cancel,
    dance.KPOPCHOREO_OT_cancel_by_key,
    dance.KPOPCHOREO_OT_apply_clip,
    dance.KPOPCHOREO_OT_open_clip,
    *takes.CLASSES,
    *take_list.CLASSES,
    *edit.CLASSES,
    *shape.CLASSES,
    *pick_up.CLASSES,
    *retime.CLASSES,
    *song.CLASSES,
    *sections.CLASSES,
    *tapping.CLASSES,
    *mapping.CLASSES,
    *bone_presets.CLASSES,
    *presets.CLASSES,
    scene.KPOPCHOREO_OT_add_dancer,
    scene.KPOPCHOREO_OT_make_override,
    scene.KPOPCHOREO_OT_new_seed,
    export.KPOPCHOREO_OT_export_fbx,
    scene.KPOPCHOREO_OT_save_clip,
    engine.KPOPCHOREO_OT_stop_engine,
    engine.KPOPCHOREO_OT_show_preferences,
)
