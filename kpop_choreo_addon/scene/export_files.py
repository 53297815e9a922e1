"""The files of a baked dance, as bytes; nothing is written where the user sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ..core.bvh import write_bvh
from ..core.errors import ChoreoError
from ..core.export_presets import ExportPreset
from ..core.fbx_take import add_take, drop_armature, rename_objects, root_aside
from ..core.fbx_tree import read_tree, write_tree
from ..core.files import FULL, unwritten
from ..core.game_motion import GameMotion, in_space, local
from ..core.glb import add_animation, drop_node, read_glb, write_glb
from ..core.scratch import drop, scratch_folder
from ..core.vrma import write_vrma
from .game_meshes import copy_meshes
from .game_skeleton import Baked, build_armature


@dataclass(frozen=True, eq=False)
class ExportJob:
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


def require_exporter(preset: ExportPreset) -> None:
    """Raises ``exporter_off`` when Blender's exporter for the preset is not there."""
    title = {".fbx": "FBX format", ".glb": "glTF 2.0 format"}.get(preset.suffix)
    operator = {".fbx": "EXPORT_SCENE_OT_fbx", ".glb": "EXPORT_SCENE_OT_gltf"}.get(preset.suffix)
    if operator is not None and not hasattr(bpy.types, operator):
        raise ChoreoError(
            "exporter_off",
            f"Blender's exporter for {preset.suffix} is switched off.",
            f"Switch on '{title}' in the preferences, under Add-ons.",
        )


def _fbx(job: ExportJob) -> bytes:
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


def _glb(job: ExportJob) -> bytes:
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
    every = glb.document["nodes"]
    names = {node["name"]: number for number, node in enumerate(every) if "mesh" not in node}
    nodes = {bone: names[name] for bone, name in enumerate(job.motion.bones)}
    for part in (*(node for node in every if "mesh" in node), *glb.document.get("meshes", [])):
        part["name"] = titles.get(part["name"], part["name"])
    for skin in glb.document.get("skins", []):
        skin["name"] = job.armature.name
    moved = local(in_space(job.motion, job.preset.axes, job.preset.units))
    add_animation(glb, nodes, moved, job.motion.fps)
    return write_glb(glb)


def _bvh(job: ExportJob) -> bytes:
    return write_bvh(in_space(job.motion, job.preset.axes, job.preset.units)).encode()


def _vrma(job: ExportJob) -> bytes:
    return write_vrma(job.motion)


WRITERS: dict[str, Callable[[ExportJob], bytes]] = {
    ".fbx": _fbx,
    ".glb": _glb,
    ".bvh": _bvh,
    ".vrma": _vrma,
}


def _run(operator: Any, suffix: str, **settings: Any) -> bytes:
    """What one of Blender's exporters writes of the scene."""
    folder = scratch_folder()
    path = folder / f"dance{suffix}"
    try:
        operator(filepath=str(path), **settings)
        return path.read_bytes()
    except OSError as error:
        raise unwritten(error, folder.parent) from error
    except RuntimeError as error:
        if any(f"[Errno {number}]" in str(error) for number in FULL):
            raise unwritten(OSError(FULL[0], ""), folder.parent) from error
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        told = [line for line in lines if not line.startswith("Location:")]
        raise export_failed(told[-1] if told else "it does not say why.") from error
    finally:
        drop(folder)


def export_failed(reason: str) -> ChoreoError:
    """The error of a file that could not be made or written."""
    return ChoreoError(
        "export_failed",
        f"The exporter stopped: {reason}",
        "Check that the folder can be written to.",
    )
