"""The add-on's name, and the folders that belong to it."""

from __future__ import annotations

from pathlib import Path

import bpy

from . import ADDON_ID

TAKES_KEPT = 30


def takes_folder() -> Path:
    """Where generated clips are kept; the oldest are removed."""
    try:
        folder = Path(bpy.utils.extension_path_user(ADDON_ID, path="takes", create=True))
    except ValueError:  # not installed as an extension
        folder = Path(bpy.utils.user_resource("DATAFILES", path="kpop_choreo/takes", create=True))
    clips = sorted(folder.glob("*.npz"), key=lambda clip: clip.stat().st_mtime)
    for clip in clips[: -TAKES_KEPT + 1]:
        clip.unlink(missing_ok=True)
    return folder
