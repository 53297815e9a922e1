"""The engine as a child process: started clean, drained always, never left behind."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from .client import EngineClient, require_contract
from .engine_command import EngineCommand
from .errors import Cancelled, EngineError
from .scratch import drop, scratch_folder

START_TIMEOUT = 120.0
"""Seconds until the engine must be ready; the first start compiles its packages."""
LOG_LINES = 200
ANSWER_TIMEOUT = 10.0
"""Seconds after which an engine without work that does not answer is stuck."""
KILLED = (-9, -15, 137, 143)
"""Exit codes of a process that was ended from outside."""
NICE = 10
"""How far the engine stands behind Blender's window for the processor, 0 to 19."""


class EngineProcess:
    """A running engine. The constructor returns when it is ready."""

    def __init__(
        self, command: EngineCommand, cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        """Starts the engine and waits for its handshake.

        Raises:
            EngineError: ``engine_missing``, ``engine_failed``, ``engine_died``, ``engine_slow``,
                ``contract_version``, or what the engine itself says.
            ChoreoError: ``disk_full`` or ``folder_locked`` without a place for temporary files.
            Cancelled: when ``cancelled`` says so.
        """
        self.command = command
        self._token = secrets.token_urlsafe(32)
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._lock = threading.Lock()
        self._first_line = ""
        self._answered = threading.Event()
        self._job: Any = None
        self._scratch = scratch_folder()
        try:
            self._process = spawn(command, command.argv(), self._scratch)
        except BaseException:
            drop(self._scratch)
            raise
        self._readers = [
            threading.Thread(target=self._read_stdout, daemon=True),
            threading.Thread(target=self._read_stderr, daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        try:
            self._tie()
            self._send_token()
            ready = self._handshake(cancelled)
            if command.behind:
                _stand_behind(self._process.pid)
        except BaseException:
            self.stop()
            raise
        self.engine_version = str(ready.get("engine_version", ""))
        self.url = f"http://{ready['host']}:{ready['port']}"

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def wait(self, seconds: float) -> None:
        """Returns when it has ended; raises TimeoutError when it has not in that time."""
        try:
            self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError from error

    def client(self) -> EngineClient:
        """A client of this engine."""
        return EngineClient(self.url, self._token)

    def log_tail(self, lines: int = 12) -> str:
        """The last lines of its log."""
        return "\n".join(list(self._log)[-lines:])

    def death(self) -> EngineError:
        """What to say when it ended by itself; what it left is removed."""
        self.stop()
        for reader in self._readers:
            reader.join(timeout=1.0)
        code = self._process.poll()
        if code in KILLED:
            return EngineError(
                "engine_died",
                f"The engine was ended from outside (exit code {code}), as systems do when memory "
                "runs out.",
                "Press Generate again to restart it; if it happens again, close other programs or "
                "choose a shorter part of the song.",
                self.log_tail(),
            )
        return EngineError(
            "engine_died",
            f"The engine stopped unexpectedly (exit code {code}).",
            "Press Generate again to restart it; if it stops again, its last lines tell why.",
            self.log_tail(),
        )

    def answers(self) -> bool:
        """Whether it runs and is not stuck."""
        if not self.alive:
            return False
        try:
            EngineClient(self.url, self._token, ANSWER_TIMEOUT).health()
        except EngineError:
            return False
        return True

    def stop(self) -> None:
        """Ends the engine and everything that it started; does nothing the second time."""
        with self._lock:
            if self._process.stdin is not None and not self._process.stdin.closed:
                with contextlib.suppress(OSError):  # it may be gone already
                    self._process.stdin.close()  # the engine ends when its stdin does
            for harder in (self._terminate, self._kill, None):
                try:
                    self._process.wait(timeout=2.0)
                    break
                except subprocess.TimeoutExpired:
                    if harder is not None:
                        harder()
            if self._job is not None:
                self._job.close()
                self._job = None
            drop(self._scratch)

    def _tie(self) -> None:
        if sys.platform == "win32":
            from .windows_job import KillOnClose

            try:
                self._job = KillOnClose(int(self._process._handle))  # type: ignore[attr-defined]
            except OSError as error:
                self._log.append(str(error))

    def _send_token(self) -> None:
        stdin = _pipe(self._process.stdin)
        with contextlib.suppress(OSError):  # it may have ended at once; the handshake says why
            stdin.write(f"{self._token}\n".encode())
            stdin.flush()

    def _handshake(self, cancelled: Callable[[], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answered.wait(timeout=0.1):
            if cancelled():
                raise Cancelled
            if time.monotonic() > deadline:
                raise EngineError(
                    "engine_slow",
                    f"The engine was not ready after {START_TIMEOUT:.0f} seconds.",
                    "Try again; if it stays so, its last lines tell why.",
                    self.log_tail(),
                )
        try:
            line = json.loads(self._first_line)
        except ValueError:
            line = None
        if not isinstance(line, dict):
            with contextlib.suppress(TimeoutError):
                self.wait(1.0)
            raise self.death() if self._process.poll() in KILLED else self._failed_start()
        if line.get("event") == "error":
            told = line.get("error", {})
            code, message, remedy = (str(told.get(p, "")) for p in ("code", "message", "remedy"))
            raise EngineError(code, message, remedy, self.log_tail())
        require_contract(line.get("contract_version"))
        if not isinstance(line.get("host"), str) or not isinstance(line.get("port"), int):
            raise self._failed_start()
        return line

    def _failed_start(self) -> EngineError:
        for reader in self._readers:
            reader.join(timeout=1.0)
        return EngineError(
            "engine_failed",
            f"The engine could not start with {self.command.python.name}.",
            "Choose another Python in the add-on's preferences; the last lines tell why.",
            self.log_tail(),
        )

    def _read_stdout(self) -> None:
        stdout = _pipe(self._process.stdout)
        self._first_line = stdout.readline().decode("utf-8", "replace")
        self._answered.set()
        for _ in stdout:  # nothing more is said here, but a full pipe would stop the engine
            continue

    def _read_stderr(self) -> None:
        for line in _pipe(self._process.stderr):
            self._log.append(line.decode("utf-8", "replace").rstrip())

    def _terminate(self) -> None:
        self._signal("SIGTERM", self._process.terminate)

    def _kill(self) -> None:
        self._signal("SIGKILL", self._process.kill)

    def _signal(self, name: str, alone: Callable[[], None]) -> None:
        """Signals the engine's whole group where there are groups."""
        if sys.platform == "win32":
            alone()
            return
        with contextlib.suppress(ProcessLookupError):  # it may be gone already
            os.killpg(self._process.pid, getattr(signal, name))


def spawn(
    command: EngineCommand, argv: list[str], scratch: Path | None = None
) -> subprocess.Popen[bytes]:
    """Starts the engine's Python with its environment, every stream piped.

    Raises:
        EngineError: ``engine_missing`` where it cannot be started.
    """
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        quiet = subprocess.CREATE_NO_WINDOW  # type: ignore[attr-defined]
        behind = subprocess.BELOW_NORMAL_PRIORITY_CLASS  # type: ignore[attr-defined]
        options = {"creationflags": quiet | behind}
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=command.environment(scratch),
            cwd=command.paths[0],
            **options,
        )
    except OSError as error:
        raise EngineError(
            "engine_missing",
            f"The engine's Python {command.python} cannot be started ({error.strerror}).",
            "Choose another Python in the add-on's preferences.",
        ) from error


def _stand_behind(pid: int) -> None:
    """Gives Blender's window the processor before an engine, which takes what is left.

    Not before it has started, which a busy machine would draw out for minutes.
    """
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PGRP, pid, NICE)  # with all its threads
    # Linux weighs sessions against one another, whatever the processes in them are.
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(NICE), encoding="ascii")


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None, "every stream of the engine is piped"
    return stream
