"""Runs the engine's own checks in the very process that the engine would be, and listens.

A crash, a hang or an early end of that process is a finding, at the check at which it happened.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import IO, Any

from .doctor_findings import CHECKS, OURS, PROBLEM, Finding, of_error
from .engine_command import EngineCommand
from .engine_process import spawn
from .errors import Cancelled, EngineError

SILENCE_SECONDS = 120.0
"""How long a check may take; the first import of the packages compiles them."""
LOG_LINES = 40
TOLD = tuple(field.name for field in fields(Finding))


def examine_child(command: EngineCommand, cancelled: Callable[[], bool]) -> Iterator[Finding | str]:
    """The name of each check as it begins, and what it found.

    Raises:
        Cancelled: when ``cancelled`` says so; the process has ended then.
    """
    yield "python"
    try:
        child = _Child(command)
    except EngineError as error:
        yield _not_started(command, error)
        return
    checking, said = "python", False
    try:
        while True:
            event = child.next_event(cancelled)
            if event is None:
                yield child.end(checking, said)
                return
            said = True
            if event["event"] == "done":
                return
            if event["event"] == "checking":
                checking = str(event["check"])
                yield checking
            elif event["event"] == "finding":
                yield Finding(**{name: str(event.get(name, "")) for name in TOLD})
    except TimeoutError:
        yield Finding(
            checking,
            PROBLEM,
            f"This test did not end within {SILENCE_SECONDS:.0f} seconds.",
            "Try again: an antivirus program may look at what is new; if it stays so, install "
            "K-Pop Choreo again.",
            "check_hangs",
            child.log_tail(),
        )
    finally:
        child.stop()


def _not_started(command: EngineCommand, error: EngineError) -> Finding:
    """Tells what the system forbids from what is not there."""
    cause = error.__cause__
    if not isinstance(cause, PermissionError) and getattr(cause, "winerror", 0) not in BLOCKED:
        return of_error("python", error)
    reason = cause.strerror if isinstance(cause, OSError) else ""
    return Finding(
        "python",
        PROBLEM,
        f"The system does not let the engine's Python start ({reason}).",
        "Allow it in the antivirus program, or choose another Python in the add-on's preferences.",
        "python_blocked",
        str(command.python),
    )


BLOCKED = (5, 225, 740, 1260)
"""Windows: access denied, a virus, needs an administrator, blocked by a policy."""


class _Child:
    """The process and what it says."""

    def __init__(self, command: EngineCommand) -> None:
        self._process = spawn(command, command.doctor_argv(OURS))
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._readers = [
            threading.Thread(target=read, args=(stream,), daemon=True)
            for read, stream in ((self._listen, self._process.stdout),
                                 (self._note, self._process.stderr))
        ]  # fmt: skip
        for reader in self._readers:
            reader.start()

    def next_event(self, cancelled: Callable[[], bool]) -> dict[str, Any] | None:
        """What it says next; None when it has closed its output.

        Raises:
            TimeoutError: it is silent.
            Cancelled: ``cancelled`` says so.
        """
        deadline = time.monotonic() + SILENCE_SECONDS
        while True:
            if cancelled():
                raise Cancelled
            try:
                line = self._lines.get(timeout=0.1)
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise TimeoutError from None
                continue
            if not line:
                return None
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if isinstance(event, dict) and event.get("check", "python") in CHECKS:
                    return event

    def end(self, checking: str, said: bool) -> Finding:
        """What it means that it closed its output early."""
        try:
            code: int | None = self._process.wait(timeout=3.0)
        except subprocess.TimeoutExpired:
            code = None
        for reader in self._readers:
            reader.join(timeout=1.0)
        if said:
            return Finding(
                checking,
                PROBLEM,
                f"The engine's Python crashed at this test ({_exit_text(code)}).",
                "Install K-Pop Choreo again, or choose another engine in the add-on's preferences.",
                "check_crashed",
                self.log_tail(),
            )
        return Finding(
            "python",
            PROBLEM,
            f"The engine's Python says nothing and ends ({_exit_text(code)}).",
            "Choose another Python in the add-on's preferences; the last lines tell why.",
            "python_ends",
            self.log_tail(),
        )

    def log_tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self._log)

    def stop(self) -> None:
        """Ends it and what it started."""
        if self._process.poll() is not None:
            return
        if sys.platform == "win32":
            self._process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):  # it may be gone already
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _listen(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._lines.put(line)
        self._lines.put(b"")

    def _note(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._log.append(line.decode("utf-8", "replace").rstrip())


def _exit_text(code: int | None) -> str:
    """How it ended: ``exit code 3`` or ``SIGSEGV``."""
    if code is None:
        return "still running"
    with contextlib.suppress(ValueError):
        if code < 0:
            return signal.Signals(-code).name
    return f"exit code {code}"
