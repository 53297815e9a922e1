"""The evaluated dance of an armature, baked onto a clean game skeleton that lives for a moment.

The armature is played in a scene of its own (:mod:`.playing`). What the exporters get are new
objects in that scene: an armature with the planned bones, and copies of the meshes
(:mod:`.game_meshes`), in the axes and units of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Quaternion, Vector

from ..core import quaternions as quat
from ..core.game_motion import GameMotion, split_matrices
from ..core.game_plan import GamePlan, plan_skeleton
from ..core.rig import Rig
from .playing import play
from .recognition import chosen_bones, read_rig, recognise

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
    chosen = recognise(armature) if chosen_bones(armature) else None
    plan = plan_skeleton(rig, deforms, body_only, chosen)
    names = [rig.bones[bone] for bone in plan.bones]
    played = play(scene, armature, names, frames)
    worlds, poses = played.worlds, played.poses
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
    obj.matrix_world = turn_matrix(quat.conjugate(axes))
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
                turn = turn_matrix(motion.rest_rotations[number])
                bone.matrix = Matrix.Translation(Vector(motion.rest_places[number])) @ turn
                if number:
                    bone.parent = made[motion.parents[number]]
                made.append(bone)
        finally:
            bpy.ops.object.mode_set(mode="OBJECT")
    return obj


def turn_matrix(rotation: np.ndarray) -> Matrix:
    """The 4 x 4 matrix of ``rotation[4]``."""
    return Quaternion(rotation).to_matrix().to_4x4()
