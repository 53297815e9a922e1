"""Where the song lies in the sequencer, and clicks on its beats as a second strip."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bpy

from ..core.timing import FrameClock
from .clock import scene_clock
from .sound import MARK, all_strips, free_channel, replace_song, show_in_sequencer, strips_of

CLICKS = "kpop_choreo_clicks"
"""Custom property on the strip with our clicks: the path of their song."""


def song_scene(scene: bpy.types.Scene, song: Path) -> bpy.types.Scene:
    """The scene whose sequencer holds the song: ``scene``, or the workspace's own choice."""
    chosen = getattr(bpy.context.workspace, "sequencer_scene", None)
    if song_strip(scene, song) is None and chosen is not None and song_strip(chosen, song):
        return chosen
    return scene


def song_strip(scene: bpy.types.Scene, song: Path) -> Any:
    """The strip that plays ``song``, ours before others; None if none does."""
    found = [strip for strip in all_strips(scene) if _plays(strip, song)]
    return next((strip for strip in found if strip.get(MARK)), found[0] if found else None)


def clicks_strip(scene: bpy.types.Scene, song: Path) -> Any:
    """Our strip with the clicks of ``song``, or None."""
    marked = (strip for strip in all_strips(scene) if strip.get(CLICKS))
    return next((strip for strip in marked if _same(strip[CLICKS], song)), None)


def song_clock(scene: bpy.types.Scene, song: Path) -> FrameClock:
    """Second 0 is the song's; without a strip the song starts at the scene's start frame."""
    strip = song_strip(scene, song)
    if strip is None:
        return scene_clock(scene, scene.kpop_choreo.start_frame)  # type: ignore[attr-defined]
    clock = scene_clock(scene, strip.frame_start)
    return scene_clock(scene, clock.frame(getattr(strip, "sound_offset", 0.0)))


def playhead(scene: bpy.types.Scene, song: Path) -> float:
    """Second of the song at the current frame."""
    return song_clock(scene, song).second(scene.frame_current_final)


def lay_song(scene: bpy.types.Scene, song: Path, duration: float) -> str:
    """The whole song from the start frame, unless it lies there already.

    Returns:
        A sentence when it could not be laid down, else nothing.
    """
    if song_strip(scene, song) is not None:
        return ""
    start = scene.kpop_choreo.start_frame  # type: ignore[attr-defined]
    return replace_song(scene, song, scene_clock(scene, start), 0.0, duration)


def lay_clicks(scene: bpy.types.Scene, wav: Path, song: Path) -> str:
    """Replaces our clicks by those in ``wav``, at the same place and as long as the song's strip.

    Returns:
        A sentence when they could not be laid down, else nothing.
    """
    remove_clicks(scene)
    below = song_strip(scene, song)
    if below is None:
        return "The song is not in the sequencer, so there is nothing to click to."
    if not wav.is_file():
        return f"The clicks {wav.name} are not there any more: press Check by Ear again."
    editor = scene.sequence_editor
    place = (f"{song.stem} clicks", str(wav), free_channel(editor), round(below.frame_start))
    try:
        strip = strips_of(editor).new_sound(*place)
    except RuntimeError:
        return "This Blender was built without sound, so there are no clicks."
    strip[CLICKS] = str(song)
    strip.frame_offset_start = below.frame_offset_start
    if hasattr(strip, "sound_offset"):
        strip.sound_offset = below.sound_offset
    if strip.frame_final_end > below.frame_final_end:
        strip.frame_final_end = below.frame_final_end
    show_in_sequencer(scene)
    return ""


def remove_clicks(scene: bpy.types.Scene) -> None:
    """Removes the strips with our clicks, and their sounds if nothing else uses them."""
    for strip in [strip for strip in all_strips(scene) if strip.get(CLICKS)]:
        sound = strip.sound
        strips_of(scene.sequence_editor).remove(strip)
        if sound is not None and sound.users == 0:
            bpy.data.sounds.remove(sound)


def follow_song(scene: bpy.types.Scene, song: Path) -> None:
    """Moves the clicks to where the song lies now; those of another song are removed."""
    strip = clicks_strip(scene, song)
    if strip is None:
        remove_clicks(scene)
    else:
        lay_clicks(scene, Path(bpy.path.abspath(strip.sound.filepath)), song)


def _plays(strip: Any, song: Path) -> bool:
    sound = getattr(strip, "sound", None)
    if sound is None or strip.get(CLICKS):
        return False
    return _same(sound.filepath, song)


def _same(path: str, song: Path) -> bool:
    """Whether a path of the file, relative to it or not, is the song's."""
    return os.path.normpath(bpy.path.abspath(path)) == os.path.normpath(song)
