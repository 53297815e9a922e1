"""What the steps look at: the add-on, evaluated bones, data-blocks; and rigs built from data."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Quaternion, Vector

ADDON = "bl_ext.user_default.kpop_choreo"
FOLDER = Path(sys.argv[sys.argv.index("--") + 1])
SONG = FOLDER / "given" / "demo_song.ogg"
TRUTH = json.loads((FOLDER / "given" / "demo_song.json").read_text(encoding="utf-8"))
RIGS = json.loads((FOLDER / "given" / "rigs.json").read_text(encoding="utf-8"))
LIMBS = ("shoulder elbow", "elbow wrist", "hip knee", "knee ankle")
FRAMES = (40, 90, 140, 190, 240)
"""Where bones are looked at; the dance is 12 s at 24 frames a second."""
remembered: dict[str, Any] = {}
"""What one step leaves for the next; of each rig its bone by joint."""


def addon(name: str) -> Any:
    """A module of the installed add-on."""
    return sys.modules[f"{ADDON}.{name}"]


def settings() -> Any:
    return bpy.context.scene.kpop_choreo


def idle() -> bool:
    """Whether nothing is under way in the add-on."""
    return addon("session").session.task is None


def require_no_error() -> None:
    error = addon("session").session.error
    assert error is None, f"{error.message} {error.remedy}\n{getattr(error, 'log', '')}"


def places(name: str, frame: float, bones: dict[str, str] | None = None) -> dict[str, Vector]:
    """Where the joints of an armature are in the world, on its evaluated bones."""
    bpy.context.scene.frame_set(int(frame))
    obj = bpy.data.objects[name].evaluated_get(bpy.context.evaluated_depsgraph_get())
    names = bones or {bone.name: bone.name for bone in obj.pose.bones}
    return {j: obj.matrix_world @ obj.pose.bones[b].head for j, b in names.items()}


def dance(name: str) -> list[dict[str, Vector]]:
    return [places(name, frame, remembered.get(name)) for frame in FRAMES]


def apart(one: list[dict[str, Vector]], other: list[dict[str, Vector]]) -> float:
    """The largest distance of any joint, in metres."""
    pairs = zip(one, other, strict=True)
    return max((a[joint] - b[joint]).length for a, b in pairs for joint in a)


def limb_angles(name: str) -> np.ndarray:
    """Degrees between the limbs of a rig and those of our dancer, at all of FRAMES."""
    angles = []
    for ours, theirs in zip(dance("Dancer"), dance(name), strict=True):
        for start, end in (limb.split() for limb in LIMBS):
            for side in ("left", "right"):
                a = ours[f"{side}_{end}"] - ours[f"{side}_{start}"]
                b = theirs[f"{side}_{end}"] - theirs[f"{side}_{start}"]
                angles.append(math.degrees(a.angle(b)))
    return np.array(angles)


def strips() -> list[Any]:
    editor = bpy.context.scene.sequence_editor
    if editor is None:
        return []
    return list(editor.strips if hasattr(editor, "strips") else editor.sequences)


def curves(action: Any) -> list[Any]:
    found: list[Any] = addon("scene.actions").fcurves_of(action)
    return found


def keys(action: Any) -> int:
    return sum(len(curve.keyframe_points) for curve in curves(action))


def blocks() -> dict[str, list[str]]:
    """Names of what a dance or an export could leave in the file."""
    kinds = ("objects", "armatures", "meshes", "materials", "actions", "collections", "sounds")
    return {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in kinds}


def build_rig(given: dict[str, Any]) -> None:
    """An armature from published names, hierarchy, rest pose, axes and units."""
    data = bpy.data.armatures.new(given["name"])
    obj = bpy.data.objects.new(given["name"], data)
    obj.scale = (given["object_scale"],) * 3
    obj.rotation_euler.x = math.radians(90.0 if given["y_up"] else 0.0)
    obj.location.x = given["aside"]
    bpy.context.collection.objects.link(obj)
    for other in bpy.context.selected_objects:
        other.select_set(False)
    bpy.context.view_layer.objects.active = obj
    obj.select_set(True)
    bpy.ops.object.mode_set(mode="EDIT")
    for number, name in enumerate(given["bones"]):
        head, tail = Vector(given["heads"][number]), Vector(given["tails"][number])
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = (0, 0, 0), (0, max((tail - head).length, 1e-3), 0)
        turned = Quaternion(given["rotations"][number]).to_matrix().to_4x4()
        bone.matrix = Matrix.Translation(head) @ turned
        if given["parents"][number] >= 0:
            bone.parent = data.edit_bones[given["bones"][given["parents"][number]]]
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.ops.ed.undo_push(message=f"Add {given['name']}")
    remembered[given["name"]] = given["joints"]
