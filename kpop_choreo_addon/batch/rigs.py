"""Who dances in a job: our dancer, or the armature of a file."""

from __future__ import annotations

import shutil
from pathlib import Path

import bpy

from ..core.batch_jobs import Job
from ..core.errors import ChoreoError
from ..scene.dancer import add_dancer


def bring_dancer(job: Job, folder: Path) -> bpy.types.Object:
    """Opens or makes the file in which ``job`` is danced; returns the armature.

    Args:
        folder: for a copy, where one is needed.

    Raises:
        ChoreoError: ``rig_unreadable`` or ``rig_unclear``.
    """
    if job.rig is not None and job.rig.suffix.lower() == ".blend":
        open_blend(job.rig)
        return _armature(job)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = job.fps, 1.0
    if job.rig is None:
        return add_dancer(bpy.context)
    _bring_in(job.rig, folder)
    return _armature(job)


def open_blend(path: Path) -> None:
    """Opens a .blend file.

    Raises:
        ChoreoError: ``rig_unreadable``.
    """
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False)
    except RuntimeError as error:
        raise _unreadable(path, error) from error


def _bring_in(path: Path, folder: Path) -> None:
    suffix = path.suffix.lower()
    if suffix == ".vrm":  # is a glTF
        path = Path(shutil.copyfile(path, folder / "rig.glb"))
    bring = bpy.ops.import_scene.fbx if suffix == ".fbx" else bpy.ops.import_scene.gltf
    try:
        bring(filepath=str(path))
    except (RuntimeError, AttributeError) as error:  # broken file; importer switched off
        raise _unreadable(path, error) from error


def _armature(job: Job) -> bpy.types.Object:
    """The armature that is named, or the only one."""
    there = [obj for obj in bpy.context.scene.objects if obj.type == "ARMATURE"]
    found = [obj for obj in there if job.armature in ("", obj.name)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(obj.name for obj in there) or "no armature"
    rig = job.rig.name if job.rig is not None else ""
    raise ChoreoError(
        "rig_unclear", f"{rig} has {names}.", "Name one armature in the column armature."
    )


def _unreadable(path: Path, error: Exception) -> ChoreoError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[-1].removeprefix("Error: ") if lines else type(error).__name__
    return ChoreoError(
        "rig_unreadable", f"Blender cannot read {path.name}: {said}", "Open it in Blender once."
    )
