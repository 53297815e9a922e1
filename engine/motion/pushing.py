"""Limbs that are pushed out of things: two moving points on bones of fixed length.

Position based dynamics (Mueller et al., 2007) over all frames at once: what is deepest inside
pushes middle and end of the limb, by their share of the way along the bone, so that an elbow swings
aside before the hand has to leave its place. Every push swells and fades in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from engine.motion.body_shape import LIMBS, Nearness, Segments, nearness, segments
from engine.motion.contacts import runs
from engine.motion.ik import LIMBS as CHAINS
from engine.motion.ik import MAX_REACH
from engine.motion.rotations import cross, normalize, quat_conjugate, quat_rotate
from engine.motion.skeleton import BODY, Pose

TOUCH = 0.008
"""Metres that a hand on the hip or the cheek may sink in: skin and cloth give way."""
EASE = 0.08
"""Seconds (standard deviation) over which a push comes and goes."""
SAME_CROSSING = 0.25
"""Seconds; limbs that part for less are still crossed the same way."""
STEEP = 0.5
"""Sine of the angle at which two bones cross like an X and not side by side."""
CROSSED = 0.02
"""Metres by which wrists or ankles are on each other's side if the limbs are crossed."""
PARTS = {"arm": ("upper arm", "forearm", "hand"), "leg": ("thigh", "shin", "foot")}
"""Shapes of a limb from the body outward."""


@dataclass(eq=False)
class Chain:
    """Points of an arm or a leg over T frames, metres; ``middle`` and ``end`` move."""

    base: Float[np.ndarray, "T 3"]
    middle: Float[np.ndarray, "T 3"]
    end: Float[np.ndarray, "T 3"]
    last: Float[np.ndarray, "T 2 3"]
    """From the end to the two ends of hand or foot, which keep their direction."""
    radii: Float[np.ndarray, "3 2"]
    lengths: tuple[float, float]

    @classmethod
    def of(cls, pose: Pose, side: str, limb: str) -> Chain:
        """An arm (``limb`` is ``arm``) or a leg in a pose."""
        names = CHAINS[f"{side}_{limb}"]
        joints = [BODY.index[name] for name in (names.upper, names.middle, names.end)]
        base, middle, end = (pose.positions[:, joint] for joint in joints)
        shapes = [LIMBS[side][part] for part in PARTS[limb]]
        tip = segments(pose, shapes[2:])
        last = np.concatenate([tip.start, tip.end], axis=1) - end[:, None]
        first, second = (float(np.linalg.norm(BODY.offsets[joint])) for joint in joints[1:])
        radii = np.array([shape.radii for shape in shapes])
        return cls(base, middle, end, last, radii, (first, second))

    def links(self) -> Segments:
        """Forearm and hand, or shin and foot."""
        start = np.stack([self.middle, self.end + self.last[:, 0]], axis=1)
        end = np.stack([self.end, self.end + self.last[:, 1]], axis=1)
        return Segments(start, end, self.radii[1:])

    def upper(self) -> Segments:
        """The upper bone from its middle on, where it is free of the trunk."""
        half = 0.5 * (self.base + self.middle)
        radii = np.array([[self.radii[0].mean(), self.radii[0, 1]]])
        return Segments(half[:, None], self.middle[:, None], radii)

    def pushed(self, middle: Float[np.ndarray, "T 3"], end: Float[np.ndarray, "T 3"]) -> None:
        """Moves both points, each as near to where it is pushed as the bones let it."""
        first, second = self.lengths
        far = MAX_REACH * (first + second)
        near = abs(first - second) + 0.02 * (first + second)
        reach = np.linalg.norm(self.end - self.base, axis=-1)
        aim = self.end + end - self.base
        length = np.linalg.norm(aim, axis=-1)
        fitting = np.clip(length, np.minimum(near, reach), np.maximum(far, reach))
        axis = normalize(aim)
        along = (first**2 - second**2 + fitting**2) / (2.0 * fitting)
        aside = self.middle + middle - self.base
        aside = normalize(aside - np.sum(aside * axis, axis=-1, keepdims=True) * axis)
        out = np.sqrt(np.maximum(first**2 - along**2, 0.0))
        self.end = self.base + axis * fitting[:, None]
        self.middle = self.base + axis * along[:, None] + aside * out[:, None]


@dataclass(frozen=True, eq=False)
class Pushes:
    """K reasons to move a limb."""

    ends: Float[np.ndarray, "T K 2 3"]
    """Metres by which middle and end are to move."""
    lack: Float[np.ndarray, "T K"]
    """Metres that are missing; the more, the more it counts."""

    @classmethod
    def joined(cls, pushes: Sequence[Pushes]) -> Pushes:
        """All of them as one, so that what overlaps does not push twice."""
        ends, lacks = [push.ends for push in pushes], [push.lack for push in pushes]
        return cls(np.concatenate(ends, axis=1), np.concatenate(lacks, axis=1))

    def mean(self) -> Float[np.ndarray, "T 2 3"]:
        """The mean of all, the deepest counting most."""
        weight = self.lack / np.maximum(self.lack.sum(axis=1, keepdims=True), 1e-9)
        return np.einsum("tk,tkij->tij", weight, self.ends)


def out_of(chain: Chain, solid: Segments, broad: Segments) -> Pushes:
    """The shortest way out of what does not move; the upper bone meets the broad part alone."""
    ends, lacks = [], []
    links = chain.links()
    for number in range(2):
        near = nearness(chosen(links, np.array([number])), solid)
        lack = np.maximum(near.depth - TOUCH, 0.0)
        ends.append(_shared(near.first, lack[..., None] * normalize(near.away), number == 1))
        lacks.append(lack)
    near = nearness(chain.upper(), broad)
    lack = np.maximum(near.depth - 2.0 * TOUCH, 0.0)
    push = lack[..., None] * normalize(near.away)
    ends.append(np.stack([push, np.zeros_like(push)], axis=-2))
    lacks.append(lack)
    return Pushes(np.concatenate(ends, axis=1), np.concatenate(lacks, axis=1))


def off(chain: Chain, bone: Segments, frame: Float[np.ndarray, "T 4"], fps: float) -> Pushes:
    """Past one bone of another limb, on the same side of it for as long as they touch."""
    links, never = chain.links(), np.zeros(len(frame), dtype=bool)
    near = nearness(links, bone)
    push = _missing(near, _past(_passing(near, frame, never, fps).side, links, bone))
    return _pushes(near.first, push, np.arange(2))


def are_crossed(
    left: Chain, right: Chain, frame: Float[np.ndarray, "T 4"]
) -> Bool[np.ndarray, " T"]:
    """Frames in which wrists or ankles are on each other's side."""
    aside = quat_rotate(quat_conjugate(frame), left.end - right.end)[:, 0]
    return np.asarray(aside < -CROSSED)


def from_each_other(
    left: Chain,
    right: Chain,
    frame: Float[np.ndarray, "T 4"],
    crossed: Bool[np.ndarray, " T"],
    fps: float,
) -> dict[str, Pushes]:
    """Two limbs past each other, the same one in front for as long as they are crossed.

    Args:
        frame: world rotations of the part of the body from which front is seen.
        crossed: frames in which they are to stay on each other's side.
    """
    one, two = (np.array(column) for column in ([0, 0, 1, 1], [0, 1, 0, 1]))
    first, second = chosen(left.links(), one), chosen(right.links(), two)
    near = nearness(first, second)
    passing = _passing(near, frame, crossed, fps)
    side = _past(passing.side, first, second)
    across = quat_rotate(frame, np.array([1.0, 0.0, 0.0]))[:, None]
    inwards = np.sum(side * across, axis=-1, keepdims=True) * across
    side = normalize(side - np.where(passing.crossed[:, None, None], inwards, 0.0))
    push = 0.5 * _missing(near, side)
    return {"left": _pushes(near.first, push, one), "right": _pushes(near.second, -push, two)}


def chosen(capsules: Segments, numbers: Int[np.ndarray, " K"]) -> Segments:
    """Some of the capsules."""
    return Segments(capsules.start[:, numbers], capsules.end[:, numbers], capsules.radii[numbers])


def eased(way: Float[np.ndarray, "T 3"], fps: float) -> Float[np.ndarray, "T 3"]:
    """A push that is as large as it has to be and swells and fades around that."""
    sigma = EASE * fps
    size = np.linalg.norm(way, axis=-1)
    if not size.any():
        return way
    width = 2 * int(np.ceil(sigma)) + 1
    swollen = gaussian_filter1d(maximum_filter1d(size, width), sigma, mode="nearest")
    # Where pushes of opposite ways follow each other, their mean is short and goes through zero.
    mean, scale = (
        gaussian_filter1d(values, sigma, axis=0, mode="nearest", truncate=8.0)
        for values in (way, size)
    )
    return mean * (swollen / np.maximum(scale, 1e-12))[:, None]


def _pushes(
    share: Float[np.ndarray, "T K"], push: Float[np.ndarray, "T K 3"], links: Int[np.ndarray, " K"]
) -> Pushes:
    """Pushes at shares of the way along the links of those numbers."""
    ends = [
        _shared(share[:, k : k + 1], push[:, k : k + 1], bool(link == 1))
        for k, link in enumerate(links)
    ]
    return Pushes(np.concatenate(ends, axis=1), np.linalg.norm(push, axis=-1))


def _shared(
    share: Float[np.ndarray, "T K"], push: Float[np.ndarray, "T K 3"], last: bool
) -> Float[np.ndarray, "T K 2 3"]:
    """How middle and end move so that the point between them (or on the last) moves by ``push``."""
    end = np.ones_like(share) if last else share
    ends = np.stack([1.0 - end, end], axis=-1)
    ends /= np.sum(ends * ends, axis=-1, keepdims=True)
    return ends[..., None] * push[..., None, :]


def _missing(near: Nearness, side: Float[np.ndarray, "T K 3"]) -> Float[np.ndarray, "T K 3"]:
    """How far the first has to go towards ``side`` to be outside the second."""
    along = np.sum(near.away * side, axis=-1)
    square = np.sum(near.away**2, axis=-1) - along**2
    reach = near.reach - TOUCH
    lack = np.sqrt(np.maximum(reach**2 - square, 0.0)) - along
    lack = np.where(square < reach**2, np.maximum(lack, 0.0), 0.0)
    return lack[..., None] * side


def _past(
    side: Float[np.ndarray, "T 3"], first: Segments, second: Segments
) -> Float[np.ndarray, "T K 3"]:
    """``side``, turned to where two bones that cross at an angle can pass: square to both."""
    one, two = normalize(first.end - first.start), normalize(second.end - second.start)
    square = cross(one, two)
    share = np.clip(np.linalg.norm(square, axis=-1, keepdims=True) / STEEP, 0.0, 1.0)
    square = normalize(square)
    passing = np.sum(square * side[:, None], axis=-1, keepdims=True) * square
    return normalize((1.0 - 0.95 * share) * side[:, None] + 0.95 * share * passing)


@dataclass(frozen=True, eq=False)
class _Passing:
    """How one limb passes another."""

    side: Float[np.ndarray, "T 3"]
    """The unit direction in which the first is kept from the second."""
    crossed: Bool[np.ndarray, " T"]
    """They go through one another on their way to each other's side or back."""


def _passing(
    near: Nearness, frame: Float[np.ndarray, "T 4"], crossed: Bool[np.ndarray, " T"], fps: float
) -> _Passing:
    """Keeps the first limb where it is already.

    Where limbs go through one another that direction turns about, so it is the mean of the whole
    crossing there, as ``frame`` sees it: before or behind, above or below, if they are crossed.
    """
    deepest = near.depth.argmax(axis=1)
    frames = np.arange(len(deepest))
    away = quat_rotate(quat_conjugate(frame), near.away[frames, deepest])
    share = np.linalg.norm(away, axis=-1) / near.reach[frames, deepest]
    side, changes = normalize(away), np.zeros(len(deepest), dtype=bool)
    touching = share < 1.0
    for gap in runs(~touching):
        if gap.start > 0 and gap.stop < len(share) and gap.stop - gap.start < SAME_CROSSING * fps:
            touching[gap] = True
    for run in runs(touching):
        if crossed[run].any():
            changes[run] = True
            away[run, 0] = 0.0
        if changes[run.start] or share[run].min() < 0.5:
            side[run] = normalize(away[run].sum(axis=0))
    return _Passing(quat_rotate(frame, side), changes)
