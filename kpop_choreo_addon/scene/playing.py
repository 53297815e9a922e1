"""An armature played in a scene of its own, so that nothing in the user's scenes moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from .evaluation import evaluated_graph

TITLE = "kpop_choreo export"
STANDS = ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle")


@dataclass(frozen=True, eq=False)
class Played:
    """T frames of an armature."""

    worlds: np.ndarray
    """``[T, 4, 4]`` the object in the world."""
    stands: np.ndarray
    """``[T, 4, 4]`` the object by its own channels, without parent and constraints."""
    poses: np.ndarray
    """``[T, B, 4, 4]`` bones in the armature's space."""


@contextmanager
def private_scene(
    context: bpy.types.Context, armature: bpy.types.Object, fps: int, fps_base: float
) -> Iterator[bpy.types.Scene]:
    """A scene with the armature in it; it goes with all that was made for it."""
    user_scene = context.scene
    scene = bpy.data.scenes.new(TITLE)
    hidden = armature.hide_viewport
    channels = _channels(armature)
    stands = {name: tuple(getattr(armature, name)) for name in STANDS}
    kinds = ("objects", "armatures", "meshes", "actions", "images", "materials")
    before = {kind: set(getattr(bpy.data, kind)) for kind in kinds}
    try:
        scene.render.fps, scene.render.fps_base = fps, fps_base
        scene.render.frame_map_old = user_scene.render.frame_map_old
        scene.render.frame_map_new = user_scene.render.frame_map_new
        scene.frame_start = 0
        scene.collection.objects.link(armature)
        if hidden:  # what is hidden is not evaluated
            armature.hide_viewport = False
        with context.temp_override(scene=scene, view_layer=scene.view_layers[0]):
            yield scene
    finally:
        if hidden:
            armature.hide_viewport = True
        bpy.data.scenes.remove(scene)
        user_scene.frame_set(user_scene.frame_current, subframe=user_scene.frame_subframe)
        for name, stood in stands.items():
            if tuple(getattr(armature, name)) != stood:
                setattr(armature, name, stood)
        for name, values in channels.items():
            armature.pose.bones.foreach_set(name, values)
        for kind, kept in before.items():
            blocks = getattr(bpy.data, kind)
            for block in set(blocks) - kept:
                blocks.remove(block)


def _channels(armature: bpy.types.Object) -> dict[str, np.ndarray]:
    """The pose as it is, with what is not keyed: playing writes over it."""
    widths = {"location": 3, "rotation_quaternion": 4, "rotation_euler": 3}
    widths |= {"rotation_axis_angle": 4, "scale": 3}
    bones = armature.pose.bones
    kept = {name: np.empty(width * len(bones), np.float32) for name, width in widths.items()}
    for name, values in kept.items():
        bones.foreach_get(name, values)
    return kept


def play(
    scene: bpy.types.Scene, armature: bpy.types.Object, names: list[str], frames: np.ndarray
) -> Played:
    """The armature and its bones ``names[B]`` frame by frame.

    ``frames[T]`` may have fractions; ``scene`` is one of :func:`private_scene`.
    """
    graph = evaluated_graph()
    index = [armature.pose.bones.find(name) for name in names]
    flat = np.empty(16 * len(armature.pose.bones), dtype=np.float32)
    worlds, stands = np.empty((len(frames), 4, 4)), np.empty((len(frames), 4, 4))
    poses = np.empty((len(frames), len(names), 4, 4))
    manager = bpy.context.window_manager
    manager.progress_begin(0, len(frames))
    try:
        for number, frame in enumerate(frames):
            whole = int(np.floor(frame))
            scene.frame_set(whole, subframe=min(float(frame) - whole, 1.0 - 1e-6))
            evaluated: Any = armature.evaluated_get(graph)
            evaluated.pose.bones.foreach_get("matrix", flat)
            worlds[number], stands[number] = evaluated.matrix_world, evaluated.matrix_basis
            poses[number] = flat.reshape(-1, 4, 4)[index].transpose(0, 2, 1)  # by columns
            manager.progress_update(number)
    finally:
        manager.progress_end()
    return Played(worlds, stands, poses)
