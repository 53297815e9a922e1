"""Run by test_zip.py in a Blender of its own: installs the zip and makes a dance with it.

Prints one line of JSON with what it found.
"""

from __future__ import annotations

import json
import os
import sys

import bpy

ADDON = "bl_ext.user_default.kpop_choreo"


def main(zip_path: str, song: str) -> None:
    """Installs, generates with the bundled engine, undoes, and switches off."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.extensions.package_install_files(
        filepath=zip_path, repo="user_default", enable_on_install=True
    )
    addon = sys.modules[ADDON]
    addon.register()
    found = {"online": bpy.app.online_access}
    preferences = bpy.context.preferences.addons[ADDON].preferences
    preferences.model, preferences.device = "debug", "CPU"
    session = sys.modules[f"{ADDON}.session"].session
    found["problem"] = str(session.bundled_problem or "")
    bpy.ops.kpop_choreo.add_dancer()
    found["generate"] = sorted(bpy.ops.kpop_choreo.generate(song=song, prompt="sharp arms"))
    dancer = bpy.data.objects["Dancer"]
    found["error"] = str(session.error or "")
    found["action"] = dancer.animation_data.action.name
    found["frames"] = list(dancer.animation_data.action.frame_range)
    found["markers"] = [marker.name for marker in bpy.context.scene.timeline_markers]
    process = session.host.process
    found["python"], found["executable"] = str(process.command.python), sys.executable
    found["paths"] = [str(path) for path in process.command.paths]
    found["takes"] = str(sys.modules[f"{ADDON}.ids"].takes_folder())
    bpy.ops.preferences.addon_disable(module=ADDON)
    found["stopped"] = not process.alive
    print("FOUND " + json.dumps(found), flush=True)


main(*sys.argv[1:3])
os._exit(0)
