"""The Doctor's checks of the machine: memory, folders, and the loopback."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engine.findings import PROBLEM, WARNING, Asked, Finding, bad, doubt, good
from engine.places import CACHE_VARIABLE, cache_folder

MB = 2**20
NEEDED_MB, COMFORTABLE_MB = 600, 1500
"""Memory that a dance of 45 s takes (455 MB measured), and that long songs may."""
FULL_MB, LOW_MB = 200, 1000
"""Space for uploads and clips."""
WAIT = 5.0
"""Seconds that a connection to this machine itself may take."""


def check_memory(asked: Asked) -> Iterator[Finding]:
    """Whether a dance fits into what is free."""
    free = free_memory()
    if free is None:
        yield good("The system does not say how much memory is free.")
    elif free < NEEDED_MB:
        yield bad(
            "memory_low",
            f"Only {free:.0f} MB of memory are free, and a dance takes {NEEDED_MB}.",
            "Close other programs.",
        )
    elif free < COMFORTABLE_MB:
        yield doubt(
            "memory_scarce",
            f"{free:.0f} MB of memory are free: enough for short songs.",
            "Close other programs before a long one.",
        )
    else:
        yield good(f"{free / 1024:.1f} GB of memory are free.")


def free_memory() -> float | None:
    """MB that programs can still have; None where the system does not say."""
    with contextlib.suppress(OSError, ValueError, subprocess.SubprocessError):
        if sys.platform == "win32":
            return _windows_memory()
        if sys.platform == "darwin":
            return _mac_memory()
        return min(_linux_memory(), _group_memory())
    return None


def _linux_memory() -> float:
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return float(line.split()[1]) / 1024.0
    raise ValueError("MemAvailable")


def _group_memory() -> float:
    """What is left of a container's limit."""
    group = Path("/sys/fs/cgroup")
    try:
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        used = (group / "memory.current").read_text(encoding="ascii")
    except OSError:
        return float("inf")
    return float("inf") if limit == "max" else (int(limit) - int(used)) / MB


def _mac_memory() -> float:
    """Free, inactive and speculative pages."""
    said = subprocess.run(["/usr/bin/vm_stat"], capture_output=True, text=True, timeout=WAIT)
    lines = said.stdout.splitlines()
    page = int(lines[0].split("page size of ")[1].split()[0])
    counts = {name: value.strip(" .") for name, _, value in (x.partition(":") for x in lines[1:])}
    kinds = ("Pages free", "Pages inactive", "Pages speculative")
    return sum(int(counts.get(kind, "0")) for kind in kinds) * page / MB


def _windows_memory() -> float:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in "abcdefg"),
        )

    status = Status(length=ctypes.sizeof(Status))
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined]
        raise OSError("GlobalMemoryStatusEx")
    return float(status.b) / MB  # the second is what is available


def check_disk(asked: Asked) -> Iterator[Finding]:
    """That the temporary folder and the cache can be written, and have room."""
    try:
        temporary = Path(tempfile.gettempdir())
    except FileNotFoundError:
        yield bad(
            "temp_missing",
            "No temporary folder of the system can be written.",
            "Make room on the disk, or set TEMP (TMPDIR on macOS and Linux) to another folder.",
        )
    else:
        asked_for = next(
            (os.environ[n] for n in ("TMPDIR", "TEMP", "TMP") if os.environ.get(n)), ""
        )
        if asked_for and Path(asked_for).resolve() != temporary.resolve():
            yield doubt(
                "temp_ignored",
                "The temporary folder that the system names cannot be written: another one "
                "is used.",
                "Make room on its disk, or make it writable.",
                f"{asked_for} is named, {temporary} is used",
            )
        yield check_folder(temporary, "The temporary folder", PROBLEM)
    remedy = f"Make it writable, or set {CACHE_VARIABLE} to another folder."
    yield check_folder(cache_folder(), "The folder of corrections", WARNING, remedy)


def check_folder(
    folder: Path, what: str, level: str, remedy: str = "Make it writable, or make room."
) -> Finding:
    """Writes and reads a file there, and asks for the room that is left.

    Args:
        what: how the folder is called at the beginning of a sentence.
        level: how bad it is when it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(MB))
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(folder).free / MB
    except OSError as error:
        told = bad(
            "folder_unwritable",
            f"{what} cannot be written ({error.strerror}).",
            remedy,
            str(folder),
        )
        return replace(told, level=level)
    if free < LOW_MB:
        full = free < FULL_MB
        return Finding(
            PROBLEM if full else WARNING,
            f"{what} has only {free:.0f} MB left.",
            "Make room on its disk.",
            "disk_full" if full else "disk_low",
            str(folder),
        )
    return good(f"{what} can be written; {free / 1024:.1f} GB are free.", str(folder))


def check_port(asked: Asked) -> Iterator[Finding]:
    """Speaks with itself over the loopback, as the add-on will with the engine."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            place = listening.getsockname()
            listening.settimeout(WAIT)
            with socket.create_connection(place, WAIT) as near:
                far, _ = listening.accept()
                with far:
                    far.settimeout(WAIT)
                    near.sendall(b"hello")
                    heard = far.recv(5)
    except OSError as error:
        yield bad(
            "loopback_blocked",
            f"Programs on this computer cannot speak with each other ({error}).",
            "Allow Blender and its Python in the firewall or antivirus program, for 127.0.0.1.",
        )
        return
    if heard == b"hello":
        names = ("http_proxy", "https_proxy", "all_proxy")
        set_ones = [n for n in names if os.environ.get(n) or os.environ.get(n.upper())]
        detail = f"proxies, not used for this computer: {', '.join(set_ones) or 'none'}"
        yield good("A port of this computer can be opened and reached.", detail)
    else:
        yield bad(
            "loopback_disturbed",
            "Something between programs on this computer changes what they say.",
            "Exempt Blender and its Python in the antivirus program, for 127.0.0.1.",
        )
