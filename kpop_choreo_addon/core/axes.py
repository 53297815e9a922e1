"""From the engine's axes to Blender's.

The engine's world is Y-up and faces +Z; Blender's is Z-up and a character faces -Y. In both, +X
points to the dancer's left and both are right-handed. So the change is a quarter turn about X:
``(x, y, z) -> (x, -z, y)``. A rotation is turned the same way, by its axis.
"""

from __future__ import annotations

import numpy as np


def to_blender(values: np.ndarray) -> np.ndarray:
    """Turns vectors ``[..., 3]`` or quaternions wxyz ``[..., 4]`` from engine to Blender axes."""
    real, x, y, z = values[..., :-3], values[..., -3], values[..., -2], values[..., -1]
    return np.concatenate([real, np.stack([x, -z, y], axis=-1)], axis=-1)


def to_engine(values: np.ndarray) -> np.ndarray:
    """Turns vectors ``[..., 3]`` or quaternions wxyz ``[..., 4]`` back to the engine's axes."""
    real, x, y, z = values[..., :-3], values[..., -3], values[..., -2], values[..., -1]
    return np.concatenate([real, np.stack([x, z, -y], axis=-1)], axis=-1)
