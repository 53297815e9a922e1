"""Hands and forearms of a posed rig: out of its own body, and touching what they touch in the clip.

First the wrists go where the clip's touch. Near a part of the body a wrist is brought to the same
side of that part, at the same place along it and as far from its surface; near the other hand the
two are brought as far from each other. Then whatever of an arm is inside trunk, head or thighs is
pushed out by turning upper arm and forearm, the hand keeping its direction. All of it swells and
fades in time.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import quaternions as quat
from .axes import to_blender
from .capsules import (
    BROAD,
    Arm,
    Figure,
    Segments,
    clip_figure,
    deepest,
    nearness,
    rig_figure,
    thickness,
    to_points,
)
from .clip import Clip
from .clip_body import clip_body
from .easing import around, bell, smootherstep, swell
from .limb_ik import Limb, bent_to, limb_of, put
from .posed import PosedRig

SIDES = ("left", "right")
TOUCHES, FREE = 0.05, 0.16
"""Metres from a surface up to which a wrist touches it, and from which it does not at all."""
CHOICE = 0.02
"""Metres by which a part may be farther than the nearest and still count for much."""
GIVES = 0.006
"""Metres that a hand may sink in: skin and cloth give way."""
LOOK, AROUND = 0.02, 0.4
"""Metres of distance that may become a touch, and seconds around it that are looked at."""
EASE = 0.1
"""Seconds over which a push comes and goes."""
NEARER, ROUNDS = 10, 5
"""How often touches are brought nearer, and pushes out of the body repeated."""
LONGEST = 0.995
"""Share of its length to which an arm is stretched at most by a touch."""


def keep_hands_out(posed: PosedRig, clip: Clip, member: int = 0) -> PosedRig:
    """``posed`` with hands that touch what they touch in the clip, outside its body."""
    dancer = clip_figure(clip, clip_body(clip, member))
    limbs = {side: limb_of(posed, _names(side)) for side in SIDES}
    figure = rig_figure(posed)
    hinges = {side: _hinge(posed, side) for side in SIDES}
    ways = _touching(posed, dancer, figure, limbs)
    moved = {
        side: bent_to(limb, limb.end + ways[side], hinges[side], _longest(limb))
        if ways[side].any()
        else limb
        for side, limb in limbs.items()
    }
    for side in SIDES:
        moved[side] = _pushed_out(moved[side], figure, figure.arms[side], clip.fps)
        if moved[side] is not limbs[side]:
            posed = put(posed, limbs[side], moved[side])
    return posed


def _names(side: str) -> tuple[str, str, str]:
    return (f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")


def _hinge(posed: PosedRig, side: str) -> np.ndarray:
    """``[T, 3]`` axis about which the elbow bends the forearm to the front."""
    rig = posed.rig
    shoulder, elbow = (posed.joints[name] for name in _names(side)[:2])
    front = quat.rotate(posed.stage.rotation, np.array([0.0, -1.0, 0.0]))
    axis = quat.normalize(np.cross(rig.heads[elbow] - rig.heads[shoulder], front))
    return quat.rotate(posed.turn(shoulder), axis)


def _touching(
    posed: PosedRig, dancer: Figure, figure: Figure, limbs: dict[str, Limb]
) -> dict[str, np.ndarray]:
    """How the wrists ``[T, 3]`` have to move to touch what the clip's touch, if they can."""
    stage = posed.stage

    def turned(vectors: np.ndarray) -> np.ndarray:
        return quat.rotate(stage.rotation, to_blender(vectors))

    wrists = {side: figure.arms[side].wrist for side in SIDES}
    goals, weights = {}, {}
    for side in SIDES:
        here = dancer.arms[side].wrist
        near = to_points(here, dancer.solid)
        axis = figure.solid.end - figure.solid.start
        there = figure.solid.start + near.second[..., None] * axis
        far = thickness(figure.solid, near.second) + stage.scale * near.gap
        goals[side] = there + far[..., None] * quat.normalize(turned(near.away))
        weights[side] = _closeness(near.gap)
    apart = turned(dancer.arms["left"].wrist - dancer.arms["right"].wrist) * stage.scale
    gaps = [
        to_points(dancer.arms[a].wrist, dancer.arms[b].links()).gap for a, b in (SIDES, SIDES[::-1])
    ]
    clasp = _fade(np.concatenate(gaps, axis=1).min(axis=1))
    moved = dict(wrists)
    for _ in range(NEARER):
        middle = 0.5 * (moved["left"] + moved["right"])
        for side, sign in (("left", 0.5), ("right", -0.5)):
            weight = np.concatenate([weights[side], clasp[:, None]], axis=1)
            goal = np.concatenate([goals[side], (middle + sign * apart)[:, None]], axis=1)
            share = weight**2 / np.maximum((weight**2).sum(axis=1, keepdims=True), 1e-9)
            whole = 1.0 - np.prod(1.0 - weight, axis=1)
            way = np.einsum("tk,tki->ti", share, goal - wrists[side][:, None])
            moved[side] = _reached(limbs[side], wrists[side] + whole[:, None] * way)
    return {side: moved[side] - wrists[side] for side in SIDES}


def _reached(limb: Limb, wrist: np.ndarray) -> np.ndarray:
    """``wrist[T, 3]``, or what of its way the arm can reach."""
    away, most = wrist - limb.base, _longest(limb) * sum(limb.lengths)
    share = most / np.maximum(np.linalg.norm(away, axis=-1), 1e-12)
    return limb.base + away * np.minimum(share, 1.0)[:, None]


def _fade(gap: np.ndarray) -> np.ndarray:
    """1 where a gap (metres) is a touch, 0 where it is none."""
    return 1.0 - smootherstep((gap - TOUCHES) / (FREE - TOUCHES))


def _closeness(gaps: np.ndarray) -> np.ndarray:
    """How much each part counts, ``[T, K]``: the nearest most."""
    return _fade(gaps) * np.exp(-(gaps - gaps.min(axis=1, keepdims=True)) / CHOICE)


def _pushed_out(limb: Limb, figure: Figure, arm: Arm, fps: float) -> Limb:
    """The limb outside of the body; the limb itself where it is outside already.

    Position based dynamics (Mueller et al., 2007) over all frames at once: what is inside pushes
    elbow and wrist by their share of the way along the bone.
    """
    unit = figure.unit
    now = replace(arm, elbow=limb.middle, wrist=limb.end)
    near = deepest(now, figure.solid) > -LOOK * unit
    if not (deepest(now, figure.solid) > GIVES * unit).any():
        return limb
    frames = np.flatnonzero(around(near, AROUND * fps) > 0.0)
    solid, middle, end = figure.solid.of(frames), limb.middle[frames], limb.end[frames]
    base, palm = limb.base[frames], arm.palm[frames]
    lengths = (limb.lengths[0][frames], limb.lengths[1][frames])
    most = _longest(limb)[frames]
    for _ in range(ROUNDS):
        ways = _out_of(Arm(base, middle, end, palm, arm.size), solid, GIVES * unit)
        if not any(way.any() for way in ways):
            break
        first, second = (_eased(way, fps) for way in ways)
        middle, end = _joined(base, middle + first, end + second, lengths, most)
    new_middle, new_end = limb.middle.copy(), limb.end.copy()
    new_middle[frames], new_end[frames] = middle, end
    return replace(limb, middle=new_middle, end=new_end)


def _out_of(arm: Arm, solid: Segments, gives: float) -> tuple[np.ndarray, np.ndarray]:
    """How elbow and wrist ``[T, 3]`` have to move; what is deepest counts most."""
    links = arm.links()
    lacks, elbows, wrists = [], [], []
    for capsule, parts, number in (
        (links.part(slice(0, 1)), solid, 0),
        (links.part(slice(1, 2)), solid, 1),
        (arm.upper(), solid.part(slice(BROAD)), 2),
    ):
        near = nearness(capsule, parts)
        lack = np.maximum(-near.gap - gives * (3.0 if number == 2 else 1.0), 0.0)
        push = lack[..., None] * quat.normalize(near.away)
        share = {0: near.first, 1: np.ones_like(lack), 2: np.zeros_like(lack)}[number]
        spread = share**2 + (1.0 - share) ** 2
        lacks.append(lack)
        elbows.append(((1.0 - share) / spread)[..., None] * push)
        wrists.append((share / spread)[..., None] * push)
    lack = np.concatenate(lacks, axis=1)
    weight = lack / np.maximum(lack.sum(axis=1, keepdims=True), 1e-12)
    return (
        np.einsum("tk,tki->ti", weight, np.concatenate(elbows, axis=1)),
        np.einsum("tk,tki->ti", weight, np.concatenate(wrists, axis=1)),
    )


def _eased(way: np.ndarray, fps: float) -> np.ndarray:
    """A push ``[T, 3]`` that is as large as it has to be and swells and fades around that."""
    size = np.linalg.norm(way, axis=-1)
    if not size.any():
        return way
    frames = max(1, round(EASE * fps))
    weights = bell(4 * frames + 1)
    mean = np.stack([np.convolve(axis, weights, mode="full") for axis in way.T], axis=-1)
    scale = np.convolve(size, weights, mode="full")
    middle = slice(2 * frames, 2 * frames + len(size))
    ratio = swell(size, frames) / np.maximum(scale[middle], 1e-12)
    return mean[middle] * ratio[:, None]


def _longest(limb: Limb) -> np.ndarray:
    """``[T]`` share of its length to which it may be stretched: not less than it is already."""
    return np.maximum(LONGEST, np.minimum(limb.reach, 1.0))


def _joined(
    base: np.ndarray,
    middle: np.ndarray,
    end: np.ndarray,
    lengths: tuple[np.ndarray, np.ndarray],
    longest: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Elbow and wrist as near to two points as the bones let them."""
    first, second = lengths
    away = end - base
    far = np.linalg.norm(away, axis=-1)
    fitting = np.clip(far, np.abs(first - second) + 1e-9, longest * (first + second))
    axis = quat.normalize(away)
    aside = middle - base
    aside = quat.normalize(aside - np.sum(aside * axis, axis=-1, keepdims=True) * axis)
    along = (first**2 - second**2 + fitting**2) / (2.0 * np.maximum(fitting, 1e-12))
    along = np.clip(along, -first, first)
    out = np.sqrt(np.maximum(first**2 - along**2, 0.0))
    return (
        base + along[:, None] * axis + out[:, None] * aside,
        base + fitting[:, None] * axis,
    )
