"""A small server that follows engine/CONTRACT.md, with the standard library alone."""

from __future__ import annotations

import email
import email.policy
import io
import json
import threading
import uuid
import wave
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

INNER = ("step", "seed", "n_takes")
"""What is known of a job and not told."""


@dataclass
class FakeServer:
    """Jobs advance by one step each time that their status is asked for."""

    token: str
    clip: bytes = b""
    further: tuple[bytes, ...] = ()
    """Clips of the second take and those after it; without them all takes are the same."""
    steps: int = 3
    contract_version: int = 1
    fail_with: dict[str, str] | None = None
    """Error of every job."""
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    forms: list[dict[str, Any]] = field(default_factory=list)
    """Fields of every upload, the file as bytes."""
    correction: dict[str, Any] = field(default_factory=dict)
    """The one that is kept, of every song."""

    def start(self) -> FakeServer:
        """Serves on a free port of the loopback."""
        fake = self

        class Handler(_Handler):
            server_state = fake

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        """Closes the port."""
        self.http.shutdown()
        self.http.server_close()

    def analysis(self) -> dict[str, Any]:
        """Four seconds at 120 BPM, corrected in the few ways that tests look at."""
        said = self.correction
        nudge = said.get("nudge_ms", 0.0) / 1000.0
        gap = 0.5 / said.get("factor", 1.0)
        per_bar = said.get("beats_per_bar", 4)
        beats = [round(0.25 + nudge + n * gap, 4) for n in range(round(3.6 / gap))]
        sections = said.get("sections") or [
            {"start": 0.25, "label": "verse"},
            {"start": 2.25, "label": "chorus"},
        ]
        ends = [*(row["start"] for row in sections[1:]), 4.0]
        labels = [row["label"] for row in sections]
        return {
            "duration": 4.0,
            "tempo": 60.0 / gap,
            "beats": beats,
            "downbeats": beats[said.get("one", 0) :: per_bar],
            "beats_per_bar": per_bar,
            "energy": {"mean": 0.5, "curve": [0.5] * 40, "hop": 0.1},
            "key": "A minor",
            "sections": [
                row | {"end": end, "group": labels.index(row["label"]), "confidence": 0.6}
                for row, end in zip(sections, ends, strict=True)
            ],
            "confidence": {
                "tempo": 0.9,
                "beats": 0.9,
                "downbeats": 0.6,
                "key": 0.2,
                "sections": 0.5,
            },
            "song_sha256": "0" * 64,
            "correction": said,
        }

    def click_track(self) -> bytes:
        """Four seconds of WAV; another one after every correction."""
        wav = io.BytesIO()
        with wave.open(wav, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(8000)
            head = json.dumps(self.correction, sort_keys=True).encode()
            out.writeframes((head + bytes(64000))[:64000])
        return wav.getvalue()

    def step(self, job_id: str) -> dict[str, Any]:
        """The next status of a job."""
        job = self.jobs[job_id]
        if job["status"] in ("queued", "processing"):
            job["step"] += 1
            done = job["step"] >= self.steps
            job["status"] = "completed" if done else "processing"
            job["stage"] = "done" if done else "denoise"
            job["progress"] = min(100.0, 100.0 * job["step"] / self.steps)
            job["eta_s"] = None if done else float(self.steps - job["step"])
            if done and self.fail_with:
                job["status"], job["error"] = "failed", self.fail_with
            elif done:
                job["takes"] = [
                    {"take": n + 1, "seed": job["seed"] + n, "clip": self.path(job_id, n + 1)}
                    for n in range(job["n_takes"])
                ]
        return {k: v for k, v in job.items() if k not in INNER}

    def path(self, job_id: str, take: int) -> str:
        """Where the clip of a take is."""
        return f"/api/generation/{job_id}/clip?take={take}"

    def take(self, number: int) -> bytes:
        """The clip file of a take, 1 being the first."""
        return self.clip if number == 1 or not self.further else self.further[number - 2]


class _Handler(BaseHTTPRequestHandler):
    server_state: FakeServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        state = self.server_state
        if not self._allowed():
            return
        if self.path == "/api/health":
            self._answer(
                200,
                {
                    "status": "ok",
                    "contract_version": state.contract_version,
                    "engine_version": "0.1.0",
                    "device": "cpu",
                    "model": {"id": "debug", "digest": "0", "loaded": True},
                    "jobs": {"queued": 0, "processing": 0},
                },
            )
        elif self.path == "/api/models":
            style = {
                "name": "waacking",
                "title": "Waacking",
                "prompt": "waacking arms",
                "energy": 0.9,
                "smoothness": 0.4,
                "bounce": 0.5,
                "creativity": 0.4,
            }
            self._answer(200, {"models": [], "styles": [style]})
        elif self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", f"{state.url}/api/health")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._job(self.path)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:  # the client gave up
            self.close_connection = True
            return
        if not self._allowed():
            return
        state = self.server_state
        form = _form(self.headers["Content-Type"], body)
        state.forms.append(form)
        if self.path == "/api/analyze-audio":
            self._analysis(form)
            return
        if self.path == "/api/click-track":
            self._send("audio/wav", state.click_track())
            return
        if float(form.get("energy", 0.5)) > 1:
            self._error(400, "parameter_range", "energy is above 1.", "Choose 0 to 1.")
            return
        job_id = str(uuid.uuid4())
        state.jobs[job_id] = {
            "job_id": job_id,
            "status": "queued",
            "progress": 0.0,
            "step": 0,
            "stage": "queued",
            "elapsed_s": 0.0,
            "eta_s": None,
            "queue_position": 0,
            "error": None,
            "takes": [],
            "seed": int(form.get("seed", 0)),
            "n_takes": int(form.get("n_takes", 1)),
        }
        self._answer(202, {"job_id": job_id})

    def do_DELETE(self) -> None:
        if not self._allowed():
            return
        job = self.server_state.jobs[self.path.rsplit("/", 1)[-1]]
        if job["status"] not in ("completed", "failed"):
            job["status"] = "cancelled"
        self._answer(200, {k: v for k, v in job.items() if k not in INNER})

    def _job(self, path: str) -> None:
        state = self.server_state
        path, _, query = path.partition("?")
        take = int(query.removeprefix("take=") or 1)
        parts = path.split("/")
        job_id = next((part for part in parts if part in state.jobs), "")
        if not job_id:
            self._error(404, "job_unknown", "There is no such job.", "Generate again.")
        elif parts[2] == "generation-status":
            self._answer(200, state.step(job_id))
        elif state.jobs[job_id]["status"] != "completed":
            self._error(409, "not_ready", "The dance is not ready.", "Wait.")
        elif not 1 <= take <= state.jobs[job_id]["n_takes"]:
            self._error(404, "unknown_take", "There is no such take.", "Ask for another.")
        else:
            self._send("application/octet-stream", state.take(take))

    def _analysis(self, form: dict[str, Any]) -> None:
        said = json.loads(form.get("correction", "null"))
        if said is not None and any(row["label"] == "bad" for row in said.get("sections", [])):
            self._error(400, "correction_invalid", "The label is bad.", "Choose another.")
            return
        if said is not None:
            self.server_state.correction = said
        self._answer(200, self.server_state.analysis())

    def _allowed(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {self.server_state.token}":
            return True
        self._error(401, "token_wrong", "The token is wrong.", "Check it in the preferences.")
        return False

    def _error(self, status: int, code: str, message: str, remedy: str) -> None:
        self._answer(status, {"error": {"code": code, "message": message, "remedy": remedy}})

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        self._send("application/json", json.dumps(content).encode(), status)

    def _send(self, kind: str, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _form(content_type: str, body: bytes) -> dict[str, Any]:
    """The fields of a multipart body, read by the standard library's mail parser."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    form: dict[str, Any] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        filename = part.get_filename()
        form[name] = content if filename else content.decode("utf-8")
        if filename:
            form["filename"] = filename
    return form
