"""The script that turns FBX into neutral files, on a leg that Blender itself exports."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Quaternion

ROOT = Path(__file__).parents[2]
SCRIPT = runpy.run_path(str(ROOT / "tools" / "read_fbx.py"))

pytestmark = pytest.mark.skipif(
    "fbx_import" not in dir(bpy.ops.wm), reason="Blender 4.5 or later reads FBX with bones as told"
)


def export_leg(path: Path) -> None:
    """A thigh at (0, 0, 1), a shin that bends by a right angle in ten frames, facing -Y."""
    data = bpy.data.armatures.new("leg")
    leg = bpy.data.objects.new("leg", data)
    bpy.context.scene.collection.objects.link(leg)
    bpy.context.view_layer.objects.active = leg
    bpy.ops.object.mode_set(mode="EDIT")
    thigh, shin = data.edit_bones.new("thigh"), data.edit_bones.new("shin")
    thigh.head, thigh.tail = (0, 0, 1.0), (0, 0, 0.5)
    shin.head, shin.tail = (0, 0, 0.5), (0, 0, 0.1)
    shin.parent = thigh
    bpy.ops.object.mode_set(mode="POSE")
    scene = bpy.context.scene
    scene.render.fps, scene.frame_start, scene.frame_end = 30, 1, 11
    bone = leg.pose.bones["shin"]
    across = bone.bone.matrix_local.to_quaternion().inverted() @ Quaternion((1, 0, 0), np.pi / 2)
    across = across @ bone.bone.matrix_local.to_quaternion()
    for frame, turn in ((1, Quaternion()), (11, across)):
        bone.rotation_quaternion = turn
        bone.keyframe_insert("rotation_quaternion", frame=frame)
        leg.pose.bones["thigh"].location = (0, 0, 0)
        leg.pose.bones["thigh"].keyframe_insert("location", frame=frame)
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.ops.export_scene.fbx(filepath=str(path), add_leaf_bones=False, bake_anim=True)


def test_a_leg_comes_back_upright_with_its_bend(tmp_path: Path) -> None:
    export_leg(tmp_path / "leg.fbx")
    SCRIPT["convert"](tmp_path / "leg.fbx", tmp_path / "leg.npz")
    with np.load(tmp_path / "leg.npz", allow_pickle=False) as stored:
        names = stored["names"].tolist()
        assert names == ["thigh", "shin", "shin_end"]
        assert stored["parents"].tolist() == [-1, 0, 1]
        assert float(stored["fps"]) == 30
        scale = abs(stored["offsets"][1, 1]) / 0.5
        assert np.allclose(stored["offsets"][1], [0, -0.5 * scale, 0], atol=1e-4)
        assert np.allclose(stored["root_positions"] / scale, [0, 1, 0], atol=1e-4)
        shin = stored["local_quats"][:, 1]
        assert len(shin) == 11
        # About Blender's +X, which is ours: the shin's end goes back, to -Z.
        assert abs(np.abs(shin[0]) - [1, 0, 0, 0]).max() < 1e-3
        assert np.allclose(shin[-1] * np.sign(shin[-1, 0]), [0.5**0.5, 0.5**0.5, 0, 0], atol=1e-3)
        assert np.allclose(np.abs(stored["local_quats"][:, 0]), [1, 0, 0, 0], atol=1e-3)


def test_the_command_says_which_files_it_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["read_fbx.py"])
    with pytest.raises(SystemExit):
        SCRIPT["main"]()
