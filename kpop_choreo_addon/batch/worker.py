"""A Blender that makes jobs one after another, for the one that gives them out.

Jobs come as lines of JSON on stdin; what happens to them is told on stdout, one marked line of
JSON an event. It ends when stdin does: at once when it is at work, so that nothing is left of a
batch whose first process was killed. The engine stays warm from one job to the next, and ends with
this process.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import addon_utils
import bpy

from ..core.batch_jobs import Job, stored_job
from ..core.batch_journal import WORK, Output
from ..core.batch_pool import MARK
from ..core.errors import ChoreoError
from ..preferences import get_preferences
from ..session import session
from .making import Places, make

log = logging.getLogger(__name__)

EXPORTERS = ("io_scene_fbx", "io_scene_gltf2")
LAST_SECONDS = 4.5
"""Time to end the engine in, when the batch is over before its time."""
TOLD_EVERY = 0.5
"""Seconds between two steps forward that are told."""


@dataclass(frozen=True)
class Setup:
    """What a worker is told when it is started."""

    folder: str
    """Of the results."""
    engine_python: str = ""
    """Instead of the engine of the preferences."""
    model: str = ""
    device: str = ""

    def stored(self) -> str:
        """As an argument."""
        return json.dumps(asdict(self))


def serve(told: str) -> None:
    """Makes jobs until there are no more; does not return.

    Args:
        told: what :meth:`Setup.stored` said.
    """
    setup = Setup(**json.loads(told))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that gives out the jobs decides
    speaker = _Speaker()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    _prepare(setup)
    desk = _Desk()
    speaker.say("ready")
    for line in desk.lines():
        _work(stored_job(json.loads(line)), Path(setup.folder), speaker)
    session.shut_down()
    os._exit(0)


def apply_engine(setup: Setup) -> None:
    """Lets this Blender use the engine that was asked for."""
    chosen = get_preferences()
    if setup.engine_python:
        chosen.engine, chosen.python_path = "PYTHON", setup.engine_python
    if setup.model:
        chosen.model = setup.model
    if setup.device:
        chosen.device = setup.device.upper()


class _Speaker:
    """Tells events on what was stdout; what Blender says goes to stderr from now on."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._stream = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        self._told = 0.0

    def say(self, event: str, **more: Any) -> None:
        line = json.dumps({"event": event, **more})
        self._stream.write(f"\n{MARK}{line}\n".encode())

    def moved(self, text: str) -> None:
        if time.monotonic() - self._told > TOLD_EVERY:
            self._told = time.monotonic()
            self.say("moved", text=text)


class _Desk:
    """Where jobs are laid; while one is made, the end of stdin ends the process."""

    def __init__(self) -> None:
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._busy = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def lines(self) -> Iterator[bytes]:
        while (line := self._lines.get()) is not None:
            self._busy.set()
            yield line
            self._busy.clear()

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            self._lines.put(line)
        self._lines.put(None)
        self._busy.wait()
        threading.Timer(LAST_SECONDS, os._exit, (3,)).start()
        session.shut_down()
        os._exit(3)


def _prepare(setup: Setup) -> None:
    """Nothing of this Blender is kept, and nothing of the user's is changed."""
    apply_engine(setup)
    preferences: Any = bpy.context.preferences
    preferences.use_preferences_save = False
    preferences.filepaths.save_version = 0  # no .blend1 beside the results
    for name in EXPORTERS:
        if not addon_utils.check(name)[1]:
            addon_utils.enable(name)


def _work(job: Job, folder: Path, speaker: _Speaker) -> None:
    """Makes one job and tells what came of it."""
    scratch = folder / WORK / "scratch" / str(job.row)
    places = Places(folder / WORK / job.name, folder / f"{WORK}-{job.name}.blend", scratch)
    try:
        for fresh in (places.folder, scratch):
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True)
        facts = make(job, places, speaker.moved)
        speaker.say("made", result={"facts": facts, "outputs": _outputs(job, places)})
    except ChoreoError as error:
        _fail(speaker, error.code, error.message, error.remedy)
    except OSError as error:
        message = f"A file could not be written: {error}."
        _fail(speaker, "not_written", message, "Check disk and folder, and run it again.")
    except RuntimeError as error:  # how Blender's operators tell
        log.exception("%s", job.name)
        said = str(error).strip().removeprefix("Error: ")
        _fail(speaker, "blender_error", f"Blender says: {said}", "Check rig, disk and folder.")
    except Exception as error:  # a job that fails stops no other
        log.exception("%s", job.name)
        message = f"Something unforeseen happened: {type(error).__name__}: {error}."
        _fail(speaker, "internal", message, "Report it with the song.")
    shutil.rmtree(scratch, ignore_errors=True)


def _outputs(job: Job, places: Places) -> list[dict[str, Any]]:
    """The files that were made, under the names that they will have."""
    made = {path.name: path for path in sorted(places.folder.iterdir())}
    if "blend" in job.outputs:
        made[f"{job.name}.blend"] = places.blend
    return [asdict(Output(name, path.stat().st_size)) for name, path in made.items()]


def _fail(speaker: _Speaker, code: str, message: str, remedy: str) -> None:
    speaker.say("failed", code=code, message=message, remedy=remedy)
