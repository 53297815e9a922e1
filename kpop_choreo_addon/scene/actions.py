"""A dance as an action: keys written in bulk, on every Blender from 4.2 on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ..core.retarget import BoneMotion
from ..core.rotation_modes import rotation_channels

# Actions are typed as Any here: before Blender 4.4 they own their curves, later slots do.

LINEAR = 1
AUTO_CLAMPED = 4
"""Numbers of Blender's enums, for foreach_set."""


@dataclass(frozen=True, eq=False)
class Curve:
    """The animation of one channel of one bone."""

    bone: str
    property_name: str
    index: int
    values: np.ndarray
    """``[N]``"""


def assign_dance(
    obj: bpy.types.Object, name: str, motion: BoneMotion, frames: np.ndarray
) -> bpy.types.Action:
    """Makes an action of ``motion`` (one row for each of ``frames[N]``) and gives it to ``obj``.

    Bones keep their rotation mode. Stale locations and scales of the dancing bones are cleared,
    since the dance does not key them. An action that was there before and that nothing else
    holds gets a fake user, so that it is not lost.
    """
    _clear(obj, motion.bones)
    animation: Any = obj.animation_data_create()
    if animation.use_tweak_mode:  # the action cannot be changed while an NLA strip is edited
        animation.use_tweak_mode = False
    before = animation.action
    action = bpy.data.actions.new(name)
    owner = _bind(animation, action)
    _write(owner, frames, _curves(obj, motion))
    if before is not None and before.users == 0 and "kpop_choreo" not in before:
        before.use_fake_user = True
    return action


def curve_owner(action: Any, slot: Any | None) -> Any:
    """What holds the f-curves and groups: the slot's channelbag, or before slots the action."""
    if not hasattr(action, "slots"):
        return action
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


def all_curves(action: Any) -> list[bpy.types.FCurve]:
    """Every f-curve of ``action``, whatever slot it belongs to."""
    if not hasattr(action, "slots"):
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return [curve for bag in bags for curve in bag.fcurves]


def _bind(animation: Any, action: Any) -> Any:
    """Assigns ``action`` and returns the owner of its f-curves."""
    slot = None
    if hasattr(action, "slots"):
        slot = action.slots.new(id_type="OBJECT", name=animation.id_data.name)
    animation.action = action
    if slot is not None:
        animation.action_slot = slot
    return curve_owner(action, slot)


def _clear(obj: bpy.types.Object, bones: tuple[str, ...]) -> None:
    for name in bones:
        bone = obj.pose.bones[name]
        bone.location = (0.0, 0.0, 0.0)
        bone.scale = (1.0, 1.0, 1.0)


def _curves(obj: bpy.types.Object, motion: BoneMotion) -> list[Curve]:
    """All channels in the order in which an animator reads them: bone by bone."""
    curves = []
    for number, name in enumerate(motion.bones):
        if name in motion.locations:
            columns = motion.locations[name].T
            curves += [Curve(name, "location", i, column) for i, column in enumerate(columns)]
        mode = obj.pose.bones[name].rotation_mode
        channels = rotation_channels(motion.quats[:, number], mode)
        curves += [
            Curve(name, channels.property_name, i, column)
            for i, column in enumerate(channels.values.T)
        ]
    return curves


def _write(owner: Any, frames: np.ndarray, curves: list[Curve]) -> None:
    """Keys with linear interpolation; handles are ready for who changes to Bezier."""
    count = len(frames)
    points = np.empty((count, 2), dtype=np.float32)
    points[:, 0] = frames
    linear = np.full(count, LINEAR, dtype=np.int32)
    handles = np.full(count, AUTO_CLAMPED, dtype=np.int32)
    groups: dict[str, Any] = {}
    for curve in curves:
        path = f'pose.bones["{bpy.utils.escape_identifier(curve.bone)}"].{curve.property_name}'
        fcurve = owner.fcurves.new(path, index=curve.index)
        points[:, 1] = curve.values
        keys = fcurve.keyframe_points
        keys.add(count)
        keys.foreach_set("co", points.ravel())
        keys.foreach_set("interpolation", linear)
        keys.foreach_set("handle_left_type", handles)
        keys.foreach_set("handle_right_type", handles)
        fcurve.update()
        if curve.bone not in groups:
            groups[curve.bone] = owner.groups.new(curve.bone)
        fcurve.group = groups[curve.bone]
