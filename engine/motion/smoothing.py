"""Low-pass filters that leave the ends of a curve where they are."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d


def smooth_between_ends(values: Float[np.ndarray, " T"], sigma: float) -> Float[np.ndarray, " T"]:
    """Gaussian smoothing (``sigma`` in frames) that keeps both ends and steepens nothing."""
    reach = min(round(4 * sigma), len(values) - 1)
    padded = np.pad(values, reach, mode="reflect", reflect_type="odd")
    smoothed = gaussian_filter1d(padded, sigma)[reach : reach + len(values)]
    smoothed[[0, -1]] = values[[0, -1]]
    return smoothed
