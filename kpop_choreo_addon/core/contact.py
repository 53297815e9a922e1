"""Feet of a posed rig that stand where the clip says so: still, flat, on the rig's own floor.

    F       rotation of the foot away from its rest: a turn about the vertical (yaw), then a tilt
    p       the pivot, a point of the foot: the ball while it stands, else the heel
    A       the anchor: where the pivot is held, at the height that it has at rest
    a       the ankle: a = A - F p, so that the heel may rise and the foot may turn about the ball

A foot with heel and ball on the floor is level and keeps its direction. Between two contacts the
ankle goes as it went, plus a correction that glides from one contact to the next and that takes up
the speed with which the lock begins and ends. Where a leg would be too long the hips sink.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import quaternions as quat
from .clip import Clip
from .easing import around, bridge, runs, swell
from .limb_ik import Limb, bent_to, limb_of, put, smallest
from .posed import PosedRig
from .stands import SIDES, Stand, foot_stands

HIGHEST_ANKLE = 0.2
"""Metres above the floor, on the clip's dancer's scale: in boots with heels."""
LONGEST = 0.99
"""Share of its length that no leg exceeds."""
STANDING = 0.986
"""Share up to which a standing leg is straightened before the hips sink."""
TURNS = 0.26
"""Radians that a standing foot turns at least if it is meant to."""
SLOW_TURN = 0.6
"""Radians a second under which a turn is no more than swaying."""
EASE = 0.2
"""Seconds in which a foot comes to rest, or to its old way."""
LEVEL = 0.1
"""Seconds in which a heel comes down on a standing ball."""
ASIDE = 0.2
"""Seconds in which a foot that leans aside is set straight before its ball stands."""
SINK = 0.2
"""Seconds over which the hips sink and rise."""
SOFT = 0.004
"""Metres that a foot in the air may be under the floor."""


@dataclass(frozen=True, eq=False)
class Sole:
    """A foot at rest: from its ankle to what touches the floor, in armature space and units."""

    ball: np.ndarray
    """``[3]`` from the ankle to the ball."""
    heel: np.ndarray
    """``[3]`` from the ankle to the floor under it."""
    under: float
    """Height of the ball's joint above its sole."""
    ground: float
    """Height of the floor along the stage's up."""


@dataclass(frozen=True, eq=False)
class Step:
    """Where a foot goes."""

    ankle: np.ndarray
    """``[T, 3]``"""
    rotation: np.ndarray
    """``[T, 4]`` away from rest."""
    held: np.ndarray
    """``[T]``"""


def ground(posed: PosedRig, clip: Clip, member: int = 0) -> PosedRig:
    """``posed`` with its feet locked where they stand in the clip, and never under the floor."""
    stands = foot_stands(clip, member)
    soles = {side: _sole(posed, side) for side in SIDES}
    steps = {side: _step(posed, side, soles[side], stands[side], clip.fps) for side in SIDES}
    posed = _sunk(posed, steps, clip.fps)
    for side in SIDES:
        posed = _stepped(posed, side, soles[side], steps[side], stands[side], clip.fps)
    return posed


def _sole(posed: PosedRig, side: str) -> Sole:
    """What of a foot touches the floor at rest; without a toe bone, the foot's end is the ball."""
    rig, up = posed.rig, posed.stage.up
    ankle = rig.heads[posed.joints[f"{side}_ankle"]]
    toe = posed.joints.get(f"{side}_foot")
    ball = rig.tails[posed.joints[f"{side}_ankle"]] if toe is None else rig.heads[toe]
    floor = min(_floor(posed, float(ankle @ up)), float(ball @ up), float(ankle @ up))
    under = float(ball @ up) - floor
    if toe is None:
        ball, under = ball - under * up, 0.0
    return Sole(ball - ankle, (floor - float(ankle @ up)) * up, under, floor)


def _floor(posed: PosedRig, ankle: float) -> float:
    """What a foot whose ankle is at height ``ankle`` stands on: height 0 if that can be.

    An armature whose origin is elsewhere has its floor as far below its ankles as the clip's is.
    """
    stands = 0.0 < ankle < HIGHEST_ANKLE * posed.stage.scale
    return 0.0 if stands else posed.stage.floor


def _step(posed: PosedRig, side: str, sole: Sole, stand: Stand, fps: float) -> Step:
    """Where one foot goes so that it stands still."""
    up = posed.stage.up
    bone = posed.joints[f"{side}_ankle"]
    ankle = posed.place(bone)
    rotation = _levelled(posed.turn(bone), sole.ball, up, stand, fps)
    arms = np.stack([quat.rotate(rotation, arm) for arm in (sole.heel, sole.ball)], axis=1)
    heights = np.array([sole.ground, sole.ground + sole.under])
    points = ankle[:, None] + arms
    # A foot that is laid flat turns about its middle: half the way is the ankle's, half the ball's.
    points[:, 1] += 0.5 * quat.rotate(posed.turn(bone), sole.ball) - 0.5 * arms[:, 1]
    wanted = _anchored(ankle, points, arms, heights, up, stand)
    shift = bridge(wanted - ankle, stand.any, EASE * fps)
    ankle = _above_floor(ankle + shift, arms, heights, posed, stand.any, fps)
    return Step(ankle, rotation, stand.any)


def _levelled(
    turn: np.ndarray, ball: np.ndarray, up: np.ndarray, stand: Stand, fps: float
) -> np.ndarray:
    """The foot's rotation ``[T, 4]``: level and steady while heel and ball stand.

    While the ball stands at all the foot does not lean aside, so that it does not tip over each
    time the heel comes down.

    Args:
        turn: ``[T, 4]`` as it was.
        ball: ``[3]`` from the ankle to the ball at rest.
        up: ``[3]``
        stand: when heel and ball stand.
    """
    tilt = smallest(np.broadcast_to(up, (len(turn), 3)), quat.rotate(turn, up))
    level = quat.multiply(quat.conjugate(tilt), turn)
    yaw = np.unwrap(2.0 * np.arctan2(level[:, 1:] @ up, level[:, 0]))
    yaw = yaw + _steadied(yaw, stand.flat, fps)
    _, front = _split(quat.rotate(level, ball), up)
    front = quat.normalize(front)
    lean = quat.to_vectors(tilt)
    aside = np.sum(lean * front, axis=-1) * around(stand.ball, ASIDE * fps)
    lean = (lean - aside[:, None] * front) * (1.0 - around(stand.flat, LEVEL * fps))[:, None]
    return quat.multiply(quat.from_vectors(lean), quat.about(up, yaw))


def _steadied(yaw: np.ndarray, flat: np.ndarray, fps: float) -> np.ndarray:
    """What to add to ``yaw[T]`` radians so that a flat foot turns only where it means to."""
    if len(yaw) < 2:
        return np.zeros_like(yaw)
    steady, slow = flat.copy(), np.abs(np.gradient(yaw, 1.0 / fps)) < SLOW_TURN
    for run in runs(flat):
        if np.ptp(yaw[run]) > TURNS:
            steady[run] = slow[run]
    change = np.zeros_like(yaw)
    for run in runs(steady):
        change[run] = np.median(yaw[run]) - yaw[run]
    return bridge(change[:, None], steady, EASE * fps)[:, 0]


def _anchored(
    ankle: np.ndarray,
    points: np.ndarray,
    arms: np.ndarray,
    heights: np.ndarray,
    up: np.ndarray,
    stand: Stand,
) -> np.ndarray:
    """Where the ankle ``[T, 3]`` is while its pivot stands; elsewhere where it was.

    Args:
        ankle: ``[T, 3]`` as it was.
        points: ``[T, 2, 3]`` where heel and ball are to be, as far as they do not move.
        arms: ``[T, 2, 3]`` from the ankle to heel and ball.
        heights: ``[2]`` at which they stand.
        up: ``[3]``
        stand: when they do.
    """
    wanted = ankle.copy()
    for run in runs(stand.any):
        frames = np.arange(run.start, run.stop)
        which = stand.ball[run].astype(int)
        pivots = points[frames, which]
        pieces = np.split(np.arange(len(which)), np.flatnonzero(np.diff(which)) + 1)
        longest = max(range(len(pieces)), key=lambda n: len(pieces[n]))
        anchors: list[np.ndarray] = [np.median(pivots[piece], axis=0) for piece in pieces]
        order = [*range(longest + 1, len(pieces)), *range(longest - 1, -1, -1)]
        for number in order:
            # The ankle does not jump where the pivot changes.
            later = number > longest
            frame = pieces[number][0 if later else -1]
            near = number - 1 if later else number + 1
            arm = arms[frames[frame]]
            pivot, other = which[frame], which[pieces[near][0]]
            anchors[number] = anchors[near] - arm[other] + arm[pivot]
        for piece, anchor in zip(pieces, anchors, strict=True):
            pivot = which[piece[0]]
            anchor = anchor + (heights[pivot] - anchor @ up) * up
            wanted[frames[piece]] = anchor - arms[frames[piece], pivot]
    return wanted


def _above_floor(
    ankle: np.ndarray,
    arms: np.ndarray,
    heights: np.ndarray,
    posed: PosedRig,
    held: np.ndarray,
    fps: float,
) -> np.ndarray:
    """Lifts a foot in the air that would be under the floor."""
    up, soft = posed.stage.up, SOFT * posed.stage.scale
    low = ((ankle[:, None] + arms) @ up - heights).min(axis=1)
    need = np.where(held, 0.0, np.maximum(-low, 0.0))
    lift = swell(need, round(0.1 * fps)) * (1.0 - around(held, EASE * fps))
    under = np.minimum(low + lift, 0.0)
    lift = lift + np.where(held, 0.0, soft * np.expm1(under / soft) - under)
    return ankle + lift[:, None] * up


def _sunk(posed: PosedRig, steps: dict[str, Step], fps: float) -> PosedRig:
    """The hips lower, smoothly, where a standing leg could not reach its foot."""
    up = posed.stage.up
    need = np.zeros(posed.frames)
    for side, step in steps.items():
        leg = limb_of(posed, _leg(side))
        height, across = _split(leg.base - step.ankle, up)
        far = STANDING * sum(leg.lengths)
        tallest = np.sqrt(np.maximum(far**2 - quat.length(across) ** 2, (0.3 * far) ** 2))
        need = np.maximum(need, around(step.held, EASE * fps) * (height - tallest))
    drop = swell(need, round(SINK * fps / 2))
    return replace(posed, root_places=posed.root_places - drop[:, None] * up)


def _stepped(
    posed: PosedRig, side: str, sole: Sole, step: Step, stand: Stand, fps: float
) -> PosedRig:
    """The leg bent so that its foot is where ``step`` has it; toes lie flat on a standing ball."""
    leg, up = limb_of(posed, _leg(side)), posed.stage.up
    hip = posed.joints[f"{side}_hip"]
    hinge = quat.rotate(posed.turn(hip), quat.rotate(posed.stage.rotation, np.array([1.0, 0, 0])))
    bone, toe = posed.joints[f"{side}_ankle"], posed.joints.get(f"{side}_foot", -1)
    old = posed.turn(bone)
    new = bent_to(leg, _fitting(leg, step, up, fps), hinge, LONGEST)
    posed = put(posed, leg, new)
    foot = quat.multiply(step.rotation, quat.conjugate(old))
    level = _yaw(step.rotation, up)
    share = around(stand.ball, LEVEL * fps)
    turns = dict(posed.turns)
    for part in posed.below(bone):
        turned = quat.multiply(foot, turns[part])
        turns[part] = quat.slerp(turned, level, share) if part == toe else turned
    return replace(posed, turns=turns)


def _fitting(leg: Limb, step: Step, up: np.ndarray, fps: float) -> np.ndarray:
    """The ankle ``[T, 3]`` where the leg can take it.

    In the air it is drawn in where the leg nears its full length. It is moved aside, not down,
    where the leg does not fold so far, on the floor by no more than that takes.
    """
    away, length = step.ankle - leg.base, sum(leg.lengths)
    reach, room = quat.length(away) / length, LONGEST - STANDING
    over = np.maximum(reach - STANDING, 0.0)
    drawn = reach - over - room * np.expm1(-over / room)
    drawn = np.where(step.held, reach, drawn) / np.maximum(reach, 1e-9)
    height, across = _split(away * drawn[:, None], up)
    least = np.sqrt(np.maximum(leg.shortest**2 - height**2, 0.0))
    lack = np.maximum(least - quat.length(across), 0.0)
    free = 1.0 - around(step.held, EASE * fps)
    aside = np.maximum(lack, swell(lack, round(EASE * fps)) * free)
    level = across + aside[:, None] * quat.normalize(across)
    return leg.base + height[:, None] * up + level


def _split(vectors: np.ndarray, up: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far ``vectors[T, 3]`` go up, ``[T]``, and what is level of them, ``[T, 3]``."""
    height = vectors @ up
    return height, vectors - height[:, None] * up


def _yaw(rotation: np.ndarray, up: np.ndarray) -> np.ndarray:
    """The part of ``rotation[T, 4]`` that turns about ``up``, without tilt."""
    tilt = smallest(np.broadcast_to(up, (len(rotation), 3)), quat.rotate(rotation, up))
    return quat.multiply(quat.conjugate(tilt), rotation)


def _leg(side: str) -> tuple[str, str, str]:
    return (f"{side}_hip", f"{side}_knee", f"{side}_ankle")
