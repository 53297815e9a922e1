"""What a batch has done so far, in the folder of its results, so that nothing is done twice.

``journal.jsonl`` has a line for each step, written through to the disk. Results are made in
``.batch`` beside it. When a job's files are complete the journal says so (``made``), they are moved
to their names, and it says that too (``done``). Whatever is killed in between, the next run either
moves the rest or makes the job again; a name in the folder always stands for a whole file.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from .errors import ChoreoError
from .files import file_digest

NAME = "journal.jsonl"
WORK = ".batch"
"""Folder of what is being made, and beginning of the names of .blend files that are."""
_LOCKED_BYTE = 0x7FFF0000
"""On Windows a byte is locked that no journal reaches."""


@dataclass(frozen=True)
class Output:
    """A file of a job."""

    file: str
    """Its name in the folder of the results."""
    bytes: int


@dataclass(frozen=True)
class Entry:
    """A finished job."""

    digest: str
    name: str
    outputs: tuple[Output, ...]
    facts: Mapping[str, Any]
    """What the summary says of it: seed, tempo, seconds, notes."""


class Journal:
    """The journal of one folder, open and locked; see :func:`open_journal`."""

    def __init__(self, folder: Path, stream: IO[bytes]) -> None:
        self.folder, self._stream = folder, stream
        self.entries: dict[str, Entry] = {}
        self.ours: set[str] = set()
        """Names of files that batches have written here."""
        made: dict[str, Entry] = {}
        for told in _lines(stream):
            entry = _entry(told)
            self.ours |= {output.file for output in entry.outputs}
            (made if told.get("state") == "made" else self.entries)[entry.digest] = entry
            if told.get("state") == "done":
                made.pop(entry.digest, None)
        self._clear(made)

    @property
    def work(self) -> Path:
        """The folder of what is being made."""
        return self.folder / WORK

    def blend(self, name: str) -> Path:
        """Where a job's .blend file is made: beside its place, so that its paths stay true."""
        return self.folder / f"{WORK}-{name}.blend"

    def find(self, digest: str) -> Entry | None:
        """The finished job of that digest, if its files are all still there."""
        entry = self.entries.get(digest)
        if entry is None or not all(_is_there(self.folder, o) for o in entry.outputs):
            return None
        return entry

    def settle(self, entry: Entry) -> None:
        """Moves a job's finished files to their names.

        Raises:
            ChoreoError: ``file_exists`` when one would replace a file that no batch wrote.
            OSError: the disk is full, for instance.
        """
        for output in entry.outputs:
            _write_through(self._staged(entry, output))
            self._require_free(entry, output)
        self._write("made", entry)
        self._move(entry)

    def discard(self, name: str) -> None:
        """Removes what was made of a job that failed."""
        shutil.rmtree(self.work / name, ignore_errors=True)
        for left in self._blends(f"{WORK}-{name}.blend"):
            left.unlink(missing_ok=True)

    def close(self) -> None:
        """Removes what is left of the work."""
        shutil.rmtree(self.work, ignore_errors=True)
        for left in self._blends(f"{WORK}-"):
            left.unlink(missing_ok=True)

    def require_free(self, name: str, suffixes: tuple[str, ...]) -> None:
        """Raises ``file_exists`` when a job's files would replace ones that no batch wrote."""
        for suffix in suffixes:
            file = f"{name}{suffix}"
            if file not in self.ours and (self.folder / file).exists():
                raise _exists(self.folder, file)

    def _move(self, entry: Entry) -> None:
        for output in entry.outputs:
            staged = self._staged(entry, output)
            if staged.exists():
                staged.replace(self.folder / output.file)
        self.ours |= {output.file for output in entry.outputs}
        self._write("done", entry)
        self.entries[entry.digest] = entry
        self.discard(entry.name)

    def _require_free(self, entry: Entry, output: Output) -> None:
        target = self.folder / output.file
        if output.file in self.ours or not target.exists():
            return
        if file_digest(target) != file_digest(self._staged(entry, output)):
            raise _exists(self.folder, output.file)

    def _staged(self, entry: Entry, output: Output) -> Path:
        blend = self.blend(entry.name)
        return (
            blend if output.file == f"{entry.name}.blend" else self.work / entry.name / output.file
        )

    def _clear(self, made: Mapping[str, Entry]) -> None:
        """Finishes what was complete when a run before was killed, and removes all else."""
        for entry in made.values():
            there = (
                self._staged(entry, o).exists() or _is_there(self.folder, o) for o in entry.outputs
            )
            if all(there):
                self._move(entry)
        self.close()
        (self.folder / "summary.json.part").unlink(missing_ok=True)
        self.work.mkdir()

    def _blends(self, begin: str) -> list[Path]:
        """.blend files that are made, with what Blender writes beside them."""
        return [p for p in self.folder.iterdir() if p.name.startswith(begin) and p.is_file()]

    def _write(self, state: str, entry: Entry) -> None:
        told = asdict(entry) | {"state": state, "at": time.strftime("%Y-%m-%dT%H:%M:%S%z")}
        self._stream.write(json.dumps(told).encode() + b"\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())


@contextmanager
def open_journal(folder: Path) -> Iterator[Journal]:
    """The journal of ``folder``, which is made; only one at a time, on this machine.

    Raises:
        ChoreoError: ``folder_busy`` while another batch writes there, ``folder_unusable``.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / NAME).open("a+b")
    except OSError as error:
        raise _unusable(folder, error) from error
    with stream:
        if not _lock(stream):
            raise ChoreoError(
                "folder_busy",
                f"Another batch is writing into {folder}.",
                "Wait until it has ended, or choose another folder with --out.",
            )
        try:
            journal = Journal(folder, stream)
        except OSError as error:
            raise _unusable(folder, error) from error
        yield journal
        journal.close()


def _lock(stream: IO[bytes]) -> bool:
    """Locks the file until it is closed; the system lets go when the process is killed."""
    try:
        if sys.platform == "win32":
            import msvcrt

            stream.seek(_LOCKED_BYTE)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Some network folders know no locks: there nobody is kept out.
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True


def _lines(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    """What the journal says; a line that a power cut left half is none."""
    stream.seek(0)
    content = stream.read()
    if content and not content.endswith(b"\n"):
        stream.write(b"\n")
    for line in content.splitlines():
        try:
            told = json.loads(line)
            _entry(told)
        except (ValueError, KeyError, TypeError):
            continue
        yield told


def _entry(told: Mapping[str, Any]) -> Entry:
    outputs = tuple(Output(str(o["file"]), int(o["bytes"])) for o in told["outputs"])
    return Entry(str(told["digest"]), str(told["name"]), outputs, dict(told["facts"]))


def _is_there(folder: Path, output: Output) -> bool:
    try:
        return (folder / output.file).stat().st_size == output.bytes
    except OSError:
        return False


def _write_through(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _exists(folder: Path, file: str) -> ChoreoError:
    return ChoreoError(
        "file_exists",
        f"There is a file {file} in {folder} that no batch wrote.",
        "Choose another folder with --out, or another name.",
    )


def _unusable(folder: Path, error: OSError) -> ChoreoError:
    return ChoreoError(
        "folder_unusable",
        f"Nothing can be written into {folder}: {error.strerror}.",
        "Choose another folder with --out.",
    )
