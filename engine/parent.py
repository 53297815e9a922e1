"""Ends the engine when the program that started it is gone: their pipe, stdin, ends then."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

GRACE = 3.0
"""Seconds that the server has to close; then the process ends whatever it does."""


class Parent:
    """Watches stdin from the moment at which it is made, also while the engine still starts."""

    def __init__(self) -> None:
        self.on_end: Callable[[], None] | None = None
        """What ends the server, once there is one."""
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while os.read(0, 4096):
            pass
        if self.on_end is not None:
            self.on_end()
            time.sleep(GRACE)
        os._exit(0)
