"""The engine's HTTP API (engine/CONTRACT.md) with the standard library alone."""

from __future__ import annotations

import http.client
import json
import re
import stat
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import answers
from .addresses import make_opener
from .errors import EngineError, song_unreadable
from .files import unwritten, whole
from .multipart import MultipartStream

CONTRACT_VERSION = 1
ANALYZE_TIMEOUT = 300.0
"""Seconds that a whole song may take to be analysed."""
STATUSES = ("queued", "processing", "completed", "failed", "cancelled")
MOST_TAKES = 8
LARGEST_ERROR = 64 * 1024


@dataclass(frozen=True)
class JobStatus:
    """Where a dance stands."""

    job_id: str
    status: str
    """``queued``, ``processing``, ``completed``, ``failed`` or ``cancelled``."""
    progress: float
    """0..100"""
    stage: str
    eta_s: float | None
    queue_position: int
    error: EngineError | None
    takes: int = 1
    """How many clips there are, or will be."""

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in ("completed", "failed", "cancelled")


class EngineClient:
    """One engine, local or remote. Every method raises :class:`EngineError`."""

    def __init__(self, url: str, token: str, timeout: float = 15.0) -> None:
        self.url = url.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._opener = make_opener(self.url)

    def health(self) -> dict[str, Any]:
        """Readiness of the engine, after a check that it speaks our contract's version."""
        answer = self._json("GET", "/api/health")
        require_contract(answer.get("contract_version"))
        return answer

    def models(self) -> dict[str, Any]:
        """Installed models and known styles."""
        answer = self._json("GET", "/api/models")
        if not answers.is_models(answer):
            raise _not_ours(self.url, "models that cannot be read")
        return answer

    def analyze(
        self,
        song: Path,
        on_upload: Callable[[int, int], None] | None = None,
        correction: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The song's SongAnalysis.

        Args:
            correction: the whole correction, which the engine keeps; None leaves the kept one.
        """
        fields = {} if correction is None else {"correction": json.dumps(correction)}
        body = self._upload("/api/analyze-audio", song, fields, on_upload, ANALYZE_TIMEOUT)
        answer = _parse(body, self.url)
        if not answers.is_analysis(answer):
            raise _not_ours(self.url, "an analysis that cannot be read")
        return answer

    def clicks(self, song: Path, on_upload: Callable[[int, int], None] | None = None) -> bytes:
        """A WAV with a click on every beat, as long as the song."""
        most = answers.LARGEST_FILE
        return self._upload("/api/click-track", song, {}, on_upload, ANALYZE_TIMEOUT, most=most)

    def submit(
        self,
        song: Path,
        parameters: Mapping[str, Any],
        on_upload: Callable[[int, int], None] | None = None,
        source_clip: bytes | None = None,
    ) -> str:
        """Asks for dances and returns the job's id at once.

        Args:
            source_clip: the clip file of which a part is to be danced anew.
        """
        fields = {name: str(value) for name, value in parameters.items()}
        more = {} if source_clip is None else {"source_clip": source_clip}
        body = self._upload("/api/generate-motion", song, fields, on_upload, 60.0, more)
        job_id = _parse(body, self.url).get("job_id")
        if not (isinstance(job_id, str) and re.fullmatch(r"[\w-]{1,64}", job_id)):
            raise _not_ours(self.url, "no job")
        return job_id

    def status(self, job_id: str) -> JobStatus:
        """Where a job stands."""
        return _job_status(self._json("GET", f"/api/generation-status/{job_id}"), self.url)

    def cancel(self, job_id: str) -> JobStatus:
        """Cancels a job."""
        return _job_status(self._json("DELETE", f"/api/generation/{job_id}"), self.url)

    def fetch_clip(self, job_id: str, target: Path, take: int = 1) -> None:
        """Writes the clip file of a completed job's take to ``target``, whole or not at all.

        Raises:
            ChoreoError: ``disk_full`` or ``folder_locked``.
        """
        path = f"/api/generation/{job_id}/clip?take={take}"
        clip = self._exchange(self._request("GET", path), 60.0, answers.LARGEST_FILE)
        try:
            with whole(target) as part:
                part.write_bytes(clip)
        except OSError as error:
            raise unwritten(error, target.parent) from error

    def _json(self, method: str, path: str) -> dict[str, Any]:
        return _parse(self._exchange(self._request(method, path), self._timeout), self.url)

    def _upload(
        self,
        path: str,
        song: Path,
        fields: Mapping[str, str],
        on_upload: Callable[[int, int], None] | None,
        timeout: float,
        more: Mapping[str, bytes] | None = None,
        most: int = answers.LARGEST_JSON,
    ) -> bytes:
        require_song(song)
        with MultipartStream(fields, {"audio_file": song, **(more or {})}, on_upload) as body:
            request = self._request("POST", path)
            request.data = body
            request.add_header("Content-Type", body.content_type)
            request.add_header("Content-Length", str(body.length))
            return self._exchange(request, timeout, most)

    def _request(self, method: str, path: str) -> urllib.request.Request:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        return urllib.request.Request(self.url + path, method=method, headers=headers)

    def _exchange(
        self, request: urllib.request.Request, timeout: float, most: int = answers.LARGEST_JSON
    ) -> bytes:
        """Sends ``request`` and returns the whole answer, of at most so many bytes."""
        try:
            with self._opener.open(request, timeout=timeout) as answer:
                return answers.read_bounded(answer, most, timeout)
        except answers.TooMuch as error:
            raise _not_ours(self.url, "far more than was asked for") from error
        except urllib.error.HTTPError as error:
            with error:
                raise _http_error(error, self.url) from error
        except TimeoutError as error:
            raise _timed_out(self.url) from error
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise _timed_out(self.url) from error
            raise _unreachable(self.url, str(error.reason)) from error
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(self.url, str(error) or type(error).__name__) from error


def require_contract(version: Any) -> None:
    """Raises ``contract_version`` unless the engine speaks the version that we know."""
    if version != CONTRACT_VERSION:
        raise EngineError(
            "contract_version",
            f"The engine speaks version {version} and this add-on version {CONTRACT_VERSION}.",
            "Update both to the same release.",
        )


def require_song(song: Path) -> None:
    """Raises ``song_missing``, ``song_no_file``, ``song_empty`` or ``song_unreadable`` before
    anything is sent."""
    try:
        state = song.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise EngineError(
            "song_missing", f"The song {song} is not there.", "Choose another file under Song."
        ) from error
    except OSError as error:
        raise song_unreadable(song, error) from error
    if not stat.S_ISREG(state.st_mode):
        raise EngineError(
            "song_no_file", f"The song {song} is no file.", "Choose another file under Song."
        )
    if state.st_size == 0:
        raise EngineError(
            "song_empty", f"The song {song.name} is empty.", "Choose another file under Song."
        )


def _job_status(answer: dict[str, Any], url: str) -> JobStatus:
    status, error, takes = answer.get("status"), answer.get("error"), answer.get("takes")
    if status not in STATUSES:
        raise _not_ours(url, "a job without a status")
    eta = answers.number(answer.get("eta_s"), 0.0, 1e6, -1.0)
    return JobStatus(
        job_id=answers.words(answer.get("job_id"), ""),
        status=status,
        progress=answers.number(answer.get("progress"), 0.0, 100.0, 0.0),
        stage=answers.words(answer.get("stage"), ""),
        eta_s=None if eta < 0.0 else eta,
        queue_position=int(answers.number(answer.get("queue_position"), 0, 1e6, 0)),
        error=_told(error) if isinstance(error, dict) else None,
        takes=min(max(1, len(takes)), MOST_TAKES) if isinstance(takes, list) else 1,
    )


def _told(error: dict[str, Any]) -> EngineError:
    """An error in the engine's own words."""
    return EngineError(
        answers.words(error.get("code"), "engine_error"),
        answers.words(error.get("message"), "The engine reports a problem."),
        answers.words(error.get("remedy"), "Look at the engine's log."),
    )


def _http_error(error: urllib.error.HTTPError, url: str) -> EngineError:
    try:
        body: Any = error.fp
        told = answers.read_table(answers.read_bounded(body, LARGEST_ERROR, 15.0)).get("error")
    except (answers.TooMuch, ValueError, OSError, http.client.HTTPException):
        told = None
    return _told(told) if isinstance(told, dict) else _not_ours(url, f"HTTP {error.code}")


def _parse(body: bytes, url: str) -> dict[str, Any]:
    try:
        return answers.read_table(body)
    except ValueError as error:
        raise _not_ours(url, "something that cannot be read") from error


def _not_ours(url: str, what: str) -> EngineError:
    return EngineError(
        "engine_protocol",
        f"{url} answered with {what}: it does not look like a K-Pop Choreo engine.",
        "Check the server's address in the add-on's preferences.",
    )


def _timed_out(url: str) -> EngineError:
    return EngineError(
        "engine_timeout", f"The engine at {url} did not answer in time.", "Try again."
    )


def _unreachable(url: str, reason: str) -> EngineError:
    return EngineError(
        "engine_unreachable",
        f"The engine at {url} cannot be reached ({reason}).",
        "Check that it runs, and its address in the add-on's preferences.",
    )
