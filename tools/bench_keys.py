"""Measures how long writing a dance's keys holds Blender up: 3 minutes at 30 fps, 73 bones.

    .venv-bpy-5.0/bin/python -m tools.bench_keys [--reduced]

Keys of a dance's 22 bones, and of all bones of the rig with none of them ever still, are written
into a new action, on an NLA strip, into the current action where it is empty, and into one that is
keyed on every frame already. Seconds of one core, best of three.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import bpy
import numpy as np

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.humanoid import match_rig
from kpop_choreo_addon.core.keys import BoneKeys, KeyOptions, bone_keys
from kpop_choreo_addon.core.retarget import BoneMotion
from kpop_choreo_addon.core.rig import Rig
from kpop_choreo_addon.core.timing import FrameClock, key_times
from kpop_choreo_addon.scene import actions
from kpop_choreo_addon.scene.punch_in import punch_in, require_open_action
from tests.blender.helpers import build_armature
from tests.core.rig_systems import make_system

FPS, SECONDS, TEMPO = 30.0, 180.0, 125.0


def main() -> None:
    """Prints a line for the dance's bones and one for all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reduced", action="store_true", help="as few keys as 1 degree allows")
    options = parser.parse_args()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    rig = make_system("rigify-deform")
    obj = build_armature(rig)
    dancing = [bone for bone in rig.bones if bone in set(match_rig(rig).bones.values())]
    print(f"Blender {bpy.app.version_string}, {SECONDS:.0f} s at {FPS:.0f} fps")
    for bones in (tuple(dancing), rig.bones):
        start = time.process_time()
        keys = _dance(rig, bones, options.reduced)
        made = f" (made in {time.process_time() - start:.1f} s)" if options.reduced else ""
        count = sum(channels.values.size for key in keys for channels in key.channels)
        print(f"{len(bones)} bones, {count / 1e6:.2f} million keys{made}: ", end="")
        print(", ".join(f"{what} {_best(obj, keys, write):.2f} s" for what, write in WAYS.items()))


def _dance(rig: Rig, bones: tuple[str, ...], reduce: bool) -> tuple[BoneKeys, ...]:
    """Keys of bones that all sway, each at a pace of its own."""
    beats = np.arange(0.0, SECONDS, 60.0 / TEMPO)
    seconds = key_times(round(SECONDS * FPS), FPS, beats)
    rng = np.random.default_rng(0)
    pace, axes = rng.uniform(0.3, 1.0, len(bones)), rng.normal(size=(len(bones), 3))
    angles = 0.4 * np.sin(2.0 * np.pi * pace * seconds[:, None])
    places = 0.1 * np.sin(seconds[:, None] * np.array([1.0, 2.0, 3.0]))
    motion = BoneMotion(bones, quat.about(quat.normalize(axes), angles), {bones[0]: places})
    modes = dict.fromkeys(bones, "QUATERNION")
    return bone_keys(motion, seconds, beats, modes, rig, 1.0, KeyOptions(reduce=reduce))


def _best(
    obj: bpy.types.Object,
    keys: tuple[BoneKeys, ...],
    write: Callable[[bpy.types.Object, list[actions.Curve]], None],
) -> float:
    """Seconds from keys to Blender."""
    clock = FrameClock(start=1, fps=FPS)
    found = []
    for _ in range(3):
        if write is _rewrite:
            _fill(obj, actions.dance_curves(keys, clock))
        start = time.process_time()
        write(obj, actions.dance_curves(keys, clock))
        found.append(time.process_time() - start)
        obj.animation_data_clear()
        for action in list(bpy.data.actions):
            bpy.data.actions.remove(action)
    return min(found)


def _new(obj: bpy.types.Object, curves: list[actions.Curve]) -> None:
    actions.assign_dance(obj, "dance", curves)


def _strip(obj: bpy.types.Object, curves: list[actions.Curve]) -> None:
    actions.push_strip(obj, "dance", curves)


def _fill(obj: bpy.types.Object, curves: list[actions.Curve]) -> None:
    obj.animation_data_create().action = bpy.data.actions.new("own")
    _rewrite(obj, curves)


def _rewrite(obj: bpy.types.Object, curves: list[actions.Curve]) -> None:
    require_open_action(obj, curves)
    punch_in(obj, curves)


WAYS = {
    "new action": _new,
    "NLA strip": _strip,
    "empty action": _fill,
    "the same frames again": _rewrite,
}

if __name__ == "__main__":
    main()
