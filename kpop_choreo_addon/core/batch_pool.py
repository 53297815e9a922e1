"""Jobs given to processes, several at a time; a process that dies takes only its job with it.

A worker is spoken to in lines of JSON. It ends when its stdin does, so that none is left when
this process is killed.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .errors import ChoreoError

START_LIMIT = 300.0
"""Seconds until a worker must be ready; a first start compiles packages."""
PATIENCE = 3
"""Workers in a row that may fail to start."""
GRACE = 10.0
"""Seconds that workers have to end by themselves."""
LOG_LINES = 60
TICK = 0.25
MARK = "@kpop-choreo "
"""Begins a worker's line that is meant for us."""


class Listener(Protocol):
    """What the pool tells."""

    def began(self, job: Mapping[str, Any]) -> None:
        """A worker has taken a job."""

    def moved(self, job: Mapping[str, Any], text: str) -> None:
        """A job has gone forward."""

    def made(self, job: Mapping[str, Any], result: Mapping[str, Any], seconds: float) -> None:
        """A job's files are complete."""

    def failed(self, job: Mapping[str, Any], error: ChoreoError, seconds: float) -> None:
        """A job came to nothing."""

    def tick(self) -> None:
        """Some time has passed."""


@dataclass(frozen=True)
class Limits:
    """How many workers there are, how long a job may take, what is heard of them."""

    workers: int
    seconds: float
    echo: bool = False
    """Whether what workers say goes to stderr."""


@dataclass(eq=False)
class Worker:
    """A process that makes jobs one after another."""

    process: subprocess.Popen[bytes]
    events: queue.Queue[tuple[Worker, dict[str, Any] | None]]
    echo: bool = False
    job: Mapping[str, Any] | None = None
    began: float = field(default_factory=time.monotonic)
    """When it was started, or given its job."""
    ready: bool = False
    late: bool = False
    """Whether it was ended because its job took too long."""
    log: deque[str] = field(default_factory=lambda: deque(maxlen=LOG_LINES))

    def __post_init__(self) -> None:
        self._readers = [
            threading.Thread(target=read, daemon=True) for read in (self._events, self._errors)
        ]
        for reader in self._readers:
            reader.start()

    def give(self, job: Mapping[str, Any]) -> None:
        """Lets it make a job."""
        self.job, self.began = job, time.monotonic()
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # it may have died, which its reader tells
            self.process.stdin.write(json.dumps(job).encode() + b"\n")
            self.process.stdin.flush()

    def close(self) -> None:
        """Lets it end, at once if it is at work."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()

    def _events(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            text = line.decode("utf-8", "replace")
            if text.startswith(MARK):
                self.events.put((self, json.loads(text.removeprefix(MARK))))
        self.process.wait()
        self._readers[1].join(timeout=2.0)
        self.events.put((self, None))

    def _errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            text = line.decode("utf-8", "replace").rstrip()
            self.log.append(text)
            if self.echo:
                sys.stderr.write(f"{text}\n")


class Pool:
    """Gives jobs to workers until none is left."""

    def __init__(
        self,
        start: Callable[[], subprocess.Popen[bytes]],
        limits: Limits,
        listener: Listener,
        stopped: Callable[[], bool],
    ) -> None:
        self._start, self._limits, self._listener, self._stopped = start, limits, listener, stopped
        self._events: queue.Queue[tuple[Worker, dict[str, Any] | None]] = queue.Queue()
        self._workers: list[Worker] = []
        self._pending: deque[Mapping[str, Any]] = deque()
        self._unlucky = 0
        """Workers in a row that did not start."""

    def run(self, jobs: Sequence[Mapping[str, Any]]) -> None:
        """Returns when every job was made or has failed, or when it was stopped."""
        self._pending.extend(jobs)
        try:
            while (self._pending or self._workers) and not self._stopped():
                self._fill()
                with contextlib.suppress(queue.Empty):
                    self._hear(*self._events.get(timeout=TICK))
                self._end_late()
                self._listener.tick()
        finally:
            self._end()

    def _fill(self) -> None:
        idle = sum(worker.job is None for worker in self._workers)
        while len(self._workers) < self._limits.workers and idle < len(self._pending):
            self._workers.append(Worker(self._start(), self._events, self._limits.echo))
            idle += 1

    def _hear(self, worker: Worker, event: dict[str, Any] | None) -> None:
        if event is None:
            self._gone(worker)
            return
        job = worker.job
        kind = event["event"]
        if kind == "ready":
            worker.ready, self._unlucky = True, 0
        elif kind == "moved" and job is not None:
            self._listener.moved(job, event["text"])
            return
        elif job is not None:
            worker.job = None
            seconds = time.monotonic() - worker.began
            if kind == "made":
                self._listener.made(job, event["result"], seconds)
            else:
                error = ChoreoError(event["code"], event["message"], event["remedy"])
                self._listener.failed(job, error, seconds)
        self._next(worker)

    def _next(self, worker: Worker) -> None:
        if self._pending:
            worker.give(self._pending.popleft())
            assert worker.job is not None
            self._listener.began(worker.job)
        else:
            worker.close()

    def _gone(self, worker: Worker) -> None:
        """A worker has ended: well, with its job, or before it could take one."""
        self._workers.remove(worker)
        if worker.job is not None:
            error = _too_slow(self._limits.seconds) if worker.late else _crash(worker)
            self._listener.failed(worker.job, error, time.monotonic() - worker.began)
        elif not worker.ready:
            self._unlucky += 1
            if self._unlucky >= PATIENCE and not any(w.ready for w in self._workers):
                while self._pending:
                    self._listener.failed(self._pending.popleft(), _no_start(worker), 0.0)

    def _end_late(self) -> None:
        now = time.monotonic()
        for worker in self._workers:
            if worker.late or (worker.ready and worker.job is None):
                continue
            limit = START_LIMIT if worker.job is None else self._limits.seconds
            if now - worker.began > limit:
                worker.late = True
                worker.process.kill()

    def _end(self) -> None:
        for worker in self._workers:
            worker.close()
        deadline = time.monotonic() + GRACE
        for worker in self._workers:
            try:
                worker.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()


def _crash(worker: Worker) -> ChoreoError:
    said = " ".join(line.strip() for line in list(worker.log)[-3:] if line.strip())
    return ChoreoError(
        "blender_ended",
        f"Blender ended while it made this (exit code {worker.process.poll()}). {said}".strip(),
        "Run the same command again; if it stays so, leave this job out.",
    )


def _no_start(worker: Worker) -> ChoreoError:
    said = " ".join(line.strip() for line in list(worker.log)[-3:] if line.strip())
    return ChoreoError(
        "blender_failed",
        f"Blender could not start the add-on (exit code {worker.process.poll()}). {said}".strip(),
        "Start it once with --verbose, and read what it says.",
    )


def _too_slow(seconds: float) -> ChoreoError:
    return ChoreoError(
        "too_slow",
        f"It was not ready after {seconds:.0f} seconds and was ended.",
        "Allow more with --limit, or dance to less of the song.",
    )
