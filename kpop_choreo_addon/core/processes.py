"""Which process a file or folder belongs to, so that those of dead ones can be told and removed."""

from __future__ import annotations

import hashlib
import os
import platform
import sys


def own_mark() -> str:
    """This machine and this process, as part of a file's name."""
    return f"{_machine()}-{os.getpid()}"


def is_left(mark: str) -> bool:
    """Whether ``mark`` is that of a process of this machine which has ended."""
    machine, _, pid = mark.partition("-")
    return machine == _machine() and pid.isdigit() and not is_alive(int(pid))


def is_alive(pid: int) -> bool:
    """Whether the process of that number runs."""
    if sys.platform == "win32":
        return _is_alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def _is_alive_on_windows(pid: int) -> bool:
    """There ``os.kill(pid, 0)`` would end the process."""
    import ctypes

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    kernel.OpenProcess.restype = ctypes.c_void_p
    synchronize, still_running, denied = 0x00100000, 0x102, 5
    handle = kernel.OpenProcess(synchronize, False, pid)
    if not handle:
        return ctypes.get_last_error() == denied  # type: ignore[attr-defined,no-any-return]
    try:
        return bool(kernel.WaitForSingleObject(ctypes.c_void_p(handle), 0) == still_running)
    finally:
        kernel.CloseHandle(ctypes.c_void_p(handle))


def _machine() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]
