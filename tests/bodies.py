"""Motions for tests: smooth random ones, and a dancer who steps on a beat."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from engine.motion.features import Motion, motion_of
from engine.motion.ik import LIMBS, solve_limb
from engine.motion.rotations import quat_exp, quat_identity
from engine.motion.skeleton import ANKLE_HEIGHT, BODY, STANDING_HEIGHT


def wandering(frames: int = 150, seed: int = 0) -> Motion:
    """Smooth random rotations of every joint, a root that wanders over the floor."""
    rng = np.random.default_rng(seed)
    turns = gaussian_filter1d(rng.normal(size=(frames, len(BODY), 3)), 8, axis=0) * 2.5
    root = np.cumsum(gaussian_filter1d(rng.normal(size=(frames, 3)), 10, axis=0), axis=0) * 0.05
    root[:, 1] = STANDING_HEIGHT - 0.05 + root[:, 1] * 0.1
    return motion_of(quat_exp(turns), root)


def stepping(seconds: float = 8.0, period: float = 0.5, late: float = 0.0) -> Motion:
    """Steps from foot to foot; everything comes to rest ``late`` seconds after each beat."""
    fps = 30.0
    times = np.arange(round(seconds * fps) + 1) / fps
    count = (times - late) / period
    # The share of the way from one weight change to the next, at rest on whole counts.
    whole = np.floor(count)
    inside = count - whole
    eased = inside - np.sin(2 * np.pi * inside) / (2 * np.pi)
    sway = 0.1 * np.cos(np.pi * (whole + eased))
    quats = quat_identity(len(times), len(BODY))
    swing = 0.9 * np.cos(np.pi * (whole + eased))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        shoulder = BODY.index[f"{side}_shoulder"]
        turn = np.stack([0.6 * swing * sign, 0 * swing, np.full_like(swing, -1.2 * sign)], axis=-1)
        quats[:, shoulder] = quat_exp(turn)
    root = np.stack([sway, STANDING_HEIGHT - 0.06 + 0 * sway, 0 * sway], axis=-1)
    for side, sign, odd in (("left", 1.0, 0), ("right", -1.0, 1)):
        lifted = (whole % 2 == odd) * np.sin(np.pi * inside) ** 2 * 0.12
        target = np.stack([0 * lifted + 0.11 * sign, ANKLE_HEIGHT + lifted, 0 * lifted], axis=-1)
        flat = quat_identity(len(times))
        quats = solve_limb(quats, root, LIMBS[f"{side}_leg"], target, flat)
    return motion_of(quats, root)
