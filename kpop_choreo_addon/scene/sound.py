"""The song as a sound strip that starts with the dance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ..core.timing import FrameClock

MARK = "kpop_choreo"
"""Custom property on the strips that are ours."""
LAID = "kpop_choreo_laid"
"""Custom property on them: frames a second, first frame, second of the song there, seconds."""


def replace_song(
    scene: bpy.types.Scene, song: Path, clock: FrameClock, song_start: float, duration: float
) -> str:
    """Removes our earlier strip and lays the song from ``song_start`` under the dance.

    The strip goes into the scene that dances, since that is the one which plays it. A workspace
    without a scene for its sequencer (Blender 5.0 and later) is given this one; a choice that
    the user made is left alone.

    Args:
        duration: seconds of the dance; the strip ends with it.

    Returns:
        A sentence when the song could not be laid down, else nothing.
    """
    remove_own_strips(scene)
    if not song.is_file():  # Blender itself makes an empty strip without complaint
        return f"The song {song.name} is not there any more, so the scene stays silent."
    editor = scene.sequence_editor or scene.sequence_editor_create()
    strips = strips_of(editor)
    skip = round(song_start * clock.rate)
    start = round(clock.start)
    try:
        strip = strips.new_sound(song.stem, str(song), free_channel(editor), start - skip)
    except RuntimeError:
        return "This Blender was built without sound, so the scene stays silent."
    strip[MARK], strip[LAID] = 1, (clock.rate, float(clock.start), song_start, duration)
    if skip > 0:
        strip.frame_offset_start = skip
    # Strips start on whole frames; what is left is a shift of the sound within its strip.
    if hasattr(strip, "sound_offset"):
        strip.sound_offset = (clock.start - start + skip) / clock.rate - song_start
    end = start + round(duration * clock.rate)
    if strip.frame_final_end > end:
        strip.frame_final_end = end
    show_in_sequencer(scene)
    return ""


def remove_own_strips(scene: bpy.types.Scene) -> None:
    """Removes the strips that carry our mark, and their sounds if nothing else uses them."""
    if scene.sequence_editor is None:
        return
    strips = strips_of(scene.sequence_editor)
    for strip in [strip for strip in strips if strip.get(MARK)]:
        sound = getattr(strip, "sound", None)
        strips.remove(strip)
        if sound is not None and sound.users == 0:
            bpy.data.sounds.remove(sound)


def own_strips(scene: bpy.types.Scene) -> list[Any]:
    """The strips that carry our mark."""
    return [strip for strip in all_strips(scene) if strip.get(MARK)]


def all_strips(scene: bpy.types.Scene) -> list[Any]:
    """The strips at the top level of the scene's sequencer."""
    return [] if scene.sequence_editor is None else list(strips_of(scene.sequence_editor))


def strips_of(editor: Any) -> Any:
    """The top-level strips, under their name before and after Blender 4.4."""
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def free_channel(editor: Any) -> int:
    """The lowest channel above every strip there is."""
    return max((strip.channel for strip in strips_of(editor)), default=0) + 1


def show_in_sequencer(scene: bpy.types.Scene) -> None:
    """Gives the workspace this scene to play, where it has none yet (Blender 5.0 and later)."""
    workspace = bpy.context.workspace
    if hasattr(workspace, "sequencer_scene") and workspace.sequencer_scene is None:
        workspace.sequencer_scene = scene
