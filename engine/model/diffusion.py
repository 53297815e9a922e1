"""The noise schedule: x_t = alpha(t) x0 + sigma(t) noise, t from 0 (clean) to 1 (noise).

Notation as Ho et al. (2020) and Song et al. (2021, DDIM); the variance-preserving cosine schedule
of Nichol and Dhariwal (2021) in continuous time:

    alpha(t) = cos(pi t / 2)    sigma(t) = sin(pi t / 2)    snr(t) = alpha^2 / sigma^2
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

Array = Any


@dataclass(frozen=True)
class Level:
    """The share of signal and noise at one time."""

    alpha: float
    sigma: float


def level(t: float) -> Level:
    """Signal and noise at time ``t``."""
    return Level(float(np.cos(np.pi * t / 2)), float(np.sin(np.pi * t / 2)))


def add_noise(x0: Array, noise: Array, t: float) -> Array:
    """``x0`` noised to time ``t``; both ``[..., F]``."""
    now = level(t)
    return now.alpha * x0 + now.sigma * noise


def step_times(steps: int, first: float = 0.98, last: float = 0.02) -> Float[np.ndarray, " steps"]:
    """The times at which the model is asked, from ``first`` down to ``last``.

    The steps are even in t; a final step goes from ``last`` to 0.
    """
    return np.linspace(first, last, steps)
