"""Layers: the arms of a move that stands over the steps of another one.

Choreographers make arms and steps apart and join them. Moves whose file says ``carries`` have steps
that go under other arms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from engine.vocabulary.move import PARTS, Key, Move

DEEPEST = 0.18
"""Metres that the pelvis of a move drops at most if steps may go under it."""
QUIET = {"left": 0.22, "twist": 1.0, "rise": 0.42}
"""How far (metres, radians) hips may go in a move that leaves them to other steps."""
HIPS = PARTS["hips"]
OWN = {"left": (0.4, 1.0), "twist": (0.6, 0.7), "rise": (0.4, 1.0), "front": (1.0, 0.0)}
"""What the hips take of the arms' move and of the steps'; tips are the arms'."""


def stands(move: Move) -> bool:
    """Whether a move leaves its legs free: it stands where it is, and is held in no pose."""
    if move.carries or move.rests or move.level != "standing" or move.timing == "hold":
        return False
    hips = np.array([key.hips for key in move.keys if key.hips is not None] or [(0.0,) * len(HIPS)])
    if hips[:, HIPS.index("drop")].max() > DEEPEST:
        return False
    if any(np.ptp(hips[:, HIPS.index(name)]) > most for name, most in QUIET.items()):
        return False
    return move.stays


def over(arms: Move, steps: Move, counts: int | None = None) -> Move:
    """The arms, chest and head of one move over the feet of another.

    Whichever is shorter is danced again, the arms to both sides in turn. The hits are the arms'.

    Args:
        counts: how many it takes; None: as many as the longer of the two.
    """
    counts = counts or max(arms.counts, steps.counts)
    danced = {key.count: _without_legs(key) for key in _arms(arms, counts)}
    walked = {key.count: key for key in _steps(steps, counts)}
    at = sorted(danced | walked)
    hips = _mixed(_hips(danced, at), _hips(walked, at))
    keys = []
    for count, row in zip(at, hips.tolist(), strict=True):
        key = danced.get(count, Key(count, timing=steps.timing, accent=False))
        if count in walked:
            under = walked[count]
            key = replace(
                key,
                left_foot=under.left_foot,
                right_foot=under.right_foot,
                slide=under.slide,
                weight=under.weight,
                place=under.place,
            )
        keys.append(replace(key, hips=tuple(row)))
    return replace(
        arms,
        counts=counts,
        keys=tuple(keys),
        groove=steps.groove if arms.groove == "none" else arms.groove,
        captions=(*arms.captions[:4], *steps.captions[:2]),
    )


def _arms(arms: Move, counts: int) -> Iterator[Key]:
    for number, start in enumerate(range(0, counts, arms.counts)):
        for key in arms.sided(number % 2 == 1).keys:
            if key.count + start < counts + 1:
                yield replace(key, count=key.count + start)


def _steps(steps: Move, counts: int) -> Iterator[Key]:
    """Steps that travel go on from where they have come to."""
    places = [key.place for key in steps.keys if key.place is not None]
    for number, start in enumerate(range(0, counts, steps.counts)):
        left, front = (number * metres for metres in (places[-1] if places else (0.0, 0.0)))
        for key in steps.keys:
            if key.count + start < counts + 1:
                place = key.place and (key.place[0] + left, key.place[1] + front)
                yield replace(key, count=key.count + start, place=place)


def _without_legs(key: Key) -> Key:
    return replace(key, left_foot=None, right_foot=None, weight=None)


def _hips(keys: Mapping[float, Key], counts: Sequence[float]) -> Float[np.ndarray, "N 6"]:
    """Numbers of the hips at each count, straight between keys; zero where none are given."""
    given = [(count, key.hips) for count, key in sorted(keys.items()) if key.hips is not None]
    if not given:
        return np.zeros((len(counts), len(HIPS)))
    at, values = [count for count, _ in given], np.array([hips for _, hips in given])
    return np.stack([np.interp(counts, at, column) for column in values.T], axis=-1)


def _mixed(
    arms: Float[np.ndarray, "N 6"], steps: Float[np.ndarray, "N 6"]
) -> Float[np.ndarray, "N 6"]:
    mixed = arms.copy()
    for name, (of_arms, of_steps) in OWN.items():
        at = HIPS.index(name)
        mixed[:, at] = of_arms * arms[:, at] + of_steps * steps[:, at]
    drop = HIPS.index("drop")
    mixed[:, drop] = np.maximum(arms[:, drop], steps[:, drop])
    return mixed
