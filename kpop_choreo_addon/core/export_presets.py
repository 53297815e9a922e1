"""Where a dance may go: one row for each program or file format."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import ChoreoError

TAKE = "song_take"
"""Name of the one animation in a file."""
Y_UP = np.array([np.sqrt(0.5), -np.sqrt(0.5), 0.0, 0.0])
"""Blender's axes to Y up and front +Z: ``(x, y, z) -> (x, z, -y)``."""
Z_UP = np.array([1.0, 0.0, 0.0, 0.0])


@dataclass(frozen=True)
class ExportPreset:
    """How a file is written."""

    key: str
    title: str
    hint: str
    suffix: str
    """Of the file; it also says which writer is used."""
    up: str
    """``Y`` or ``Z``; the front is +Z or -Y."""
    units: float
    """File units in a metre."""

    @property
    def axes(self) -> np.ndarray:
        """The rotation ``[4]`` from Blender's axes to the file's."""
        return Y_UP if self.up == "Y" else Z_UP


PRESETS: tuple[ExportPreset, ...] = (
    ExportPreset("UNITY", "Unity, Maya (FBX)", "FBX in metres, Y up", ".fbx", "Y", 1.0),
    ExportPreset("UNREAL", "Unreal (FBX)", "FBX in centimetres, Z up", ".fbx", "Z", 100.0),
    ExportPreset("GODOT", "Godot, glTF", "Binary glTF in metres, Y up", ".glb", "Y", 1.0),
    ExportPreset("BVH", "BVH", "Bones only, in centimetres, Y up", ".bvh", "Y", 100.0),
    ExportPreset(
        "VRMA", "VRM Animation", "Humanoid bones only, for VRM avatars", ".vrma", "Y", 1.0
    ),
)


def find_preset(key: str) -> ExportPreset:
    """The preset of that key.

    Raises:
        ChoreoError: ``unknown_preset``.
    """
    for preset in PRESETS:
        if preset.key == key:
            return preset
    raise ChoreoError(
        "unknown_preset",
        f"There is no export preset {key}.",
        f"Choose one of {', '.join(preset.key for preset in PRESETS)}.",
    )
