"""Not timid: how large and fast a dance is, against the median of held-out real dance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from engine.motion.contacts import foot_contacts, runs
from engine.motion.features import FPS
from engine.motion.skeleton import BODY
from engine.training.evaluation.table import Row, at_least
from engine.training.evaluation.windows import median_of, speed_of, times

PART = "not timid"
SHORTEST_STEP = 0.05
"""Metres; a foot that lands nearer to where it stood has not stepped."""
LEAST = 0.9
_WRISTS = [BODY.index["left_wrist"], BODY.index["right_wrist"]]


def reach_of(window: Float[np.ndarray, "T J 3"]) -> float:
    """95th percentile of the wrists' distance from the chest, metres."""
    away = np.linalg.norm(window[:, _WRISTS] - window[:, [BODY.index["spine3"]]], axis=-1)
    return float(np.percentile(away, 95))


def height_range_of(window: Float[np.ndarray, "T J 3"]) -> float:
    """Largest minus smallest height of the pelvis, metres."""
    return float(np.ptp(window[:, 0, 1]))


def step_length_of(window: Float[np.ndarray, "T J 3"]) -> float:
    """Median horizontal distance (metres) from where a foot left the floor to where it landed.

    Zero for a window in which nobody steps: that is what a timid dancer does.
    """
    contacts = foot_contacts(window, FPS)
    lengths = []
    for name, columns in (("left_foot", slice(0, 2)), ("right_foot", slice(2, 4))):
        planted = np.asarray((contacts[:, columns] > 0.5).any(axis=-1))
        foot = window[:, BODY.index[name]][:, [0, 2]]
        stands = runs(planted)
        for before, after in pairwise(stands):
            lengths.append(float(np.linalg.norm(foot[after.start] - foot[before.stop - 1])))
    steps = [length for length in lengths if length >= SHORTEST_STEP]
    return float(np.median(steps)) if steps else 0.0


MEASURES: dict[str, Callable[[np.ndarray], float]] = {
    "mean limb speed, m/s": speed_of,
    "95th percentile of wrist distance from the chest, m": reach_of,
    "range of pelvis height, m": height_range_of,
    "step length, m": step_length_of,
}


def timid_rows(
    defaults: Sequence[np.ndarray],
    full_energy: Sequence[np.ndarray],
    real: Sequence[np.ndarray],
    calm: Sequence[np.ndarray],
    what: str = "",
) -> list[Row]:
    """Rows for windows of 4 s (world positions at 30 fps).

    Args:
        defaults, full_energy: finished dances at default sliders, and at energy 1.
        real: of held-out real dance, origins balanced.
        calm: of everyday motion, which is no dance: the control.
        what: said before the name of each row.
    """
    rows = []
    for name, measure in MEASURES.items():
        typical = median_of(real, measure)
        controls = {"real": typical, "everyday motion": median_of(calm, measure)}
        own = median_of(defaults, measure)
        ratio = times(own, typical)
        rows.append(
            at_least(
                PART, f"{what}{name}: times the real median", ratio, LEAST, controls | {"own": own}
            )
        )
    for name, measure in MEASURES.items():
        lively = float(np.percentile([measure(window) for window in real], 90))
        own = median_of(full_energy, measure)
        rows.append(
            at_least(
                PART,
                f"{what}{name}: energy 1",
                own,
                lively,
                {"default energy": median_of(defaults, measure)},
                "the bound is the real 90th percentile",
            )
        )
    return rows
