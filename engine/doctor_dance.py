"""The Doctor's checks of the whole: songs are read, the engine answers, a dance is made."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.findings import Asked, Finding, bad, doubt, good
from engine.places import CACHE_VARIABLE

SECONDS, RATE, BEAT = 4.5, 22050, 0.5
FORMATS = {
    "wav": ("wav", "pcm_s16le", "s16"),
    "flac": ("flac", "flac", "s16"),
    "mp3": ("mp3", "libmp3lame", "fltp"),
    "m4a": ("ipod", "aac", "fltp"),
    "ogg": ("ogg", "vorbis", "fltp"),
}
"""Kinds of songs by their container, codec and samples; made here, so that none is shipped."""
START_SECONDS = 120.0


def check_codecs(asked: Asked) -> Iterator[Finding]:
    """Writes a few seconds of clicks in every format and reads them as a song."""
    from engine.audio.decode import load_song
    from engine.errors import ChoreoError

    read: list[str] = []
    unread: list[str] = []
    reasons: list[str] = []
    with tempfile.TemporaryDirectory(prefix="kpop-choreo-doctor-") as folder:
        for name in FORMATS:
            song = Path(folder) / f"clicks.{name}"
            try:
                if _write(song, name):
                    off = abs(load_song(song).duration - SECONDS)
                    (read if off < 0.2 else unread).append(name)
                else:
                    (read if _decodes(FORMATS[name][1]) else unread).append(name)
            except (ChoreoError, OSError, ValueError) as error:
                unread.append(name)
                reasons.append(f"{name}: {error}")
    if not unread:
        yield good(f"Songs can be read as {', '.join(read)}.")
        return
    tell = doubt if read else bad
    yield tell(
        "codec_missing",
        f"Songs cannot be read as {', '.join(unread)}.",
        f"Convert songs to {read[0]}, or install K-Pop Choreo again."
        if read
        else "Install K-Pop Choreo again.",
        "\n".join(reasons),
    )


def _write(path: Path, name: str) -> bool:
    """Clicks in a format; False where this build cannot write it."""
    import av

    container, codec, kind = FORMATS[name]
    try:
        av.codec.Codec(codec, "w")
    except av.codec.codec.UnknownCodecError:
        return False
    with av.open(str(path), "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=RATE, options={"strict": "experimental"})
        stream.layout, stream.format = "stereo", kind
        frame = av.AudioFrame.from_ndarray(_clicks()[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format=kind, layout="stereo", rate=RATE)
        for made in (*resampler.resample(frame), *resampler.resample(None), None):
            out.mux(stream.encode(made))
    return True


def _decodes(codec: str) -> bool:
    import av

    try:
        av.codec.Codec(codec.removeprefix("lib").removesuffix("lame"), "r")
    except av.codec.codec.UnknownCodecError:
        return False
    return True


def _clicks() -> Any:
    """Clicks at 120 BPM, 16 bits."""
    import numpy as np

    t = np.arange(int(SECONDS * RATE)) / RATE
    since = t % BEAT
    click = np.sin(2 * np.pi * 90.0 * since) + 0.3 * np.sin(2 * np.pi * 1800.0 * since)
    hum = 0.05 * np.sin(2 * np.pi * 220.0 * t)
    return (15000.0 * (click * np.exp(-30.0 * since) + hum) / 1.4).astype(np.int16)


def check_server(asked: Asked) -> Iterator[Finding]:
    """Starts an engine of its own and asks how it is, with the right and with a wrong token."""
    token = secrets.token_urlsafe(24)
    began = time.monotonic()
    line = [sys.executable, "-s", "-m", "engine", "serve", "--port", "0", "--model", "debug"]
    process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(OSError):
            process.stdin.write(f"{token}\n".encode())
            process.stdin.flush()
        yield from _ask(process.stdout.readline(), token, began)
    finally:
        timer.cancel()
        process.kill()
        process.wait()


def _ask(handshake: bytes, token: str, began: float) -> Iterator[Finding]:
    """What the engine that said ``handshake`` answers."""
    try:
        ready = json.loads(handshake)
        url = f"http://{ready['host']}:{ready['port']}/api/health"
    except (ValueError, KeyError, TypeError):
        yield bad(
            "engine_failed",
            "The engine did not start.",
            "Run 'python -m engine serve': its last lines tell why.",
        )
        return
    try:
        health = json.loads(_get(url, token))
    except (OSError, ValueError) as error:
        yield bad(
            "engine_unreachable",
            f"The engine was started and does not answer ({error}).",
            "Allow Python in the firewall or antivirus program, for 127.0.0.1.",
        )
        return
    seconds = time.monotonic() - began
    yield good(
        f"The engine answers after {seconds:.1f} s.",
        f"engine {health.get('engine_version')}, contract {health.get('contract_version')}",
    )
    try:
        _get(url, "a wrong token, as a test")
    except urllib.error.HTTPError as error:
        if error.code == 401:
            return
    yield bad(
        "token_ignored",
        "The engine answers to a wrong token.",
        "Install K-Pop Choreo again.",
    )


def _get(url: str, token: str) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=15.0) as answer:
        return bytes(answer.read())


def check_dance(asked: Asked) -> Iterator[Finding]:
    """Dances to a few seconds of clicks, from the song's file to the clip."""
    import numpy as np

    from engine.model.backends import load_motion_model
    from engine.model.text import TextEncoder
    from engine.pipeline import Engine, make_clip
    from engine.request import make_request

    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kpop-choreo-doctor-") as folder, _cache_in(folder):
        song = Path(folder) / "clicks.wav"
        _write(song, "wav")
        engine = Engine(load_motion_model(asked.model, asked.device), TextEncoder.default())
        clip = make_clip(song, make_request({"prompt": "body roll, sharp arms"}), engine)
    seconds = time.monotonic() - began
    moved = float(np.abs(np.diff(clip.local_quats, axis=1)).max())
    if not (np.isfinite(clip.local_quats).all() and np.isfinite(clip.root_positions).all()):
        yield bad(
            "dance_broken",
            "The dance that was made has places that are no numbers.",
            "Choose Processor as Device; if it stays so, send us the report.",
        )
    elif moved < 1e-3:
        yield bad(
            "dance_still",
            "The dance that was made does not move.",
            "Choose Processor as Device; if it stays so, send us the report.",
        )
    else:
        yield good(f"A dance of {clip.duration:.1f} s was made in {seconds:.1f} s.")


@contextlib.contextmanager
def _cache_in(folder: str) -> Iterator[None]:
    """Keeps what is heard of the test's song out of the user's cache."""
    before = os.environ.get(CACHE_VARIABLE)
    os.environ[CACHE_VARIABLE] = folder
    try:
        yield
    finally:
        os.environ.pop(CACHE_VARIABLE)
        if before is not None:
            os.environ[CACHE_VARIABLE] = before
