"""Wheels made in the test, and a server that sends them well or badly."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from kpop_choreo_addon.core.gpu_builds import Build, Wheel


def make_wheel(
    project: str, files: dict[str, bytes], spoiled: str = "", link: str = "", unlisted: str = ""
) -> bytes:
    """A wheel with ``files``.

    Args:
        spoiled: the file whose digest in RECORD is that of something else.
        link: the name of a symbolic link in it.
        unlisted: the file that RECORD lacks.
    """
    info = f"{project}-1.0.dist-info"
    contents = files | {f"{info}/METADATA": f"Name: {project}\nVersion: 1.0\n".encode()}
    rows = []
    for path, data in contents.items():
        told = b"something else" if path == spoiled else data
        digest = base64.urlsafe_b64encode(hashlib.sha256(told).digest()).rstrip(b"=").decode()
        if path != unlisted:
            rows.append(f'"{path}",sha256={digest},{len(data)}')
    rows.append(f"{info}/RECORD,,")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as stored:
        for path, data in contents.items():
            stored.writestr(path, data)
        if link:
            member = zipfile.ZipInfo(link)
            member.external_attr = 0o120777 << 16
            stored.writestr(member, "/etc/passwd")
        stored.writestr(f"{info}/RECORD", "\n".join(rows) + "\n")
    return out.getvalue()


@dataclass
class Served:
    """What the server has, how it behaves, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    url: str = ""
    ignores_range: bool = False
    breaks_after: list[int] = field(default_factory=list)
    """Bytes after which each of the next answers stops."""
    spoils: bool = False
    """One byte of every file is another."""
    fails: list[int] = field(default_factory=list)
    """Statuses of the next answers."""
    slowly: threading.Event | None = None
    """While it is not set, nothing is sent after the first bytes."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and range of every request for a file."""

    def build(self, *names: str, key: str = "CPU", torch: str = "1.0") -> Build:
        """A build of the files ``names``."""
        wheels = tuple(self.wheel(name) for name in names)
        return Build(key, torch, "3.11", wheels)

    def wheel(self, name: str) -> Wheel:
        """A file that is here."""
        data = self.files[name]
        return Wheel(name, f"{self.url}/{name}", hashlib.sha256(data).hexdigest(), len(data))


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Served]:
    """A server on this machine for as long as the context lasts."""
    served = Served(dict(files))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            _answer(self, served)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    served.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield served
    finally:
        if served.slowly is not None:
            served.slowly.set()
        server.shutdown()
        server.server_close()


def _answer(handler: BaseHTTPRequestHandler, served: Served) -> None:
    name, asked = handler.path.lstrip("/"), handler.headers.get("Range", "")
    if handler.command == "GET":
        served.asked.append((name, asked))
    data = served.files.get(name)
    status = served.fails.pop(0) if served.fails else 200
    if data is None or status != 200:
        handler.send_error(404 if data is None else status)
        return
    if served.spoils:
        data = bytes([data[0] ^ 1]) + data[1:]
    first = re.match(r"bytes=(\d+)-", asked)
    begin = int(first[1]) if first and not served.ignores_range else 0
    if begin >= len(data) > 0:
        handler.send_error(416)
        return
    handler.send_response(206 if begin else 200)
    if begin:
        handler.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
    body = data[begin:]
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if handler.command == "HEAD":
        return
    if served.slowly is not None:
        handler.wfile.write(body[:100])
        served.slowly.wait()
        body = body[100:]
    if served.breaks_after:
        body = body[: served.breaks_after.pop(0)]
        handler.close_connection = True
    handler.wfile.write(body)


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Lays ``files`` out in ``folder``."""
    for name, data in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
