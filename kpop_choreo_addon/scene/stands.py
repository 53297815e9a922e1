"""Where an armature object stands without the dances that move it, and how it gets back there."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Quaternion

from ..core.object_root import OBJECT, Stand
from ..core.rotation_modes import rotation_channels
from .actions import Curve
from .records import playing_actions, record_of

_ROTATIONS = ("rotation_quaternion", "rotation_axis_angle", "rotation_euler")


def read_stand(obj: bpy.types.Object) -> Stand | None:
    """Where ``obj`` stands; None if it is flat.

    While a dance of ours moves it, that is where it stood before.
    """
    scale = np.array(obj.scale) * np.array(obj.delta_scale)
    if not np.abs(scale).min() > 1e-9:
        return None
    now = _rotation(obj)
    location, rotation = np.array(obj.location), now
    if (before := recorded_stand(obj)) is not None:
        location, rotation = np.array(before["location"]), Quaternion(before["rotation"])
    sized = Matrix.Diagonal(scale.tolist())
    delta = obj.matrix_basis.to_3x3() @ (now.to_matrix() @ sized).inverted()
    matrix = (delta @ rotation.to_matrix() @ sized).to_4x4()
    matrix.translation = (location + np.array(obj.delta_location)).tolist()
    return Stand(
        tuple(location.tolist()),
        tuple(rotation),
        tuple(scale.tolist()),
        tuple(tuple(row) for row in matrix),
        obj.rotation_mode,
        _driven(obj),
    )


def recorded_stand(obj: bpy.types.Object, without: Any = None) -> dict[str, Any] | None:
    """Where ``obj`` stood before one of the dances that it plays, leaving out one action."""
    for action in playing_actions(obj):
        stand = record_of(action).get("stand")
        if action != without and stand is not None:
            return dict(stand)
    return None


def stand_record(stand: Stand) -> dict[str, Any]:
    """What :func:`recorded_stand` reads back."""
    return {"location": list(stand.location), "rotation": list(stand.rotation)}


def put_back(obj: bpy.types.Object) -> None:
    """Sets ``obj`` where it stood before the dances that move it."""
    stand = recorded_stand(obj)
    if stand is None:
        return
    obj.location = stand["location"]
    channels = rotation_channels(np.array([stand["rotation"]]), obj.rotation_mode)
    setattr(obj, channels.property_name, channels.values[0].tolist())


def still_curves(
    obj: bpy.types.Object, stand: dict[str, Any], first: float, last: float
) -> list[Curve]:
    """Curves that keep ``obj`` where it stands while another dance would move it."""
    turned = rotation_channels(np.array([stand["rotation"]]), obj.rotation_mode)
    parts = (("location", stand["location"]), (turned.property_name, turned.values[0]))
    frames = np.array([first, last])
    return [
        Curve(OBJECT, name, index, frames, np.full(2, value), None)
        for name, values in parts
        for index, value in enumerate(values)
    ]


def _rotation(obj: bpy.types.Object) -> Quaternion:
    """Q: the object's own rotation, without its delta."""
    if obj.rotation_mode == "QUATERNION":
        return obj.rotation_quaternion.normalized()
    if obj.rotation_mode == "AXIS_ANGLE":
        angle, *axis = obj.rotation_axis_angle
        return Quaternion(axis, angle)
    return obj.rotation_euler.to_quaternion()


def _driven(obj: bpy.types.Object) -> bool:
    """Whether a driver holds the object's location or rotation."""
    drivers = obj.animation_data.drivers if obj.animation_data else ()
    return any(not d.mute and d.data_path in ("location", *_ROTATIONS) for d in drivers)
