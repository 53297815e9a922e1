"""What a clip's ``meta`` must be like where the add-on reads it: clips come from anywhere."""

from __future__ import annotations

from typing import Any

from .files import read_json

Shape = Any
"""A type; a tuple of shapes of which one will do; a list with the shape of its items; a table of
shapes by name, where a name with ``!`` must be there and one that is not named may be anything."""

NOTHING = type(None)
TEXT = (str, NOTHING)
NUMBER = (float, NOTHING)
MOST = 1e12
PIN = {
    "time!": float,
    "hold!": float,
    "weight!": float,
    "joints!": dict,
    "points!": {f"{side}_{end}": list for side in ("left", "right") for end in ("wrist", "ankle")},
    "position!": (list, NOTHING),
    "facing!": NUMBER,
}
META: Shape = {
    "seed": int,
    "hand_poses": [str],
    "kept_pins": [{"mirror!": bool}],
    "model": dict,
    "request": {
        "prompt": TEXT,
        "style": TEXT,
        "energy": NUMBER,
        "smoothness": NUMBER,
        "bounce": NUMBER,
        "creativity": float,
        "seed": int,
        "sync": (bool, int),
        "cleanup": (bool, int),
        "loop": (bool, int),
        "section_prompts": [dict],
        "pins": [PIN],
    },
    "analysis": {
        "tempo": NUMBER,
        "duration": NUMBER,
        "beats_per_bar": int,
        "beats": [float],
        "downbeats": [float],
        "sections": [{"start!": float, "end!": float, "label!": str}],
    },
    "song": {"name": str, "sha256": str, "duration": NUMBER},
    "plan": {
        "start!": float,
        "end!": float,
        "phrases!": [{"start!": float, "end!": float, "repeats": (int, NOTHING)}],
    },
    "directing": {
        "loop": ({"frames!": int, "period!": float}, bool, NOTHING),
        "source": ({"frames!": [float]}, NOTHING),
    },
    "placement": {"mirror": bool, "time_scale": float},
}
PLACED = {"mirror", "time_scale"}
SCALES = (1e-3, 1e3)
"""Time scales that can be told apart from damage."""


def read_meta(text: str) -> dict[str, Any]:
    """The table that a clip tells of itself.

    Raises:
        ValueError: it is none, or something in it is not what the contract says.
    """
    meta = read_json(text)
    if not isinstance(meta, dict) or not fits(meta, META):
        raise ValueError("meta")
    placement = meta.get("placement", {})
    if not SCALES[0] <= placement.get("time_scale", 1.0) <= SCALES[1] or placement.keys() - PLACED:
        raise ValueError("placement")
    return meta


def fits(value: Any, shape: Shape) -> bool:
    """Whether ``value``, made of JSON, has a ``shape``."""
    if isinstance(shape, tuple):
        return any(fits(value, one) for one in shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(item, shape[0]) for item in value)
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(
            fits(value[name.rstrip("!")], inner) if name.rstrip("!") in value else name[-1] != "!"
            for name, inner in shape.items()
        )
    if isinstance(value, bool) or shape not in (int, float):
        return isinstance(value, shape) and (shape is bool or not isinstance(value, bool))
    return isinstance(value, (int, shape)) and abs(value) <= MOST
