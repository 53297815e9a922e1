"""A dance into the action that an armature has already: only what lies in its time is replaced.

Outside, every curve stays what it is. Where the dance begins and ends amid a curve, the curve is
cut: a key a frame outside pins it there, and the neighbour's handle toward the dance becomes
shorter by de Casteljau's rule, so that the curve up to the pin has the same shape.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any

import bpy
import numpy as np

from ..core.errors import ChoreoError
from ..core.object_root import OBJECT
from .actions import (
    BEZIER,
    CONSTANT,
    FREE,
    Curve,
    curve_owner,
    key_points,
    new_fcurves,
    new_slot,
    stored_value,
)
from .added_keys import add_keys, read_some, shaped
from .stored_keys import NEAR, Keys, freeze

_ONES = {("rotation_quaternion", 0), ("rotation_axis_angle", 2)}
"""Channels that are 1 at rest."""


def require_open_action(obj: bpy.types.Object, curves: Iterable[Curve]) -> None:
    """Whether ``curves`` may be written into the action of ``obj``.

    Raises:
        ChoreoError: ``no_action``, ``nla_tweaked``, ``action_linked``, ``action_shared``, or
            ``action_curves`` when a curve cannot be cut.
    """
    animation: Any = obj.animation_data
    action: Any = animation.action if animation else None
    remedy = "Choose New Action or NLA Strip under Target."
    if action is None:
        raise ChoreoError("no_action", f"{obj.name} has no action to write into.", remedy)
    if animation.use_tweak_mode:
        raise ChoreoError("nla_tweaked", f"An NLA strip of {obj.name} is being tweaked.", remedy)
    if not action.is_editable:
        raise ChoreoError("action_linked", f"{action.name} is linked from another file.", remedy)
    if action.users - action.use_fake_user > 1:
        raise ChoreoError(
            "action_shared",
            f"{action.name} has other users, which would dance as well.",
            "Make it single-user, or choose New Action or NLA Strip under Target.",
        )
    found = _existing(animation, curves)
    odd = [(curve.bone, why) for curve, fcurve in found if (why := _uncuttable(fcurve, curve))]
    if odd:
        bone, why = odd[0][0] or obj.name, odd[0][1]
        raise ChoreoError("action_curves", f"A curve of {bone} in {action.name} {why}.", remedy)


def punch_in(obj: bpy.types.Object, curves: list[Curve]) -> bpy.types.Action:
    """Writes ``curves`` into the action of ``obj``, which :func:`require_open_action` let pass."""
    animation: Any = obj.animation_data
    action = animation.action
    if hasattr(action, "slots") and animation.action_slot is None:
        animation.action_slot = new_slot(action, obj)
    owner = curve_owner(action, getattr(animation, "action_slot", None))
    curves = curves + _straightened(obj, owner, curves)
    found = _existing(animation, curves)
    there = {(curve.path, curve.index) for curve, _ in found}
    new = [curve for curve in curves if (curve.path, curve.index) not in there]
    for curve, fcurve in found:
        parts = _merged(fcurve, curve)
        fcurve.keyframe_points.clear()
        add_keys(fcurve, parts)
    for curve, fcurve in new_fcurves(owner, new):
        rest = _rest_value(obj, curve)
        before, after = _edges(curve)
        add_keys(fcurve, [_pin(before, rest), _dance(curve), _pin(after, rest)])
    action.update_tag()
    return action


def _existing(animation: Any, curves: Iterable[Curve]) -> list[tuple[Curve, Any]]:
    """Those of ``curves`` that the action has already, with its own."""
    slot = getattr(animation, "action_slot", None)
    if hasattr(animation.action, "slots") and (slot is None or not animation.action.layers):
        return []
    owner = curve_owner(animation.action, slot)
    own = {(fcurve.data_path, fcurve.array_index): fcurve for fcurve in owner.fcurves}
    found = ((curve, own.get((curve.path, curve.index))) for curve in curves)
    return [(curve, fcurve) for curve, fcurve in found if fcurve is not None]


def _uncuttable(fcurve: Any, curve: Curve) -> str:
    """Why ``fcurve`` cannot be cut at the ends of ``curve``, or nothing."""
    if len(fcurve.modifiers):
        return "has modifiers"
    if len(fcurve.sampled_points):
        return "is baked to samples"
    if fcurve.lock:
        return "is locked"
    points = fcurve.keyframe_points
    for edge in _edges(curve):
        piece = bisect_left(points, edge, key=_frame) - 1
        if 0 <= piece < len(points) - 1:
            if points[piece].interpolation not in ("CONSTANT", "LINEAR", "BEZIER"):
                return "has easing where the dance begins or ends"
        elif fcurve.extrapolation == "LINEAR":
            return "goes on in a straight line where the dance begins or ends"
    return ""


def _straightened(obj: bpy.types.Object, owner: Any, curves: list[Curve]) -> list[Curve]:
    """Curves that hold a dancing bone's location and scale at rest where nothing animates them."""
    first, last = curves[0].frames[0], max(curve.frames[-1] for curve in curves)
    keyed = {(curve.bone, curve.property_name) for curve in curves}
    found = []
    for bone in dict.fromkeys(curve.bone for curve in curves if curve.bone != OBJECT):
        for name, rest in (("location", 0.0), ("scale", 1.0)):
            for index, value in enumerate(getattr(obj.pose.bones[bone], name)):
                if value == rest or (bone, name) in keyed:
                    continue
                curve = Curve(bone, name, index, np.array([first, last]), np.full(2, rest), None)
                if owner.fcurves.find(curve.path, index=index) is None:
                    found.append(curve)
    return found


def _rest_value(obj: bpy.types.Object, curve: Curve) -> float:
    """What a channel without keys is outside the dance; its rest if it is no number."""
    value = stored_value(obj, curve)
    at_rest = curve.property_name == "scale" or (curve.property_name, curve.index) in _ONES
    return value if math.isfinite(value) else float(at_rest)


def _edges(curve: Curve) -> tuple[float, float]:
    """The whole frames just before and just after the dance."""
    first, last = float(curve.frames[0]), float(curve.frames[-1])
    return math.ceil(first - NEAR) - 1.0, math.floor(last + NEAR) + 1.0


def _merged(fcurve: Any, curve: Curve) -> list[Keys]:
    """The keys of ``fcurve`` with those of ``curve`` in their time."""
    points = fcurve.keyframe_points
    left = bisect_left(points, curve.frames[0] - NEAR, key=_frame)
    right = bisect_right(points, curve.frames[-1] + NEAR, key=_frame)
    outside = read_some(fcurve, [*range(left), *range(right, len(points))])
    head = {name: values[:left] for name, values in outside.items()}
    tail = {name: values[left:] for name, values in outside.items()}
    parts = [head, _dance(curve), tail]
    before, after = _edges(curve)
    if not left or _frame(points[left - 1]) < before - NEAR:
        parts.insert(1, _cut(fcurve, left - 1, before, head, facing="handle_right"))
    if right == len(points) or _frame(points[right]) > after + NEAR:
        parts.insert(-1, _cut(fcurve, right - 1, after, tail, facing="handle_left"))
    freeze(head, -1)
    freeze(tail, 0)
    return parts


def _frame(key: Any) -> float:
    return float(key.co[0])


def _cut(fcurve: Any, piece: int, frame: float, outside: Keys, facing: str) -> Keys:
    """A pin that cuts ``fcurve`` at ``frame``, after key ``piece``.

    Shortens the handle of the keys ``outside`` that is ``facing`` the dance.
    """
    pin = _pin(frame, fcurve.evaluate(frame))
    if not len(outside["co"]) or not 0 <= piece < len(fcurve.keyframe_points) - 1:
        return pin
    keys = read_some(fcurve, [piece, piece + 1])
    kind = keys["interpolation"][0]
    if facing == "handle_left":
        pin["interpolation"][0] = kind
    if kind == BEZIER:
        a, b, c, d = _bezier(keys)
        t = _parameter(a[0], b[0], c[0], d[0], frame)
        ab, bc, cd = a + t * (b - a), b + t * (c - b), c + t * (d - c)
        if facing == "handle_right":
            outside["handle_right"][-1], pin["handle_left"] = ab, (ab + t * (bc - ab))[None]
        else:
            outside["handle_left"][0], pin["handle_right"] = cd, (bc + t * (cd - bc))[None]
    return pin


def _bezier(keys: Keys) -> tuple[np.ndarray, ...]:
    """The four points ``[2]`` between two keys; Blender keeps handles from reaching past them."""
    a, d = keys["co"].astype(float)
    span = d[0] - a[0]
    handles = keys["handle_right"][0].astype(float) - a, keys["handle_left"][1].astype(float) - d
    b, c = (h * min(1.0, span / max(abs(h[0]), 1e-9)) for h in handles)
    return a, a + b, d + c, d


def _parameter(a: float, b: float, c: float, d: float, frame: float) -> float:
    """Where a Bezier piece with these frames, which never goes back, is at ``frame``."""
    low, high = 0.0, 1.0
    for _ in range(60):
        t = (low + high) / 2
        s = 1.0 - t
        at = s**3 * a + 3 * s * s * t * b + 3 * s * t * t * c + t**3 * d
        low, high = (t, high) if at < frame else (low, t)
    return (low + high) / 2


def _dance(curve: Curve) -> Keys:
    """The keys of ``curve``; the last is held until the pin."""
    keys = shaped(key_points(curve))
    keys["interpolation"][-1] = CONSTANT
    return keys


def _pin(frame: float, value: float) -> Keys:
    """A key that holds ``value``."""
    kinds = {"interpolation": CONSTANT, "handle_left_type": FREE, "handle_right_type": FREE}
    keys = {name: np.array([kind], dtype=np.uint8) for name, kind in kinds.items()}
    return {"co": np.array([[frame, value]], dtype=np.float32)} | keys
