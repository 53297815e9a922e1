"""From a song to a clip file: one story for the background thread and for scripts.

Nothing here knows Blender. ``tell`` is called with every step forward and ``cancelled`` is asked
often; both come from the caller.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .client import EngineClient, JobStatus
from .engine_command import EngineCommand
from .engine_host import EngineHost
from .engine_process import EngineProcess
from .errors import Cancelled, EngineError

POLL_SECONDS = 0.2
PATIENCE = 5
"""Status calls in a row that may fail before a remote engine counts as gone."""

STAGES: dict[str, str] = {
    "start": "Starting the engine",
    "upload": "Sending the song",
    "queued": "Waiting for the engine",
    "decode": "Reading the song",
    "analyze": "Listening to the song",
    "clicks": "Making the clicks",
    "plan": "Planning the choreography",
    "text": "Reading the prompt",
    "denoise": "Dancing",
    "sync": "Moving accents onto beats",
    "cleanup": "Planting the feet",
    "write": "Writing the clip",
    "done": "Done",
    "download": "Fetching the dance",
    "rig": "Fitting the dance to the armature",
}
"""What a stage is called in front of the user."""


@dataclass(frozen=True)
class Progress:
    """How far a job is."""

    stage: str
    fraction: float = 0.0
    """0..1"""
    eta_s: float | None = None
    detail: str = ""

    @property
    def text(self) -> str:
        """A line for a progress bar."""
        title = STAGES.get(self.stage, self.stage.capitalize())
        left = "" if self.eta_s is None else f", {max(1, round(self.eta_s))} s left"
        return f"{title}{self.detail}{left}"


Tell = Callable[[Progress], None]
Asked = Callable[[], bool]


Greet = Callable[[EngineClient], object]


class EngineSource(Protocol):
    """Where the engine is found."""

    def connect(self, cancelled: Asked) -> EngineClient:
        """A client of a running engine, started if need be."""

    def gone(self) -> bool:
        """Whether it is known that the engine will not come back."""

    def explain(self, error: EngineError) -> EngineError:
        """A better reason for a call that has failed for good, where one is known."""


@dataclass
class LocalEngine:
    """An engine of our own on this machine."""

    host: EngineHost
    command: EngineCommand
    process: EngineProcess | None = None

    def connect(self, cancelled: Asked) -> EngineClient:
        """Starts the engine unless it runs already."""
        self.process = self.host.ensure(self.command, cancelled)
        return self.process.client()

    def gone(self) -> bool:
        """Whether its process has ended."""
        if self.process is None:
            return False
        with contextlib.suppress(TimeoutError):
            self.process.wait(1.0)
        return not self.process.alive

    def explain(self, error: EngineError) -> EngineError:
        """Tells a dead engine from one that hangs; that is ended, so that a new one can start."""
        if self.process is None or not _lost(error):
            return error
        if self.gone():
            return self.process.death()
        self.process.stop()
        return EngineError(
            "engine_hung",
            "The engine did not answer any more, so it was ended.",
            "Press Generate again to restart it; if it happens again, its last lines tell why.",
            self.process.log_tail(),
        )


@dataclass(frozen=True)
class RemoteEngine:
    """An engine that somebody else runs."""

    url: str
    token: str

    def connect(self, cancelled: Asked) -> EngineClient:
        """Checks that it is there, accepts the token and speaks our version."""
        client = EngineClient(self.url, self.token)
        client.health()
        return client

    def gone(self) -> bool:
        """Never: it may be out of reach for a moment only."""
        return False

    def explain(self, error: EngineError) -> EngineError:
        """Nothing is known beyond the error."""
        return error


@dataclass(frozen=True, eq=False)
class Order:
    """What is asked of the engine."""

    song: Path
    parameters: Mapping[str, Any]
    """Those of ``generate-motion`` in CONTRACT.md."""
    source_clip: bytes | None = None
    """The clip file of which a part is danced anew."""


def make_dance(
    source: EngineSource,
    order: Order,
    target: Path,
    tell: Tell,
    cancelled: Asked,
    submitted: Callable[[str], None] = lambda job: None,
) -> tuple[Path, ...]:
    """Asks the engine for dances and writes their clips.

    Args:
        target: the file of the first take; the others are written beside it.
        submitted: called with the job's id once the engine has taken it.

    Returns:
        The file of each take.

    Raises:
        EngineError: whatever went wrong, with a remedy.
        Cancelled: when ``cancelled`` said so, and the engine has been told; or when ``cancelled``
            itself raised it, and the engine goes on.
    """
    tell(Progress("start"))
    client = connect(source, cancelled)
    try:
        upload = _upload_teller(tell, cancelled)
        job = client.submit(order.song, order.parameters, upload, order.source_clip)
    except EngineError as error:
        raise source.explain(error) from error
    submitted(job)
    return _bring(client, source, job, target, tell, cancelled)


def fetch_dance(
    source: EngineSource, job: str, target: Path, tell: Tell, cancelled: Asked
) -> tuple[Path, ...]:
    """Waits for a job that was asked for before, and writes its clips; as :func:`make_dance`.

    Raises:
        EngineError: also ``job_unknown`` when the engine has forgotten it.
        Cancelled: as there.
    """
    tell(Progress("start"))
    return _bring(connect(source, cancelled), source, job, target, tell, cancelled)


def connect(
    source: EngineSource, cancelled: Asked, greet: Greet = lambda client: None
) -> EngineClient:
    """A client of a running engine; ``greet`` may ask it something first.

    Raises:
        EngineError: why there is none; one that dies or hangs at once is told as such.
        Cancelled: as in :func:`make_dance`.
    """
    client = source.connect(cancelled)
    try:
        greet(client)
    except EngineError as error:
        raise source.explain(error) from error
    return client


def _bring(
    client: EngineClient,
    source: EngineSource,
    job: str,
    target: Path,
    tell: Tell,
    cancelled: Asked,
) -> tuple[Path, ...]:
    """Follows a job to its end and writes its clips, all or none."""
    files: tuple[Path, ...] = ()
    try:
        takes = _wait(client, source, job, tell, cancelled).takes
        files = tuple(_take_file(target, take) for take in range(1, takes + 1))
        for take, file in enumerate(files, 1):
            stop_if(cancelled)
            tell(Progress("download", 1.0))
            client.fetch_clip(job, file, take)
    except BaseException as error:
        for file in files:
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
        if isinstance(error, EngineError):
            raise source.explain(error) from error
        raise
    return files


def _take_file(target: Path, take: int) -> Path:
    return target if take == 1 else target.with_stem(f"{target.stem}-take{take}")


def _upload_teller(tell: Tell, cancelled: Asked) -> Callable[[int, int], None]:
    def report(done: int, total: int) -> None:
        stop_if(cancelled)
        tell(Progress("upload", 0.0, detail=f" ({100 * done // total}%)"))

    return report


def stop_if(cancelled: Asked) -> None:
    """Raises Cancelled if it was."""
    if cancelled():
        raise Cancelled


def _wait(
    client: EngineClient, source: EngineSource, job: str, tell: Tell, cancelled: Asked
) -> JobStatus:
    """Follows a job until its clips are ready."""
    failures = 0
    while True:
        if cancelled():
            _cancel(client, source, job)
            raise Cancelled
        try:
            status = client.status(job)
            failures = 0
        except EngineError as error:
            failures += 1
            if not _lost(error) or failures >= PATIENCE or source.gone():
                raise
            time.sleep(POLL_SECONDS)
            continue
        if status.status == "completed":
            return status
        if status.finished:
            raise _unfinished(status)
        tell(_progress(status))
        time.sleep(POLL_SECONDS)


def _cancel(client: EngineClient, source: EngineSource, job: str) -> None:
    """Tells the engine; one that does not hear it is ended, for it is over in any case."""
    try:
        client.cancel(job)
    except EngineError as error:
        source.explain(error)


def _lost(error: EngineError) -> bool:
    """Whether the engine could not be reached at all."""
    return error.code in ("engine_unreachable", "engine_timeout")


def _progress(status: JobStatus) -> Progress:
    ahead = f" ({status.queue_position} ahead)" if status.queue_position else ""
    return Progress(status.stage or status.status, status.progress / 100, status.eta_s, ahead)


def _unfinished(status: JobStatus) -> EngineError:
    """Why there is no clip."""
    if status.error is not None:
        return status.error
    return EngineError(
        "job_ended",
        f"The engine ended the job as '{status.status}' and gave no reason.",
        "Generate again; the engine's log tells more.",
    )
