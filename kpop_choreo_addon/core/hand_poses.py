"""Fingers: fist, open hand, a pointing finger, a finger heart, a V, or relaxed.

In the T-pose, palms down, a finger is straight along the hand and flexes toward the floor about
the hinge h = d x down. With C_w the wrist's reference correction, a phalanx f whose rest direction
is r_f is brought straight by C_f (r_f without what stands out of the palm: fingers keep their
spread), flexed by the sum of its own and the angles above it, and follows the wrist:

    D_f = D_w C_w^-1 Q_f C_f,   Q_f turns about h by the flexions up to f.

So a hand that rests half closed shows the same fist as one that rests flat. A thumb keeps its rest
and is turned from there toward the palm, below the fingers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from . import quaternions as quat
from .easing import evened
from .fit import Fit
from .posed import IDENTITY, PosedRig

FINGERS = ("index", "middle", "ring", "little")
FROM_DANCE, LEAVE = "DANCE", "LEAVE"
"""Show what the choreography says; leave fingers alone."""
RELAXED = "relaxed"
BLEND_S = 0.2
"""Seconds in which a hand changes from one pose to the next."""

_CLOSED = (80.0, 95.0, 60.0)
_STRAIGHT = (0.0, 3.0, 2.0)
POSES: dict[str, dict[str, tuple[float, float, float]]] = {
    "relaxed": {
        "thumb": (6.0, 8.0, 8.0),
        "index": (14.0, 20.0, 12.0),
        "middle": (20.0, 25.0, 15.0),
        "ring": (25.0, 29.0, 18.0),
        "little": (28.0, 31.0, 18.0),
    },
    "fist": {"thumb": (34.0, 32.0, 40.0), **dict.fromkeys(FINGERS, _CLOSED)},
    "open": {"thumb": (-8.0, 0.0, 0.0), **dict.fromkeys(FINGERS, _STRAIGHT)},
    "point": {
        "thumb": (34.0, 32.0, 40.0),
        **dict.fromkeys(FINGERS, _CLOSED),
        "index": _STRAIGHT,
    },
    "finger heart": {
        "thumb": (22.0, 6.0, 0.0),
        **dict.fromkeys(FINGERS, _CLOSED),
        "index": (52.0, 48.0, 18.0),
    },
    "v": {
        "thumb": (38.0, 34.0, 44.0),
        **dict.fromkeys(FINGERS, _CLOSED),
        "index": _STRAIGHT,
        "middle": _STRAIGHT,
    },
}
"""Degrees of flexion, proximal to distal."""


def pose_hands(
    posed: PosedRig, fit: Fit, shown: Sequence[np.ndarray], names: Sequence[str], fps: float
) -> PosedRig:
    """Turns the fingers of both hands; rigs without fingers stay as they are.

    Args:
        fit: of the same armature.
        shown: ``[T]`` for the left and the right hand: numbers of ``names``.
        names: of hand poses; one that is not in :data:`POSES` is relaxed.
    """
    turns = dict(posed.turns)
    for side, numbers in zip(("left", "right"), shown, strict=True):
        wrist = posed.joints.get(f"{side}_wrist")
        if wrist is None:
            continue
        weights = _weights(np.asarray(numbers), len(names), fps)
        for finger in ("thumb", *FINGERS):
            chain = fit.parts.get(f"{side}_{finger}", ())[-3:]
            if not chain:
                continue
            table = np.array([POSES.get(name, POSES[RELAXED])[finger] for name in names])
            angles = np.deg2rad(weights @ table[:, : len(chain)])
            hand = _Hand(posed, fit, side, wrist)
            turns |= hand.thumb(chain, angles) if finger == "thumb" else hand.finger(chain, angles)
    return replace(posed, turns=dict(sorted(turns.items())))


def _weights(numbers: np.ndarray, count: int, fps: float) -> np.ndarray:
    """``[T, P]`` share of each pose; a change takes :data:`BLEND_S` and is over in its middle."""
    chosen = np.eye(count)[np.clip(numbers.astype(int), 0, count - 1)]
    return evened(chosen, round(BLEND_S * fps))


class _Hand:
    """One hand in the T-pose, and how it is carried."""

    def __init__(self, posed: PosedRig, fit: Fit, side: str, wrist: int) -> None:
        self.rig, self.up = posed.rig, posed.stage.up
        self.wrist = wrist
        self.flat = fit.corrections.get(wrist, IDENTITY)
        self.carried = quat.multiply(posed.turn(wrist), quat.conjugate(self.flat))
        out = 1.0 if side == "left" else -1.0
        left = quat.rotate(posed.stage.rotation, np.array([1.0, 0.0, 0.0]))
        front = quat.rotate(posed.stage.rotation, np.array([0.0, -1.0, 0.0]))
        self.along, self.front = out * left, front

    def finger(self, chain: Sequence[int], angles: np.ndarray) -> dict[int, np.ndarray]:
        """D_f as ``[T, 4]`` by bone; ``angles[T, n]`` are the flexions of its phalanges."""
        straight = None
        found = {}
        for number, bone in enumerate(chain):
            rest = quat.rotate(self.flat, self._direction(chain, number))
            if straight is None:
                level = rest - (rest @ self.up) * self.up
                straight = quat.normalize(level) if level @ self.along > 0.1 else self.along
            unbent = quat.multiply(quat.between(rest, straight), self.flat)
            hinge = quat.normalize(np.cross(straight, -self.up))
            flexed = quat.about(hinge, angles[:, : number + 1].sum(axis=-1))
            found[bone] = quat.multiply(self.carried, quat.multiply(flexed, unbent))
        return found

    def thumb(self, chain: Sequence[int], angles: np.ndarray) -> dict[int, np.ndarray]:
        """The same for a thumb, from its rest toward below the fingers."""
        rest = quat.normalize(quat.rotate(self.flat, self._direction(chain, 0)))
        toward = 0.4 * self.along - 0.75 * self.up - 0.55 * self.front
        hinge = quat.normalize(np.cross(rest, toward))
        found = {}
        for number, bone in enumerate(chain):
            turned = quat.about(hinge, angles[:, : number + 1].sum(axis=-1))
            found[bone] = quat.multiply(self.carried, quat.multiply(turned, self.flat))
        return found

    def _direction(self, chain: Sequence[int], number: int) -> np.ndarray:
        """Rest direction ``[3]`` of a phalanx: to the next one, or along the bone."""
        bone = chain[number]
        ends = self.rig.heads[chain[number + 1]] if number + 1 < len(chain) else None
        tip = self.rig.tails[bone] if ends is None else ends
        direction = tip - self.rig.heads[bone]
        if ends is None and number and self._aside(chain, number, direction):
            direction = self.rig.heads[bone] - self.rig.heads[chain[number - 1]]
        return quat.normalize(direction)

    def _aside(self, chain: Sequence[int], number: int, direction: np.ndarray) -> bool:
        """Whether a last bone's tail is an importer's and says nothing of its direction."""
        before = self.rig.heads[chain[number]] - self.rig.heads[chain[number - 1]]
        return float(quat.normalize(direction) @ quat.normalize(before)) < 0.8
