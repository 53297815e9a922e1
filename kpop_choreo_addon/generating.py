"""Turns what the user chose into a task: the only place that knows both scene and engine."""

from __future__ import annotations

import hashlib
import logging
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from .core.client import require_song
from .core.clip import Clip, read_clip
from .core.correction import Correction, correction_of
from .core.dance_job import Progress, make_dance
from .core.errors import ChoreoError
from .core.hearing import Heard, Wish, hear_song
from .core.placement import placed, placement_of
from .core.preparing import Prepared, prepare
from .engine_choice import engine_source
from .ids import takes_folder
from .scene.apply import Applied, apply_clip
from .scene.armatures import read_target, require_armature
from .scene.recognition import require_recognised
from .session import GENERATE, LISTEN, Task, session
from .styles import learn_styles

log = logging.getLogger(__name__)


def dance_task(
    scene: Any,
    target: bpy.types.Object | None,
    song: Path,
    parameters: dict[str, Any],
) -> Task:
    """A task that ends with a clip file; everything that can be checked now is checked.

    Raises:
        ChoreoError: no armature, no matching bones, no song, no engine.
    """
    armature = require_armature(target)
    require_recognised(armature)
    _require_chosen(song)
    source = engine_source()
    clip = takes_folder() / _take_name(song, parameters)

    def work(task: Task) -> Path:
        cancelled = task.cancel.is_set
        learn_styles(source.connect(cancelled).models())
        make_dance(source, song, parameters, clip, task.tell, cancelled)
        return clip

    return Task(
        GENERATE,
        work,
        scene_uid=scene.session_uid,
        target_uid=armature.session_uid,
        target_name=armature.name,
        song=song,
    )


def fitting_task(
    scene: Any, target: bpy.types.Object | None, take: Path, song: Path | None
) -> Task:
    """A task that ends with the keys of the clip file ``take`` for ``target``.

    What is needed of the armature is read now.

    Raises:
        ChoreoError: no armature, or none that can be read.
    """
    armature = require_armature(target)
    read, settings = read_target(armature), scene.kpop_choreo
    options, placement = settings.fit_options(), settings.placement()

    def work(task: Task) -> Prepared:
        task.tell(Progress("rig"))
        clip = placed(read_clip(take), placement)
        return Prepared(clip, read, options, prepare(clip, read, options))

    return Task(
        GENERATE,
        work,
        scene_uid=scene.session_uid,
        target_uid=armature.session_uid,
        target_name=armature.name,
        song=song or Path(),
        take=take,
    )


def hearing_task(scene: Any, song: Path, wish: Wish) -> Task:
    """A task that ends with what is heard of ``song``, as it was corrected.

    Raises:
        ChoreoError: no song, no engine.
    """
    _require_chosen(song)
    source = engine_source()

    def work(task: Task) -> Heard:
        cancelled = task.cancel.is_set
        learn_styles(source.connect(cancelled).models())
        return hear_song(source, song, wish, task.tell, cancelled)

    return Task(LISTEN, work, scene_uid=scene.session_uid, song=song, wish=wish)


def known_analysis(scene: Any) -> dict[str, Any]:
    """What was heard of the scene's song; empty if it was not analysed yet."""
    song = str(song_path(scene.kpop_choreo.song))
    return session.analysis if session.analysed_song == song else {}


def known_correction(scene: Any) -> Correction:
    """What is corrected of the scene's song, or about to be."""
    if session.correcting:
        sent = session.task.wish.correction if session.task and session.task.wish else None
        return dict(session.next_correction if session.next_correction is not None else sent or {})
    return correction_of(known_analysis(scene))


def run_here(task: Task) -> None:
    """Runs ``task`` in this thread, for Blender without a window; progress goes to the log.

    Afterwards ``task.result`` is set.

    Raises:
        ChoreoError: what went wrong.
    """
    stage, spoken = "", 0.0

    def tell(progress: Progress) -> None:
        nonlocal stage, spoken
        task.progress = progress
        if progress.stage != stage or time.monotonic() - spoken > 1.0:
            stage, spoken = progress.stage, time.monotonic()
            log.info("%3.0f%% %s", 100 * progress.fraction, progress.text)

    task.tell = tell  # type: ignore[method-assign]
    task.run()
    if task.error is not None:
        raise task.error


def bring_clip(
    scene: Any,
    target: bpy.types.Object | None,
    path: Path,
    song: Path | None,
    prepared: Prepared | None = None,
) -> Applied:
    """Puts the clip file at ``path`` on ``target`` as the scene's settings say.

    Args:
        song: what is laid under it; None for the scene's song, if the clip was made to that.
        prepared: what a fitting task made of that file.

    Raises:
        ChoreoError: when the clip cannot be read or ``target`` cannot dance.
    """
    placement = scene.kpop_choreo.placement()
    if prepared is not None and placement_of(prepared.clip) == placement:
        clip = prepared.clip
    else:
        clip = placed(read_clip(path), placement)
    note = ""
    if song is None and scene.kpop_choreo.song:
        song = song_path(scene.kpop_choreo.song)
        if not _made_to(clip, song):
            note = "The scene's song is not the one of this clip, so no sound was laid under it."
            song = None
    if song is not None and placement.time_scale != 1.0:
        note = "The dance is slower or faster than its song, so no sound was laid under it."
        song = None
    done = apply_clip(scene, target, clip, scene.kpop_choreo.apply_options(song), prepared)
    return replace(done, notes=(*done.notes, note)) if note else done


def _made_to(clip: Clip, song: Path) -> bool:
    """Whether ``song`` is the file that ``clip`` dances to."""
    if not song.is_file():
        return False
    with song.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return digest == clip.meta.get("song", {}).get("sha256")


def song_path(path: str) -> Path:
    """A path as the user typed it; Blender's ``//`` means beside the .blend file."""
    return Path(bpy.path.abspath(path)) if path else Path()


def _require_chosen(song: Path) -> None:
    if not song.name:
        raise ChoreoError("no_song", "No song is chosen.", "Choose one under Song.")
    require_song(song)


def _take_name(song: Path, parameters: dict[str, Any]) -> str:
    stem = re.sub(r"[^\w\-]+", "_", song.stem)[:40]
    return f"{stem}-{parameters.get('seed', 0)}-{time.strftime('%Y%m%d-%H%M%S')}.npz"
