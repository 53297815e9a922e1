"""Dances that are still being made elsewhere when Blender closes: one small file for each.

One file a job, written whole or not at all, so that several Blenders do not get in each other's
way. Tokens are not in it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from .clip_meta import fits
from .files import by_age, read_json, whole


@dataclass(frozen=True)
class WaitingJob:
    """What is needed to bring in a dance that a server makes."""

    url: str
    """The server's address."""
    job: str = ""
    """The job's id; empty until the server has taken it."""
    song: str = ""
    blend: str = ""
    """The .blend file; empty if it was not saved."""
    scene: str = ""
    target: str = ""
    """Names of scene and armature in it."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What was asked for, besides the song."""
    pins: Sequence[Mapping[str, Any]] = field(default_factory=list)
    """Those to which it is danced, as the clip remembers them (:func:`.pin_request.remember`)."""


SHAPE = dict.fromkeys(("url", "job", "song", "blend", "scene", "target"), str) | {
    "parameters": dict
}


def note_job(folder: Path, job: WaitingJob) -> None:
    """Writes ``job`` down; a disk that takes no more does not stop the dance."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with whole(_file(folder, job.job)) as part:
            part.write_text(json.dumps(asdict(job), ensure_ascii=False), encoding="utf-8")
    except OSError:
        return


def forget_job(folder: Path, job: str) -> None:
    """Removes what was written down about a job, if anything was."""
    if job:
        with contextlib.suppress(OSError):  # it is offered once more, no harm done
            _file(folder, job).unlink(missing_ok=True)


def waiting_jobs(folder: Path, blend: str) -> tuple[WaitingJob, ...]:
    """The jobs that were begun in the file ``blend``, the newest first."""
    found = (_read(file) for file in reversed(by_age(folder, "*.json")))
    return tuple(job for job in found if job is not None and job.job and job.blend == blend)


def _read(file: Path) -> WaitingJob | None:
    known = {f.name for f in fields(WaitingJob)}
    try:
        stored = read_json(file.read_text(encoding="utf-8"))
        job = WaitingJob(**{k: v for k, v in stored.items() if k in known})
        return job if fits(asdict(job), SHAPE) else None
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _file(folder: Path, job: str) -> Path:
    return folder / f"{''.join(c for c in job if c.isalnum() or c in '-_')}.json"
