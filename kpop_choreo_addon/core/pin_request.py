"""Pins as they are asked of the engine, and as the dance that was made to them remembers them."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .body import JOINTS, other_side
from .clip import Clip
from .errors import ChoreoError
from .files import unwritten, whole
from .npz import read_npz
from .pins import ENDS, FEET, HANDS, PLACE, POSE, Pin, Posture, facing_of
from .placement import PINS as META
from .placement import placement_of
from .timing import FrameClock

APART = 0.1
"""Seconds that the engine wants between two pins of the same part."""
INSIDE = 5
"""Frames by which pins have to lie inside a part that is danced anew, at least."""
FPS = 30.0
"""Of the engine's clips."""
MOST = 200


@dataclass(frozen=True)
class Danced:
    """What of a song is about to be danced, in seconds of the song."""

    start: float
    """Where the clip starts."""
    first: float
    """Pins may lie from here"""
    last: float
    """to here."""
    clock: FrameClock
    """Frames of the scene by seconds of the clip as it will be laid there."""
    time_scale: float = 1.0
    mirror: bool = False


@dataclass(frozen=True)
class Held:
    """A pin to which a dance was made."""

    name: str
    kind: str
    first: float
    """Seconds of the song, on frames of the clip, from which"""
    last: float
    """to which it is true."""
    weight: float
    mirror: bool
    """Whether it was pinned on what the mirrored clip shows."""
    turns: Mapping[str, tuple[float, ...]]
    """As :class:`.pins.Posture` has them."""
    places: Mapping[str, tuple[float, ...]]
    scale: float

    @property
    def parts(self) -> frozenset[str]:
        """What of the body it speaks of."""
        return frozenset({POSE, HANDS, FEET, PLACE} if self.kind == POSE else {self.kind})


@dataclass(frozen=True)
class Asked:
    """Pins that a dance is asked to meet."""

    rows: tuple[dict[str, Any], ...] = ()
    """As CONTRACT.md has them."""
    held: tuple[Held, ...] = ()

    @property
    def remembered(self) -> list[dict[str, Any]]:
        """As the clip is to remember them."""
        return [asdict(one) for one in self.held]


def asked(pins: Iterable[Pin], danced: Danced) -> Asked:
    """Those of ``pins`` that are on and lie in what is danced.

    Each is true on its second and on the frame of the scene next to it.

    Raises:
        ChoreoError: ``pins_clash`` when two contradict each other, ``pins_many``.
    """
    found = [pin for pin in pins if pin.on and danced.first <= pin.time <= danced.last]
    moments = [_held(pin, danced) for pin in found]
    for number, one in enumerate(moments):
        for other in moments[number + 1 :]:
            if other.first - one.last < APART - 1e-6 and one.parts & other.parts:
                raise ChoreoError(
                    "pins_clash",
                    f"The pins {one.name} and {other.name} want different things of the same part "
                    f"within {APART:g} s.",
                    "Move one of them, shorten a hold, or switch one off under Pins.",
                )
    if len(found) > MOST:
        raise ChoreoError(
            "pins_many", f"{len(found)} pins are on.", f"Switch some off: {MOST} can be met."
        )
    rows = [_row(pin, held, danced) for pin, held in zip(found, moments, strict=True)]
    return Asked(tuple(rows), tuple(moments))


def _held(pin: Pin, danced: Danced) -> Held:
    """``pin`` on whole frames of the clip around its moment and the scene's frame next to it."""
    scale, clock = danced.time_scale, danced.clock
    frame = round(clock.frame((pin.time - danced.start) * scale))
    near = clock.second(frame) / scale + danced.start
    first = math.floor((min(pin.time, near) - danced.start) * FPS + 1e-3)
    last = math.ceil((max(pin.end, near) - danced.start) * FPS - 1e-3)
    lowest = math.ceil((danced.first - danced.start) * FPS - 1e-3)
    first = max(first, lowest)
    if math.isfinite(danced.last):
        last = min(last, math.floor((danced.last - danced.start) * FPS + 1e-3))
    return Held(
        pin.name,
        pin.kind,
        round(danced.start + first / FPS, 6),
        round(danced.start + last / FPS, 6),
        pin.weight,
        danced.mirror,
        pin.posture.turns,
        pin.posture.places,
        pin.posture.scale,
    )


def _row(pin: Pin, held: Held, danced: Danced) -> dict[str, Any]:
    """A pin as the engine reads it."""
    first, last = held.first - danced.start, held.last - danced.start
    if not pin.hold:  # a moment is passed through, on the frame nearest to it
        first = last = round((first + last) / 2 * FPS) / FPS
    row: dict[str, Any] = {
        "time": round(first, 5),
        "hold": round(last - first, 5),
        "weight": pin.weight,
    }
    posture = _mirrored(pin.posture) if danced.mirror else pin.posture
    positions = posture.body.positions()[0]
    if pin.kind == POSE:
        row["joints"] = {j: list(q) for j, q in zip(JOINTS, posture.quats, strict=True)}
        row["root"] = {"position": list(posture.position)}
    elif pin.kind == PLACE:
        facing = round(facing_of(positions), 5)
        row["root"] = {"position": list(posture.position), "facing": facing}
    else:
        name = "hands" if pin.kind == HANDS else "feet"
        row[name] = {
            joint.split("_")[0]: [round(float(x), 5) for x in positions[JOINTS.index(joint)]]
            for joint in ENDS[pin.kind]
        }
    return row


def _mirrored(posture: Posture) -> Posture:
    """Our body in ``posture`` with left and right exchanged."""
    quats: Any = tuple(
        (w, x, -y, -z)
        for w, x, y, z in (posture.quats[JOINTS.index(other_side(joint))] for joint in JOINTS)
    )
    x, y, z = posture.position
    return replace(posture, quats=quats, position=(-x, y, z))


def danced_anew(source: bytes, part: tuple[float, float], danced: Danced) -> Danced:
    """``danced`` where it is only ``part``, seconds of the clip file ``source``.

    Within half a beat of the ends of a part it blends with what was there, unless the clip begins
    or ends with it.
    """
    with np.load(io.BytesIO(source), allow_pickle=False) as stored:
        start, beats = float(stored["song_start"]), stored["beats"]
        length = (len(stored["root_positions"][0]) - 1) / float(stored["fps"])
    blend = 0.5 * float(np.median(np.diff(beats))) if len(beats) > 1 else 0.0
    edge = max(blend, INSIDE / FPS)
    first = part[0] + (edge if part[0] > 0.5 / FPS else 0.0)
    last = part[1] - (edge if part[1] < length - 0.5 / FPS else 0.0)
    return replace(danced, start=start, first=start + first, last=start + last)


def kept_outside(source: bytes, first: float, last: float) -> tuple[Held, ...]:
    """The pins of the clip file ``source`` that lie before ``first`` or after ``last``."""
    with np.load(io.BytesIO(source), allow_pickle=False) as stored:
        meta = json.loads(str(stored["meta"]))
    return tuple(h for h in _of_meta(meta) if h.last < first or h.first > last)


def remember(files: Iterable[Path], rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes into clip ``files`` to which pins they were danced (:attr:`Asked.remembered`).

    Raises:
        ChoreoError: ``disk_full`` or ``folder_locked``.
    """
    for file in files if rows else ():
        arrays: dict[str, Any] = read_npz(file)
        meta = json.loads(str(arrays["meta"])) | {META: list(rows)}
        arrays["meta"] = np.array(json.dumps(meta, ensure_ascii=False))
        written = io.BytesIO()
        np.savez_compressed(written, **arrays)
        try:
            with whole(file) as part:
                part.write_bytes(written.getvalue())
        except OSError as error:
            raise unwritten(error, file.parent) from error


def held_of(clip: Clip) -> tuple[Held, ...]:
    """The pins to which ``clip`` was danced, as far as they lie in it and it is not mirrored."""
    scale = placement_of(clip).time_scale
    start, end = clip.song_start / scale, (clip.song_start + clip.duration) / scale
    edge = 0.5 / FPS
    return tuple(
        held
        for held in _of_meta(clip.meta)
        if not held.mirror and start - edge < held.last and held.first < end + edge
    )


def _of_meta(meta: Mapping[str, Any]) -> tuple[Held, ...]:
    try:
        return tuple(Held(**row) for row in meta.get(META, ()))
    except TypeError:  # of a later version
        return ()
