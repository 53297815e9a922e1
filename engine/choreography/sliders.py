"""The sliders over a song: a section may have its own."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from jaxtyping import Float

from engine.request import SLIDERS, GenerateRequest

EASE = 0.5
"""Seconds over which a slider goes from one section's value to the next."""


def slider_at(
    request: GenerateRequest, name: str, seconds: Float[np.ndarray, " T"], ease: float = 0.0
) -> Float[np.ndarray, " T"]:
    """A slider at seconds of the song: the section's own where it has one, else the request's.

    Args:
        ease: seconds over which it changes at the edges of sections.
    """
    whole = float(getattr(request, name))
    own = [
        (part.start, part.end, float(value))
        for part in request.section_prompts
        if (value := getattr(part, name)) is not None
    ]
    edges = np.array(sorted({edge for start, end, _ in own for edge in (start, end)}))
    values = np.full(len(edges) + 1, whole)
    for start, end, value in own:
        values[np.searchsorted(edges, start) + 1 : np.searchsorted(edges, end) + 1] = value
    if ease == 0.0 or not own:
        return values[np.searchsorted(edges, seconds, side="right")]
    at = np.maximum.accumulate((edges[:, None] + [-ease / 2, ease / 2]).ravel())
    return np.interp(seconds, at, np.array(list(pairwise(values))).ravel())


def sliders_of(request: GenerateRequest, second: float) -> tuple[float, ...]:
    """All sliders at one second of the song."""
    return tuple(float(slider_at(request, name, np.array([second]))[0]) for name in SLIDERS)
