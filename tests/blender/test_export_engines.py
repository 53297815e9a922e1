"""The dance in other programs' files, read by readers that are not ours and not Blender's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from kpop_choreo_addon.core.body import JOINTS
from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.humanoid import best_match
from kpop_choreo_addon.scene.evaluation import evaluated_graph
from tests.blender.helpers import build_armature, dump, set_frame
from tests.core.rigs import make_rig
from tests.core.synthetic import turn
from tests.gltf_reader import read_gltf

ROOT = Path(__file__).parents[2]
FPS = 30
START = 21
SECONDS = [4.0 * n / 9 for n in range(10)]
"""Ten times, most of them between two frames."""
FRAMES = [round(second * FPS) for second in SECONDS]
HALF_A_DEGREE = np.radians(0.5)
Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""Blender's axes to glTF's."""


@pytest.fixture
def far_dancer(dancer: bpy.types.Object, clip_file: Path) -> bpy.types.Object:
    """Our dancer dances somewhere else, turned and bigger."""
    bpy.context.scene.render.fps = FPS
    dancer.location = (1.5, -0.7, 0.2)
    dancer.rotation_euler = (0.0, 0.0, 0.8)
    dancer.scale = (1.25, 1.25, 1.25)
    bpy.context.scene.kpop_choreo.start_frame = START
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    return dancer


def evaluated(obj: bpy.types.Object, bones: list[str], start: int = START) -> np.ndarray:
    """World matrices ``[10, B, 4, 4]`` of bones in Blender at :data:`FRAMES`, without scale."""
    found = []
    for frame in FRAMES:
        set_frame(start + frame)
        posed: Any = obj.evaluated_get(evaluated_graph())
        row = np.array([posed.matrix_world @ posed.pose.bones[name].matrix for name in bones])
        row[:, :3, :3] /= np.linalg.norm(row[:, :3, :3], axis=1, keepdims=True)
        found.append(row)
    return np.array(found)


def apart(found: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Largest distance of places, and largest angle, of matrices ``[..., 4, 4]``."""
    places = np.linalg.norm(found[..., :3, 3] - truth[..., :3, 3], axis=-1)
    turns = np.swapaxes(found[..., :3, :3], -1, -2) @ truth[..., :3, :3]
    cosines = (np.trace(turns, axis1=-2, axis2=-1) - 1) / 2
    return float(places.max()), float(np.arccos(np.clip(cosines, -1, 1)).max())


def read_by_ufbx(path: Path) -> dict[str, Any]:
    pytest.importorskip("ufbx")
    command = [sys.executable, str(ROOT / "tests" / "ufbx_worlds.py"), str(path)]
    seconds = [repr(frame / FPS) for frame in FRAMES]
    done = subprocess.run([*command, *seconds], capture_output=True, check=True, text=True)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("mode", ["ROOT", "HIPS"])
@pytest.mark.parametrize(
    ("preset", "unit", "axes"), [("UNITY", 1.0, Y_UP), ("UNREAL", 0.01, np.eye(3))]
)
def test_ufbx_reads_the_same_bones(
    far_dancer: bpy.types.Object,
    tmp_path: Path,
    preset: str,
    unit: float,
    axes: np.ndarray,
    mode: str,
) -> None:
    path = tmp_path / "dance.fbx"
    bpy.ops.kpop_choreo.export_fbx(filepath=str(path), preset=preset, root_motion=mode)
    read = read_by_ufbx(path)
    assert read["takes"] == ["song_take"]
    assert read["span"] == [0.0, 4.0]
    assert set(read["first_keys"]) == {0.0}
    assert set(read["last_keys"]) == {4.0}
    assert read["unit"] == unit
    assert read["skins"] == 1
    tops = [n for n, d in zip(read["names"], read["depths"], strict=True) if d == 1]
    assert sorted(tops) == ["Dancer Mesh", "root"]
    rest = np.array(read["rest"])[read["names"].index("root")]
    np.testing.assert_allclose(rest[:, :3], np.eye(3), atol=1e-6)
    assert np.abs(rest[:, 3]).max() * unit <= 1.001e-3
    found = np.zeros((len(FRAMES), len(JOINTS), 4, 4))
    found[..., :3, :] = np.array(read["frames"])[:, [read["names"].index(j) for j in JOINTS]]
    found[..., :3, :] = axes.T @ found[..., :3, :] * np.array([1.0, 1.0, 1.0, unit])
    distance, angle = apart(found, evaluated(far_dancer, list(JOINTS)))
    assert distance < 1e-3
    assert angle < HALF_A_DEGREE


def test_gltf_has_the_same_bones_and_skin(far_dancer: bpy.types.Object, tmp_path: Path) -> None:
    path = tmp_path / "dance.glb"
    bpy.ops.kpop_choreo.export_fbx(filepath=str(path))
    read = read_gltf(path)
    (take,) = read.document["animations"]
    assert take["name"] == "song_take"
    times = {s["input"] for s in take["samplers"]}
    assert [read.accessor(n)[[0, -1], 0].tolist() for n in times] == [[0.0, 4.0]]
    tops = read.document["scenes"][0]["nodes"]
    assert sorted(read.document["nodes"][n]["name"] for n in tops) == ["Dancer Mesh", "root"]
    np.testing.assert_allclose(read.worlds(None)[read.node("root")], np.eye(4), atol=1e-6)
    assert len(read.document["skins"][0]["joints"]) == 1 + len(JOINTS)
    joints = [read.node(joint) for joint in JOINTS]
    found = np.array([read.worlds(frame / FPS)[joints] for frame in FRAMES])
    found[..., :3, :] = Y_UP.T @ found[..., :3, :]
    distance, angle = apart(found, evaluated(far_dancer, list(JOINTS)))
    assert distance < 1e-3
    assert angle < HALF_A_DEGREE
    skin = read.skinned(FRAMES[4] / FPS) @ Y_UP
    (mesh,) = (o for o in bpy.data.objects if o.type == "MESH")
    mesh.modifiers["Subdivision"].show_viewport = False
    set_frame(START + FRAMES[4])
    shape: Any = mesh.evaluated_get(evaluated_graph())
    truth = np.array([shape.matrix_world @ v.co for v in shape.data.vertices])
    gaps = np.linalg.norm(skin[None] - truth[::40, None], axis=-1).min(axis=1)
    assert gaps.max() < 0.03  # subdivision rounds the corners off


@pytest.mark.parametrize("suffix", [".fbx", ".glb"])
def test_blender_reads_it_back(far_dancer: bpy.types.Object, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"dance{suffix}"
    bpy.ops.kpop_choreo.export_fbx(filepath=str(path))
    truth = evaluated(far_dancer, list(JOINTS))
    before = set(bpy.data.objects)
    if suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path), bone_heuristic="BLENDER")
    elif hasattr(bpy.types, "WM_OT_fbx_import"):
        bpy.ops.wm.fbx_import(filepath=str(path), anim_offset=0.0)
    else:
        bpy.ops.import_scene.fbx(filepath=str(path), anim_offset=0.0)
    (again,) = (o for o in set(bpy.data.objects) - before if o.type == "ARMATURE")
    first, last = again.animation_data.action.frame_range
    assert (first, last) == (0.0, 4.0 * FPS)
    distance, angle = apart(evaluated(again, list(JOINTS), start=0), truth)
    assert distance < 1e-3
    assert angle < HALF_A_DEGREE
    meshes = [o for o in set(bpy.data.objects) - before if o.type == "MESH"]
    assert any(m.type == "ARMATURE" and m.object == again for o in meshes for m in o.modifiers)


def test_in_place_and_root_motion_make_the_dance(
    far_dancer: bpy.types.Object, tmp_path: Path
) -> None:
    worlds = {}
    for mode in ("ROOT", "HIPS", "IN_PLACE"):
        path = tmp_path / f"{mode}.glb"
        bpy.ops.kpop_choreo.export_fbx(filepath=str(path), root_motion=mode, with_mesh=False)
        read = read_gltf(path)
        nodes = [read.node(name) for name in ("root", *JOINTS)]
        worlds[mode] = np.array([read.worlds(second)[nodes] for second in SECONDS])
    at = {mode: matrices[..., :3, 3] for mode, matrices in worlds.items()}
    np.testing.assert_allclose(at["ROOT"][:, 1:], at["HIPS"][:, 1:], atol=1e-3)
    way = at["ROOT"][:, :1] * np.array([1.0, 0.0, 1.0])
    np.testing.assert_allclose(at["IN_PLACE"][:, 1:] + way, at["ROOT"][:, 1:], atol=1e-3)
    assert np.ptp(way, axis=0).max() > 0.2
    assert np.ptp(at["HIPS"][:, 0], axis=0).max() == 0.0
    assert np.abs(at["IN_PLACE"][:, 1, [0, 2]]).max() < 1e-3
    turned = worlds["ROOT"][:, 0, :3, :3]
    assert np.abs(turned[:, 1] - [0.0, 1.0, 0.0]).max() < 1e-6  # about the vertical only
    assert np.ptp(np.arctan2(turned[:, 0, 2], turned[:, 2, 2])) > 0.2


def a_pose(space: np.ndarray, scale: float) -> bpy.types.Object:
    """A rig with arms down, random rolls and other axes, as importers leave them."""
    rig = make_rig(arms_down=50.0, legs_out=5.0, seed=3, space=space, scale=scale)
    obj = build_armature(rig, object_scale=1.0 / scale)
    obj.rotation_euler = (np.pi / 2, 0.0, 0.0)
    bpy.context.scene.kpop_choreo.target = obj
    return obj


def test_vrma_rests_in_a_t_pose_and_moves_like_the_rig(clip_file: Path, tmp_path: Path) -> None:
    bpy.context.scene.render.fps = FPS
    bpy.context.scene.kpop_choreo.start_frame = START
    obj = a_pose(turn("X", -90.0), 100.0)
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    path = tmp_path / "dance.vrma"
    bpy.ops.kpop_choreo.export_fbx(filepath=str(path), root_motion="HIPS")
    read = read_gltf(path)
    extension = read.document["extensions"]["VRMC_vrm_animation"]
    assert extension["specVersion"] == "1.0"
    human = {name: entry["node"] for name, entry in extension["humanoid"]["humanBones"].items()}
    assert len(human) == 22
    rest = {name: read.worlds(None)[node][:3, 3] for name, node in human.items()}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        arm = rest[f"{side}Hand"] - rest[f"{side}UpperArm"]
        leg = rest[f"{side}Foot"] - rest[f"{side}UpperLeg"]
        np.testing.assert_allclose(arm / np.linalg.norm(arm), [sign, 0, 0], atol=0.02)
        np.testing.assert_allclose(leg / np.linalg.norm(leg), [0, -1, 0], atol=0.02)
    paths = [(c["target"]["path"], c["target"]["node"]) for c in take_channels(read)]
    assert [node for kind, node in paths if kind == "translation"] == [human["hips"]]
    names = best_match([b.name for b in obj.data.bones]).bones
    pairs = {"left_wrist": "leftHand", "right_foot": "rightToes", "head": "head", "pelvis": "hips"}
    truth = evaluated(obj, [names[joint] for joint in pairs])[..., :3, 3]
    for number, frame in enumerate(FRAMES):
        worlds = read.worlds(frame / FPS)
        found = np.array([worlds[human[name]][:3, 3] for name in pairs.values()]) @ Y_UP
        assert np.abs(found - truth[number]).max() < 1e-3


def take_channels(read: Any) -> list[dict[str, Any]]:
    return list(read.document["animations"][0]["channels"])


@pytest.mark.parametrize("suffix", [".fbx", ".glb"])
def test_what_is_not_keyed_stays(
    far_dancer: bpy.types.Object, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_frame(33)
    far_dancer.pose.bones["head"].rotation_quaternion = (0.5, 0.5, 0.5, 0.5)
    far_dancer.hide_viewport = True
    bpy.context.scene.kpop_choreo.target = far_dancer
    before = dump()
    bpy.ops.kpop_choreo.export_fbx(filepath=str(tmp_path / f"dance{suffix}"))
    assert dump() == before
    assert far_dancer.hide_viewport
    assert far_dancer.pose.bones["head"].rotation_quaternion[1] == 0.5


@pytest.mark.parametrize("stage", ["copy_meshes", "read_tree", "bake"])
def test_a_failure_on_the_way_leaves_nothing(
    far_dancer: bpy.types.Object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
) -> None:
    from kpop_choreo_addon.scene import export_dance, export_files

    module = export_dance if stage == "bake" else export_files

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("stopped on purpose")

    real: Callable[..., Any] = getattr(module, stage)
    (tmp_path / "dance.fbx").write_bytes(b"the dance of yesterday")
    before = dump()
    monkeypatch.setattr(module, stage, fail)
    with pytest.raises(RuntimeError, match="stopped on purpose"):
        bpy.ops.kpop_choreo.export_fbx(filepath=str(tmp_path / "dance.fbx"))
    assert dump() == before
    assert (tmp_path / "dance.fbx").read_bytes() == b"the dance of yesterday"
    monkeypatch.setattr(module, stage, real)
    bpy.ops.kpop_choreo.export_fbx(filepath=str(tmp_path / "dance.fbx"))
    assert dump() == before


def test_what_an_exporter_says_is_passed_on() -> None:
    from kpop_choreo_addon.scene.export_files import _run

    def full(**settings: Any) -> None:
        raise RuntimeError("Error: Python: Traceback\nOSError: no room on disk\nLocation: ops.py:1")

    with pytest.raises(ChoreoError, match="OSError: no room on disk") as raised:
        _run(full, ".fbx")
    assert raised.value.code == "export_failed"


def test_the_suffix_chooses_the_preset(far_dancer: bpy.types.Object, tmp_path: Path) -> None:
    for suffix, head in ((".fbx", b"Kaydara"), (".glb", b"glTF"), (".bvh", b"HIER")):
        bpy.ops.kpop_choreo.export_fbx(filepath=str(tmp_path / f"a{suffix}"), with_mesh=False)
        assert (tmp_path / f"a{suffix}").read_bytes().startswith(head)
    bpy.ops.kpop_choreo.export_fbx(filepath=str(tmp_path / "b.fbx"), preset="BVH")
    assert not (tmp_path / "b.fbx").exists()
    assert (tmp_path / "b.bvh").is_file()


@pytest.mark.parametrize("suffix", [".fbx", ".glb"])
def test_a_bone_may_be_named_like_a_copy_of_a_mesh(
    far_dancer: bpy.types.Object, tmp_path: Path, suffix: str
) -> None:
    """Both keep their names, and the bone gets the keys."""
    mesh = next(obj for obj in bpy.data.objects if obj.type == "MESH")
    mesh.name = mesh.data.name = "Body"
    far_dancer.data.bones["left_foot"].name = "Body.001"
    target = tmp_path / f"dance{suffix}"
    bpy.ops.kpop_choreo.export_fbx(filepath=str(target))
    before = set(bpy.data.objects)
    if suffix == ".glb":
        read = read_gltf(target)
        nodes = read.document["nodes"]
        moved = [nodes[c["target"]["node"]] for c in take_channels(read)]
        assert not any("mesh" in node for node in moved)
        assert {node["name"] for node in nodes if "mesh" in node} == {"Body"}
        return
    bpy.ops.import_scene.fbx(filepath=str(target))
    new = [obj for obj in bpy.data.objects if obj not in before]
    bones = next(obj for obj in new if obj.type == "ARMATURE").data.bones
    assert "Body.001" in bones
