"""A body found without any names: by what hangs where, by symmetry and by proportion.

Two limbs that mirror each other and reach the lowest point are the legs; two that leave the trunk
higher up, long enough, are the arms. Within a limb the joints are those three bones that divide
it best. Left and right follow from where the toes (or thumbs, eyes, elbows) point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np

from .body_shape import Tree, consistent, is_body
from .facing import with_sides
from .fingers import finger_chains

TOLERANCE = 0.02
"""How far from its mirror image a bone may be, as a share of the height."""
MOST_BONES = 800
"""Nameless rigs with more bones are not looked at: that would take seconds."""
LEAST = 0.5
"""A score below which nothing is a body."""
LONGEST = 16
"""More bones in a row than this are no limb."""
_NEAR = 1e-3
"""Heads closer than this share of the height are at one place."""


@dataclass(frozen=True)
class Shape:
    """A body that was found."""

    bones: dict[str, int]
    """Bone number by joint."""
    score: float
    """0..1: symmetry and proportions."""


@dataclass(frozen=True)
class _Frame:
    """Axes that the body is looked at in."""

    heads: np.ndarray
    """``[B, 3]`` as side, other, up, in heights; the middle is at side 0."""
    sides: np.ndarray
    """``[B]`` +1, -1 where all that hangs from the bone is on one side, else 0."""
    partners: dict[int, int]
    symmetry: float


@dataclass(frozen=True)
class _Limb:
    """Three joints of a limb on either side, and how well they divide it."""

    here: tuple[int, int, int]
    there: tuple[int, int, int]
    start: int
    """The limb's first bone on this side."""
    cost: float
    length: float
    has_hand: bool = False


def body_by_shape(tree: Tree) -> Shape | None:
    """The body in a rig, if its rest pose has one that stands upright."""
    if not 10 <= len(tree.rig.bones) <= MOST_BONES or not np.isfinite(tree.rig.heads).all():
        return None
    found = [
        shape
        for lateral in range(3)
        for up in (axis for axis in range(3) if axis != lateral)
        for sign in (1.0, -1.0)
        if (frame := _frame(tree, lateral, up, sign)) is not None
        and (shape := _body(tree, frame)) is not None
    ]
    return max(found, key=lambda shape: shape.score, default=None)


def _frame(tree: Tree, lateral: int, up: int, sign: float) -> _Frame | None:
    """The rig seen with these axes; None if it is not symmetric there."""
    heads = tree.rig.heads[:, [lateral, 3 - lateral - up, up]].astype(float)
    heads[:, 2] *= sign
    heads[:, 0] -= np.median(heads[:, 0])
    height = float(np.ptp(heads[:, 2]))
    if height < 1e-9:
        return None
    heads = heads / height
    off = np.flatnonzero(np.abs(heads[:, 0]) > TOLERANCE)
    if len(off) < 8:
        return None
    mirrored = heads[off] * np.array([-1.0, 1.0, 1.0])
    apart = np.linalg.norm(mirrored[:, None] - heads[None, off], axis=-1)
    depths = np.array([len(tree.lines[bone]) for bone in off])
    apart = (
        apart
        + 0.5 * (depths[:, None] != depths[None])
        + 1e-6 * np.abs(np.arange(len(off))[:, None] - np.arange(len(off))[None])
    )
    nearest = np.argmin(apart, axis=1)
    good = apart[np.arange(len(off)), nearest] < TOLERANCE
    symmetry = float(good.mean())
    if symmetry < 0.5:
        return None
    partners = {int(off[n]): int(off[nearest[n]]) for n in np.flatnonzero(good)}
    low, high = heads[:, 0].copy(), heads[:, 0].copy()
    for bone in range(len(heads) - 1, -1, -1):
        for child in tree.children[bone]:
            low[bone], high[bone] = min(low[bone], low[child]), max(high[bone], high[child])
    sides = (high > TOLERANCE).astype(int) - (low < -TOLERANCE).astype(int)
    return _Frame(heads, sides, partners, symmetry)


def _body(tree: Tree, frame: _Frame) -> Shape | None:
    """Legs and arms that fit each other best, and what lies between them."""
    limbs = [
        bone
        for bone, side in enumerate(frame.sides)
        if side > 0 and (not tree.lines[bone][1:] or frame.sides[tree.lines[bone][1]] == 0)
    ]
    legs = [leg for bone in limbs for leg in _legs(tree, frame, bone)]
    arms = [arm for bone in limbs for arm in _arms(tree, frame, bone)]
    pairs = ((leg, arm) for leg in legs for arm in arms)
    shapes = [shape for leg, arm in pairs if (shape := _joined(tree, frame, leg, arm)) is not None]
    best = max((shape.score for shape in shapes), default=0.0)
    if best < LEAST:
        return None
    # Tails of hair may be as long as arms, and hang from higher up.
    close = [shape for shape in shapes if shape.score > best - 0.12]
    chosen = min(close, key=lambda s: (_arms_depth(tree, s), -s.score))
    sided = with_sides(tree, chosen.bones)
    if sided is None or not is_body(tree.rig, sided):
        return None
    return Shape(consistent(tree, sided), chosen.score)


def _arms_depth(tree: Tree, shape: Shape) -> int:
    """How many bones are above the one from which the arms hang."""
    chest = tree.common(shape.bones[f"{side}_shoulder"] for side in "ab")
    return 0 if chest is None else len(tree.lines[chest])


def _legs(tree: Tree, frame: _Frame, start: int) -> list[_Limb]:
    """Hip, knee and ankle below ``start``: a long way down, almost to the lowest point."""
    heads = frame.heads
    floor = float(heads[:, 2].min())
    lowest = min([start, *tree.below(start)], key=lambda bone: heads[bone, 2])
    if heads[lowest, 2] - floor > 0.12:
        return []
    legs = []
    for leg in _limbs(tree, frame, start, _path(tree, start, lowest), 1.03):
        hip, knee, ankle = heads[list(leg.here), 2] - floor
        if hip > knee > ankle and ankle < 0.12 and leg.length > 0.2:
            end = leg.here[2]
            heel = not tree.children[end] and len(tree.children[tree.lines[end][1]]) > 1
            off = 2.0 * float(ankle) + (0.3 if heel else 0.0) - 0.8 * leg.length
            legs.append(replace(leg, cost=leg.cost + off))
    return sorted(legs, key=lambda leg: leg.cost)[:1]


def _arms(tree: Tree, frame: _Frame, start: int) -> list[_Limb]:
    """Shoulder, elbow and wrist below ``start``; the wrist is where fingers begin, if any do."""
    reach = [start, *tree.below(start)]
    hands = [bone for bone in reach if _is_hand(tree, bone)]
    far = max(reach, key=lambda bone: _length(frame.heads[bone] - frame.heads[start]))
    arms = []
    for end in hands or [far]:
        found = _limbs(tree, frame, start, _path(tree, start, end), 1.08)
        arms += [replace(a, has_hand=bool(hands)) for a in found if not hands or a.here[2] == end]
    return sorted(arms, key=lambda arm: arm.cost)[:8]


def _is_hand(tree: Tree, bone: int) -> bool:
    """Whether at least three chains of two bones or more hang from ``bone``."""
    if len(tree.children[bone]) < 2:
        return False
    chains = finger_chains(tree, bone)
    return len(chains) >= 3 and all(len(chain) <= 5 for chain in chains)


def _limbs(tree: Tree, frame: _Frame, start: int, line: Sequence[int], ratio: float) -> list[_Limb]:
    """All ways to put three joints on ``line`` that have a mirror image on the other side.

    The cost is how far the lengths of the two parts are from ``ratio``, and how bent each is.
    """
    places = _distinct(frame, line)
    if not 3 <= len(places) <= LONGEST:
        return []
    heads = frame.heads[places]
    apart = np.linalg.norm(heads[:, None] - heads[None], axis=-1)
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(heads, axis=0), axis=-1))])
    found = []
    for i, j, k in combinations(range(len(places)), 3):
        upper, lower = float(apart[i, j]), float(apart[j, k])
        if min(upper, lower) < 0.05:
            continue
        bends = float((run[j] - run[i]) / upper + (run[k] - run[j]) / lower) - 2.0
        cost = abs(math.log(upper / lower / ratio)) + 4.0 * bends
        if j > i + 1 and apart[i, i + 1] < 0.42 * upper:
            cost += 0.25  # too short for half of a limb: a collar bone
        here = (places[i], places[j], places[k])
        if cost < 1.0 and (there := _mirrored(tree, frame, here)) is not None:
            found.append(_Limb(here, there, start, cost, upper + lower))
    return found


def _mirrored(tree: Tree, frame: _Frame, bones: tuple[int, ...]) -> tuple[int, int, int] | None:
    """The bones on the other side: partners that hang from each other in the same way."""
    there = [frame.partners.get(bone, -1) for bone in bones]
    if -1 in there:
        return None
    if not all(tree.hangs(b, a) for a, b in pairwise(there)):
        return None
    return there[0], there[1], there[2]


def _joined(tree: Tree, frame: _Frame, leg: _Limb, arm: _Limb) -> Shape | None:
    """The body that has this leg and this arm on one side, ``a``, their images on the other, ``b``.

    Which of them is left is not known yet.
    """
    if leg.start == arm.start:
        return None
    pelvis = tree.common([leg.here[0], leg.there[0], arm.here[0], arm.there[0]])
    chest = tree.common([arm.here[0], arm.there[0]])
    if pelvis is None or chest is None:
        return None
    hips, shoulders = frame.heads[leg.here[0]], frame.heads[arm.here[0]]
    trunk = float(shoulders[2] - hips[2])
    if not 0.3 < arm.length / leg.length < 1.5 or not 0.2 < trunk / leg.length < 1.6:
        return None
    bones = {"pelvis": pelvis}
    for side, own_leg, own_arm in (("a", leg.here, arm.here), ("b", leg.there, arm.there)):
        for joint, bone in zip(("hip", "knee", "ankle"), own_leg, strict=True):
            bones[f"{side}_{joint}"] = bone
        for joint, bone in zip(("shoulder", "elbow", "wrist"), own_arm, strict=True):
            bones[f"{side}_{joint}"] = bone
        for joint, found in (
            ("foot", _ball(tree, frame, own_leg[2], leg.length)),
            ("collar", _collar(tree, frame, chest, own_arm[0])),
        ):
            if found is not None:
                bones[f"{side}_{joint}"] = found
    bones |= _neck(tree, frame, chest, float(shoulders[2]))
    off = max(leg.cost + 0.8 * leg.length, 0.0) + arm.cost
    off += 0.8 * abs(math.log(arm.length / leg.length / 0.64))
    score = 0.2 + 0.4 * frame.symmetry + 0.2 * ("head" in bones) + 0.2 * arm.has_hand - 0.4 * off
    return Shape(bones, float(np.clip(score, 0.05, 1.0)))


def _ball(tree: Tree, frame: _Frame, ankle: int, leg: float) -> int | None:
    """The bone of the toes: as far in front of the ankle as a ball is."""
    flat = frame.heads[:, :2] - frame.heads[ankle, :2]
    below = [
        bone
        for bone in tree.below(ankle)
        if frame.heads[bone, 2] <= frame.heads[ankle, 2] + 0.02
        and 0.09 * leg < _length(flat[bone]) < 0.45 * leg
    ]
    if not below:
        return None
    ahead = flat[max(below, key=lambda bone: _length(flat[bone]))]
    front = [
        bone
        for bone in below
        if float(flat[bone] @ ahead) > 0.7 * _length(flat[bone]) * _length(ahead)
    ]
    return min(
        front,
        key=lambda bone: (
            round(abs(_length(flat[bone]) - 0.15 * leg), 2),
            -len(tree.below(bone)),
            bone,
        ),
    )


def _collar(tree: Tree, frame: _Frame, chest: int, shoulder: int) -> int | None:
    """The first bone between chest and shoulder, of several at one place the last."""
    line = tree.lines[shoulder]
    between = [
        bone
        for bone in line[1 : line.index(chest)][::-1]
        if _length(frame.heads[bone] - frame.heads[shoulder]) > _NEAR
    ]
    if not between:
        return None
    first = frame.heads[between[0]]
    return [bone for bone in between if _length(frame.heads[bone] - first) <= _NEAR][-1]


def _neck(tree: Tree, frame: _Frame, chest: int, shoulders: float) -> dict[str, int]:
    """Neck and head: what goes on above the chest in the middle."""

    def top(bone: int) -> float:
        return max(float(frame.heads[b, 2]) for b in (bone, *tree.below(bone)))

    def middle(bone: int) -> list[int]:
        return [
            child
            for child in tree.children[bone]
            if abs(frame.heads[child, 0]) < TOLERANCE and frame.sides[child] == 0
        ]

    line: list[int] = []
    at = chest
    while ahead := [c for c in middle(at) if frame.heads[c, 2] > frame.heads[at, 2] - _NEAR]:
        nearest = max(ahead, key=lambda b: (round(top(b), 3), len(tree.below(b)), -b))
        if line and _length(frame.heads[nearest] - frame.heads[at]) < _NEAR:
            break  # the face begins where the head does
        if line and len(tree.children[at]) > 1:
            break  # eyes, a jaw or hair: this is the head
        line.append(nearest)
        at = nearest
    line = [bone for bone in line if frame.heads[bone, 2] > shoulders - 0.06]
    if len(line) > 1 and not tree.children[line[-1]]:
        last = _length(frame.heads[line[-1]] - frame.heads[line[-2]])
        if last > 0.075:
            line.pop()  # the end of the head
    if not line:
        return {}
    return {"neck": line[0], "head": line[-1]} if len(line) > 1 else {"head": line[0]}


def _path(tree: Tree, above: int, bone: int) -> list[int]:
    """From ``above`` down to ``bone``, both included."""
    line = tree.lines[bone]
    return list(line[: line.index(above) + 1][::-1])


def _distinct(frame: _Frame, line: Sequence[int]) -> list[int]:
    """``line`` with the last of bones that are at one place."""
    places: list[int] = []
    for bone in line:
        if places and _length(frame.heads[bone] - frame.heads[places[-1]]) < _NEAR:
            places[-1] = bone
        else:
            places.append(bone)
    return places


def _length(vector: np.ndarray) -> float:
    return float(np.linalg.norm(vector))
