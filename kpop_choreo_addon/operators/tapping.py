"""Tap the tempo while the song plays."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

import time
from typing import Any

import bpy

from ..core.correction import read_taps, tapped
from ..core.errors import ChoreoError
from ..generating import known_analysis
from ..redrawing import redraw
from ..scene.clicks import playhead, song_clock, song_scene, song_strip
from ..session import LISTEN, session
from ..translations import said
from .listening import correct, may_correct, song_of
from .reporting import fail

LOOK_SECONDS = 0.1
LATEST = 1.0
"""Seconds after a frame within which a tap is placed between frames."""
REWOUND = 0.5
"""Seconds back in the song by which playback has begun anew."""


class _Playback:
    """The moment of the song between the frames that Blender shows."""

    def __init__(self) -> None:
        self.shown: float | None = None

    def on_frame(self, *_: Any) -> None:
        """Called by Blender with every frame."""
        self.shown = time.perf_counter()

    def second(self, context: bpy.types.Context) -> float:
        """Second of the song right now."""
        song = song_of(context)
        now = playhead(song_scene(context.scene, song), song)
        if self.shown is None or not context.screen.is_animation_playing:
            return now
        return now + min(time.perf_counter() - self.shown, LATEST)


class KPOPCHOREO_OT_tap_tempo(bpy.types.Operator):
    """Tap Space with the beat while the song plays; Enter sends, Esc cancels.

    Scripts give ``times``: seconds of the song, separated by spaces or commas.
    """

    bl_idname = "kpop_choreo.tap_tempo"
    bl_label = "Tap Tempo"
    bl_description = "Play the song and tap Space with the beat; Enter sends, Esc cancels"
    bl_options = {"REGISTER"}

    times: bpy.props.StringProperty(
        name="Times", description="Seconds of the song that were tapped", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_correct(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            taps = read_taps(self.times)
        except ChoreoError as error:
            return fail(self, error, LISTEN)
        return correct(self, context, lambda known, _: tapped(known, taps))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if self.times:
            return self.execute(context)
        if session.taps is not None:  # pressed again: the one that runs sends
            session.taps_end = "send"
            return {"FINISHED"}
        if not _has_song(context):
            return {"CANCELLED"}
        session.taps, session.taps_end = [], ""
        session.error, session.notes, session.told_at = None, (), LISTEN
        self._begin(context)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.value == "PRESS" and not event.is_repeat:
            if event.type in ("SPACE", "T"):
                self._tap(context)
                return {"RUNNING_MODAL"}
            if event.type in ("RET", "NUMPAD_ENTER"):
                session.taps_end = "send"
            elif event.type == "ESC":
                session.taps_end = "cancel"
        if event.type == "SPACE":
            return {"RUNNING_MODAL"}
        if not session.taps_end:
            return {"PASS_THROUGH"}
        taps, wanted = tuple(session.taps or ()), session.taps_end
        self._end(context)
        if wanted == "cancel":
            return {"CANCELLED"}
        return correct(self, context, lambda known, _: tapped(known, taps))

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator, as when another file is opened."""
        self._end(context)

    def _begin(self, context: bpy.types.Context) -> None:
        """Plays the song from the playhead, or from its start if the playhead is outside."""
        song = song_of(context)
        scene = song_scene(context.scene, song)
        length = float(known_analysis(context.scene).get("duration", 0.0))
        if not 0.0 <= playhead(scene, song) < length:
            scene.frame_set(round(song_clock(scene, song).start))
        self._playback = _Playback()
        bpy.app.handlers.frame_change_pre.append(self._playback.on_frame)
        self._sync = scene.sync_mode
        scene.sync_mode = "AUDIO_SYNC"  # else slow frames fall behind what is heard
        self._started = not context.screen.is_animation_playing
        if self._started:
            bpy.ops.screen.animation_play(sync=True)
        manager = context.window_manager
        self._timer = manager.event_timer_add(LOOK_SECONDS, window=context.window)
        manager.modal_handler_add(self)
        keys = said("Tap Space with the beat.  Enter: send.  Esc: cancel.")
        context.workspace.status_text_set(keys)
        redraw()

    def _tap(self, context: bpy.types.Context) -> None:
        second = round(self._playback.second(context), 4)
        taps = session.taps or []
        if taps and second < taps[-1] - REWOUND:
            taps = []
        if not taps or second > taps[-1]:
            session.taps = [*taps, second]
        redraw()

    def _end(self, context: bpy.types.Context) -> None:
        """Puts back what tapping changed."""
        session.taps, session.taps_end = None, ""
        handlers = bpy.app.handlers.frame_change_pre
        if self._playback.on_frame in handlers:
            handlers.remove(self._playback.on_frame)
        context.window_manager.event_timer_remove(self._timer)
        song_scene(context.scene, song_of(context)).sync_mode = self._sync
        if self._started and context.screen and context.screen.is_animation_playing:
            bpy.ops.screen.animation_cancel(restore_frame=False)
        if context.workspace:
            context.workspace.status_text_set(None)
        redraw()


def _has_song(context: bpy.types.Context) -> bool:
    """Lays the song into the sequencer if it is not there; False where that fails."""
    song = song_of(context)
    if song_strip(song_scene(context.scene, song), song) is not None:
        return True
    try:
        laid = bpy.ops.kpop_choreo.lay_song("EXEC_DEFAULT", True)  # type: ignore[attr-defined]
    except RuntimeError:  # it has told why
        return False
    return laid == {"FINISHED"}


CLASSES: tuple[type, ...] = (KPOPCHOREO_OT_tap_tempo,)
