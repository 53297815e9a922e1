"""Dances that must fail: a statue that bobs, a dance locked to wrong beats, a clip in the air.

An evaluation that one of them passes is worth nothing. They go through the same functions as the
dances of a model; the command prints them beside those, and tests hold them to failing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from engine.motion.features import FPS, Motion, motion_of
from engine.motion.ik import LIMBS, solve_limb
from engine.motion.rotations import quat_identity
from engine.motion.skeleton import ANKLE_HEIGHT, BODY, STANDING_HEIGHT
from engine.motion.warping import warp

BOB = 0.035
"""Metres: how far the statue goes down and up."""
FLYING = 0.35
"""Metres by which the clip without contacts is lifted."""


def statue(seconds: float) -> Motion:
    """Somebody who stands with hanging arms and does nothing."""
    frames = round(seconds * FPS) + 1
    return motion_of(_standing(frames), np.tile([0.0, STANDING_HEIGHT - 0.02, 0.0], (frames, 1)))


def bobbing_statue(beats: Float[np.ndarray, " B"], seconds: float, planted: bool = True) -> Motion:
    """A statue whose pelvis is lowest exactly on each beat, and which does nothing else.

    Args:
        planted: whether the knees give way while the feet stand; else the statue goes up and down
            as a whole.
    """
    frames = round(seconds * FPS) + 1
    times = np.arange(frames) / FPS
    period = float(np.median(np.diff(beats)))
    before = beats[0] - period * np.arange(1, 9)[::-1]
    after = beats[-1] + period * np.arange(1, 9)
    phase = np.interp(times, np.concatenate([before, beats, after]), np.arange(len(beats) + 16))
    height = STANDING_HEIGHT - 0.03 - BOB * (1 + np.cos(2 * np.pi * phase)) / 2
    if not planted:
        height = height + 0.03 + BOB / 2
    root = np.stack([0 * times, height, 0 * times], axis=-1)
    quats = _standing(frames)
    if planted:
        flat = quat_identity(frames)
        for side, sign in (("left", 1.0), ("right", -1.0)):
            target = np.tile([sign * 0.095, ANKLE_HEIGHT, 0.0], (frames, 1))
            quats = solve_limb(quats, root, LIMBS[f"{side}_leg"], target, flat)
    return motion_of(quats, root)


def in_the_air(motion: Motion) -> Motion:
    """The same dance, lifted off the floor for good."""
    lift = np.array([0.0, FLYING, 0.0])
    return motion_of(motion.local_quats, motion.root_positions + lift, motion.fps)


def at_another_tempo(motion: Motion, rate: float = 5 / 7) -> Motion:
    """The same dance played at another speed: locked to beats, and to wrong ones.

    Time turns back at the ends of the dance as often as it takes to fill the same length.
    """
    last = (len(motion) - 1) / motion.fps
    seconds = np.arange(len(motion)) / motion.fps * rate
    folded = last - np.abs(seconds % (2 * last) - last)
    return replace(warp(motion, folded), fps=motion.fps)


def _standing(frames: int) -> Float[np.ndarray, "T J 4"]:
    """Arms hanging down, everything else at rest."""
    quats = quat_identity(frames, len(BODY))
    for side, sign in (("left", -1.0), ("right", 1.0)):
        half = sign * np.radians(75.0) / 2
        quats[:, BODY.index[f"{side}_shoulder"]] = [np.cos(half), 0.0, 0.0, np.sin(half)]
    return quats
