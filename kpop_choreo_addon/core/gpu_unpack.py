"""Unpacks wheels: nothing outside the folder, every file as its RECORD says, or an error."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import stat
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from .errors import Cancelled, ChoreoError

UNUSED = ("torch/include/", "torch/share/", "torch/bin/test_", "torch/bin/protoc")
"""For compiling and for torch's own tests: not unpacked, which saves 9,000 files."""
STATIC = re.compile(r"torch/lib/[^/]+\.(lib|a)")
"""For linking."""
KEPT_DATA = ("purelib", "platlib")
CHUNK = 1 << 20

Asked = Callable[[], bool]


def unpack(wheel: Path, folder: Path, tell: Callable[[int], None], cancelled: Asked) -> None:
    """Puts what ``wheel`` installs into ``folder``; its RECORD comes last.

    Args:
        tell: told the bytes written, often.

    Raises:
        ChoreoError: ``gpu_wheel_damaged`` for a member that is elsewhere, a link, or not what
            RECORD says.
        Cancelled: when ``cancelled`` says so.
        OSError: it cannot be written.
    """
    written = 0

    def grown(count: int) -> None:
        nonlocal written
        written += count
        tell(written)

    try:
        with zipfile.ZipFile(wheel) as stored:
            digests, record = read_record(stored, wheel.name)
            for member, place in list(_wanted(stored, wheel.name)):
                if member.filename == record:
                    continue
                digest = digests.get(member.filename)
                if digest is None:
                    raise _damaged(wheel.name, f"{member.filename} is not in its list")
                _write(stored, member, long_path(folder / place), digest, grown, cancelled)
            target = long_path(folder / record)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(stored.read(record))
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise _damaged(wheel.name, str(error)) from error


def unpacked_size(wheel: Path) -> int:
    """Bytes that unpacking takes (``gpu_wheel_damaged``)."""
    try:
        with zipfile.ZipFile(wheel) as stored:
            return sum(member.file_size for member, _ in _wanted(stored, wheel.name))
    except zipfile.BadZipFile as error:
        raise _damaged(wheel.name, str(error)) from error


def read_record(stored: zipfile.ZipFile, name: str) -> tuple[dict[str, str], str]:
    """SHA-256 (base64) of each member by its path, and the path of RECORD itself."""
    records = [n for n in stored.namelist() if re.fullmatch(r"[^/]+\.dist-info/RECORD", n)]
    if len(records) != 1:
        raise _damaged(name, "it has no list of its files")
    return parse_record(stored.read(records[0]).decode("utf-8")), records[0]


def parse_record(text: str) -> dict[str, str]:
    """SHA-256 (base64, without padding) of each file that RECORD has one for."""
    rows = csv.reader(io.StringIO(text))
    found = {}
    for row in rows:
        if len(row) >= 2 and row[1].startswith("sha256="):
            found[row[0]] = row[1].removeprefix("sha256=").rstrip("=")
    return found


def is_used(path: str) -> bool:
    """Whether a file of a wheel is unpacked."""
    return not path.startswith(UNUSED) and STATIC.fullmatch(path) is None


def placed(path: str) -> str | None:
    """Where a member goes under the folder; None for what is not installed there.

    Raises:
        ValueError: it would be elsewhere.
    """
    pure = PurePosixPath(path)
    parts = pure.parts
    if pure.is_absolute() or ".." in parts or "\\" in path or ":" in path or "\0" in path:
        raise ValueError(path)
    if parts and parts[0].endswith(".data"):
        if len(parts) < 3 or parts[1] not in KEPT_DATA:
            return None
        parts = parts[2:]
    return "/".join(parts) if is_used("/".join(parts)) else None


def long_path(path: Path) -> Path:
    """``path`` in the form in which Windows takes more than 260 characters."""
    if sys.platform != "win32" or str(path).startswith("\\\\"):
        return path
    return Path("\\\\?\\" + str(path.absolute()))


def _wanted(stored: zipfile.ZipFile, name: str) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    """Members to write, and where; all are checked, also those that are left out."""
    for member in stored.infolist():
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _damaged(name, f"{member.filename} is a link")
        try:
            place = placed(member.filename)
        except ValueError:
            raise _damaged(name, f"{member.filename} lies outside of it") from None
        if place is not None and not member.is_dir():
            yield member, place


def _write(
    stored: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    target: Path,
    digest: str,
    grown: Callable[[int], None],
    cancelled: Asked,
) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    found, count = hashlib.sha256(), 0
    with stored.open(member) as source, target.open("wb") as stream:
        while data := source.read(CHUNK):
            if cancelled():
                raise Cancelled
            count += len(data)
            if count > member.file_size:
                break
            found.update(data)
            stream.write(data)
            grown(len(data))
    if encoded(found) != digest:
        target.unlink()
        raise _damaged(str(member.filename), "its digest is another than in its list")
    if member.external_attr >> 16 & 0o100:
        target.chmod(0o755)


def encoded(found: hashlib._Hash) -> str:
    """A digest as RECORD writes it."""
    return base64.urlsafe_b64encode(found.digest()).rstrip(b"=").decode()


def _damaged(name: str, why: str) -> ChoreoError:
    return ChoreoError(
        "gpu_wheel_damaged",
        f"{name} cannot be unpacked: {why}.",
        "Try again; if it stays so, use the bundled engine.",
    )
