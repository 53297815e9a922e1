"""A dance as a file for another program, with its song: key and sample both start at time 0.

The dance is baked onto a clean game skeleton (:mod:`.game_skeleton`) that exists only while the
file is written. FBX and glTF are written by Blender's exporters without animation, for the mesh
and its skin; the take is put in from arrays, so that its keys lie exactly at frame / fps.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..core import quaternions as quat
from ..core.bvh import write_bvh
from ..core.errors import ChoreoError
from ..core.export_presets import ExportPreset, find_preset
from ..core.fbx_take import add_take, drop_armature, rename_objects, root_aside
from ..core.fbx_tree import read_tree, write_tree
from ..core.game_motion import GameMotion, in_space, local, with_root_motion
from ..core.glb import add_animation, drop_node, read_glb, write_glb
from ..core.vrma import write_vrma
from .apply import RECORD
from .armatures import require_armature
from .game_skeleton import Baked, bake, build_armature, copy_meshes, export_scene
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


@dataclass(frozen=True, eq=False)
class _Job:
    """A dance on its way into a file."""

    scene: bpy.types.Scene
    armature: bpy.types.Object
    baked: Baked
    motion: GameMotion
    preset: ExportPreset
    with_mesh: bool

    def build(
        self, motion: GameMotion, axes: np.ndarray, units: float
    ) -> tuple[str, dict[str, str]]:
        """Puts a skeleton and its meshes into the scene, instead of the armature; their names."""
        skeleton = build_armature(self.scene, motion, axes)
        titles: dict[str, str] = {}
        if self.with_mesh:
            titles = copy_meshes(self.scene, self.armature, skeleton, self.baked, axes, units)
        self.scene.collection.objects.unlink(self.armature)
        return skeleton.name, titles


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
    _require_exporter(preset)
    if not path.parent.is_dir():
        raise _failed(f"there is no folder {path.parent}.")
    song = _song(record, path) if options.with_song else None
    rate = record["fps"] / record["fps_base"]
    count = math.ceil(record["duration"] * rate - 1e-4) + 1
    with export_scene(context, armature, record["fps"], record["fps_base"]) as scene:
        frames = record["start_frame"] + np.arange(count)
        rest = quat.conjugate(preset.axes)
        baked = bake(scene, armature, frames, options.body_only, rest)
        scene.frame_end = count - 1
        motion = with_root_motion(baked.motion, options.root_motion, baked.floor)
        job = _Job(scene, armature, baked, motion, preset, options.with_mesh)
        content = _WRITERS[preset.suffix](job)
    timing = path.with_suffix(".json")
    try:
        path.write_bytes(content)
        timing.write_text(json.dumps(_timing(record, song), indent=1), encoding="utf-8")
    except OSError as error:
        raise _failed(str(error)) from error
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
        raise _failed(str(error)) from error


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


def _require_exporter(preset: ExportPreset) -> None:
    """Raises ``exporter_off`` when Blender's exporter for the preset is not there."""
    title = {".fbx": "FBX format", ".glb": "glTF 2.0 format"}.get(preset.suffix)
    operator = {".fbx": "EXPORT_SCENE_OT_fbx", ".glb": "EXPORT_SCENE_OT_gltf"}.get(preset.suffix)
    if operator is not None and not hasattr(bpy.types, operator):
        raise ChoreoError(
            "exporter_off",
            f"Blender's exporter for {preset.suffix} is switched off.",
            f"Switch on '{title}' in the preferences, under Add-ons.",
        )


def _fbx(job: _Job) -> bytes:
    """All is built in the file's axes and units; the objects undo the exporter's own turn."""
    preset = job.preset
    placed = root_aside(in_space(job.motion, preset.axes, preset.units), 1e-3 * preset.units)
    job.scene.unit_settings.scale_length = 1.0 / preset.units
    skeleton, titles = job.build(placed, preset.axes, preset.units)
    content = _run(
        bpy.ops.export_scene.fbx,
        preset.suffix,
        object_types={"ARMATURE", "MESH"},
        axis_forward="-Z" if preset.up == "Y" else "Y",
        axis_up=preset.up,
        apply_scale_options="FBX_SCALE_ALL",
        add_leaf_bones=False,
        bake_anim=False,
        path_mode="COPY",
        embed_textures=True,
    )
    tree = read_tree(content)
    drop_armature(tree, skeleton)
    rename_objects(tree, titles)
    add_take(tree, placed)
    return write_tree(tree)


def _glb(job: _Job) -> bytes:
    """Blender's exporter turns the axes itself."""
    skeleton, titles = job.build(job.motion, np.array([1.0, 0.0, 0.0, 0.0]), 1.0)
    content = _run(
        bpy.ops.export_scene.gltf,
        job.preset.suffix,
        export_format="GLB",
        use_active_scene=True,
        export_animations=False,
        export_yup=True,
        export_skins=True,
        export_morph=True,
    )
    glb = read_glb(content)
    drop_node(glb, skeleton)
    names = {node.get("name"): number for number, node in enumerate(glb.document["nodes"])}
    nodes = {bone: names[name] for bone, name in enumerate(job.motion.bones)}
    for part in (*glb.document["nodes"], *glb.document.get("meshes", [])):
        part["name"] = titles.get(part["name"], part["name"])
    for skin in glb.document.get("skins", []):
        skin["name"] = job.armature.name
    moved = local(in_space(job.motion, job.preset.axes, job.preset.units))
    add_animation(glb, nodes, moved, job.motion.fps)
    return write_glb(glb)


def _bvh(job: _Job) -> bytes:
    return write_bvh(in_space(job.motion, job.preset.axes, job.preset.units)).encode()


def _vrma(job: _Job) -> bytes:
    return write_vrma(job.motion)


_WRITERS: dict[str, Callable[[_Job], bytes]] = {
    ".fbx": _fbx,
    ".glb": _glb,
    ".bvh": _bvh,
    ".vrma": _vrma,
}


def _run(operator: Any, suffix: str, **settings: Any) -> bytes:
    """What one of Blender's exporters writes of the scene."""
    with tempfile.TemporaryDirectory(prefix="kpop-choreo-") as folder:
        path = Path(folder) / f"dance{suffix}"
        try:
            operator(filepath=str(path), **settings)
        except RuntimeError as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            told = [line for line in lines if not line.startswith("Location:")]
            raise _failed(told[-1] if told else "it does not say why.") from error
        return path.read_bytes()


def _failed(reason: str) -> ChoreoError:
    return ChoreoError(
        "export_failed",
        f"The exporter stopped: {reason}",
        "Check that the folder can be written to.",
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
