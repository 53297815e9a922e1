"""Pins on an armature object: kept with it, read off its pose, placed on the timeline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from ..core.control_bones import body_rig, turned_bones
from ..core.pin_request import Asked, Danced, asked, danced_anew, kept_outside
from ..core.pins import PinList, Posture, leaves_out, pins_text, posture_of, read_pins
from ..core.timing import FrameClock
from .clock import scene_clock
from .evaluation import evaluated_graph
from .object_texts import has_unread, keep_unread, register_texts, unregister_texts
from .read_pose import evaluated_pose
from .recognition import read_rig, require_recognised
from .records import clock_of, recorded
from .stands import read_stand, recorded_stand

PINS = "kpop_choreo_pins"
"""The object's property."""


@dataclass(frozen=True)
class SongClock:
    """Where the seconds of a song lie on the timeline of who dances to it."""

    clock: FrameClock
    """Seconds of the dance as it lies there."""
    song_start: float
    """Second of the song at which the dance starts."""
    time_scale: float = 1.0
    """How many times as long the dance lasts."""

    def frame(self, second: float) -> float:
        """The frame, with its fraction, at a second of the song."""
        return self.clock.frame((second - self.song_start) * self.time_scale)

    def second(self, frame: float) -> float:
        """The second of the song at a frame."""
        return self.clock.second(frame) / self.time_scale + self.song_start


def register() -> None:
    """Makes the property known to Blender."""
    register_texts("Pins", PINS)


def unregister() -> None:
    """Takes back what :func:`register` did; does nothing when it was not called."""
    unregister_texts(PINS)


def pins_of(obj: bpy.types.Object | None) -> PinList:
    """The pins of ``obj``; cheap enough to ask in every draw."""
    return read_pins(getattr(obj, PINS, "")) if obj is not None else PinList()


def unread(obj: bpy.types.Object) -> bool:
    """Whether ``obj`` has pins that this add-on cannot read; cheap enough for every draw."""
    return has_unread(obj, PINS) or leaves_out(getattr(obj, PINS))


def set_pins(obj: bpy.types.Object, pins: PinList) -> None:
    """Replaces the pins of ``obj``; those that cannot be read are kept aside."""
    if leaves_out(getattr(obj, PINS)):
        keep_unread(obj, PINS)
    setattr(obj, PINS, pins_text(pins))


def read_posture(obj: bpy.types.Object) -> Posture:
    """What ``obj`` looks like right now, keyed or not.

    Raises:
        ChoreoError: when its bones are not those of a body.
    """
    match = require_recognised(obj)
    rig = body_rig(read_rig(obj), match)
    posed: Any = obj.evaluated_get(evaluated_graph())
    bones = {bone.name: bone for bone in posed.pose.bones}
    poses = np.array([np.array(bones[name].matrix) for name in turned_bones(rig, match)])
    poses = np.array(_travelled(obj) @ posed.matrix_basis) @ poses
    return posture_of(rig, match, evaluated_pose(poses[None]))


def pinned_space(obj: bpy.types.Object) -> Matrix:
    """Where armature space lies in the world for who does not follow a dance that moves it."""
    return obj.matrix_world @ (_travelled(obj) @ obj.matrix_basis).inverted_safe()


def _travelled(obj: bpy.types.Object) -> Matrix:
    """From where the object is to where it would be without a dance that moves it."""
    moved = recorded_stand(obj) is not None
    stand = read_stand(obj) if moved else None
    return (obj.matrix_basis if stand is None else Matrix(stand.matrix)).inverted_safe()


def song_clock(scene: bpy.types.Scene, obj: bpy.types.Object | None) -> SongClock:
    """Where the song lies: under the dance on ``obj``, else where the next one will start."""
    record = recorded(obj) if obj is not None else None
    if record:
        clock = clock_of(record)
        scale = record.get("placement", {}).get("time_scale", 1.0)
        return SongClock(clock, record["song_start"] / scale, scale)
    settings = scene.kpop_choreo  # type: ignore[attr-defined]
    start = settings.range_start if settings.use_range else 0.0
    return SongClock(scene_clock(scene, settings.start_frame), start, settings.time_scale)


def song_beats(
    scene: bpy.types.Scene, obj: bpy.types.Object | None, analysis: Mapping[str, Any]
) -> np.ndarray:
    """Seconds of the song ``[B]`` of its beats: as it was heard, else as ``obj`` dances to it."""
    if analysis.get("beats"):
        return np.array(analysis["beats"], dtype=float)
    record = recorded(obj) if obj is not None else None
    beats = np.array((record or {}).get("beats") or [], dtype=float)
    where = song_clock(scene, obj)
    return beats / where.time_scale + where.song_start


def asked_pins(
    scene: bpy.types.Scene,
    obj: bpy.types.Object,
    parameters: Mapping[str, Any],
    source: bytes | None,
    analysis: Mapping[str, Any],
) -> Asked:
    """The pins of ``obj`` that a dance by ``parameters`` has to meet.

    Args:
        source: the clip file of which a part is danced anew; pins that it meets elsewhere stay.

    Raises:
        ChoreoError: as :func:`.asked`.
    """
    placement = scene.kpop_choreo.placement()  # type: ignore[attr-defined]
    limits = json.loads(parameters["plan"]) if "plan" in parameters else parameters
    start = float(limits.get("start", 0.0))
    end = float(limits.get("end", analysis.get("duration", np.inf)))
    clock = scene_clock(scene, scene.kpop_choreo.start_frame)  # type: ignore[attr-defined]
    danced = Danced(start, start, end, clock, placement.time_scale, placement.mirror)
    if source is None:
        return asked(pins_of(obj).pins, danced)
    part = json.loads(str(parameters["regenerate"]))
    danced = danced_anew(source, part, danced)
    found = asked(pins_of(obj).pins, danced)
    return Asked(found.rows, kept_outside(source, danced.first, danced.last) + found.held)
