"""Brings the dancer back to the front at the beginning of each eight, while it is denoised.

What the denoiser guesses of the heading is bounded around count 1, unless the words of the phrase
ask for a turn. Between, the dancer may face where the dance takes her.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from jaxtyping import Float

from engine.choreography.phrases import Plan
from engine.motion.features import FPS, SLICES

Array = Any

FREE = 0.3
"""Radians to either side of the front that count 1 leaves to the dance."""
NEAR = 0.5
"""Counts on each side of count 1 over which the bound lets go."""
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
