"""What tests of the fate of engines share: real ones, their processes, and what they leave."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy

from kpop_choreo_addon import ids
from kpop_choreo_addon.generating import dance_task
from kpop_choreo_addon.jobs import tick
from kpop_choreo_addon.preferences import get_preferences
from kpop_choreo_addon.session import session
from tests.blender.whole_file import Values, changes, whole_file

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("KPOP_CHOREO_ENGINE_PYTHON", ROOT / ".venv" / "bin" / "python"))


def choose_engine(model: str = "debug", python: Path = PYTHON) -> None:
    """Preferences that start the real engine."""
    chosen = get_preferences()
    chosen.engine, chosen.python_path = "PYTHON", str(python)
    chosen.device, chosen.model = "CPU", model


def engines(parent: int | None = None) -> list[int]:
    """Processes that serve dances and are children of ``parent``, which is this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            state, father = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if int(father) == (parent or os.getpid()) and state != "Z" and b"serve" in words:
                found.append(int(folder.name))
    return found


def leftovers() -> list[str]:
    """Temporary files, and half files in the user's folder and the engine's cache."""
    found = [f"temp: {path.name}" for path in Path(tempfile.gettempdir()).glob("kpop-choreo-*")]
    folders = [ids.takes_folder(), ids.clicks_folder(), ids.jobs_folder(), ids.hearings_folder()]
    folders.append(Path(os.environ["KPOP_CHOREO_CACHE"]))
    for folder in folders:
        found += [str(path) for path in folder.rglob("*") if path.suffix == ".part"]
    return found


def pose_scene(song: Path) -> Values:
    """A dancer in a scene with something of the user's in every corner; its dump."""
    scene = bpy.context.scene
    scene.kpop_choreo.song = str(song)
    scene.timeline_markers.new("mine", frame=7)
    scene["mine"] = [1, 2, 3]
    dancer = scene.kpop_choreo.target
    dancer["note"] = "keep me"
    dancer.keyframe_insert("location", frame=3)
    dancer.pose.bones["head"].keyframe_insert("rotation_quaternion", frame=5)
    dancer.constraints.new("LIMIT_LOCATION")
    text = bpy.data.texts.new("notes")
    text.write("words of mine")
    bpy.ops.ed.undo_push(message="mine")
    return whole_file()


COLD = 0.25
"""Share of the generations that have to start their engine first."""


@dataclass
class Fate:
    """What a generation came to."""

    code: str = ""
    """Of the error; empty when the dance arrived."""
    stage: str = ""
    """Where it was when the engine was killed."""
    seconds: float = 0.0
    killed: bool = False


@dataclass
class Tally:
    """Counts of many generations, and what was wrong with any of them."""

    told: dict[str, int] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)
    arrived: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, fate: Fate) -> None:
        """Counts one."""
        self.stages[fate.stage] = self.stages.get(fate.stage, 0) + 1
        if fate.code:
            self.told[fate.code] = self.told.get(fate.code, 0) + 1
        else:
            self.arrived += 1


def begin() -> None:
    """Begins what Generate does with a window; nothing ticks yet."""
    scene = bpy.context.scene
    chosen = scene.kpop_choreo
    session.begin(dance_task(scene, chosen.target, Path(chosen.song), chosen.parameters()))


def generate(kill_after: float | None = None) -> Fate:
    """What Generate does with a window; the engine is killed after so many seconds."""
    fate = Fate()
    began = time.monotonic()

    def kill() -> None:
        while session.task is not None:
            if time.monotonic() - began >= kill_after and (found := engines()):
                fate.stage = session.task.progress.stage if session.task else "end"
                for pid in found:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                fate.killed = True
                return
            time.sleep(0.001)

    begin()
    killer = threading.Thread(target=kill)
    if kill_after is not None:
        killer.start()
    deadline = time.monotonic() + 240
    while tick() is not None:
        assert time.monotonic() < deadline, "the task did not end"
        time.sleep(0.005)
    fate.seconds = time.monotonic() - began
    if kill_after is not None:
        killer.join()
    fate.code = session.error.code if session.error else ""
    return fate


def judge(fate: Fate, before: Values, tally: Tally) -> None:
    """Everything that must hold after a generation of which the engine was killed."""
    tally.add(fate)
    where = f"killed at {fate.stage}"
    error: Any = session.error
    if error is not None:
        if error.code in ("internal", "engine_protocol") or not (error.message and error.remedy):
            tally.faults.append(f"{where}: {error.code}: {error}")
        if "Traceback" in str(error):
            tally.faults.append(f"{where}: a traceback: {error}")
    else:  # the clip was here already
        bpy.ops.ed.undo()
    tally.faults += [f"{where}: {change}" for change in changes(before, whole_file())]
    if error is not None:
        tally.faults += [f"{where}: orphan {pid}" for pid in engines()]
        tally.faults += [f"{where}: left {name}" for name in leftovers()]


def _measured() -> float:
    """Seconds that a generation takes."""
    fate = generate()
    assert not fate.code, session.error
    bpy.ops.ed.undo()
    return fate.seconds


def kill_often(kills: int, seed: int, before: Values) -> Tally:
    """Generations whose engine is killed at random moments, each followed by one that works."""
    rng, tally = random.Random(seed), Tally()
    session.host.stop()
    cold, warm = (_measured() for _ in range(2))
    done = 0
    while done < kills:
        if rng.random() < COLD:
            session.host.stop()
        alive = session.host.process is not None
        fate = generate(rng.uniform(0.0, warm if alive else cold))
        if not fate.killed:  # it was done before
            bpy.ops.ed.undo()
            continue
        done += 1
        judge(fate, before, tally)
        again = generate()
        if again.code:
            tally.faults.append(f"killed at {fate.stage}, and then {again.code}: {session.error}")
        else:
            bpy.ops.ed.undo()
        tally.faults += [f"after the next: {line}" for line in changes(before, whole_file())]
    return tally
