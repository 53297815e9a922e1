"""A server that means harm, or is broken: a sentence comes soon, and nothing goes further."""

from __future__ import annotations

import json
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from kpop_choreo_addon.core import answers
from kpop_choreo_addon.core.addresses import is_loopback
from kpop_choreo_addon.core.client import EngineClient
from kpop_choreo_addon.core.errors import EngineError
from tests.core.fake_server import FakeServer

TOKEN = "secret-token-0123"
GOOD = FakeServer(TOKEN).analysis()
STATUS = {"job_id": "x", "status": "processing", "progress": 5, "stage": "denoise", "eta_s": 1.0,
          "queue_position": 0, "error": None, "takes": []}  # fmt: skip
WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e300,
    float("nan"),
    "x",
    "x" * 5000,
    [],
    [[]],
    {},
    {"a": 1},
)


@contextmanager
def saying(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server that speaks so to everybody, after it has read the request."""
    listening = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def run() -> None:
        while not done.is_set():
            with suppress(OSError):
                link, _ = listening.accept()
                with link:
                    link.settimeout(5)
                    read = b""
                    while b"\r\n\r\n" not in read:
                        read += link.recv(65536)
                    if b"POST" in read[:4] and b"--\r\n" not in read[-4:]:
                        while b"--\r\n" not in link.recv(65536)[-4:]:
                            continue
                    speak(link)

    threading.Thread(target=run, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        done.set()
        listening.close()


def plain(body: bytes, *lines: str, status: str = "200 OK") -> Callable[[socket.socket], None]:
    """One whole answer."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines])
    return lambda link: link.sendall(f"{head}\r\n\r\n".encode() + body)


def endless(first: bytes, block: bytes, pause: float = 0.0) -> Callable[[socket.socket], None]:
    """An answer that never ends."""

    def speak(link: socket.socket) -> None:
        link.sendall(first)
        while True:
            link.sendall(block)
            time.sleep(pause)

    return speak


HEAD = b"HTTP/1.1 200 OK\r\n"
FLOODS = {
    "endless body": endless(HEAD + b"\r\n", b"a" * 65536),
    "endless chunks": endless(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    ),
    "endless header": endless(HEAD + b"X: ", b"a" * 65536),
    "endless headers": endless(HEAD, b"x: y\r\n" * 1000),
    "dripping body": endless(HEAD + b"\r\n", b" ", 0.05),
    "dripping head": endless(HEAD, b"x", 0.05),
    "endless continue": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01),
    "endless error": endless(b"HTTP/1.1 500 No\r\n\r\n", b"a" * 65536),
    "silence": lambda link: time.sleep(5),
    "no http": lambda link: link.sendall(b"\x00\xff" * 50 + b"\r\n\r\n"),
    "too short": lambda link: link.sendall(HEAD + b"Content-Length: 99\r\n\r\n{}"),
    "nothing": lambda link: None,
    "redirect": plain(b"", "Location: https://evil.example/", status="302 Found"),
    "deep": plain(b"[" * 200_000),
    "deep error": plain(b'{"error":' * 5000, status="500 No"),
    "wrong error": plain(b'{"error": {"code": [1], "message": {}}}', status="500 No"),
    "list": plain(b"[1]"),
    "no text": plain(b"\xff\xfe\x00"),
    "long number": plain(b'{"contract_version": ' + b"1" * 9000 + b"}"),
    "other version": plain(b'{"contract_version": [1]}'),
}


@pytest.mark.parametrize("name", FLOODS)
def test_it_ends_in_a_sentence_soon_and_in_little_memory(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "SLOWEST", 1 << 30)
    tracemalloc.start()
    began = time.monotonic()
    with saying(FLOODS[name]) as url, pytest.raises(EngineError) as told:
        EngineClient(url, TOKEN, timeout=1.0).health()
    took, memory = time.monotonic() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert took < 20
    assert memory < 3 * answers.LARGEST_JSON
    assert told.value.code in (
        "engine_protocol", "engine_timeout", "engine_unreachable", "engine_error",
        "contract_version",
    )  # fmt: skip
    assert told.value.remedy


def test_a_clip_that_never_ends_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "LARGEST_FILE", 1 << 20)
    target = tmp_path / "a.npz"
    with saying(FLOODS["endless body"]) as url, pytest.raises(EngineError, match="far more"):
        EngineClient(url, TOKEN, timeout=2.0).fetch_clip("x", target)
    assert list(tmp_path.iterdir()) == []


def test_the_token_goes_to_nobody_else() -> None:
    got: list[bytes] = []

    def note(link: socket.socket) -> None:
        got.append(b"called")

    with saying(note) as other:
        away = plain(b"", f"Location: {other}/api/health", status="307 Temporary Redirect")
        with saying(away) as url, pytest.raises(EngineError, match="HTTP 307"):
            EngineClient(url, TOKEN, timeout=2.0).health()
    assert got == []


def test_proxies_are_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with saying(plain(b'{"contract_version": 1}')) as url:
        assert is_loopback(url)
        assert EngineClient(url, TOKEN, timeout=5.0).health() == {"contract_version": 1}


@pytest.mark.parametrize("field", STATUS)
@pytest.mark.parametrize("value", WRONG, ids=range(len(WRONG)))
def test_a_status_of_wrong_kinds_is_harmless(field: str, value: Any) -> None:
    client = EngineClient("http://127.0.0.1:1", TOKEN)
    client._exchange = lambda *_: json.dumps(STATUS | {field: value}).encode()  # type: ignore[method-assign]
    if field == "status":
        with pytest.raises(EngineError, match="without a status"):
            client.status("x")
        return
    status = client.status("x")
    assert 0.0 <= status.progress <= 100.0
    assert status.eta_s is None or 0.0 <= status.eta_s <= 1e6
    assert 1 <= status.takes <= 8
    assert len(status.stage) <= answers.LONGEST_WORDS
    assert not isinstance(status.queue_position, float)


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value; of lists the first row."""
    if at:
        yield at
    rows: Any = ()
    if isinstance(value, dict):
        rows = value.items()
    elif isinstance(value, list):
        rows = list(enumerate(value))[:1]
    for key, inner in rows:
        yield from paths(inner, (*at, key))


def put(value: Any, at: tuple[Any, ...], new: Any) -> Any:
    """A copy with another value at a place."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = new
    return copy


def test_an_analysis_of_wrong_kinds_is_refused() -> None:
    assert answers.is_analysis(GOOD)
    for at in paths(GOOD):
        if at[0] == "correction":
            continue
        for value in (None, True, float("nan"), 1e300, {"a": []}, [{}], "x" * 5000):
            assert not answers.is_analysis(put(GOOD, at, value)), (at, value)
    for name in answers.NEEDED:
        assert not answers.is_analysis({k: v for k, v in GOOD.items() if k != name})


@pytest.mark.parametrize("value", [*WRONG, [{"name": 1, "title": "x"}], [{"name": "x"}]])
def test_models_of_wrong_kinds_are_refused(value: Any) -> None:
    empty = value == []
    assert answers.is_models({"styles": value}) == empty


@pytest.mark.parametrize("job_id", [None, 5, "", "../x", "a" * 65, "a/b", "a?b", "a\r\nb", ["x"]])
def test_a_job_id_is_no_path(job_id: Any, tmp_path: Path) -> None:
    song = tmp_path / "s.wav"
    song.write_bytes(b"0" * 10)
    client = EngineClient("http://127.0.0.1:1", TOKEN)
    client._exchange = lambda *_: json.dumps({"job_id": job_id}).encode()  # type: ignore[method-assign]
    with pytest.raises(EngineError, match="no job"):
        client.submit(song, {})
