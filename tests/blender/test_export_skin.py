"""The skin of what is exported from a rig with controls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np

from kpop_choreo_addon.scene.evaluation import evaluated_graph
from tests.blender.helpers import build_armature, dump, set_frame
from tests.core.rigs import make_rig
from tests.core.test_addon_game_skeleton import control_rig
from tests.gltf_reader import read_gltf


def cube(name: str, at: np.ndarray) -> bpy.types.Object:
    """Four vertices around a point, in the collection of the scene."""
    data = bpy.data.meshes.new(name)
    corners = 0.05 * np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    data.from_pydata((corners + at).tolist(), [], [(0, 1, 2), (0, 1, 3), (1, 2, 3)])
    obj = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(obj)
    return obj


def test_a_rig_with_controls_is_exported_as_its_deforming_bones(
    clip_file: Path, tmp_path: Path
) -> None:
    """Deforming bones copy their controls, one mesh is skinned, one hangs on a control bone."""
    rig, deforms = control_rig()
    obj = build_armature(rig)
    for name, deforming in zip(rig.bones, deforms, strict=True):
        obj.data.bones[name].use_deform = bool(deforming)
    plain = build_armature(make_rig(prefix=""), name="Plain")
    bpy.context.scene.render.fps = 30
    bpy.context.scene.kpop_choreo.target = plain
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    for name in [bone.name for bone in plain.data.bones]:
        copy: Any = obj.pose.bones[f"ORG-{name}"].constraints.new("COPY_TRANSFORMS")
        copy.target, copy.subtarget = plain, name
    obj.animation_data_create().action = None
    action = bpy.data.actions.new("Dance")
    action["kpop_choreo"] = plain.animation_data.action["kpop_choreo"]
    obj.animation_data.action = action
    head = rig.heads[rig.bones.index("DEF-Head")]
    skinned, worn = cube("Skin", head), cube("Hat", head * 0.0)
    skinned.vertex_groups.new(name="DEF-Head").add([0, 1], 1.0, "REPLACE")
    skinned.modifiers.new("Armature", "ARMATURE").object = obj
    worn.parent, worn.parent_type, worn.parent_bone = obj, "BONE", "DEF-LeftHand"
    bpy.context.scene.kpop_choreo.target = obj
    set_frame(9)
    before = dump()
    path = tmp_path / "dance.glb"
    bpy.ops.kpop_choreo.export_fbx(filepath=str(path))
    assert dump() == before
    read = read_gltf(path)
    assert {n["name"] for n in read.document["nodes"]} == {
        "root",
        "Skin",
        "Hat",
        *(name for name in rig.bones if name.startswith("DEF")),
    }
    second = 2.0
    set_frame(1 + 60)
    worlds = read.worlds(second)
    for mesh in (skinned, worn):
        number = read.node(mesh.name)
        skin = read.document["skins"][read.document["nodes"][number]["skin"]]
        binds = read.accessor(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        bone = "DEF-Head" if mesh is skinned else "DEF-LeftHand"
        joint = skin["joints"].index(read.node(bone))
        (part,) = read.document["meshes"][read.document["nodes"][number]["mesh"]]["primitives"]
        corners = read.accessor(part["attributes"]["POSITION"])
        weights = read.accessor(part["attributes"]["WEIGHTS_0"])
        joints = read.accessor(part["attributes"]["JOINTS_0"])
        np.testing.assert_allclose(weights[:, 0], 1.0)
        shape: Any = mesh.evaluated_get(evaluated_graph())
        truth = np.array([shape.matrix_world @ v.co for v in shape.data.vertices])
        bent = corners @ (worlds[skin["joints"][joint]] @ binds[joint])[:3, :3].T
        bent += (worlds[skin["joints"][joint]] @ binds[joint])[:3, 3]
        bent = np.stack([bent[:, 0], -bent[:, 2], bent[:, 1]], axis=-1)[joints[:, 0] == joint]
        gaps = np.linalg.norm(bent[:, None] - truth[None], axis=-1).min(axis=1)
        assert len(bent) > 0
        assert gaps.max() < 1e-4
