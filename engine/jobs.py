"""One worker that dances one request after another, with progress and a cancel that works."""

from __future__ import annotations

import contextlib
import logging
import queue
import shutil
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.clip import Clip, write_clip
from engine.errors import ChoreoError, told
from engine.pipeline import Engine, Progress, make_clips
from engine.request import GenerateRequest

log = logging.getLogger(__name__)

QUEUED, PROCESSING, COMPLETED, FAILED, CANCELLED = (
    "queued",
    "processing",
    "completed",
    "failed",
    "cancelled",
)
MOST_WAITING = 16
MOST_FINISHED = 32
MOST_KEPT = 1024 * 1024 * 1024
"""Bytes of clips of finished jobs; the newest one is kept anyway."""
KEEP_SECONDS = 3600.0
LOOK_SECONDS = 60.0
"""How often an idle worker looks for jobs that are too old."""


class Cancelled(Exception):
    """Raised inside a job whose cancel was asked for."""


@dataclass
class Job:
    """One request on its way. Written by the worker, read by the server."""

    request: GenerateRequest
    folder: Path
    """Private to this job; holds the song, then the clip; deleted with the job."""
    song: Path
    source: Path | None = None
    """The clip of which a part is danced anew."""
    size: int = 0
    """Bytes of both."""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = QUEUED
    stage: str = QUEUED
    progress: float = 0.0
    began: float | None = None
    ended: float | None = None
    error: dict[str, str] | None = None
    takes: list[dict[str, Any]] = field(default_factory=list)
    """CONTRACT.md's ``takes``, without the paths of their clips."""
    kept: int = 0
    """Bytes of its clips."""
    cancel: threading.Event = field(default_factory=threading.Event)

    def clip_path(self, take: int) -> Path:
        """Where the clip of a take (1, 2, ...) is."""
        return self.folder / f"clip-{take}.npz"

    @property
    def active(self) -> bool:
        return self.status in (QUEUED, PROCESSING)

    def to_dict(self, queue_position: int) -> dict[str, Any]:
        """CONTRACT.md's job status."""
        elapsed = 0.0 if self.began is None else (self.ended or time.monotonic()) - self.began
        share = self.progress / 100.0
        estimate = elapsed * (1 - share) / share if self.active and share > 0.05 else None
        takes = self.takes if self.status == COMPLETED else []
        path = f"/api/generation/{self.id}/clip"
        return {
            "job_id": self.id,
            "status": self.status,
            "progress": round(self.progress, 1),
            "stage": self.stage,
            "elapsed_s": round(elapsed, 2),
            "eta_s": None if estimate is None else round(estimate, 1),
            "queue_position": queue_position,
            "error": self.error,
            "motion_data": takes[0]["motion_data"] if takes else None,
            "clip": path if takes else None,
            "takes": [take | {"clip": f"{path}?take={take['take']}"} for take in takes],
        }


class JobQueue:
    """Runs jobs one at a time in a thread of its own."""

    def __init__(self, load_engine: Callable[[], Engine]) -> None:
        self._load_engine = load_engine
        self._engine: Engine | None = None
        self._jobs: dict[str, Job] = {}
        self._waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="dancer", daemon=True)

    def start(self) -> None:
        """Starts the worker, which loads the model at once."""
        self._thread.start()

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._engine is not None

    def count(self, status: str) -> int:
        """Jobs with that status."""
        return sum(job.status == status for job in list(self._jobs.values()))

    @property
    def stored(self) -> int:
        """Bytes of the songs and clips that jobs still need."""
        return sum(job.size for job in list(self._jobs.values()) if job.active)

    def submit(self, job: Job) -> None:
        """Queues a job (ChoreoError ``queue_full``)."""
        with self._lock:
            if self.count(QUEUED) >= MOST_WAITING:
                raise ChoreoError(
                    "queue_full",
                    f"{MOST_WAITING} dances are waiting already.",
                    "Wait until some are done, then try again.",
                    429,
                )
            self._jobs[job.id] = job
        self._waiting.put(job)

    def get(self, job_id: str) -> Job:
        """The job of that id (ChoreoError ``job_unknown``)."""
        job = self._jobs.get(job_id)
        if job is None:
            raise ChoreoError(
                "job_unknown",
                "The engine does not know this job.",
                "It may be too old, or the engine was restarted: generate again.",
                404,
            )
        return job

    def status(self, job: Job) -> dict[str, Any]:
        """CONTRACT.md's job status, with its place in the queue."""
        ahead = 0
        if job.status == QUEUED:
            waiting = [other for other in self._jobs.values() if other.active]
            ahead = waiting.index(job)
        return job.to_dict(ahead)

    def cancel(self, job: Job) -> None:
        """Marks a job cancelled at once; the worker drops it at its next checkpoint."""
        with self._lock:
            if job.active:
                job.cancel.set()
                self._finish(job, CANCELLED)

    def _work(self) -> None:
        try:
            self._engine = self._load_engine()
        except Exception as error:  # noqa: BLE001 - each job tries again, and tells it
            log.error("model not loaded: %s", error)
        while True:
            try:
                job = self._waiting.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                self._forget_old()
                continue
            if job.status == QUEUED:
                self._run(job)
            if job.status != COMPLETED:
                shutil.rmtree(job.folder, ignore_errors=True)
            self._forget_old()

    def _run(self, job: Job) -> None:
        job.status, job.began = PROCESSING, time.monotonic()
        log.info("job %s started", job.id)

        def tell(stage: str, share: float) -> None:
            if job.cancel.is_set():
                raise Cancelled
            job.stage, job.progress = stage, max(job.progress, 100.0 * min(share, 0.999))

        try:
            if self._engine is None:
                self._engine = self._load_engine()
            clips = make_clips(job.song, job.request, self._engine, Progress(tell), job.source)
            job.folder.mkdir(
                mode=0o700, parents=True, exist_ok=True
            )  # a cleaner may have been here
            for number, clip in enumerate(clips, 1):
                write_clip(clip, job.clip_path(number))
                row = {"take": number, "seed": clip.meta["seed"], "motion_data": _summary(clip)}
                job.takes.append(row)
                job.kept += job.clip_path(number).stat().st_size
            self._end(job, COMPLETED)
        except Cancelled:
            log.info("job %s cancelled", job.id)
        except Exception as error:  # the worker must outlive any one job
            kind = type(error).__name__
            problem = told(error, f"The engine failed at the stage '{job.stage}' ({kind}).")
            if problem is not error:
                log.error("job %s: %s", job.id, problem.message, exc_info=error)
            job.error = problem.as_dict()
            self._end(job, FAILED)

    def _end(self, job: Job, status: str) -> None:
        with self._lock:
            if job.status == PROCESSING:
                self._finish(job, status)
        for upload in (job.song, job.source):
            if upload is not None:
                with contextlib.suppress(OSError):  # held by a scanner: it goes with the job
                    upload.unlink(missing_ok=True)
        log.info("job %s %s", job.id, job.status)

    def _finish(self, job: Job, status: str) -> None:
        job.status, job.ended = status, time.monotonic()
        if status == COMPLETED:
            job.stage, job.progress = "done", 100.0

    def _forget_old(self) -> None:
        with self._lock:
            finished = [job for job in self._jobs.values() if not job.active]
            finished.sort(key=lambda job: job.ended or 0.0, reverse=True)
            now, kept = time.monotonic(), 0
            for number, job in enumerate(finished):
                kept += job.kept
                full = number >= MOST_FINISHED or (number > 0 and kept > MOST_KEPT)
                if full or now - (job.ended or now) > KEEP_SECONDS:
                    del self._jobs[job.id]
                    shutil.rmtree(job.folder, ignore_errors=True)


def _summary(clip: Clip) -> dict[str, Any]:
    """CONTRACT.md's ``motion_data``."""
    members, frames = clip.local_quats.shape[:2]
    return {
        "fps": clip.fps,
        "frames": frames,
        "members": members,
        "duration": round(clip.duration, 3),
        "tempo": clip.meta["analysis"]["tempo"],
        "beats": len(clip.beats),
        "figures": clip.meta["figures"],
        "directing": clip.meta["directing"],
        "timings": clip.meta["timings"],
    }
