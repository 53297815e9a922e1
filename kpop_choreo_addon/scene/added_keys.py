"""Keys that are read and written in little time: only what is not as Blender makes new ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from .actions import AUTO_CLAMPED, BEZIER, set_places
from .stored_keys import STORED, Keys

_NEW = {
    "interpolation": BEZIER,
    "handle_left_type": AUTO_CLAMPED,
    "handle_right_type": AUTO_CLAMPED,
}
"""What new keys are in Blender; 0 in all else."""
_HANDLES = ("handle_left", "handle_right")
FEW = 32
"""Keys up to which one at a time is quicker than all at once."""


def read_some(fcurve: Any, numbers: list[int]) -> Keys:
    """All of those keys of ``fcurve``."""
    points = fcurve.keyframe_points
    keys: Keys = {}
    for name, (width, kind) in STORED.items():
        if len(numbers) <= FEW:
            few = [_stored(points[number], name) for number in numbers]
            keys[name] = np.array(few, dtype=kind).reshape(_shape(name))
            continue
        every: np.ndarray = np.empty(len(points) * width, dtype=kind)
        points.foreach_get(name, every)
        keys[name] = every.reshape(_shape(name))[numbers]
    return keys


def _stored(key: Any, name: str) -> Any:
    """A property of one key, an enum as its number."""
    value = getattr(key, name)
    return key.bl_rna.properties[name].enum_items[value].value if isinstance(value, str) else value


def add_keys(fcurve: Any, parts: list[Keys]) -> None:
    """Gives ``fcurve``, which has none, the sorted keys of ``parts`` as they are.

    Where a property is not there, it is as in new keys, and handles are where their key is.
    """
    points = fcurve.keyframe_points
    starts = np.cumsum([0, *(len(part["co"]) for part in parts)]).tolist()
    points.add(starts[-1])
    set_places(fcurve, np.concatenate([part["co"] for part in parts]).ravel())
    for name in STORED:
        own = [(start, p[name]) for start, p in zip(starts, parts, strict=False) if _has(p, name)]
        if not own:
            continue
        if name in _HANDLES and sum(len(values) for _, values in own) <= FEW:
            for start, values in own:
                for number, place in enumerate(values.tolist(), start):
                    setattr(points[number], name, place)
        else:
            whole = [part[name] if name in part else _usual(part, name) for part in parts]
            points.foreach_set(name, np.concatenate(whole).ravel())


def _has(keys: Keys, name: str) -> bool:
    """Whether a property is not what it is in new keys that have their place."""
    return name in keys and bool((keys[name] != _usual(keys, name)).any())


def _usual(keys: Keys, name: str) -> np.ndarray:
    """What a property is in new keys that have their place."""
    if name in ("co", *_HANDLES):
        return keys["co"]
    return np.full(len(keys["co"]), _NEW.get(name, 0), dtype=STORED[name][1])


def shaped(given: Keys) -> Keys:
    """``given`` with places as ``[N, 2]``."""
    return {name: values.reshape(_shape(name)) for name, values in given.items()}


def _shape(name: str) -> tuple[int, ...]:
    return (-1, 2) if STORED[name][0] == 2 else (-1,)
