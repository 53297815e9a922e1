"""Exports a dance with every preset and says how far other programs' readers are from Blender.

    .venv-bpy-5.0/bin/python tools/measure_export.py CLIP.npz [--rig FILE ...] [--three FOLDER]

Rigs are .blend, .glb or .vrm files with one armature; without any our dancer is used. FBX is read
by ufbx, glTF by the tests' own reader, both also by three.js when ``--three`` names a folder with
``npm install three@0.170.0``, and both by Blender itself. Ten times are compared: largest distance
of a bone's head in millimetres, largest angle in degrees.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
FPS = 30
START = 11
Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
PRESETS = {"UNITY": (Y_UP, 1.0), "UNREAL": (np.eye(3), 100.0), "GODOT": (Y_UP, 1.0)}


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--rig", type=Path, action="append", default=[])
    parser.add_argument("--three", type=Path)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kpop-choreo-export-"))
    try:
        for rig in options.rig or [None]:
            for preset in PRESETS:
                print(measure(rig, preset, options, folder), flush=True)
    finally:
        shutil.rmtree(folder)


def measure(rig: Path | None, preset: str, options: argparse.Namespace, folder: Path) -> str:
    """One line: a rig, a preset, and what the readers say."""
    from kpop_choreo_addon.scene.export_dance import ExportOptions, export_dance

    armature = open_rig(rig, folder)
    bpy.ops.kpop_choreo.apply_clip(filepath=str(options.clip.resolve()))
    target = folder / f"dance{'.glb' if preset == 'GODOT' else '.fbx'}"
    started = time.perf_counter()
    chosen = ExportOptions(preset=preset, with_song=False)
    written = export_dance(bpy.context, armature, target, chosen)
    spent = time.perf_counter() - started
    last = json.loads(written.timing.read_text())["duration"]
    frames = [round(last * FPS * n / 9) for n in range(10)]
    deforming = [bone for bone in armature.data.bones if bone.use_deform]
    bones = [b.name for b in deforming if b.parent or "root" not in b.name.lower()]
    truth = evaluated(armature, bones, [START + frame for frame in frames])
    seconds = [repr(frame / FPS) for frame in frames]
    found = by_gltf(target, seconds) if preset == "GODOT" else by_ufbx(target, seconds)
    results = [f"independent reader {compare(found, bones, truth, preset)}"]
    if options.three is not None:
        read = by_three(target, seconds, options.three)
        results.append(f"three.js {compare(read, bones, truth, preset)}")
    results.append(f"Blender {compare(by_blender(target, bones, frames), bones, truth, '')}")
    name = rig.stem if rig else "our dancer"
    return f"{name}, {preset}: {written.bones} bones, {spent:.1f} s; " + "; ".join(results)


def open_rig(path: Path | None, folder: Path) -> bpy.types.Object:
    """A scene with the rig as target."""
    import addon_utils

    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("kpop_choreo_addon", default_set=True)
    if path is None:
        bpy.ops.kpop_choreo.add_dancer()
    elif path.suffix == ".blend":
        bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False)
    else:
        copy = shutil.copy(path, folder / "rig.glb")  # a .vrm is a glTF
        bpy.ops.import_scene.gltf(filepath=str(copy))
    armature = next(obj for obj in bpy.data.objects if obj.type == "ARMATURE")
    settings = bpy.context.scene.kpop_choreo
    settings.target, settings.start_frame = armature, START
    bpy.context.scene.render.fps = FPS
    return armature


def evaluated(armature: bpy.types.Object, bones: list[str], frames: list[int]) -> np.ndarray:
    """World matrices ``[F, B, 4, 4]`` in Blender, without scale."""
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        posed: Any = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append([posed.matrix_world @ posed.pose.bones[name].matrix for name in bones])
    matrices = np.array(found)
    matrices[..., :3, :3] /= np.linalg.norm(matrices[..., :3, :3], axis=-2, keepdims=True)
    return matrices


def by_ufbx(path: Path, seconds: list[str]) -> list[dict[str, np.ndarray]]:
    """Matrices by bone, for each time."""
    command = [sys.executable, str(ROOT / "tests" / "ufbx_worlds.py"), str(path), *seconds]
    read = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return [dict(zip(read["names"], map(np.array, row), strict=True)) for row in read["frames"]]


def by_gltf(path: Path, seconds: list[str]) -> list[dict[str, np.ndarray]]:
    """The same of a glTF."""
    from tests.gltf_reader import read_gltf

    read = read_gltf(path)
    names = [node["name"] for node in read.document["nodes"]]
    return [dict(zip(names, read.worlds(float(second))[:, :3], strict=True)) for second in seconds]


def by_three(path: Path, seconds: list[str], folder: Path) -> list[dict[str, np.ndarray]]:
    """Places alone, as three.js has them."""
    command = ["node", str(ROOT / "tools" / "three_worlds.mjs"), str(folder), str(path), *seconds]
    read = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return [{n: np.array(place)[:, None] for n, place in row.items()} for row in read["frames"]]


def by_blender(path: Path, bones: list[str], frames: list[int]) -> list[dict[str, np.ndarray]]:
    """The same after Blender has imported its own file."""
    before = set(bpy.data.objects)
    if path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path), bone_heuristic="BLENDER")
    else:
        bpy.ops.wm.fbx_import(filepath=str(path), anim_offset=0.0)
    again = next(o for o in set(bpy.data.objects) - before if o.type == "ARMATURE")
    return [dict(zip(bones, row[:, :3], strict=True)) for row in evaluated(again, bones, frames)]


def compare(
    found: list[dict[str, np.ndarray]], bones: list[str], truth: np.ndarray, preset: str
) -> str:
    """Largest distance and angle."""
    axes, units = PRESETS.get(preset, (np.eye(3), 1.0))
    distance = angle = 0.0
    there = [n for n, name in enumerate(bones) if name in found[0]]
    for row, right in zip(found, truth, strict=True):
        for n in there:
            matrix = axes.T @ row[bones[n]]
            distance = max(distance, float(np.abs(matrix[:, -1] / units - right[n, :3, 3]).max()))
            if matrix.shape[1] == 4:
                sine = float(np.linalg.norm(matrix[:, :3] - right[n, :3, :3])) / 8**0.5
                angle = max(angle, float(np.degrees(2 * np.arcsin(min(1.0, sine)))))
    turned = f" {angle:.3f} deg" if found[0][bones[there[0]]].shape[1] == 4 else ""
    return f"{1000 * distance:.4f} mm{turned} ({len(there)} bones)"


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    main()
    sys.stdout.flush()
    os._exit(0)  # Blender as a module may hang when the interpreter ends
