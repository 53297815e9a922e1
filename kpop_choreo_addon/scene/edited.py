"""Whether keys of a dance were changed by hand since they were written.

The record of an action holds a mark of every curve that was written: a checksum of its keys, and
what the handles of its Bezier keys add up to, which Blender itself moves by the last digit. Both
are worked out from the numbers that are written; reading the keys back takes longer than writing
them, so that is left to the moment in which somebody asks.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import bpy
import numpy as np

from ..core.errors import ChoreoError
from .actions import BEZIER, CONSTANT, LINEAR, Curve, fcurves_of, reaches
from .records import record_of

KEYS = "keys"
"""What the record calls the marks."""
NEAR = 1e-3
"""Frames that a key may be off the ends of its dance."""
COARSE = 1e-3
"""Of the largest value of a curve: by how much its handles together may change unnoticed."""

Marks = dict[str, int]


def written(curves: Iterable[Curve], shared: bool) -> dict[str, Any]:
    """What the record keeps of ``curves`` as they are written.

    Args:
        shared: whether their action holds keys of the user's besides.
    """
    curves = list(curves)
    marks: Marks = {}
    for curve in curves:
        kind = CONSTANT if curve.steps else LINEAR if curve.slopes is None else BEZIER
        kinds = np.full(len(curve.frames), kind, dtype=np.uint8)
        handles = []
        if curve.slopes is not None:
            left, right = reaches(curve)
            handles = [-left * curve.slopes, right * curve.slopes]
        _mark(marks, curve.path, curve.index, curve.frames, curve.values, kinds, handles)
    found: dict[str, Any] = {"marks": marks}
    if shared:
        ends = [(float(c.frames[0]), float(c.frames[-1])) for c in curves]
        found["span"] = [min(a for a, _ in ends), max(b for _, b in ends)]
    return found


def is_edited(action: Any) -> bool:
    """Whether keys of the dance in ``action`` were moved, added, removed or bent by hand.

    Of an action that holds more than the dance only the dance's time counts. Takes half a second
    for three minutes of seventy bones: to be asked before keys are replaced, not while drawing.
    """
    kept = record_of(action).get(KEYS) if action is not None else None
    if not isinstance(kept, dict):
        return False
    found = read_marks(action, kept.get("span"))
    marks: Mapping[str, int] = kept["marks"]
    if "span" not in kept and len(found) != len(marks):
        return True
    return any(name not in found or abs(found[name] - tilt) > 1 for name, tilt in marks.items())


def mark_again(action: Any, record: dict[str, Any]) -> None:
    """Notes in ``record`` the keys that ``action`` has now, after they were moved by us."""
    span = record[KEYS].get("span")
    record[KEYS] = {"marks": read_marks(action, span)} | ({"span": span} if span else {})


def require_unedited(action: Any, replace_edits: bool) -> None:
    """Refuses to replace keys that were edited, unless that is wanted.

    Raises:
        ChoreoError: ``keys_edited``.
    """
    if not replace_edits and is_edited(action):
        raise ChoreoError(
            "keys_edited",
            f"You edited the keys of {action.name} since they were written.",
            "Choose New Action under Target to keep them, or replace them.",
        )


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def keep_edited(*_: Any) -> None:
    """Before a file is saved: edited dances that nothing uses are kept in it."""
    for action in bpy.data.actions:
        if action.users == 0 and action.is_editable and is_edited(action):
            action.use_fake_user = True


def read_marks(action: Any, span: Any) -> Marks:
    """The marks of the keys that ``action`` has, or of those from frame to frame of ``span``."""
    marks: Marks = {}
    for fcurve in fcurves_of(action):
        keys = fcurve.keyframe_points
        count = len(keys)
        places = np.empty(2 * count, dtype=np.float32)
        kinds = np.empty(count, dtype=np.uint8)
        keys.foreach_get("co", places)
        keys.foreach_get("interpolation", kinds)
        inside = slice(None)
        if span:
            first, last = np.searchsorted(places[::2], (span[0] - NEAR, span[1] + NEAR))
            inside = slice(int(first), int(last))
        kinds, pairs = kinds[inside], places.reshape(-1, 2)[inside]
        frames, values = pairs.T
        handles = []
        if len(kinds) and kinds[0] == BEZIER:
            for name in _HANDLES:
                sides = np.empty(2 * count, dtype=np.float32)
                keys.foreach_get(name, sides)
                handles.append(sides[1::2][inside].astype(float) - values)
        more = "+" * len(fcurve.modifiers)
        _mark(marks, fcurve.data_path + more, fcurve.array_index, frames, values, kinds, handles)
    return marks


_HANDLES = ("handle_left", "handle_right")


def _mark(
    marks: Marks,
    path: str,
    index: int,
    frames: np.ndarray,
    values: np.ndarray,
    kinds: np.ndarray,
    handles: list[np.ndarray],
) -> None:
    """Adds the mark of one curve.

    Args:
        frames: ``[N]`` and as many ``values``.
        kinds: ``[N]`` interpolation; that of the last key shows after the dance only.
        handles: ``[N]`` how far the handles of Bezier keys are above them, left and right.
    """
    values = values.astype(np.float32)
    digest = zlib.crc32(f"{path}[{index}]".encode())
    for numbers in (frames.astype(np.float32), values, kinds[:-1]):
        digest = zlib.crc32(numbers.tobytes(), digest)
    weights = _weights(len(values))
    tilt = sum(float(side @ above) for side, above in zip(weights, handles, strict=False))
    coarse = COARSE * (1.0 + float(np.abs(values).max(initial=0.0)))
    marks[f"{digest:08x}"] = round(tilt / coarse)


@lru_cache(maxsize=16)
def _weights(count: int) -> np.ndarray:
    """``[2, count]`` numbers by which no two changes of handles undo each other."""
    return np.cos(np.arange(2 * count) * 1.3).reshape(2, count)
