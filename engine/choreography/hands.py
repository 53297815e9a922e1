"""What the hands show, frame by frame: fist, open, pointing, a finger heart, a V.

The model dances no fingers. A move says what its hands show (``fingers``); a hand that a key rests
on a hip, a thigh or beside the body is relaxed. A pose is reached on a key's count, so its hand is
formed from the middle of the way there.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8

from engine.choreography.phrases import Plan
from engine.errors import ChoreoError
from engine.vocabulary.move import FINGERS, Move
from engine.vocabulary.places import RESTS

RELAXED = FINGERS.index("relaxed")
SIDES = ("left", "right")


def hand_poses(plan: Plan, frames: int, fps: float) -> UInt8[np.ndarray, "T 2"]:
    """Number in :data:`FINGERS` of the left and the right hand in each frame of the plan's clip."""
    shown = np.full((frames, 2), RELAXED, dtype=np.uint8)
    times = plan.start + np.arange(frames) / fps
    counts = plan.counts.position(times)
    for phrase in plan.phrases:
        for place in phrase.moves:
            try:
                move = place.dance()
            except ChoreoError:  # an edited plan may name moves of its own
                continue
            first = phrase.number(float(place.first))
            inside = (counts >= first - 0.5) & (counts < first + place.counts - 0.5)
            turn = np.maximum(counts - first, 0.0) // move.counts
            local = counts - first - turn * move.counts
            for other in (False, True):
                danced = move.sided(place.mirrored != other)
                mine = inside & ((turn % 2 == 1) == other)
                for side, name in enumerate(SIDES):
                    shown[mine, side] = _shown(danced, name, local[mine])
    return shown


def _shown(move: Move, side: str, counts: np.ndarray) -> np.ndarray:
    """What one hand of ``move`` shows at ``counts`` since the move began (0 is its first)."""
    told = [
        (key.count - 1.0, getattr(key, f"{side}_hand"))
        for key in move.keys
        if getattr(key, f"{side}_hand") is not None
    ]
    if not told or move.fingers == "relaxed":
        return np.full(len(counts), RELAXED, dtype=np.uint8)
    at = np.array([count for count, _ in told])
    poses = np.array(
        [RELAXED if place in RESTS else FINGERS.index(move.fingers) for _, place in told],
        dtype=np.uint8,
    )
    return poses[np.searchsorted((at[1:] + at[:-1]) / 2.0, counts, side="right")]
