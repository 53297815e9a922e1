"""A dance as a file for another program, with its song: key and sample both start at time 0.

The dance is baked onto a clean game skeleton (:mod:`.game_skeleton`) that exists only while the
file is written. FBX and glTF are written by Blender's exporters without animation, for the mesh
and its skin; the take is put in from arrays, so that its keys lie exactly at frame / fps.
"""

from __future__ import annotations

import json
import math
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..core import quaternions as quat
from ..core.errors import ChoreoError
from ..core.export_presets import find_preset
from ..core.files import unwritten, whole
from ..core.game_motion import ON_ROOT, with_root_motion
from .armatures import require_armature
from .export_files import WRITERS, ExportJob, export_failed, require_exporter
from .game_skeleton import bake
from .playing import private_scene
from .records import recorded
from .song_file import SongFile, place_song, require_song


@dataclass(frozen=True)
class ExportOptions:
    """What is written."""

    preset: str = "UNITY"
    """A key of :data:`..core.export_presets.PRESETS`."""
    root_motion: str = ON_ROOT
    """``ROOT``, ``HIPS`` or ``IN_PLACE``, as in :mod:`..core.game_motion`."""
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
            exporter, ``export_failed`` when it fails, ``disk_full`` or ``folder_locked`` when the
            files cannot be written (older ones of their names stay then), and those of
            :func:`place_song` and :func:`write_vrma`.
    """
    options = options or ExportOptions()
    armature = require_armature(obj)
    record = dance_record(armature)
    preset = find_preset(options.preset)
    require_exporter(preset)
    _require_folder(path.parent)
    source = _song(record) if options.with_song else None
    rate = record["fps"] / record["fps_base"]
    count = math.ceil(record["duration"] * rate - 1e-4) + 1
    with private_scene(context, armature, record["fps"], record["fps_base"]) as scene:
        frames = record["start_frame"] + np.arange(count)
        rest = quat.conjugate(preset.axes)
        baked = bake(scene, armature, frames, options.body_only, rest)
        scene.frame_end = count - 1
        motion = with_root_motion(baked.motion, options.root_motion, baked.floor)
        job = ExportJob(scene, armature, baked, motion, preset, options.with_mesh)
        content = WRITERS[preset.suffix](job)
    timing, song = path.with_suffix(".json"), None
    try:
        with ExitStack() as files:  # all of them, or none
            if source is not None:
                song = place_song(source, path, record["song_start"], record["duration"], files)
            files.enter_context(whole(path)).write_bytes(content)
            told = json.dumps(_timing(record, song), indent=1)
            files.enter_context(whole(timing)).write_text(told, encoding="utf-8")
    except OSError as error:
        raise unwritten(error, path.parent) from error
    bones = len(baked.motion.bones)
    notes: tuple[str, ...] = ()
    if song is not None and song.offset > 0:
        notes = (f"The dance starts {song.offset:.3f} s into {song.path.name}.",)
    return Exported(path, timing, song.path if song else None, bones, notes)


def _require_folder(folder: Path) -> None:
    try:
        there = folder.is_dir()
    except OSError as error:
        raise unwritten(error, folder) from error
    if not there:
        raise export_failed(f"there is no folder {folder}.")


def _song(record: dict[str, Any]) -> Path | None:
    """The song of the dance, if it has one."""
    if not record["song_path"]:
        return None
    song = Path(bpy.path.abspath(record["song_path"]))
    require_song(song)
    return song


def dance_record(armature: bpy.types.Object) -> dict[str, Any]:
    """What :mod:`.apply` wrote on the armature's action, or on that of its topmost NLA strip.

    Raises:
        ChoreoError: ``no_dance``.
    """
    record = recorded(armature)
    if record is not None:
        return record
    raise ChoreoError(
        "no_dance",
        f"{armature.name} has no dance on it.",
        "Generate one first, or choose its action in the action editor.",
    )


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
