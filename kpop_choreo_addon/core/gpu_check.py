"""Tries an installed GPU engine in a process of its own, as it will run later."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from .engine_command import EngineCommand
from .errors import Cancelled, ChoreoError
from .gpu_installed import Installed, read_contents

LIMIT = 600.0
"""Seconds; the first start compiles thousands of files, and a virus scanner reads them."""
DEVICES = {"CUDA": "cuda", "CUDA12": "cuda", "ROCM": "cuda", "MPS": "mps", "CPU": "cpu"}
"""What the engine is asked to compute on, by build."""


def device_of(build: str) -> str:
    """The engine's name for what a build computes on."""
    return DEVICES.get(build, "auto")


def check(command: EngineCommand, folder: Path, cancelled: Callable[[], bool]) -> Installed:
    """What is in ``folder``, with what its engine says of its device.

    Raises:
        ChoreoError: what the engine says, or ``gpu_check_failed``.
        Cancelled: when ``cancelled`` says so.
    """
    contents = read_contents(folder)
    assert contents is not None
    told = _run(command, cancelled)
    return replace(
        contents,
        device=str(told.get("device", "")),
        device_name=str(told.get("device_name", "")),
        memory=int(told.get("memory", 0)),
        milliseconds=float(told.get("milliseconds", 0.0)),
        problem=None,
    )


def _run(command: EngineCommand, cancelled: Callable[[], bool]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NO_WINDOW  # type: ignore[attr-defined]
    try:
        process = subprocess.Popen(
            command.device_argv(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=command.environment(),
            cwd=command.paths[0],
            **options,
        )
    except OSError as error:
        raise _failed(str(error.strerror)) from error
    try:
        out, err = _wait(process, cancelled)
    finally:
        with contextlib.suppress(OSError):
            process.kill()
        process.wait()
    lines = out.decode("utf-8", "replace").strip().splitlines()
    log = err.decode("utf-8", "replace").strip().splitlines()
    try:
        told = json.loads(lines[-1])
    except (IndexError, ValueError):
        raise _failed(log[-1] if log else f"exit code {process.returncode}") from None
    if "error" in told:
        raise ChoreoError(*(str(told["error"].get(p, "")) for p in ("code", "message", "remedy")))
    found: dict[str, Any] = told
    return found


def _wait(process: subprocess.Popen[bytes], cancelled: Callable[[], bool]) -> tuple[bytes, bytes]:
    end = time.monotonic() + LIMIT
    while True:
        try:
            return process.communicate(timeout=0.2)
        except subprocess.TimeoutExpired:
            if cancelled():
                raise Cancelled from None
            if time.monotonic() > end:
                raise _failed(f"no answer in {LIMIT:.0f} s") from None


def _failed(why: str) -> ChoreoError:
    return ChoreoError(
        "gpu_check_failed",
        f"PyTorch cannot be started here ({why}).",
        "Press Verify in the add-on's preferences; if it stays so, use the bundled engine.",
    )
