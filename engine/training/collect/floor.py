"""Where the floor is, and when feet rest on it, as a recording's own joints tell.

Some capture rooms were tilted by more than a degree against the data's axes: 2 cm for every metre
walked. A plane fitted to planted feet, over all takes of a dancer, levels them. The height of a
planted foot is looked up in the take itself, and in the dancer's other takes where that one looks
wrong, because its feet stood on other things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int

from engine.motion.contacts import runs
from engine.motion.rotations import quat_between, quat_identity, quat_multiply, quat_rotate
from engine.training.collect.kinds import Kind
from engine.training.collect.recording import Recording

Heights = dict[str, float]
"""For each ankle of ours: metres at which the anchor of that foot rests on the floor."""

UP = np.array([0.0, 1.0, 0.0])
SLOW = 0.15
"""m/s below which an anchor counts as resting."""
STEADY = 0.4
"""m/s below which the ball of a resting foot stays: noisier than an ankle."""
LOW = 0.025
"""Metres above the resting height up to which an anchor counts as down."""
LAYER = 0.04
"""Metres of height within which an anchor's lowest rests lie."""
MISTAKEN = 0.03
"""Metres by which one foot may rest higher than usual against the other."""
ENOUGH_REST = 1.0
"""Seconds of rest from which on a take knows its own floor."""
HIGHEST_REST = 0.15
"""Metres above an anchor's lowest place up to which it may rest on a tilted floor."""
SHORTEST_REST, FEWEST_RESTS = 0.15, 12
"""Seconds, and how many rests of a dancer, that a slope can be told from."""
STEEPEST = 0.04
"""Slope (metres a metre) above which a fitted plane is no floor."""
NARROWEST = 0.2
"""Metres (standard deviation) of ground covered at which a slope is believed by half."""
AGREES = 0.6
"""Share of a slope by which its halves may differ."""


def anchor_of(kind: Kind, joint: str) -> str:
    """The joint of a foot whose height tells whether it is down.

    That is the ankle of people, whose soles are off, and the ball of a robot's exact foot, which
    stays on the floor when the robot stands on its toes.
    """
    return kind.feet[joint][1 if kind.upright else 0]


def planted_frames(
    recording: Recording, kind: Kind, scale: float, heights: Heights
) -> dict[str, Bool[np.ndarray, " T"]]:
    """For each ankle of ours: frames in which the foot stands on the floor."""
    return {
        joint: rests
        & (recording.point(anchor_of(kind, joint))[:, 1] * scale < heights[joint] + LOW)
        for joint, rests in resting_frames(recording, kind, scale).items()
    }


def resting_frames(
    recording: Recording, kind: Kind, scale: float
) -> dict[str, Bool[np.ndarray, " T"]]:
    """For each ankle of ours: frames in which anchor and ball stay, wherever that is."""
    return {
        joint: (speed(recording.point(anchor_of(kind, joint)) * scale, recording.fps) < SLOW)
        & (speed(recording.point(ball) * scale, recording.fps) < STEADY)
        for joint, (_, ball) in kind.feet.items()
    }


def resting_heights(recording: Recording, kind: Kind, scale: float) -> Heights:
    """The height at which each anchor rests in this take, or its lowest if it never rests."""
    heights = {}
    for joint, rests in resting_frames(recording, kind, scale).items():
        height = recording.point(anchor_of(kind, joint))[:, 1] * scale
        height = height[rests] if rests.any() else height
        lowest = np.percentile(height, 2)
        heights[joint] = float(np.median(height[height < lowest + LAYER]))
    return heights


def floors_of(recordings: Sequence[Recording], kind: Kind, scale: float) -> list[Heights]:
    """Each take's resting heights, corrected where a foot rested on no floor.

    A take may lie higher or lower than the dancer's others as a whole. One foot alone may not: it
    was held in the air or stood on something, and gets the dancer's usual height, moved with the
    take.
    """
    own = [resting_heights(recording, kind, scale) for recording in recordings]
    rests = [
        {
            joint: float(frames.sum()) / recording.fps
            for joint, frames in resting_frames(recording, kind, scale).items()
        }
        for recording in recordings
    ]
    usual = {}
    for joint in kind.feet:
        sure = [h[joint] for h, r in zip(own, rests, strict=True) if r[joint] >= ENOUGH_REST]
        usual[joint] = float(np.percentile(sure or [h[joint] for h in own], 25))
    if kind.authored:
        return [usual] * len(own)
    floors = []
    for heights, rest in zip(own, rests, strict=True):
        moved = {joint: heights[joint] - usual[joint] for joint in kind.feet}
        sure_moves = [move for joint, move in moved.items() if rest[joint] >= ENOUGH_REST]
        whole = min(sure_moves, default=0.0)
        floors.append(
            {
                joint: heights[joint]
                if rest[joint] >= ENOUGH_REST and move < whole + MISTAKEN
                else usual[joint] + whole
                for joint, move in moved.items()
            }
        )
    return floors


def level_of(recordings: Sequence[Recording], kind: Kind, scale: float) -> Float[np.ndarray, " 4"]:
    """The rotation that makes a dancer's floor level.

    The slope must show in both halves of the takes alike, or the floor is believed to be level.
    """
    places, groups = _rests(recordings, kind, scale)
    if kind.authored or len(places) < FEWEST_RESTS:
        return quat_identity()
    slope = _slope(places, groups)
    halves = [_slope(places[groups % 2 == half], groups[groups % 2 == half]) for half in (0, 1)]
    size = float(np.linalg.norm(slope))
    if size > STEEPEST or np.linalg.norm(halves[0] - halves[1]) > AGREES * size:
        return quat_identity()
    return quat_between(np.array([-slope[0], 1.0, -slope[1]]), UP)


def turned(recording: Recording, rotation: Float[np.ndarray, " 4"]) -> Recording:
    """The whole recording turned about the origin."""
    quats = recording.local_quats.copy()
    quats[:, 0] = quat_multiply(np.broadcast_to(rotation, quats[:, 0].shape), quats[:, 0])
    path = quat_rotate(rotation, recording.root_positions)
    return replace(recording, local_quats=quats, root_positions=path)


def speed(path: Float[np.ndarray, "T 3"], fps: float) -> Float[np.ndarray, " T"]:
    """Speed along a path, in its unit a second, by central differences."""
    if len(path) < 2:
        return np.zeros(len(path))
    return np.linalg.norm(np.gradient(path, axis=0), axis=-1) * fps


def _rests(
    recordings: Sequence[Recording], kind: Kind, scale: float
) -> tuple[Float[np.ndarray, "N 3"], Int[np.ndarray, " N"]]:
    """Where anchors rested (metres), and numbers that tell take and foot apart.

    Numbers of takes alternate in their parity, which splits the takes in halves.
    """
    places, groups = [], []
    for number, recording in enumerate(recordings):
        for foot, (joint, rests) in enumerate(resting_frames(recording, kind, scale).items()):
            path = recording.point(anchor_of(kind, joint)) * scale
            low = rests & (path[:, 1] < np.percentile(path[:, 1], 2) + HIGHEST_REST)
            for rest in runs(low):
                if rest.stop - rest.start >= SHORTEST_REST * recording.fps:
                    places.append(path[rest].mean(axis=0))
                    half = number % 2 if len(recordings) > 1 else foot
                    groups.append(4 * number + 2 * foot + half)
    return np.array(places).reshape(-1, 3), np.array(groups, dtype=int)


def _slope(
    places: Float[np.ndarray, "N 3"], groups: Int[np.ndarray, " N"]
) -> Float[np.ndarray, " 2"]:
    """Slope along x and z of resting places that share it, group by group at its own height.

    Feet that rest on tiptoe or in the air are outliers, so least absolute deviations are fitted, by
    reweighting. Directions in which too little ground is covered count as level.
    """
    if not len(places):
        return np.zeros(2)
    member = np.equal.outer(np.unique(groups), groups).astype(float)
    weights = np.ones(len(places))
    slope = np.zeros(2)
    for _ in range(30):
        totals = (member * weights).sum(axis=1, keepdims=True)
        inner = places - member.T @ ((member * weights) @ places / totals)
        ground, height = inner[:, [0, 2]], inner[:, 1]
        spread = (ground.T * weights) @ ground + NARROWEST**2 * weights.sum() * np.eye(2)
        slope = np.linalg.solve(spread, (ground.T * weights) @ height)
        weights = 1.0 / np.maximum(np.abs(height - ground @ slope), 0.003)
    return slope
