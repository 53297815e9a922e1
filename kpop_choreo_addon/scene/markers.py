"""Markers on the timeline for bars, counts and sections."""

from __future__ import annotations

import json
from collections import Counter

import bpy

from ..core.counts import Moment
from ..core.timing import FrameClock


def replace_markers(
    scene: bpy.types.Scene, moments: tuple[Moment, ...], clock: FrameClock, own: str
) -> str:
    """Removes our earlier markers and sets one for each of ``moments``, on the nearest frame.

    Markers cannot carry a note in Blender 5, so a list of what we set is kept beside them. A
    marker that was renamed or moved since is the user's and stays.

    Args:
        own: what the last call returned, or nothing.

    Returns:
        The new list, to be handed to the next call.
    """
    for marker in _still_ours(scene, own):
        scene.timeline_markers.remove(marker)
    places = placed(moments, clock)
    for name, frame in places:
        scene.timeline_markers.new(name, frame=frame)
    return json.dumps(places)


def placed(moments: tuple[Moment, ...], clock: FrameClock) -> list[tuple[str, int]]:
    """Names and frames of the markers for ``moments``."""
    return [(moment.name, round(clock.frame(moment.seconds))) for moment in moments]


def own_markers(scene: bpy.types.Scene) -> list[bpy.types.TimelineMarker]:
    """The markers that we set and nobody has moved, renamed or removed."""
    return _still_ours(scene, scene.kpop_choreo.own_markers)  # type: ignore[attr-defined]


def _still_ours(scene: bpy.types.Scene, own: str) -> list[bpy.types.TimelineMarker]:
    ours = Counter((str(name), int(frame)) for name, frame in json.loads(own or "[]"))
    found = []
    for marker in scene.timeline_markers:
        key = (marker.name, marker.frame)
        if ours[key] > 0:
            ours[key] -= 1
            found.append(marker)
    return found
