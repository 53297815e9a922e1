"""Copies of an armature's meshes with their skin, for the game skeleton."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from .evaluation import evaluated_graph
from .game_skeleton import Baked, turn_matrix


def copy_meshes(
    scene: bpy.types.Scene,
    armature: bpy.types.Object,
    skeleton: bpy.types.Object,
    baked: Baked,
    axes: np.ndarray,
    units: float,
) -> dict[str, str]:
    """Copies the meshes on ``armature``, skinned to ``skeleton``, at rest in its axes.

    Returns:
        The names of the users' objects and meshes by those of the copies.
    """
    to_file = Matrix.Scale(units, 4) @ turn_matrix(axes) @ baked.settle
    titles: dict[str, str] = {}
    for obj in meshes_of(armature):
        mesh, rest = _plain_mesh(scene, obj, armature)
        mesh.transform(to_file @ rest, shape_keys=True)
        if rest.determinant() < 0:
            mesh.flip_normals()
        plain = bpy.data.objects.new(obj.name, mesh)
        scene.collection.objects.link(plain)
        plain.parent = skeleton
        _reweight(plain, obj, armature, baked)
        modifier: Any = plain.modifiers.new("Armature", "ARMATURE")
        modifier.object = skeleton
        titles |= {plain.name: obj.name, mesh.name: obj.data.name}
    return titles


def meshes_of(armature: bpy.types.Object) -> list[bpy.types.Object]:
    """The meshes that hang on the armature or are deformed by it, without shapes of controls."""
    shapes = {bone.custom_shape for bone in armature.pose.bones}

    def belongs(obj: Any) -> bool:
        hangs = _deformed(obj, armature) or obj.parent == armature
        return obj.type == "MESH" and hangs and obj not in shapes

    return [obj for obj in bpy.data.objects if belongs(obj)]


def _deformed(obj: Any, armature: bpy.types.Object) -> bool:
    return any(m.type == "ARMATURE" and m.object == armature for m in obj.modifiers)


def _plain_mesh(
    scene: bpy.types.Scene, obj: bpy.types.Object, armature: bpy.types.Object
) -> tuple[Any, Matrix]:
    """The mesh of ``obj`` without the armature's bend, and where it is in the world at rest.

    Other modifiers are applied. They cannot be with shape keys; then it comes without them.
    """
    double: Any = obj.copy()
    scene.collection.objects.link(double)
    double.hide_viewport = False
    for modifier in double.modifiers:
        if modifier.type == "ARMATURE":
            modifier.show_viewport = False
    graph = evaluated_graph()
    evaluated = double.evaluated_get(graph)
    world = evaluated.matrix_world.copy()
    if obj.parent == armature and obj.parent_type == "BONE":
        posed: Any = armature.evaluated_get(graph)
        bend = posed.pose.bones[obj.parent_bone].matrix
        rest = armature.data.bones[obj.parent_bone].matrix_local
        world = posed.matrix_world @ rest @ (posed.matrix_world @ bend).inverted() @ world
    if obj.data.shape_keys:
        mesh = obj.data.copy()
        for number, slot in enumerate(obj.material_slots):
            mesh.materials[number] = slot.material
    else:
        mesh = bpy.data.meshes.new_from_object(
            evaluated, preserve_all_data_layers=True, depsgraph=graph
        )
    bpy.data.objects.remove(double)
    return mesh, world


def _reweight(plain: Any, obj: Any, armature: bpy.types.Object, baked: Baked) -> None:
    """Gives the skin of bones that are left out to their heirs, and loose vertices to a bone."""
    names = set(baked.motion.bones)
    groups = plain.vertex_groups
    if not _deformed(obj, armature):
        groups.clear()
    fallback = baked.motion.bones[baked.motion.hips]
    if obj.parent == armature and obj.parent_type == "BONE":
        fallback = baked.plan.heirs.get(obj.parent_bone, obj.parent_bone)
        if fallback not in names:
            fallback = baked.plan.root
    heirs = {g.index: baked.plan.heirs[g.name] for g in groups if g.name in baked.plan.heirs}
    bones = {g.index for g in groups if g.name in names}
    gifts: list[tuple[int, str, float]] = []
    for vertex in plain.data.vertices:
        weights = [(e.group, e.weight) for e in vertex.groups if e.weight > 0.0]
        gifts += [(vertex.index, heirs[g], w) for g, w in weights if g in heirs]
        if not any(g in bones or g in heirs for g, _ in weights):
            gifts.append((vertex.index, fallback, 1.0))
    for vertex_index, name, weight in gifts:
        group = groups.get(name) or groups.new(name=name)
        group.add([vertex_index], weight, "ADD")
    for name in [g.name for g in groups if g.name in baked.plan.heirs]:
        groups.remove(groups[name])
