"""Armature objects: may they be changed, and what is read from them."""

from __future__ import annotations

import re
from typing import Any

import bpy

from ..core.errors import ChoreoError
from ..core.object_root import OBJECT
from ..core.preparing import Target
from .recognition import read_rig, require_recognised
from .stands import read_stand

_CHANNEL = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\]\.(\w+)')


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
    if is_locked_away(obj):
        raise ChoreoError(
            "target_linked",
            f"{obj.name} is linked from another file, where nothing can be written.",
            "Press Make Library Override under Target, or make it local.",
        )
    return obj


def is_locked_away(obj: bpy.types.Object) -> bool:
    """Whether ``obj`` is linked, or an override that is not meant to be edited."""
    override = obj.override_library
    return not obj.is_editable or (override is not None and override.is_system_override)


def read_target(obj: bpy.types.Object) -> Target:
    """What a dance has to know of the armature ``obj``.

    Raises:
        ChoreoError: ``edit_mode`` while its bones are edited, ``no_pose`` when Blender has not
            posed it yet, ``no_matching_bones`` or ``bone_mapping`` when it is no body.
    """
    if obj.mode == "EDIT":
        raise ChoreoError(
            "edit_mode", f"The bones of {obj.name} are being edited.", "Leave Edit Mode first."
        )
    rig = read_rig(obj)
    bones = {bone.name: bone for bone in obj.pose.bones} if obj.pose else {}
    if bones.keys() != set(rig.bones):
        raise ChoreoError(
            "no_pose",
            f"{obj.name} was never shown since its bones were made, so they cannot be posed yet.",
            "Make it visible in the 3D view once.",
        )
    match = require_recognised(obj)
    return Target(
        rig=rig,
        match=match,
        modes={name: bone.rotation_mode for name, bone in bones.items()},
        driven=_driven(obj),
        constrained=frozenset(
            name
            for name, owner in {OBJECT: obj, **bones}.items()
            if any(_acts(c, (None, obj) if match.loose else ()) for c in owner.constraints)
        ),
        stand=read_stand(obj),
    )


def _acts(constraint: Any, own: tuple[Any, ...]) -> bool:
    """Whether a constraint is at work, and not with an ``own`` target, as those of a rig's
    controls are."""
    target = getattr(constraint, "target", None)
    return not constraint.mute and constraint.influence > 0.0 and target not in own


def _driven(obj: bpy.types.Object) -> frozenset[tuple[str, str]]:
    """Bone and property of the pose's channels that have a driver at work."""
    drivers = obj.animation_data.drivers if obj.animation_data else ()
    found = (_CHANNEL.fullmatch(curve.data_path) for curve in drivers if not curve.mute)
    return frozenset((bpy.utils.unescape_identifier(m[1]), m[2]) for m in found if m is not None)
