"""Keeps the feet where the sketch put them, while the model dances the rest.

The player's steps land on their counts and stand; a few steps of denoising blur both. So at every
step the guesses of travel, pelvis and legs are drawn to the sketch (as Choi et al., 2021, draw the
low frequencies of a picture to a reference), those of spine, arms and head only some way. With
creativity all of it is let go.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from engine.choreography.phrases import Plan
from engine.motion.features import FPS, SLICES, STAGE, WIDTH
from engine.motion.skeleton import BODY

LEGS = tuple(f"{s}_{p}" for s in ("left", "right") for p in ("hip", "knee", "ankle", "foot"))
UPPER = 0.6
"""How far the upper body keeps to the sketch where the feet keep to it wholly."""
EDGE = 0.15
"""Seconds (standard deviation) over which the pull sets in where planned moves begin."""


def hold() -> Float[np.ndarray, " F"]:
    """1 for the features that say where pelvis and feet are, less for the rest, 0 for the stage."""
    mask = np.full(WIDTH, UPPER)
    mask[STAGE] = 0.0
    for name in ("height", "velocity", "yaw_rate", "contacts"):
        mask[SLICES[name]] = 1.0
    for name in ("pelvis", *LEGS):
        joint = BODY.index[name]
        turn = SLICES["rotations"].start + 6 * joint
        mask[turn : turn + 6] = 1.0
        if joint:
            point = SLICES["positions"].start + 3 * (joint - 1)
            mask[point : point + 3] = 1.0
    return mask


def planned_frames(plan: Plan, frames: int, fps: float = FPS) -> Float[np.ndarray, " T"]:
    """1 for frames (from ``plan.start``) whose phrase has moves, 0 for others, soft between."""
    times = plan.start + np.arange(frames) / fps
    planned = np.zeros(frames)
    for phrase in plan.phrases:
        if phrase.moves:
            planned[(times >= phrase.start) & (times < phrase.end)] = 1.0
    if plan.phrases[-1].moves:
        planned[times >= plan.phrases[-1].end] = 1.0
    return gaussian_filter1d(planned, EDGE * fps, mode="nearest")
