"""For which systems, Pythons and Blenders the extension is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.tags import Tag, compatible_tags, cpython_tags

GLIBC = 28
"""Minor version of the oldest glibc 2 that Blender's own builds for Linux run on."""
MACOS = (14, 0)
"""Newest macOS that a wheel may ask for. Blender runs on macOS 11; onnxruntime and av do not."""


@dataclass(frozen=True)
class System:
    """One of Blender's platforms."""

    name: str
    """As Blender calls it: ``linux-x64``."""
    tags: tuple[str, ...]
    """Platform tags of wheels that run on the oldest system we support, the best first."""
    sys_platform: str
    platform_system: str
    machine: str
    os_name: str
    needs: str
    """The oldest system, in words."""


@dataclass(frozen=True)
class Release:
    """Blenders that share a Python."""

    python: str
    """Like ``3.11``."""
    first: str
    """The first Blender with it."""
    end: str
    """The first Blender without it, empty while there is none."""
    name: str
    """Part of the zip's name."""


@dataclass(frozen=True)
class Target:
    """What one zip is made for."""

    system: System
    python: str
    release: Release | None
    """Nothing for a Blender built with another Python than Blender's own, as Debian's."""

    @property
    def name(self) -> str:
        """The last part of the zip's name."""
        which = self.release.name if self.release else "py" + self.python.replace(".", "")
        return f"{self.system.name}-{which}"

    def limits(self) -> str:
        """Lines for the manifest with which Blender refuses the zip for another Blender."""
        if self.release is None:
            return 'blender_version_min = "4.2.0"\n'
        end = f'blender_version_max = "{self.release.end}"\n' if self.release.end else ""
        return f'blender_version_min = "{self.release.first}"\n' + end

    def markers(self) -> dict[str, str]:
        """The environment in which the markers of requirements are judged (PEP 508)."""
        return {
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "platform_python_implementation": "CPython",
            "sys_platform": self.system.sys_platform,
            "platform_system": self.system.platform_system,
            "platform_machine": self.system.machine,
            "platform_release": "",
            "platform_version": "",
            "os_name": self.system.os_name,
            "extra": "",
        }

    def wheel_tags(self) -> Iterator[Tag]:
        """Tags of wheels that run there, the best first."""
        version = tuple(int(part) for part in self.python.split("."))
        yield from cpython_tags(version, platforms=self.system.tags)
        interpreter = f"cp{version[0]}{version[1]}"
        yield from compatible_tags(version, interpreter, self.system.tags)


def _linux_tags() -> Iterator[str]:
    old = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
    for minor in range(GLIBC, 4, -1):
        yield f"manylinux_2_{minor}_x86_64"
        if minor in old:
            yield f"{old[minor]}_x86_64"


def _mac_tags() -> Iterator[str]:
    for major in range(MACOS[0], 10, -1):
        for kind in ("arm64", "universal2"):
            yield f"macosx_{major}_0_{kind}"
    for minor in range(16, 3, -1):
        yield f"macosx_10_{minor}_universal2"


LINUX = System(
    "linux-x64", tuple(_linux_tags()), "linux", "Linux", "x86_64", "posix", f"glibc 2.{GLIBC}"
)
WINDOWS = System("windows-x64", ("win_amd64",), "win32", "Windows", "AMD64", "nt", "Windows 10")
MAC = System(
    "macos-arm64",
    tuple(_mac_tags()),
    "darwin",
    "Darwin",
    "arm64",
    "posix",
    f"macOS {MACOS[0]} on Apple silicon",
)
SYSTEMS = {system.name: system for system in (LINUX, WINDOWS, MAC)}
RELEASES = {
    "3.11": Release("3.11", "4.2.0", "5.1.0", "blender-4.2-to-5.0"),
    "3.13": Release("3.13", "5.1.0", "", "blender-5.1-up"),
}


def find_target(system: str, python: str, any_blender: bool) -> Target:
    """What to build for; without limits where Blender's own builds do not run ``python``."""
    release = None if any_blender else RELEASES.get(python)
    return Target(SYSTEMS[system], python, release)
