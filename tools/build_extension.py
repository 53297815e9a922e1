"""Builds the extension's zip with Blender's own tool: add-on, engine, models and wheels.

    python tools/build_extension.py --python 3.11

Wheels are those of requirements/engine.txt, checked by their hashes, for Linux on x64 and the
Python that the Blender in question runs (3.11 for 4.2 to 5.0, 3.13 from 5.1 on). Blender brings
NumPy itself.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PLATFORM = "linux-x64"
PLATFORM_TAGS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
LARGEST = 200 * 1000 * 1000
FILL_IN = "# tools/build_extension.py adds the platforms and the wheels of a build here.\n"

WHEELS = (
    "annotated-doc",
    "annotated-types",
    "anyio",
    "array-api-compat",
    "av",
    "click",
    "fastapi",
    "h11",
    "idna",
    "jaxtyping",
    "onnxruntime",
    "pydantic",
    "pydantic-core",
    "python-multipart",
    "safetensors",
    "scipy",
    "starlette",
    "tokenizers",
    "typing-extensions",
    "typing-inspection",
    "uvicorn",
    "wadler-lindig",
)
"""What the engine imports when it serves. Its other requirements are for the command line."""


@dataclass(frozen=True)
class Pin:
    """One locked requirement."""

    line: str
    """``name==version`` with its hashes, without its marker."""
    name: str


def main() -> None:
    """Stages, builds and validates; prints the zip's path and size."""
    given = _arguments()
    with tempfile.TemporaryDirectory(prefix="kpop-choreo-build-") as folder:
        staged = Path(folder) / "kpop_choreo"
        wheels = stage(staged, given.python, given.requirements)
        manifest = tomllib.loads((staged / "blender_manifest.toml").read_text(encoding="utf-8"))
        tag = given.python.replace(".", "")
        name = f"kpop_choreo-{manifest['version']}-{PLATFORM}-py{tag}.zip"
        target = given.out / name
        given.out.mkdir(parents=True, exist_ok=True)
        tool = given.blender_ext or find_tool()
        _run([sys.executable, tool, "build", "--source-dir", staged, "--output-filepath", target])
        _run([sys.executable, tool, "validate", target])
    size = target.stat().st_size
    print(f"{target}: {size / 1e6:.1f} MB, {len(wheels)} wheels for Python {given.python}")
    if size > LARGEST:
        sys.exit(f"The zip is larger than {LARGEST / 1e6:.0f} MB.")


def stage(staged: Path, python: str, requirements: Path) -> list[str]:
    """Lays the extension out in ``staged`` and returns the names of its wheels."""
    skip = shutil.ignore_patterns("__pycache__", "*.pyc", "training")
    shutil.copytree(ROOT / "kpop_choreo_addon", staged, ignore=skip)
    shutil.copytree(ROOT / "engine", staged / "engine", ignore=skip)
    shutil.copytree(ROOT / "models", staged / "models", ignore=skip)
    shutil.copy(ROOT / "LICENSE", staged / "LICENSE")
    wheels = _download(staged / "wheels", python, requirements)
    text = (ROOT / "blender_manifest.toml").read_text(encoding="utf-8")
    if text.count(FILL_IN) != 1:
        sys.exit("blender_manifest.toml has lost the line that is filled in here.")
    listed = "".join(f'  "./wheels/{name}",\n' for name in wheels)
    filled = f'platforms = ["{PLATFORM}"]\nwheels = [\n{listed}]\n'
    manifest = staged / "blender_manifest.toml"
    manifest.write_text(text.replace(FILL_IN, filled), encoding="utf-8")
    return wheels


def _download(folder: Path, python: str, requirements: Path) -> list[str]:
    """Fetches the wheels for that Python into ``folder``; a wrong hash stops the build."""
    folder.mkdir()
    pins = {pin.name: pin for pin in read_pins(requirements, python)}
    missing = [name for name in WHEELS if name not in pins]
    if missing:
        sys.exit(f"{requirements} does not pin {', '.join(missing)}.")
    chosen = folder / "requirements.txt"
    chosen.write_text("".join(f"{pins[name].line}\n" for name in WHEELS), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", python]
    for tag in PLATFORM_TAGS:
        command += ["--platform", tag]
    _run([*command, "--dest", folder, "-r", chosen])
    chosen.unlink()
    return sorted(wheel.name for wheel in folder.glob("*.whl"))


def read_pins(requirements: Path, python: str) -> Iterator[Pin]:
    """The requirements that hold on Linux for ``python``.

    Markers are evaluated here because pip evaluates them for the Python that it runs in.
    """
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "os_name": "posix",
    }
    joined = requirements.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in joined.splitlines():
        line = line.split(" #")[0].strip()
        if not line or line.startswith(("#", "-")):
            continue
        text, *hashes = re.split(r"\s+--hash=", line)
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate(environment):
            hashed = "".join(f" --hash={value.strip()}" for value in hashes)
            yield Pin(f"{wanted.name}{wanted.specifier}{hashed}", wanted.name.lower())


def find_tool() -> Path:
    """Blender's extension tool in one of the project's Blender environments, the newest first."""
    inside = "lib/python*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
    found = sorted(ROOT.glob(f".venv-bpy-*/{inside}"), reverse=True)
    if not found:
        sys.exit("No Blender environment is here: run 'make demo', or give --blender-ext.")
    return found[0]


def _run(command: list[object]) -> None:
    subprocess.run([str(part) for part in command], check=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default="3.11", help="Blender's Python, like 3.11")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the zip")
    parser.add_argument("--requirements", type=Path, default=ROOT / "requirements" / "engine.txt")
    parser.add_argument("--blender-ext", type=Path, help="Blender's blender_ext.py")
    return parser.parse_args()


if __name__ == "__main__":
    main()
