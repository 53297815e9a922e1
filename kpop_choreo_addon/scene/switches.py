"""Switches of a rig's controls: keyed where a dance begins, and as they were outside of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import bpy
import numpy as np

from ..core.controls import Switch
from .actions import Curve, curve_owner, stored_value

NEAR = 1e-3
"""Frames that a moment may be off a whole frame."""


def switch_curves(
    obj: bpy.types.Object, switches: Iterable[Switch], first: float, last: float
) -> list[Curve]:
    """Curves that hold ``switches`` from frame ``first`` to ``last``; those that ``obj`` has."""
    frames = np.array([first, last])
    return [
        Curve(s.bone, s.name, 0, frames, np.full(2, s.value), None, steps=True, custom=s.custom)
        for s in switches
        if not s.custom or s.name in obj.pose.bones[s.bone]
    ]


def restored(obj: bpy.types.Object, curves: Iterable[Curve]) -> list[Curve]:
    """``curves`` with their switches as they are now, a frame before and a frame after."""
    found = []
    for curve in curves:
        if not curve.steps:
            found.append(curve)
            continue
        before = math.ceil(curve.frames[0] - NEAR) - 1.0
        after = math.floor(curve.frames[-1] + NEAR) + 1.0
        rest = _standing(obj, curve)
        frames = np.array([before, *curve.frames, after])
        found.append(replace(curve, frames=frames, values=np.array([rest, *curve.values, rest])))
    return found


def _standing(obj: bpy.types.Object, curve: Curve) -> float:
    """The value without a dance: before the first key where the property is animated."""
    animation: Any = obj.animation_data
    action = animation.action if animation else None
    slot = getattr(animation, "action_slot", None)
    if action is not None and (slot is not None or not hasattr(action, "slots")):
        fcurve = curve_owner(action, slot).fcurves.find(curve.path, index=curve.index)
        if fcurve is not None and len(fcurve.keyframe_points):
            return float(fcurve.keyframe_points[0].co[1])
    return stored_value(obj, curve)
