"""The add-on's name, and the folders that belong to it."""

from __future__ import annotations

from pathlib import Path

import bpy

from . import ADDON_ID

TAKES_KEPT = 30
CLICKS_KEPT = 8
HEARINGS_KEPT = 40


def takes_folder() -> Path:
    """Where generated clips are kept; the oldest are removed."""
    return _folder("takes", "*.npz", TAKES_KEPT)


def clicks_folder() -> Path:
    """Where click tracks are kept; the oldest are removed."""
    return _folder("clicks", "*.wav", CLICKS_KEPT)


def hearings_folder() -> Path:
    """Where what was heard of songs is kept; the oldest are removed."""
    return _folder("hearings", "*.json", HEARINGS_KEPT)


def jobs_folder() -> Path:
    """Where it is written down which dances a server still makes; made with the first of them."""
    return _place("jobs", create=False)


def rigs_folder() -> Path:
    """Where the user's own mappings of bones are kept; it is made when one is saved."""
    return _place("rigs", create=False)


def styles_folder() -> Path:
    """Where the user's own presets of styles are kept; it is made when one is saved."""
    return _place("styles", create=False)


def gpu_folder() -> Path:
    """Where the GPU engine is installed; it is made with it."""
    return _place("gpu", create=False)


def user_folder() -> Path:
    """The add-on's own folder of the user."""
    return _place("", create=False)


def _place(name: str, create: bool) -> Path:
    """A folder of the user's for this add-on."""
    try:
        return Path(bpy.utils.extension_path_user(ADDON_ID, path=name, create=create))
    except ValueError:  # not installed as an extension
        path = f"kpop_choreo/{name}"
        return Path(bpy.utils.user_resource("DATAFILES", path=path, create=create))


def _folder(name: str, pattern: str, kept: int) -> Path:
    """A folder of the user's for this add-on, with room for one more file."""
    folder = _place(name, create=True)
    files = sorted(folder.glob(pattern), key=lambda file: file.stat().st_mtime)
    for file in files[: -kept + 1]:
        file.unlink(missing_ok=True)
    return folder
