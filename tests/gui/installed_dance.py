"""Run by tools/test_install.py in a Blender without network: makes a dance and shows it."""

from __future__ import annotations

import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

import bpy

ADDON = "bl_ext.user_default.kpop_choreo"


def main(folder: Path, seconds: float) -> None:
    """Generates, renders the middle of it, and writes ``found.json``."""
    addon: Any = sys.modules[ADDON]
    state = sys.modules[f"{addon.__name__}.session"].session
    found: dict[str, Any] = {"problem": str(state.bundled_problem or ""), "network": network()}
    begun = time.monotonic()
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    bpy.ops.kpop_choreo.add_dancer()
    song = str(folder / "given" / "demo_song.ogg")
    bpy.ops.kpop_choreo.generate(
        song=song, prompt="sharp arms, big turns", start=8.0, end=8.0 + seconds
    )
    dancer = next(thing for thing in bpy.data.objects if thing.type == "ARMATURE")
    action: Any = dancer.animation_data.action
    found["seconds"] = time.monotonic() - begun
    found["frames"] = [round(frame) for frame in action.frame_range]
    found["keys"] = sum(len(curve.keyframe_points) for curve in curves(action))
    process = state.host.process
    found["engine"], found["python"] = process.engine_version, str(process.command.python)
    render(folder / "dance.png", sum(found["frames"]) // 2)
    (folder / "found.json").write_text(json.dumps(found), encoding="utf-8")


def network() -> str:
    """What answers from outside, which should be nothing."""
    try:
        socket.create_connection(("1.1.1.1", 443), timeout=3.0).close()
    except OSError as error:
        return f"none ({error.strerror or error})"
    return "there"


def curves(action: Any) -> list[Any]:
    """Every curve, by whichever way this Blender has."""
    if hasattr(action, "fcurves"):
        return list(action.fcurves)
    bags = (bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags)
    return [curve for bag in bags for curve in bag.fcurves]


def render(path: Path, frame: int) -> None:
    """The dancer at one frame, from the front."""
    scene = bpy.context.scene
    scene.frame_set(frame)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location, camera.rotation_euler = (0.0, -5.0, 1.1), (1.5708, 0.0, 0.0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x, scene.render.resolution_y = 480, 540
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


arguments = sys.argv[sys.argv.index("--") + 1 :]
main(Path(arguments[0]), float(arguments[1]))
