"""The HTTP side of CONTRACT.md, for one Blender on this machine or for many clients elsewhere."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from engine import __version__
from engine.audio.analysis import DEFAULT_BACKEND, SongAnalysis
from engine.audio.click import write_click
from engine.audio.correction import Correction, make_correction
from engine.choreography.styles import STYLES, find_style
from engine.errors import ChoreoError, told
from engine.gate import Gate, Rules, TooSlow, answer, too_slow
from engine.jobs import COMPLETED, PROCESSING, QUEUED, Job, JobQueue
from engine.listening import as_told, listen_corrected
from engine.model.backends import installed_models
from engine.model.names import DEBUG_MODEL, DEFAULT_MODEL
from engine.model.weights import open_model
from engine.openapi import CONTRACT_VERSION, describe_api
from engine.request import make_request
from engine.uploads import Upload, Uploads

log = logging.getLogger(__name__)

MOST_HEARD = 2
"""Songs that are analysed at the same time; others wait."""


@dataclass(frozen=True)
class ServerSettings:
    """How ``kpop-choreo serve`` was started."""

    token: str
    model: str = DEFAULT_MODEL
    device: str = "auto"
    idle_timeout: float = 1800.0
    """Seconds without a call or a job after which the engine ends; 0 is never."""
    hosts: frozenset[str] = frozenset()
    """Names by which clients may call it, besides its address."""


def make_app(settings: ServerSettings, jobs: JobQueue, folder: Path) -> FastAPI:
    """The API of CONTRACT.md over a job queue; uploads live in ``folder``."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        jobs.start()
        yield

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.calls = 0

    def called() -> None:
        app.state.calls += 1

    app.add_middleware(Gate, rules=Rules(settings.token, settings.hosts), on_call=called)
    _say_errors(app)
    uploads = Uploads(folder, lambda: jobs.stored)
    ears = asyncio.Semaphore(MOST_HEARD)

    async def hear(request: Request, upload: Upload) -> tuple[SongAnalysis, Correction]:
        async with ears:
            return await run_in_threadpool(lambda: _hear(request, upload))

    @app.get("/api/openapi.json")
    def openapi() -> dict[str, Any]:
        return describe_api()

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
        async with uploads.read(request) as upload:
            return as_told(*await hear(request, upload))

    @app.post("/api/click-track")
    async def click_track(request: Request) -> Response:
        async with uploads.read(request) as upload:
            analysis, _ = await hear(request, upload)
            clicks = io.BytesIO()
            await run_in_threadpool(write_click, analysis, clicks)
            return Response(clicks.getvalue(), media_type="audio/wav")

    @app.post("/api/generate-motion", status_code=202)
    async def generate_motion(request: Request) -> dict[str, str]:
        async with uploads.read(request) as upload:
            given: dict[str, Any] = {**request.query_params, **upload.fields}
            given["source_clip"] = upload.source
            parameters = make_request(given)
            for style in [parameters.style, *(p.style for p in parameters.section_prompts)]:
                find_style(style)
            job = Job(parameters, upload.folder, upload.song, upload.source, upload.size)
            jobs.submit(job)
            upload.kept = True
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
        path = job.clip_path(int(take))
        if not path.is_file():
            raise ChoreoError(
                "clip_missing",
                "The clip is gone: something emptied the engine's temporary folder.",
                "Generate the dance again.",
                404,
            )
        return FileResponse(path, media_type="application/octet-stream")

    @app.delete("/api/generation/{job_id}")
    def cancel(job_id: str) -> dict[str, Any]:
        job = jobs.get(job_id)
        jobs.cancel(job)
        return jobs.status(job)

    return app


def _say_errors(app: FastAPI) -> None:
    """Every error leaves in CONTRACT.md's form."""

    @app.exception_handler(ChoreoError)
    async def said(request: Request, error: ChoreoError) -> JSONResponse:
        return answer(error)

    @app.exception_handler(TooSlow)
    @app.exception_handler(ClientDisconnect)
    async def late(request: Request, error: Exception) -> JSONResponse:
        return answer(too_slow())

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        remedy = "See the calls of the engine's CONTRACT.md."
        refused = ChoreoError("request_invalid", f"{error.detail}.", remedy, error.status_code)
        response = answer(refused)
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(OSError)
    @app.exception_handler(MemoryError)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %r failed", request.method, request.url.path, exc_info=error)
        return answer(told(error, f"The engine failed to answer ({type(error).__name__})."))

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> JSONResponse:
        return answer(
            told(error, f"The engine failed to answer ({type(error).__name__}).")
        )  # uvicorn writes the traceback into the log


def _hear(request: Request, upload: Upload) -> tuple[SongAnalysis, Correction]:
    """What ``backend`` hears, with the ``correction`` that is given or was kept."""
    given = {**request.query_params, **upload.fields}
    said = given.get("correction")
    return listen_corrected(
        upload.song,
        None if said is None else make_correction(said),
        given.get("backend", DEFAULT_BACKEND),
    )
