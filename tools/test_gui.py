"""The whole add-on in real windows of Blender, with pictures: ``make test-gui``.

    python tools/test_gui.py /var/blender-4.3 /opt/blender-5.2/blender

Each argument is a Blender executable, or the folder of a system of its own (a chroot; needs root)
with /usr/bin/blender. Beside it must be xvfb-run and ImageMagick's import. For each the zip is
built for its Python, installed into a fresh user folder, and driven in a window on a virtual
screen, all without network. Pictures, exports and a report land in out/gui/VERSION; the exit code
says whether all went well.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OUT = ROOT / "out" / "gui"
SIZE = (1280, 800)
LIMIT = 3600
"""Seconds for one Blender; two shared cores draw slowly."""
INSIDE = "/mnt"
"""Where the folder of a run is seen from within a chroot."""
ALONE = ["unshare", "--net", "--mount-proc", "--pid", "--fork", "--kill-child", "sh", "-c"]
"""A shell with a network, mounts and processes of its own, which all end with it."""
LOOPBACK = "ip link set lo up && "
"""The engine is spoken to over it."""
ENTER = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && mount --bind "$1" "$0/mnt"'
FINISH = '; exit "$?"'
"""Keeps the shell as the first process: xvfb-run waits for a signal that is not sent to that."""
RIGS = {"mixamo": ("mixamo", -1.5), "nameless": ("unreal-5", 1.5)}
"""Systems of tests/core/rig_systems.py, and how far beside our dancer they stand."""


@dataclass(frozen=True)
class Blender:
    """One Blender to test in."""

    program: str
    chroot: Path | None

    def command(self, folder: Path, *arguments: str, screen: Sequence[str] = ()) -> list[str]:
        """``blender ARGUMENTS`` without network; all it starts ends with it."""
        blender = [*screen, self.program, *arguments]
        if self.chroot is not None:
            script = LOOPBACK + ENTER + ' && shift && chroot "$0" "$@"' + FINISH
            return [*ALONE, script, str(self.chroot), str(folder), *blender]
        if subprocess.run([*ALONE, LOOPBACK + "true"], capture_output=True).returncode == 0:
            return [*ALONE, LOOPBACK + '"$@"' + FINISH, "sh", *blender]
        print("It cannot be cut off from the network here, so it runs with the one there is.")
        return blender

    def seen(self, folder: Path) -> Path:
        """``folder`` as this Blender sees it."""
        return folder if self.chroot is None else Path(INSIDE)


def main() -> int:
    """Runs every Blender that was named; 0 when all steps of all went well, else 1."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("blenders", nargs="*", help="executables, or folders of chroots")
    given = parser.parse_args().blenders
    if not given:
        print(
            "Which Blenders? Name executables, or folders of chroots with Blender and Xvfb, as in\n"
            'make test-gui BLENDERS="/opt/blender-4.3/blender /var/blender-5.2"'
        )
        return 2
    passed = [run(find_blender(name)) for name in given]
    return 0 if all(passed) else 1


def find_blender(name: str) -> Blender:
    """The Blender that ``name`` stands for."""
    path = Path(name).resolve()
    if path.is_dir() and (path / "usr" / "bin" / "blender").exists():
        return Blender("/usr/bin/blender", path)
    if path.is_file():
        return Blender(str(path), None)
    sys.exit(f"{name} is neither an executable nor a folder with usr/bin/blender in it.")


def run(blender: Blender) -> bool:
    """Builds, installs, drives; prints every step and returns whether all went well."""
    folder = prepare(blender, OUT)
    (folder / "given" / "rigs.json").write_text(json.dumps(make_rigs()), encoding="utf-8")
    code = drive(blender, folder, "steps.py")
    shutil.rmtree(folder / "user")
    return tell(folder, code)


def prepare(blender: Blender, out: Path) -> Path:
    """A new folder for this Blender in ``out``, with the song, and the extension installed."""
    version, python = ask_versions(blender)
    print(f"Blender {version}, Python {python}", flush=True)
    folder = out / version
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "given").mkdir(parents=True)
    archive = build_zip(python, folder / "given")
    for name in ("demo_song.ogg", "demo_song.json"):
        shutil.copy(ROOT / "assets" / name, folder / "given")
    install = ["--command", "extension", "install-file", "-r", "user_default", "--enable"]
    start(blender, folder, *install, str(blender.seen(folder) / "given" / archive.name))
    archive.unlink()
    return folder


def drive(
    blender: Blender, folder: Path, script: str, *more: str, size: tuple[int, int] = SIZE
) -> int:
    """Runs a script of tests/gui in a window; returns what Blender ends with."""
    shutil.rmtree(folder / "given" / "gui", ignore_errors=True)
    shutil.copytree(ROOT / "tests" / "gui", folder / "given" / "gui")
    seen = blender.seen(folder)
    shape = ["--window-geometry", "0", "0", *map(str, size), "--enable-event-simulate"]
    path = str(seen / "given" / "gui" / script)
    return start(
        blender, folder, *shape, "--python", path, "--", str(seen), *more, screen=screen(size)
    )


def screen(size: tuple[int, int]) -> list[str]:
    """What runs a program on a virtual screen of that size in pixels."""
    return ["xvfb-run", "-a", "-s", f"-screen 0 {size[0]}x{size[1]}x24"]


def ask_versions(blender: Blender) -> tuple[str, str]:
    """Version of Blender like 4.3.2, and of its Python like 3.13."""
    ask = "import sys, bpy; print('VERSIONS', bpy.app.version_string, *sys.version_info[:2])"
    command = blender.command(ROOT, "--background", "--factory-startup", "--python-expr", ask)
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT)
    found = re.search(r"^VERSIONS (\S+).* (\d+) (\d+)$", done.stdout, re.MULTILINE)
    if found is None:
        sys.exit(f"{blender.program} does not start: {done.stdout[-800:]}{done.stderr[-800:]}")
    return found[1], f"{found[2]}.{found[3]}"


def build_zip(python: str, folder: Path) -> Path:
    """The extension for that Python."""
    tool = str(ROOT / "tools" / "build_extension.py")
    command = [sys.executable, tool, "--platform", "here", "--python", python, "--any-blender"]
    command += ["--out", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"The zip for Python {python} was not built: {done.stdout}{done.stderr}")
    (archive,) = folder.glob("*.zip")
    return archive


def make_rigs() -> dict[str, Any]:
    """Rigs with their published names, hierarchy, rest pose, axes and units, one without names."""
    sys.path.insert(0, str(ROOT))
    from tests.core.rig_outlines import SYSTEMS
    from tests.core.rig_systems import make_system, truth, truth_parts

    rigs = {}
    for key, (system, aside) in RIGS.items():
        rig, outline = make_system(system), SYSTEMS[system]
        names = {bone: bone for bone in rig.bones}
        if key == "nameless":
            names = {bone: f"Bone.{number:03d}" for number, bone in enumerate(rig.bones)}
        rigs[key] = {
            "name": key.title(),
            "aside": aside,
            "object_scale": 1.0 / outline.scale,
            "y_up": outline.y_up,
            "bones": [names[bone] for bone in rig.bones],
            "parents": rig.parents.tolist(),
            "rotations": rig.rotations.tolist(),
            "heads": rig.heads.tolist(),
            "tails": rig.tails.tolist(),
            "joints": {joint: names[bone] for joint, bone in truth(system).items()},
            "root": "".join(names[bone] for bone in truth_parts(system).get("root", ())),
        }
    return rigs


def start(blender: Blender, folder: Path, *arguments: str, screen: Sequence[str] = ()) -> int:
    """Runs Blender with a user folder of its own; what it says goes to blender.log."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "KPOP"))}
    environment["BLENDER_USER_RESOURCES"] = str(blender.seen(folder) / "user")
    environment |= {"HOME": str(blender.seen(folder) / "user"), "LIBGL_ALWAYS_SOFTWARE": "1"}
    environment["LC_ALL"] = "C.UTF-8"
    command = blender.command(folder, *arguments, screen=screen)
    (folder / "user").mkdir(exist_ok=True)
    with (folder / "blender.log").open("a", encoding="utf-8") as log:
        try:
            done = subprocess.run(
                command, env=environment, stdout=log, stderr=subprocess.STDOUT, timeout=LIMIT
            )
        except subprocess.TimeoutExpired:
            log.write(f"ended after {LIMIT} s\n")
            return 124
    return done.returncode


def tell(folder: Path, code: int) -> bool:
    """Prints what the report says; False when a step failed or Blender did not reach the end."""
    path = folder / "report.json"
    report = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"steps": []}
    for step in report["steps"]:
        print(f"  {'FAILED' if step['failed'] else 'ok':7}{step['name']} ({step['seconds']} s)")
        if step["failed"]:
            print("    " + step["failed"].strip().replace("\n", "\n    "))
    finished = bool(report.get("finished"))
    if not finished or code != 0:
        print(f"  FAILED Blender ended with {code}; see {folder / 'blender.log'}")
    print(f"  pictures and report: {folder}", flush=True)
    return finished and code == 0 and not any(step["failed"] for step in report["steps"])


if __name__ == "__main__":
    sys.exit(main())
