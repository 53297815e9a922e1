"""The HTTP side of CONTRACT.md, for one Blender on this machine or for many clients elsewhere."""

from __future__ import annotations

import asyncio
import hmac
import io
import json
import logging
import os
import re
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine import __version__
from engine.audio.analysis import DEFAULT_BACKEND, SongAnalysis
from engine.audio.click import write_click
from engine.audio.correction import Correction, make_correction
from engine.choreography.styles import STYLES, find_style
from engine.errors import ChoreoError
from engine.jobs import COMPLETED, PROCESSING, QUEUED, Job, JobQueue
from engine.listening import as_told, listen_corrected
from engine.model.backends import installed_models, load_motion_model
from engine.model.names import DEBUG_MODEL, DEFAULT_MODEL
from engine.model.text import TextEncoder
from engine.model.weights import open_model
from engine.parent import Parent
from engine.pipeline import Engine
from engine.request import make_request

log = logging.getLogger(__name__)

CONTRACT_VERSION = 1
LARGEST_UPLOAD = 200 * 1024 * 1024
LARGEST_FIELD = 1024 * 1024


@dataclass(frozen=True)
class ServerSettings:
    """How ``kpop-choreo serve`` was started."""

    token: str
    model: str = DEFAULT_MODEL
    device: str = "auto"
    idle_timeout: float = 1800.0
    """Seconds without a call or a job after which the engine ends; 0 is never."""


def make_app(settings: ServerSettings, jobs: JobQueue, folder: Path) -> FastAPI:
    """The API of CONTRACT.md over a job queue; uploads live in ``folder``."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        jobs.start()
        yield

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.last_call = time.monotonic()
    app.add_middleware(UploadLimit)

    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Any]]) -> Any:
        app.state.last_call = time.monotonic()
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {settings.token}".encode()):
            return _answer(
                ChoreoError(
                    "token_wrong",
                    "The engine does not accept this token.",
                    "Check the token in the add-on's preferences.",
                    401,
                )
            )
        return await call_next(request)

    @app.exception_handler(ChoreoError)
    async def told(request: Request, error: ChoreoError) -> JSONResponse:
        return _answer(error)

    @app.get("/api/health")
    def health() -> dict[str, Any]:
        digest = "built in code"
        if settings.model != DEBUG_MODEL:
            digest = open_model(settings.model).digest
        return {
            "status": "ok",
            "contract_version": CONTRACT_VERSION,
            "engine_version": __version__,
            "model": {"id": settings.model, "digest": digest, "loaded": jobs.loaded},
            "device": settings.device,
            "jobs": {"queued": jobs.count(QUEUED), "processing": jobs.count(PROCESSING)},
        }

    @app.get("/api/models")
    def models() -> dict[str, Any]:
        return {
            "models": installed_models(),
            "styles": [asdict(style) for style in STYLES.values()],
        }

    @app.post("/api/analyze-audio")
    async def analyze_audio(request: Request) -> dict[str, Any]:
        private = Path(tempfile.mkdtemp(dir=folder))
        try:
            upload = await _read_form(request, private)
            return as_told(*await run_in_threadpool(lambda: _hear(request, upload)))
        finally:
            shutil.rmtree(private, ignore_errors=True)

    @app.post("/api/click-track")
    async def click_track(request: Request) -> Response:
        private = Path(tempfile.mkdtemp(dir=folder))
        try:
            upload = await _read_form(request, private)
            analysis, _ = await run_in_threadpool(lambda: _hear(request, upload))
            clicks = io.BytesIO()
            write_click(analysis, clicks)
            return Response(clicks.getvalue(), media_type="audio/wav")
        finally:
            shutil.rmtree(private, ignore_errors=True)

    @app.post("/api/generate-motion", status_code=202)
    async def generate_motion(request: Request) -> dict[str, str]:
        private = Path(tempfile.mkdtemp(dir=folder))
        try:
            upload = await _read_form(request, private)
            given: dict[str, Any] = {**request.query_params, **upload.fields}
            if "source_clip" in given:
                raise _no_clip()
            if upload.source is not None:
                given["source_clip"] = upload.source
            parameters = make_request(given)
            for style in [parameters.style, *(p.style for p in parameters.section_prompts)]:
                find_style(style)
            job = Job(parameters, private, upload.song, upload.source)
            jobs.submit(job)
        except BaseException:
            shutil.rmtree(private, ignore_errors=True)
            raise
        return {"job_id": job.id}

    @app.get("/api/generation-status/{job_id}")
    def generation_status(job_id: str) -> dict[str, Any]:
        return jobs.status(jobs.get(job_id))

    @app.get("/api/generation/{job_id}/clip")
    def clip(job_id: str, take: str = "1") -> FileResponse:
        job = jobs.get(job_id)
        if job.status != COMPLETED:
            raise ChoreoError(
                "not_ready",
                f"The dance is {job.status}, so there is no clip.",
                "Ask for the status until it is 'completed'.",
                409,
            )
        if take not in (str(row["take"]) for row in job.takes):
            raise ChoreoError(
                "take_unknown",
                f"The dance has no take '{take[:20]}'.",
                f"Ask for a take from 1 to {len(job.takes)}.",
                404,
            )
        return FileResponse(job.clip_path(int(take)), media_type="application/octet-stream")

    @app.delete("/api/generation/{job_id}")
    def cancel(job_id: str) -> dict[str, Any]:
        job = jobs.get(job_id)
        jobs.cancel(job)
        return jobs.status(job)

    return app


@dataclass(frozen=True)
class _Upload:
    song: Path
    source: Path | None
    fields: dict[str, str]


async def _read_form(request: Request, folder: Path) -> _Upload:
    """Saves ``audio_file`` and ``source_clip`` in ``folder`` and returns the other fields."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise _no_song()
    try:
        form = await request.form(max_files=2, max_fields=64, max_part_size=LARGEST_FIELD)
    except TooLarge as error:
        raise too_large() from error
    upload = form.get("audio_file")
    if not isinstance(upload, UploadFile):
        raise _no_song()
    name = re.sub(r"[^\w.\- ]", "_", Path(upload.filename or "song").name)[-100:] or "song"
    song = folder / name
    with song.open("wb") as stream:
        await run_in_threadpool(shutil.copyfileobj, upload.file, stream)
    source, clip = None, form.get("source_clip")
    if isinstance(clip, UploadFile):
        (folder / "source").mkdir()
        source = folder / "source" / "source_clip.npz"
        with source.open("wb") as stream:
            await run_in_threadpool(shutil.copyfileobj, clip.file, stream)
    fields = {key: value for key, value in form.items() if isinstance(value, str)}
    await form.close()
    return _Upload(song, source, fields)


def _hear(request: Request, upload: _Upload) -> tuple[SongAnalysis, Correction]:
    """What ``backend`` hears, with the ``correction`` that is given or was kept."""
    given = {**request.query_params, **upload.fields}
    said = given.get("correction")
    return listen_corrected(
        upload.song,
        None if said is None else make_correction(said),
        given.get("backend", DEFAULT_BACKEND),
    )


def _no_clip() -> ChoreoError:
    return ChoreoError(
        "source_clip_missing",
        "'source_clip' was sent as text.",
        "Send the clip file itself as the multipart field 'source_clip'.",
        400,
    )


def _no_song() -> ChoreoError:
    return ChoreoError(
        "song_missing",
        "The request has no song.",
        "Send the song as the multipart field 'audio_file'.",
        400,
    )


def too_large() -> ChoreoError:
    """What a client hears whose song is over :data:`LARGEST_UPLOAD`."""
    return ChoreoError(
        "song_too_large",
        "The song's file is larger than 200 MB.",
        "Convert it to mp3, ogg or flac, or cut it.",
        413,
    )


def _answer(error: ChoreoError) -> JSONResponse:
    return JSONResponse({"error": error.as_dict()}, status_code=error.status)


class TooLarge(Exception):
    """More bytes came than are taken."""


class UploadLimit:
    """Refuses bodies over :data:`LARGEST_UPLOAD`, by their header or as soon as they grow past."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > LARGEST_UPLOAD:
            await _answer(too_large())(scope, receive, send)
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST_UPLOAD:
                raise TooLarge
            return message

        await self.app(scope, bounded, send)


def serve(host: str, port: int, settings: ServerSettings, parent: Parent | None = None) -> None:
    """Runs the engine until it is told to stop: prints the handshake, then serves.

    Args:
        parent: end with it, so that the engine never outlives the program that started it.
    """
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints from here on goes to the log
    folder = _private_folder()
    jobs = JobQueue(
        lambda: Engine(load_motion_model(settings.model, settings.device), TextEncoder.default())
    )
    app = make_app(settings, jobs, folder)
    listening = socket.create_server((host, port))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
    )
    ready = {
        "event": "ready",
        "contract_version": CONTRACT_VERSION,
        "engine_version": __version__,
        "host": host,
        "port": listening.getsockname()[1],
        "pid": os.getpid(),
    }
    protocol.write(json.dumps(ready) + "\n")
    protocol.flush()

    def stop() -> None:
        log.info("the program that started the engine is gone, or nobody calls: it stops")
        server.should_exit = True

    if parent is not None:
        parent.on_end = stop
    if settings.idle_timeout > 0:
        threading.Thread(
            target=_await_idleness, args=(app, jobs, settings.idle_timeout, stop), daemon=True
        ).start()
    try:
        asyncio.run(server.serve(sockets=[listening]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        sys.stderr.flush()
        # A dance in the middle of a step must not keep a process whose parent is gone.
        os._exit(0)


def _await_idleness(app: FastAPI, jobs: JobQueue, timeout: float, stop: Callable[[], None]) -> None:
    while True:
        time.sleep(min(5.0, timeout))
        busy = jobs.count(QUEUED) + jobs.count(PROCESSING)
        if busy:
            app.state.last_call = time.monotonic()
        elif time.monotonic() - app.state.last_call > timeout:
            log.info("idle for %.0f s: the engine stops", timeout)
            stop()
            return


PREFIX = "kpop-choreo-engine-"


def _private_folder() -> Path:
    """A folder for uploads that only this user can read; those of dead engines are removed."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = left.name.removeprefix(PREFIX).split("-")[0]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def _alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # os.kill(pid, 0) would end the process there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
