"""When a body marks a beat: three separate signals, from positions at 30 fps.

A *motion beat* is a moment at which a movement stops or turns. That dancers mark music so, by
stops and changes of direction, and that the minima of speed find it, is the common ground of Kim
et al. (2003, "Rhythmic-motion synthesis based on motion-beat analysis"), Chu and Tsai (2012,
"Rhythm of motion extraction and rhythm-based cross-media alignment for dance videos") and Li et
al. (2021, "AI choreographer", their beat alignment). Those use one speed of the whole body, which
lets one part speak for all. Here each part speaks for itself:

- **pelvis**: the height turns or comes to rest (the low and the high points of a bounce);
- **hands**: wrists and elbows together, against the pelvis, turn or come to rest;
- **feet**: a foot near the floor comes to rest in the world after a swing (a landing).

The beat of a turn is its middle. The beat of a hold is its *beginning*: who hits and holds is on
time when she arrives, which is told from how she slows down (``engine/motion/rhythm.py``).
A movement too small to be seen marks nothing, and feet must have moved in the world *and* against
the pelvis: a rigid body that is bobbed up and down does not step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.motion.contacts import REST_HEIGHTS
from engine.motion.features import FPS, Motion
from engine.motion.rhythm import FINE, finely, hand_stops, stops, velocity
from engine.motion.skeleton import BODY
from engine.motion.warping import warp

SIGNALS = ("pelvis", "hands", "feet")
PELVIS_PATH, FOOT_PATH, FOOT_AGAINST_PELVIS = 0.008, 0.05, 0.03
"""Metres that must lie between a stop and the one before it to be seen."""
LOW = 0.10
"""Metres above its standing height up to which a foot can have landed."""
SAME = 0.08
"""Seconds within which two feet land together."""
_FEET = {s: [BODY.index[f"{s}_ankle"], BODY.index[f"{s}_foot"]] for s in ("left", "right")}


@dataclass(frozen=True, eq=False)
class MotionBeats:
    """Seconds from the first frame at which each signal has its beats, rising."""

    pelvis: Float[np.ndarray, " P"]
    hands: Float[np.ndarray, " H"]
    feet: Float[np.ndarray, " F"]

    def of(self, signal: str) -> Float[np.ndarray, " N"]:
        """The beats of one of :data:`SIGNALS`."""
        return {"pelvis": self.pelvis, "hands": self.hands, "feet": self.feet}[signal]


def at_30_fps(motion: Motion) -> Motion:
    """The same motion at 30 fps; every derivative of the evaluation is taken after this."""
    if abs(motion.fps - FPS) < 1e-9:
        return motion
    seconds = np.arange(int((len(motion) - 1) / motion.fps * FPS + 1e-6) + 1) / FPS
    sampled = warp(motion, seconds)
    return Motion(sampled.local_quats, sampled.root_positions, sampled.contacts, FPS)


def motion_beats(motion: Motion) -> MotionBeats:
    """The beats of a motion of any frame rate."""
    return beats_of_positions(at_30_fps(motion).positions())


def beats_of_positions(positions: Float[np.ndarray, "T J 3"]) -> MotionBeats:
    """The beats of world positions (metres, Y-up, floor at y = 0) at 30 fps."""
    fine = finely(positions, FPS)
    pelvis = fine[:, 0]
    against = fine - pelvis[:, None]
    return MotionBeats(
        pelvis=stops(np.abs(velocity(pelvis[:, 1], FPS)), FPS * FINE, PELVIS_PATH),
        hands=hand_stops(positions, FPS),
        feet=_landings(fine, against),
    )


def _landings(
    fine: Float[np.ndarray, "T J 3"], against: Float[np.ndarray, "T J 3"]
) -> Float[np.ndarray, " N"]:
    """Seconds at which a foot lands; two feet that land together count once."""
    fps = FPS * FINE
    found: list[float] = []
    for joints in _FEET.values():
        speed = np.linalg.norm(velocity(fine[:, joints], FPS), axis=-1).mean(axis=-1)
        own = np.linalg.norm(velocity(against[:, joints], FPS), axis=-1).mean(axis=-1)
        height = (fine[:, joints, 1] - REST_HEIGHTS[:2]).min(axis=-1)
        before = 0.0
        for moment in stops(speed, fps, FOOT_PATH):
            frame = min(round(moment * fps), len(fine) - 1)
            swung = float(own[round(before * fps) : frame].sum()) / fps
            if height[frame] < LOW and swung >= FOOT_AGAINST_PELVIS:
                found.append(moment)
            before = moment
    found.sort()
    together: list[list[float]] = []
    for moment in found:
        if together and moment - together[-1][0] < SAME:
            together[-1].append(moment)
        else:
            together.append([moment])
    return np.array([float(np.mean(group)) for group in together])
