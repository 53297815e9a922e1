"""Texts that live on an object as properties: they are saved, undone and appended with it."""

from __future__ import annotations

import json
from typing import Any

import bpy

UNREAD = "_unread"
"""Behind the name of a property: what was there and could not be read when it was written."""


def register_texts(label: str, *names: str) -> None:
    """Makes properties of objects known to Blender."""
    owner: Any = bpy.types.Object
    for name in names:
        text = bpy.props.StringProperty(name=label, override={"LIBRARY_OVERRIDABLE"})
        setattr(owner, name, text)


def unregister_texts(*names: str) -> None:
    """Takes back what :func:`register_texts` did; does nothing when it was not called."""
    for name in names:
        if hasattr(bpy.types.Object, name):
            delattr(bpy.types.Object, name)


def keep_unread(obj: bpy.types.Object, *names: str) -> None:
    """Keeps these properties of ``obj`` before they are written, under the first one's name.

    What is kept there already stays: it is older, and nobody has read it since.
    """
    if not has_unread(obj, names[0]):
        obj[names[0] + UNREAD] = json.dumps({name: getattr(obj, name) for name in names})


def has_unread(obj: bpy.types.Object, name: str) -> bool:
    """Whether :func:`keep_unread` has kept something under ``name``."""
    return name + UNREAD in obj
