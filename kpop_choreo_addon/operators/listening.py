"""What the operators of the song share: ask the engine, then bring in what it heard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

from ..core.correction import Correction
from ..core.errors import ChoreoError
from ..core.hearing import Wish
from ..generating import hearing_task, known_analysis, known_correction, run_here, song_path
from ..ids import clicks_folder
from ..jobs import bring_in_hearing, changes_scene, take_over, watch
from ..redrawing import redraw
from ..scene.clicks import clicks_strip, playhead, song_scene
from ..session import LISTEN, session
from ..translations import hinted
from .polls import is_idle
from .reporting import fail


def song_of(context: bpy.types.Context) -> Path:
    """The scene's song."""
    return song_path(context.scene.kpop_choreo.song)


def may_listen(cls: Any, context: bpy.types.Context) -> bool:
    """Poll: nothing is under way and a song is chosen."""
    if not is_idle(cls):
        return False
    if not context.scene.kpop_choreo.song:
        cls.poll_message_set(hinted("Choose a song first"))
        return False
    return True


def may_correct(cls: Any, context: bpy.types.Context) -> bool:
    """Poll: as :func:`may_listen`, and the song was analysed."""
    if not may_listen(cls, context):
        return False
    if not known_analysis(context.scene):
        cls.poll_message_set(hinted("This song was not analysed yet: press Analyze Song first"))
        return False
    return True


def may_correct_further(cls: Any, context: bpy.types.Context) -> bool:
    """Poll: as :func:`may_correct`, and also while another correction is under way."""
    if session.correcting and known_analysis(context.scene):
        return True
    return may_correct(cls, context)


def listen(
    operator: bpy.types.Operator,
    context: bpy.types.Context,
    correction: Correction | None = None,
    with_clicks: bool = False,
) -> set[str]:
    """Has the song heard; without a window it returns when that is done.

    Clicks that lie in the sequencer are made anew with every correction.
    """
    song, scene = song_of(context), context.scene
    if session.correcting:
        session.next_correction = correction
        redraw()
        return {"FINISHED"}
    if correction is not None:
        with_clicks = with_clicks or bool(clicks_strip(song_scene(scene, song), song))
    try:
        wish = Wish(correction, clicks_folder() if with_clicks else None)
        task = hearing_task(scene, song, wish)
        if not bpy.app.background:
            session.begin(task)
            watch()
            return {"FINISHED"}
        run_here(task)
    except ChoreoError as error:
        return fail(operator, error, LISTEN)
    session.error, session.notes = None, ()
    take_over(task)
    if changes_scene(task):
        bring_in_hearing(task)
    return {"FINISHED"}


def correct(
    operator: bpy.types.Operator,
    context: bpy.types.Context,
    change: Callable[[Correction, dict[str, Any]], Correction],
) -> set[str]:
    """Sends the correction that ``change`` makes of the known one and of the analysis."""
    known, analysis = known_correction(context.scene), known_analysis(context.scene)
    try:
        wanted = change(known, analysis)
    except ChoreoError as error:
        return fail(operator, error, LISTEN)
    return listen(operator, context, wanted)


def playhead_of(context: bpy.types.Context) -> float:
    """Second of the song at the playhead."""
    song = song_of(context)
    return playhead(song_scene(context.scene, song), song)
