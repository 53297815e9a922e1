"""A disk of a few kilobytes, and one that takes nothing; for root on Linux alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, kilobytes: int = 64) -> Iterator[Path]:
    """``folder`` with another disk in its place."""
    with _mounted(["-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs"], folder):
        yield folder


@contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """``folder`` as it is, where nothing can be written, not even by root."""
    with _mounted(["--bind", str(folder)], folder):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield folder


@contextmanager
def _mounted(how: list[str], folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount")
    done = subprocess.run(["mount", *how, str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
