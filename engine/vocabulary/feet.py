"""Feet between their keys: planted, stepping in an arc, sliding, pivoting, or in the air."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.motion.skeleton import ANKLE_HEIGHT, BODY
from engine.vocabulary.curves import CurveKey
from engine.vocabulary.score import FootKey, Track

GRAVITY = 9.81
STEP_COUNTS = 0.62
"""Counts that a step takes at most where there is time."""
STEP_SECONDS = (0.20, 0.46)
"""Shortest and longest time of a foot in the air for one step."""
MOVED, TURNED = 0.02, 0.12
"""Metres and radians from which a foot has changed its place."""
LANDS = 0.022
"""Seconds before the count at which a step is down: on the count the foot is seen to stand."""
LIFTING = 0.11
"""Share of a step in which the foot only rises, and only comes down."""
BALL = BODY.offsets[BODY.index["left_foot"]]


@dataclass(frozen=True, eq=False)
class FootPath:
    """One foot over time."""

    ankle: Float[np.ndarray, "T 3"]
    """Metres."""
    yaw: Float[np.ndarray, " T"]
    pitch: Float[np.ndarray, " T"]
    """Radians: heel up (positive) or toes up."""
    swing: Float[np.ndarray, " T"]
    """1 while the foot is off the floor or about to be, else 0, smooth."""


@dataclass(frozen=True)
class Swing:
    """From one key of a foot to the next: counts of lift-off and landing."""

    begin: float
    end: float


def flight_seconds(height: float) -> float:
    """How long a body is in the air that rises by ``height`` metres."""
    return 2.0 * float(np.sqrt(2.0 * max(height, 0.0) / GRAVITY))


def foot_path(
    track: Track,
    other: Track,
    counts: Float[np.ndarray, " T"],
    beat: float,
    share: Float[np.ndarray, " T"],
) -> FootPath:
    """Plays the keys of one foot.

    Args:
        other: keys of the other foot; where both must step between two counts, they take turns,
            the one that bears less first.
        beat: seconds in a count.
        share: of the weight that lies on this foot.
    """
    keys: list[FootKey] = track.values
    size = len(counts)
    path = np.zeros((size, 2))
    lift, yaw, pitch, swing = np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size)
    spot = np.array([keys[0].x, keys[0].z])
    path[:] = spot
    yaw[:], pitch[:] = keys[0].yaw, keys[0].heel - keys[0].toe
    for i in range(1, len(keys)):
        a, b = keys[i - 1], keys[i]
        lighter = float(np.interp(track.keys[i - 1].count, counts, share)) < 0.5
        span = _swing(track.keys, keys, i, other, beat, lighter)
        s = np.clip((counts - span.begin) / (span.end - span.begin), 0.0, 1.0)
        # The foot is up before it travels and over its place before it is down.
        inner = np.clip((s - LIFTING) / (1 - 2 * LIFTING), 0.0, 1.0) if _steps(a, b) else s
        eased = inner**3 * (10 - 15 * inner + 6 * inner**2)
        after = s > 0
        lift[after] = (a.lift + eased * (b.lift - a.lift))[after]
        yaw[after] = (a.yaw + eased * (b.yaw - a.yaw))[after]
        if np.hypot(b.x - a.x, b.z - a.z) > MOVED:
            goal = np.array([b.x, b.z])
            path[after] = spot + eased[after, None] * (goal - spot)
            spot = goal
        else:
            # A foot that stays turns on its ball.
            ball = spot + _ahead(a.yaw)
            path[after] = ball - _ahead(yaw[after])
            spot = ball - _ahead(b.yaw)
        flat = (a.heel - a.toe) + eased * (b.heel - b.toe - a.heel + a.toe)
        pitch[after] = flat[after]
        moving = (s > 0) & (s < 1)
        arc, toes = _arc(a, b, s)
        lift[moving] += arc[moving]
        pitch[moving] += toes[moving]
        if _steps(a, b) or a.lift > 0 or b.lift > 0:
            edge = 0.10 / beat
            early = np.clip((counts - span.begin + edge) / edge, 0.0, 1.0)
            late = np.clip((span.end + 0.4 * edge - counts) / edge, 0.0, 1.0)
            airborne = np.minimum(early, 1.0 if b.lift > 0.02 else late)
            until = track.keys[i].count
            swing = np.where(counts <= until + edge, np.maximum(swing, airborne), swing)
            if b.lift > 0.02 and i + 1 < len(keys):
                held = (counts >= until) & (counts <= track.keys[i + 1].count - 0.5)
                swing[held] = 1.0
    return _with_pitch(path, lift, yaw, pitch, swing)


def _with_pitch(
    path: np.ndarray, lift: np.ndarray, yaw: np.ndarray, pitch: np.ndarray, swing: np.ndarray
) -> FootPath:
    """Raises the ankle over the ball of a foot whose heel is up."""
    heel = np.maximum(pitch, 0.0)
    length = -BALL[1], BALL[2]
    # The ball stays; the ankle turns about it.
    up = length[0] * np.cos(heel) + length[1] * np.sin(heel) - length[0]
    ahead = length[1] - (length[1] * np.cos(heel) - length[0] * np.sin(heel))
    ankle = np.stack(
        [
            path[:, 0] + np.sin(yaw) * ahead,
            ANKLE_HEIGHT + lift + up,
            path[:, 1] + np.cos(yaw) * ahead,
        ],
        axis=-1,
    )
    return FootPath(ankle, yaw, pitch, swing)


def _ahead(yaw: np.ndarray | float) -> Float[np.ndarray, "*T 2"]:
    """From the ankle to the ball on the floor (x, z), metres."""
    return BALL[2] * np.stack([np.sin(yaw), np.cos(yaw)], axis=-1)


def _steps(a: FootKey, b: FootKey) -> bool:
    moved = float(np.hypot(b.x - a.x, b.z - a.z))
    return moved > MOVED and not b.slide


def _swing(
    keys: list[CurveKey], feet: list[FootKey], i: int, other: Track, beat: float, first: bool
) -> Swing:
    """When the foot travels on its way to key ``i``."""
    end, available = keys[i].count, keys[i].count - keys[i - 1].count
    a, b = feet[i - 1], feet[i]
    if b.jump > 0:
        return Swing(end - min(available, flight_seconds(b.jump) / beat), end)
    early = min(LANDS / beat, 0.2 * available)
    end, available = end - early, available - early
    if b.slide or (a.lift > 0.02 and b.lift > 0.02):
        return Swing(end - min(available, 1.0), end)
    least, most = (seconds / beat for seconds in STEP_SECONDS)
    length = min(available, float(np.clip(STEP_COUNTS, least, most)))
    if _steps(a, b) and _other_steps(keys[i - 1].count, keys[i].count, other):
        room = min(available, 1.0)
        half = max(min(room / 2, most), 0.12 / beat)
        return Swing(end - room, end - room + half) if first else Swing(end - half, end)
    return Swing(end - length, end)


def _other_steps(begin: float, end: float, other: Track) -> bool:
    """Whether the other foot lands at the same count."""
    for i in range(1, len(other.keys)):
        if abs(other.keys[i].count - end) < 0.1:
            return _steps(other.values[i - 1], other.values[i]) and other.values[i].lift < 0.02
    return False


def _arc(
    a: FootKey, b: FootKey, s: Float[np.ndarray, " T"]
) -> tuple[Float[np.ndarray, " T"], Float[np.ndarray, " T"]]:
    """Extra height and pitch on the way: heel off first, then the foot clears the floor."""
    if b.slide or b.jump > 0:
        return np.zeros_like(s), (0.35 if b.jump > 0 else 0.0) * np.sin(np.pi * s) ** 2
    moved = float(np.hypot(b.x - a.x, b.z - a.z))
    if a.lift > 0.02 or b.lift > 0.02 or moved <= MOVED:
        turning = abs(b.yaw - a.yaw) > TURNED
        return np.zeros_like(s), (0.18 if turning else 0.0) * np.sin(np.pi * s) ** 2
    height = float(np.clip(0.035 + 0.18 * moved, 0.04, 0.12))
    return height * np.sin(np.pi * s) ** 1.2, 0.45 * np.sin(np.pi * np.clip(s * 1.5, 0, 1)) ** 2
