"""Fewer keys, and still the same dance within a tolerance.

Between two keys stands the cubic whose values and slopes at both are those of the dance; in
Blender that is a Bezier curve with handles a third of the way to the neighbour. A bone begins
with keys at the first moment, the last and the beats, and gets another where it is furthest away
until it is within the tolerance by itself. Then the whole armature is posed, since errors
add up along a chain: wherever a bone is turned or stands outside the tolerance, the bone of its
chain that is to blame most gets a key. It ends, for a bone has no error where it has a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from . import quaternions as quat
from .posed import IDENTITY
from .rig import Rig
from .rotation_modes import Channels, channel_quats

MARGIN = 0.97
"""Blender keeps keys as 32-bit numbers."""
GOALS = 0.25
"""Share of the distance that IK goals, poles and what carries the limbs may be away by themselves:
the straighter a limb, the further its elbow or knee moves with them."""


@dataclass(frozen=True)
class Tolerance:
    """How far a reduced dance may be from the full one."""

    angle: float
    """Radians in armature space."""
    distance: float
    """Armature units."""


class Track:
    """All channels of one bone side by side, at every moment of the dance."""

    def __init__(
        self, bone: str, mode: str, channels: tuple[Channels, ...], seconds: np.ndarray
    ) -> None:
        self.bone, self.mode, self.channels = bone, mode, channels
        self.values = np.concatenate([c.values for c in channels], axis=-1)
        self.slopes = np.gradient(self.values, seconds, axis=0)
        ends = np.cumsum([0, *(c.values.shape[-1] for c in channels)]).tolist()
        self.parts = [slice(a, b) for a, b in pairwise(ends)]
        self.rotations = self.quats(self.values)
        """``[T, 4]`` basis rotations of the full dance."""

    def quats(self, values: np.ndarray) -> np.ndarray:
        """Basis rotations ``[T, 4]`` of ``values[T, C]``."""
        rotation = Channels(self.channels[-1].property_name, values[:, self.parts[-1]])
        return channel_quats(rotation, self.mode)

    def location(self, values: np.ndarray) -> np.ndarray | None:
        """Location channels ``[T, 3]`` of ``values[T, C]``, if the bone has any."""
        return values[:, self.parts[0]] if len(self.parts) > 1 else None


@dataclass(frozen=True, eq=False)
class _Posed:
    """Where the bones of some tracks are."""

    turns: np.ndarray
    """``[K, T, 4]`` away from rest, in armature space."""
    points: np.ndarray
    """``[K, 2, T, 3]`` head and tail."""


def reduced(
    tracks: Sequence[Track],
    rig: Rig,
    seconds: np.ndarray,
    beats: np.ndarray,
    tolerance: Tolerance,
) -> list[np.ndarray]:
    """Which moments ``[T]`` of each of ``tracks`` keep their key.

    Args:
        beats: ``[T]``, moments that are kept in every bone that moves.
    """
    chains = _Chains(tracks, rig)
    limit = Tolerance(MARGIN * tolerance.angle, MARGIN * tolerance.distance)
    kept = [_start(track, beats) for track in tracks]
    # Without IK no more travels than root and hips.
    goals = sum(len(track.parts) > 1 for track in tracks) > 2
    own = replace(limit, distance=GOALS * limit.distance) if goals else limit
    for track, mask in zip(tracks, kept, strict=True):
        while True:
            between = _Between(track, cubic(track, seconds, mask))
            error = between.error(own)
            if not _add_worst(mask, error, error > 1.0):
                break
    full = chains.pose([_Between(track, track.values) for track in tracks])
    while True:
        betweens = [_Between(t, cubic(t, seconds, m)) for t, m in zip(tracks, kept, strict=True)]
        blamed = chains.blame(full, betweens, limit)
        errors = [between.error(limit) for between in betweens]
        added = [_add_worst(*row) for row in zip(kept, errors, blamed, strict=True)]
        if not any(added):
            return kept


class _Between:
    """A track as it is between the keys that it has so far."""

    def __init__(self, track: Track, values: np.ndarray) -> None:
        self.rotations = track.quats(values)
        self.turned = angles(self.rotations, track.rotations)
        """``[T]`` radians away from the full dance."""
        self.location = track.location(values)
        self.shifted = np.zeros(len(values))
        """``[T]``, how far its place is away."""
        full = track.location(track.values)
        if self.location is not None and full is not None:
            self.shifted = quat.length(self.location - full)

    def error(self, limit: Tolerance) -> np.ndarray:
        """How far ``[T]`` the bone is from the full dance by itself; 1 is the limit."""
        return np.maximum(self.turned / limit.angle, self.shifted / limit.distance)


def cubic(track: Track, seconds: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The values ``[T, C]`` of a track between the keys that are ``kept[T]``."""
    keys = np.flatnonzero(kept)
    values, slopes, span = track.values[keys], track.slopes[keys], np.diff(seconds[keys])[:, None]
    rise = np.diff(values, axis=0) / span
    bend = (3.0 * rise - 2.0 * slopes[:-1] - slopes[1:]) / span
    twist = (slopes[:-1] + slopes[1:] - 2.0 * rise) / span**2
    moments = np.append(np.diff(keys)[:-1], keys[-1] - keys[-2] + 1)
    start, slope, second, third = (
        np.repeat(part, moments, axis=0) for part in (values[:-1], slopes[:-1], bend, twist)
    )
    t = (seconds - np.repeat(seconds[keys[:-1]], moments))[:, None]
    return start + t * (slope + t * (second + t * third))


def _start(track: Track, beats: np.ndarray) -> np.ndarray:
    """First and last moment, and the beats unless nothing moves."""
    still = np.ptp(track.values, axis=0).max() < 1e-5
    kept = np.zeros_like(beats) if still else beats.copy()
    kept[[0, -1]] = True
    return kept


def _add_worst(kept: np.ndarray, error: np.ndarray, wanted: np.ndarray) -> bool:
    """Keeps the worst moment of ``wanted[T]`` between each two keys; whether there was one."""
    moments = np.flatnonzero(wanted & ~kept)
    if not len(moments):
        return False
    piece = np.searchsorted(np.flatnonzero(kept), moments)
    order = np.lexsort((-error[moments], piece))
    first = np.unique(piece[order], return_index=True)[1]
    kept[moments[order[first]]] = True
    return True


def angles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Radians between rotations ``[..., 4]``; exact for small ones too."""
    apart = np.minimum(quat.length(a - b), quat.length(a + b))
    return 4.0 * np.arcsin(np.clip(apart / 2.0, 0.0, 1.0))


class _Chains:
    """The bones of some tracks, posed as Blender poses them."""

    def __init__(self, tracks: Sequence[Track], rig: Rig) -> None:
        self._rig = rig
        self._bones = [rig.bones.index(track.bone) for track in tracks]
        order = {bone: number for number, bone in enumerate(self._bones)}
        self._above = [
            [order[b] for b in [bone, *rig.ancestors(bone)] if b in order] for bone in self._bones
        ]
        """Of each track: the tracks of its chain, its own first."""

    def pose(self, betweens: Sequence[_Between]) -> _Posed:
        """Where the bones are with ``betweens`` for the tracks, which come parents first."""
        rig, frames = self._rig, len(betweens[0].turned)
        turns = np.empty((len(betweens), frames, 4))
        points = np.empty((len(betweens), 2, frames, 3))
        for k, (bone, between) in enumerate(zip(self._bones, betweens, strict=True)):
            rest, head = rig.rotations[bone], rig.heads[bone]
            above = self._above[k][1] if len(self._above[k]) > 1 else None
            carried = np.broadcast_to(IDENTITY, (frames, 4)) if above is None else turns[above]
            own = quat.multiply(quat.multiply(rest, between.rotations), quat.conjugate(rest))
            turning = above is not None and self._bones[above] in rig.turning_ancestors(bone)
            turns[k] = quat.multiply(carried, own) if turning else own
            place = np.broadcast_to(head, (frames, 3))
            if above is not None:
                arm = head - rig.heads[self._bones[above]]
                place = points[above, 0] + quat.rotate(carried, arm)
            location = between.location
            if location is not None:
                shift = quat.rotate(rest, location) if rig.local_location[bone] else location
                place = place + quat.rotate(carried, shift)
            points[k, 0] = place
            points[k, 1] = place + quat.rotate(turns[k], rig.tails[bone] - head)
        return _Posed(turns, points)

    def blame(
        self, full: _Posed, betweens: Sequence[_Between], limit: Tolerance
    ) -> list[np.ndarray]:
        """``[T]`` for each track: whether it is most to blame for a bone outside the limit."""
        posed = self.pose(betweens)
        own = np.stack([between.turned for between in betweens])
        shifted = np.stack([between.shifted for between in betweens])
        turned = angles(posed.turns, full.turns) > limit.angle
        away = quat.length(posed.points - full.points).max(axis=1) > limit.distance
        blamed = np.zeros(own.shape, dtype=bool)
        for k, chain in enumerate(self._above):
            for wrong, blames in (
                (turned[k], own[chain]),
                (away[k], self._levers(k) * own[chain] + shifted[chain]),
            ):
                moments = np.flatnonzero(wrong)
                worst = np.array(chain)[np.argmax(blames[:, moments], axis=0)]
                blamed[worst, moments] = True
        return list(blamed)

    def _levers(self, k: int) -> np.ndarray:
        """How far ``[N, 1]`` a track's tail is from the heads of its chain, at rest."""
        heads = self._rig.heads[[self._bones[above] for above in self._above[k]]]
        return np.linalg.norm(self._rig.tails[self._bones[k]] - heads, axis=-1)[:, None]
