"""Little squares of colour, one for each group of sections that sound alike."""

from __future__ import annotations

from typing import Any

import bpy.utils.previews

from .core.song_words import group_colour

SIZE = 32
MARGIN = 5
"""Pixels left free around a square."""

_made: dict[str, Any] = {}


def swatch(group: int) -> int:
    """The number of the icon with the colour of ``group``; 0 without a window."""
    if bpy.app.background:
        return 0
    if "icons" not in _made:
        _made["icons"] = bpy.utils.previews.new()
    icons, name = _made["icons"], str(group)
    if name not in icons:
        _draw(icons.new(name), group)
    return int(icons[name].icon_id)


def remove_swatches() -> None:
    """Gives the icons back."""
    if "icons" in _made:
        bpy.utils.previews.remove(_made.pop("icons"))


def _draw(preview: Any, group: int) -> None:
    inside = range(MARGIN, SIZE - MARGIN)
    full, empty = (*group_colour(group), 1.0), (0.0, 0.0, 0.0, 0.0)
    pixels: list[float] = []
    for y in range(SIZE):
        for x in range(SIZE):
            pixels.extend(full if x in inside and y in inside else empty)
    preview.icon_size = preview.image_size = (SIZE, SIZE)
    preview.icon_pixels_float = pixels
    preview.image_pixels_float = pixels
