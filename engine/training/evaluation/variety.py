"""Varied, not copied: how unlike each other dances are, and how near to what was learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import pdist

from engine.motion.features import FPS
from engine.motion.skeleton import BODY
from engine.training.evaluation.features import features_of
from engine.training.evaluation.likeness import Space
from engine.training.evaluation.table import Row, at_least
from engine.training.evaluation.windows import faced, speed_of

PART = "varied, not copied"
WINDOW = 2.0
"""Seconds over which a dance may be a copy."""
COARSE_HOP = 5
"""Frames between training windows that are looked at first; the best are then fitted by frames."""
EVERY = 6
"""Of a window every sixth frame is compared first."""
CANDIDATES = 12
MOVING = 0.25
"""m/s: a window that stands still is like every other and tells nothing."""
COPIED = 0.03
"""Metres of mean joint distance."""
LEAST_DIVERSITY = 0.8


@dataclass(frozen=True, eq=False)
class Library:
    """Training motion, ready to be searched: as it is and mirrored."""

    paths: list[Float[np.ndarray, "T J 3"]]
    """Each motion as seen from its dancer (:func:`~.windows.faced`)."""
    keys: Float[np.ndarray, "N D"]
    """A few frames of each window, float32."""
    where: list[tuple[int, int]]
    """Path and first frame of each window."""

    @classmethod
    def of(cls, motions: Sequence[Float[np.ndarray, "T J 3"]]) -> Library:
        """Windows of world positions; what does not move is left out."""
        length = round(WINDOW * FPS)
        paths: list[np.ndarray] = []
        keys: list[np.ndarray] = []
        where: list[tuple[int, int]] = []
        for positions in motions:
            if len(positions) < length:
                continue
            for path in (faced(positions), faced(mirrored(positions))):
                number = len(paths)
                paths.append(path)
                for start in range(0, len(path) - length + 1, COARSE_HOP):
                    piece = path[start : start + length]
                    if speed_of(piece) >= MOVING:
                        keys.append(_key(piece))
                        where.append((number, start))
        return cls(paths, np.array(keys, dtype=np.float32), where)

    def nearest(self, windows: Sequence[Float[np.ndarray, "T J 3"]]) -> Float[np.ndarray, " N"]:
        """Mean joint distance (metres) from each window to its nearest training window."""
        found = []
        norms = np.einsum("nd,nd->n", self.keys, self.keys)
        for window in windows:
            own = faced(window)
            key = _key(own).astype(np.float32)
            squared = norms - 2 * (self.keys @ key)
            count = min(CANDIDATES, len(squared))
            best = np.argpartition(squared, count - 1)[:count]
            found.append(min(self._fitted(own, int(number)) for number in best))
        return np.array(found)

    def _fitted(self, own: Float[np.ndarray, "T J 3"], number: int) -> float:
        path, start = self.paths[self.where[number][0]], self.where[number][1]
        first = max(0, start - COARSE_HOP + 1)
        last = min(len(path) - len(own), start + COARSE_HOP - 1)
        return min(
            float(np.linalg.norm(path[at : at + len(own)] - own, axis=-1).mean())
            for at in range(first, last + 1)
        )


def mirrored(positions: Float[np.ndarray, "T J 3"]) -> Float[np.ndarray, "T J 3"]:
    """World positions seen in a mirror across the X axis, left and right swapped."""
    return positions[:, BODY.mirror] * np.array([-1.0, 1.0, 1.0])


def moving(windows: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The windows that move."""
    return [window for window in windows if speed_of(window) >= MOVING]


def diversity(features: Float[np.ndarray, "N D"]) -> float:
    """Mean distance of two windows, in standardised features."""
    return float(pdist(features).mean())


def variety_rows(
    dances: Sequence[np.ndarray],
    real: Sequence[np.ndarray],
    training: Sequence[np.ndarray],
    one_dance: Sequence[np.ndarray],
) -> list[Row]:
    """Rows on diversity, from windows of 4 s.

    Args:
        one_dance: windows of one generated dance: the control, which must be less diverse.
    """
    known = features_of(training)
    space = Space.of(known)

    def of(windows: Sequence[np.ndarray]) -> float:
        return diversity(space.place(features_of(windows)))

    true = of(real)
    return [
        at_least(
            PART,
            "diversity, times that of held-out real dance",
            of(dances) / true,
            LEAST_DIVERSITY,
            {"real training dance": diversity(space.place(known)) / true}
            | ({"one dance alone": of(one_dance) / true} if len(one_dance) > 2 else {}),
        )
    ]


def copied_rows(
    dances: Sequence[np.ndarray], held_out: Sequence[np.ndarray], library: Library
) -> list[Row]:
    """Rows on nearness to training motion, from windows of 2 s that move."""
    own = library.nearest(moving(dances))
    true = library.nearest(moving(held_out))
    if not len(own) or not len(true):
        return [at_least(PART, "nearest training window, 1st percentile, m", float("nan"), COPIED)]
    nearest = {"held-out real dance, nearest": float(true.min())}
    return [
        at_least(
            PART,
            "nearest training window, 1st percentile, m",
            float(np.percentile(own, 1)),
            float(np.percentile(true, 1)),
            {
                "median": float(np.median(own)),
                "held-out real dance, median": float(np.median(true)),
            },
            f"{len(own)} windows; the bound is held-out real dance's 1st percentile",
        ),
        at_least(PART, "nearest training window of all, 2 s, m", float(own.min()), COPIED, nearest),
    ]


def _key(window: Float[np.ndarray, "T J 3"]) -> Float[np.ndarray, " D"]:
    return window[::EVERY].reshape(-1)
