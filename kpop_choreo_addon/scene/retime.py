"""Dances on their beats again after the scene's frame rate was changed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .actions import fcurves_of, leave_tweak_mode
from .clicks import follow_song
from .clock import scene_clock
from .edited import KEYS, is_edited, mark_again
from .markers import own_markers
from .records import RECORD, all_actions, clock_of, record_of
from .sound import LAID, own_strips, replace_song
from .stored_keys import move_keys

SAME = 1e-4
"""Frames a second by which two rates may differ and be one."""


@dataclass(frozen=True)
class Shift:
    """Where a frame of the old rate lies in the new one; ``anchor`` stays where it is."""

    anchor: float
    old: float
    """Frames a second."""
    new: float

    def __call__(self, frame: Any) -> Any:
        """The new place of a frame, or of an array of them."""
        return self.anchor + (frame - self.anchor) * (self.new / self.old)


def foreign_rate(scene: bpy.types.Scene, obj: bpy.types.Object | None) -> float:
    """Frames a second for which a dance of ``obj`` was keyed; 0 if it fits the scene."""
    rate = scene_clock(scene, 0.0).rate
    found = (_rate(record_of(action)) for action in dance_actions(obj))
    return next((old for old in found if old and abs(old - rate) > SAME), 0.0)


def dance_actions(obj: bpy.types.Object | None) -> list[Any]:
    """The actions with a dance that ``obj`` plays, on strips too."""
    return [action for action in all_actions(obj) if RECORD in action]


def foreign_dancers(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The armatures of ``scene`` that dance in another rate."""
    return [o for o in scene.objects if o.type == "ARMATURE" and foreign_rate(scene, o)]


def retime(scene: bpy.types.Scene) -> tuple[str, ...]:
    """Moves keys, strips, markers and song of every dance keyed for another frame rate.

    The first frame of the earliest dance stays; seconds between everything stay what they were.

    Returns:
        Sentences about what could not be moved.
    """
    rate = scene_clock(scene, 0.0).rate
    dancers = foreign_dancers(scene)
    actions = list(dict.fromkeys(a for dancer in dancers for a in dance_actions(dancer)))
    records = {a: record_of(a) for a in actions}
    foreign = {a: r for a, r in records.items() if _rate(r) and abs(_rate(r) - rate) > SAME}
    anchor = min(float(record["start_frame"]) for record in foreign.values())
    notes = []
    moved: list[tuple[dict[str, Any], Shift]] = []
    for dancer in dancers:
        leave_tweak_mode(dancer.animation_data)
    for action, record in foreign.items():
        if not action.is_editable:
            notes.append(f"{action.name} is linked from another file, so it stays as it is.")
            continue
        shift = Shift(anchor, _rate(record), rate)
        moved.append((record, shift))
        for dancer in dancers:
            _move_strips(dancer, action, shift)
        _move_action(action, record, shift, scene)
    for dancer in dancers:
        _note_on(dancer, scene, anchor)
    if moved:
        record, shift = moved[0]
        moments = [t for rec, _ in moved for t in _moments(rec)]
        _move_markers(scene, moments, shift)
        note = _move_song(scene, shift)
        notes += [note] if note else []
        last = float(record["start_frame"]) + record["duration"] * shift.old
        if abs(scene.frame_end - math.ceil(last - 1e-4)) < 1:
            scene.frame_end = math.ceil(shift(last) - 1e-4)
    return tuple(notes)


def _rate(record: dict[str, Any]) -> float:
    try:
        return float(record["fps"]) / float(record["fps_base"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return 0.0


def _moments(record: dict[str, Any]) -> list[float]:
    """Frames of the old rate on which something of the song lies, with their fractions."""
    seconds = [0.0, *record.get("beats", ()), *record.get("downbeats", ())]
    seconds += [section["start"] for section in record.get("sections", ())]
    clock = clock_of(record)
    return [clock.frame(second) for second in seconds]


def _move_action(action: Any, record: dict[str, Any], shift: Shift, scene: Any) -> None:
    """Moves every key of ``action``; also those beside the dance, to keep their distance."""
    edited = is_edited(action)
    for fcurve in fcurves_of(action):
        move_keys(fcurve, shift)
    if action.use_frame_range:
        start, end = shift(action.frame_start), shift(action.frame_end)
        action.frame_start, action.frame_end = start, end
    told = _retold(record, scene, shift)
    if KEYS in told and not edited:
        span = told[KEYS].get("span")
        told[KEYS] = told[KEYS] | ({"span": [shift(f) for f in span]} if span else {})
        mark_again(action, told)
    action[RECORD] = json.dumps(told, ensure_ascii=False)
    action.update_tag()


def _retold(record: dict[str, Any], scene: Any, shift: Shift) -> dict[str, Any]:
    """``record`` for the scene's rate."""
    rate = {"fps": scene.render.fps, "fps_base": scene.render.fps_base}
    return record | rate | {"start_frame": shift(float(record["start_frame"]))}


def _note_on(dancer: Any, scene: Any, anchor: float) -> None:
    """The armature tells the same as its action."""
    record = record_of(dancer)
    if _rate(record) and dancer.override_library is None:
        shift = Shift(anchor, _rate(record), scene_clock(scene, 0.0).rate)
        dancer[RECORD] = json.dumps(_retold(record, scene, shift), ensure_ascii=False)


def _move_strips(dancer: Any, action: Any, shift: Shift) -> None:
    """Moves the NLA strips of ``action``; they keep their scale and repeats."""
    for track in dancer.animation_data.nla_tracks:
        for strip in track.strips:
            if strip.action != action:
                continue
            start, end = shift(strip.frame_start), shift(strip.frame_end)
            first, last = shift(strip.action_frame_start), shift(strip.action_frame_end)
            # Each end may not pass the other, and moving one moves the end of the strip.
            order = ("end", "start") if last > strip.action_frame_start else ("start", "end")
            for side in order:
                setattr(strip, f"action_frame_{side}", last if side == "end" else first)
            strip.frame_start_raw, strip.frame_end_raw = start, end


def _move_markers(scene: Any, moments: Iterable[float], shift: Shift) -> None:
    """Moves our markers to the frames nearest to what they mark."""
    settings = scene.kpop_choreo
    source = json.loads(settings.marker_source or "{}")
    if abs(source.get("rate", shift.old) - shift.old) > SAME:
        return  # they were set for this rate already
    known = np.array(sorted(moments))
    ours = own_markers(scene)
    for marker in ours:
        nearest = float(known[np.abs(known - marker.frame).argmin()])
        frame = nearest if abs(nearest - marker.frame) <= 0.5 + 1e-3 else marker.frame
        marker.frame = round(shift(frame))
    settings.own_markers = json.dumps([(marker.name, marker.frame) for marker in ours])
    if "start_frame" in source:
        source |= {"start_frame": shift(float(source["start_frame"])), "rate": shift.new}
        settings.marker_source = json.dumps(source)


def _move_song(scene: Any, shift: Shift) -> str:
    """Lays our sound strip anew; returns a sentence if it could not be laid.

    Blender itself changes its length with the frame rate, in some versions.
    """
    for strip in own_strips(scene):
        rate, start, heard, lasts = strip.get(LAID, (shift.new, 0.0, 0.0, 0.0))
        if abs(rate - shift.old) > SAME:
            continue
        song = Path(bpy.path.abspath(strip.sound.filepath))
        clock = scene_clock(scene, shift(start))
        note = replace_song(scene, song, clock, heard, lasts)
        follow_song(scene, song)
        return note
    return ""
