"""A capture as its source tells it: the source's own skeleton, its rotations and its root's path.

Every reader of this package gives the same thing: joints whose frames are aligned to the world in
the source's zero pose (Y up, +Z forward, +X to the left), so that a joint's world rotation *is* its
turn away from that pose, whatever axes the file format speaks of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import binary_dilation
from scipy.signal import savgol_filter

from engine.motion.rotations import normalize, quat_angle, quat_resample, quat_slerp, quat_unroll
from engine.motion.skeleton import Pose, Skeleton, forward_kinematics

SMOOTHING_SECONDS = 0.085
"""Length of the quadratic fit that takes out marker noise: of a movement at 5 Hz 97% remain."""


@dataclass(frozen=True, eq=False)
class Recording:
    """One take of a source. Lengths are in the source's own unit, rotations wxyz."""

    skeleton: Skeleton
    local_quats: Float[np.ndarray, "T B 4"]
    root_positions: Float[np.ndarray, "T 3"]
    fps: float

    def __len__(self) -> int:
        return len(self.root_positions)

    @cached_property
    def pose(self) -> Pose:
        """World positions ``[T, B, 3]`` and rotations ``[T, B, 4]`` relative to the zero pose."""
        return forward_kinematics(self.skeleton, self.local_quats, self.root_positions)

    def point(self, name: str) -> Float[np.ndarray, "T 3"]:
        """World path of one joint."""
        return self.pose.positions[:, self.skeleton.index[name]]

    def turn(self, name: str) -> Float[np.ndarray, "T 4"]:
        """World rotation of one joint relative to the zero pose."""
        return self.pose.rotations[:, self.skeleton.index[name]]


def resample(recording: Recording, fps: float) -> Recording:
    """The same take at ``fps``: rotations by slerp, the root's path linearly."""
    count = int(np.floor((len(recording) - 1) * fps / recording.fps + 1e-6)) + 1
    frames = np.arange(count) * recording.fps / fps
    known = np.arange(len(recording))
    path = [np.interp(frames, known, axis) for axis in recording.root_positions.T]
    return replace(
        recording,
        local_quats=quat_resample(recording.local_quats, frames),
        root_positions=np.stack(path, axis=1),
        fps=fps,
    )


def smooth(recording: Recording) -> Recording:
    """Takes out marker noise with a short local quadratic fit (Savitzky and Golay, 1964)."""
    window = round(SMOOTHING_SECONDS * recording.fps / 2) * 2 + 1
    if window < 5 or len(recording) < window:
        return recording
    quats = quat_unroll(recording.local_quats)
    return replace(
        recording,
        local_quats=normalize(savgol_filter(quats, window, 2, axis=0)),
        root_positions=savgol_filter(recording.root_positions, window, 2, axis=0),
    )


def bridge_spikes(
    quats: Float[np.ndarray, "T B 4"], fps: float, limit: float = 25.0, reach: float = 0.05
) -> Float[np.ndarray, "T B 4"]:
    """Bridges, joint by joint, the moments at which a rotation runs faster than a body can.

    Args:
        limit: rad/s above which a frame counts as a spike.
        reach: seconds on each side of a spike that are replaced as well.
    """
    quats = quat_unroll(quats)
    result = quats.copy()
    grow = max(1, round(reach * fps))
    fast = spikes_in(quats, fps, limit)
    for joint in range(quats.shape[1]):
        result[:, joint] = bridge(quats[:, joint], fast[:, joint], grow - 1)
    return result


def spikes_in(
    quats: Float[np.ndarray, "T B 4"], fps: float, limit: float = 25.0
) -> Bool[np.ndarray, "T B"]:
    """Frames on either side of which a joint turns by more than ``limit`` rad/s."""
    fast = np.zeros(quats.shape[:2], dtype=bool)
    speed = quat_angle(quats[1:], quats[:-1]) * fps
    fast[1:] |= speed > limit
    fast[:-1] |= speed > limit
    return fast


def bridge(
    quats: Float[np.ndarray, "T 4"], wrong: Bool[np.ndarray, " T"], margin: int
) -> Float[np.ndarray, "T 4"]:
    """``quats`` with ``wrong`` frames, and ``margin`` on each side, led over from the others."""
    bad = binary_dilation(wrong, iterations=margin) if margin and wrong.any() else wrong
    good, frames = np.flatnonzero(~bad), np.flatnonzero(bad)
    if len(good) < 2 or not len(frames):
        return quats
    after = np.clip(np.searchsorted(good, frames), 1, len(good) - 1)
    low, high = good[after - 1], good[after]
    weight = np.clip((frames - low) / (high - low), 0.0, 1.0)
    result = quats.copy()
    result[frames] = quat_slerp(quats[low], quats[high], weight)
    return result
