"""'Add Dancer': an armature with the body's joints and a skinned mannequin on it."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from ..core import body, mannequin
from ..core.axes import to_blender

# Where bones end that have no single child at their end: metres from the joint, Blender's axes.
_ENDS: dict[str, tuple[float, float, float]] = {
    "head": (0.0, 0.0, 0.19),
    "left_wrist": (0.10, 0.0, 0.0),
    "right_wrist": (-0.10, 0.0, 0.0),
    "left_foot": (0.0, -0.07, 0.0),
    "right_foot": (0.0, -0.07, 0.0),
}
_ENDS_AT: dict[str, str] = {"pelvis": "spine1", "spine3": "neck"}
_COLOURS: tuple[tuple[str, tuple[float, float, float, float], float], ...] = (
    ("Dancer Body", (0.68, 0.53, 0.45, 1.0), 0.5),
    ("Dancer Outfit", (0.085, 0.028, 0.21, 1.0), 0.5),
)


def add_dancer(context: bpy.types.Context) -> bpy.types.Object:
    """Adds the dancer at the 3D cursor and makes it the active object.

    Returns:
        The armature object; the mesh is its child.
    """
    armature = _armature(context)
    mesh = _mesh()
    mesh.parent = armature
    modifier: Any = mesh.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    smooth: Any = mesh.modifiers.new("Subdivision", "SUBSURF")
    smooth.levels, smooth.render_levels = 1, 2
    context.collection.objects.link(mesh)
    armature.location = context.scene.cursor.location
    return armature


def _armature(context: bpy.types.Context) -> bpy.types.Object:
    """22 bones named like the joints; local Z of every bone points to the front, of feet up.

    So elbows and knees bend about their bone's X axis, and both sides mirror each other.
    """
    data = bpy.data.armatures.new("Dancer")
    armature = bpy.data.objects.new("Dancer", data)
    data.display_type = "STICK"
    armature.show_in_front = True
    context.collection.objects.link(armature)
    for other in context.selected_objects:
        other.select_set(False)
    context.view_layer.objects.active = armature
    armature.select_set(True)
    bpy.ops.object.mode_set(mode="EDIT")  # bones can be made in edit mode only
    try:
        _bones(data)
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def _bones(data: bpy.types.Armature) -> None:
    places = to_blender(body.rest_positions())
    front, up = Vector((0.0, -1.0, 0.0)), Vector((0.0, 0.0, 1.0))
    for joint, (name, parent) in enumerate(zip(body.JOINTS, body.PARENTS, strict=True)):
        bone = data.edit_bones.new(name)
        bone.head = Vector(places[joint])
        bone.tail = bone.head + Vector(_ENDS[name]) if name in _ENDS else _child(name, places)
        bone.align_roll(up if name.endswith(("ankle", "foot")) else front)
        if parent >= 0:
            bone.parent = data.edit_bones[body.JOINTS[parent]]
            bone.use_connect = (bone.head - bone.parent.tail).length < 1e-6


def _child(name: str, places: np.ndarray) -> Vector:
    """The place of the joint at which the bone of ``name`` ends."""
    children = [
        j
        for j, p in zip(body.JOINTS, body.PARENTS, strict=True)
        if p >= 0 and body.JOINTS[p] == name
    ]
    end = _ENDS_AT.get(name, children[0])
    return Vector(places[body.JOINTS.index(end)])


def _mesh() -> bpy.types.Object:
    """The skinned mannequin, not yet linked to a collection or parented."""
    shape = mannequin.build()
    data = bpy.data.meshes.new("Dancer Mesh")
    data.from_pydata(shape.vertices.tolist(), [], list(shape.faces))
    for name, colour, roughness in _COLOURS:
        data.materials.append(_material(name, colour, roughness))
    data.polygons.foreach_set("material_index", shape.materials.astype("int32"))
    data.polygons.foreach_set("use_smooth", [True] * len(data.polygons))
    data.update()
    mesh = bpy.data.objects.new("Dancer Mesh", data)
    for joint, name in enumerate(body.JOINTS):
        group = mesh.vertex_groups.new(name=name)
        for vertex, weight in enumerate(shape.weights[:, joint].tolist()):
            if weight > 0.0:
                group.add([vertex], weight, "REPLACE")
    return mesh


def _material(
    name: str, colour: tuple[float, float, float, float], roughness: float
) -> bpy.types.Material:
    material: Any = bpy.data.materials.new(name)
    material.diffuse_color = colour
    material.roughness = roughness
    if not material.node_tree:  # Blender 5 gives every material its nodes
        material.use_nodes = True
    shader = next(n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = colour
    shader.inputs["Roughness"].default_value = roughness
    return material
