"""Take a dance elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy_extras.io_utils import ExportHelper

from ..core.errors import ChoreoError
from ..core.export_presets import PRESETS, find_preset, named_for
from ..core.game_motion import IN_PLACE, ON_HIPS, ON_ROOT
from ..properties import chosen_target
from ..scene.export_dance import ExportOptions, dance_record, export_dance
from ..scene.export_files import export_failed
from ..translations import hinted, said, told
from .polls import may_pose
from .reporting import fail

_ROOT_MOTION = (
    (ON_ROOT, "On the Root", "The root bone goes over the floor and turns, for root motion"),
    (ON_HIPS, "On the Hips", "The root bone stays; the hips carry the whole way"),
    (IN_PLACE, "In Place", "The dancer stays on the spot; the body still turns and bends"),
)


class KPOPCHOREO_OT_export_fbx(bpy.types.Operator, ExportHelper):  # type: ignore[misc]
    """Write the dance for another program, with its song; both start at time 0."""

    bl_idname = "kpop_choreo.export_fbx"
    bl_label = "Export Dance"
    bl_description = "Write the dance for another program, with its song; both start at time 0"

    filename_ext = ".fbx"
    filter_glob: bpy.props.StringProperty(
        default=";".join(sorted({f"*{preset.suffix}" for preset in PRESETS})), options={"HIDDEN"}
    )
    preset: bpy.props.EnumProperty(
        name="For",
        description="The program or format that the file is for",
        items=[(preset.key, preset.title, preset.hint) for preset in PRESETS],
    )
    root_motion: bpy.props.EnumProperty(
        name="Root Motion", description="Which bone goes over the floor", items=_ROOT_MOTION
    )
    body_only: bpy.props.BoolProperty(
        name="Body Bones Only",
        description="Leave out face, hair and helper bones of a rig with more than 80 nodes; "
        "their skin goes to the bones they hang on",
        default=True,
    )
    with_mesh: bpy.props.BoolProperty(
        name="With Mesh", description="Write the meshes with their skin", default=True
    )
    with_song: bpy.props.BoolProperty(
        name="With Song", description="Put the song beside the file", default=True
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        target = chosen_target(context)
        if target is None:
            cls.poll_message_set(hinted("Choose an armature under Target first"))
            return False
        try:
            dance_record(target)
        except ChoreoError as error:
            cls.poll_message_set(told(error))
            return False
        return may_pose(cls, context)

    def check(self, context: bpy.types.Context) -> bool:
        """Keeps the suffix in the file dialog that of the preset."""
        operator: Any = self
        preset = find_preset(operator.preset)
        self.filename_ext = preset.suffix
        path = Path(operator.filepath)
        wanted = str(named_for(preset, path)) if path.name else operator.filepath
        changed = wanted != operator.filepath
        operator.filepath = wanted
        return changed

    def execute(self, context: bpy.types.Context) -> set[str]:
        operator: Any = self
        path = Path(bpy.path.abspath(operator.filepath))
        key = operator.preset
        if not operator.properties.is_property_set("preset"):
            key = next((p.key for p in PRESETS if p.suffix == path.suffix.lower()), key)
        options = ExportOptions(
            preset=key,
            root_motion=operator.root_motion,
            body_only=operator.body_only,
            with_song=operator.with_song,
            with_mesh=operator.with_mesh,
        )
        try:
            if operator.filepath.startswith("//") and not bpy.data.filepath:
                raise export_failed("the .blend file was not saved yet, so nothing is beside it.")
            if not path.name:
                raise export_failed("the file has no name.")
            target = named_for(find_preset(key), path)
            written = export_dance(context, chosen_target(context), target, options)
        except ChoreoError as error:
            return fail(self, error)
        for note in written.notes:
            self.report({"WARNING"}, said(note))
        self.report({"INFO"}, said(f"Wrote {written.dance.name} with {written.bones} bones"))
        return {"FINISHED"}
