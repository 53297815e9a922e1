"""FBX files to neutral ones, for ``engine.training.collect``. Runs in Blender's Python (4.5 on).

    .venv-bpy-5.0/bin/python tools/read_fbx.py OUT_DIR FILE.fbx [FILE.fbx ...]

writes ``OUT_DIR/NAME.npz`` for each file: ``names`` and ``parents`` of the bones, parents first;
``offsets`` [B, 3]; ``local_quats`` [T, B, 4] wxyz; ``root_positions`` [T, 3]; ``fps``. Y is up,
lengths are Blender's. Rotations are turns away from the skeleton's zero pose, whose joints are
aligned to the world: the pose of joints whose own rotations are zero where the file gives joints an
orientation (``PreRotation``), else the rest pose. A bone without children gets an end,
``NAME_end``, that continues the line from its parent.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from mathutils import Euler, Matrix, Quaternion, Vector

TO_Y_UP = Matrix.Rotation(-np.pi / 2, 4, "X")
"""Blender's Z-up world to ours: x, z, -y."""
END = 0.5
"""Length of an end, in lengths of the bone before it."""


@dataclass(frozen=True)
class Rig:
    """An armature's bones, parents first, and their zero pose."""

    armature: bpy.types.Object
    names: list[str]
    parents: list[int]
    zero: list[Quaternion]
    """World rotation of each bone, Y-up, in the zero pose."""
    offsets: list[Vector]
    """From the parent, in the world's axes, in the zero pose."""


def main() -> int:
    """Runs the command; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    if "fbx_import" not in dir(bpy.ops.wm):
        print("Blender 4.5 or later is needed to read FBX.", file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    for path in options.files:
        convert(path, options.out / f"{path.stem}.npz")
    return 0


def convert(path: Path, out: Path) -> None:
    """Reads one FBX file with one armature and one action, and writes the neutral file."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.fbx_import(filepath=str(path))
    armature = next(obj for obj in bpy.data.objects if obj.type == "ARMATURE")
    rig = read_rig(armature, joint_orientations(path))
    scene = bpy.context.scene
    first, last = map(round, armature.animation_data.action.frame_range)
    turns = np.empty((last - first + 1, len(rig.names), 4))
    roots = np.empty((last - first + 1, 3))
    for number in range(len(turns)):
        scene.frame_set(first + number)
        turns[number], roots[number] = sample(rig)
    leaves = [
        number
        for number, name in enumerate(rig.names)
        if number not in rig.parents and rig.parents[number] >= 0 and not name.endswith("_end")
    ]
    ends = [END * rig.offsets[leaf] for leaf in leaves]
    still = np.tile([1.0, 0.0, 0.0, 0.0], (len(turns), len(leaves), 1))
    np.savez_compressed(
        out,
        names=np.array([*rig.names, *(f"{rig.names[leaf]}_end" for leaf in leaves)]),
        parents=np.array([*rig.parents, *leaves]),
        offsets=np.array([*rig.offsets, *ends]),
        local_quats=np.concatenate([turns, still], axis=1),
        root_positions=roots,
        fps=np.array(scene.render.fps / scene.render.fps_base),
    )


def read_rig(armature: bpy.types.Object, orientations: dict[str, Quaternion]) -> Rig:
    """Bones and zero pose; ``orientations`` are world rotations of joints, Y-up, or empty."""
    bones = sorted(armature.data.bones, key=lambda bone: len(bone.parent_recursive))
    names = [bone.name for bone in bones]
    world = TO_Y_UP @ armature.matrix_world
    rests = [world @ bone.matrix_local for bone in bones]
    parents = [names.index(bone.parent.name) if bone.parent else -1 for bone in bones]
    zero = [
        orientations.get(name, rest.to_quaternion())
        for name, rest in zip(names, rests, strict=True)
    ]
    offsets = []
    for rest, parent in zip(rests, parents, strict=True):
        if parent < 0:
            offsets.append(Vector((0.0, 0.0, 0.0)))
        else:
            step = rest.translation - rests[parent].translation
            offsets.append(zero[parent] @ (rests[parent].to_quaternion().inverted() @ step))
    return Rig(armature, names, parents, zero, offsets)


def sample(rig: Rig) -> tuple[np.ndarray, np.ndarray]:
    """Rotations [B, 4] against the parents, and the root's place, in the scene's current frame."""
    world = TO_Y_UP @ rig.armature.matrix_world
    poses = [world @ rig.armature.pose.bones[name].matrix for name in rig.names]
    turns = [
        pose.to_quaternion() @ zero.inverted() for pose, zero in zip(poses, rig.zero, strict=True)
    ]
    local = [
        turn if parent < 0 else turns[parent].inverted() @ turn
        for turn, parent in zip(turns, rig.parents, strict=True)
    ]
    return np.array(local), np.array(poses[0].translation)


def joint_orientations(path: Path) -> dict[str, Quaternion]:
    """World rotations of the joints when their own rotations are zero; empty if the file has none.

    Blender's importer keeps only the rest pose, so the file is looked into with Blender's parser.
    """
    sys.path.insert(0, f"{bpy.utils.system_resource('SCRIPTS')}/addons_core")
    from io_scene_fbx import parse_fbx

    root, _ = parse_fbx.parse(str(path))
    sections = {element.id: element.elems for element in root.elems}
    models = {o.props[0]: o for o in sections[b"Objects"] if o.id == b"Model"}
    above = {c.props[1]: c.props[2] for c in sections[b"Connections"] if c.props[0] == b"OO"}
    own: dict[int, Quaternion] = {}
    for key, model in models.items():
        rows = [row for part in model.elems if part.id == b"Properties70" for row in part.elems]
        angles = [row.props[4:7] for row in rows if row.props[0] == b"PreRotation"]
        if angles:
            own[key] = Euler(np.radians(angles[0]), "XYZ").to_quaternion()
    if not own:
        return {}

    def world(key: int) -> Quaternion:
        if key not in models:
            return Quaternion()
        return world(above.get(key, 0)) @ own.get(key, Quaternion())

    return {model.props[1].split(b"\0")[0].decode(): world(key) for key, model in models.items()}


if __name__ == "__main__":
    sys.exit(main())
