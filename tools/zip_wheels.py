"""The wheels of a zip: which, at what version, and fetched only where the cache lacks them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from zip_targets import Target

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
"""What the engine imports when it works. zip_imports.py holds the zip to it, both ways."""


@dataclass(frozen=True)
class Pin:
    """One locked requirement."""

    name: str
    version: str
    hashes: tuple[str, ...]
    """SHA-256 of every file of that version, for all systems."""

    @property
    def line(self) -> str:
        """As pip reads it."""
        return f"{self.name}=={self.version}" + "".join(
            f" --hash=sha256:{digest}" for digest in self.hashes
        )


def read_pins(requirements: Path, target: Target) -> dict[str, Pin]:
    """The requirements that hold for ``target``, by name.

    Markers are evaluated here because pip evaluates them for the Python that it runs in.
    """
    joined = requirements.read_text(encoding="utf-8").replace("\\\n", " ")
    pins: dict[str, Pin] = {}
    for line in joined.splitlines():
        line = line.split(" #")[0].strip()
        if not line or line.startswith(("#", "-")):
            continue
        text, *hashes = re.split(r"\s+--hash=sha256:", line)
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate(target.markers()):
            name = canonicalize_name(wanted.name)
            version = str(wanted.specifier).removeprefix("==")
            pins[name] = Pin(name, version, tuple(digest.strip() for digest in hashes))
    return pins


def fetch_wheels(target: Target, requirements: Path, cache: Path) -> list[Path]:
    """The wheels for ``target``, in the order of :data:`WHEELS`; a wrong hash stops the build."""
    pins = read_pins(requirements, target)
    unknown = [name for name in WHEELS if name not in pins]
    if unknown:
        sys.exit(f"{requirements} does not pin {', '.join(unknown)}.")
    wanted = [pins[name] for name in WHEELS]
    cache.mkdir(parents=True, exist_ok=True)
    missing = [pin for pin in wanted if find_wheel(pin, target, cache) is None]
    if missing:
        _download(missing, target, cache)
    found = [find_wheel(pin, target, cache) for pin in wanted]
    for pin, wheel in zip(wanted, found, strict=True):
        if wheel is None:
            sys.exit(
                f"{pin.name} {pin.version} has no wheel for Python {target.python} that runs on "
                f"{target.system.needs}."
            )
    return [wheel for wheel in found if wheel is not None]


def find_wheel(pin: Pin, target: Target, folder: Path) -> Path | None:
    """The wheel in ``folder`` that fits ``target`` best, if its digest is one of the pin's."""
    ranks = {tag: rank for rank, tag in enumerate(target.wheel_tags())}
    fitting = []
    for wheel in folder.glob(f"{pin.name.replace('-', '_')}-{pin.version}-*.whl"):
        tags = parse_wheel_filename(wheel.name)[3]
        rank = min((ranks[tag] for tag in tags if tag in ranks), default=None)
        if rank is not None:
            fitting.append((rank, wheel))
    for _, wheel in sorted(fitting):
        if sha256(wheel.read_bytes()).hexdigest() in pin.hashes:
            return wheel
    return None


def misfits(names: Iterable[str], target: Target) -> Iterator[str]:
    """A sentence for every wheel that the oldest supported system would not run."""
    tags = set(target.wheel_tags())
    for name in names:
        if not tags & parse_wheel_filename(name)[3]:
            yield f"{name} does not run with Python {target.python} on {target.system.needs}."


def _download(pins: list[Pin], target: Target, cache: Path) -> None:
    """Fetches wheels into ``cache``; they appear there only once pip has checked them."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", target.python]
    command += ["--disable-pip-version-check"]
    for tag in target.system.tags:
        command += ["--platform", tag]
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text("".join(f"{pin.line}\n" for pin in pins), encoding="utf-8")
        subprocess.run([*command, "--dest", folder, "-r", str(listed)], check=True)
        for wheel in Path(folder).glob("*.whl"):
            shutil.move(wheel, cache / wheel.name)
