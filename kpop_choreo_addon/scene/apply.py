"""A finished clip into a scene: action, provenance, markers, sound."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..core import quaternions as quat
from ..core.clip import Clip
from ..core.counts import moments, sections
from ..core.humanoid import require_match
from ..core.retarget import BoneMotion, retarget
from ..core.timing import FrameClock, key_times
from . import actions, armatures, markers, sound
from .clicks import follow_song
from .clock import scene_clock
from .hearing import marker_source

RECORD = "kpop_choreo"
"""Custom property with JSON: provenance on the armature, the whole timing on the action."""


@dataclass(frozen=True)
class ApplyOptions:
    """What to do besides keying the armature."""

    start_frame: int = 1
    song: Path | None = None
    add_sound: bool = True
    add_markers: bool = True
    beat_markers: bool = False
    """Mark every beat, not only downbeats and sections."""
    set_frame_end: bool = False


@dataclass(frozen=True)
class Applied:
    """What was done."""

    action: str
    bones: int
    first_frame: float
    last_frame: float
    notes: tuple[str, ...]
    """Sentences about what could not be done."""


def apply_clip(
    scene: bpy.types.Scene, obj: bpy.types.Object | None, clip: Clip, options: ApplyOptions
) -> Applied:
    """Puts ``clip`` on the armature ``obj`` and its song and beats on the timeline.

    Everything that can fail is done before the scene is touched.

    Raises:
        ChoreoError: when ``obj`` cannot dance.
    """
    target = armatures.require_armature(obj)
    rig = armatures.read_rig(target)
    motion = retarget(clip, rig, require_match(target.name, rig.bones))
    clock = scene_clock(scene, options.start_frame)
    times = key_times(clip.frames, clip.fps, clip.beats)
    motion = _at(motion, times * clip.fps)
    action = actions.assign_dance(target, _title(clip), motion, clock.frames(times))
    record = provenance(clip, clock, options)
    target[RECORD] = json.dumps(record, ensure_ascii=False)
    action[RECORD] = json.dumps({**record, **_timing(clip)}, ensure_ascii=False)
    notes = _dress_timeline(scene, clip, clock, options)
    last = clock.frame(clip.duration)
    if options.set_frame_end:
        scene.frame_end = math.ceil(last - 1e-4)
    return Applied(action.name, len(motion.bones), float(clock.start), last, notes)


def provenance(clip: Clip, clock: FrameClock, options: ApplyOptions) -> dict[str, Any]:
    """Where a dance came from and where it lies: small enough for a custom property."""
    meta = clip.meta
    request = meta.get("request", {})
    return {
        "prompt": request.get("prompt", ""),
        "style": request.get("style", ""),
        "seed": meta.get("seed", request.get("seed", 0)),
        "model": meta.get("model", {}),
        "engine_version": meta.get("engine_version", ""),
        "song": meta.get("song", {}),
        "song_path": _stored_path(options.song),
        "song_start": clip.song_start,
        "start_frame": clock.start,
        "fps": clock.fps,
        "fps_base": clock.fps_base,
        "duration": clip.duration,
    }


def _stored_path(song: Path | None) -> str:
    """The song's path, relative to the .blend file if that is saved on the same drive."""
    if song is None:
        return ""
    blend = bpy.data.filepath
    near = bool(blend) and song.anchor == Path(blend).anchor
    return bpy.path.relpath(str(song)) if near else str(song)


def _timing(clip: Clip) -> dict[str, Any]:
    """The song's moments in seconds of the dance, for the export beside an FBX."""
    return {
        "beats": [round(float(t), 4) for t in clip.beats],
        "downbeats": [round(float(t), 4) for t in clip.downbeats],
        "sections": [{"start": round(s.seconds, 4), "label": s.name} for s in sections(clip)],
        "tempo": clip.meta.get("analysis", {}).get("tempo"),
    }


def _dress_timeline(
    scene: bpy.types.Scene, clip: Clip, clock: FrameClock, options: ApplyOptions
) -> tuple[str, ...]:
    """Markers and sound; returns sentences about what could not be done."""
    notes = []
    settings = scene.kpop_choreo  # type: ignore[attr-defined]
    if options.add_markers:
        found = moments(clip, options.beat_markers)
        settings.own_markers = markers.replace_markers(scene, found, clock, settings.own_markers)
        settings.marker_source = marker_source(clip, clock, options.beat_markers)
    if options.add_sound and options.song is not None:
        note = sound.replace_song(scene, options.song, clock, clip.song_start, clip.duration)
        notes += [note] if note else []
        follow_song(scene, options.song)
    return tuple(notes)


def _at(motion: BoneMotion, positions: np.ndarray) -> BoneMotion:
    """``motion`` sampled at fractional frames ``positions[N]`` of the clip."""
    whole = np.arange(motion.frames)

    def sampled(values: np.ndarray) -> np.ndarray:
        return np.stack([np.interp(positions, whole, column) for column in values.T], axis=-1)

    locations = {bone: sampled(values) for bone, values in motion.locations.items()}
    return BoneMotion(motion.bones, quat.resample(motion.quats, positions), locations)


def _title(clip: Clip) -> str:
    """The action's name: song, style, seed."""
    song = Path(str(clip.meta.get("song", {}).get("name", "song"))).stem
    style = clip.meta.get("request", {}).get("style") or "dance"
    return f"{song} {style} {clip.meta.get('seed', 0)}"[:60]
