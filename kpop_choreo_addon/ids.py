"""The add-on's name, and the folders that belong to it."""

from __future__ import annotations

from pathlib import Path

import bpy

from . import ADDON_ID
from .core.files import make_room, sweep_parts, unwritten

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
    """Where what was heard of songs is kept; it is made with the first of them."""
    return _place("hearings")


def room_for_hearing() -> Path:
    """The same with room for one more; the oldest are removed."""
    return _folder("hearings", "*.json", HEARINGS_KEPT)


def jobs_folder() -> Path:
    """Where it is written down which dances a server still makes; made with the first of them."""
    return _place("jobs")


def rigs_folder() -> Path:
    """Where the user's own mappings of bones are kept; it is made when one is saved."""
    return _place("rigs")


def styles_folder() -> Path:
    """Where the user's own presets of styles are kept; it is made when one is saved."""
    return _place("styles")


def gpu_folder() -> Path:
    """Where the GPU engine is installed; it is made with it."""
    return _place("gpu")


def user_folder() -> Path:
    """The add-on's own folder of the user."""
    return _place("")


def sweep_user_folders() -> None:
    """Removes half files that Blenders left in our folders when they were killed."""
    for name in ("takes", "clicks", "hearings", "jobs", "rigs", "styles"):
        sweep_parts(_place(name))


def _place(name: str) -> Path:
    """A folder of the user's for this add-on; it need not be there."""
    try:
        return Path(bpy.utils.extension_path_user(ADDON_ID, path=name))
    except ValueError:  # not installed as an extension
        return Path(bpy.utils.user_resource("DATAFILES", path=f"kpop_choreo/{name}"))


def _folder(name: str, pattern: str, kept: int) -> Path:
    """A folder of the user's for this add-on, with room for one more file.

    Raises:
        ChoreoError: ``disk_full`` or ``folder_locked`` when it cannot be made.
    """
    folder = _place(name)
    try:  # not by Blender, which would name the current folder instead
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(error, folder.parent) from error
    make_room(folder, pattern, kept - 1)
    return folder
