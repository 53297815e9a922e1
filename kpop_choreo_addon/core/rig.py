"""The rest pose of an armature, without Blender."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Rig:
    """The rest pose of an armature, in its own space and units."""

    name: str
    bones: tuple[str, ...]
    """Parents come first."""
    parents: np.ndarray
    """``[B]``, -1 where there is none."""
    rotations: np.ndarray
    """``[B, 4]`` rest rotations R_b, wxyz."""
    heads: np.ndarray
    """``[B, 3]``"""
    tails: np.ndarray
    """``[B, 3]``"""
    inherits_rotation: np.ndarray
    """``[B]`` whether the bone turns with its parent."""
    local_location: np.ndarray
    """``[B]`` whether its location channels run along its own axes."""
    connected: np.ndarray
    """``[B]`` whether its head is stuck to its parent's tail."""
    hung: tuple[tuple[str, str], ...] = ()
    """Bones that constraints hang from another bone as if it were their parent: bone, carrier."""

    def ancestors(self, bone: int) -> list[int]:
        """The bones above ``bone``, nearest first."""
        above = []
        while self.parents[bone] >= 0:
            bone = int(self.parents[bone])
            above.append(bone)
        return above

    def turning_ancestors(self, bone: int) -> list[int]:
        """The bones above ``bone`` whose rotation reaches it, nearest first."""
        above = []
        while self.inherits_rotation[bone] and self.parents[bone] >= 0:
            bone = int(self.parents[bone])
            above.append(bone)
        return above

    def chain(self, above: int, bone: int) -> list[int]:
        """From the bone below ``above`` down to ``bone``, which hangs from it."""
        chain: list[int] = []
        while bone != above:
            chain.insert(0, bone)
            bone = int(self.parents[bone])
        return chain
