"""An armature as it stands in the scene, whatever moves it: keys, layers, constraints, drivers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..core import quaternions as quat
from ..core.clip_writer import clip_of, write_clip
from ..core.control_bones import body_rig, turned_bones
from ..core.inverse import Evaluated, body_motion
from ..core.timing import FrameClock
from ..core.unseen import from_stored
from .clock import scene_clock
from .playing import Played, play, private_scene
from .recognition import read_rig, require_recognised
from .records import clock_of, recorded
from .stands import read_stand

CLIP_FPS = 30.0
"""Frames a second of the engine's clips."""
SHORTEST = 1.0 / CLIP_FPS
"""Seconds; a single frame is read with what follows it."""


def save_dance(context: bpy.types.Context, obj: bpy.types.Object, path: Path) -> int:
    """Writes what ``obj`` dances as a clip that the engine reads, and returns its frames.

    A dance of ours is read from its first to its last moment, with its song, beats, provenance
    and what the armature cannot show; anything else over the scene's frame range.

    Raises:
        ChoreoError: when the armature is not recognised or the file cannot be written.
    """
    match = require_recognised(obj)
    rig = body_rig(read_rig(obj), match)
    record = recorded(obj) or {}
    clock, seconds = _span(context.scene, record)
    count = max(1, round(seconds * CLIP_FPS))
    times = np.arange(count + 1) * seconds / count
    with private_scene(context, obj, int(clock.fps), clock.fps_base) as scene:
        played = play(scene, obj, list(turned_bones(rig, match)), clock.frames(times))
    beyond = from_stored(record["unseen"]) if "unseen" in record else None
    more = {} if beyond is None else beyond.turns_at(times)
    motion = body_motion(rig, match, evaluated_pose(_travelled(played, obj, record)), more)
    keys = ("prompt", "style")
    meta: dict[str, Any] = {"request": {key: record[key] for key in keys if key in record}}
    meta |= {k: record[k] for k in ("seed", "model", "engine_version", "song") if k in record}
    hands = None if beyond is None else beyond.hands_at(times)
    if beyond is not None and hands is not None:
        meta["hand_poses"] = list(beyond.hand_names)
    clip = clip_of(
        motion,
        count / seconds,
        np.array(record.get("beats", ())),
        np.array(record.get("downbeats", ())),
        record.get("song_start", 0.0),
        meta | {"edited": True},
        hands,
    )
    write_clip(clip, path)
    return clip.frames


def _span(scene: bpy.types.Scene, record: dict[str, Any]) -> tuple[FrameClock, float]:
    """When the dance begins, at the rate for which it was keyed, and how many seconds it lasts."""
    if record:
        clock = clock_of(record)
        return clock, max(record["duration"], SHORTEST)
    clock = scene_clock(scene, scene.frame_start)
    return clock, max(clock.second(scene.frame_end), SHORTEST)


def _travelled(played: Played, obj: bpy.types.Object, record: dict[str, Any]) -> np.ndarray:
    """Poses ``[T, B, 4, 4]`` from where the object stood before a dance that moves it."""
    stand = read_stand(obj) if "stand" in record else None
    if stand is None:
        return played.poses
    return np.linalg.inv(stand.matrix) @ played.stands[:, None] @ played.poses


def evaluated_pose(poses: np.ndarray) -> Evaluated:
    """Rotations and heads of ``poses[T, B, 4, 4]``, without scale."""
    turns = poses[..., :3, :3]
    lengths = np.maximum(np.linalg.norm(turns, axis=-2, keepdims=True), 1e-12)
    return Evaluated(quat.from_matrices(turns / lengths), poses[..., :3, 3])
