"""Installs the GPU engine: fetched wheel by wheel, unpacked, checked; whole or not there.

A folder ``ID.part`` holds what is done so far and is gone on with; renamed to ``ID`` it is used.
Nothing is run but a check of the finished folder.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .dance_job import Progress
from .errors import ChoreoError
from .gpu_builds import Build, Wheel, complete, require_address
from .gpu_fetch import disk_full, fetch, read_page, size_of
from .gpu_installed import (
    FETCHED,
    PART,
    Installed,
    Problem,
    bytes_in,
    find_installed,
    read_contents,
    remove,
    sweep,
    verify,
    write_contents,
)
from .gpu_lock import locked
from .gpu_unpack import long_path, unpack, unpacked_size

LOCK = "install.lock"
UNPACKED = 2.2
"""Bytes on the disk by bytes fetched: 1.6 for CUDA on Linux, 3.3 for the processor's build. It is
only the look ahead; each wheel is measured before it is unpacked."""
SPARE = 200_000_000
"""Bytes that stay free."""

Asked = Callable[[], bool]
Check = Callable[[Path, Asked], Installed]
"""Runs an unpacked engine and returns what it found, over what is known of the folder."""


@dataclass(frozen=True)
class GpuProgress(Progress):
    """How far it is, in bytes or files."""

    done: int = 0
    total: int = 0

    @property
    def text(self) -> str:
        """A line for a progress bar."""
        if self.stage == "fetch":
            return f"Fetching: {self.done / 1e6:.0f} of {self.total / 1e6:.0f} MB"
        if self.stage == "unpack":
            return f"Unpacking: {self.done / 1e6:.0f} of {self.total / 1e6:.0f} MB"
        if self.stage == "verify":
            return f"Verifying: {self.done} of {self.total} files"
        return "Trying the GPU" if self.stage == "check" else "Looking what is needed"


Tell = Callable[[Progress], None]


def install(build: Build, root: Path, check: Check, tell: Tell, cancelled: Asked) -> Installed:
    """Installs ``build`` in ``root``, or goes on with what was begun.

    Returns:
        what is there now; its ``problem`` says why it cannot be used, where it cannot.

    Raises:
        ChoreoError: what prevents it; what was fetched stays for another try.
        Cancelled: when ``cancelled`` says so; what was fetched stays.
    """
    with locked(root / LOCK), _full_disk_told(root):
        sweep(root)
        tell(GpuProgress("look"))
        there = find_installed(root, build.python)
        if there is None or there.id != build.id:
            part = root / f"{build.id}{PART}"
            for left in _others(root, build):
                if left.name.endswith(PART):
                    remove(left)
            _gather(build, part, tell, cancelled)
            _put_in_place(part, root / build.id)
        for left in _others(root, build):
            remove(left)
        return try_out(root / build.id, check, tell, cancelled)


def verify_installed(folder: Path, check: Check, tell: Tell, cancelled: Asked) -> Installed:
    """Compares every file with its digest, then tries the engine anew.

    Raises:
        ChoreoError: ``gpu_damaged``; it is not used from then on.
    """
    with locked(folder.parent / LOCK):
        try:
            verify(
                folder,
                lambda done, total: tell(
                    GpuProgress("verify", done / total, done=done, total=total)
                ),
                cancelled,
            )
        except ChoreoError as error:
            _note(folder, error)
            raise
        return try_out(folder, check, tell, cancelled)


def try_out(folder: Path, check: Check, tell: Tell, cancelled: Asked) -> Installed:
    """Runs the engine in ``folder`` once and writes down what became of it."""
    tell(GpuProgress("check", 0.98))
    try:
        found = replace(check(folder, cancelled), bytes=bytes_in(folder))
    except ChoreoError as error:
        return _note(folder, error)
    write_contents(folder, found)
    return found


def uninstall(root: Path) -> None:
    """Removes every GPU engine in ``root``, and what was begun (ChoreoError)."""
    if not root.is_dir():
        return
    with locked(root / LOCK):
        sweep(root)
        for folder in list(root.iterdir()):
            if folder.is_dir():
                remove(folder)


def begun(build: Build, root: Path) -> int:
    """Bytes that were fetched of ``build`` before; 0 when it was not begun."""
    part = root / f"{build.id}{PART}"
    contents = read_contents(part)
    if contents is None:
        return 0
    sizes = {wheel.name: wheel.size or build.about for wheel in build.wheels}
    done = sum(sizes.get(name, build.about) for name in contents.wheels)
    return done + bytes_in(part / FETCHED)


def _others(root: Path, build: Build) -> list[Path]:
    """Folders of other builds and releases for the same Python, finished or not."""
    end = build.id.rsplit("-", 1)[-1]
    folders = [path for path in root.iterdir() if path.is_dir()]
    names = {path: path.name.removesuffix(PART) for path in folders}
    return [path for path, name in names.items() if name.endswith(f"-{end}") and name != build.id]


def _gather(build: Build, part: Path, tell: Tell, cancelled: Asked) -> None:
    """Fetches and unpacks every wheel that ``part`` does not have yet."""
    wheels = tuple(_sized(wheel, build) for wheel in complete(build, read_page))
    contents = read_contents(part) or Installed(build.key, build.torch, build.python)
    kept = {wheel.name: wheel.sha256 for wheel in wheels}
    if any(kept.get(name) != digest for name, digest in contents.wheels.items()):
        remove(part)  # the index gives other files by now
        contents = Installed(build.key, build.torch, build.python)
    (part / FETCHED).mkdir(parents=True, exist_ok=True)
    write_contents(part, contents)
    total = sum(wheel.size for wheel in wheels)
    left = [wheel for wheel in wheels if wheel.name not in contents.wheels]
    _require_room(part, left)
    done = total - sum(wheel.size for wheel in left)
    for wheel in left:

        def fetching(there: int, before: int = done) -> None:
            now = before + there
            tell(GpuProgress("fetch", 0.95 * now / max(1, total), done=now, total=total))

        file = fetch(wheel, part / FETCHED / wheel.name, fetching, cancelled)
        done += wheel.size
        size, share = unpacked_size(file), 0.95 * done / max(1, total)
        _require_free(part, size)

        def unpacking(written: int, size: int = size, share: float = share) -> None:
            tell(GpuProgress("unpack", share, done=written, total=size))

        unpack(file, part, unpacking, cancelled)
        contents = replace(contents, wheels=contents.wheels | {wheel.name: wheel.sha256})
        write_contents(part, contents)
        file.unlink()


def _sized(wheel: Wheel, build: Build) -> Wheel:
    """``wheel`` with its size, from an address that may be used."""
    hosts = build.index or wheel.url
    require_address(wheel.url, hosts.split("/")[2].split(":")[0])
    return replace(wheel, size=size_of(wheel))


def _put_in_place(part: Path, folder: Path) -> None:
    shutil.rmtree(part / FETCHED, ignore_errors=True)
    remove(folder)
    long_path(part).rename(long_path(folder))


def _require_room(part: Path, left: list[Wheel]) -> None:
    """Before anything is fetched: it would be in vain."""
    there = bytes_in(part / FETCHED)
    largest = max((wheel.size for wheel in left), default=0)
    _require_free(part, int(UNPACKED * sum(wheel.size for wheel in left)) + largest - there)


def _require_free(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise ChoreoError(
            "disk_small",
            f"The GPU engine needs {(needed + SPARE) / 1e9:.1f} GB more on the disk of {folder}, "
            f"and {free / 1e9:.1f} GB are free.",
            "Make room, then press Resume: what was fetched is kept.",
        )


def _note(folder: Path, error: ChoreoError) -> Installed:
    """Writes down why the engine in ``folder`` cannot be used."""
    contents = read_contents(folder)
    assert contents is not None
    problem = Problem(error.code, error.message, error.remedy)
    contents = replace(contents, device="", problem=problem, bytes=bytes_in(folder))
    write_contents(folder, contents)
    return contents


@contextlib.contextmanager
def _full_disk_told(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(root) from error
        raise ChoreoError(
            "gpu_unwritable",
            f"{root} cannot be written ({error.strerror or error}).",
            "Check that you may write there, then press Resume.",
        ) from error
