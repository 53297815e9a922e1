"""Stills of a dance laid out as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .stage import Shot, Stage

COLUMNS = 8
MOMENTS = 16


def write_sheet(stage: Stage, folder: Path, path: Path) -> None:
    """Renders :data:`MOMENTS` beats of a dance, each from the front and, below, from the side.

    Args:
        folder: for the single pictures.
    """
    _write(_laid_out(stage.stills(folder, MOMENTS)), path)


def _laid_out(shots: Sequence[Shot]) -> np.ndarray:
    """The pixels of all shots, ``[H, W, 4]``, the lowest row first as Blender has it."""
    pairs = [np.concatenate([_pixels(shot.side), _pixels(shot.front)]) for shot in shots]
    while len(pairs) % COLUMNS:
        pairs.append(np.zeros_like(pairs[0]))
    rows = [np.concatenate(pairs[n : n + COLUMNS], axis=1) for n in range(0, len(pairs), COLUMNS)]
    return np.concatenate(rows[::-1])


def _pixels(path: Path) -> np.ndarray:
    image: Any = bpy.data.images.load(str(path))
    values = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(values)
    width, height = image.size
    bpy.data.images.remove(image)
    return values.reshape(height, width, 4)


def _write(pixels: np.ndarray, path: Path) -> None:
    height, width = pixels.shape[:2]
    image: Any = bpy.data.images.new("Contact Sheet", width, height)
    image.pixels.foreach_set(np.ascontiguousarray(pixels).ravel())
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)
