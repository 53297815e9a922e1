"""The GPU engine of this Blender: what was found, what is installed, and work on it.

The work goes on in a thread of its own beside dances; a timer shows how far it is.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import bpy

from .core import gpu_check, gpu_install
from .core.addresses import is_loopback
from .core.engine_command import EngineCommand
from .core.errors import ChoreoError, EngineError
from .core.gpu_builds import Build, builds_for, mirrored, this_python
from .core.gpu_hardware import CPU, Choice, Hardware, choose_build, find_hardware, this_system
from .core.gpu_installed import Installed, find_installed
from .engine_choice import blender_python, bundled_paths
from .ids import gpu_folder
from .preferences import get_preferences
from .redrawing import SETTINGS, redraw
from .session import GPU, Task, session

log = logging.getLogger(__name__)

TICK_SECONDS = 0.3


@dataclass
class _Seen:
    """What was looked up; nothing of it is asked anew while panels are drawn."""

    hardware: Hardware | None = None
    installed: Installed | None = None
    begun: int = 0
    """Bytes that wait to be gone on with."""
    read: bool = False
    search: threading.Thread | None = field(default=None, repr=False)


_seen = _Seen()


def hardware() -> Hardware | None:
    """This computer's GPU; None while it is looked for, which begins with the first call."""
    if _seen.hardware is None and _seen.search is None:
        _seen.search = threading.Thread(target=_look, name="K-Pop Choreo", daemon=True)
        _seen.search.start()
        _watch()
    return _seen.hardware


def _look() -> None:
    _seen.hardware = find_hardware()
    refresh()


def look_again() -> None:
    """Forgets what was found: a driver may have been installed."""
    _seen.hardware, _seen.search, _seen.read = None, None, False


def offered() -> dict[str, Build]:
    """What can be installed on this system, by key."""
    return builds_for(this_system(), this_python())


def chosen_build() -> Choice:
    """What the preferences ask for; by default what the GPU needs."""
    asked = get_preferences().gpu_build
    if asked != "AUTO":
        return Choice(asked)
    found = hardware()
    return choose_build(found) if found is not None else Choice()


def installed() -> Installed | None:
    """The GPU engine on the disk, as it was when it was last changed or looked up."""
    if not _seen.read:
        _seen.installed = find_installed(gpu_folder(), this_python())
        choice = chosen_build()
        build = offered().get(choice.build)
        _seen.begun = gpu_install.begun(build, gpu_folder()) if build is not None else 0
        _seen.read = True
    return _seen.installed


def waiting_bytes() -> int:
    """Bytes of an installation that was begun and not finished."""
    installed()
    return _seen.begun


def refresh() -> None:
    """Looks at the disk anew when it is next asked."""
    _seen.read = False


def is_outdated(found: Installed) -> bool:
    """Whether this release of the add-on brings another one."""
    return not found.is_current(offered())


def gpu_command(device: str, model: str) -> EngineCommand | None:
    """How the GPU engine is started; None where it is not installed or cannot be used.

    Raises:
        EngineError: this Blender lacks what any local engine needs.
    """
    found = installed()
    if found is None or not found.usable or is_outdated(found):
        return None
    return _command(gpu_folder() / found.id, found.build, device, model)


def _command(folder: Path, build: str, device: str, model: str = "") -> EngineCommand:
    root, *others = bundled_paths()
    backend = "torch" if build == CPU else "auto"
    paths, behind = (root, folder, *others), not bpy.app.background
    return EngineCommand(blender_python(), paths, device, model, behind, backend)


def install_task(key: str, mirror: str) -> Task:
    """A task that ends with an installed GPU engine.

    Args:
        key: the build, or ``AUTO``.
        mirror: the address of a server with the wheels instead; empty for their own servers.

    Raises:
        ChoreoError: it cannot be installed here, or Blender may not go online.
    """
    build = _require_build(key)
    if mirror:
        build = mirrored(build, mirror)
    addresses = [build.index or build.wheels[0].url, *(wheel.url for wheel in build.wheels)]
    if not all(is_loopback(url) for url in addresses) and not bpy.app.online_access:
        raise EngineError(
            "offline",
            "Blender is not allowed to use the internet.",
            "Switch on 'Allow Online Access' in the preferences, under System.",
        )
    # Both are asked of Blender here, because the thread must not.
    command, root = _command(Path(), build.key, gpu_check.device_of(build.key)), gpu_folder()
    _stop_gpu_engine()

    def check(folder: Path, cancelled: gpu_install.Asked) -> Installed:
        paths = (command.paths[0], folder, *command.paths[2:])
        return gpu_check.check(replace(command, paths=paths), folder, cancelled)

    def work(task: Task) -> Installed:
        root.mkdir(parents=True, exist_ok=True)
        return gpu_install.install(build, root, check, task.tell, task.cancel.is_set)

    return Task(GPU, work)


def verify_task() -> Task:
    """A task that verifies and tries what is installed (ChoreoError)."""
    found = installed()
    if found is None:
        raise ChoreoError("gpu_missing", "No GPU engine is installed.", "Install it first.")
    folder = gpu_folder() / found.id
    command = _command(folder, found.build, gpu_check.device_of(found.build))

    def work(task: Task) -> Installed:
        return gpu_install.verify_installed(
            folder,
            lambda folder, cancelled: gpu_check.check(command, folder, cancelled),
            task.tell,
            task.cancel.is_set,
        )

    return Task(GPU, work)


def remove_engine() -> None:
    """Removes the GPU engine and what was begun of one (ChoreoError)."""
    _stop_gpu_engine()
    try:
        gpu_install.uninstall(gpu_folder())
    finally:
        refresh()


def _require_build(key: str) -> Build:
    builds = offered()
    if key == "AUTO":
        found = hardware()
        if found is None:
            found = _seen.hardware = find_hardware()
        choice = choose_build(found)
        if not choice.build:
            raise ChoreoError("gpu_none", choice.problem, choice.remedy)
        key = choice.build
    if key not in builds:
        raise ChoreoError(
            "gpu_build_missing",
            f"There is no such GPU engine for {this_system()} and Python {this_python()}.",
            "Choose another build, or use the bundled engine.",
        )
    return builds[key]


def _stop_gpu_engine() -> None:
    """Its files are open while it runs."""
    process = session.host.process
    if process is not None and gpu_folder() in (path.parent for path in process.command.paths):
        session.host.stop()


def begin(task: Task) -> None:
    """Starts ``task`` beside whatever else goes on."""
    session.gpu, session.gpu_error = task, None
    task.start()
    _watch()


def settle(task: Task) -> None:
    """What remains of a task that has ended."""
    session.gpu, session.gpu_error = None, task.error
    refresh()
    if task.error is not None:
        log.warning("%s", task.error)


def _watch() -> None:
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=TICK_SECONDS, persistent=True)


def _tick() -> float | None:
    task, search = session.gpu, _seen.search
    if task is not None and not task.running:
        settle(task)
        task = None
    redraw(SETTINGS)
    if task is not None or (search is not None and search.is_alive()):
        return TICK_SECONDS
    return None


def unregister() -> None:
    """Stops the timer; the thread ends by itself when it is told to."""
    with contextlib.suppress(ValueError):
        bpy.app.timers.unregister(_tick)
