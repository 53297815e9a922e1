"""What is keyed: every moment of the motion, or as few keys as a tolerance allows.

A key is a key of the whole bone: all channels of one bone have theirs at the same moments, so
that the four numbers of a quaternion stay one rotation between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .reduction import Tolerance, Track, reduced
from .retarget import BoneMotion
from .rig import Rig
from .root_motion import HIPS
from .rotation_modes import Channels, rotation_channels

STILL = 1e-6
"""By how much channels may change that count as still."""


@dataclass(frozen=True)
class KeyOptions:
    """Which bone travels, and which moments get keys."""

    reduce: bool = False
    degrees: float = 1.0
    """How far any bone may be turned away from the dance, in the armature's space."""
    millimetres: float = 10.0
    """How far either end of any bone may be away, on a body of our dancer's size."""
    root_motion: str = HIPS
    """One of :data:`.root_motion.MODES`."""


@dataclass(frozen=True, eq=False)
class BoneKeys:
    """The keys of one bone."""

    bone: str
    seconds: np.ndarray
    """``[N]`` of the dance, ascending."""
    channels: tuple[Channels, ...]
    """Values ``[N, C]`` of its location, if it has one, and of its rotation."""
    slopes: tuple[np.ndarray, ...] = ()
    """Change a second ``[N, C]`` of each of ``channels``; empty for straight lines."""


def bone_keys(
    motion: BoneMotion,
    seconds: np.ndarray,
    beats: np.ndarray,
    modes: Mapping[str, str],
    rig: Rig,
    scale: float,
    options: KeyOptions,
) -> tuple[BoneKeys, ...]:
    """The keys of every bone of ``motion``, which has a row for each of ``seconds[T]``.

    Args:
        beats: seconds at which every moving bone keeps a key.
        modes: rotation mode by bone.
        scale: armature units for a metre.
    """
    channels = {name: _channels(motion, name, modes[name]) for name in motion.bones}
    if not options.reduce or len(seconds) < 3:
        return tuple(BoneKeys(name, seconds, channels[name]) for name in motion.bones)
    tracks = [Track(name, modes[name], channels[name], seconds) for name in motion.bones]
    limit = Tolerance(np.deg2rad(options.degrees), options.millimetres / 1000.0 * scale)
    kept = reduced(tracks, rig, seconds, _nearest(seconds, beats), limit)
    return tuple(_picked(track, seconds, mask) for track, mask in zip(tracks, kept, strict=True))


def without_still(key: BoneKeys) -> BoneKeys:
    """``key`` with its first and last moment alone if nothing of it moves."""
    if any(np.ptp(c.values, axis=0).max() > STILL for c in key.channels):
        return key
    channels = tuple(Channels(c.property_name, c.values[[0, -1]]) for c in key.channels)
    slopes = tuple(slope[[0, -1]] for slope in key.slopes)
    return BoneKeys(key.bone, key.seconds[[0, -1]], channels, slopes)


def _channels(motion: BoneMotion, name: str, mode: str) -> tuple[Channels, ...]:
    rotation = rotation_channels(motion.quats[:, motion.bones.index(name)], mode)
    if name not in motion.locations:
        return (rotation,)
    return Channels("location", motion.locations[name]), rotation


def _nearest(seconds: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """``[T]``: whether a moment is one of the beats."""
    inside = beats[(beats >= seconds[0]) & (beats <= seconds[-1])]
    after = np.clip(np.searchsorted(seconds, inside), 1, len(seconds) - 1)
    nearer = inside - seconds[after - 1] < seconds[after] - inside
    found = np.zeros(len(seconds), dtype=bool)
    found[np.where(nearer, after - 1, after)] = True
    return found


def _picked(track: Track, seconds: np.ndarray, kept: np.ndarray) -> BoneKeys:
    channels = tuple(Channels(c.property_name, c.values[kept]) for c in track.channels)
    slopes = tuple(track.slopes[kept][:, part] for part in track.parts)
    return BoneKeys(track.bone, seconds[kept], channels, slopes)
