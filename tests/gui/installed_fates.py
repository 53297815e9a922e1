"""Run by tools/test_install.py in real Blenders: what may happen to an installed add-on.

Blender is its own parent here: the one that tells starts others with the same user folder, two at
a time, kills one in the middle of a dance, and installs the add-on over itself in another one.

    blender --background --python installed_fates.py -- FOLDER             # tells, in fates.json
    blender --background --python installed_fates.py -- FOLDER dance       # dances once
    blender --background --python installed_fates.py -- FOLDER wait        # until it is killed
    blender --background --python installed_fates.py -- FOLDER update      # is installed over
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import bpy

ADDON = "bl_ext.user_default.kpop_choreo"
SECONDS = 6.0
"""Of dance."""
PATIENCE = 180.0
ORPHAN = 5.0
"""Seconds after which no engine of a killed Blender may be left."""
WORKS = "denoise"
"""The stage in which the engine works hardest."""


def main(folder: Path, fate: str = "tell") -> None:
    """Does what ``fate`` names."""
    if fate == "tell":
        told = {
            "two at once": two_at_once(folder),
            "killed": killed(folder),
            "installed over itself": in_another(folder, "update"),
            "blender --command": command(folder),
        }
        (folder / "fates.json").write_text(json.dumps(told), encoding="utf-8")
    elif fate == "dance":
        dance(folder)
        say("well")
    elif fate == "wait":
        until_works(folder)
        say(f"engine {part('session').session.host.process.pid}")
        while True:
            part("jobs").tick()
            time.sleep(0.01)
    elif fate == "update":
        update(folder)


def part(name: str) -> Any:
    """A module of the installed add-on."""
    return sys.modules[f"{ADDON}.{name}"]


def say(words: str) -> None:
    print(f"FATE {words}", flush=True)


def other(folder: Path, fate: str) -> subprocess.Popen[str]:
    """Another Blender with the same user folder."""
    script = ["--background", "--python-exit-code", "3", "--python", __file__]
    return subprocess.Popen(
        [bpy.app.binary_path, *script, "--", str(folder), fate],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def heard(process: subprocess.Popen[str]) -> str:
    """What it says next; else how it ended."""
    last = ""
    for line in process.stdout or ():
        print(line, end="", flush=True)
        if line.startswith("FATE "):
            return line.removeprefix("FATE ").strip()
        last = line.strip() or last
    return f"ended with {process.wait()}: {last}"


def in_another(folder: Path, fate: str) -> str:
    """What becomes of it in a Blender of its own: ``well``, or what is wrong."""
    process = other(folder, fate)
    try:
        return heard(process)
    finally:
        process.kill()
        process.wait()


def two_at_once(folder: Path) -> str:
    """Two Blenders dance at the same time."""
    pair = [other(folder, "dance") for _ in range(2)]
    words = {heard(process) for process in pair}
    for process in pair:
        process.kill()
        process.wait()
    return "; ".join(sorted(words))


def killed(folder: Path) -> str:
    """One is killed in the middle of a dance; the next one dances."""
    process = other(folder, "wait")
    words = heard(process)
    process.kill()
    process.wait()
    if not words.startswith("engine "):
        return words
    began = time.monotonic()
    while runs(int(words.split()[1])):
        if time.monotonic() - began > ORPHAN:
            return f"its engine still runs after {ORPHAN:.0f} s"
        time.sleep(0.05)
    took = time.monotonic() - began
    after = in_another(folder, "dance")
    return f"well (engine gone after {took:.1f} s)" if after == "well" else after


def runs(pid: int) -> bool:
    """Whether a process does anything yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def begin(folder: Path) -> None:
    """Begins a dance of a new dancer."""
    bpy.ops.kpop_choreo.add_dancer()
    scene: Any = bpy.context.scene
    parameters = {**scene.kpop_choreo.parameters(), "start": 8.0, "end": 8.0 + SECONDS}
    song = folder / "given" / "demo_song.ogg"
    task = part("generating").dance_task(scene, scene.kpop_choreo.target, song, parameters)
    part("session").session.begin(task)


def until_works(folder: Path) -> None:
    """Begins a dance; returns when the engine is in the middle of it."""
    begin(folder)
    session, until = part("session").session, time.monotonic() + PATIENCE
    while session.task is not None and session.task.progress.stage != WORKS:
        if part("jobs").tick() is None or time.monotonic() > until:
            raise RuntimeError(f"it never worked: {session.error}")
        time.sleep(0.002)


def dance(folder: Path) -> None:
    """A dance from beginning to end, on the dancer."""
    begin(folder)
    until = time.monotonic() + PATIENCE
    while part("jobs").tick() is not None:
        if time.monotonic() > until:
            raise RuntimeError("it takes too long")
        time.sleep(0.01)
    error = part("session").session.error
    dancer: Any = bpy.context.scene.kpop_choreo.target
    if error or not dancer.animation_data or not dancer.animation_data.action:
        raise RuntimeError(f"no dance: {error}")


def update(folder: Path) -> None:
    """The add-on is installed over itself while its engine works; then it dances."""
    until_works(folder)
    pid = part("session").session.host.process.pid
    before = sorted(thing.name for thing in bpy.data.objects)
    bpy.ops.extensions.package_install_files(
        filepath=str(folder / "given" / "kpop_choreo.zip"),
        repo="user_default",
        enable_on_install=True,
        overwrite=True,
    )
    time.sleep(1.0)
    if runs(pid):
        say("the old engine still runs")
    elif sorted(thing.name for thing in bpy.data.objects) != before:
        say("objects are missing")
    else:
        dance(folder)
        say("well")


def command(folder: Path) -> str:
    """``blender --command kpop_choreo`` makes files of a song, and says so."""
    out = folder / "dances"
    song = str(folder / "given" / "demo_song.ogg")
    given = ["--out", str(out), "--start", "8", "--end", str(8 + SECONDS)]
    done = subprocess.run(
        [bpy.app.binary_path, "--command", "kpop_choreo", song, *given],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    print(done.stdout, flush=True)
    made = {path.suffix for path in out.glob("*")}
    if done.returncode != 0 or not {".blend", ".fbx"} <= made:
        return f"ended with {done.returncode}: {done.stdout.strip().splitlines()[-1:]}"
    return "well"


arguments = sys.argv[sys.argv.index("--") + 1 :]
main(Path(arguments[0]), *arguments[1:])
if arguments[1:]:
    os._exit(0)
