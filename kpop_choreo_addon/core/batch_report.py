"""What a batch says: lines as it goes, and a summary as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .batch_inputs import BadRow
from .batch_jobs import Job
from .batch_journal import Entry, Journal, Output
from .errors import ChoreoError
from .files import whole

SUMMARY = "summary.json"
EVERY = 15.0
"""Seconds between two lines about what is at work."""
DONE, FAILED, SKIPPED, OPEN = "done", "failed", "skipped", "open"
"""States of a job; open ones were left when the batch was interrupted."""


@dataclass
class Report:
    """Keeps the journal, the summary and the user up to date; the pool's listener."""

    journal: Journal
    jobs: Mapping[int, Job]
    """Those to be made, by row."""
    digests: Mapping[int, str]
    workers: int
    say: Callable[[str], None]
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    at_work: dict[int, str] = field(default_factory=dict)
    began_at: float = field(default_factory=time.monotonic)
    spoken: float = field(default_factory=time.monotonic)
    took: list[float] = field(default_factory=list)

    def bad(self, row: BadRow) -> None:
        """A row that cannot run."""
        self.rows[row.row] = _row(row.row, row.name, FAILED) | _told(row.error)
        self.say(f"{row.error.message} {row.error.remedy}")

    def skipped(self, job: Job, entry: Entry) -> None:
        """A job that a run before has done."""
        self.rows[job.row] = _row(job.row, job.name, SKIPPED) | _facts(entry)

    def open(self, job: Job) -> None:
        """A job that waits."""
        self.rows[job.row] = _row(job.row, job.name, OPEN)

    def began(self, job: Mapping[str, Any]) -> None:
        """A worker has taken a job."""
        self.at_work[job["row"]] = "starting"

    def moved(self, job: Mapping[str, Any], text: str) -> None:
        """A job has gone forward."""
        self.at_work[job["row"]] = text

    def made(self, job: Mapping[str, Any], result: Mapping[str, Any], seconds: float) -> None:
        """Moves a job's files to their names and writes down that it is done."""
        row, name = job["row"], job["name"]
        outputs = tuple(Output(o["file"], o["bytes"]) for o in result["outputs"])
        facts = {**result["facts"], "seconds": round(seconds, 1)}
        entry = Entry(self.digests[row], name, outputs, facts)
        try:
            self.journal.settle(entry)
        except ChoreoError as error:
            self.failed(job, error, seconds)
            return
        except OSError as error:
            self.failed(job, _unwritten(error), seconds)
            return
        self._ended(row, seconds)
        self.rows[row] = _row(row, name, DONE) | _facts(entry)
        files = ", ".join(output.file for output in outputs)
        self.say(f"{self._count()} {name}: {files} in {seconds:.0f} s{self.left()}")

    def failed(self, job: Mapping[str, Any], error: ChoreoError, seconds: float) -> None:
        """Writes down why a job came to nothing."""
        row, name = job["row"], job["name"]
        self.journal.discard(name)
        self._ended(row, seconds)
        self.rows[row] = _row(row, name, FAILED) | {"seconds": round(seconds, 1)} | _told(error)
        self.say(f"{self._count()} {name}: FAILED. {error.message} {error.remedy}")

    def tick(self) -> None:
        """Says from time to time what is at work."""
        now = time.monotonic()
        if now - self.spoken > EVERY and self.at_work:
            self.spoken = now
            rows = (f"{self.jobs[row].name} ({text})" for row, text in self.at_work.items())
            self.say(f"    {', '.join(rows)}{self.left()}")

    def left(self) -> str:
        """How long the rest takes, once that can be known."""
        waiting = sum(row["state"] == OPEN for row in self.rows.values())
        if not self.took or not waiting:
            return ""
        seconds = sum(self.took) / len(self.took) * waiting / min(self.workers, waiting)
        left = f"{seconds / 60:.0f} min" if seconds > 90 else f"{seconds:.0f} s"
        return f"; about {left} left"

    def summary(self) -> dict[str, Any]:
        """All rows, in their order, and how many have which state."""
        rows = [self.rows[number] for number in sorted(self.rows)]
        counts = {s: sum(r["state"] == s for r in rows) for s in (DONE, FAILED, SKIPPED, OPEN)}
        seconds = round(time.monotonic() - self.began_at, 1)
        folder = str(self.journal.folder)
        return {**counts, "seconds": seconds, "workers": self.workers, "out": folder, "jobs": rows}

    def write(self) -> dict[str, Any]:
        """Writes and returns the summary."""
        told = self.summary()
        with whole(Path(self.journal.folder) / SUMMARY) as part:
            part.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
        return told

    def _ended(self, row: int, seconds: float) -> None:
        self.at_work.pop(row, None)
        self.took += [seconds] if seconds else []  # nothing was tried

    def _count(self) -> str:
        settled = sum(row["state"] != OPEN for row in self.rows.values())
        return f"[{settled}/{len(self.rows)}]"


def _row(row: int, name: str, state: str) -> dict[str, Any]:
    return {"row": row, "name": name, "state": state}


def _facts(entry: Entry) -> dict[str, Any]:
    return {**entry.facts, "outputs": [output.file for output in entry.outputs]}


def _told(error: ChoreoError) -> dict[str, Any]:
    return {"code": error.code, "message": error.message, "remedy": error.remedy}


def _unwritten(error: OSError) -> ChoreoError:
    return ChoreoError(
        "not_written",
        f"Its files could not be written: {error.strerror}.",
        "Make room on the disk, or choose another folder with --out.",
    )
