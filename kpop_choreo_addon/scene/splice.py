"""A part of a dance replaced in its action: what lies outside stays bit for bit.

A part begins and ends at keys that all channels of a bone have, and these keep their values.
Where a bone has none near, its curves get keys on the whole frames up to the part's edge, which
hold the values that were there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import bpy
import numpy as np

from ..core.keys import STILL, BoneKeys
from ..core.preparing import Dance
from ..core.splice import Edge, Joined, joined
from ..core.timing import FrameClock
from .actions import (
    BEZIER,
    CONSTANT,
    LINEAR,
    OBJECT_GROUP,
    Curve,
    curve_owner,
    key_points,
    stored_value,
)
from .stored_keys import (
    NEAR,
    Keys,
    freeze,
    joined_keys,
    pin_key,
    plain_keys,
    read_keys,
    slice_keys,
    write_keys,
)

SAMPLES = 4
"""Moments of the old dance that tell how it moves at an edge."""
BESIDE = 1.0 / 64.0
"""Frames between two keys that write one rotation in two ways."""
_SHORT = 0.05
"""Frames over which the slope of an old curve is measured."""


@dataclass(frozen=True)
class Part:
    """What is replaced, in seconds of the dance as it lies in the action."""

    start: float
    end: float
    first: float
    """The dance's first and last moment before."""
    last: float
    fade: float
    """Seconds over which the old dance hands over to the new one."""
    fps: float
    """The clip's frames a second."""

    @property
    def opens(self) -> bool:
        """Whether nothing of the dance lies before it."""
        return self.start <= self.first + 0.5 / self.fps

    @property
    def closes(self) -> bool:
        """Whether nothing of the dance lies after it."""
        return self.end >= self.last - 0.5 / self.fps


def splice(
    obj: bpy.types.Object,
    action: Any,
    slot: Any,
    dance: Dance,
    modes: Mapping[str, str],
    clock: FrameClock,
    part: Part,
) -> None:
    """Writes what ``dance`` does in ``part`` into ``action``.

    Args:
        modes: rotation mode by bone, and of the object.
        clock: where the dance's seconds lie in the action.
    """
    owner = curve_owner(action, slot)
    for key in dance.keys:
        _Bone(obj, owner, key, clock, part).write(modes[key.bone])
    action.update_tag()


class _Bone:
    """The curves of one bone, and where the part begins and ends in them."""

    def __init__(
        self, obj: bpy.types.Object, owner: Any, key: BoneKeys, clock: FrameClock, part: Part
    ) -> None:
        self.obj, self.owner, self.key, self.clock, self.part = obj, owner, key, clock, part
        none = np.zeros(0)
        self.curves = [
            [
                Curve(key.bone, channels.property_name, index, none, none, None)
                for index in range(channels.values.shape[1])
            ]
            for channels in key.channels
        ]
        every = [curve for row in self.curves for curve in row]
        self.found = {
            curve.path + str(curve.index): owner.fcurves.find(curve.path, index=curve.index)
            for curve in every
        }
        stored = [read_keys(f, ("co",))["co"][:, 0] for f in self.found.values() if f]
        start, end = clock.frame(part.start), clock.frame(part.end)
        room = part.fade * clock.rate
        self.before = None if part.opens else _shared(stored, start, start + room)
        self.after = None if part.closes else _shared(stored, end, end - room)

    def write(self, mode: str) -> None:
        """Replaces the keys of the part."""
        before = None if self.before is None else self._edge(self.before, -1.0)
        after = None if self.after is None else self._edge(self.after, 1.0)
        if self._stays(before):
            return
        new = joined(self.key, mode, before, after, self.part.fade, self.part.fps)
        written = [
            (curve, self._merged(curve, new, number, before, after))
            for number, row in enumerate(self.curves)
            for curve in row
        ]
        for curve, keys in written:
            write_keys(self._existing(curve) or self._new(curve), keys)

    def _existing(self, curve: Curve) -> Any:
        return self.found[curve.path + str(curve.index)]

    def _new(self, curve: Curve) -> Any:
        fcurve = self.owner.fcurves.new(curve.path, index=curve.index)
        groups = self.owner.groups
        title = curve.bone or OBJECT_GROUP
        named = next((g for g in groups if g.name == title), None)
        fcurve.group = named or groups.new(title)
        return fcurve

    def _value(self, curve: Curve, frame: float) -> float:
        fcurve = self._existing(curve)
        return float(fcurve.evaluate(frame)) if fcurve else stored_value(self.obj, curve)

    def _edge(self, frame: float, way: float) -> Edge:
        """The old dance at ``frame`` and further away from the part."""
        step = self.clock.rate / self.part.fps
        frames = frame + way * step * np.arange(SAMPLES)
        first, last = self.clock.frame(self.part.first), self.clock.frame(self.part.last)
        frames = frames[(frames > first - NEAR) & (frames < last + NEAR)]
        values = tuple(
            np.array([[self._value(curve, f) for curve in row] for f in frames])
            for row in self.curves
        )
        return Edge(self.clock.second(frame), values, 1.0 / self.part.fps)

    def _stays(self, before: Edge | None) -> bool:
        """Whether a bone that is still goes on being so."""
        if before is None or any(np.ptp(c.values, axis=0).max() > STILL for c in self.key.channels):
            return False
        pairs = zip(self.key.channels, before.values, strict=True)
        same = all(np.abs(c.values[0] - old[0]).max() < 1e-5 for c, old in pairs)
        start, end = self.clock.frame(self.part.start), self.clock.frame(self.part.end)
        stored = [read_keys(f, ("co",))["co"] for f in self.found.values() if f]
        return same and not any(((k[:, 0] > start) & (k[:, 0] < end)).any() for k in stored)

    def _merged(
        self, curve: Curve, new: Joined, number: int, before: Edge | None, after: Edge | None
    ) -> Keys:
        """All keys of one curve: the old ones, and the new ones in the part."""
        keys, fcurve = plain_keys(0), self._existing(curve)
        if fcurve:
            keys = read_keys(fcurve)
        frames = keys["co"][:, 0]
        if self.before is None:
            limit = self.clock.frame(self.part.first) - NEAR
            head = slice_keys(keys, 0, int(np.sum(frames < limit)))
        else:
            head = self._up_to(curve, keys, self.before)
        if self.after is None:
            limit = self.clock.frame(self.part.last) + NEAR
            tail = slice_keys(keys, int(np.sum(frames <= limit)), len(frames))
        else:
            tail = self._from(curve, keys, self.after)
        inside = self._inside(curve, new, number, before, after)
        if self.before is not None:
            freeze(head, -1)
            row = slice_keys(inside, 0, 1)
            head["handle_right"][-1] = row["handle_right"][0]
            head["interpolation"][-1] = row["interpolation"][0]
            inside = slice_keys(inside, 1, len(inside["co"]))
        if self.after is not None:
            freeze(tail, 0)
            tail["handle_left"][0] = inside["handle_left"][-1]
            inside = slice_keys(inside, 0, len(inside["co"]) - 1)
        elif len(tail["co"]):
            inside["interpolation"][-1] = CONSTANT
        return joined_keys([head, inside, tail])

    def _inside(
        self, curve: Curve, new: Joined, number: int, before: Edge | None, after: Edge | None
    ) -> Keys:
        """The keys of the part with those at its edges."""
        column = curve.index
        frames = [self.clock.frames(new.keys.seconds)]
        if new.departs:
            frames[0][0] += BESIDE
        if new.arrives:
            frames[0][-1] -= BESIDE
        values = [new.keys.channels[number].values[:, column]]
        slopes = [new.keys.slopes[number][:, column] / self.clock.rate] if new.keys.slopes else []
        for place, edge, frame, way in ((0, before, self.before, -1), (2, after, self.after, 1)):
            if edge is None or frame is None:
                continue
            here = self._value(curve, frame)
            beside = self._value(curve, frame + way * _SHORT)
            where = 0 if place == 0 else len(values)
            frames.insert(where, np.array([frame]))
            values.insert(where, np.array([here]))
            if slopes:
                slopes.insert(where, np.array([(beside - here) / (way * _SHORT)]))
        whole = replace(
            curve,
            frames=np.concatenate(frames),
            values=np.concatenate(values),
            slopes=np.concatenate(slopes) if slopes else None,
        )
        keys = keys_of(whole)
        if new.departs:
            keys["interpolation"][0] = CONSTANT
        if new.arrives:
            keys["interpolation"][-2] = CONSTANT
        return keys

    def _up_to(self, curve: Curve, keys: Keys, frame: float) -> Keys:
        """The old keys until ``frame``, where there is one."""
        frames = keys["co"][:, 0]
        if np.any(np.abs(frames - frame) < NEAR):
            return slice_keys(keys, 0, int(np.sum(frames < frame + NEAR)))
        head = slice_keys(keys, 0, int(np.sum(frames < frame)))
        return joined_keys([head, self._held(curve, keys, head, frame, -1)])

    def _from(self, curve: Curve, keys: Keys, frame: float) -> Keys:
        """The old keys from ``frame`` on, where there is one."""
        frames = keys["co"][:, 0]
        if np.any(np.abs(frames - frame) < NEAR):
            return slice_keys(keys, int(np.sum(frames < frame - NEAR)), len(frames))
        tail = slice_keys(keys, int(np.sum(frames <= frame)), len(frames))
        return joined_keys([self._held(curve, keys, tail, frame, 1), tail])

    def _held(self, curve: Curve, keys: Keys, outside: Keys, frame: float, way: int) -> Keys:
        """Keys that hold the old values from ``frame`` to the nearest key ``outside``."""
        pin = pin_key(frame, self._value(curve, frame))
        pin["interpolation"][0] = LINEAR if way > 0 else CONSTANT
        if not len(outside["co"]):
            if way > 0:
                pin["interpolation"][0] = CONSTANT
            return pin
        near = outside["co"][-1 if way < 0 else 0]
        piece = int(np.searchsorted(keys["co"][:, 0], frame)) - 1
        if not 0 <= piece < len(keys["co"]) - 1:
            return pin
        kind = keys["interpolation"][piece]
        ends = keys["co"][piece : piece + 2, 1]
        if kind == CONSTANT or (kind == LINEAR and ends[0] == ends[1]):
            pin["interpolation"][0] = kind
            return pin
        low, high = sorted((float(near[0]), frame))
        whole = np.arange(math.floor(low + NEAR) + 1, math.ceil(high - NEAR))
        held = [pin_key(float(f), self._value(curve, float(f))) for f in whole]
        for key in held:
            key["interpolation"][0] = LINEAR
        if way < 0:
            freeze(outside, -1)
            outside["interpolation"][-1] = LINEAR
            return joined_keys([*held, pin])
        freeze(outside, 0)
        return joined_keys([pin, *held])


def keys_of(curve: Curve) -> Keys:
    """The keys of ``curve``, with handles also where lines are straight."""
    keys = plain_keys(len(curve.frames))
    straight = curve.slopes is None
    if straight:
        slopes = np.gradient(curve.values, curve.frames) if len(curve.frames) > 1 else [0.0]
        curve = replace(curve, slopes=np.asarray(slopes))
    for name, values in key_points(curve).items():
        keys[name] = values.reshape(keys[name].shape)
    keys["interpolation"][:] = LINEAR if straight else BEZIER
    return keys


def _shared(stored: list[np.ndarray], edge: float, limit: float) -> float:
    """The key nearest to ``edge`` on its way to ``limit`` that all curves have, or a whole frame.

    Where the part begins, ``limit`` comes later, where it ends, earlier.
    """
    ahead = limit >= edge
    low, high = (edge, limit) if ahead else (limit, edge)
    if stored:
        first = stored[0]
        found = [float(f) for f in first[(first > low - NEAR) & (first < high + NEAR)]]
        for frames in stored[1:]:
            found = [f for f in found if len(frames) and np.abs(frames - f).min() < NEAR]
        if found:
            return found[0] if ahead else found[-1]
    return float(math.ceil(edge - NEAR) if ahead else math.floor(edge + NEAR))
