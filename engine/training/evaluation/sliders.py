"""Sliders: what each moves, how far, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.stats import spearmanr

from engine.motion.features import Motion
from engine.training.evaluation.table import Row, at_least, at_most
from engine.training.evaluation.windows import (
    JerkBySpeed,
    bounce_of,
    cut,
    median_of,
    speed_of,
    spread,
)

PART = "sliders"
SLIDERS = ("energy", "smoothness", "bounce")
LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Level 1 to level 5."""
LEAST_RHO, LEAST_SPAN, MOST_LEAK = 0.9, 0.60, 0.25


@dataclass(frozen=True, eq=False)
class Sweep:
    """One slider moved through :data:`LEVELS`, everything else held."""

    slider: str
    values: dict[str, Float[np.ndarray, "seeds levels"]]
    """What each slider is judged by, for each seed and level."""


def measures(real: Sequence[np.ndarray]) -> dict[str, Callable[[np.ndarray], float]]:
    """What each slider is judged by, on a window of 4 s."""
    return {
        "energy": speed_of,
        "smoothness": JerkBySpeed(real).smoothness,
        "bounce": bounce_of,
    }


def sweep(
    slider: str,
    seeds: Sequence[int],
    dance: Callable[[str, float, int], Motion],
    judged: dict[str, Callable[[np.ndarray], float]],
) -> Sweep:
    """Dances one slider through its levels.

    Args:
        dance: gives the finished dance of (slider, level, seed).
        judged: of :func:`measures`.
    """
    windows = [[cut(dance(slider, level, seed)) for level in LEVELS] for seed in seeds]
    return Sweep(
        slider,
        {
            name: np.array([[median_of(found, measure) for found in row] for row in windows])
            for name, measure in judged.items()
        },
    )


def slider_rows(sweeps: Sequence[Sweep], real: Sequence[np.ndarray]) -> list[Row]:
    """Rows for sweeps, against the 10-90% range of real windows.

    The control of a span is how much the measure changes from seed to seed at the middle level; of
    rho, the rho of other sliders' sweeps with this measure, which ought to be about 0.
    """
    judged = measures(real)
    ranges = {name: spread([judged[name](window) for window in real]) for name in judged}
    rows = []
    for own in sweeps:
        values = own.values[own.slider]
        others = [other for other in sweeps if other.slider != own.slider]
        span = float(np.median(values[:, -1] - values[:, 0])) / ranges[own.slider]
        between_seeds = spread(values[:, len(LEVELS) // 2].tolist()) / ranges[own.slider]
        rows += [
            at_least(
                PART,
                f"{own.slider}: median rho of level and measure",
                median_rho(values),
                LEAST_RHO,
                {f"{o.slider} moved": median_rho(o.values[own.slider]) for o in others},
            ),
            at_least(
                PART,
                f"{own.slider}: level 1 to 5, part of the real 10-90% range",
                span,
                LEAST_SPAN,
                {"between seeds": between_seeds},
            ),
        ]
        for name in own.values:
            if name != own.slider:
                leak = np.ptp(np.median(own.values[name], axis=0)) / ranges[name]
                rows.append(
                    at_most(
                        PART,
                        f"{own.slider} moved: change of {name}, part of its real range",
                        float(leak),
                        MOST_LEAK,
                        {"its own slider": _own_span(sweeps, name, ranges)},
                    )
                )
    return rows


def median_rho(values: Float[np.ndarray, "seeds levels"]) -> float:
    """Median over seeds of Spearman's rho between level and measure; 0 for what never changes."""
    rhos = [
        0.0 if np.ptp(row) < 1e-12 else float(spearmanr(LEVELS, row).statistic) for row in values
    ]
    return float(np.median(rhos))


def _own_span(sweeps: Sequence[Sweep], name: str, ranges: dict[str, float]) -> float:
    spans = [
        float(np.median(s.values[name][:, -1] - s.values[name][:, 0])) / ranges[name]
        for s in sweeps
        if s.slider == name
    ]
    return spans[0] if spans else float("nan")
