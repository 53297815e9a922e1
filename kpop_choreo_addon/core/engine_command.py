"""How a local engine is started."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

IDLE_TIMEOUT = 1800
"""Seconds without work after which the engine ends by itself."""


@dataclass(frozen=True)
class EngineCommand:
    """How to start an engine."""

    python: Path
    paths: tuple[Path, ...]
    """Exactly the folders that the engine imports from; the first holds the engine."""
    device: str = "auto"
    model: str = ""
    """Empty for the engine's default."""
    behind: bool = True
    """Whether it leaves the processor to Blender's window first."""
    backend: str = "auto"
    """``torch`` where that is wanted on the processor."""

    def argv(self) -> list[str]:
        """The command line; the token is not on it."""
        line = self._line("serve", "--port", "0", "--idle-timeout", str(IDLE_TIMEOUT))
        return [*line, "--model", self.model] if self.model else line

    def device_argv(self) -> list[str]:
        """The command line that tries the device and prints what it is."""
        return self._line("device")

    def _line(self, *command: str) -> list[str]:
        line = [str(self.python), "-s", "-m", "engine", *command, "--device", self.device]
        return line if self.backend == "auto" else [*line, "--backend", self.backend]

    def doctor_argv(self, skip: tuple[str, ...]) -> list[str]:
        """The command line that tests every link but those named in ``skip``."""
        line = [str(self.python), "-s", "-m", "engine", "doctor", "--json"]
        line += ["--device", self.device, "--skip", *skip]
        return [*line, "--model", self.model] if self.model else line

    def environment(self, scratch: Path | None = None) -> dict[str, str]:
        """This process's environment without Blender's Python in it.

        Args:
            scratch: where temporary files go, so that they can be removed when it was killed.
        """
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        kept.pop("KPOP_CHOREO_TOKEN", None)
        if scratch is not None:
            kept |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
        return kept | {"PYTHONUTF8": "1", "PYTHONPATH": os.pathsep.join(map(str, self.paths))}
