"""The directing part of a request (CONTRACT.md, 'Directing'), read and checked."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from engine.errors import ChoreoError
from engine.motion.skeleton import BODY
from engine.untrusted import read_json

MOST_PINS = 200
MOST_TAKES = 8
LONGEST_HOLD = 30.0
FURTHEST = 50.0
"""Metres from the stage's centre at which a pin can lie."""
SHORTEST_RANGE = 1.0
"""Seconds that a part must have to be danced anew: the blends at its ends take some of it."""
SIDES = ("left", "right")
ENDS = {"hands": "wrist", "feet": "ankle"}
"""The joint whose place a pinned hand or foot is."""
LIMB_JOINTS = {"hands": ("shoulder", "elbow"), "feet": ("hip", "knee")}
"""The joints whose turn decides where a hand or foot is."""


@dataclass(frozen=True)
class Pin:
    """What must be true of the body from ``time`` to ``time + hold``. Seconds, metres, radians."""

    time: float
    """From the clip's start."""
    joints: dict[str, tuple[float, ...]] = field(default_factory=dict)
    """Local rotations, unit wxyz, by joint name."""
    points: dict[str, tuple[float, ...]] = field(default_factory=dict)
    """World places of wrists and ankles, by joint name."""
    position: tuple[float, ...] | None = None
    """World place of the pelvis."""
    facing: float | None = None
    """Direction square to hips and shoulders on the floor, 0 to the audience, positive to +X."""
    weight: float = 1.0
    """The share of the way from what would be danced to the pin."""
    hold: float = 0.0

    @property
    def end(self) -> float:
        """The last second at which it holds."""
        return self.time + self.hold

    @property
    def parts(self) -> set[str]:
        """Names of everything that it holds."""
        whole = {"position": self.position, "facing": self.facing}
        names = {name for name, value in whole.items() if value is not None}
        return names | {f"{name} turn" for name in self.joints} | set(self.points)


def read_range(value: Any) -> tuple[float, float] | None:
    """``[8, 12]``, its JSON, or ``8:12``: seconds from the clip's start; None if not given.

    Raises:
        ChoreoError: ``parameter_invalid``.
    """
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            value = value.split(":") if ":" in value else read_json(value)
        first, last = (float(edge) for edge in value)
    except (ValueError, TypeError, OverflowError) as error:
        raise invalid(
            "'regenerate' cannot be read.", "Write two seconds of the clip, like [8, 12] or 8:12."
        ) from error
    if not (math.isfinite(first) and math.isfinite(last) and first >= 0):
        raise invalid("'regenerate' lies outside the clip.", "Seconds count from the clip's start.")
    if last - first < SHORTEST_RANGE:
        raise invalid(
            f"The part to dance anew is {max(0.0, last - first):.2f} seconds long.",
            f"Choose at least {SHORTEST_RANGE:g} second of the clip.",
        )
    return first, last


def read_pins(value: Any) -> tuple[Pin, ...]:
    """Pins from JSON or from lists, in order of time.

    Raises:
        ChoreoError: ``parameter_invalid``.
    """
    if value is None or value == "":
        return ()
    try:
        rows = read_json(value) if isinstance(value, str) else value
    except ValueError as error:
        raise invalid("'pins' is not JSON.", PINS_REMEDY) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise invalid("'pins' is not a list of pins.", PINS_REMEDY)
    if len(rows) > MOST_PINS:
        raise invalid(f"{len(rows)} pins are given.", f"At most {MOST_PINS} are taken.")
    pins = sorted((_pin(row, number) for number, row in enumerate(rows, 1)), key=lambda p: p.time)
    _refuse_clashes(pins)
    return tuple(pins)


PINS_REMEDY = 'Send a JSON list like [{"time": 4.0, "joints": {"head": [1, 0, 0, 0]}}].'
FIELDS = {"time", "hold", "weight", "joints", "hands", "feet", "root"}


def _pin(row: dict[str, Any], number: int) -> Pin:
    where = f"Pin {number}"
    unknown = sorted(set(row) - FIELDS)
    if unknown:
        raise invalid(
            f"{where} has a field '{unknown[0]}'.", f"A pin has: {', '.join(sorted(FIELDS))}."
        )
    if "time" not in row:
        raise invalid(f"{where} has no time.", "Give 'time' in seconds from the clip's start.")
    joints = {
        name: _rotation(quat, f"{where}, joint '{name}'")
        for name, quat in _table(row, "joints", where, BODY.names).items()
    }
    points = {
        f"{side}_{joint}": _numbers(place, 3, FURTHEST, f"{where}, {side} {joint}")
        for part, joint in ENDS.items()
        for side, place in _table(row, part, where, SIDES).items()
    }
    root = _table(row, "root", where, ("position", "facing"))
    position, facing = root.get("position"), root.get("facing")
    pin = Pin(
        time=_number(row["time"], 0.0, 1e5, f"{where}, time"),
        joints=joints,
        points=points,
        position=None
        if position is None
        else _numbers(position, 3, FURTHEST, f"{where}, root position"),
        facing=None if facing is None else _number(facing, -100.0, 100.0, f"{where}, facing"),
        weight=_number(row.get("weight", 1.0), 0.01, 1.0, f"{where}, weight"),
        hold=_number(row.get("hold", 0.0), 0.0, LONGEST_HOLD, f"{where}, hold"),
    )
    if not pin.parts:
        raise invalid(f"{where} holds nothing.", "Give it joints, hands, feet or root.")
    _refuse_contradictions(pin, where)
    return pin


def _refuse_contradictions(pin: Pin, where: str) -> None:
    if pin.facing is not None and "pelvis" in pin.joints:
        raise invalid(
            f"{where} gives the pelvis a rotation and the root a facing.", "Give only one of them."
        )
    for part, end in ENDS.items():
        for side in SIDES:
            turned = [f"{side}_{j}" for j in LIMB_JOINTS[part] if f"{side}_{j}" in pin.joints]
            if f"{side}_{end}" in pin.points and turned:
                raise invalid(
                    f"{where} gives the place of the {side} {end} and the rotation of {turned[0]}.",
                    "One follows from the other: give only one of them.",
                )


def _refuse_clashes(pins: list[Pin]) -> None:
    for number, pin in enumerate(pins):
        for other in pins[number + 1 :]:
            if other.time - pin.end < 0.1 and pin.parts & other.parts:
                shared = sorted(pin.parts & other.parts)[0]
                raise invalid(
                    f"Two pins hold '{shared}' at about {other.time:.2f} seconds.",
                    "Leave at least 0.1 seconds between pins of the same part.",
                )


def _table(row: dict[str, Any], name: str, where: str, keys: Iterable[str]) -> dict[str, Any]:
    values = row.get(name)
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise invalid(f"{where}: '{name}' is not a table of names and values.", PINS_REMEDY)
    for key in values:
        if key not in keys:
            raise invalid(
                f"{where}: '{name}' cannot hold '{key}'.", f"It can hold: {', '.join(keys)}."
            )
    return values


def _rotation(value: Any, where: str) -> tuple[float, ...]:
    quat = _numbers(value, 4, 1e6, where)
    length = math.sqrt(sum(part * part for part in quat))
    if length < 1e-6:
        raise invalid(f"{where} is no rotation.", "Give a quaternion w, x, y, z.")
    return tuple(part / length for part in quat)


def _numbers(value: Any, count: int, largest: float, where: str) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or len(value) != count:
        raise invalid(f"{where} is not a list of {count} numbers.", PINS_REMEDY)
    return tuple(_number(part, -largest, largest, where) for part in value)


def _number(value: Any, least: float, most: float, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not least <= number <= most:
        raise invalid(f"{where} is not a number from {least:g} to {most:g}.", PINS_REMEDY)
    return number


def invalid(message: str, remedy: str) -> ChoreoError:
    """The error of a parameter that cannot be used."""
    return ChoreoError("parameter_invalid", message, remedy, 400)
