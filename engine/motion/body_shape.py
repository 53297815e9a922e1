"""The body's volume as capsules, and how far one part of it is inside another.

The sizes are those of a lean dancer of about 1.75 m, in centimetres: head 17 broad, 19 deep and 25
high with hair; chest 29 by 20, waist 24 by 17, hips 34 by 20; diameters of upper arm 9, forearm 7,
wrist 5, thigh 16, knee 11, ankle 7; hand 3 to 4 thick, foot 7 broad. Head, hips, hands and feet are
near the medians of ANSUR II (Gordon et al., 2014), trunk and limbs a tenth to a fifth under them:
dancers are slimmer than soldiers, and what is too thin only lets clothes touch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.motion.rotations import quat_rotate
from engine.motion.skeleton import BODY, Pose

HAND = 0.16
"""Metres from the wrist to the tips of a loosely open hand."""


@dataclass(frozen=True)
class Capsule:
    """A rounded cone between two points, each given in a joint's frame (metres, rest pose)."""

    name: str
    start: tuple[str, tuple[float, float, float]]
    end: tuple[str, tuple[float, float, float]]
    radii: tuple[float, float]
    """Metres at the start and at the end."""


@dataclass(frozen=True, eq=False)
class Segments:
    """K capsules over T frames: where they start and end, and how thick they are there."""

    start: Float[np.ndarray, "T K 3"]
    end: Float[np.ndarray, "T K 3"]
    radii: Float[np.ndarray, "K 2"]


@dataclass(frozen=True, eq=False)
class Nearness:
    """Where two capsules come nearest."""

    first: Float[np.ndarray, "T K"]
    """Share of the way along the first one's axis, 0..1."""
    second: Float[np.ndarray, "T K"]
    away: Float[np.ndarray, "T K 3"]
    """Metres from the second's axis to the first's."""
    reach: Float[np.ndarray, "T K"]
    """Metres between the axes at which the surfaces touch."""

    @property
    def depth(self) -> Float[np.ndarray, "T K"]:
        """Metres that one is inside the other; negative: the gap between them."""
        return self.reach - np.linalg.norm(self.away, axis=-1)


def _across(
    name: str, joint: str, half: float, middle: tuple[float, float], radius: float
) -> Capsule:
    """A capsule that lies from side to side; ``middle`` is up and front."""
    return Capsule(name, (joint, (-half, *middle)), (joint, (half, *middle)), (radius, radius))


def _limb(side: str) -> dict[str, Capsule]:
    out = 1.0 if side == "left" else -1.0
    none = (0.0, 0.0, 0.0)

    def bone(name: str, start: str, end: str, radii: tuple[float, float]) -> Capsule:
        return Capsule(name, (f"{side}_{start}", none), (f"{side}_{end}", none), radii)

    wrist = f"{side}_wrist"
    return {
        "upper arm": bone("upper arm", "shoulder", "elbow", (0.048, 0.040)),
        "forearm": bone("forearm", "elbow", "wrist", (0.038, 0.027)),
        "hand": Capsule("hand", (wrist, none), (wrist, (out * HAND, 0.0, 0.0)), (0.022, 0.014)),
        "thigh": bone("thigh", "hip", "knee", (0.085, 0.057)),
        "shin": bone("shin", "knee", "ankle", (0.055, 0.037)),
        "foot": Capsule(
            "foot",
            (f"{side}_ankle", (0.0, -0.045, -0.025)),
            (f"{side}_foot", (0.0, 0.01, 0.035)),
            (0.038, 0.034),
        ),
    }


LIMBS = {side: _limb(side) for side in ("left", "right")}
TRUNK = (
    _across("hips", "pelvis", 0.07, (-0.03, -0.01), 0.10),
    _across("waist", "spine1", 0.035, (0.02, 0.01), 0.085),
    _across("ribs", "spine3", 0.045, (-0.03, 0.005), 0.10),
    _across("chest", "spine3", 0.055, (0.08, 0.005), 0.095),
    Capsule("neck", ("neck", (0.0, 0.0, 0.0)), ("head", (0.0, 0.03, 0.0)), (0.055, 0.055)),
    Capsule("head", ("head", (0.0, 0.03, 0.03)), ("head", (0.0, 0.105, 0.015)), (0.085, 0.085)),
)

BROAD = 4
"""How many of :data:`TRUNK`, from the first, are broad enough to be met by an upper arm."""


def segments(pose: Pose, capsules: tuple[Capsule, ...] | list[Capsule]) -> Segments:
    """The capsules of a body in a pose."""

    def place(point: tuple[str, tuple[float, float, float]]) -> Float[np.ndarray, "T 3"]:
        joint = BODY.index[point[0]]
        turned = quat_rotate(pose.rotations[:, joint], np.array(point[1]))
        return pose.positions[:, joint] + turned

    return Segments(
        np.stack([place(capsule.start) for capsule in capsules], axis=1),
        np.stack([place(capsule.end) for capsule in capsules], axis=1),
        np.array([capsule.radii for capsule in capsules]),
    )


def nearness(first: Segments, second: Segments) -> Nearness:
    """Each capsule of ``first`` with the same one of ``second`` (or one with all of them).

    Closest points of two segments after Ericson (2005), Real-Time Collision Detection, 5.1.9.
    """
    along, other = first.end - first.start, second.end - second.start
    between = first.start - second.start
    a, e = np.sum(along * along, axis=-1), np.sum(other * other, axis=-1)
    b, c = np.sum(along * other, axis=-1), np.sum(along * between, axis=-1)
    f = np.sum(other * between, axis=-1)
    s = np.clip((b * f - c * e) / np.maximum(a * e - b * b, 1e-9), 0.0, 1.0)
    t = np.clip((b * s + f) / e, 0.0, 1.0)
    s = np.clip((b * t - c) / a, 0.0, 1.0)
    away = between + s[..., None] * along - t[..., None] * other
    return Nearness(s, t, away, _thick(first, s) + _thick(second, t))


def _thick(capsules: Segments, share: Float[np.ndarray, "T K"]) -> Float[np.ndarray, "T K"]:
    return capsules.radii[:, 0] + share * (capsules.radii[:, 1] - capsules.radii[:, 0])


def arm_in_body(pose: Pose) -> Float[np.ndarray, " T"]:
    """Metres that a forearm or hand is inside trunk, head or thighs, the deeper one."""
    depths = []
    for side in LIMBS:
        solid = [*TRUNK, *(LIMBS[s]["thigh"] for s in LIMBS)]
        links = [LIMBS[side][part] for part in ("forearm", "hand")]
        body = segments(pose, solid)
        for link in links:
            depths.append(nearness(segments(pose, [link]), body).depth)
    return np.concatenate(depths, axis=1).max(axis=1)


def arm_in_arm(pose: Pose) -> Float[np.ndarray, " T"]:
    """Metres that a forearm or hand is inside the other arm."""
    return _mutual(
        pose,
        [
            ("forearm", "forearm"),
            ("forearm", "hand"),
            ("hand", "hand"),
            ("forearm", "upper arm"),
            ("hand", "upper arm"),
        ],
    )


def leg_in_leg(pose: Pose) -> Float[np.ndarray, " T"]:
    """Metres that a shin or foot is inside the other."""
    return _mutual(pose, [("shin", "shin"), ("shin", "foot"), ("foot", "foot")])


def _mutual(pose: Pose, pairs: list[tuple[str, str]]) -> Float[np.ndarray, " T"]:
    pairs = pairs + [(b, a) for a, b in pairs if a != b]
    first = segments(pose, [LIMBS["left"][a] for a, _ in pairs])
    second = segments(pose, [LIMBS["right"][b] for _, b in pairs])
    return nearness(first, second).depth.max(axis=1)
