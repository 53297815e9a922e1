"""Where the joints of the clip's own dancer are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import quaternions as quat
from .clip import Clip


@dataclass(frozen=True, eq=False)
class ClipBody:
    """T frames of the dancer for whom the clip was made, in the clip's axes and metres."""

    turns: dict[str, np.ndarray]
    """World rotation ``[T, 4]`` by joint."""
    places: dict[str, np.ndarray]
    """``[T, 3]`` by joint."""

    def point(self, joint: str, offset: np.ndarray) -> np.ndarray:
        """Where a point ``[T, 3]`` is that is ``offset[3]`` from ``joint`` in the T-pose."""
        return self.places[joint] + quat.rotate(self.turns[joint], offset)


def clip_body(clip: Clip, member: int) -> ClipBody:
    """Plain forward kinematics of one member."""
    local = clip.local_quats[member]
    turns: list[np.ndarray] = []
    places: list[np.ndarray] = []
    for joint, parent in enumerate(clip.parents):
        if parent < 0:
            turns.append(local[:, joint])
            places.append(clip.root_positions[member])
        else:
            offset = clip.rest_offsets[joint]
            places.append(places[parent] + quat.rotate(turns[parent], offset))
            turns.append(quat.multiply(turns[parent], local[:, joint]))
    names = clip.joint_names
    return ClipBody(dict(zip(names, turns, strict=True)), dict(zip(names, places, strict=True)))
