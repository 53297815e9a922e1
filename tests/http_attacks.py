"""Requests that nobody honest sends, made of a seed, and what must hold of every answer to them."""

from __future__ import annotations

import json
import random
import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.openapi import ERRORS, parameters

PATIENCE = 30.0
"""Seconds within which every answer must have come."""
NUMBERS = (
    "0",
    "1",
    "-1",
    "0.5",
    "1e999",
    "nan",
    "-inf",
    "1" * 400,
    "0x10",
    "1_000",
    "",
    " ",
    "٣",
    "1e-320",
    "4294967295",
    "4294967296",
    "2.5",
    "true",
    "null",
)
WORDS = (
    "",
    "dance",
    "신나는 춤",
    "x" * 4000,
    "\x00",
    "\u202e",
    "😀" * 50,
    "a\r\nb: c",
    "%00",
    "../../x",
    "'\"`;--",
    "<script>",
    "{}",
    "[]",
    "null",
    "none",
    "girl-crush",
    "ours",
    "librosa",
    "NaN",
)
VALUES = (
    None,
    True,
    -1,
    0,
    0.5,
    4,
    9,
    1e308,
    10**400,
    "x",
    "",
    "chorus",
    "\ud800",
    [],
    {},
    [1, 2],
    [[1]],
    [0, 0, 0, 0],
    [1, 0, 0, 0],
    {"a": 1},
    {"left": [0, 1, 0]},
    {"head": [1, 0, 0, 0]},
)
KEYS = (
    "time",
    "joints",
    "hands",
    "feet",
    "root",
    "hold",
    "weight",
    "position",
    "facing",
    "start",
    "end",
    "prompt",
    "style",
    "energy",
    "same_as",
    "phrases",
    "counts",
    "times",
    "first",
    "every",
    "moves",
    "words",
    "unclear",
    "half_time",
    "taps",
    "factor",
    "nudge_ms",
    "one",
    "beats_per_bar",
    "sections",
    "label",
    "left",
    "head",
)
NAMES = (
    "s.wav",
    "CON",
    "../../x",
    "",
    "노래.mp3",
    "a" * 3000,
    "s:ads",
    "source",
    "clip-1.npz",
    ".",
    "a\\b",
)
TARGETS = (
    "/api/health",
    "/api/models",
    "/api/openapi.json",
    "/api/generation-status/x",
    "/api/generation/x",
    "/api/generation/x/clip",
    "/api/generation/x/clip?take=-1",
    "/",
    "/api/../etc/passwd",
    "*",
    "//x/y",
    "/%",
    "/api/generation-status/%ff%00",
    "/api/health?" + "a=b&" * 500,
    "http://evil.example/api/health",
)
METHODS = (
    "GET",
    "GET",
    "DELETE",
    "POST",
    "PUT",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PATCH",
    "get",
    "X" * 500,
)


@dataclass(frozen=True)
class Aim:
    """Where to, and what a well-formed request needs."""

    port: int
    token: str
    song: bytes
    clip: bytes = b"PK\x03\x04 no clip"


def value(rng: random.Random, depth: int = 0) -> object:
    """JSON of the words of the contract, in no order that makes sense."""
    kind = rng.random()
    if depth > 4 or kind < 0.4:
        return rng.choice(VALUES)
    if kind < 0.6:
        return [value(rng, depth + 1) for _ in range(rng.randrange(5))]
    return {rng.choice(KEYS): value(rng, depth + 1) for _ in range(rng.randrange(6))}


def json_text(rng: random.Random) -> str:
    if rng.random() < 0.1:
        return rng.choice(("[" * 60_000, '{"a":' * 30_000, "[" + "1," * 9000, "[NaN]", '"\\ud800"'))
    rows = [value(rng) for _ in range(rng.randrange(4))]
    return json.dumps(rng.choice((rows, value(rng))))


def field(rng: random.Random, name: str) -> str:
    """A value for a parameter: of its kind, or of any other."""
    kind = parameters().get(name, {}).get("contentMediaType")
    if kind or name == "correction":
        return json_text(rng) if rng.random() < 0.8 else rng.choice(WORDS)
    return rng.choice(NUMBERS if rng.random() < 0.6 else WORDS)


def form(rng: random.Random, aim: Aim) -> tuple[str, bytes]:
    """Content type and body of a form, mostly well formed."""
    boundary = rng.choice(("x",) * 12 + ("----" + "b" * 40, "b" * 300, "é", "a b", '"q"'))
    names = [*parameters(), "correction", "backend", "source_clip", "audio_file", "f" * 3000]
    lines = []
    for name in rng.sample(names, rng.choice((0, 0, 1, 1, 1, 2, 6))):
        head = f'content-disposition: form-data; name="{name}"\r\n\r\n'
        lines.append(head.encode() + field(rng, name).encode("utf-8", "replace"))
    if rng.random() < 0.85:
        sound = rng.choice((b"", b"RIFF", rng.randbytes(300), aim.song[: rng.randrange(4000)]))
        sound = aim.song if rng.random() < 0.02 else sound
        lines.append(_file("audio_file", rng.choice(NAMES), sound))
    if rng.random() < 0.3:
        clip = rng.choice((aim.clip, rng.randbytes(99), aim.clip[: len(aim.clip) // 2]))
        lines.append(_file("source_clip", rng.choice(NAMES), clip))
    rng.shuffle(lines)
    edge = boundary.encode()
    body = b"".join(b"--" + edge + b"\r\n" + line + b"\r\n" for line in lines)
    kind = rng.choice(("multipart/form-data",) * 8 + ("Multipart/Form-Data", "text/plain"))
    more = rng.choice(("",) * 6 + ("; charset=utf-16", "; charset=idna", "; boundary=y"))
    return f"{kind}; boundary={boundary}{more}", body + b"--" + edge + b"--\r\n"


def _file(name: str, filename: str, content: bytes) -> bytes:
    head = f'content-disposition: form-data; name="{name}"; filename="{filename}"\r\n\r\n'
    return head.encode() + content


def call(rng: random.Random, aim: Aim) -> bytes:
    """A request with a head as it should be, and anything behind it."""
    head = [f"host: 127.0.0.1:{aim.port}", f"authorization: Bearer {aim.token}"]
    if rng.random() < 0.35:
        line = f"{rng.choice(METHODS)} {rng.choice(TARGETS)} HTTP/1.1"
        return "\r\n".join([line, *head, "connection: close", "", ""]).encode()
    path = rng.choice(("/api/generate-motion",) * 3 + ("/api/analyze-audio", "/api/click-track"))
    query = rng.choice(
        ("", "", f"?energy={rng.choice(NUMBERS)}&style=%ff", "?prompt=" + "%EC" * 99)
    )
    kind, body = form(rng, aim)
    head = [f"POST {path}{query} HTTP/1.1", *head, f"content-type: {kind}", "connection: close"]
    if rng.random() < 0.2:
        sent = _chunked(rng, body)
        head.append("transfer-encoding: chunked")
    else:
        sent = body if rng.random() < 0.9 else body[: rng.randrange(len(body))]
        head.append(f"content-length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode("utf-8") + sent


def _chunked(rng: random.Random, body: bytes) -> bytes:
    half = len(body) // 2
    parts = b"".join(
        b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:]) if part
    )
    lie = rng.choice(
        (b"0\r\n\r\n",) * 4
        + (b"", b"fffffffff\r\nx", b"-5\r\nx\r\n", b"zz\r\n", b"0;" + b"e" * 9000)
    )
    return parts + lie


def malformed(rng: random.Random, aim: Aim) -> bytes:
    """What is hardly HTTP any more."""
    good = call(rng, aim)
    kind = rng.randrange(7)
    if kind == 0:
        return rng.randbytes(rng.randrange(1, 400))
    if kind == 1:  # pipelined
        return b"".join(call(rng, aim).replace(b"connection: close\r\n", b"") for _ in range(4))
    if kind == 2:
        many = b"".join(b"x-%d: y\r\n" % n for n in range(rng.choice((100, 10_000))))
        return good.replace(b"\r\n", b"\r\n" + many, 1)
    if kind == 3:
        return good.replace(b"\r\n", b"\r\nx: " + b"y" * rng.choice((9000, 90_000)) + b"\r\n", 1)
    if kind == 4:
        twice = rng.choice(
            (
                b"content-length: 5",
                b"host: evil",
                b"transfer-encoding: gzip",
                b"expect: 100-continue",
                b"upgrade: websocket\r\nconnection: upgrade",
                b"content-length: -1",
                b"authorization: Bearer x",
                b" folded",
                b"origin: null",
                b"\x00: x",
            )
        )
        return good.replace(b"\r\n", b"\r\n" + twice + b"\r\n", 1)
    spoilt = bytearray(good)
    for _ in range(rng.randrange(1, 12)):
        at = rng.randrange(len(spoilt) if kind == 5 else min(len(spoilt), 200))
        spoilt[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
    return bytes(spoilt)


def attacks(aim: Aim, count: int, seed: int = 0) -> Iterator[bytes]:
    """So many requests, the same ones for the same seed."""
    for number in range(count):
        rng = random.Random(f"{seed}-{number}")
        yield malformed(rng, aim) if rng.random() < 0.4 else call(rng, aim)


def ask(port: int, request: bytes) -> tuple[bytes, float]:
    """All that comes back until the engine ends the connection, and after how many seconds."""
    began, answer = time.monotonic(), b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as link:
        with suppress(OSError):  # it may refuse in the middle
            link.sendall(request)
            link.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while block := link.recv(1 << 20):
                answer += block
    return answer, time.monotonic() - began


def fault(request: bytes, answer: bytes, seconds: float) -> str:
    """What an answer breaks; '' when it is as it should be, as nothing is for half a request."""
    statuses = [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]
    if seconds > PATIENCE:
        return f"{seconds:.0f} s"
    if unknown := [
        code for code in statuses if code not in {100, 200, 202, *ERRORS} or code == 500
    ]:
        return f"status {unknown[0]}"
    head, _, body = answer.partition(b"\r\n\r\n")
    if len(statuses) == 1 and statuses[0] >= 400 and not request.upper().startswith(b"HEAD"):
        with suppress(ValueError, KeyError, TypeError):
            if set(json.loads(body)["error"]) == {"code", "message", "remedy"}:
                return ""
        return f"no error of the contract: {head[:60]!r} {body[:200]!r}"
    return ""


def resident(pid: int) -> float:
    """MB of memory that a process has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6
