"""The contract's 22-joint body: names, hierarchy, and the proportions of our own dancer.

The engine dances with these proportions too, so that its motion fits our dancer without any
change. At rest the body stands in a T-pose. Metres, engine axes: Y up, +Z forward, +X left.
"""

from __future__ import annotations

import numpy as np

_TABLE: tuple[tuple[str, str, tuple[float, float, float]], ...] = (
    ("pelvis", "", (0.0, 0.0, 0.0)),
    ("left_hip", "pelvis", (0.095, -0.075, 0.0)),
    ("right_hip", "pelvis", (-0.095, -0.075, 0.0)),
    ("spine1", "pelvis", (0.0, 0.11, -0.015)),
    ("left_knee", "left_hip", (0.0, -0.415, 0.0)),
    ("right_knee", "right_hip", (0.0, -0.415, 0.0)),
    ("spine2", "spine1", (0.0, 0.13, 0.0)),
    ("left_ankle", "left_knee", (0.0, -0.405, 0.0)),
    ("right_ankle", "right_knee", (0.0, -0.405, 0.0)),
    ("spine3", "spine2", (0.0, 0.06, 0.01)),
    ("left_foot", "left_ankle", (0.0, -0.06, 0.125)),
    ("right_foot", "right_ankle", (0.0, -0.06, 0.125)),
    ("neck", "spine3", (0.0, 0.20, -0.01)),
    ("left_collar", "spine3", (0.06, 0.12, -0.005)),
    ("right_collar", "spine3", (-0.06, 0.12, -0.005)),
    ("head", "neck", (0.0, 0.10, 0.02)),
    ("left_shoulder", "left_collar", (0.115, 0.015, -0.01)),
    ("right_shoulder", "right_collar", (-0.115, 0.015, -0.01)),
    ("left_elbow", "left_shoulder", (0.275, 0.0, 0.0)),
    ("right_elbow", "right_shoulder", (-0.275, 0.0, 0.0)),
    ("left_wrist", "left_elbow", (0.25, 0.0, 0.0)),
    ("right_wrist", "right_elbow", (-0.25, 0.0, 0.0)),
)

JOINTS: tuple[str, ...] = tuple(row[0] for row in _TABLE)
PARENTS: tuple[int, ...] = tuple(JOINTS.index(row[1]) if row[1] else -1 for row in _TABLE)
OFFSETS: np.ndarray = np.array([row[2] for row in _TABLE])
"""``[22, 3]`` in the parent's frame."""

ANKLE_HEIGHT = 0.08
"""From the floor to the ankle joint, standing flat."""
STANDING_HEIGHT = 0.975
"""From the floor to the pelvis, standing straight."""


def other_side(joint: str) -> str:
    """The joint on the other side; one in the middle is its own."""
    side, _, rest = joint.partition("_")
    other = {"left": "right", "right": "left"}.get(side)
    return f"{other}_{rest}" if other else joint


def rest_positions() -> np.ndarray:
    """Where the joints ``[22, 3]`` of the T-pose are when it stands on the floor at the origin."""
    positions = np.zeros((len(JOINTS), 3))
    for joint, parent in enumerate(PARENTS):
        start = (0.0, STANDING_HEIGHT, 0.0) if parent < 0 else positions[parent]
        positions[joint] = start + OFFSETS[joint]
    return positions
