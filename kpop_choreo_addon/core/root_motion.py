"""Which bone travels: the hips, a root bone, or none.

The same dance in three ways, for three uses:

    hips      the hips carry everything, as animators edit it and films render it
    root      a root bone on the floor carries the path and the heading, the hips the rest; game
              engines take the root's track as root motion
    in_place  the hips alone, as ``root`` has them: the dance on the spot, for engines that move
              the character themselves

The track of the root is calm: place on the floor and heading of the hips, smoothed over about a
second. What is faster is dance, not travel - sway, a twist of the hips on the beat - and stays on
the hips. With root motion, the hips are in the world where they are without it: their channels
are taken relative to the root bone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import quaternions as quat
from .humanoid import Match
from .posed import PosedRig

HIPS, ROOT, IN_PLACE = "hips", "root", "in_place"
MODES = (HIPS, ROOT, IN_PLACE)
SMOOTH = 0.4
"""Standard deviation, in seconds, of the Gaussian over path and heading."""


@dataclass(frozen=True, eq=False)
class Track:
    """Path and heading of a dance on the floor, in armature space."""

    turns: np.ndarray
    """``[T, 4]`` about the vertical, away from rest."""
    path: np.ndarray
    """``[T, 3]`` on the floor's plane through the armature's origin; at rest below the hips."""
    centre: np.ndarray
    """``[3]`` the path's place at rest."""

    def place(self, point: np.ndarray) -> np.ndarray:
        """Where ``point[3]`` of the rest pose goes ``[T, 3]``."""
        return self.path + quat.rotate(self.turns, point - self.centre)

    def without(self, turns: np.ndarray) -> np.ndarray:
        """Rotations ``[T, 4]`` as they are seen from the track."""
        return quat.multiply(quat.conjugate(self.turns), turns)


def root_track(posed: PosedRig, fps: float) -> Track:
    """The calm way of the hips over the floor."""
    stage = posed.stage
    turn, up = posed.turn(posed.root), stage.up
    hips = posed.place(posed.root, stage.hips)
    flat = hips - (hips @ up)[:, None] * up
    heading = np.unwrap(quat.twist_angle(turn, up))
    heading = heading - 2.0 * np.pi * np.round(heading[0] / (2.0 * np.pi))
    turns = quat.about(up, _calm(heading[:, None], fps)[:, 0])
    return Track(turns, _calm(flat, fps), stage.ground)


def root_bone(posed: PosedRig, match: Match) -> int | None:
    """The bone above the hips that can carry path and heading, if the armature has one."""
    names = match.parts.get("root", ())
    above = posed.rig.ancestors(posed.root)
    found = [bone for bone in above if posed.rig.bones[bone] in names]
    return found[-1] if found and not posed.rig.connected[found[-1]] else None


def move_root(posed: PosedRig, match: Match, mode: str, fps: float) -> PosedRig:
    """``posed`` with the bone travelling that ``mode`` says.

    ``root`` on an armature without a root bone stays as it is: its hips travel.
    """
    if mode == IN_PLACE:
        track = root_track(posed, fps)
        turns = {bone: track.without(turn) for bone, turn in posed.turns.items()}
        back = quat.rotate(quat.conjugate(track.turns), posed.root_places - track.path)
        return replace(posed, turns=turns, root_places=track.centre + back)
    bone = root_bone(posed, match)
    if mode != ROOT or bone is None:
        return posed
    track = root_track(posed, fps)
    turns = dict(sorted({**posed.turns, bone: track.turns}.items()))
    return replace(posed, turns=turns, above={bone: track.place(posed.rig.heads[bone])})


def _calm(values: np.ndarray, fps: float) -> np.ndarray:
    """``values[T, C]`` smoothed over time; beyond its ends a track goes on as it turned there."""
    sigma = SMOOTH * fps
    reach = min(int(np.ceil(3.0 * sigma)), len(values) - 1)
    if reach < 1:
        return values
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel = kernel / kernel.sum()
    before = 2.0 * values[0] - values[reach:0:-1]
    after = 2.0 * values[-1] - values[-2 : -2 - reach : -1]
    padded = np.concatenate([before, values, after])
    return np.stack([np.convolve(column, kernel, "valid") for column in padded.T], axis=-1)
