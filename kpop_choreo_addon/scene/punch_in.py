"""A dance into the action that an armature has already: only what lies in its time is replaced.

Outside, every curve stays what it is. Where the dance begins and ends amid a curve, the curve is
cut: a key a frame outside pins it there, and the neighbour's handle toward the dance becomes
shorter by de Casteljau's rule, so that the curve up to the pin has the same shape.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import bpy
import numpy as np

from ..core.errors import ChoreoError
from ..core.object_root import OBJECT
from .actions import Curve, curve_owner, key_points, new_slot, stored_value, write_curves

CONSTANT, LINEAR, BEZIER = 0, 1, 2
FREE = 0
NEAR = 1e-3
"""Frames within which two keys count as one."""
_STORED: dict[str, tuple[int, type]] = {
    "co": (2, np.float32),
    "handle_left": (2, np.float32),
    "handle_right": (2, np.float32),
    "interpolation": (1, np.uint8),
    "handle_left_type": (1, np.uint8),
    "handle_right_type": (1, np.uint8),
    "easing": (1, np.uint8),
    "type": (1, np.uint8),
    "back": (1, np.float32),
    "amplitude": (1, np.float32),
    "period": (1, np.float32),
}
"""What a key consists of, besides its selection: width and type by property."""

_ONES = {("rotation_quaternion", 0), ("rotation_axis_angle", 2)}
"""Channels that are 1 at rest."""

Keys = dict[str, np.ndarray]


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
    new = [curve for curve in curves if owner.fcurves.find(curve.path, index=curve.index) is None]
    rests = [_rest_value(obj, curve) for curve in new]
    for curve, fcurve in _existing(animation, curves):
        _write(fcurve, _merged(fcurve, curve))
    write_curves(owner, new)
    for curve, rest in zip(new, rests, strict=True):
        fcurve = owner.fcurves.find(curve.path, index=curve.index)
        before, after = _edges(curve)
        _write(fcurve, _joined([_pin(before, rest), _dance(curve), _pin(after, rest)]))
    action.update_tag()
    return action


def _existing(animation: Any, curves: Iterable[Curve]) -> list[tuple[Curve, Any]]:
    """Those of ``curves`` that the action has already, with its own."""
    slot = getattr(animation, "action_slot", None)
    if hasattr(animation.action, "slots") and (slot is None or not animation.action.layers):
        return []
    owner = curve_owner(animation.action, slot)
    found = ((curve, owner.fcurves.find(curve.path, index=curve.index)) for curve in curves)
    return [(curve, fcurve) for curve, fcurve in found if fcurve is not None]


def _uncuttable(fcurve: Any, curve: Curve) -> str:
    """Why ``fcurve`` cannot be cut at the ends of ``curve``, or nothing."""
    if len(fcurve.modifiers):
        return "has modifiers"
    if len(fcurve.sampled_points):
        return "is baked to samples"
    if fcurve.lock:
        return "is locked"
    keys = _read(fcurve, ("co", "interpolation"))
    frames = keys["co"][:, 0]
    for edge in _edges(curve):
        piece = int(np.searchsorted(frames, edge)) - 1
        if 0 <= piece < len(frames) - 1:
            if keys["interpolation"][piece] > BEZIER:
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
                curve = Curve(bone, name, index, np.array([first, last]), np.full(2, rest), None)
                animated = owner.fcurves.find(curve.path, index=index) is not None
                if value != rest and not animated and (bone, name) not in keyed:
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


def _merged(fcurve: Any, curve: Curve) -> Keys:
    """The keys of ``fcurve`` with those of ``curve`` in their time."""
    keys = _read(fcurve)
    frames = keys["co"][:, 0]
    before, after = _edges(curve)
    left = int(np.sum(frames < curve.frames[0] - NEAR))
    right = int(np.sum(frames <= curve.frames[-1] + NEAR))
    head, tail = _slice(keys, 0, left), _slice(keys, right, len(frames))
    _freeze(head, -1)
    _freeze(tail, 0)
    parts = [head, _dance(curve), tail]
    if not left or frames[left - 1] < before - NEAR:
        parts.insert(1, _cut(fcurve, keys, before, head if left else None, facing="handle_right"))
    if right == len(frames) or frames[right] > after + NEAR:
        end = tail if right < len(frames) else None
        parts.insert(-1, _cut(fcurve, keys, after, end, facing="handle_left"))
    return _joined(parts)


def _cut(fcurve: Any, keys: Keys, frame: float, outside: Keys | None, facing: str) -> Keys:
    """A pin that cuts ``fcurve`` at ``frame``; shortens the ``facing`` handle ``outside``."""
    pin = _pin(frame, fcurve.evaluate(frame))
    piece = int(np.searchsorted(keys["co"][:, 0], frame)) - 1
    if outside is None or not 0 <= piece < len(keys["co"]) - 1:
        return pin
    kind = keys["interpolation"][piece]
    if facing == "handle_left":
        pin["interpolation"][0] = kind
    if kind == BEZIER:
        a, b, c, d = _bezier(keys, piece)
        t = _parameter(a[0], b[0], c[0], d[0], frame)
        ab, bc, cd = a + t * (b - a), b + t * (c - b), c + t * (d - c)
        if facing == "handle_right":
            outside["handle_right"][-1], pin["handle_left"][0] = ab, ab + t * (bc - ab)
        else:
            outside["handle_left"][0], pin["handle_right"][0] = cd, bc + t * (cd - bc)
    return pin


def _bezier(keys: Keys, piece: int) -> tuple[np.ndarray, ...]:
    """The four points ``[2]`` of a piece; Blender keeps handles from reaching past its ends."""
    a, d = (keys["co"][number].astype(float) for number in (piece, piece + 1))
    span = d[0] - a[0]
    handles = (
        keys["handle_right"][piece].astype(float) - a,
        keys["handle_left"][piece + 1].astype(float) - d,
    )
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


def _freeze(keys: Keys, number: int) -> None:
    """Keeps a key's handles where they are, whatever its new neighbour is."""
    if len(keys["co"]):
        keys["handle_left_type"][number] = keys["handle_right_type"][number] = FREE


def _dance(curve: Curve) -> Keys:
    """The keys of ``curve``; the last is held until the pin."""
    count = len(curve.frames)
    keys = _plain(count)
    if curve.slopes is None:  # automatic handles would reach for the pins
        curve = replace(curve, slopes=np.gradient(curve.values, curve.frames))
        points = key_points(curve)
        points["interpolation"][:] = LINEAR
    else:
        points = key_points(curve)
    for name, values in points.items():
        keys[name] = values.reshape(keys[name].shape)
    keys["interpolation"][-1] = CONSTANT
    return keys


def _pin(frame: float, value: float) -> Keys:
    """A key that holds ``value``."""
    pin = _plain(1)
    for name, x in (("co", frame), ("handle_left", frame - 0.3), ("handle_right", frame + 0.3)):
        pin[name][0] = x, value
    return pin


def _plain(count: int) -> Keys:
    """Keys without places: constant, with free handles."""
    shapes = {name: (count, 2) if width == 2 else (count,) for name, (width, _) in _STORED.items()}
    return {name: np.zeros(shapes[name], dtype=kind) for name, (_, kind) in _STORED.items()}


def _slice(keys: Keys, start: int, end: int) -> Keys:
    return {name: values[start:end].copy() for name, values in keys.items()}


def _joined(parts: list[Keys]) -> Keys:
    return {name: np.concatenate([part[name] for part in parts]) for name in _STORED}


def _read(fcurve: Any, names: Iterable[str] = _STORED) -> Keys:
    count = len(fcurve.keyframe_points)
    keys: Keys = {}
    for name in names:
        width, kind = _STORED[name]
        values: np.ndarray = np.empty(count * width, dtype=kind)
        fcurve.keyframe_points.foreach_get(name, values)
        keys[name] = values.reshape(-1, 2) if width == 2 else values
    return keys


def _write(fcurve: Any, keys: Keys) -> None:
    """Writes sorted keys as they are: ``fcurve.update`` would move automatic handles."""
    fcurve.keyframe_points.clear()
    fcurve.keyframe_points.add(len(keys["co"]))
    for name, values in keys.items():
        fcurve.keyframe_points.foreach_set(name, values.ravel())
