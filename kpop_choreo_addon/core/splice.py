"""New keys of a bone amid old ones: what differs where they meet dies away over a stretch.

At either edge the old dance is known beyond the part. What it is turned and moved away from the
new one there, and how fast that changes, goes on into the part and comes to rest at nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import quaternions as quat
from .easing import fading
from .keys import BoneKeys
from .rotation_modes import Channels, channel_quats, rotation_channels

ANOTHER = 0.05
"""By how much channels of one rotation differ when they are another way to write it."""
_NEAR = 1e-4
_STEP = 1e-3
"""Seconds on each side over which a slope is measured."""


@dataclass(frozen=True, eq=False)
class Edge:
    """The old dance of one bone where a part begins or ends."""

    second: float
    """Of the dance."""
    values: tuple[np.ndarray, ...]
    """Of each channel ``[K, C]``: at the edge, then a step further away from the part, ..."""
    step: float = 1.0 / 30.0
    """Seconds."""


@dataclass(frozen=True, eq=False)
class Joined:
    """The keys of one bone within a part."""

    keys: BoneKeys
    departs: bool = False
    """Whether the first key is what the old one at the first edge is, written another way."""
    arrives: bool = False
    """Whether the last key is what the old one at the last edge is, written another way."""


def joined(
    key: BoneKeys, mode: str, before: Edge | None, after: Edge | None, fade: float, fps: float
) -> Joined:
    """The keys of ``key`` strictly between two edges of an old dance.

    Args:
        mode: the bone's rotation mode.
        before, after: None where the part has no neighbour.
        fade: seconds over which the old dance hands over to the new one.
        fps: keys a second there, where ``key`` has fewer.
    """
    first = before.second if before else -np.inf
    last = after.second if after else np.inf
    times = _moments(key, first, last, fade, fps)
    whole = np.concatenate([[first] if before else [], times, [last] if after else []])
    low, high = np.maximum(whole - _STEP, first), np.minimum(whole + _STEP, last)
    dense = np.stack([low, whole, high], axis=-1).ravel() if key.slopes else whole
    *places, quats = _bent(key, mode, dense, before, after, fade)
    series = [*places, _matched(rotation_channels(quats, mode), mode, before, after)]
    per = 3 if key.slopes else 1
    values = [part[per // 2 :: per] for part in series]
    departs = before is not None and _differs(values[-1][0], before.values[-1][0])
    arrives = after is not None and _differs(values[-1][-1], after.values[-1][0])
    start = 0 if departs or before is None else 1
    stop = len(whole) if arrives or after is None else len(whole) - 1
    slopes: tuple[np.ndarray, ...] = ()
    if key.slopes:
        around = (high - low)[:, None]
        slopes = tuple(((part[2::3] - part[::3]) / around)[start:stop] for part in series)
    channels = tuple(
        Channels(old.property_name, new[start:stop])
        for old, new in zip(key.channels, values, strict=True)
    )
    return Joined(BoneKeys(key.bone, whole[start:stop], channels, slopes), departs, arrives)


def values_at(key: BoneKeys, times: np.ndarray) -> list[np.ndarray]:
    """The channels ``[T, C]`` of ``key`` at ``times[T]``, as Blender goes from key to key."""
    found = []
    for part, channels in enumerate(key.channels):
        values = channels.values
        if len(key.seconds) < 2:
            found.append(np.repeat(values[:1], len(times), axis=0))
            continue
        piece = np.clip(np.searchsorted(key.seconds, times, "right") - 1, 0, len(key.seconds) - 2)
        span = (key.seconds[piece + 1] - key.seconds[piece])[:, None]
        u = np.clip((times - key.seconds[piece])[:, None] / span, 0.0, 1.0)
        a, b = values[piece], values[piece + 1]
        if not key.slopes:
            found.append(a + u * (b - a))
            continue
        v, slopes = 1.0 - u, key.slopes[part]
        start = v * v * ((1 + 2 * u) * a + u * span * slopes[piece])
        found.append(start + u * u * ((1 + 2 * v) * b - v * span * slopes[piece + 1]))
    return found


def _moments(key: BoneKeys, first: float, last: float, fade: float, fps: float) -> np.ndarray:
    """When keys lie between the edges: those of ``key``, and more where it hands over."""
    times = key.seconds[(key.seconds > first + _NEAR) & (key.seconds < last - _NEAR)]
    grid = np.arange(1, int(fade * fps) + 2) / fps
    more = np.concatenate([first + grid, last - grid])
    room = 0.5 / fps
    inside = np.isfinite(more) & (more > first + room) & (more < last - room)
    more = np.unique(np.round(more[inside], 6))
    if len(times):  # a key of the dance's own is worth more than one beside it
        near = np.abs(more[:, None] - times[None]).min(axis=1)
        more = more[near > room]
    return np.union1d(times, more)


def _bent(
    key: BoneKeys,
    mode: str,
    times: np.ndarray,
    before: Edge | None,
    after: Edge | None,
    fade: float,
) -> list[np.ndarray]:
    """Location, if there is one, and rotation as quaternions of the new dance, handed over."""
    *places, turns = values_at(key, times)
    name = key.channels[-1].property_name
    quats = channel_quats(Channels(name, turns), mode)
    vectors = np.zeros((len(times), 3))
    for edge, way in ((before, -1.0), (after, 1.0)):
        if edge is None:
            continue
        away = edge.second + way * edge.step * np.arange(len(edge.values[-1]))
        *old_places, old_turns = edge.values
        *new_places, new_turns = values_at(key, away)
        old = channel_quats(Channels(name, old_turns), mode)
        new = channel_quats(Channels(name, new_turns), mode)
        missing = quat.to_vectors(quat.multiply(quat.conjugate(new), old))
        steps = np.maximum(0.0, way * (edge.second - times)) / edge.step
        vectors += fading(missing, steps, fade / edge.step)
        for number, place in enumerate(places):
            off = old_places[number] - new_places[number]
            places[number] = place + fading(off, steps, fade / edge.step)
    return [*places, quat.multiply(quats, quat.from_vectors(vectors))]


def _matched(turns: Channels, mode: str, before: Edge | None, after: Edge | None) -> np.ndarray:
    """``turns`` written as the old dance is at the first edge, or at the last if it has none."""
    row, edge = (0, before) if before is not None else (-1, after)
    if edge is None:
        return turns.values
    old = edge.values[-1][0]
    ways = (turns.values, _other_way(turns.values, mode))
    found = [_nearest_turns(values, row, old, mode) for values in ways]
    return min(found, key=lambda values: float(np.abs(values[row] - old).max()))


def _other_way(values: np.ndarray, mode: str) -> np.ndarray:
    """The other way to write rotations, but for whole turns."""
    if mode in ("QUATERNION", "AXIS_ANGLE"):
        return -values
    other, middle = values + np.pi, "XYZ".index(mode[1])
    other[:, middle] = np.pi - values[:, middle]
    return other


def _nearest_turns(values: np.ndarray, row: int, old: np.ndarray, mode: str) -> np.ndarray:
    """``values`` moved by whole turns so that ``row`` is as near to ``old`` as can be."""
    if mode == "QUATERNION":
        return values
    turn = 2 * np.pi * np.round((old - values[row]) / (2 * np.pi))
    if mode == "AXIS_ANGLE":
        turn[1:] = 0.0
    return values + turn


def _differs(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.abs(one - other).max() > ANOTHER)


def round_again(key: BoneKeys, mode: str, fade: float, fps: float) -> BoneKeys:
    """``key`` of a loop, whose last moment is what its first one is."""
    last = float(key.seconds[-1])
    ends = tuple(channels.values[:1] for channels in key.channels)
    new = joined(key, mode, None, Edge(last, ends), fade, fps)
    rows = new.keys
    if new.arrives:  # it is the last key already
        return rows
    channels = tuple(
        Channels(c.property_name, np.concatenate([c.values, end]))
        for c, end in zip(rows.channels, ends, strict=True)
    )
    slopes = tuple(
        np.concatenate([part, old[:1]]) for part, old in zip(rows.slopes, key.slopes, strict=True)
    )
    return BoneKeys(key.bone, np.append(rows.seconds, last), channels, slopes)
