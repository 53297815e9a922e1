"""Actions that go round: exporters and game engines play them without a seam."""

from __future__ import annotations

from typing import Any

from ..core.timing import FrameClock

NEAR = 1e-3


def mark_loop(action: Any, clock: FrameClock, period: float) -> list[str]:
    """Makes ``action`` a cyclic one whose last frame is its first.

    Args:
        period: seconds of one round.

    Returns:
        A sentence if a round is no whole number of frames.
    """
    action.use_frame_range = True
    action.frame_start, action.frame_end = clock.frame(0.0), clock.frame(period)
    action.use_cyclic = True
    frames = period * clock.rate
    if abs(frames - round(frames)) < NEAR:
        return []
    return [f"One round lasts {frames:.2f} frames; most game engines want whole ones."]
