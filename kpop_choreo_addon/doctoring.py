"""What the Doctor examines here, what its report says of this Blender, and what is masked in it."""

from __future__ import annotations

import contextlib
import getpass
import platform
import socket
import sys
import tempfile
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from .core.doctor import Examination, Patient
from .core.doctor_report import Secrets, names_of, report_text
from .core.errors import EngineError
from .engine_choice import engine_source
from .ids import user_folder
from .preferences import get_preferences
from .redrawing import SETTINGS, redraw
from .session import session

DRAW_SECONDS = 0.5
LOG_LINES = 40


def patient() -> Patient:
    """The engine that the preferences choose, whether it can work or not."""
    try:
        return Patient(user_folder(), engine_source())
    except EngineError as error:
        return Patient(user_folder(), None, error)


def begin() -> None:
    """Examines in a thread; the panels show how far it is."""
    session.doctor = Examination(patient())
    session.doctor.start()
    if not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=DRAW_SECONDS, persistent=True)


def _tick() -> float | None:
    redraw(SETTINGS)
    doctor = session.doctor
    return None if doctor is None or doctor.finished else DRAW_SECONDS


def stop_watching() -> None:
    """Removes the timer."""
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)


def report() -> str:
    """What the Doctor found, for us: without the user's names, paths, songs and addresses."""
    findings = session.doctor.findings if session.doctor is not None else ()
    process = session.host.process
    log = process.log_tail(LOG_LINES) if process is not None else ""
    return report_text(_facts(), findings, log, _secrets())


def _facts() -> Iterator[tuple[str, str]]:
    """Of Blender, the machine and the settings; nothing that the user wrote."""
    yield "Blender", f"{bpy.app.version_string} ({bpy.app.build_hash.decode('ascii', 'replace')})"
    yield "System", f"{platform.platform()}, {platform.machine()}"
    yield "Python", sys.version.split()[0]
    yield "GPU", _gpu()
    yield "Add-on", _version()
    process = session.host.process
    yield "Engine", process.engine_version if process is not None else "does not run"
    yield "Online access", str(bpy.app.online_access)
    chosen: Any = get_preferences()
    for name in ("engine", "device", "allow_insecure"):
        yield f"Preference {name}", str(getattr(chosen, name))
    for name in ("model", "python_path", "server_url", "token"):
        yield f"Preference {name}", "set" if getattr(chosen, name) else "not set"
    settings: Any = bpy.context.scene.kpop_choreo
    yield (
        "Settings",
        ", ".join(
            f"{prop.identifier} {getattr(settings, prop.identifier):g}"
            for prop in settings.bl_rna.properties
            if prop.type in ("BOOLEAN", "INT", "FLOAT") and not (prop.is_hidden or prop.is_array)
        ),
    )


def _gpu() -> str:
    """Of Blender's window; without one there is none."""
    import gpu

    try:
        return f"{gpu.platform.renderer_get()}, {gpu.platform.version_get()}"
    except SystemError:
        return "no window"


def _version() -> str:
    """The add-on's own, from its manifest."""
    import tomllib

    here = Path(__file__).parent
    for folder in (here, here.parent):
        manifest = folder / "blender_manifest.toml"
        if manifest.is_file():
            return str(tomllib.loads(manifest.read_text(encoding="utf-8")).get("version", ""))
    return "unknown"


def _secrets() -> Secrets:
    """Everything that tells who the user is and what they work on."""
    roots: dict[str, str] = {}
    for folder, stands in _roots():
        if len(folder.parts) > 1:
            roots[str(folder)] = stands
            with contextlib.suppress(OSError):
                roots[str(folder.resolve())] = stands
    names = dict.fromkeys(_user_names(), "<user>")
    names |= {name: "<computer>" for name in (socket.gethostname(), platform.node()) if name}
    chosen = get_preferences()
    if chosen.token:
        names[chosen.token] = "<token>"
    if chosen.model:
        names[chosen.model] = "<model>"
    if chosen.server_url:
        names[chosen.server_url] = "<server>"
        names[urllib.parse.urlsplit(chosen.server_url).netloc] = "<server>"
        names[urllib.parse.urlsplit(chosen.server_url).hostname or ""] = "<server>"
    if chosen.python_path:
        names |= names_of(chosen.python_path, "<python>")
    for path in _songs():
        names |= names_of(path, "<song>")
    for path in (bpy.data.filepath, *(library.filepath for library in bpy.data.libraries)):
        names |= names_of(path, "<file>")
    names.pop("", None)
    return Secrets(roots, {name: stands for name, stands in names.items() if name != "python"})


def _roots() -> Iterator[tuple[Path, str]]:
    """The last of those that are the same folder wins: what is ours before what is the user's."""
    yield Path.home(), "<home>"
    yield Path(tempfile.gettempdir()), "<temp>"
    yield Path(sys.prefix), "<python>"
    yield Path(sys.base_prefix), "<python>"
    for folder in sys.path:
        if Path(folder).name == "site-packages":
            yield Path(folder), "<packages>"
    if bpy.app.binary_path:
        yield Path(bpy.app.binary_path).parent, "<blender>"
    yield Path(__file__).parent, "<add-on>"


def _user_names() -> set[str]:
    """Those of the account, and of the folder that it lives in."""
    names = {Path.home().name}
    with contextlib.suppress(OSError, KeyError, ImportError):
        names.add(getpass.getuser())
    return names


def _songs() -> Iterator[str]:
    """Every song that this file or this session knows."""
    for scene in bpy.data.scenes:
        yield scene.kpop_choreo.song
    yield from (sound.filepath for sound in bpy.data.sounds)
    yield session.analysed_song
    yield session.kept_song
    yield from (job.song for job in session.waiting)
    if session.task is not None:
        yield str(session.task.song)
