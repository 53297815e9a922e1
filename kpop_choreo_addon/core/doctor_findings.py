"""What the Doctor tests and finds, and what mends it: each named once, here."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import ChoreoError, EngineError

OK, WARNING, PROBLEM, SKIPPED = "ok", "warning", "problem", "skipped"

CHECKS: dict[str, str] = {
    "folder": "Folder",
    "engine": "Engine",
    "python": "Python",
    "packages": "Packages",
    "weights": "Weights",
    "device": "Device",
    "memory": "Memory",
    "disk": "Disk",
    "codecs": "Songs",
    "port": "Port",
    "server": "Answer",
    "dance": "Dance",
}
"""Every link in its order, and what it is called; engine/doctor.py has those between."""
OURS = ("server", "dance")
"""What the engine could test by itself, and the add-on tests as it will use it."""

FIX_ITEMS = (
    ("BUNDLED", "Use Bundled Engine", "Use the engine that came with this extension"),
    ("PROCESSOR", "Use Processor", "Let the processor dance; it works everywhere"),
    ("MODEL", "Use Default Model", "Use the model that came with the engine"),
    ("RESTART", "Restart Engine", "Stop the engine; it starts again when it is needed"),
    ("ONLINE", "Allow Online Access", "Show where Blender is allowed to go online"),
    ("PREFERENCES", "Preferences", "Open the add-on's preferences"),
)
"""What a button can do about a finding: as Blender has the items of a choice."""
BUNDLED, PROCESSOR, MODEL, RESTART, ONLINE, PREFERENCES = (item[0] for item in FIX_ITEMS)

_OF_PYTHON = (BUNDLED, PREFERENCES)
FIXES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "python_missing",
            "python_blocked",
            "python_ends",
            "python_old",
            "python_32_bit",
            "engine_missing",
            "engine_incomplete",
            "package_missing",
            "package_other_python",
            "package_broken",
            "check_crashed",
            "check_hangs",
            "engine_failed",
        ),
        _OF_PYTHON,
    ),
    **dict.fromkeys(
        (
            "device_missing",
            "gpu_memory_low",
            "dance_broken",
            "dance_still",
            "device_wrong",
            "driver_old",
            "gpu_old",
        ),
        (PROCESSOR,),
    ),
    "out_of_memory": (PROCESSOR, RESTART),
    "model_unknown": (MODEL, PREFERENCES),
    **dict.fromkeys(
        ("engine_died", "engine_mute", "engine_slow", "dance_slow", "memory_low"), (RESTART,)
    ),
    "offline": (ONLINE,),
    **dict.fromkeys(
        (
            "server_url",
            "server_insecure",
            "server_down",
            "server_unknown",
            "server_tls",
            "server_silent",
            "token_wrong",
            "engine_protocol",
            "contract_version",
        ),
        (PREFERENCES, BUNDLED),
    ),
}
"""By a finding's code, the best first; what is chosen already is not offered."""


@dataclass(frozen=True)
class Finding:
    """One sentence about one link."""

    check: str
    """A name of :data:`CHECKS`."""
    level: str
    """``ok``, ``warning``, ``problem`` or ``skipped``."""
    message: str
    remedy: str = ""
    code: str = ""
    """As that of a ChoreoError; empty where nothing is wrong."""
    detail: str = ""
    """Versions, folders and the last lines of a log, for the report."""


def of_error(check: str, error: ChoreoError) -> Finding:
    """A link that is broken, in the words of an error."""
    log = error.log if isinstance(error, EngineError) else ""
    return Finding(check, PROBLEM, error.message, error.remedy, error.code, log)
