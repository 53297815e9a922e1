"""Keeps Blender alive when it writes to an engine that has ended."""

from __future__ import annotations

import signal
import threading


def survive_broken_pipes() -> None:
    """Makes writing to a closed pipe or socket an OSError, as everywhere in Python.

    Some Blenders (4.3.2 among them) start their Python without its signal handlers. There the
    system's default holds, and it ends the whole of Blender. Programs that are started later have
    the default again.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    pipe = getattr(signal, "SIGPIPE", None)  # Windows has none
    if pipe is not None and signal.getsignal(pipe) is signal.SIG_DFL:
        signal.signal(pipe, signal.SIG_IGN)
