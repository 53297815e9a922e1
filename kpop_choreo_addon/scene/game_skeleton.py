"""The evaluated dance of an armature, baked onto a clean game skeleton that lives for a moment.

The armature is played in a scene of its own, so that nothing in the user's scenes moves. What the
exporters get are new objects in that scene: an armature with the planned bones, and copies of the
meshes with its modifier, in the axes and units of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Quaternion, Vector

from ..core import quaternions as quat
from ..core.game_motion import GameMotion, split_matrices
from ..core.game_plan import GamePlan, plan_skeleton
from ..core.rig import Rig
from .armatures import read_rig

ARMATURE = "kpop_choreo export"
"""Name of the object that holds the bones; it is taken out of the files."""


@dataclass(frozen=True, eq=False)
class Baked:
    """A dance on a game skeleton, in Blender's world."""

    motion: GameMotion
    plan: GamePlan
    floor: float
    """Height of the armature object in the world."""
    settle: Matrix
    """From the world to where the rest pose stands: at the origin, facing the front."""


@contextmanager
def export_scene(
    context: bpy.types.Context, armature: bpy.types.Object, fps: int, fps_base: float
) -> Iterator[bpy.types.Scene]:
    """A scene with the armature in it; it goes with all that was made for it."""
    user_scene = context.scene
    scene = bpy.data.scenes.new(ARMATURE)
    hidden = armature.hide_viewport
    channels = _channels(armature)
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


def bake(
    scene: bpy.types.Scene,
    armature: bpy.types.Object,
    frames: np.ndarray,
    body_only: bool,
    root_rest: np.ndarray,
) -> Baked:
    """Plays ``armature`` in ``scene`` at ``frames[T]`` and bakes its deforming bones.

    ``root_rest[4]`` is the rest rotation of the root. The root does not move.
    """
    rig = read_rig(armature)
    deforms = np.array([armature.data.bones[name].use_deform for name in rig.bones])
    plan = plan_skeleton(rig, deforms, body_only)
    names = [rig.bones[bone] for bone in plan.bones]
    worlds, poses = _play(scene, armature, names, frames)
    settle = _settle(Matrix(worlds[0]), _side(rig, plan, worlds[0]))
    stand = np.array(settle) @ worlds[0]
    bones = armature.data.bones
    rests = np.array([bones[name].matrix_local for name in names]).reshape(-1, 4, 4)
    rest_turns, rest_places = split_matrices(stand @ rests)
    turns, places = split_matrices(worlds[:, None] @ poses)
    tails = np.array([bones[name].tail_local for name in names]).reshape(-1, 3)
    ends = tails @ stand[:3, :3].T + stand[:3, 3]
    number = {bone: n for n, bone in enumerate(plan.bones, start=1)}
    lengths = np.linalg.norm(ends - rest_places, axis=-1)
    motion = GameMotion(
        bones=(plan.root, *names),
        parents=np.array([-1, *(number.get(plan.parents[bone], 0) for bone in plan.bones)]),
        rest_rotations=np.concatenate([root_rest[None], rest_turns]),
        rest_places=np.concatenate([np.zeros((1, 3)), rest_places]),
        lengths=np.concatenate([[np.max(lengths, initial=0.1) / 2], lengths]),
        rotations=np.concatenate([np.tile(root_rest, (len(frames), 1, 1)), turns], axis=1),
        places=np.concatenate([np.zeros((len(frames), 1, 3)), places], axis=1),
        fps=scene.render.fps / scene.render.fps_base,
        joints={joint: number[bone] for joint, bone in plan.joints.items() if bone in number},
    )
    return Baked(motion, plan, float(worlds[0][2, 3]), settle)


def _play(
    scene: bpy.types.Scene, armature: bpy.types.Object, names: list[str], frames: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The armature's matrices ``[T, 4, 4]`` in the world, its bones' ``[T, B, 4, 4]`` in it."""
    graph = bpy.context.evaluated_depsgraph_get()
    index = [armature.pose.bones.find(name) for name in names]
    flat = np.empty(16 * len(armature.pose.bones), dtype=np.float32)
    worlds = np.empty((len(frames), 4, 4))
    poses = np.empty((len(frames), len(names), 4, 4))
    for number, frame in enumerate(frames):
        whole = int(np.floor(frame))
        scene.frame_set(whole, subframe=float(frame) - whole)
        evaluated: Any = armature.evaluated_get(graph)
        evaluated.pose.bones.foreach_get("matrix", flat)
        worlds[number] = evaluated.matrix_world
        poses[number] = flat.reshape(-1, 4, 4)[index].transpose(0, 2, 1)  # stored by columns
    return worlds, poses


def _side(rig: Rig, plan: GamePlan, world: np.ndarray) -> np.ndarray:
    """The way to the left of the body in the world, at rest; the object's if it is not known."""
    left, right = (plan.joints.get(f"{side}_hip", -1) for side in ("left", "right"))
    if min(left, right) < 0:
        turn = Matrix(world).to_quaternion()
        return np.array(Quaternion((turn.w, 0.0, 0.0, turn.z)) @ Vector((1.0, 0.0, 0.0)))
    return world[:3, :3] @ (rig.heads[left] - rig.heads[right])


def _settle(world: Matrix, left: np.ndarray) -> Matrix:
    """Undoes where an object stands; turns it about the vertical until ``left[3]`` is at +X."""
    heading = np.arctan2(left[1], left[0])
    return Matrix.Rotation(-heading, 4, "Z") @ Matrix.Translation(-world.to_translation())


def build_armature(
    scene: bpy.types.Scene, motion: GameMotion, axes: np.ndarray
) -> bpy.types.Object:
    """An armature with the bones of ``motion`` at rest, turned so that ``axes[4]`` undo it."""
    data = bpy.data.armatures.new(ARMATURE)
    obj = bpy.data.objects.new(ARMATURE, data)
    scene.collection.objects.link(obj)
    obj.matrix_world = _turn(quat.conjugate(axes))
    layer = scene.view_layers[0]
    layer.objects.active = obj
    with bpy.context.temp_override(
        scene=scene, view_layer=layer, active_object=obj, object=obj, selected_objects=[obj]
    ):
        bpy.ops.object.mode_set(mode="EDIT")  # bones can be made in edit mode only
        made: list[Any] = []
        try:
            for number, name in enumerate(motion.bones):
                bone: Any = data.edit_bones.new(name)
                bone.head, bone.tail = (0, 0, 0), (0, max(motion.lengths[number], 1e-3), 0)
                turn = _turn(motion.rest_rotations[number])
                bone.matrix = Matrix.Translation(Vector(motion.rest_places[number])) @ turn
                if number:
                    bone.parent = made[motion.parents[number]]
                made.append(bone)
        finally:
            bpy.ops.object.mode_set(mode="OBJECT")
    return obj


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
    to_file = Matrix.Scale(units, 4) @ _turn(axes) @ baked.settle
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
    graph = bpy.context.evaluated_depsgraph_get()
    graph.update()
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


def _turn(rotation: np.ndarray) -> Matrix:
    return Quaternion(rotation).to_matrix().to_4x4()
