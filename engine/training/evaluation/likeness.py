"""Like real dance: distances between sets of windows, with intervals, in one space for all sets.

| symbol | meaning |
|---|---|
| X, Y | features of windows, standardised by training dance |
| k | mean of three Gaussian kernels around the median distance |
| MMD² | mean k(x, x') + mean k(y, y') - 2 mean k(x, y), without pairs of a window with itself |

The unbiased MMD² (Gretton et al., 2012) is about 0 for two samples of one dance, also when samples
are small, and may be negative. The Frechet distance (after PCA to 8 dimensions, because there are
fewer windows than features) has a floor that shrinks with the number of windows; therefore all sets
have equal numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist, pdist

from engine.training.evaluation.features import features_of
from engine.training.evaluation.table import Row, informs

PART = "like real dance"
DIMENSIONS = 8
DRAWS = 300
SCALES = (0.5, 1.0, 2.0)


@dataclass(frozen=True, eq=False)
class Space:
    """Where windows are compared; made from training dance only."""

    mean: Float[np.ndarray, " D"]
    std: Float[np.ndarray, " D"]
    axes: Float[np.ndarray, "D 8"]
    width: float
    """Median distance of two training windows, in standardised features."""

    @classmethod
    def of(cls, training: Float[np.ndarray, "N D"]) -> Space:
        """Standardisation, principal axes and kernel width of training windows."""
        mean, std = training.mean(axis=0), training.std(axis=0)
        # A relation that hardly ever holds in training must not weigh more than the others.
        std = np.maximum(std, 0.05)
        scaled = (training - mean) / std
        axes = np.linalg.svd(scaled, full_matrices=False)[2][:DIMENSIONS].T
        return cls(mean, std, axes, float(np.median(pdist(scaled))))

    def place(self, features: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "N D"]:
        """Standardised features."""
        return (features - self.mean) / self.std


@dataclass(frozen=True)
class Interval:
    """A figure with the range in which it lies with 95% confidence."""

    value: float
    low: float
    high: float


def mmd(first: Float[np.ndarray, "N D"], second: Float[np.ndarray, "M D"], width: float) -> float:
    """Unbiased MMD² of standardised features."""
    within = [_kernel(rows, rows, width) for rows in (first, second)]
    own = sum((k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in within)
    return float(own - 2 * _kernel(first, second, width).mean())


def frechet(first: Float[np.ndarray, "N D"], second: Float[np.ndarray, "M D"]) -> float:
    """Squared Frechet distance of the two normal distributions (Dowson and Landau, 1982)."""
    covariances = [np.cov(rows, rowvar=False) for rows in (first, second)]
    root = np.real(sqrtm(covariances[0] @ covariances[1]))
    apart = first.mean(axis=0) - second.mean(axis=0)
    return float(apart @ apart + np.trace(covariances[0] + covariances[1] - 2 * root))


def interval(
    distance: Callable[[np.ndarray, np.ndarray], float],
    first: Float[np.ndarray, "N D"],
    second: Float[np.ndarray, "M D"],
    rng: np.random.Generator,
) -> Interval:
    """The distance and its 95% interval over random halves of both sets.

    Halves without replacement vary as much as bootstrap samples of the whole do (their variance is
    1/m - 1/n = 1/n for m = n/2), and hold no window twice, which would bias a kernel.
    """
    drawn = [
        distance(
            first[rng.permutation(len(first))[: len(first) // 2]],
            second[rng.permutation(len(second))[: len(second) // 2]],
        )
        for _ in range(DRAWS)
    ]
    value = distance(first, second)
    middle = float(np.mean(drawn))
    low, high = np.percentile(drawn, [2.5, 97.5]) - middle + value
    return Interval(value, float(low), float(high))


def likeness_rows(
    held_out: Sequence[np.ndarray],
    training: Sequence[np.ndarray],
    sets: dict[str, Sequence[np.ndarray]],
    seed: int = 0,
) -> list[Row]:
    """Rows for sets of windows of 4 s against held-out real dance.

    Args:
        training: windows of real training dance: they make the space, and are the control that no
            model can beat.
        sets: windows by name. ``model`` is judged; ``vocabulary`` is what it must beat; whatever
            else is there stands beside it.
    """
    rng = np.random.default_rng(seed)
    known = features_of(training)
    space = Space.of(known)
    everything = {name: features_of(windows) for name, windows in sets.items() if len(windows) > 3}
    everything["real training dance"] = known
    target = features_of(held_out)
    count = min(len(target), *(len(rows) for rows in everything.values()))
    target = space.place(target[rng.permutation(len(target))[:count]])
    found: dict[str, dict[str, Interval]] = {"MMD²": {}, "Frechet, 8 dimensions": {}}
    for name, rows in everything.items():
        placed = space.place(rows[rng.permutation(len(rows))[:count]])
        found["MMD²"][name] = interval(lambda a, b: mmd(a, b, space.width), placed, target, rng)
        if count > 2 * DIMENSIONS + 4:
            found["Frechet, 8 dimensions"][name] = interval(
                frechet, placed @ space.axes, target @ space.axes, rng
            )
    return [
        row
        for distance, results in found.items()
        if "model" in results
        for row in _rows(distance, results, count)
    ]


def _rows(distance: str, found: dict[str, Interval], count: int) -> list[Row]:
    own = found["model"]
    controls = {name: result.value for name, result in found.items() if name != "model"}
    shown = ", ".join(f"{name} {r.low:.3g} to {r.high:.3g}" for name, r in found.items())
    note = f"{count} windows each; 95%: {shown}"
    what = f"{distance} to held-out real dance"
    if "vocabulary" not in found:
        missing = "no vocabulary to compare with; " + note
        return [informs(PART, what, own.value, controls, missing)]
    apart = own.high < found["vocabulary"].low
    target = "below the vocabulary's, intervals apart"
    return [Row(PART, what, own.value, target, apart, controls, note)]


def _kernel(
    first: Float[np.ndarray, "N D"], second: Float[np.ndarray, "M D"], width: float
) -> Float[np.ndarray, "N M"]:
    squared = cdist(first, second, "sqeuclidean")
    return np.mean([np.exp(-squared / (2 * (width * scale) ** 2)) for scale in SCALES], axis=0)
