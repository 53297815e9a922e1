"""What was heard of a song, in the scene: bars follow a correction, clicks lie under the song."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy

from ..core.clip import Clip
from ..core.counts import Moment, SongPart, moments
from ..core.timing import FrameClock
from .clicks import lay_clicks, lay_song
from .clock import scene_clock
from .markers import own_markers, placed, replace_markers


def marker_source(clip: Clip, clock: FrameClock, with_beats: bool) -> str:
    """Where markers came from, as JSON, so that they can follow a correction of their song."""
    return json.dumps(
        {
            "song": clip.meta.get("song", {}).get("sha256", ""),
            "start_frame": clock.start,
            "rate": clock.rate,
            "song_start": clip.song_start,
            "duration": clip.duration,
            "beats": with_beats,
        }
    )


def markers_follow(scene: bpy.types.Scene, analysis: dict[str, Any]) -> bool:
    """Whether markers of ours from this song lie elsewhere than ``analysis`` says."""
    settings = scene.kpop_choreo  # type: ignore[attr-defined]
    source = json.loads(settings.marker_source or "{}")
    digest = analysis.get("song_sha256")
    if not digest or source.get("song") != digest or not own_markers(scene):
        return False
    return json.dumps(placed(*_wanted(scene, analysis))) != settings.own_markers


def move_markers(scene: bpy.types.Scene, analysis: dict[str, Any]) -> None:
    """Sets our markers onto the bars and sections of ``analysis``."""
    settings = scene.kpop_choreo  # type: ignore[attr-defined]
    found, clock = _wanted(scene, analysis)
    settings.own_markers = replace_markers(scene, found, clock, settings.own_markers)
    source = json.loads(settings.marker_source) | {"rate": clock.rate}
    settings.marker_source = json.dumps(source)


def _wanted(
    scene: bpy.types.Scene, analysis: dict[str, Any]
) -> tuple[tuple[Moment, ...], FrameClock]:
    """The moments that our markers name by ``analysis``, and where they lie."""
    source = json.loads(scene.kpop_choreo.marker_source)  # type: ignore[attr-defined]
    part = SongPart(analysis, source["song_start"], source["duration"])
    return moments(part, source["beats"]), scene_clock(scene, source["start_frame"])


def show_clicks(
    scene: bpy.types.Scene, song: Path, clicks: Path, analysis: dict[str, Any]
) -> tuple[str, ...]:
    """Lays the song, if it is not there, and the clicks under it.

    Returns:
        Sentences about what could not be done.
    """
    note = lay_song(scene, song, float(analysis.get("duration", 0.0)))
    note = note or lay_clicks(scene, clicks, song)
    return (note,) if note else ()
