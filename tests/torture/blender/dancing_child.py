"""A Blender of its own that makes dances until it is ended: run by test_blender_killed.py.

python dancing_child.py ROOT PYTHON SONG [FATE]
"""

import os
import sys
import time
from pathlib import Path

root, python, song = sys.argv[1:4]
fate = sys.argv[4] if len(sys.argv) > 4 else "wait"
sys.path.insert(0, root)

import bpy  # noqa: E402, I001 - which finds the next one
import addon_utils  # noqa: E402

bpy.ops.wm.read_factory_settings(use_empty=True)
assert addon_utils.enable("kpop_choreo_addon", default_set=True)

from kpop_choreo_addon import jobs  # noqa: E402
from kpop_choreo_addon.core import engine_process  # noqa: E402
from kpop_choreo_addon.generating import dance_task  # noqa: E402
from kpop_choreo_addon.preferences import get_preferences  # noqa: E402
from kpop_choreo_addon.session import session  # noqa: E402

engine_process.NICE = 0  # a busy machine would let it wait for minutes
print("registered", flush=True)
if fate == "look":
    os._exit(0)
chosen = get_preferences()
chosen.engine, chosen.python_path, chosen.model, chosen.device = "PYTHON", python, "debug", "CPU"
bpy.ops.kpop_choreo.add_dancer()
scene = bpy.context.scene
while True:
    parameters = scene.kpop_choreo.parameters()
    session.begin(dance_task(scene, scene.kpop_choreo.target, Path(song), parameters))
    print("began", flush=True)
    stage = ""
    while jobs.tick() is not None:
        task = session.task
        if task is not None and task.progress.stage != stage:
            stage = task.progress.stage
            print(stage, flush=True)
            if stage == "denoise" and fate == "abort":
                os.abort()
            if stage == "denoise" and fate == "quit":
                bpy.ops.wm.quit_blender()
                sys.exit(0)
            if stage == "denoise" and fate == "disable":
                addon_utils.disable("kpop_choreo_addon", default_set=True)
                print("disabled", flush=True)
                time.sleep(60)
        time.sleep(0.005)
    print(f"ended {session.error or ''}", flush=True)
