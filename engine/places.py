"""Where the engine's own files and the user's cache lie; the standard library alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

CACHE_VARIABLE = "KPOP_CHOREO_CACHE"
EARS = Path(__file__).with_name("audio") / "beatnet.onnx"
EARS_SHA256 = "102b56fac24c5abfafeac3ef78a756aa8b4f443bebb309ca728771bf3a989c2a"
"""The networks that hear the beat, and their digest."""


def cache_folder() -> Path:
    """The user's cache for this program: ``KPOP_CHOREO_CACHE``, or where the system has caches."""
    given = os.environ.get(CACHE_VARIABLE)
    if given:
        return Path(given)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "kpop-choreo"
