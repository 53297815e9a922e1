"""A line on the terminal that says the stage, the share done and the time left."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

STAGES = {
    "decode": "Reading the song",
    "analyze": "Hearing the beat",
    "plan": "Planning the phrases",
    "text": "Reading the prompt",
    "denoise": "Choreographing",
    "sync": "Locking to the beat",
    "cleanup": "Planting the feet",
    "write": "Writing",
}


class ProgressLine:
    """Redrawn in place on a terminal; elsewhere one line a stage and one every ten percent.

    ``stream`` is a text file that is open for writing.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.began = time.monotonic()
        self.shown: tuple[str, int] = ("", -1)

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.stream.isatty():
            self.stream.write("\r\x1b[K")

    def show(self, stage: str, share: float) -> None:
        """Shows a stage and the share (0..1) of the whole that is done."""
        elapsed = time.monotonic() - self.began
        left = f"about {elapsed * (1 - share) / share:.0f} s left" if share > 0.08 else ""
        text = f"{100 * share:3.0f}%  {STAGES.get(stage, stage):22} {left}"
        if self.stream.isatty():
            self.stream.write(f"\r\x1b[K{text}")
        elif self.shown != (stage, int(10 * share)):
            self.stream.write(f"{text}\n")
        self.shown = (stage, int(10 * share))
        self.stream.flush()
