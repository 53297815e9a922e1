"""One job from its song to its files, in the Blender that runs this."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..core.batch_jobs import EXPORTS, Job
from ..core.clip import Clip, read_clip
from ..core.dance_job import Progress
from ..core.errors import ChoreoError
from ..core.export_presets import PRESETS
from ..generating import bring_clips, bring_stored, dance_task, run_here
from ..scene.export_dance import ExportOptions, dance_record, export_dance
from ..scene.takes import takes_of
from ..session import session
from .rigs import bring_dancer, open_blend
from .sheet import write_sheet
from .stage import Stage

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Places:
    """Where a job's files are made."""

    folder: Path
    """All but the .blend file; its files are all results when the job is done."""
    blend: Path
    scratch: Path


def make(job: Job, places: Places, tell: Tell) -> dict[str, Any]:
    """Makes the files of ``job``.

    Returns:
        What the summary tells: seed, tempo, seconds of dance, notes.

    Raises:
        ChoreoError: what went wrong.
        OSError: a file cannot be written.
    """
    if job.clip is not None and job.clip.suffix.lower() == ".blend":
        return _export_dances(job, places)
    tell("rig")
    armature = bring_dancer(job, places.scratch)
    scene: Any = bpy.context.scene
    scene.kpop_choreo.target, scene.kpop_choreo.set_frame_end = armature, True
    scene.kpop_choreo.song = str(job.song or "")
    if "blend" in job.outputs:  # its paths are relative from now on, and stay true
        _save(places.blend)
    clips, notes = _dance(job, scene, armature, places, tell)
    if "blend" in job.outputs:
        scene.frame_set(scene.frame_start)
        _save(places.blend)
    for number, (take, clip, file) in enumerate(_takes(armature, clips)):
        if number > 0:
            bring_stored(scene, armature, take)
        name = job.name if len(clips) == 1 else f"{job.name}-take{number + 1}"
        notes += _export(job, armature, places.folder / name)
        if "clip" in job.outputs:
            shutil.copyfile(file, places.folder / f"{name}.npz")
        _picture(job, armature, clip, places, name, tell)
    first = read_clip(clips[0])
    return {
        "seed": first.meta.get("seed"),
        "tempo": first.meta.get("analysis", {}).get("tempo"),
        "dance": round(first.duration, 3),
        "takes": len(clips),
        "notes": list(dict.fromkeys(notes)),
    }


def _dance(
    job: Job, scene: Any, armature: bpy.types.Object, places: Places, tell: Tell
) -> tuple[tuple[Path, ...], list[str]]:
    """Lets the armature dance; gives the clip files of all takes, and notes."""
    if job.clip is not None:
        files: tuple[Path, ...] = (job.clip,)
    else:
        assert job.song is not None, "make_job wants a song or a clip"

        def told(progress: Progress) -> None:
            tell(f"{progress.text}, {progress.fraction:.0%}")

        task = dance_task(scene, armature, job.song, job.parameters(), folder=places.scratch)
        session.task = task  # so that it is stopped with the session
        run_here(task, told)
        session.task = None
        files = task.result
    done = bring_clips(scene, armature, files, job.song)
    return files, list(done.notes)


def _takes(armature: bpy.types.Object, files: tuple[Path, ...]) -> Iterator[tuple[str, Clip, Path]]:
    """Number, dance and file of each take; the first one is danced already."""
    uids = [take.uid for take in takes_of(armature).takes][-len(files) :]
    for uid, file in zip(uids, files, strict=True):
        yield uid, read_clip(file), file


def _save(path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(path), check_existing=False, relative_remap=True)


def _export(job: Job, armature: bpy.types.Object, stem: Path) -> list[str]:
    """Writes the game files of the dance on ``armature``; gives notes."""
    notes: list[str] = []
    for kind in (output for output in job.outputs if output in EXPORTS):
        of_kind = [p.key for p in PRESETS if p.suffix == f".{kind}"]
        preset = job.preset if job.preset in of_kind else of_kind[0]
        shape = (job.body_only, job.with_song, job.with_mesh)
        options = ExportOptions(preset, job.root_motion, *shape)
        path = stem.with_name(f"{stem.name}.{kind}")
        notes += export_dance(bpy.context, armature, path, options).notes
    return notes


def _picture(
    job: Job, armature: bpy.types.Object, clip: Clip, places: Places, name: str, tell: Tell
) -> None:
    """Renders what is asked for of a dance; the scene is not to be saved any more."""
    if not {"mp4", "sheet"} & set(job.outputs):
        return
    if "mp4" in job.outputs and not bpy.app.build_options.codec_ffmpeg:
        raise ChoreoError(
            "no_movies", "This Blender cannot write movies.", "Ask for other outputs than mp4."
        )
    stage = Stage(bpy.context.scene, armature, clip, tell)
    if "sheet" in job.outputs:
        write_sheet(stage, places.scratch, places.folder / f"{name}.png")
    if "mp4" in job.outputs:
        movie = places.scratch / "movie.mp4"
        stage.movie(movie, job.movie_seconds)
        movie.replace(places.folder / f"{name}.mp4")


def _export_dances(job: Job, places: Places) -> dict[str, Any]:
    """Exports every dance that is in a .blend file."""
    assert job.clip is not None
    open_blend(job.clip)
    dancers = [o for o in bpy.context.scene.objects if job.armature in ("", o.name)]
    dancers = [o for o in dancers if o.type == "ARMATURE" and _dances(o)]
    if not dancers:
        raise ChoreoError(
            "no_dance", f"No armature in {job.clip.name} has a dance on it.", "Generate one first."
        )
    notes = []
    for dancer in dancers:
        own = re.sub(r"[^\w\- ]", "_", dancer.name)
        name = job.name if len(dancers) == 1 else f"{job.name}-{own}"
        notes += _export(job, dancer, places.folder / name)
    record = dance_record(dancers[0])
    told = {"seed": record["seed"], "tempo": record["tempo"], "dance": record["duration"]}
    return {**told, "takes": len(dancers), "notes": notes}


def _dances(obj: bpy.types.Object) -> bool:
    try:
        dance_record(obj)
    except ChoreoError:
        return False
    return True
