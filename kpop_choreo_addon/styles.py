"""The list of styles: the engine's own once it was asked, a built-in one before."""

from __future__ import annotations

import zlib
from typing import Any

import bpy

from .session import session

NONE = "none"
BUILT_IN: tuple[tuple[str, str, str], ...] = (
    ("girl-crush", "Girl crush", "Confident and fierce, with sharp arms"),
    ("cute", "Cute", "Light, playful and bouncy"),
    ("hip-hop", "Hip-hop", "Grounded, with groove"),
    ("swag", "Swag", "Relaxed and cool"),
    ("retro", "Retro", "Disco, with points and twists"),
    ("sexy", "Sexy", "Slow and sensual, with body waves"),
    ("ballad", "Ballad", "Slow and flowing, with long arm lines"),
    ("performance", "Performance", "Powerful, made for a big stage"),
)

_shown: list[tuple[str, str, str, int]] = []
"""Blender keeps no copy of an enum's strings, so the last list is held here."""


def style_items(owner: Any, context: bpy.types.Context | None) -> list[tuple[str, str, str, int]]:
    """Items of the style's enum; a style keeps its number when the list changes."""
    items = [(NONE, "None", "Only the prompt decides", 0)]
    for name, title, words in session.styles or BUILT_IN:
        items.append((name, title, words, zlib.crc32(name.encode()) & 0x7FFFFFFF))
    if items != _shown:
        _shown[:] = items
    return _shown


def learn_styles(models: dict[str, Any]) -> None:
    """Takes over the styles of an engine's answer to ``/api/models``."""
    found = models.get("styles", [])
    session.styles = tuple(
        (str(style["name"]), str(style["title"]), str(style.get("prompt", ""))) for style in found
    )
