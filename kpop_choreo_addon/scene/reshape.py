"""Dances made shorter, and earlier or later, in the action that they have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import bpy
import numpy as np

from ..core.errors import ChoreoError
from ..core.unseen import from_stored
from .actions import CONSTANT, LINEAR, Curve, curve_owner
from .apply import CURRENT_ACTION
from .danced import Danced, note_on
from .edited import is_edited
from .stored_keys import (
    NEAR,
    PLACES,
    joined_keys,
    move_keys,
    pin_key,
    read_keys,
    slice_keys,
    write_keys,
)


def crop(danced: Danced, start: float, end: float) -> None:
    """Removes the dance's keys outside frames ``start`` to ``end``, where curves get their ends."""
    first, last = _extent(danced)
    for fcurve in _dance_curves(danced, first, last):
        keys = read_keys(fcurve)
        frames = keys["co"][:, 0]
        if np.all(keys["interpolation"] == CONSTANT):  # a switch, and what it was outside
            for name in PLACES:
                keys[name][frames < first + NEAR, 0] += start - first
                keys[name][frames > last - NEAR, 0] += end - last
            write_keys(fcurve, keys)
            continue
        before = slice_keys(keys, 0, int(np.sum(frames < first - NEAR)))
        after = slice_keys(keys, int(np.sum(frames <= last + NEAR)), len(frames))
        low, high = int(np.sum(frames < start - NEAR)), int(np.sum(frames <= end + NEAR))
        inside = slice_keys(keys, low, high)
        parts = [before, inside, after]
        if high == low or frames[low] > start + NEAR:
            upto = float(frames[low]) if high > low else end
            parts.insert(1, _straight(fcurve, start, np.arange(np.floor(start) + 1, upto - NEAR)))
        if high > low and frames[high - 1] < end - NEAR:
            since = np.floor(float(frames[high - 1])) + 1
            parts.insert(-1, _straight(fcurve, end, np.arange(since, end - NEAR)))
            inside["interpolation"][-1] = LINEAR
        write_keys(fcurve, joined_keys(parts))
    strip: Any = danced.strip
    if strip is not None:
        since, until = strip.frame_start + start - first, strip.frame_end + end - last
        strip.action_frame_start, strip.action_frame_end = start, end
        strip.frame_start, strip.frame_end = since, until
    danced.action.update_tag()


def cut_unseen(stored: dict[str, Any], start: float, frames: int) -> dict[str, Any]:
    """What is kept of joints without a bone, for ``frames`` from second ``start`` on."""
    whole = from_stored(stored)
    part = slice(round(start * whole.fps), round(start * whole.fps) + frames)
    turns = {joint: vectors[part] for joint, vectors in whole.turns.items()}
    hands = None if whole.hands is None else whole.hands[part]
    return replace(whole, frames=frames, turns=turns, hands=hands).stored()


def lengthen(danced: Danced, switches: Iterable[Curve], last: float, new_last: float) -> None:
    """Lets switches and strip of a dance that ended at frame ``last`` hold until ``new_last``."""
    owner = curve_owner(danced.action, danced.slot)
    for curve in switches:
        fcurve = owner.fcurves.find(curve.path, index=curve.index)
        if fcurve is None:
            continue
        keys = read_keys(fcurve, PLACES)
        later = keys["co"][:, 0] > last - NEAR
        for name, places in keys.items():
            places[later, 0] += new_last - last
            fcurve.keyframe_points.foreach_set(name, places.ravel())
    if danced.strip is not None:
        danced.strip.action_frame_end = new_last
    danced.action.update_tag()


def nudge(obj: bpy.types.Object, danced: Danced, frames: float) -> None:
    """Moves the keys of a dance by ``frames`` against its song and markers.

    Raises:
        ChoreoError: ``nudge_amid`` when the action holds other keys as well.
    """
    action, record = danced.action, danced.record
    if record.get("place") == CURRENT_ACTION:
        raise ChoreoError(
            "nudge_amid",
            f"The dance lies amid other keys of {action.name}.",
            "Choose New Action or NLA Strip under Target and generate again.",
        )
    danced = replace(danced, edited=is_edited(action))
    for fcurve in curve_owner(action, danced.slot).fcurves:
        move_keys(fcurve, lambda places: places + frames)
    if action.use_frame_range:
        start, end = action.frame_start, action.frame_end
        action.frame_start, action.frame_end = start + frames, end + frames
    strip: Any = danced.strip
    if strip is not None:
        _move_strip(strip, frames)
    moved = shifted(record, frames / danced.clock.rate)
    note_on(obj, danced, moved | {"start_frame": record["start_frame"] + frames})
    action.update_tag()


def shifted(record: dict[str, Any], seconds: float) -> dict[str, Any]:
    """``record`` of a dance that begins ``seconds`` later in its song."""
    changed = {
        name: [round(second - seconds, 4) for second in record.get(name, [])]
        for name in ("beats", "downbeats")
    }
    sections = [s | {"start": round(s["start"] - seconds, 4)} for s in record.get("sections", [])]
    return {
        **record,
        **changed,
        "sections": sections,
        "song_start": record["song_start"] + seconds,
        "nudged": round(record.get("nudged", 0.0) + seconds, 6),
    }


def _move_strip(strip: Any, frames: float) -> None:
    start, end = strip.frame_start + frames, strip.frame_end + frames
    low, high = strip.action_frame_start + frames, strip.action_frame_end + frames
    if frames > 0:  # the far end goes first, so that a strip never shrinks to nothing
        strip.action_frame_end, strip.action_frame_start = high, low
        strip.frame_end, strip.frame_start = end, start
    else:
        strip.action_frame_start, strip.action_frame_end = low, high
        strip.frame_start, strip.frame_end = start, end
    strip.frame_end = end


def _extent(danced: Danced) -> tuple[float, float]:
    clock = danced.clock
    return clock.frame(0.0), clock.frame(danced.record["duration"])


def _dance_curves(danced: Danced, first: float, last: float) -> list[Any]:
    """The curves of the dance: all of them, or amid other keys those from its start to its end."""
    owner = curve_owner(danced.action, danced.slot)
    curves = list(owner.fcurves)
    if danced.record.get("place") != CURRENT_ACTION:
        return curves
    found = []
    for fcurve in curves:
        frames = read_keys(fcurve, ("co",))["co"][:, 0]
        if all(len(frames) and np.abs(frames - edge).min() < NEAR for edge in (first, last)):
            found.append(fcurve)
    return found


def _straight(fcurve: Any, edge: float, whole: np.ndarray) -> dict[str, np.ndarray]:
    """Keys at ``edge`` and on ``whole`` frames beside it that hold the curve's values."""
    frames = sorted({float(edge), *(float(f) for f in whole)})
    pins = [pin_key(frame, fcurve.evaluate(frame)) for frame in frames]
    for pin in pins:
        pin["interpolation"][0] = LINEAR
    return joined_keys(pins)
