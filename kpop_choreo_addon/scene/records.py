"""What is kept with a dance: read from the action that an armature plays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import bpy

from ..core.files import read_json
from ..core.timing import FrameClock

RECORD = "kpop_choreo"
"""Custom property with JSON: provenance on the armature, and with all timing on the action."""
AMID_KEYS = "CURRENT"
"""The place of a dance that was written into an action of the user's."""


def recorded(armature: bpy.types.Object) -> dict[str, Any] | None:
    """What is kept with our dance in the armature's action, or in its topmost NLA strip."""
    return next(playing_records(armature), None)


def playing_records(obj: bpy.types.Object) -> Iterator[dict[str, Any]]:
    """What is kept with the dances that move an object, from what has the last word down."""
    return (record_of(action) for action in playing_actions(obj) if RECORD in action)


def record_of(action: Any) -> dict[str, Any]:
    """What is kept with the dance in ``action``; nothing if it holds none. Cheap in a draw."""
    text = action.get(RECORD)
    return dict(_parsed(text)) if isinstance(text, str) else {}


def keep_users_action(left: Any | None) -> None:
    """After an object was given another action: the one that it left stays in the file, if nothing
    else holds it and it has keys of the user's. A dance alone can be made again from its take."""
    if left is None or left.users:
        return
    if record_of(left).get("place", AMID_KEYS) == AMID_KEYS:
        left.use_fake_user = True


def clock_of(record: Mapping[str, Any]) -> FrameClock:
    """Where the seconds of a dance lie on the timeline."""
    return FrameClock(record["start_frame"], record["fps"], record["fps_base"])


@lru_cache(maxsize=32)
def _parsed(text: str) -> Mapping[str, Any]:
    try:
        record = read_json(text)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def all_actions(obj: bpy.types.Object | None) -> list[Any]:
    """Every action of an object, each once: those of its strips, muted ones too, and its own."""
    animation: Any = obj.animation_data if obj is not None else None
    if animation is None:
        return []
    used = [strip.action for track in animation.nla_tracks for strip in track.strips]
    return list(dict.fromkeys(a for a in (*used, animation.action) if a is not None))


def playing_actions(obj: bpy.types.Object) -> Iterator[Any]:
    """The actions that move an object, from what has the last word down."""
    animation: Any = obj.animation_data
    if animation is None:
        return
    if animation.action is not None:
        yield animation.action
    for track in reversed(animation.nla_tracks if animation.use_nla else ()):
        for strip in reversed(track.strips):
            if not (track.mute or strip.mute or strip.action is None):
                yield strip.action
