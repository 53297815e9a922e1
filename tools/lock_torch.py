"""Locks what the GPU engine fetches: kpop_choreo_addon/core/gpu_wheels.json.

    python -m tools.lock_torch            resolves torch's requirements and writes the table
    python -m tools.lock_torch --check    asks the package index whether all of it is still there

Run at a release. Addresses, sizes and SHA-256 are those of PyPI. Builds that PyPI does not have
(CUDA on Windows, ROCm, the Linux CPU build) are named with PyTorch's own index, whose digests are
read when they are installed.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

TABLE = Path(__file__).parents[1] / "kpop_choreo_addon" / "core" / "gpu_wheels.json"
TORCH = "2.13.0"
PYTHONS = ("3.11", "3.13", "3.14")
"""Of Blender 4.2 to 5.0, of 5.1 and later, and of Debian's 5.2."""
SYSTEMS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "linux-x64": (
        "linux",
        "x86_64",
        (*(f"manylinux_2_{n}_x86_64" for n in range(28, 4, -1)), "manylinux2014_x86_64"),
    ),
    "windows-x64": ("win32", "AMD64", ("win_amd64",)),
    "macos-arm64": (
        "darwin",
        "arm64",
        tuple(f"macosx_{n}_0_{arch}" for n in (14, 13, 12, 11) for arch in ("arm64", "universal2")),
    ),
}
ON_PYPI = {"linux-x64": "CUDA", "windows-x64": "CPU", "macos-arm64": "MPS"}
"""What PyPI's torch is built for on each system."""
PYTORCH = "https://download.pytorch.org/whl"
ELSEWHERE = {
    "linux-x64": {"ROCM": ("rocm7.2", 4700), "CPU": ("cpu", 192)},
    "windows-x64": {"CUDA": ("cu130", 1900), "CUDA12": ("cu126", 2600)},
}
"""What PyTorch's index alone has: its folder there, and about how many MB torch is."""
ENDS = {"linux-x64": "manylinux_2_28_x86_64", "windows-x64": "win_amd64"}
WITHOUT = {"triton", "cuda-bindings", "setuptools", "typing-extensions"}
"""The first three serve compiling, which the engine never does; the last is bundled."""


def main() -> int:
    """Writes the table, or checks it; 0 when all is well."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare the table with PyPI")
    if parser.parse_args().check:
        wrong = list(differences(json.loads(TABLE.read_text(encoding="utf-8"))))
        print(*wrong, sep="\n", end="\n" if wrong else "")
        return 1 if wrong else 0
    table = make_table()
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    for key, build in table["builds"].items():
        size = sum(table["wheels"][name]["size"] for name in build["wheels"])
        print(f"{key}: {len(build['wheels'])} wheels, {size / 1e6:.0f} MB", build.get("index", ""))
    return 0


def make_table() -> dict[str, Any]:
    """Every build of every system and Python, and the wheels that they share."""
    builds: dict[str, Any] = {}
    wheels: dict[str, Any] = {}
    for system in SYSTEMS:
        for python in PYTHONS:
            found = resolve(Requirement(f"torch=={TORCH}"), system, python)
            torch = next(name for name in found if name.startswith("torch-"))
            wheels |= found
            builds[f"{system} {python} {ON_PYPI[system]}"] = {"wheels": sorted(found)}
            plain = [name for name in found if name != torch and "nvidia" not in name]
            plain = [name for name in plain if not name.startswith("cuda")]
            tag = f"cp{python.replace('.', '')}"
            for build, (folder, megabytes) in ELSEWHERE.get(system, {}).items():
                builds[f"{system} {python} {build}"] = {
                    "wheels": sorted(plain),
                    "index": f"{PYTORCH}/{folder}/torch/",
                    "named": f"torch-{TORCH}+{folder}-{tag}-{tag}-{ENDS[system]}.whl",
                    "about": megabytes * 1_000_000,
                }
    return {"torch": TORCH, "builds": builds, "wheels": dict(sorted(wheels.items()))}


def resolve(wanted: Requirement, system: str, python: str) -> dict[str, dict[str, Any]]:
    """The wheels of ``wanted`` and of all that it requires, by name.

    What several ask of one project holds together, so it is gone through until nothing is new.
    """
    asked: dict[str, SpecifierSet] = {}
    while True:
        before = dict(asked)
        found = _walk(wanted, asked, system, python)
        if asked == before:
            return found


def _walk(
    wanted: Requirement, asked: dict[str, SpecifierSet], system: str, python: str
) -> dict[str, dict[str, Any]]:
    """One way through the requirements; ``asked`` learns which versions of each are allowed."""
    found: dict[str, dict[str, Any]] = {}
    waiting, seen = [wanted], set()
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        asked[name] = asked.get(name, SpecifierSet()) & one.specifier
        key = (name, frozenset(one.extras))
        if name in WITHOUT or key in seen:
            continue
        seen.add(key)
        file = newest(name, asked[name], system, python)
        found[name] = file
        waiting += [need for need in requires(file) if _holds(need, one.extras, system, python)]
    return {file["filename"]: _locked(file) for file in found.values()}


def newest(project: str, allowed: SpecifierSet, system: str, python: str) -> dict[str, Any]:
    """The file of the highest version that is ``allowed`` and runs there."""
    tags = set(_tags(system, python))
    fitting = []
    for file in listing(project):
        if not file["filename"].endswith(".whl") or file.get("yanked"):
            continue
        _, version, _, offered = parse_wheel_filename(file["filename"])
        if f"{python}.0" not in SpecifierSet(file.get("requires-python") or ""):
            continue
        if version in allowed and not version.is_prerelease and offered & tags:
            fitting.append((version, file["filename"], file))
    if not fitting:
        sys.exit(f"PyPI has no wheel of {project}{allowed} for {system} and Python {python}.")
    return max(fitting, key=lambda row: row[:2])[2]


def requires(file: dict[str, Any]) -> list[Requirement]:
    """What a wheel's metadata asks for; that of another wheel of its version, where it has none."""
    project, version, _, _ = parse_wheel_filename(file["filename"])
    start = file["filename"].split("-")[0] + f"-{version}-"
    others = [f for f in listing(project) if f["filename"].startswith(start)]
    for one in (file, *others):
        text = _get(one["url"] + ".metadata", missing=b"").decode()
        if text:
            head = text.split("\n\n")[0]
            lines = re.findall(r"^Requires-Dist: (.+)$", head, re.MULTILINE)
            return [Requirement(line) for line in lines]
    print(f"{project} {version}: no metadata, so nothing more is taken", file=sys.stderr)
    return []


def differences(table: dict[str, Any]) -> Iterator[str]:
    """What PyPI says otherwise than ``table``."""
    for name, locked in table["wheels"].items():
        project = parse_wheel_filename(name)[0]
        files = {file["filename"]: file for file in listing(project)}
        if name not in files:
            yield f"{name} is not on PyPI"
        elif _locked(files[name]) != locked:
            yield f"{name} is {_locked(files[name])} on PyPI and {locked} in the table"
        elif files[name].get("yanked"):
            yield f"{name} was withdrawn"


def _holds(need: Requirement, extras: set[str], system: str, python: str) -> bool:
    """Whether ``need`` counts on that system, by its marker."""
    if need.marker is None:
        return True
    platform, machine, _ = SYSTEMS[system]
    there = {
        "sys_platform": platform,
        "platform_machine": machine,
        "platform_system": {"linux": "Linux", "win32": "Windows", "darwin": "Darwin"}[platform],
        "os_name": "nt" if platform == "win32" else "posix",
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    return any(need.marker.evaluate(there | {"extra": extra}) for extra in (*extras, ""))


def _tags(system: str, python: str) -> Iterator[Tag]:
    version = tuple(int(part) for part in python.split("."))
    platforms = list(SYSTEMS[system][2])
    yield from cpython_tags(version, platforms=platforms)
    yield from compatible_tags(version, f"cp{python.replace('.', '')}", platforms)


def _locked(file: dict[str, Any]) -> dict[str, Any]:
    return {"url": file["url"], "sha256": file["hashes"]["sha256"], "size": file["size"]}


@cache
def listing(project: str) -> list[dict[str, Any]]:
    """The files of a project on PyPI."""
    found: list[dict[str, Any]] = json.loads(_get(f"https://pypi.org/simple/{project}/"))["files"]
    return found


@cache
def _get(url: str, missing: bytes | None = None) -> bytes:
    kinds = "application/vnd.pypi.simple.v1+json, application/octet-stream"
    request = urllib.request.Request(url, headers={"Accept": kinds})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        if error.code == 404 and missing is not None:
            return missing
        sys.exit(f"{url}: {error}")


if __name__ == "__main__":
    sys.exit(main())
