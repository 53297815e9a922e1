"""Brings the dancer back to the front at the beginning of each eight.

While the dance is denoised, what is guessed of the heading is bounded around count 1, unless the
words of the phrase ask for a turn. What is still too far to the side afterwards is turned back
slowly, over the eights before and after. Between, the dancer may face where the dance takes her.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from jaxtyping import Float
from scipy.interpolate import PchipInterpolator

from engine.choreography.phrases import Plan
from engine.motion.features import FPS, SLICES, Motion, heading_of
from engine.motion.rotations import quat_multiply, quat_unroll, quat_yaw

Array = Any

FREE = 0.2
"""Radians to either side of the front that count 1 leaves to the dance."""
NEAR = 1.5
"""Counts on each side of count 1 over which the bound lets go."""
FARTHEST = 0.4
"""Radians to either side that the finished dance may face on count 1."""
TURNS = re.compile(
    r"\b(turn|spin|pirouette|circl|back to|backwards|face away|rotat)", re.IGNORECASE
)
"""Words of a prompt that let the dancer face anywhere."""
HEADING = SLICES["heading"]


def front_weight(plan: Plan, frames: int, fps: float = FPS) -> Float[np.ndarray, " T"]:
    """0..1 for each frame from ``plan.start``: how far the front is asked for."""
    times = plan.start + np.arange(frames) / fps
    position = plan.counts.position(times)
    weight = np.zeros(frames)
    for phrase in plan.phrases:
        if not TURNS.search(phrase.prompt):
            away = np.abs(position - phrase.first_count)
            weight = np.maximum(weight, np.clip(1.5 - away / NEAR, 0.0, 1.0))
    return weight


def face_front(
    x0: Array,
    weight: Array,
    mean: Float[np.ndarray, " F"],
    std: Float[np.ndarray, " F"],
) -> Array:
    """Guesses of x0 ``[..., T, F]`` (normalised) whose heading is bounded where ``weight`` is 1.

    Args:
        weight: ``[T]`` of the denoiser's kind of array.
    """
    xp = array_namespace(x0)
    (a, b), (c, d) = mean[HEADING].tolist(), std[HEADING].tolist()
    sine, cosine = x0[..., HEADING.start] * c + a, x0[..., HEADING.start + 1] * d + b
    angle = xp.atan2(sine, cosine)
    angle = angle + weight * (xp.clip(angle, -FREE, FREE) - angle)
    result = x0 + 0.0
    touched = weight > 0
    result[..., HEADING.start] = xp.where(touched, (xp.sin(angle) - a) / c, x0[..., HEADING.start])
    result[..., HEADING.start + 1] = xp.where(
        touched, (xp.cos(angle) - b) / d, x0[..., HEADING.start + 1]
    )
    return result


def turn_to_front(motion: Motion, plan: Plan) -> Motion:
    """The dance turned slowly about the dancer's own axis, so that each count 1 faces the front.

    Only what exceeds :data:`FARTHEST` is turned back; the way over the stage stays as it is.
    """
    starts = [p.first_count for p in plan.phrases if not TURNS.search(p.prompt)]
    times = plan.counts.seconds(np.array(starts, dtype=float)) - plan.start
    frames = np.unique(np.rint(times[times >= 0.0] * motion.fps).astype(int))
    frames = frames[frames < len(motion)]
    heading = heading_of(motion.positions(), motion.fps)[frames]
    wrapped = (heading + np.pi) % (2.0 * np.pi) - np.pi
    excess = wrapped - np.clip(wrapped, -FARTHEST, FARTHEST)
    if not np.any(excess):
        return motion
    if len(frames) > 1:
        path = PchipInterpolator(frames, excess)(np.clip(np.arange(len(motion)), *frames[[0, -1]]))
    else:
        path = np.full(len(motion), excess[0])
    quats = motion.local_quats.copy()
    quats[:, 0] = quat_multiply(quat_yaw(-path), quats[:, 0])
    return replace(motion, local_quats=quat_unroll(quats))
