"""The process around the server: its streams, its port, its folder, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import logging
import logging.handlers
import os
import queue
import shutil
import signal
import socket
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import uvicorn
from fastapi import FastAPI

from engine import __version__
from engine.access import read_token
from engine.connection import Connection
from engine.errors import ChoreoError, told
from engine.jobs import PROCESSING, QUEUED, JobQueue
from engine.leftovers import private_folder
from engine.model.backends import load_motion_model
from engine.model.text import TextEncoder
from engine.openapi import CONTRACT_VERSION
from engine.pipeline import Engine
from engine.server import ServerSettings, make_app

log = logging.getLogger(__name__)

LOG_LINES = 2000
"""Lines that wait for somebody to drain the log; further ones are dropped, the work goes on."""


@dataclass(frozen=True)
class Place:
    """Where the engine listens."""

    host: str = "127.0.0.1"
    port: int = 0
    certificate: Path | None = None
    """For https, as PEM, with its key in the same file or in ``key``."""
    key: Path | None = None


def serve(
    place: Place, settings: Callable[[str], ServerSettings], follow_stdin: bool = True
) -> None:
    """Runs the engine until it is told to stop: prints the handshake, then serves.

    Args:
        settings: how, by the token that was read.
        follow_stdin: end when stdin ends, so that the engine never outlives its parent.

    Raises:
        ChoreoError: it cannot start; the handshake says so too.
    """
    protocol = _take_streams()
    try:
        listening = _listen(place)
        loopback = ipaddress.ip_address(listening.getsockname()[0]).is_loopback
        set_up = settings(read_token(short=loopback))
        _check_certificate(place)
        folder = _own_folder()
        ready = {
            "event": "ready",
            "contract_version": CONTRACT_VERSION,
            "engine_version": __version__,
            "host": place.host,
            "port": listening.getsockname()[1],
            "pid": os.getpid(),
        }
        _say(protocol, ready)
    except ChoreoError as error:
        with contextlib.suppress(ChoreoError):
            _say(protocol, {"event": "error", "error": error.as_dict()})
        raise
    if not (loopback or place.certificate):
        log.warning("http can be read by everybody between here and the client: see --certificate")
    _run(place, listening, set_up, folder, follow_stdin)


def _run(
    place: Place,
    listening: socket.socket,
    settings: ServerSettings,
    folder: Path,
    follow_stdin: bool,
) -> None:
    jobs = JobQueue(
        lambda: Engine(load_motion_model(settings.model, settings.device), TextEncoder.default())
    )
    app = make_app(settings, jobs, folder)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
            ssl_certfile=place.certificate,
            ssl_keyfile=place.key,
        )
    )

    def stop(*_: Any) -> None:
        server.should_exit = True

    _on_signals(stop)
    if follow_stdin:
        threading.Thread(target=_await_end_of_stdin, args=(stop,), daemon=True).start()
    if settings.idle_timeout > 0:
        threading.Thread(
            target=_await_idleness, args=(app, jobs, settings.idle_timeout, stop), daemon=True
        ).start()
    records = _log_without_waiting()
    try:
        asyncio.run(server.serve(sockets=[listening]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        deadline = time.monotonic() + 1.0
        while not records.empty() and time.monotonic() < deadline:
            time.sleep(0.01)
        # A dance in the middle of a step must not keep a process whose parent is gone.
        os._exit(0)


def _take_streams() -> TextIO:
    """The protocol's stream; whatever prints from here on goes to the log."""
    if sys.stdout is None:  # closed when we started: its number may be another file's by now
        return open(os.devnull, "w", encoding="utf-8")
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8")
    if sys.stderr is not None:
        os.dup2(2, 1)
    return protocol


def _say(protocol: TextIO, line: dict[str, Any]) -> None:
    try:
        protocol.write(json.dumps(line) + "\n")
        protocol.flush()
    except OSError as error:
        raise ChoreoError(
            "handshake_unread",
            f"Nobody reads what the engine says on stdout ({error.strerror}).",
            "Start it with stdout open, for example with '> engine.json'.",
        ) from error


def _listen(place: Place) -> socket.socket:
    try:
        if not 0 <= place.port <= 65535:
            raise OverflowError("ports go from 0 to 65535")
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        family, kind, _, _, address = found[0]
        listening = socket.socket(family, kind)
        if sys.platform == "win32":  # nobody else may take the port while we have it
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ChoreoError(
            "port_taken",
            f"The engine cannot listen at {place.host}, port {place.port} ({reason}).",
            "Choose another --port (0 takes a free one) or --host.",
        ) from error
    return listening


def _check_certificate(place: Place) -> None:
    if place.certificate is None:
        return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(place.certificate, place.key, password=lambda: "")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise ChoreoError(
            "certificate_unusable",
            f"The certificate {place.certificate} or its key cannot be used.",
            "Give both as PEM files, the key without a password.",
        ) from error


def _own_folder() -> Path:
    """Where everything temporary goes, of the libraries too; nobody else may look into it."""
    os.umask(0o077)
    try:
        folder = private_folder()
    except OSError as error:
        raise told(error, f"No temporary folder can be made ({error.strerror}).") from error
    tempfile.tempdir = str(folder)
    return folder


def _on_signals(stop: Callable[..., None]) -> None:
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


class _Dropping(logging.handlers.QueueHandler):
    """Hands records on; when nobody takes them any more it drops them rather than wait."""

    def enqueue(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(queue.Full):
            self.queue.put_nowait(record)


def _log_without_waiting() -> queue.Queue[logging.LogRecord]:
    """From here on a log that nobody drains, or a full disk, stops a thread and not the engine."""
    logging.raiseExceptions = False
    records: queue.Queue[logging.LogRecord] = queue.Queue(LOG_LINES)
    root = logging.getLogger()
    listener = logging.handlers.QueueListener(records, *root.handlers)
    root.handlers = [_Dropping(records)]
    listener.start()
    return records


def _await_end_of_stdin(stop: Callable[[], None]) -> None:
    with contextlib.suppress(OSError):
        while sys.stdin is not None and os.read(0, 4096):
            pass
    log.info("stdin ended: the engine stops")
    stop()


def _await_idleness(app: FastAPI, jobs: JobQueue, timeout: float, stop: Callable[[], None]) -> None:
    """Counts its own naps: neither a changed clock nor a suspended machine makes it end."""
    nap, idle, calls = min(5.0, timeout), 0.0, app.state.calls
    while idle < timeout:
        time.sleep(nap)
        idle += nap
        if app.state.calls != calls or jobs.count(QUEUED) + jobs.count(PROCESSING):
            idle, calls = 0.0, app.state.calls
    log.info("idle for %.0f s: the engine stops", timeout)
    stop()
