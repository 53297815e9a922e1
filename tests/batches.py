"""Batches started, killed and looked at from outside; needs Linux's /proc."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "kpop_choreo_addon" / "batch" / "script.py"
ENGINE = Path(os.environ.get("KPOP_CHOREO_ENGINE_PYTHON", ROOT / ".venv" / "bin" / "python"))
MARK = "KPOP_CHOREO_TEST_BATCH"
"""An environment variable that all processes of a batch inherit, and nobody else has."""


class Batch:
    """A batch as a process group of its own, in this Python, which has Blender as a module."""

    def __init__(self, out: Path, *arguments: object, engine: Path = ENGINE) -> None:
        self.out, self.mark = out, uuid.uuid4().hex
        line = [sys.executable, SCRIPT, *arguments, "--out", out]
        line += ["--engine-python", engine, "--model", "debug", "--device", "cpu"]
        self._log = (out.parent / f"{self.mark}.log").open("w+b")
        self.process = subprocess.Popen(
            list(map(str, line)),
            env=os.environ | {MARK: self.mark, "BLENDER_USER_RESOURCES": str(out.parent / "user")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )

    def finish(self, seconds: float = 300.0) -> int:
        """Waits for its end; gives the exit code."""
        self.stdout = self.process.communicate(timeout=seconds)[0].decode()
        return self.process.returncode

    def log(self) -> str:
        """What it said on stderr so far."""
        return Path(self._log.name).read_text(encoding="utf-8", errors="replace")

    def wait_for(self, done: int, seconds: float = 300.0) -> None:
        """Returns when the journal has that many finished jobs."""
        deadline = time.monotonic() + seconds
        while len(finished(self.out)) < done:
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.02)

    def kill(self, group: bool) -> None:
        """Kills the first process alone, or with its workers (engines have their own group)."""
        if group:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.process.communicate()

    def left(self) -> list[str]:
        """Processes of this batch that are still there after 5 s, or what 5 s are under load."""
        crowd = os.getloadavg()[0] / (os.cpu_count() or 1)
        deadline = time.monotonic() + 5.0 * max(1.0, crowd)
        while (found := _marked(self.mark)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found


def finished(out: Path) -> list[dict[str, Any]]:
    """The journal's finished jobs."""
    try:
        lines = (out / "journal.jsonl").read_bytes().splitlines()
    except FileNotFoundError:
        return []
    told = []
    for line in lines:
        try:
            told.append(json.loads(line))
        except ValueError:  # it is being written
            continue
    return [entry for entry in told if entry["state"] == "done"]


def written(out: Path) -> dict[str, tuple[int, int]]:
    """Time and size of each result of a finished job."""
    names = [output["file"] for entry in finished(out) for output in entry["outputs"]]
    stats = {name: (out / name).stat() for name in names}
    return {name: (stat.st_mtime_ns, stat.st_size) for name, stat in stats.items()}


def temporary(out: Path) -> list[str]:
    """What is no result."""
    ours = {"journal.jsonl", "summary.json", *written(out)}
    return sorted(path.name for path in out.iterdir() if path.name not in ours)


def times_done(out: Path) -> set[int]:
    """How often jobs were done."""
    return set(Counter(entry["digest"] for entry in finished(out)).values())


def summary(out: Path) -> dict[str, Any]:
    """The summary of the last run."""
    return dict(json.loads((out / "summary.json").read_text(encoding="utf-8")))


def examples(rig: str) -> list[list[str]]:
    """Arguments of the command lines in examples/README.md, with ``rig`` for the reader's own."""
    text = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    return [
        [rig if word == "YOUR_CHARACTER.vrm" else word for word in shlex.split(line)[2:]]
        for line in lines
    ]


def _marked(mark: str) -> list[str]:
    """Command lines of the processes that carry the mark, dead ones left out."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it ended meanwhile, or belongs to somebody else
            continue
    return [line for line in found if line]
