"""The engine's temporary folder, and those that killed engines left behind."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

PREFIX = "kpop-choreo-engine-"
QUERY_LIMITED_INFORMATION = 0x1000
STILL_ACTIVE = 259
ACCESS_DENIED = 5


def private_folder() -> Path:
    """A folder that only this user can read; those of dead engines are removed."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = left.name.removeprefix(PREFIX).split("-")[0]
        if pid.isdigit() and _ours(left) and not alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def _ours(folder: Path) -> bool:
    """Whether it is a folder of this user and not a link that somebody laid there."""
    try:
        if folder.is_symlink():
            return False
        return sys.platform == "win32" or folder.stat().st_uid == os.getuid()
    except OSError:
        return False


def alive(pid: int) -> bool:
    """Whether a process of that number runs."""
    if sys.platform == "win32":  # os.kill(pid, 0) would end the process there
        return alive_on_windows(pid, ctypes.WinDLL("kernel32", use_last_error=True))
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def alive_on_windows(pid: int, kernel32: Any) -> bool:
    """The same by Windows' own calls."""
    kernel32.OpenProcess.restype = ctypes.c_void_p
    handle = kernel32.OpenProcess(QUERY_LIMITED_INFORMATION, False, pid)
    if not handle:
        return bool(kernel32.GetLastError() == ACCESS_DENIED)  # somebody else's
    code = ctypes.c_ulong()
    known = kernel32.GetExitCodeProcess(ctypes.c_void_p(handle), ctypes.byref(code))
    kernel32.CloseHandle(ctypes.c_void_p(handle))
    return not known or code.value == STILL_ACTIVE
