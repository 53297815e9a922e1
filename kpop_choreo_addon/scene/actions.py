"""A dance as an action: keys written in bulk, on every Blender from 4.2 on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ..core.keys import BoneKeys
from ..core.object_root import OBJECT
from ..core.timing import FrameClock

# Actions are typed as Any here: before Blender 4.4 they own their curves, later slots do.

CONSTANT, LINEAR, BEZIER = 0, 1, 2
FREE, ALIGNED, AUTO_CLAMPED = 0, 3, 4
"""Numbers of Blender's enums; foreach_set is ten times as fast with the bytes that it stores."""
OBJECT_GROUP = "Object Transforms"


@dataclass(frozen=True, eq=False)
class Curve:
    """The animation of one channel of one bone, or of the object, which has no name here."""

    bone: str
    property_name: str
    index: int
    frames: np.ndarray
    """``[N]``"""
    values: np.ndarray
    """``[N]``"""
    slopes: np.ndarray | None
    """``[N]`` change a frame at each key; None for straight lines."""
    steps: bool = False
    """Whether each key holds until the next, as switches do."""
    custom: bool = False
    """Whether it is a custom property."""

    @property
    def path(self) -> str:
        """Where Blender finds the property."""
        if self.bone == OBJECT:
            return self.property_name
        bone = f'pose.bones["{bpy.utils.escape_identifier(self.bone)}"]'
        if self.custom:
            return f'{bone}["{bpy.utils.escape_identifier(self.property_name)}"]'
        return f"{bone}.{self.property_name}"


def dance_curves(keys: Iterable[BoneKeys], clock: FrameClock) -> list[Curve]:
    """All channels in the order in which an animator reads them: bone by bone."""
    return [
        Curve(
            bone=key.bone,
            property_name=channels.property_name,
            index=index,
            frames=frames,
            values=column,
            slopes=key.slopes[part][:, index] / clock.rate if key.slopes else None,
        )
        for key in keys
        for frames in [clock.frames(key.seconds)]
        for part, channels in enumerate(key.channels)
        for index, column in enumerate(channels.values.T)
    ]


def stored_value(obj: bpy.types.Object, curve: Curve) -> float:
    """What the property of ``curve`` is now."""
    bone = obj if curve.bone == OBJECT else obj.pose.bones[curve.bone]
    if curve.custom:
        return float(bone[curve.property_name])
    value = getattr(bone, curve.property_name)
    return float(value[curve.index] if hasattr(value, "__len__") else value)


def assign_dance(obj: bpy.types.Object, name: str, curves: list[Curve]) -> bpy.types.Action:
    """Makes an action of ``curves`` and gives it to ``obj``.

    Bones keep their rotation mode.
    """
    animation: Any = obj.animation_data_create()
    leave_tweak_mode(animation)
    action: Any = bpy.data.actions.new(name)
    slot = new_slot(action, obj)
    give_action(animation, action, slot)
    write_curves(curve_owner(action, slot), curves)
    return action


def give_action(animation: Any, action: Any, slot: Any | None) -> None:
    """Makes ``action`` the active one; without a slot it would move nothing."""
    animation.action = action
    if slot is not None:
        animation.action_slot = slot


def push_strip(obj: bpy.types.Object, name: str, curves: list[Curve]) -> bpy.types.Action:
    """Makes an action of ``curves`` and lays it on an NLA track of its own, above the others.

    The strip counts only while it lasts. The action that ``obj`` has and its other tracks stay.
    """
    animation: Any = obj.animation_data_create()
    leave_tweak_mode(animation)
    action: Any = bpy.data.actions.new(name)
    slot = new_slot(action, obj)
    write_curves(curve_owner(action, slot), curves)
    lay_strip(animation, action, slot)
    return action


def lay_strip(animation: Any, action: Any, slot: Any | None) -> Any:
    """A strip of ``action`` on a new track above the others, which counts only while it lasts."""
    track = animation.nla_tracks.new()
    track.name = action.name
    strip = track.strips.new(action.name, round(float(action.frame_range[0])), action)
    if slot is not None:
        strip.action_slot = slot
    strip.name = action.name
    strip.extrapolation = "NOTHING"
    return strip


def clear_stale(obj: bpy.types.Object, bones: Iterable[str]) -> None:
    """Bones that dance stand where they belong: the dance does not key location and scale."""
    for name in bones:
        if name == OBJECT:
            continue
        bone = obj.pose.bones[name]
        bone.location = (0.0, 0.0, 0.0)
        bone.scale = (1.0, 1.0, 1.0)


def leave_tweak_mode(animation: Any) -> None:
    """The action cannot be changed while an NLA strip is edited."""
    if animation.use_tweak_mode:
        animation.use_tweak_mode = False


def new_slot(action: Any, obj: bpy.types.Object) -> Any | None:
    """A slot of ``action`` for ``obj``, where actions have slots."""
    if not hasattr(action, "slots"):
        return None
    return action.slots.new(id_type="OBJECT", name=obj.name)


def curve_owner(action: Any, slot: Any | None) -> Any:
    """What holds the f-curves and groups: the slot's channelbag, or before slots the action."""
    if not hasattr(action, "slots"):
        return action
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


def fcurves_of(action: Any) -> list[Any]:
    """Every f-curve of ``action``, whatever slot it belongs to."""
    if not hasattr(action, "slots"):
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return [curve for bag in bags for curve in bag.fcurves]


def write_curves(owner: Any, curves: Iterable[Curve]) -> None:
    """Adds ``curves`` to ``owner``, grouped by bone; groups that are there are used."""
    for curve, fcurve in new_fcurves(owner, curves):
        keys = key_points(curve)
        fcurve.keyframe_points.add(len(curve.frames))
        set_places(fcurve, keys.pop("co"))
        for name, values in keys.items():
            fcurve.keyframe_points.foreach_set(name, values)
        if curve.slopes is not None:
            fcurve.update()


def new_fcurves(owner: Any, curves: Iterable[Curve]) -> Iterator[tuple[Curve, Any]]:
    """Makes an f-curve without keys for each of ``curves``, in the group of its bone."""
    groups: dict[str, Any] = {group.name: group for group in owner.groups}
    for curve in curves:
        fcurve = owner.fcurves.new(curve.path, index=curve.index)
        if curve.slopes is None:  # a key on every frame is smooth enough, and this is slow
            fcurve.auto_smoothing = "NONE"
        title = curve.bone or OBJECT_GROUP
        if title not in groups:
            groups[title] = owner.groups.new(title)
        fcurve.group = groups[title]
        yield curve, fcurve


def set_places(fcurve: Any, places: np.ndarray) -> None:
    """Puts new keys, which are automatic and clamped, and both their handles at ``places[2 N]``.

    So lines are straight whatever the interpolation is; whoever changes it or moves a key in
    Blender gets smooth handles. To work them out here takes as long as all the rest.
    """
    fcurve.keyframe_points.foreach_set("co_ui", places)


def key_points(curve: Curve) -> dict[str, np.ndarray]:
    """The keys of ``curve`` as Blender stores them, by property.

    Those of straight lines have no handles: :func:`set_places`.
    """
    count = len(curve.frames)
    kind = CONSTANT if curve.steps else LINEAR if curve.slopes is None else BEZIER
    points = {
        "co": _pairs(curve.frames, curve.values),
        "interpolation": np.full(count, kind, dtype=np.uint8),
    }
    if curve.slopes is not None:
        left, right = reaches(curve)
        below, above = curve.values - left * curve.slopes, curve.values + right * curve.slopes
        points["handle_left_type"] = points["handle_right_type"] = np.full(
            count, ALIGNED, dtype=np.uint8
        )
        points["handle_left"] = _pairs(curve.frames - left, below)
        points["handle_right"] = _pairs(curve.frames + right, above)
    return points


def reaches(curve: Curve) -> tuple[np.ndarray, np.ndarray]:
    """Frames ``[N]`` that the handles of ``curve`` reach to the left and to the right.

    A Bezier curve with handles at a third of its span is a cubic of the frame.
    """
    spans = np.diff(curve.frames) / 3.0
    return np.append(spans[:1], spans), np.append(spans, spans[-1:])


def _pairs(frames: np.ndarray, values: np.ndarray) -> np.ndarray:
    pairs = np.empty((len(frames), 2), dtype=np.float32)
    pairs[:, 0], pairs[:, 1] = frames, values
    return pairs.ravel()
