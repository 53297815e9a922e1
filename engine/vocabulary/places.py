"""Where a hand can be told to go by name: points on and around the body.

Each place is a point of the wrist (the hand goes on for 16 cm along the forearm) in the frame of a
part of the body, seen from the hand's own side: out (away from the middle), up, front. Points in
the chest's frame are counted from the shoulder in arm's lengths, all others in metres from the
part's joint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.motion.skeleton import BODY

ARM = float(
    np.linalg.norm(BODY.offsets[BODY.index["left_elbow"]])
    + np.linalg.norm(BODY.offsets[BODY.index["left_wrist"]])
)
"""Metres from the shoulder to the wrist of a straight arm."""

CROUCHING = 0.5
"""Metres from the floor to the pelvis of a dancer who touches the floor."""


@dataclass(frozen=True)
class Place:
    """A point in the frame of ``part``: out, up, front."""

    part: str
    """``chest``, ``head``, ``hips``, ``knee`` (of the same side), ``other_knee`` or ``floor``."""
    point: tuple[float, float, float]


PLACES = {
    "rest": Place("chest", (0.10, -0.95, 0.08)),
    "down": Place("chest", (0.08, -0.98, 0.02)),
    "side low": Place("chest", (0.64, -0.764, 0.083)),
    "side": Place("chest", (0.996, 0.02, 0.081)),
    "side high": Place("chest", (0.716, 0.696, 0.051)),
    "up": Place("chest", (0.061, 0.993, 0.102)),
    "overhead": Place("chest", (-0.12, 0.92, 0.12)),
    "front low": Place("chest", (0.053, -0.652, 0.757)),
    "front": Place("chest", (0.021, 0.021, 1.0)),
    "front high": Place("chest", (0.02, 0.697, 0.717)),
    "front side": Place("chest", (0.697, 0.02, 0.717)),
    "across": Place("chest", (-0.72, -0.02, 0.55)),
    "across low": Place("chest", (-0.52, -0.62, 0.50)),
    "across high": Place("chest", (-0.50, 0.62, 0.48)),
    "back": Place("chest", (0.20, -0.74, -0.52)),
    "back side": Place("chest", (0.68, -0.30, -0.45)),
    "guard": Place("chest", (-0.04, -0.10, 0.52)),
    "chest": Place("chest", (-0.16, -0.26, 0.36)),
    "heart": Place("chest", (-0.24, -0.22, 0.34)),
    "belly": Place("chest", (-0.10, -0.72, 0.36)),
    "pray": Place("chest", (-0.25, -0.22, 0.44)),
    "clap": Place("chest", (-0.24, -0.12, 0.58)),
    "clap high": Place("chest", (-0.22, 0.80, 0.32)),
    "clap low": Place("chest", (-0.25, -0.62, 0.50)),
    "shoulder": Place("chest", (0.14, -0.22, 0.26)),
    "other shoulder": Place("chest", (-0.52, -0.08, 0.32)),
    "other elbow": Place("chest", (-0.55, -0.42, 0.36)),
    "armpit": Place("chest", (0.16, -0.34, 0.14)),
    "cheek": Place("head", (0.13, -0.07, 0.15)),
    "under cheek": Place("head", (0.06, -0.13, 0.15)),
    "chin": Place("head", (0.03, -0.13, 0.16)),
    "mouth": Place("head", (0.10, -0.02, 0.22)),
    "eyes": Place("head", (0.15, 0.06, 0.20)),
    "temple": Place("head", (0.22, 0.10, 0.10)),
    "ear": Place("head", (0.24, 0.04, 0.04)),
    "behind head": Place("head", (0.20, 0.09, -0.12)),
    "head top": Place("head", (0.16, 0.26, 0.02)),
    "heart overhead": Place("head", (0.18, 0.36, 0.04)),
    "hip": Place("hips", (0.25, 0.07, 0.05)),
    "hip front": Place("hips", (0.12, 0.02, 0.19)),
    "hip back": Place("hips", (0.14, 0.04, -0.17)),
    "thigh": Place("hips", (0.17, -0.16, 0.19)),
    "knee": Place("knee", (0.06, 0.10, 0.11)),
    "other knee": Place("other_knee", (0.06, 0.10, 0.11)),
    "floor": Place("floor", (0.12, 0.10, 0.42)),
}
"""All named places."""

RESTS = frozenset(
    PLACES[name]
    for name in ("rest", "down", "back", "hip", "hip front", "hip back", "thigh", "knee",
                 "other knee", "floor")
)  # fmt: skip
"""Where a hand only rests, whatever the move shows with the other one."""


def rest_point(place: Place, side: str) -> Float[np.ndarray, " 3"]:
    """Where a place lies on a standing body, metres from the pelvis: to tell how far hands go."""
    sign = 1.0 if side == "left" else -1.0
    body = BODY.rest_positions()
    point = np.array(place.point) * [sign, 1.0, 1.0]
    if place.part == "chest":
        return body[BODY.index[f"{side}_shoulder"]] + point * ARM
    if place.part == "floor":
        return point - [0.0, CROUCHING, 0.0]
    other = "right" if side == "left" else "left"
    joints = {"head": "head", "hips": "pelvis", "knee": f"{side}_knee"}
    return body[BODY.index[joints.get(place.part, f"{other}_knee")]] + point
