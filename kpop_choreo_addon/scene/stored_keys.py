"""The keys of an f-curve as arrays, taken and put back as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .actions import FREE

PLACES = ("co", "handle_left", "handle_right")
NEAR = 1e-3
"""Frames within which two keys count as one."""
STORED: dict[str, tuple[int, type]] = {
    "co": (2, np.float32),
    "handle_left": (2, np.float32),
    "handle_right": (2, np.float32),
    "interpolation": (1, np.uint8),
    "handle_left_type": (1, np.uint8),
    "handle_right_type": (1, np.uint8),
    "easing": (1, np.uint8),
    "type": (1, np.uint8),
    "back": (1, np.float32),
    "amplitude": (1, np.float32),
    "period": (1, np.float32),
}
"""What a key consists of, besides its selection: width and type by property."""

Keys = dict[str, np.ndarray]
"""The keys of one f-curve by property."""


def freeze(keys: Keys, number: int) -> None:
    """Keeps a key's handles where they are, whatever its new neighbour is."""
    if len(keys["co"]):
        keys["handle_left_type"][number] = keys["handle_right_type"][number] = FREE


def pin_key(frame: float, value: float) -> Keys:
    """A key that holds ``value``."""
    pin = plain_keys(1)
    for name, x in (("co", frame), ("handle_left", frame - 0.3), ("handle_right", frame + 0.3)):
        pin[name][0] = x, value
    return pin


def plain_keys(count: int) -> Keys:
    """Keys without places: constant, with free handles."""
    shapes = {name: (count, 2) if width == 2 else (count,) for name, (width, _) in STORED.items()}
    return {name: np.zeros(shapes[name], dtype=kind) for name, (_, kind) in STORED.items()}


def slice_keys(keys: Keys, start: int, end: int) -> Keys:
    """The keys from number ``start`` until before ``end``."""
    return {name: values[start:end].copy() for name, values in keys.items()}


def joined_keys(parts: list[Keys]) -> Keys:
    """``parts`` one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in STORED}


def read_keys(fcurve: Any, names: Iterable[str] = STORED) -> Keys:
    """All keys of ``fcurve``."""
    count = len(fcurve.keyframe_points)
    keys: Keys = {}
    for name in names:
        width, kind = STORED[name]
        values: np.ndarray = np.empty(count * width, dtype=kind)
        fcurve.keyframe_points.foreach_get(name, values)
        keys[name] = values.reshape(-1, 2) if width == 2 else values
    return keys


def move_keys(fcurve: Any, to: Callable[[np.ndarray], np.ndarray]) -> None:
    """Moves all keys of ``fcurve`` and their handles from frames ``[N]`` to other ones."""
    for name, places in read_keys(fcurve, PLACES).items():
        places[:, 0] = to(places[:, 0].astype(float))
        fcurve.keyframe_points.foreach_set(name, places.ravel())


def write_keys(fcurve: Any, keys: Keys) -> None:
    """Writes sorted keys as they are: ``fcurve.update`` would move automatic handles."""
    fcurve.keyframe_points.clear()
    fcurve.keyframe_points.add(len(keys["co"]))
    for name, values in keys.items():
        fcurve.keyframe_points.foreach_set(name, values.ravel())
