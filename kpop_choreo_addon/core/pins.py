"""Pins: a pose, hands, feet or a place that a dance has to meet at a moment of its song.

They are kept as text on the armature object, like its takes. A pin remembers the armature as it
was seen, so that it can be held to exactly, and the same pose on our own body for the engine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from . import quaternions as quat
from .body import JOINTS
from .clip_meta import fits
from .errors import ChoreoError
from .fit import fit_rig
from .humanoid import Match
from .inverse import BODY, BodyMotion, Evaluated, body_motion
from .rig import Rig
from .stored_lists import StoredList, read_stored

POSE, HANDS, FEET, PLACE = "POSE", "HANDS", "FEET", "PLACE"
NAMES = {POSE: "Pose {0}", HANDS: "Hands {0}", FEET: "Feet {0}", PLACE: "Place {0}"}
"""What new pins of each kind are called."""
ENDS = {HANDS: ("left_wrist", "right_wrist"), FEET: ("left_ankle", "right_ankle")}
"""The joints whose place is held."""
LONGEST_HOLD = 30.0
"""Seconds; the engine takes no longer hold."""
ROOT = "root"
"""Among places, the head of the bone that carries the body."""

Quat = tuple[float, float, float, float]
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Posture:
    """One moment of an armature, and of our body in the same pose."""

    quats: tuple[Quat, ...]
    """Local rotations of our 22 joints, engine axes."""
    position: Point
    """The pelvis, metres, engine axes, floor at y = 0."""
    turns: Mapping[str, Quat]
    """D_b by bone of the armature: how far it is turned away from rest, in armature space."""
    places: Mapping[str, Point]
    """Where the joints' bones begin, armature space and units; :data:`ROOT` too."""
    scale: float
    """Armature units for a metre: on a rig of another size the places mean nothing."""

    @property
    def body(self) -> BodyMotion:
        """Our body, one frame long."""
        return BodyMotion(np.array(self.quats)[None], np.array(self.position)[None])


@dataclass(frozen=True)
class Pin:
    """What a dance has to meet, and when."""

    uid: str
    name: str
    kind: str
    """One of :data:`NAMES`."""
    time: float
    """Second of the song."""
    posture: Posture
    hold: float = 0.0
    """Seconds for which it stays true."""
    weight: float = 1.0
    """0.01..1: the share of the way from what would be danced to the pin."""
    on: bool = True

    @property
    def end(self) -> float:
        """The last second of the song at which it holds."""
        return self.time + self.hold

    @property
    def parts(self) -> frozenset[str]:
        """What of the body it speaks of."""
        return frozenset(NAMES) if self.kind == POSE else frozenset({self.kind})


@dataclass(frozen=True)
class PinList:
    """The pins of an armature in order of time."""

    pins: tuple[Pin, ...] = field(default=())
    active: str = ""
    """The one that the panel shows."""

    def find(self, uid: str) -> Pin | None:
        """The pin of that number or name."""
        by_uid = (pin for pin in self.pins if pin.uid == uid)
        return next(by_uid, next((pin for pin in self.pins if pin.name == uid), None))

    def need(self, uid: str = "") -> Pin:
        """The same, or the active one if ``uid`` is empty.

        Raises:
            ChoreoError: ``pin_missing``.
        """
        pin = self.find(uid or self.active)
        if pin is None:
            raise ChoreoError("pin_missing", "There is no such pin.", "Choose one under Pins.")
        return pin

    def added(self, kind: str, time: float, posture: Posture, hold: float = 0.0) -> PinList:
        """The list with a new pin, which is active."""
        uid = str(1 + max((int(pin.uid) for pin in self.pins), default=0))
        taken = {pin.name for pin in self.pins}
        numbers = range(1, len(self.pins) + 2)
        name = next(n for n in (NAMES[kind].format(k) for k in numbers) if n not in taken)
        new = Pin(uid, name, kind, round(time, 6), posture, _hold(hold))
        return PinList(_in_order((*self.pins, new)), uid)

    def activated(self, uid: str) -> PinList:
        """The list with another active pin."""
        return replace(self, active=self.need(uid).uid)

    def changed(self, uid: str, **values: Any) -> PinList:
        """One pin with other ``values``, which becomes active; names stay different.

        Raises:
            ChoreoError: ``pin_missing``, ``pin_name``.
        """
        pin = self.need(uid)
        name = values.get("name", pin.name)
        if not name or any(name == p.name for p in self.pins if p.uid != pin.uid):
            raise ChoreoError(
                "pin_name", f"A pin cannot be called '{name}'.", "Choose a name that no other has."
            )
        if "hold" in values:
            values["hold"] = _hold(values["hold"])
        if "weight" in values:
            values["weight"] = round(min(max(values["weight"], 0.01), 1.0), 4)
        new = replace(pin, **values)
        return PinList(_in_order(new if p.uid == pin.uid else p for p in self.pins), pin.uid)

    def without(self, uid: str) -> PinList:
        """The list without a pin; its neighbour becomes active."""
        pin = self.need(uid)
        place = self.pins.index(pin)
        rest = tuple(p for p in self.pins if p.uid != pin.uid)
        return PinList(rest, rest[min(place, len(rest) - 1)].uid if rest else "")


def posture_of(rig: Rig, match: Match, evaluated: Evaluated) -> Posture:
    """The first frame of ``evaluated`` as a pin remembers it.

    Args:
        rig: of :func:`.control_bones.body_rig`.

    Raises:
        ChoreoError: those of :func:`.fit_rig`.
    """
    fit = fit_rig(rig, match, BODY)
    body = body_motion(rig, match, evaluated)
    turns = quat.multiply(evaluated.rotations[0], quat.conjugate(rig.rotations))
    bones = {fit.root, *fit.joints.values(), *fit.shares}
    bones |= {bone for role, found in fit.parts.items() if role != "root" for bone in found}
    heads = evaluated.heads[0]
    places = {joint: _numbers(heads[bone], 7) for joint, bone in fit.joints.items()}
    return Posture(
        quats=tuple(_numbers(q, 6) for q in body.local_quats[0]),
        position=_numbers(body.root_positions[0], 6),
        turns={rig.bones[bone]: _numbers(turns[bone], 6) for bone in sorted(bones)},
        places=places | {ROOT: _numbers(heads[fit.root], 7)},
        scale=float(f"{fit.stage.scale:.6g}"),
    )


def facing_of(positions: np.ndarray) -> float:
    """Radians from the audience toward +X: square to hips and shoulders of ``[22, 3]``."""
    at = dict(zip(JOINTS, positions, strict=True))
    across = at["left_hip"] - at["right_hip"] + at["left_shoulder"] - at["right_shoulder"]
    return float(np.arctan2(-across[2], across[0]))


def nearest_beat(beats: np.ndarray, second: float) -> float:
    """The one of ``beats[B]`` nearest to ``second``; the second itself if there are none."""
    return float(beats[np.argmin(np.abs(beats - second))]) if len(beats) else second


def moved_by_beats(beats: np.ndarray, second: float, count: int) -> float:
    """The beat that lies ``count`` beats after the one nearest to ``second``.

    Raises:
        ChoreoError: ``no_beats``; ``pin_outside`` where the song has no further beat.
    """
    if not len(beats):
        raise ChoreoError(
            "no_beats", "The beats of the song are not known yet.", "Press Analyze Song first."
        )
    number = int(np.argmin(np.abs(beats - second))) + count
    if not 0 <= number < len(beats):
        raise ChoreoError("pin_outside", "The song has no beat there.", "Move the pin less far.")
    return float(beats[number])


def moment_word(second: float, beats: Sequence[float], downbeats: Sequence[float]) -> str:
    """``5.3`` for the third beat of the fifth bar; seconds where there is no beat of the song."""
    near = min(beats, key=lambda beat: abs(beat - second), default=-1.0)
    bar = sum(one <= near + 1e-3 for one in downbeats)
    if abs(near - second) > 0.02 or not bar:
        return f"{second:.2f} s"
    return f"{bar}.{sum(downbeats[bar - 1] - 1e-3 <= beat <= near + 1e-3 for beat in beats)}"


@lru_cache(maxsize=16)
def read_pins(text: str) -> PinList:
    """The list that :func:`pins_text` wrote; what cannot be understood is left out."""
    stored = _stored(text)
    return PinList(_in_order(stored.items), stored.active)


def leaves_out(text: str) -> bool:
    """Whether :func:`read_pins` leaves anything out, as of a newer add-on's or a damaged list."""
    return _stored(text).left_out


@lru_cache(maxsize=16)
def _stored(text: str) -> StoredList[Pin]:
    return read_stored(text, "pins", {f.name for f in fields(Pin)}, _pin)


def _pin(values: dict[str, Any]) -> Pin | None:
    try:
        if _is_whole(values):
            return Pin(**{**values, "posture": _posture(**values["posture"])})
    except (ValueError, TypeError):
        return None
    return None


def pins_text(pins: PinList) -> str:
    """``pins`` as text."""
    rows = [asdict(pin) for pin in pins.pins]
    return json.dumps({"active": pins.active, "pins": rows}, ensure_ascii=False)


SHAPE = {
    "uid!": str,
    "name!": str,
    "kind!": str,
    "time!": float,
    "posture!": {
        "quats!": [[float]],
        "position!": [float],
        "turns!": dict,
        "places!": dict,
        "scale!": float,
    },
    "hold": float,
    "weight": float,
    "on": bool,
}


def _is_whole(row: Any) -> bool:
    """Whether a pin, made of JSON, has all it needs."""
    if not fits(row, SHAPE) or row["kind"] not in NAMES:
        return False
    posture = row["posture"]
    tables = ((posture["turns"], 4), (posture["places"], 3))
    return (
        np.shape(posture["quats"]) == (len(JOINTS), 4)
        and len(posture["position"]) == 3
        and all(fits(v, [float]) and len(v) == n for table, n in tables for v in table.values())
    )


def _posture(
    quats: Any, position: Any, turns: Mapping[str, Any], places: Mapping[str, Any], scale: float
) -> Posture:
    """A posture of what JSON makes of it."""
    bones, joints = ({name: tuple(v) for name, v in t.items()} for t in (turns, places))
    return Posture(tuple(map(tuple, quats)), tuple(position), bones, joints, float(scale))


def _in_order(pins: Any) -> tuple[Pin, ...]:
    return tuple(sorted(pins, key=lambda pin: (pin.time, pin.uid)))


def _hold(seconds: float) -> float:
    return round(min(max(seconds, 0.0), LONGEST_HOLD), 6)


def _numbers(values: np.ndarray, digits: int) -> Any:
    return tuple(float(f"{value:.{digits}g}") for value in values)
