"""A dance as FBX, with its song: the first key and the first sample are both at time 0.

Blender's exporter writes the scene's absolute time, so a dance that starts at frame 1 would be
late by one frame. So the dance is exported from a scene of its own that starts at frame 0, with
a copy of the action moved there. The user's scene, frame, selection and actions stay.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..core.errors import ChoreoError
from .actions import all_curves
from .apply import RECORD
from .armatures import require_armature
from .song_file import SongFile, place_song


@dataclass(frozen=True)
class Exported:
    """The files that were written."""

    fbx: Path
    timing: Path
    song: Path | None
    notes: tuple[str, ...]
    """Sentences about what could not be done."""


def export_dance(
    context: bpy.types.Context, obj: bpy.types.Object | None, path: Path, with_song: bool = True
) -> Exported:
    """Writes the dance on the armature ``obj`` to ``path``, a .json and its song beside it.

    Raises:
        ChoreoError: ``no_dance`` without a dance of ours, ``fbx_addon`` without Blender's
            exporter, ``fbx_failed`` when it fails, and those of :func:`place_song`.
    """
    armature = require_armature(obj)
    record = dance_record(armature)
    if not hasattr(bpy.types, "EXPORT_SCENE_OT_fbx"):
        raise ChoreoError(
            "fbx_addon",
            "Blender's FBX exporter is switched off.",
            "Switch on 'FBX format' in the preferences, under Add-ons.",
        )
    notes, song = [], None
    if with_song and record["song_path"]:
        start, duration = record["song_start"], record["duration"]
        source = Path(bpy.path.abspath(record["song_path"]))
        song = place_song(source, path, start, duration)
        if song.offset > 0:
            notes.append(f"The dance starts {song.offset:.3f} s into {song.path.name}.")
    with _stage(context, armature, record) as scene:
        _export(context, scene, path)
    timing = path.with_suffix(".json")
    timing.write_text(json.dumps(_timing(record, song), indent=1), encoding="utf-8")
    return Exported(path, timing, song.path if song else None, tuple(notes))


def dance_record(armature: bpy.types.Object) -> dict[str, Any]:
    """What :mod:`.apply` wrote on the armature's action.

    Raises:
        ChoreoError: ``no_dance``.
    """
    action: Any = armature.animation_data.action if armature.animation_data else None
    if action is None or RECORD not in action:
        raise ChoreoError(
            "no_dance",
            f"{armature.name} has no dance on it.",
            "Generate one first, or choose its action in the action editor.",
        )
    return json.loads(action[RECORD])


@contextmanager
def _stage(
    context: bpy.types.Context, armature: bpy.types.Object, record: dict[str, Any]
) -> Iterator[bpy.types.Scene]:
    """A scene with the armature and its meshes, whose frame 0 is the dance's first moment."""
    user_scene = context.scene
    animation: Any = armature.animation_data
    kept = (animation.action, getattr(animation, "action_slot", None), animation.use_nla)
    rate = record["fps"] / record["fps_base"]
    scene = bpy.data.scenes.new(kept[0].name)
    moved = kept[0].copy()
    try:
        scene.render.fps, scene.render.fps_base = record["fps"], record["fps_base"]
        scene.unit_settings.scale_length = user_scene.unit_settings.scale_length
        scene.frame_start = 0
        scene.frame_end = math.ceil(record["duration"] * rate - 1e-4)
        for member in (armature, *_meshes(armature)):
            scene.collection.objects.link(member)
        _shift(moved, -record["start_frame"])
        _give(animation, moved, kept[1])
        animation.use_nla = False
        yield scene
    finally:
        _give(animation, kept[0], kept[1])
        animation.use_nla = kept[2]
        bpy.data.scenes.remove(scene)
        bpy.data.actions.remove(moved)
        user_scene.frame_set(user_scene.frame_current, subframe=user_scene.frame_subframe)


def _meshes(armature: bpy.types.Object) -> list[bpy.types.Object]:
    """The meshes that hang on the armature or are deformed by it."""

    def belongs(obj: Any) -> bool:
        deforms = any(m.type == "ARMATURE" and m.object == armature for m in obj.modifiers)
        return obj.type == "MESH" and (deforms or obj.parent == armature)

    return [obj for obj in bpy.data.objects if belongs(obj)]


def _give(animation: Any, action: Any, slot: Any | None) -> None:
    """Assigns ``action`` with its slot of the same name as ``slot``."""
    animation.action = action
    if slot is not None:
        animation.action_slot = action.slots[slot.identifier]


def _shift(action: bpy.types.Action, frames: float) -> None:
    """Moves every key of ``action`` by ``frames``."""
    for curve in all_curves(action):
        for place in ("co", "handle_left", "handle_right"):
            values = np.empty(2 * len(curve.keyframe_points), dtype=np.float32)
            curve.keyframe_points.foreach_get(place, values)
            values[::2] += frames
            curve.keyframe_points.foreach_set(place, values)
        curve.update()


def _export(context: bpy.types.Context, scene: bpy.types.Scene, path: Path) -> None:
    try:
        with context.temp_override(scene=scene, view_layer=scene.view_layers[0]):
            bpy.ops.export_scene.fbx(
                filepath=str(path),
                object_types={"ARMATURE", "MESH"},
                add_leaf_bones=False,
                bake_anim=True,
                bake_anim_use_all_actions=False,
                bake_anim_use_nla_strips=False,
                bake_anim_force_startend_keying=True,
                bake_anim_simplify_factor=0.0,
            )
    except RuntimeError as error:
        raise ChoreoError(
            "fbx_failed",
            f"The FBX exporter stopped: {str(error).strip().splitlines()[-1]}",
            "Check that the folder can be written to.",
        ) from error


def _timing(record: dict[str, Any], song: SongFile | None) -> dict[str, Any]:
    """The contents of the .json beside the FBX; seconds count from the first key."""
    return {
        "fps": record["fps"] / record["fps_base"],
        "duration": record["duration"],
        "song": song.path.name if song else None,
        "song_offset": song.offset if song else record["song_start"],
        "tempo": record["tempo"],
        "beats": record["beats"],
        "downbeats": record["downbeats"],
        "sections": record["sections"],
        "prompt": record["prompt"],
        "style": record["style"],
        "seed": record["seed"],
        "model": record["model"],
        "engine_version": record["engine_version"],
    }
