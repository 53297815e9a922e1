"""An armature as it stands in the scene, whatever moves it: keys, layers, constraints, drivers."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..core import quaternions as quat
from ..core.clip_writer import clip_of, write_clip
from ..core.inverse import Evaluated, body_motion
from ..core.rigify_bones import body_rig, turned_bones
from .apply import RECORD
from .clock import scene_clock
from .recognition import read_rig, require_recognised

CLIP_FPS = 30.0
"""Frames a second of the engine's clips."""


def read_pose(obj: bpy.types.Object, bones: Iterable[str]) -> Evaluated:
    """One frame: ``bones`` of ``obj`` as it stands at the scene's current frame."""
    posed = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
    matrices = np.array([posed[name].matrix for name in bones])[None]
    turns = matrices[..., :3, :3]
    lengths = np.maximum(np.linalg.norm(turns, axis=-2, keepdims=True), 1e-12)
    return Evaluated(quat.from_matrices(turns / lengths), matrices[..., :3, 3])


def read_dance(
    scene: bpy.types.Scene, obj: bpy.types.Object, bones: Sequence[str], frames: np.ndarray
) -> Evaluated:
    """``bones`` of ``obj`` at ``frames[T]`` of the scene, fractions too.

    The scene's frame is as before.
    """
    before = scene.frame_current, scene.frame_subframe
    manager = bpy.context.window_manager
    manager.progress_begin(0, len(frames))
    found = []
    try:
        for number, frame in enumerate(frames.tolist()):
            whole = math.floor(frame)
            scene.frame_set(whole, subframe=min(frame - whole, 1.0 - 1e-6))
            found.append(read_pose(obj, bones))
            manager.progress_update(number)
    finally:
        manager.progress_end()
        scene.frame_set(before[0], subframe=before[1])
    return Evaluated(
        np.concatenate([one.rotations for one in found]),
        np.concatenate([one.heads for one in found]),
    )


def save_dance(scene: bpy.types.Scene, obj: bpy.types.Object, path: Path) -> int:
    """Writes what ``obj`` dances as a clip that the engine reads, and returns its frames.

    A dance of ours is read from its first to its last moment, with its song, beats and
    provenance; anything else over the scene's frame range.

    Raises:
        ChoreoError: when the armature is not recognised or the file cannot be written.
    """
    match = require_recognised(obj)
    rig = body_rig(read_rig(obj), match)
    record = _record(obj)
    clock = scene_clock(scene, record.get("start_frame", scene.frame_start))
    seconds = record.get("duration") or clock.second(scene.frame_end)
    count = max(1, round(seconds * CLIP_FPS))
    times = np.arange(count + 1) * seconds / count
    bones = turned_bones(rig, match)
    motion = body_motion(rig, match, read_dance(scene, obj, bones, clock.frames(times)))
    keys = ("prompt", "style")
    meta: dict[str, Any] = {"request": {key: record[key] for key in keys if key in record}}
    meta |= {k: record[k] for k in ("seed", "model", "engine_version", "song") if k in record}
    clip = clip_of(
        motion,
        count / seconds,
        np.array(record.get("beats", ())),
        np.array(record.get("downbeats", ())),
        record.get("song_start", 0.0),
        meta | {"edited": True},
    )
    write_clip(clip, path)
    return clip.frames


def _record(obj: bpy.types.Object) -> dict[str, Any]:
    """What :mod:`.apply` wrote on the action or the topmost strip; empty for another animation."""
    animation: Any = obj.animation_data
    if animation is None:
        return {}
    strips = [s for t in animation.nla_tracks if not t.mute for s in t.strips if not s.mute]
    actions = [animation.action, *(strip.action for strip in reversed(strips))]
    dance = next((action for action in actions if action is not None and RECORD in action), None)
    return json.loads(dance[RECORD]) if dance is not None else {}
