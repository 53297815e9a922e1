"""Seconds and frames. Blender's real frame rate is ``fps / fps_base`` (29.97 is 30 / 1.001)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEAR = 1e-3
"""Seconds within which a beat and a frame of the clip count as the same moment."""


@dataclass(frozen=True)
class FrameClock:
    """Where the seconds of a dance lie on a scene's timeline."""

    start: float
    """The scene's frame at second 0 of the dance."""
    fps: float
    fps_base: float = 1.0

    @property
    def rate(self) -> float:
        """Frames per second of real time."""
        return self.fps / self.fps_base

    def frame(self, seconds: float) -> float:
        """The scene's frame, with its fraction, at ``seconds`` of the dance."""
        return self.start + seconds * self.rate

    def second(self, frame: float) -> float:
        """The second of the dance at ``frame``."""
        return (frame - self.start) / self.rate

    def frames(self, seconds: np.ndarray) -> np.ndarray:
        """Like :meth:`frame`, for ``seconds[N]``."""
        return self.start + seconds * self.rate


def key_times(frames: int, fps: float, beats: np.ndarray) -> np.ndarray:
    """Seconds ``[N]``, ascending, at which a clip gets keys: its frames and its beats.

    A beat that falls between two frames of the clip gets a key of its own, so that the pose on
    the beat can be found, seen and edited. Beats outside the clip get none.
    """
    samples = np.arange(frames) / fps
    inside = beats[(beats > 0) & (beats < samples[-1])]
    nearest = np.abs(inside - np.round(inside * fps) / fps)
    return np.union1d(samples, inside[nearest > NEAR])
