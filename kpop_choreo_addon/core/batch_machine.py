"""What this machine can do at a time, and the versions that make a result what it is."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

CORES_EACH = 4
"""A dance keeps about two cores busy, and the engine's largest step more."""
BYTES_EACH = 3 << 30
"""A Blender and an engine, with room for a rig."""


def sensible_workers(jobs: int) -> int:
    """How many jobs are made at a time, where the user does not say."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    by_memory = memory() // BYTES_EACH if memory() else cores
    return max(1, min(jobs, cores // CORES_EACH, by_memory))


def memory() -> int:
    """Bytes of the machine; 0 where that is not known."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def versions(folder: Path, blender: Sequence[int], model: str) -> dict[str, str]:
    """What changes results when it changes.

    Args:
        folder: the add-on's; its manifest or that of the checkout around it names the version.
        blender: Blender's version.
    """
    places = [folder / "blender_manifest.toml", folder.parent / "blender_manifest.toml"]
    manifest = next((place for place in places if place.is_file()), None)
    own = tomllib.loads(manifest.read_text("utf-8"))["version"] if manifest else ""
    return {"add-on": own, "blender": ".".join(map(str, blender[:2])), "model": model}
