"""Curves that are smoothed or filled in without moving what is to stay."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import gaussian_filter1d

from engine.motion.contacts import runs


def smooth_between_ends(values: Float[np.ndarray, " T"], sigma: float) -> Float[np.ndarray, " T"]:
    """Gaussian smoothing (``sigma`` in frames) that keeps both ends and steepens nothing."""
    reach = min(round(4 * sigma), len(values) - 1)
    padded = np.pad(values, reach, mode="reflect", reflect_type="odd")
    smoothed = gaussian_filter1d(padded, sigma)[reach : reach + len(values)]
    smoothed[[0, -1]] = values[[0, -1]]
    return smoothed


def glide_between(
    values: Float[np.ndarray, "T C"], known: Bool[np.ndarray, " T"]
) -> Float[np.ndarray, "T C"]:
    """Fills the frames that are not known with an S-curve from one known value to the next."""
    if not known.any():
        return values
    result = values.copy()
    for gap in runs(~known):
        before = values[gap.start - 1] if gap.start > 0 else values[gap.stop]
        after = values[gap.stop] if gap.stop < len(values) else before
        share = (np.arange(gap.stop - gap.start) + 1.0) / (gap.stop - gap.start + 1.0)
        curve = (share * share * (3.0 - 2.0 * share))[:, None]
        result[gap] = before + (after - before) * curve
    return result
