"""Ends the engine when the program that started it is gone: their pipe, stdin, ends then."""

from __future__ import annotations

import os
import select
import threading
import time

GRACE = 3.0
"""Seconds that the server has to close by itself; then the process ends whatever it does."""


def end_with_parent() -> None:
    """Watches stdin from now on, also while the engine still starts; nothing is read from it.

    Windows cannot wait for a pipe like that; there Blender's job object ends the engine.
    """
    if hasattr(select, "poll"):
        threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    pipe = select.poll()
    pipe.register(0, 0)  # a hang-up is told in any case
    pipe.poll()
    time.sleep(GRACE)
    os._exit(0)
