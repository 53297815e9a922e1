"""The Doctor's last two checks, as the add-on uses an engine: it answers, and it dances."""

from __future__ import annotations

import socket
import ssl
import tempfile
import time
import urllib.error
import urllib.request
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .client import EngineClient
from .clip import Clip, read_clip
from .dance_job import EngineSource, LocalEngine, Order, make_dance
from .doctor_findings import OK, PROBLEM, SKIPPED, WARNING, Finding, of_error
from .errors import Cancelled, ChoreoError, EngineError

DANCE_SECONDS = 300.0
"""How long a dance of a few seconds may take."""
SECONDS, RATE, BEAT = 4.5, 22050, 0.5
AGAIN = "Choose Processor as Device; if it stays so, send us the report."


def examine_engine(source: EngineSource, cancelled: Callable[[], bool]) -> Iterator[Finding | str]:
    """The name of each check as it begins, and what it found.

    Raises:
        Cancelled: when ``cancelled`` says so.
    """
    yield "server"
    began = time.monotonic()
    try:
        client = source.connect(cancelled)
        health = client.health()
    except EngineError as error:
        stands = isinstance(source, LocalEngine) and not source.gone()
        yield _not_reached(source, error if stands else source.explain(error))
        yield Finding("dance", SKIPPED, "Not tested: no engine answers.", code="not_tested")
        return
    seconds = time.monotonic() - began
    yield Finding("server", OK, f"The engine answers after {seconds:.1f} s.", detail=_facts(health))
    yield from _wrong_token(client)
    yield "dance"
    jobs = health.get("jobs") or {}
    if jobs.get("queued") or jobs.get("processing"):
        yield Finding("dance", SKIPPED, "Not tested: a dance is being made.", code="not_tested")
    else:
        yield _dance(source, cancelled)


def _facts(health: dict[str, Any]) -> str:
    model = health.get("model") or {}
    parts = {
        "engine": health.get("engine_version"),
        "contract": health.get("contract_version"),
        "device": health.get("device"),
        "model": model.get("id"),
        "digest": model.get("digest"),
    }
    return ", ".join(f"{name} {value}" for name, value in parts.items())


def _not_reached(source: EngineSource, error: EngineError) -> Finding:
    """Why nothing answers, as far as the connection tells."""
    local = isinstance(source, LocalEngine)
    if error.code not in ("engine_unreachable", "engine_timeout"):
        return of_error("server", error)
    if local:
        message = "The engine runs, and nothing gets through to it on this computer."
        remedy = (
            "Allow Blender and its Python in the firewall or antivirus program, for 127.0.0.1; "
            "then restart the engine."
        )
        return Finding("server", PROBLEM, message, remedy, "engine_mute", str(error))
    code, message, remedy = _remote_reason(error)
    proxies = ", ".join(urllib.request.getproxies()) or "none"
    return Finding("server", PROBLEM, message, remedy, code, f"{error}\nproxies: {proxies}")


def _remote_reason(error: EngineError) -> tuple[str, str, str]:
    """Code, sentence and remedy for a server that cannot be reached."""
    cause = error.__cause__
    reason = cause.reason if isinstance(cause, urllib.error.URLError) else cause
    if isinstance(reason, ssl.SSLError):
        return (
            "server_tls",
            "The server's certificate is not accepted, or it speaks no https.",
            "Check the address in the add-on's preferences, or ask who runs the server.",
        )
    if isinstance(reason, socket.gaierror):
        return (
            "server_unknown",
            "No server of that name is found.",
            "Check the address in the add-on's preferences, and the network.",
        )
    if isinstance(reason, ConnectionRefusedError):
        return (
            "server_down",
            "The computer answers, and no server runs at that port.",
            "Start the server, or check its address in the add-on's preferences.",
        )
    return (
        "server_silent",
        "The server does not answer.",
        "Check the network, a proxy or firewall between, and the address in the add-on's "
        "preferences.",
    )


def _wrong_token(client: EngineClient) -> Iterator[Finding]:
    """Nothing where a wrong token is refused, as it must be."""
    try:
        EngineClient(client.url, "a wrong token, as a test").health()
    except EngineError:
        return
    yield Finding(
        "server",
        WARNING,
        "The engine lets in whoever asks, whatever the token.",
        "Tell who runs the server to set a token.",
        "token_ignored",
    )


def _dance(source: EngineSource, cancelled: Callable[[], bool]) -> Finding:
    """Dances to a few seconds of clicks, from the upload to the clip that is read."""
    began = time.monotonic()

    def stopped() -> bool:
        return cancelled() or time.monotonic() - began > DANCE_SECONDS

    try:
        with tempfile.TemporaryDirectory(prefix="kpop-choreo-doctor-") as folder:
            song = write_clicks(Path(folder) / "clicks.wav")
            order = Order(song, {"prompt": "body roll, sharp arms"})
            files = make_dance(source, order, song.with_suffix(".npz"), lambda _: None, stopped)
            clip = read_clip(files[0])
    except Cancelled:
        if cancelled():
            raise
        return Finding(
            "dance",
            PROBLEM,
            f"A dance of {SECONDS} s was not ready after {DANCE_SECONDS:.0f} s.",
            "Close other programs, or choose another device; restart the engine.",
            "dance_slow",
        )
    except ChoreoError as error:
        return of_error("dance", error)
    return _judged(clip, time.monotonic() - began)


def _judged(clip: Clip, seconds: float) -> Finding:
    """Whether what was made is a dance."""
    quats, places = clip.local_quats, clip.root_positions
    if not (np.isfinite(quats).all() and np.isfinite(places).all()):
        message = "The dance that was made has places that are no numbers."
        return Finding("dance", PROBLEM, message, AGAIN, "dance_broken")
    if float(np.abs(np.diff(quats, axis=1)).max(initial=0.0)) < 1e-3:
        message = "The dance that was made does not move."
        return Finding("dance", PROBLEM, message, AGAIN, "dance_still")
    text = f"A dance of {clip.duration:.1f} s was made in {seconds:.1f} s."
    return Finding("dance", OK, text)


def write_clicks(path: Path) -> Path:
    """A few seconds of clicks at 120 BPM."""
    t = np.arange(round(SECONDS * RATE)) / RATE
    since = t % BEAT
    click = np.sin(2 * np.pi * 90.0 * since) + 0.3 * np.sin(2 * np.pi * 1800.0 * since)
    samples = 9000.0 * click * np.exp(-30.0 * since) + 500.0 * np.sin(2 * np.pi * 220.0 * t)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return path
