"""Which GPU this computer has, and which build of PyTorch it can use."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CUDA, CUDA12, ROCM, MPS, CPU = "CUDA", "CUDA12", "ROCM", "MPS", "CPU"
"""Builds of PyTorch, by what they compute on."""
CUDA_DRIVER, CUDA12_DRIVER = 580, 528
"""The first driver branches of NVIDIA that run CUDA 13 and CUDA 12."""
CUDA_COMPUTE, CUDA12_COMPUTE = 7.5, 5.0
"""The oldest GPUs (compute capability) that PyTorch's builds hold code for: Turing, Maxwell."""
ASKING_SECONDS = 20.0


@dataclass(frozen=True)
class Hardware:
    """What was found."""

    system: str
    """Like ``linux-x64``."""
    maker: str = ""
    """``NVIDIA``, ``AMD``, ``Apple`` or nothing."""
    name: str = ""
    memory_mb: int = 0
    driver: str = ""
    compute: float = 0.0
    """NVIDIA's compute capability; 0 where it is not known."""

    @property
    def title(self) -> str:
        """For the user; empty without a GPU."""
        memory = f", {self.memory_mb / 1024:.0f} GB" if self.memory_mb else ""
        return f"{self.name}{memory}" if self.name else ""


@dataclass(frozen=True)
class Choice:
    """The build for a computer, or why there is none."""

    build: str = ""
    problem: str = ""
    remedy: str = ""


def this_system() -> str:
    """System and processor as Blender's extensions name them."""
    name = {"linux": "linux", "win32": "windows", "darwin": "macos"}.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    return f"{name}-{'arm64' if machine in ('arm64', 'aarch64') else 'x64'}"


def find_hardware(
    system: str = "", root: Path = Path("/"), ask: Callable[[list[str]], str] | None = None
) -> Hardware:
    """Looks for a GPU; takes up to some seconds, and never fails.

    Args:
        root: where /proc and /sys are.
        ask: runs a command and returns what it prints, empty when it cannot.
    """
    system, ask = system or this_system(), ask or _ask
    if system == "macos-arm64":
        return Hardware(system, "Apple", "Apple GPU", driver=platform.mac_ver()[0])
    tool = _nvidia_smi(system)
    query = "--query-gpu=name,driver_version,memory.total,compute_cap"
    for line in ask([tool, query, "--format=csv,noheader,nounits"]).splitlines() if tool else ():
        parts = [part.strip() for part in line.split(",")]
        if len(parts) == 4 and re.match(r"\d+\.", parts[1]):
            return Hardware(
                system, "NVIDIA", parts[0], int(_number(parts[2])), parts[1], _number(parts[3])
            )
    loaded = root / "proc/driver/nvidia/version"
    with contextlib.suppress(OSError):
        found = re.search(r"\s(\d{3,}\.[\d.]+)\s", loaded.read_text(encoding="ascii", errors="?"))
        if found:
            return Hardware(system, "NVIDIA", "NVIDIA GPU", driver=found[1])
    if system == "windows-x64" and _has_library("nvcuda.dll"):
        return Hardware(system, "NVIDIA", "NVIDIA GPU")
    if system == "linux-x64" and (root / "sys/class/kfd").is_dir():
        return Hardware(system, "AMD", _amd_name(root))
    return Hardware(system)


def choose_build(found: Hardware) -> Choice:
    """The build that ``found`` can use; without a GPU of use, why."""
    if found.maker == "Apple":
        if found.driver and _number(found.driver) < 14:
            return Choice(problem="PyTorch needs macOS 14 or newer.", remedy="Update macOS.")
        return Choice(MPS)
    if found.maker == "AMD":
        return Choice(ROCM)
    if found.maker != "NVIDIA":
        return Choice(
            problem="No GPU that PyTorch can use was found on this computer.",
            remedy="The bundled engine on the processor is the one to use here.",
        )
    return _choose_cuda(found)


def _choose_cuda(found: Hardware) -> Choice:
    branch, windows = _number(found.driver), found.system == "windows-x64"
    known = found.compute > 0.0
    if (not branch or branch >= CUDA_DRIVER) and (not known or found.compute >= CUDA_COMPUTE):
        return Choice(CUDA)
    if windows and branch >= CUDA12_DRIVER and (not known or found.compute >= CUDA12_COMPUTE):
        return Choice(CUDA12)
    if known and found.compute < (CUDA12_COMPUTE if windows else CUDA_COMPUTE):
        return Choice(
            problem=f"{found.name} is older than what PyTorch supports.",
            remedy="The bundled engine on the processor is the one to use here.",
        )
    needed = CUDA12_DRIVER if windows else CUDA_DRIVER
    return Choice(
        problem=f"The NVIDIA driver is {found.driver}, and the GPU engine needs {needed} or newer.",
        remedy="Update the driver, then look again.",
    )


def _ask(command: list[str]) -> str:
    options: dict[str, Any] = {"capture_output": True, "stdin": subprocess.DEVNULL}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NO_WINDOW  # type: ignore[attr-defined]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=ASKING_SECONDS,
            stdin=subprocess.DEVNULL,
            **options,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return str(done.stdout.decode("utf-8", "replace")) if done.returncode == 0 else ""


def _nvidia_smi(system: str) -> str:
    """NVIDIA's own tool, which comes with its driver."""
    found = shutil.which("nvidia-smi")
    if found or system != "windows-x64":
        return found or ""
    windows, programs = os.environ.get("SYSTEMROOT", ""), os.environ.get("PROGRAMFILES", "")
    for path in (
        Path(windows) / "System32" / "nvidia-smi.exe",
        Path(programs) / "NVIDIA Corporation" / "NVSMI" / "nvidia-smi.exe",
    ):
        if path.is_file():
            return str(path)
    return ""


def _has_library(name: str) -> bool:
    return (Path(os.environ.get("SYSTEMROOT", "")) / "System32" / name).is_file()


def _amd_name(root: Path) -> str:
    """The marketing name of an AMD GPU, where the kernel tells it."""
    for path in sorted((root / "sys/class/drm").glob("card*/device/product_name")):
        with contextlib.suppress(OSError):
            name = path.read_text(encoding="utf-8", errors="replace").strip()
            if name:
                return name
    return "AMD GPU"


def _number(text: str) -> float:
    """The number at the start of ``text``; 0 without one."""
    found = re.match(r"\d+(\.\d+)?", text)
    return float(found[0]) if found else 0.0
