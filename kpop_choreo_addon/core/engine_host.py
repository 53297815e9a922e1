"""One local engine for a whole Blender."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .engine_command import EngineCommand
from .engine_process import EngineProcess


class EngineHost:
    """At most one engine: started when it is needed, kept, and restarted when it is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.process: EngineProcess | None = None

    def ensure(
        self, command: EngineCommand, cancelled: Callable[[], bool] = lambda: False
    ) -> EngineProcess:
        """The running engine for ``command``; another one, or one that hangs, is ended first."""
        with self._lock:
            if self.process is not None:
                if self.process.command == command and self.process.answers():
                    return self.process
                self.process.stop()
                self.process = None
            self.process = EngineProcess(command, cancelled)
            return self.process

    def stop(self) -> None:
        """Stops the engine if there is one."""
        with self._lock:
            if self.process is not None:
                self.process.stop()
                self.process = None
