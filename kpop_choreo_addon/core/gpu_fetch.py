"""Fetches a file over a bad line: resumed, retried, counted, and right or not there at all."""

from __future__ import annotations

import errno
import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .addresses import make_opener
from .errors import Cancelled, ChoreoError
from .gpu_builds import Wheel

TIMEOUT = 30.0
"""Seconds without a byte after which a line counts as broken."""
TRIES = 5
"""In a row without a new byte; each waits longer."""
CHUNK = 1 << 18
LARGEST_PAGE = 16_000_000

Tell = Callable[[int], None]
Asked = Callable[[], bool]


def read_page(url: str, tries: int = TRIES) -> str:
    """The text behind ``url``.

    Raises:
        ChoreoError: ``gpu_gone`` or ``gpu_unreachable``.
    """
    number = 0
    while True:
        try:
            with _open(url, 0) as answer:
                return bytes(answer.read(LARGEST_PAGE)).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            _require_again(url, error)
            number += 1
            if number == tries:
                raise _unreachable(url, error) from error
            time.sleep(_pause(number))


def fetch(wheel: Wheel, target: Path, tell: Tell, cancelled: Asked) -> Path:
    """Brings ``wheel`` to ``target``; what came of it before in ``target``.part is gone on with.

    Args:
        tell: told the bytes that are there, often.

    Raises:
        ChoreoError: ``gpu_gone``, ``gpu_unreachable``, ``gpu_wrong_file`` (it is deleted then), or
            ``disk_full`` (what came stays, as it does when it is cancelled).
        Cancelled: when ``cancelled`` says so.
    """
    if target.is_file() and _digest(target, cancelled) == wheel.sha256:
        tell(target.stat().st_size)
        return target
    part = target.with_name(f"{target.name}.part")
    idle = 0
    while True:
        before = _size(part)
        try:
            finished = _receive(wheel, part, tell, cancelled)
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise disk_full(part.parent) from error
            _require_again(wheel.url, error)
            if getattr(error, "code", 0) == 416:  # what is there cannot be gone on with
                part.unlink(missing_ok=True)
            finished, failure = False, error
        else:
            failure = http.client.IncompleteRead(b"")
        if finished:
            break
        idle = 0 if _size(part) > before else idle + 1
        if idle >= TRIES:
            raise _unreachable(wheel.url, failure) from failure
        _wait(_pause(idle), cancelled)
    if _digest(part, cancelled) != wheel.sha256 or wheel.size not in (0, _size(part)):
        part.unlink()
        raise ChoreoError(
            "gpu_wrong_file",
            f"{wheel.name} came damaged or changed, so it was deleted.",
            "Try again; if it stays so, something on the way changes downloads.",
        )
    part.replace(target)
    return target


def size_of(wheel: Wheel) -> int:
    """Bytes of a wheel of which only the server knows."""
    if wheel.size:
        return wheel.size
    try:
        with _open(wheel.url, 0, "HEAD") as answer:
            return int(answer.headers.get("Content-Length") or 0)
    except (OSError, http.client.HTTPException) as error:
        _require_again(wheel.url, error)
        raise _unreachable(wheel.url, error) from error


def disk_full(folder: Path) -> ChoreoError:
    """What is said when nothing more fits."""
    return ChoreoError(
        "disk_full",
        f"There is no more room on the disk of {folder}.",
        "Make room, then press Resume: what was fetched is kept.",
    )


def _receive(wheel: Wheel, part: Path, tell: Tell, cancelled: Asked) -> bool:
    """Takes what comes until the line ends; whether that is all."""
    there = _size(part)
    if wheel.size and there >= wheel.size:
        return True
    with _open(wheel.url, there) as answer:
        begins = _begins(answer)
        if begins not in (0, there):
            raise http.client.HTTPException("it sends another part")
        expected = int(answer.headers.get("Content-Length") or 0) + begins
        with part.open("ab" if begins else "wb") as stream:
            there = begins
            while data := answer.read1(CHUNK):
                if cancelled():
                    raise Cancelled
                stream.write(data)
                there += len(data)
                tell(there)
                if there > (wheel.size or expected or there):
                    return True  # too much; its digest will be wrong
    return there >= (wheel.size or expected)


def _begins(answer: Any) -> int:
    """The byte at which an answer begins: some servers send all, whatever was asked."""
    if answer.status != 206:
        return 0
    told = str(answer.headers.get("Content-Range", ""))
    try:
        return int(told.removeprefix("bytes ").split("-")[0])
    except ValueError:
        raise http.client.HTTPException(f"it sends the part {told}") from None


def _open(url: str, first: int, method: str = "GET") -> Any:
    request = urllib.request.Request(url, method=method, headers={"Accept-Encoding": "identity"})
    if first:
        request.add_header("Range", f"bytes={first}-")
    return make_opener(url).open(request, timeout=TIMEOUT)


def _require_again(url: str, error: Exception) -> None:
    """Whether another try may help.

    Raises:
        ChoreoError: ``gpu_gone`` when the server says no.
    """
    if not isinstance(error, urllib.error.HTTPError):
        return
    with error:
        code = error.code
    if code < 500 and code not in (408, 416, 425, 429):
        raise ChoreoError(
            "gpu_gone",
            f"{url} cannot be had (HTTP {code}).",
            "Update K-Pop Choreo, or use the bundled engine.",
        ) from error


def _unreachable(url: str, error: Exception) -> ChoreoError:
    reason = getattr(error, "reason", None) or str(error) or type(error).__name__
    return ChoreoError(
        "gpu_unreachable",
        f"{url} does not come through ({reason}).",
        "Check the internet connection, then press Resume: what was fetched is kept.",
    )


def _pause(tries: int) -> float:
    """Seconds before the next try."""
    return min(16.0, 0.5 * 2.0**tries)


def _wait(seconds: float, cancelled: Asked) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if cancelled():
            raise Cancelled
        time.sleep(0.05)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _digest(path: Path, cancelled: Asked) -> str:
    """SHA-256; a file of gigabytes takes seconds."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while data := stream.read(1 << 22):
            if cancelled():
                raise Cancelled
            found.update(data)
    return found.hexdigest()
