"""A dance as a file for another program, with its song: key and sample both start at time 0.

The dance is baked onto a clean game skeleton (:mod:`.game_skeleton`) that exists only while the
file is written. FBX and glTF are written by Blender's exporters without animation, for the mesh
and its skin; the take is put in from arrays, so that its keys lie exactly at frame / fps.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..core import quaternions as quat
from ..core.errors import ChoreoError
from ..core.export_presets import find_preset
from ..core.game_motion import with_root_motion
from .apply import RECORD
from .armatures import require_armature
from .export_files import WRITERS, ExportJob, export_failed, require_exporter
from .game_skeleton import bake, export_scene
from .song_file import SongFile, place_song


@dataclass(frozen=True)
class ExportOptions:
    """What is written."""

    preset: str = "UNITY"
    """A key of :data:`..core.export_presets.PRESETS`."""
    root_motion: str = "ROOT"
    """One of :data:`..core.game_motion.ROOT_MODES`."""
    body_only: bool = True
    """Leave out face, hair and helpers of a skeleton with too many bones."""
    with_song: bool = True
    with_mesh: bool = True


@dataclass(frozen=True)
class Exported:
    """The files that were written."""

    dance: Path
    timing: Path
    song: Path | None
    bones: int
    notes: tuple[str, ...]
    """Sentences about what could not be done."""


def export_dance(
    context: bpy.types.Context,
    obj: bpy.types.Object | None,
    path: Path,
    options: ExportOptions | None = None,
) -> Exported:
    """Writes the dance on the armature ``obj`` to ``path``, a .json and its song beside it.

    Raises:
        ChoreoError: ``no_dance`` without a dance of ours, ``exporter_off`` without Blender's
            exporter, ``export_failed`` when it fails or the file cannot be written, and those of
            :func:`place_song` and :func:`write_vrma`.
    """
    options = options or ExportOptions()
    armature = require_armature(obj)
    record = dance_record(armature)
    preset = find_preset(options.preset)
    require_exporter(preset)
    if not path.parent.is_dir():
        raise export_failed(f"there is no folder {path.parent}.")
    song = _song(record, path) if options.with_song else None
    rate = record["fps"] / record["fps_base"]
    count = math.ceil(record["duration"] * rate - 1e-4) + 1
    with export_scene(context, armature, record["fps"], record["fps_base"]) as scene:
        frames = record["start_frame"] + np.arange(count)
        rest = quat.conjugate(preset.axes)
        baked = bake(scene, armature, frames, options.body_only, rest)
        scene.frame_end = count - 1
        motion = with_root_motion(baked.motion, options.root_motion, baked.floor)
        job = ExportJob(scene, armature, baked, motion, preset, options.with_mesh)
        content = WRITERS[preset.suffix](job)
    timing = path.with_suffix(".json")
    try:
        path.write_bytes(content)
        timing.write_text(json.dumps(_timing(record, song), indent=1), encoding="utf-8")
    except OSError as error:
        raise export_failed(str(error)) from error
    bones = len(baked.motion.bones)
    notes: tuple[str, ...] = ()
    if song is not None and song.offset > 0:
        notes = (f"The dance starts {song.offset:.3f} s into {song.path.name}.",)
    return Exported(path, timing, song.path if song else None, bones, notes)


def _song(record: dict[str, Any], path: Path) -> SongFile | None:
    """Puts the song beside ``path``, if the dance has one."""
    if not record["song_path"]:
        return None
    source = Path(bpy.path.abspath(record["song_path"]))
    try:
        return place_song(source, path, record["song_start"], record["duration"])
    except OSError as error:
        raise export_failed(str(error)) from error


def dance_record(armature: bpy.types.Object) -> dict[str, Any]:
    """What :mod:`.apply` wrote on the armature's action, or on that of its topmost NLA strip.

    Raises:
        ChoreoError: ``no_dance``.
    """
    for action in _actions(armature.animation_data):
        if RECORD in action:
            return json.loads(action[RECORD])
    raise ChoreoError(
        "no_dance",
        f"{armature.name} has no dance on it.",
        "Generate one first, or choose its action in the action editor.",
    )


def _actions(animation: Any) -> Iterator[Any]:
    """The actions that move an object, from what has the last word down."""
    if animation is None:
        return
    if animation.action is not None:
        yield animation.action
    for track in reversed(animation.nla_tracks if animation.use_nla else ()):
        for strip in reversed(track.strips):
            if not (track.mute or strip.mute or strip.action is None):
                yield strip.action


def _timing(record: dict[str, Any], song: SongFile | None) -> dict[str, Any]:
    """The contents of the .json beside the dance; seconds count from the first key."""
    return {
        "fps": record["fps"] / record["fps_base"],
        "duration": record["duration"],
        "song": song.path.name if song else None,
        "song_offset": song.offset if song else record["song_start"],
        "tempo": record["tempo"],
        "beats": record["beats"],
        "downbeats": record["downbeats"],
        "sections": record["sections"],
        "prompt": record["prompt"],
        "style": record["style"],
        "seed": record["seed"],
        "model": record["model"],
        "engine_version": record["engine_version"],
    }
