"""Builds the extension's zips with Blender's own tool: add-on, engine, models and wheels.

    python tools/build_extension.py                                        # every release
    python tools/build_extension.py --platform linux-x64 --python 3.11     # one of them
    python tools/build_extension.py --platform linux-x64 --python 3.13,3.14 --any-blender

A zip is for one system and one Python, and its manifest names the Blenders that run this Python
(3.11 for 4.2 to 5.0, 3.13 from 5.1 on), so that others refuse it; one with all wheels would be
over 200 MB. --any-blender leaves the limit out, for a Blender that was built with another Python,
as Debian's are. Wheels are those of requirements/engine.txt, unmodified, checked by their hashes
and kept in .cache/wheels. Blender brings NumPy itself.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from licences import credits_file
from zip_imports import check_zip
from zip_targets import RELEASES, SYSTEMS, Target, find_target
from zip_wheels import fetch_wheels

ROOT = Path(__file__).parents[1]
LARGEST = 200 * 1000 * 1000
FILL_IN = "# tools/build_extension.py adds the platforms and the wheels of a build here.\n"
LIMITS = 'blender_version_min = "4.2.0"\n'
"""What the zip's target replaces in the manifest."""


@dataclass(frozen=True)
class Built:
    """One finished zip."""

    path: Path
    target: Target
    wheels: int


def main() -> None:
    """Builds, validates and checks; prints each zip's path and size."""
    given = _arguments()
    tool = given.blender_ext or find_tool()
    for system, python in product(given.platform, given.python.split(",")):
        target = find_target(system, python, given.any_blender)
        built = build(target, given.out, given.requirements, given.cache, tool)
        size = built.path.stat().st_size
        print(f"{built.path}: {size / 1e6:.1f} MB, {built.wheels} wheels for Python {python}")


def build(target: Target, out: Path, requirements: Path, cache: Path, tool: Path) -> Built:
    """Makes one zip in ``out``; what is wrong with it ends the program with a sentence each."""
    wheels = fetch_wheels(target, requirements, cache)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kpop-choreo-build-") as folder:
        staged = Path(folder) / "kpop_choreo"
        version = stage(staged, target, wheels)
        made = Path(folder) / f"kpop_choreo-{version}-{target.name}.zip"
        _run([sys.executable, tool, "build", "--source-dir", staged, "--output-filepath", made])
        _run([sys.executable, tool, "validate", made])
        problems = check_zip(made, target)
        if made.stat().st_size > LARGEST:
            problems.append(f"{made.name} is larger than {LARGEST / 1e6:.0f} MB.")
        if problems:
            sys.exit("\n".join([f"{made.name} was not kept:", *problems]))
        path = Path(shutil.move(made, out / made.name))
    return Built(path, target, len(wheels))


def stage(staged: Path, target: Target, wheels: list[Path]) -> str:
    """Lays the extension out in ``staged`` and returns its version."""
    skip = shutil.ignore_patterns("__pycache__", "*.pyc", "training")
    shutil.copytree(ROOT / "kpop_choreo_addon", staged, ignore=skip)
    shutil.copytree(ROOT / "engine", staged / "engine", ignore=skip)
    shutil.copytree(ROOT / "models", staged / "models", ignore=skip)
    shutil.copy(ROOT / "LICENSE", staged / "LICENSE")
    (staged / "CREDITS.md").write_text(credits_file(target, wheels), encoding="utf-8")
    (staged / "wheels").mkdir()
    for wheel in wheels:
        shutil.copy(wheel, staged / "wheels")
    text = fill_manifest(
        (ROOT / "blender_manifest.toml").read_text(encoding="utf-8"),
        target,
        sorted(wheel.name for wheel in wheels),
    )
    (staged / "blender_manifest.toml").write_text(text, encoding="utf-8")
    return str(tomllib.loads(text)["version"])


def fill_manifest(text: str, target: Target, wheels: list[str]) -> str:
    """The manifest for one target: its Blenders, its platform and its wheels."""
    if text.count(FILL_IN) != 1 or text.count(LIMITS) != 1:
        sys.exit("blender_manifest.toml has lost a line that is filled in here.")
    listed = "".join(f'  "./wheels/{name}",\n' for name in wheels)
    filled = f'platforms = ["{target.system.name}"]\nwheels = [\n{listed}]\n'
    return text.replace(FILL_IN, filled).replace(LIMITS, target.limits())


def find_tool() -> Path:
    """Blender's extension tool in one of the project's Blender environments, the newest first."""
    inside = "lib/python*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
    found = sorted(ROOT.glob(f".venv-bpy-*/{inside}"), reverse=True)
    if not found:
        sys.exit("No Blender environment is here: run 'make demo', or give --blender-ext.")
    return found[0]


def this_system() -> str:
    """The platform that this computer is, of those we build for."""
    names = (system.name for system in SYSTEMS.values() if system.sys_platform == sys.platform)
    name = next(names, "")
    if not name:
        sys.exit(f"No zip is made for {platform.system()}.")
    return name


def _run(command: list[object]) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--platform", nargs="+", choices=[*SYSTEMS, "here"], default=[*SYSTEMS])
    parser.add_argument("--python", default=",".join(RELEASES), help="like 3.11 or 3.13,3.14")
    parser.add_argument("--any-blender", action="store_true", help="limit only by Python")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the zips")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache" / "wheels")
    parser.add_argument("--requirements", type=Path, default=ROOT / "requirements" / "engine.txt")
    parser.add_argument("--blender-ext", type=Path, help="Blender's blender_ext.py")
    given = parser.parse_args()
    given.platform = [this_system() if name == "here" else name for name in given.platform]
    return given


if __name__ == "__main__":
    main()
