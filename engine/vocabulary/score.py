"""A score: which moves at which counts, at what tempo, by what kind of dancer; and its channels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from engine.vocabulary.curves import SLOWEST, CurveKey
from engine.vocabulary.move import HIP_WIDTH, PARTS, Key, Move
from engine.vocabulary.places import PLACES, Place

ENTRY = 1.0
"""Counts over which a dancer goes into the next move: the last pose of a move is danced out."""
STAYS = 0.65
"""Share of the way from mid-stage that is left after one more move with steps."""
MOVED, DROPPED = 0.2, 0.02
"""Arm's lengths of a hand and metres of the pelvis from which a key is a movement of theirs."""
DROP = PARTS["hips"].index("drop")
DEEPER = 0.4
"""How strongly size scales that: who dances large reaches further but does not sit down."""
LOWEST = 0.42
"""Metres that a pelvis drops at most because a dancer moves large: below, the feet would sink."""
FURTHEST = 1.1
"""Metres from mid-stage within which a move that travels stays if it can."""
WIDEST = 0.42
"""Metres from its hip to which a foot steps at most because of a long stride."""
EXTENT = {"hips": 1.0, "chest": 0.9, "head": 0.8}
"""How strongly size scales each part."""


@dataclass(frozen=True)
class Dancer:
    """Who dances and how: one draw of these is one variation."""

    size: float = 1.0
    """Extent of all movement, 1 as written."""
    sharpness: float = 0.5
    """0 soft to 1 sharp: length of transitions."""
    groove: float = 1.0
    """Extent of the groove under the moves."""
    stance: float = 1.0
    """Width of the feet."""
    stride: float = 1.0
    """Extent of steps and travel beside ``size``."""
    level: float = 0.0
    """0..1: how far the pelvis keeps its height where moves would have it go up and down."""
    drop: float = 0.0
    """Metres that the knees are always bent more."""
    lean: float = 0.0
    """Radians that the chest always leans forward."""
    elbows: float = 0.0
    """Radians that the elbows are always lifted more."""
    looseness: float = 1.0
    """Below 1 the hands follow stiffly, above 1 they trail and swing."""
    timing: float = 0.010
    """Seconds: spread of human error of each key."""
    noise: float = 1.0
    """Extent of the smooth noise laid over everything."""


@dataclass(frozen=True, eq=False)
class Part:
    """A move that begins (its count 1) at count ``start`` of the score, 0 being the first."""

    move: Move
    start: float
    dancer: Dancer | None = None
    """How large this part is danced; None: as the score says."""


@dataclass(frozen=True, eq=False)
class Score:
    """A dance to be played: parts in order, without overlaps."""

    parts: tuple[Part, ...]
    tempo: float
    """BPM."""
    dancer: Dancer = Dancer()
    seed: int = 0
    lead_in: float = 2.0
    """Counts before the first part, standing."""
    accents: tuple[float, ...] = ()
    """Counts that the music asks to be hit beside those that the moves hit."""

    @property
    def counts(self) -> float:
        """Counts from the first part's start to the last part's end."""
        last = self.parts[-1]
        return last.start + last.move.counts


@dataclass(frozen=True, eq=False)
class Track:
    """Keys of one channel and their values: numbers, or places for a hand."""

    keys: list[CurveKey] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, key: CurveKey, value: Any) -> None:
        """Appends; a key at a count that there is already replaces it."""
        if self.keys and key.count <= self.keys[-1].count + 1e-6:
            self.keys.pop()
            self.values.pop()
        self.keys.append(key)
        self.values.append(value)


@dataclass(frozen=True)
class FootKey:
    """Where a foot is at a key: ``x`` and ``z`` of the ankle on the stage, metres; radians."""

    x: float
    z: float
    lift: float
    yaw: float
    heel: float
    toe: float
    slide: bool = False
    jump: float = 0.0
    """Metres of the flight that ends here."""


@dataclass(frozen=True, eq=False)
class Channels:
    """All tracks of a score, in counts from the first part's start."""

    numbers: dict[str, Track]
    """``hips``, ``chest``, ``head``, ``left_elbow``, ..., ``weight``, ``facing``, ``place``."""
    hands: dict[str, Track]
    feet: dict[str, Track]
    jumps: list[tuple[float, float]]
    """Count of landing, height in metres."""
    accents: list[float]
    """Counts that are hit."""
    hits: dict[str, list[float]]
    """Of those, the counts on which the moves themselves bring ``hands`` and ``hips`` to a stop."""


def read_channels(score: Score, rng: np.random.Generator) -> Channels:
    """Lays the keys of all parts one after another; the feet onto the stage."""
    numbers = {name: Track() for name in ("hips", "chest", "head", "weight", "facing", "place")}
    for side in ("left", "right"):
        numbers |= {f"{side}_{part}": Track() for part in ("elbow", "wrist", "shoulder")}
    hands, feet = ({s: Track() for s in ("left", "right")} for _ in range(2))
    channels = Channels(numbers, hands, feet, [], list(score.accents), {"hands": [], "hips": []})
    dancer = score.dancer
    stance = HIP_WIDTH * dancer.stance
    begin = CurveKey(-score.lead_in, "smooth")
    for name, track in numbers.items():
        track.add(begin, _neutral(name))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        hands[side].add(begin, PLACES["rest"])
        feet[side].add(begin, FootKey(sign * stance, 0.0, 0.0, sign * 0.12, 0.0, 0.0))
    facing, place = 0.0, np.zeros(2)
    after = [part.start for part in score.parts[1:]] + [np.inf]
    for part, end in zip(score.parts, after, strict=True):
        dancer = part.dancer or score.dancer
        if part.move.stays:  # only who steps stands the wider for being lively
            dancer = replace(dancer, stride=1.0, stance=min(dancer.stance, 1.4))
        # Each move begins to the front; where feet step, they also lead back to mid-stage.
        steps = any(key.left_foot or key.right_foot for key in part.move.keys)
        base_facing = 2 * np.pi * round(facing / (2 * np.pi))
        base_place = place * (STAYS if steps else 1.0)
        facing, place = base_facing, base_place
        travel = _travel(part.move, dancer, base_facing, base_place)
        _release(channels, part)
        for key in part.move.keys:
            if part.start + key.count - 1 >= end - 1e-6:
                break  # the next move has begun
            shift = float(rng.normal() * dancer.timing * score.tempo / 60)
            count = part.start + key.count - 1 + shift
            timing = key.timing or part.move.timing
            if key.facing is not None:
                facing = base_facing + key.facing
            if key.place is not None:
                place = base_place + travel * _turned(np.array(key.place), base_facing)
            longest = ENTRY if key.count < 2 else SLOWEST
            at = CurveKey(count, timing, longest=longest)
            written = part.start + key.count - 1
            if timing != "smooth":
                for name in _stopped(channels, key):
                    channels.hits[name].append(written)
            _add(channels, at, key, dancer, facing, place)
            if part.move.hits(key):
                channels.accents.append(written)
    return channels


def _travel(move: Move, dancer: Dancer, facing: float, base: Float[np.ndarray, " 2"]) -> float:
    """How far a move goes, times what is written: as the dancer strides, but on the stage."""
    wanted = dancer.size * dancer.stride
    for key in move.keys:
        if key.place is not None:
            way = _turned(np.array(key.place), facing)
            while wanted > 0.2 and np.linalg.norm(base + wanted * way) > FURTHEST:
                wanted *= 0.9
    return wanted


def _stopped(channels: Channels, key: Key) -> list[str]:
    """Which of hands and hips come some way to this key."""
    found = []
    for side in ("left", "right"):
        hand, before = getattr(key, f"{side}_hand"), channels.hands[side].values[-1]
        if hand is not None and _apart(hand, before) > MOVED:
            found.append("hands")
            break
    before = channels.numbers["hips"].values[-1]
    if key.hips is not None and abs(key.hips[2] - before[2]) > DROPPED:
        found.append("hips")
    return found


def _apart(one: Place, other: Place) -> float:
    """Arm's lengths between two places of one part of the body; far if of different parts."""
    if one.part != other.part:
        return 1.0
    return float(np.linalg.norm(np.array(one.point) - np.array(other.point)))


def _add(
    channels: Channels,
    at: CurveKey,
    key: Key,
    dancer: Dancer,
    facing: float,
    place: Float[np.ndarray, " 2"],
) -> None:
    numbers = channels.numbers
    for name, extent in EXTENT.items():
        values = getattr(key, name)
        if values is not None:
            sized = np.array(values) * (1 + extent * (dancer.size - 1))
            if name == "hips":
                deeper = values[DROP] * (1 + DEEPER * (dancer.size - 1))
                sized[DROP] = min(deeper, max(values[DROP], LOWEST))
            numbers[name].add(at, sized)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        hand, foot = getattr(key, f"{side}_hand"), getattr(key, f"{side}_foot")
        if hand is not None:
            channels.hands[side].add(at, _sized(hand, dancer.size))
        for name in (f"{side}_elbow", f"{side}_wrist"):
            if getattr(key, name) is not None:
                numbers[name].add(at, np.array([getattr(key, name)]))
        shoulder = getattr(key, f"{side}_shoulder")
        if shoulder is not None:
            numbers[f"{side}_shoulder"].add(at, np.array(shoulder) * dancer.size)
        track = channels.feet[side]
        moves = key.jump is not None or key.facing is not None or key.place is not None
        if foot is None and moves:
            foot = (HIP_WIDTH, 0.0, 0.0, 0.0, 0.0, 0.0)
        if foot is not None:
            out, front, lift, yaw, heel, toe = foot
            width = HIP_WIDTH * dancer.stance + _strode(out - HIP_WIDTH, dancer)
            spot = place + _turned(np.array([sign * width, _strode(front, dancer)]), facing)
            turned = facing + sign * (yaw + 0.12)
            jump = (key.jump or 0.0) * dancer.size
            value = FootKey(
                x=float(spot[0]),
                z=float(spot[1]),
                lift=lift * dancer.size,
                yaw=turned,
                heel=heel,
                toe=toe,
                slide=key.slide,
                jump=jump,
            )
            track.add(at, value)
    if key.jump is not None:
        channels.jumps.append((at.count, key.jump * dancer.size))
    weight = key.weight
    if weight is None and (key.left_foot is not None or key.right_foot is not None):
        left, right = (channels.feet[s].values[-1].lift > 0.02 for s in ("left", "right"))
        weight = 0.5 if left == right else (0.02 if left else 0.98)
    if weight is not None:
        numbers["weight"].add(CurveKey(at.count, at.timing), np.array([weight]))
    arrival = CurveKey(at.count, "hit" if at.timing == "bounce" else at.timing)
    numbers["facing"].add(arrival, np.array([facing]))
    numbers["place"].add(arrival, place)


def _strode(step: float, dancer: Dancer) -> float:
    """Metres of a foot from its hip for a dancer of this size and stride."""
    sized = step * dancer.size
    return float(np.copysign(max(abs(sized), min(abs(sized) * dancer.stride, WIDEST)), sized))


def _release(channels: Channels, part: Part) -> None:
    """What a move does not speak of goes back to neutral by its first count."""
    at = CurveKey(part.start, "smooth", longest=ENTRY)
    given = {name for key in part.move.keys for name in vars(key) if getattr(key, name) is not None}
    for name, track in channels.numbers.items():
        if name not in given and name not in ("weight", "facing", "place"):
            track.add(at, _neutral(name))
    for side in ("left", "right"):
        if f"{side}_hand" not in given:
            channels.hands[side].add(at, PLACES["rest"])
        foot: FootKey = channels.feet[side].values[-1]
        if f"{side}_foot" not in given and foot.lift > 0.0:
            down = FootKey(foot.x, foot.z, 0.0, foot.yaw, 0.0, 0.0)
            channels.feet[side].add(at, down)


def _neutral(name: str) -> Float[np.ndarray, " C"]:
    if name == "weight":
        return np.array([0.5])
    if name == "place":
        return np.zeros(2)
    return np.zeros(len(PARTS.get(name.split("_")[-1], ("one",))))


def _sized(place: Place, size: float) -> Place:
    """A hand's target in the chest's frame, nearer to or further from where hands rest."""
    if place.part != "chest":
        return place
    rest = np.array(PLACES["rest"].point)
    point = rest + (np.array(place.point) - rest) * (1 + 0.6 * (size - 1))
    reach = float(np.linalg.norm(point))
    point = point * min(1.0, 1.0 / reach)
    return Place("chest", (float(point[0]), float(point[1]), float(point[2])))


def _turned(vector: Float[np.ndarray, " 2"], yaw: float) -> Float[np.ndarray, " 2"]:
    """A vector (x, z) turned to the left by ``yaw``."""
    cosine, sine = np.cos(yaw), np.sin(yaw)
    return np.array([cosine * vector[0] + sine * vector[1], -sine * vector[0] + cosine * vector[1]])
