"""Armature objects: may they be changed, and what is their rest pose."""

from __future__ import annotations

import bpy
import numpy as np

from ..core.errors import ChoreoError
from ..core.rig import Rig


def require_armature(obj: bpy.types.Object | None) -> bpy.types.Object:
    """``obj`` if it is an armature that keeps what is written on it.

    A linked object takes an action without complaint and loses it on save, so it is refused.

    Raises:
        ChoreoError: ``no_armature`` or ``target_linked``.
    """
    if obj is None or obj.type != "ARMATURE":
        raise ChoreoError(
            "no_armature",
            "No armature is chosen to dance.",
            "Choose one under Target, or press Add Dancer.",
        )
    override = obj.override_library
    if not obj.is_editable or (override is not None and override.is_system_override):
        raise ChoreoError(
            "target_linked",
            f"{obj.name} is linked from another file, where nothing can be written.",
            "Make it local or make an editable library override of it.",
        )
    return obj


def read_rig(obj: bpy.types.Object) -> Rig:
    """The rest pose of ``obj`` in its own space, parents first."""
    bones = sorted(obj.data.bones, key=lambda bone: len(bone.parent_recursive))
    number = {bone.name: n for n, bone in enumerate(bones)}
    return Rig(
        name=obj.name,
        bones=tuple(number),
        parents=np.array([number[b.parent.name] if b.parent else -1 for b in bones]),
        rotations=np.array([b.matrix_local.to_quaternion() for b in bones]),
        heads=np.array([b.head_local for b in bones]),
        tails=np.array([b.tail_local for b in bones]),
        inherits_rotation=np.array([b.use_inherit_rotation for b in bones]),
        local_location=np.array([b.use_local_location for b in bones]),
        connected=np.array([b.use_connect for b in bones]),
    )
