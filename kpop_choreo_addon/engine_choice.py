"""Which engine the preferences ask for, and what a bundled one needs to start."""

from __future__ import annotations

import importlib.util
import platform
import sys
from pathlib import Path

import bpy

from .core.addresses import require_url
from .core.dance_job import EngineSource, LocalEngine, RemoteEngine
from .core.engine_command import EngineCommand
from .core.errors import EngineError
from .core.wheel_names import needed_macos, needed_python
from .preferences import get_preferences
from .session import session

NEEDED = ("onnxruntime", "tokenizers", "av", "fastapi", "uvicorn", "safetensors", "scipy", "numpy")
"""Modules without which the engine cannot start; their folders go onto its path in this order.

Blender's NumPy comes last: on some systems it lies among old packages that must not shadow ours.
"""


def engine_source() -> EngineSource:
    """The engine that the preferences choose; nothing is started yet.

    Raises:
        EngineError: when the choice cannot work, with what to change.
    """
    chosen = get_preferences()
    if chosen.engine == "SERVER":
        require_url(chosen.server_url, bpy.app.online_access, chosen.allow_insecure)
        return RemoteEngine(chosen.server_url, chosen.token)
    if chosen.engine == "PYTHON":
        python = Path(bpy.path.abspath(chosen.python_path))
        if not chosen.python_path or not python.is_file():
            raise EngineError(
                "python_missing",
                f"There is no Python at '{chosen.python_path}'.",
                "Choose the engine's Python in the add-on's preferences.",
            )
        paths: tuple[Path, ...] = (engine_root(),)
    else:
        python, paths = blender_python(), bundled_paths()
    device, behind = chosen.device.lower(), not bpy.app.background
    return LocalEngine(session.host, EngineCommand(python, paths, device, chosen.model, behind))


def server_source(url: str) -> RemoteEngine:
    """The server at ``url``, if it is the one of the preferences: the token is meant for that.

    Raises:
        EngineError: it is another, or it may not be used.
    """
    chosen = get_preferences()
    if chosen.server_url.rstrip("/") != url.rstrip("/"):
        raise EngineError(
            "server_changed",
            f"The dance is on {url}, and the preferences name another server.",
            "Enter that address in the add-on's preferences.",
        )
    require_url(url, bpy.app.online_access, chosen.allow_insecure)
    return RemoteEngine(url, chosen.token)


def engine_root() -> Path:
    """The folder that holds the package ``engine``: ours, or the checkout's around us."""
    here = Path(__file__).parent
    for folder in (here, here.parent):
        if (folder / "engine" / "__main__.py").is_file():
            return folder
    raise EngineError(
        "engine_missing",
        "This installation has no engine in it.",
        "Install the extension's zip, or choose a server in the add-on's preferences.",
    )


def bundled_paths() -> tuple[Path, ...]:
    """Exactly the folders that the bundled engine imports from, Blender's NumPy among them.

    Raises:
        EngineError: ``engine_incomplete`` when packages are missing, naming the Python for
            which the extension was built.
    """
    folders = [engine_root()]
    missing = []
    for name in NEEDED:
        spec = importlib.util.find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            missing.append(name)
        else:
            folders.append(Path(next(iter(spec.submodule_search_locations))).parent)
    if missing:
        built = needed_python(_wheels())
        this = f"{sys.version_info.major}.{sys.version_info.minor}"
        lacks = ", ".join(missing)
        raise EngineError(
            "engine_incomplete",
            f"The bundled engine lacks {lacks}: "
            f"it was built for Python {built} and this Blender runs {this}."
            if built
            else f"The bundled engine lacks {lacks}.",
            f"Install the extension made for Python {this}, or choose another engine in the "
            "add-on's preferences.",
        )
    return tuple(dict.fromkeys(folders))


def blender_python() -> Path:
    """The Python executable that belongs to this Blender.

    Raises:
        EngineError: ``python_missing`` where a build has none.
    """
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    prefix = Path(sys.exec_prefix)
    candidates = (
        Path(sys.executable),
        prefix / "bin" / name,
        prefix / "bin" / "python.exe",
        prefix / "python.exe",
    )
    for candidate in candidates:
        if candidate.is_file() and candidate.name.lower().startswith("python"):
            return candidate
    raise EngineError(
        "python_missing",
        "This Blender brings no Python executable to run the engine with.",
        "Choose a Python in the add-on's preferences.",
    )


def _wheels() -> list[str]:
    """Names of the wheels that came with the extension; none in a checkout."""
    return [wheel.name for wheel in (Path(__file__).parent / "wheels").glob("*.whl")]


def require_macos(here: str, wheels: list[str]) -> None:
    """Raises where this Mac's system, ``here`` like ``13.6``, is older than a wheel asks for.

    Blender installs such wheels, and they fail when they are imported.

    Raises:
        EngineError: ``macos_too_old``.
    """
    needed = needed_macos(wheels)
    if here and tuple(int(part) for part in here.split(".")) < needed:
        raise EngineError(
            "macos_too_old",
            f"The bundled engine needs macOS {needed[0]}, and this is {here}.",
            "Update macOS, or choose another engine in the add-on's preferences.",
        )


def bundled_problem() -> EngineError | None:
    """Why the bundled engine cannot start here, or nothing."""
    try:
        require_macos(platform.mac_ver()[0], _wheels())
        blender_python()
        bundled_paths()
    except EngineError as error:
        return error
    return None
