"""Toes, collar bones, neck and head of a body without names, once its limbs are known."""

from __future__ import annotations

from .body_shape import Tree
from .symmetry import NEAR, TOLERANCE, Frame, length


def ball_below(tree: Tree, frame: Frame, ankle: int, leg: float) -> int | None:
    """The bone of the toes: as far in front of the ankle as a ball is."""
    flat = frame.heads[:, :2] - frame.heads[ankle, :2]
    below = [
        bone
        for bone in tree.below(ankle)
        if frame.heads[bone, 2] <= frame.heads[ankle, 2] + 0.02
        and 0.09 * leg < length(flat[bone]) < 0.45 * leg
    ]
    if not below:
        return None
    ahead = flat[max(below, key=lambda bone: length(flat[bone]))]
    front = [
        bone
        for bone in below
        if float(flat[bone] @ ahead) > 0.7 * length(flat[bone]) * length(ahead)
    ]
    return min(
        front,
        key=lambda bone: (
            round(abs(length(flat[bone]) - 0.15 * leg), 2),
            -len(tree.below(bone)),
            bone,
        ),
    )


def collar_above(tree: Tree, frame: Frame, chest: int, shoulder: int) -> int | None:
    """The first bone between chest and shoulder, of several at one place the last."""
    line = tree.lines[shoulder]
    between = [
        bone
        for bone in line[1 : line.index(chest)][::-1]
        if length(frame.heads[bone] - frame.heads[shoulder]) > NEAR
    ]
    if not between:
        return None
    first = frame.heads[between[0]]
    return [bone for bone in between if length(frame.heads[bone] - first) <= NEAR][-1]


def neck_and_head(tree: Tree, frame: Frame, chest: int, shoulders: float) -> dict[str, int]:
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
    while ahead := [c for c in middle(at) if frame.heads[c, 2] > frame.heads[at, 2] - NEAR]:
        nearest = max(ahead, key=lambda b: (round(top(b), 3), len(tree.below(b)), -b))
        if line and length(frame.heads[nearest] - frame.heads[at]) < NEAR:
            break  # the face begins where the head does
        if line and len(tree.children[at]) > 1:
            break  # eyes, a jaw or hair: this is the head
        line.append(nearest)
        at = nearest
    line = [bone for bone in line if frame.heads[bone, 2] > shoulders - 0.06]
    if len(line) > 1 and not tree.children[line[-1]]:
        last = length(frame.heads[line[-1]] - frame.heads[line[-2]])
        if last > 0.075:
            line.pop()  # the end of the head
    if not line:
        return {}
    return {"neck": line[0], "head": line[-1]} if len(line) > 1 else {"head": line[0]}
