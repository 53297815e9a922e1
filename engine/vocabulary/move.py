"""A dance move as data: key poses on counts, read from one small TOML file a move.

How to write one is told in docs/moves.md. Angles are degrees in the files and radians here, lengths
are metres (hands in the chest's frame: arm's lengths). Left, up, front and turns to the left are
positive, as the dancer sees them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import ChoreoError
from engine.vocabulary.places import PLACES, Place

MOVES = Path(__file__).parent / "moves"
TIMINGS = ("smooth", "hit", "hold", "bounce")
HITS = ("hit", "hold")
"""Timings that make a count an accent."""
GROOVES = ("none", "down", "up", "double", "sway", "rock")
STYLES = (
    "girl-crush",
    "cute",
    "hip-hop",
    "swag",
    "retro",
    "sexy",
    "ballad",
    "performance",
)
LEVELS = ("standing", "low", "floor")
LENGTHS = (1, 2, 4, 8)
FINGERS = ("relaxed", "fist", "open", "point", "finger heart", "v")
"""What a hand can show."""
RESTS = ("pose", "ending")
"""Families (or names) with these words come to rest."""

PARTS: dict[str, tuple[str, ...]] = {
    "hips": ("left", "front", "drop", "twist", "tip", "rise"),
    "chest": ("left", "front", "twist", "lean", "tilt"),
    "head": ("turn", "nod", "tilt", "left", "front"),
    "shoulder": ("up", "front"),
    "foot": ("out", "front", "lift", "yaw", "heel", "toe"),
}
"""The numbers that each part of a key pose may give; those left out are zero."""
ANGLES = {"twist", "tip", "rise", "lean", "tilt", "turn", "nod", "yaw", "heel", "toe"}
SIDEWAYS = {"left", "twist", "rise", "tilt", "turn"}
"""What changes its sign in a mirror."""
LARGEST = {"left": 0.4, "front": 0.9, "drop": 0.75, "out": 0.9, "lift": 1.1, "up": 0.1}
"""Metres either way that make sense; more is a slip of the pen."""
STILL, LIFTED = 0.15, 0.02
"""Metres that a foot that stays is moved and lifted at most."""
HIP_WIDTH = 0.095
"""Metres from the middle to a foot that stands under its hip."""
SIDES = {"left": "right", "right": "left"}

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Key:
    """What is given at one count; None is not given. Tuples are in the order of :data:`PARTS`."""

    count: float
    """1 is the move's first count, 1.5 the 'and' after it."""
    timing: str | None = None
    """How the body arrives here: one of :data:`TIMINGS`; None: as the move does."""
    hips: Numbers | None = None
    chest: Numbers | None = None
    head: Numbers | None = None
    left_hand: Place | None = None
    right_hand: Place | None = None
    left_elbow: float | None = None
    """Radians: 0 hangs down, positive lifts the elbow outward and up."""
    right_elbow: float | None = None
    left_shoulder: Numbers | None = None
    right_shoulder: Numbers | None = None
    left_wrist: float | None = None
    """Radians that the hand is bent back (positive) or in."""
    right_wrist: float | None = None
    left_foot: Numbers | None = None
    right_foot: Numbers | None = None
    slide: bool = False
    """The feet given here glide over the floor instead of stepping."""
    weight: float | None = None
    """Share of the weight on the left foot."""
    facing: float | None = None
    """Radians that the whole body has turned since the move's beginning."""
    place: tuple[float, float] | None = None
    """Metres (left, front) that the whole body has travelled since the move's beginning."""
    jump: float | None = None
    """Metres that the body flies on its way to this count, where it lands."""
    accent: bool | None = None
    """Whether the count is a hit; None: it is one where the timing is ``hit`` or ``hold``."""


@dataclass(frozen=True, eq=False)
class Move:
    """One move of the vocabulary."""

    name: str
    """Also the name of its file."""
    title: str
    family: str
    """Moves that are easily taken for one another share a family."""
    counts: int
    styles: tuple[str, ...]
    timing: str
    groove: str
    mirrors: bool
    """Whether it may begin on the other side."""
    level: str
    """Where it is danced: one of :data:`LEVELS`."""
    energy: tuple[float, float]
    """The range of energy (0..1) that it suits."""
    then: tuple[str, ...]
    """Families or names that follow well; ``any`` for all that stand."""
    captions: tuple[str, ...]
    captions_ko: tuple[str, ...]
    keys: tuple[Key, ...]
    carries: bool = False
    """Its steps may go under the arms of moves that stand (``layers``)."""
    fingers: str = "relaxed"
    """What a hand shows that does not rest: one of :data:`FINGERS`."""
    mirrored: bool = field(default=False, kw_only=True)

    @property
    def rests(self) -> bool:
        """Whether it comes to rest, as poses and endings do."""
        return any(word in self.family or word in self.name for word in RESTS)

    @cached_property
    def stays(self) -> bool:
        """Whether both feet stay where they are once they stand."""
        if any(k.jump or k.slide or k.facing is not None or k.place is not None for k in self.keys):
            return False
        for leg in ("left_foot", "right_foot"):
            feet = np.array([getattr(k, leg) for k in self.keys if getattr(k, leg) is not None])
            if len(feet) and (
                feet[:, 2].max() > LIFTED or np.ptp(feet[:, :2], axis=0).max() > STILL
            ):
                return False
        return True

    def mirror(self) -> Move:
        """The move begun on the other side."""
        return replace(self, keys=tuple(_mirror_key(k) for k in self.keys), mirrored=True)

    def sided(self, other: bool) -> Move:
        """The move as it is, or begun on the other side if so and if it has one."""
        return self.mirror() if other and self.mirrors else self

    def hits(self, key: Key) -> bool:
        """Whether the body hits the count of one of the move's keys."""
        return (key.timing or self.timing) in HITS if key.accent is None else key.accent


def load_move(path: Path) -> Move:
    """Reads one move.

    Raises:
        ChoreoError: ``move_invalid``, saying what is wrong in which file.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(path, f"it is no TOML file ({error})") from error
    try:
        keys = tuple(_key(dict(row)) for row in table.pop("key", []))
        energy = tuple(float(x) for x in table.pop("energy", (0.0, 1.0)))
        move = Move(
            name=path.stem,
            title=str(table.pop("title")),
            family=str(table.pop("family")),
            counts=int(table.pop("counts")),
            styles=tuple(table.pop("styles")),
            timing=_one_of(table.pop("timing"), TIMINGS),
            groove=_one_of(table.pop("groove", "none"), GROOVES),
            mirrors=bool(table.pop("mirrors", True)),
            level=_one_of(table.pop("level", "standing"), LEVELS),
            energy=(energy[0], energy[1]),
            then=tuple(table.pop("then", ("any",))),
            captions=tuple(table.pop("captions")),
            captions_ko=tuple(table.pop("captions_ko")),
            keys=keys,
            carries=bool(table.pop("carries", False)),
            fingers=_one_of(table.pop("fingers", "relaxed"), FINGERS),
        )
        if table:
            raise ValueError(f"'{next(iter(table))}' is not known")
        _check(move)
    except KeyError as error:
        raise _wrong(path, f"{error} is missing") from error
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        raise _wrong(path, str(error)) from error
    return move


@lru_cache(maxsize=4)
def load_moves(folder: Path = MOVES) -> dict[str, Move]:
    """All moves of a folder by name, in alphabetical order."""
    return {path.stem: load_move(path) for path in sorted(folder.glob("*.toml"))}


def find_move(name: str) -> Move:
    """The move of that name (``move_unknown`` if there is none)."""
    moves = load_moves()
    if name not in moves:
        near = [other for other in moves if name.split("_")[0] in other][:5]
        raise ChoreoError(
            "move_unknown",
            f"There is no move called '{name[:40]}'.",
            f"Try one of: {', '.join(near or list(moves)[:8])}.",
        )
    return moves[name]


def _check(move: Move) -> None:
    if move.counts not in LENGTHS:
        raise ValueError(f"counts must be one of {LENGTHS}")
    if not move.keys:
        raise ValueError("it has no [[key]]")
    counts = [key.count for key in move.keys]
    if counts != sorted(set(counts)) or counts[0] < 1 or counts[-1] >= move.counts + 1:
        raise ValueError(f"the counts of its keys must rise from 1 to below {move.counts + 1}")
    if len(set(move.captions)) < 5 or len(set(move.captions_ko)) < 2:
        raise ValueError("at least five captions and two captions_ko are needed")
    unknown = set(move.styles) - set(STYLES)
    if unknown or not move.styles:
        raise ValueError(f"styles must be some of {', '.join(STYLES)}")


def _key(row: dict[str, Any]) -> Key:
    values: dict[str, Any] = {"count": float(row.pop("count"))}
    if "timing" in row:
        values["timing"] = _one_of(row.pop("timing"), TIMINGS)
    for name in ("hips", "chest", "head"):
        if name in row:
            values[name] = _numbers(row.pop(name), PARTS[name])
    for side in ("left", "right"):
        if f"{side}_hand" in row:
            values[f"{side}_hand"] = _place(row.pop(f"{side}_hand"))
        for part in ("elbow", "wrist"):
            if f"{side}_{part}" in row:
                values[f"{side}_{part}"] = float(np.radians(row.pop(f"{side}_{part}")))
        if f"{side}_shoulder" in row:
            values[f"{side}_shoulder"] = _numbers(row.pop(f"{side}_shoulder"), PARTS["shoulder"])
        if f"{side}_foot" in row:
            foot = row.pop(f"{side}_foot")
            foot = {"out": HIP_WIDTH} | ({} if foot == "rest" else foot)
            values[f"{side}_foot"] = _numbers(foot, PARTS["foot"])
    if "facing" in row:
        values["facing"] = float(np.radians(row.pop("facing")))
    if "place" in row:
        left, front = row.pop("place")
        values["place"] = (float(left), float(front))
    for name in ("weight", "jump"):
        if name in row:
            values[name] = float(row.pop(name))
    for name in ("slide", "accent"):
        if name in row:
            values[name] = bool(row.pop(name))
    if row:
        raise ValueError(f"'{next(iter(row))}' in the key at count {values['count']} is not known")
    return Key(**values)


def _numbers(given: Any, names: tuple[str, ...]) -> Numbers:
    if given == "rest":
        return (0.0,) * len(names)
    if not isinstance(given, dict):
        raise ValueError(f"'{given}' should be a table like {{{names[0]} = 0.1}}")
    unknown = set(given) - set(names)
    if unknown:
        raise ValueError(f"'{unknown.pop()}' is none of {', '.join(names)}")
    for name, value in given.items():
        if abs(value) > (180 if name in ANGLES else LARGEST[name]):
            raise ValueError(f"{name} = {value} is too much (metres and degrees)")
    return tuple(
        float(np.radians(given.get(n, 0.0)) if n in ANGLES else given.get(n, 0.0)) for n in names
    )


def _place(given: Any) -> Place:
    """A name, three numbers (out, up, front in arm's lengths), or a name with an offset."""
    if isinstance(given, dict):
        base = _place(given["at"])
        shift = [float(given.get(n, 0.0)) for n in ("out", "up", "front")]
        out, up, front = np.array(base.point) + shift
        return Place(base.part, (float(out), float(up), float(front)))
    if isinstance(given, str):
        return PLACES[_one_of(given, tuple(PLACES))]
    out, up, front = (float(x) for x in given)
    if np.linalg.norm([out, up, front]) > 1.15:
        raise ValueError(f"a hand at {given} is further than the arm is long (1)")
    return Place("chest", (out, up, front))


def _mirror_key(key: Key) -> Key:
    values: dict[str, Any] = {}
    for row in fields(Key):
        value = getattr(key, row.name)
        side, _, part = row.name.partition("_")
        if side in SIDES:
            values[f"{SIDES[side]}_{part}"] = value
        elif row.name in ("hips", "chest", "head") and value is not None:
            values[row.name] = tuple(
                -v if name in SIDEWAYS else v
                for name, v in zip(PARTS[row.name], value, strict=True)
            )
        else:
            values[row.name] = value
    if key.weight is not None:
        values["weight"] = 1.0 - key.weight
    if key.facing is not None:
        values["facing"] = -key.facing
    if key.place is not None:
        values["place"] = (-key.place[0], key.place[1])
    return Key(**values)


def _one_of(value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"'{value}' is none of: {', '.join(allowed)}")
    return str(value)


def _wrong(path: Path, what: str) -> ChoreoError:
    return ChoreoError(
        "move_invalid", f"The move {path.name} cannot be read: {what}.", "See docs/moves.md."
    )
