"""Tests every link between Generate and a dance, the engine's in its own process."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .dance_job import EngineSource, LocalEngine
from .doctor_child import examine_child
from .doctor_engine import examine_engine
from .doctor_findings import CHECKS, OK, PROBLEM, SKIPPED, WARNING, Finding, of_error
from .engine_host import EngineHost
from .errors import Cancelled, ChoreoError

MB = 2**20
FULL_MB, LOW_MB = 200, 1000
HOPELESS = ("python", "packages")
"""Without these no engine starts, and that need not be said again."""


@dataclass(frozen=True)
class Patient:
    """What is to be examined."""

    folder: Path
    """The add-on's folder of the user."""
    source: EngineSource | None
    """The chosen engine."""
    problem: ChoreoError | None = None
    """Why there is none."""


def examine(patient: Patient, cancelled: Callable[[], bool]) -> Iterator[Finding | str]:
    """The name of each check of :data:`CHECKS` as it begins, and what it found.

    Raises:
        Cancelled: when ``cancelled`` says so; nothing that was started runs on.
    """
    yield "folder"
    yield check_folder(patient.folder)
    yield "engine"
    if patient.source is None:
        problem = patient.problem or ChoreoError("engine_missing", "No engine is chosen.", "")
        yield of_error("engine", problem)
        return
    if not isinstance(patient.source, LocalEngine):
        yield Finding("engine", OK, "The engine on a server is used.")
        yield from examine_engine(patient.source, cancelled)
        return
    yield Finding("engine", OK, "The engine on this computer is used.")
    hopeless = False
    for step in examine_child(patient.source.command, cancelled):
        if isinstance(step, Finding) and step.level == PROBLEM:
            hopeless |= step.check in HOPELESS
        yield step
    if hopeless:
        for check in ("server", "dance"):
            message = "Not tested: the engine cannot start."
            yield Finding(check, SKIPPED, message, code="not_tested")
        return
    yield from _examine_started(patient.source, cancelled)


def _examine_started(source: LocalEngine, cancelled: Callable[[], bool]) -> Iterator[Finding | str]:
    """The engine that runs already, or one of our own that is ended afterwards."""
    running = source.host.process
    if running is not None and running.alive and running.command == source.command:
        yield from examine_engine(source, cancelled)
        return
    host = EngineHost()  # whatever else runs may be at work
    try:
        yield from examine_engine(LocalEngine(host, source.command), cancelled)
    finally:
        host.stop()


def check_folder(folder: Path) -> Finding:
    """Writes a file into the add-on's folder, and asks for the room that is left."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(MB))
            file.flush()
        free = shutil.disk_usage(folder).free / MB
    except OSError as error:
        return Finding(
            "folder",
            PROBLEM,
            f"The add-on's folder cannot be written ({error.strerror}).",
            "Make room on its disk, or make it writable.",
            "folder_unwritable",
            str(folder),
        )
    if free >= LOW_MB:
        text = f"The add-on's folder can be written; {free / 1024:.1f} GB are free."
        return Finding("folder", OK, text, detail=str(folder))
    full = free < FULL_MB
    return Finding(
        "folder",
        PROBLEM if full else WARNING,
        f"The add-on's folder has only {free:.0f} MB left.",
        "Make room on its disk.",
        "disk_full" if full else "disk_low",
        str(folder),
    )


@dataclass
class Examination:
    """One run of the Doctor: written by its thread, read by the panels."""

    patient: Patient
    findings: list[Finding] = field(default_factory=list)
    checking: str = ""
    """The check under way."""
    finished: bool = False
    cancel: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begins it in a thread of its own."""
        threading.Thread(target=self.run, name="K-Pop Choreo Doctor", daemon=True).start()

    def run(self, tell: Callable[[Finding], None] = lambda finding: None) -> None:
        """Examines; ``tell`` is called with every finding."""
        try:
            for step in examine(self.patient, self.cancel.is_set):
                if isinstance(step, str):
                    self.checking = step
                else:
                    self.findings.append(step)
                    tell(step)
        except Cancelled:
            self.cancel.set()
        except Exception as error:
            text = f"The Doctor itself failed ({type(error).__name__}: {error})."
            remedy = "Try again, and report it if it happens again."
            self.findings.append(
                Finding(self.checking or "engine", PROBLEM, text, remedy, "doctor_failed")
            )
            raise
        finally:
            self.finished = True

    @property
    def fraction(self) -> float:
        """How far it is, 0..1."""
        names = list(CHECKS)
        return names.index(self.checking) / len(names) if self.checking in names else 0.0

    def count(self, level: str) -> int:
        """How many findings there are of a level."""
        return sum(finding.level == level for finding in self.findings)
