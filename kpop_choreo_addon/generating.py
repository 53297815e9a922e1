"""Turns what the user chose into a task: the only place that knows both scene and engine."""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from .core.client import require_song
from .core.clip import Clip, read_clip
from .core.correction import Correction, correction_of
from .core.dance_job import (
    EngineSource,
    Order,
    Progress,
    RemoteEngine,
    connect,
    fetch_dance,
    make_dance,
)
from .core.errors import ChoreoError, EngineError
from .core.files import file_digest
from .core.hearing import Heard, Wish, hear_song
from .core.pin_request import remember
from .core.placement import placed, placement_of
from .core.preparing import Prepared, Ready, prepare
from .core.reshape import closed
from .core.takes import NewTake, new_take
from .core.waiting_jobs import WaitingJob, note_job
from .engine_choice import engine_source, server_source
from .hearings import kept_hearing
from .ids import jobs_folder, takes_folder
from .scene.apply import Applied, apply_clip
from .scene.armatures import read_target, require_armature
from .scene.pins import asked_pins
from .scene.recognition import require_recognised
from .scene.takes import set_takes, store_takes, stored_take, takes_of
from .session import GENERATE, LISTEN, Task, session
from .styles import learn_styles

log = logging.getLogger(__name__)


def dance_task(
    scene: Any,
    target: bpy.types.Object | None,
    song: Path,
    parameters: dict[str, Any],
    source_clip: bytes | None = None,
    folder: Path | None = None,
) -> Task:
    """A task that ends with clip files; everything that can be checked now is checked.

    Args:
        source_clip: the clip file of which a part is danced anew.
        folder: where the clip files go; left out, where they are kept for the user.

    Raises:
        ChoreoError: no armature, no matching bones, no song, no engine.
    """
    armature = require_armature(target)
    require_recognised(armature)
    _require_chosen(song)
    source = engine_source()
    clip = (folder or takes_folder()) / _take_name(song, parameters)
    heard = session.analysis if session.analysed_song == str(song) else {}
    pins = asked_pins(scene, armature, parameters, source_clip, heard)
    if pins.rows:
        parameters = parameters | {"pins": json.dumps(pins.rows)}
    order = Order(song, parameters, source_clip)
    notes = jobs_folder()

    def work(task: Task) -> tuple[Path, ...]:
        cancelled = task.stopped
        connect(source, cancelled, lambda client: learn_styles(client.models()))

        def submitted(job: str) -> None:
            if task.remote is not None:
                task.remote = replace(task.remote, job=job)
                note_job(notes, task.remote)

        files = make_dance(source, order, clip, task.tell, cancelled, submitted)
        _learn_device(source)
        remember(files, pins.remembered)
        return files

    task = _dance_of(work, scene, armature, song)
    if isinstance(source, RemoteEngine):
        task.remote = WaitingJob(
            source.url,
            song=str(song),
            blend=bpy.data.filepath,
            scene=scene.name,
            target=armature.name_full,
            parameters=dict(parameters),
            pins=pins.remembered,
        )
    return task


def _learn_device(source: EngineSource) -> None:
    """Asks what the dance was computed on; one that cannot say it has danced all the same."""
    try:
        health = source.connect(lambda: False).health()
    except EngineError:
        return
    name, note = str(health.get("device_name", "")), str(health.get("device_note", ""))
    used = (f"It dances on {name}.",) if name else ()
    session.computes_on = ("No GPU was used.", note) if note else used


def fetching_task(scene: Any, target: bpy.types.Object | None, job: WaitingJob) -> Task:
    """A task that ends with the clip files of a job that a server makes or has made.

    Raises:
        ChoreoError: no armature, or the preferences name another server.
    """
    armature = require_armature(target)
    require_recognised(armature)
    source = server_source(job.url)
    song = Path(job.song)
    clip = takes_folder() / _take_name(song, dict(job.parameters))

    def work(task: Task) -> tuple[Path, ...]:
        try:
            files = fetch_dance(source, job.job, clip, task.tell, task.stopped)
        except EngineError as error:
            if error.code != "job_unknown":
                raise
            raise ChoreoError(
                "job_unknown",
                f"{job.url} does not know the dance any more.",
                "Generate it again.",
            ) from error
        remember(files, job.pins)
        return files

    task = _dance_of(work, scene, armature, song)
    task.remote = job
    return task


def _dance_of(work: Callable[[Task], Any], scene: Any, armature: Any, song: Path) -> Task:
    return Task(
        GENERATE,
        work,
        scene_uid=scene.session_uid,
        target_uid=armature.session_uid,
        target_name=armature.name,
        song=song,
    )


def fitting_task(
    scene: Any, target: bpy.types.Object | None, files: Sequence[Path], song: Path | None
) -> Task:
    """A task that ends with the takes of clip ``files``, the first fitted to ``target``.

    What is needed of the armature is read now.

    Raises:
        ChoreoError: no armature, or none that can be read.
    """
    key = tuple(str(file) for file in files)
    task = fitting(scene, target, key, lambda: tuple(new_take(read_clip(f)) for f in files))
    task.takes, task.song = tuple(files), song or Path()
    return task


def showing_task(scene: Any, target: bpy.types.Object, uid: str) -> Task:
    """A task that ends with a stored take, fitted to ``target``.

    Raises:
        ChoreoError: there is no such take, or the armature cannot be read.
    """
    take = stored_take(target, uid)
    task = fitting(scene, target, (take.uid,), lambda: (take,))
    task.shown = take.uid
    return task


def fitting(
    scene: Any,
    target: bpy.types.Object | None,
    key: tuple[str, ...],
    load: Callable[[], tuple[NewTake, ...]],
) -> Task:
    armature = require_armature(target)
    read, settings = read_target(armature), scene.kpop_choreo
    options, placement = settings.fit_options(), settings.placement()

    def work(task: Task) -> Ready:
        task.tell(Progress("rig"))
        takes = load()
        clip = placed(closed(takes[0].clip), placement)
        return Ready(key, takes, Prepared(clip, read, options, prepare(clip, read, options)))

    return Task(
        GENERATE,
        work,
        scene_uid=scene.session_uid,
        target_uid=armature.session_uid,
        target_name=armature.name,
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
        connect(source, cancelled, lambda client: learn_styles(client.models()))
        return hear_song(source, song, wish, task.tell, cancelled)

    return Task(LISTEN, work, scene_uid=scene.session_uid, song=song, wish=wish)


def known_analysis(scene: Any) -> dict[str, Any]:
    """What was heard of the scene's song; empty if it was not analysed yet."""
    song = song_path(scene.kpop_choreo.song)
    name = str(song) if song.name else ""
    if name not in (session.analysed_song, session.sought_song):
        session.sought_song, found = name, kept_hearing(song)
        if found:
            session.analysis, session.analysed_song = found, name
    return session.analysis if name and session.analysed_song == name else {}


def known_correction(scene: Any) -> Correction:
    """What is corrected of the scene's song, or about to be."""
    if session.correcting:
        sent = session.task.wish.correction if session.task and session.task.wish else None
        return dict(session.next_correction if session.next_correction is not None else sent or {})
    return correction_of(known_analysis(scene))


def run_here(task: Task, told: Callable[[Progress], None] | None = None) -> None:
    """Runs ``task`` in this thread, for Blender without a window.

    Afterwards ``task.result`` is set.

    Args:
        told: called with every step forward; left out, progress goes to the log.

    Raises:
        ChoreoError: what went wrong.
    """
    stage, spoken = "", 0.0

    def tell(progress: Progress) -> None:
        nonlocal stage, spoken
        task.progress = progress
        if told is not None:
            told(progress)
        elif progress.stage != stage or time.monotonic() - spoken > 1.0:
            stage, spoken = progress.stage, time.monotonic()
            log.info("%3.0f%% %s", 100 * progress.fraction, progress.text)

    task.tell = tell  # type: ignore[method-assign]
    task.run()
    if task.error is not None:
        raise task.error


def bring_clips(
    scene: Any,
    target: bpy.types.Object | None,
    files: Sequence[Path],
    song: Path | None,
    ready: Ready | None = None,
    replace_edits: bool = False,
) -> Applied:
    """Stores clip ``files`` as takes of ``target`` and lets it dance the first.

    Args:
        song: what is laid under it; None for the scene's song, if the clip was made to that.
        ready: what a fitting task made of those files.
        replace_edits: whether keys may be replaced that were edited by hand.

    Raises:
        ChoreoError: when a clip cannot be read or ``target`` cannot dance.
    """
    if ready is None or ready.key != tuple(str(file) for file in files):
        takes, prepared = tuple(new_take(read_clip(file)) for file in files), None
    else:
        takes, prepared = ready.takes, ready.prepared
    done = bring_take(scene, target, takes[0], song, prepared, replace_edits=replace_edits)
    store_takes(require_armature(target), takes)
    session.seeds.update(take.seed for take in takes)
    return replace(done, takes=len(takes))


def bring_stored(
    scene: Any,
    target: bpy.types.Object,
    uid: str,
    ready: Ready | None = None,
    replace_edits: bool = False,
) -> Applied:
    """Lets ``target`` dance a take that is stored on it.

    Args:
        ready: what a showing task made of it.
        replace_edits: whether keys may be replaced that were edited by hand.

    Raises:
        ChoreoError: when there is no such take or ``target`` cannot dance.
    """
    take = stored_take(target, uid)
    fits = ready is not None and ready.key == (take.uid,)
    prepared = ready.prepared if ready and fits else None
    done = bring_take(scene, target, take, None, prepared, replace_edits=replace_edits)
    set_takes(target, takes_of(target).activated(take.uid))
    return done


def bring_take(
    scene: Any,
    target: bpy.types.Object | None,
    take: NewTake,
    song: Path | None,
    prepared: Prepared | None,
    start_frame: float | None = None,
    replace_edits: bool = False,
) -> Applied:
    """Puts ``take`` on ``target`` as the scene's settings say, or where ``start_frame`` is."""
    placement = scene.kpop_choreo.placement()
    if prepared is not None and placement_of(prepared.clip) == placement:
        clip = prepared.clip
    else:
        clip = placed(closed(take.clip), placement)
    note = ""
    if song is None and scene.kpop_choreo.song:
        song = song_path(scene.kpop_choreo.song)
        if not made_to(clip, song):
            note = "The scene's song is not the one of this clip, so no sound was laid under it."
            song = None
    if song is not None and placement.time_scale != 1.0:
        note = "The dance is slower or faster than its song, so no sound was laid under it."
        song = None
    options = scene.kpop_choreo.apply_options(song)
    options = replace(options, take=take.uid, replace_edits=replace_edits)
    if start_frame is not None:
        options = replace(options, start_frame=start_frame)
    done = apply_clip(scene, target, clip, options, prepared)
    return replace(done, notes=(*done.notes, note)) if note else done


def made_to(clip: Clip, song: Path) -> bool:
    """Whether ``song`` is the file that ``clip`` dances to."""
    return song.is_file() and file_digest(song) == clip.meta.get("song", {}).get("sha256")


def song_path(path: str) -> Path:
    """A path as the user typed it; Blender's ``//`` means beside the .blend file."""
    return Path(bpy.path.abspath(path)) if path else Path()


def _require_chosen(song: Path) -> None:
    if not song.name:
        raise ChoreoError("no_song", "No song is chosen.", "Choose one under Song.")
    try:
        require_song(song)
    except EngineError as error:
        if error.code == "song_missing":
            raise (_packed(song) or _elsewhere(song) or error) from error
        raise


def _packed(song: Path) -> ChoreoError | None:
    """Why a song is not there that the .blend file holds."""
    packed = (s for s in bpy.data.sounds if s.packed_file is not None)
    if not any(song_path(sound.filepath) == song for sound in packed):
        return None
    return ChoreoError(
        "song_packed",
        f"The song {song.name} is packed in the .blend file, and the engine needs the file.",
        "Unpack it: File > External Data > Unpack Resources.",
    )


def _elsewhere(song: Path) -> ChoreoError | None:
    """Why a song is not there that is looked for on the internet or beside a .blend file."""
    if song.parts[0] in ("http:", "https:"):
        return ChoreoError(
            "song_address",
            "The song is an address on the internet.",
            "Download it, and choose its file under Song.",
        )
    if song.is_absolute() or bpy.data.filepath:
        return None
    return ChoreoError(
        "blend_unsaved",
        f"The path {song} begins at the .blend file, which was not saved yet.",
        "Save the file, or choose the song again.",
    )


def _take_name(song: Path, parameters: dict[str, Any]) -> str:
    stem = re.sub(r"[^\w\-]+", "_", song.stem)[:40]
    when = time.strftime("%Y%m%d-%H%M%S")
    own = secrets.token_hex(3)  # another Blender may ask for the same in the same second
    return f"{stem}-{parameters.get('seed', 0)}-{when}-{own}.npz"
