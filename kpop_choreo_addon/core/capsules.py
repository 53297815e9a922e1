"""A body's volume as capsules, from its own proportions, and how near one is to another.

The sizes are those of the clip's lean dancer (engine/motion/body_shape.py has the same); another
body gets them by its own widths and lengths at rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import quaternions as quat
from .axes import to_blender
from .clip import Clip
from .clip_body import ClipBody
from .posed import PosedRig

TRUNK = (
    # part, joints that may carry it, share of the way from hips to shoulders, front, half, radius
    ("hips", ("pelvis",), 0.088, -0.010, 0.070, 0.100),
    ("waist", ("spine1", "pelvis"), 0.402, -0.005, 0.035, 0.085),
    ("ribs", ("spine3", "spine2", "spine1", "pelvis"), 0.676, 0.000, 0.045, 0.100),
    ("chest", ("spine3", "spine2", "spine1", "pelvis"), 0.892, 0.000, 0.055, 0.095),
)
"""Rounded bars from side to side, metres of the clip's dancer."""
BROAD = len(TRUNK)
"""How many of a body's capsules, from the first, an upper arm is kept out of."""
TRUNK_LENGTH, HIP_WIDTH, SHOULDER_WIDTH = 0.51, 0.19, 0.35
"""Metres of the clip's dancer: hips to shoulders, and between the joints of either side."""
HEAD_JOINTS = ("head", "neck", "spine3", "spine2", "spine1", "pelvis")
CROWN = 0.19
"""From the head's joint to the crown."""
ARM_LENGTH = 0.525
UPPER_ARM, FOREARM, PALM, THIGH = (0.048, 0.040), (0.038, 0.027), (0.022, 0.014), (0.085, 0.057)
"""Radii at both ends."""
HAND = 0.16
"""From the wrist to the tips of a loosely open hand."""


@dataclass(frozen=True, eq=False)
class Segments:
    """K capsules over T frames: where they start and end, and how thick they are there."""

    start: np.ndarray
    """``[T, K, 3]``"""
    end: np.ndarray
    radii: np.ndarray
    """``[K, 2]``"""

    def of(self, frames: np.ndarray) -> Segments:
        """Some of the frames."""
        return Segments(self.start[frames], self.end[frames], self.radii)

    def part(self, which: slice) -> Segments:
        """Some of the capsules."""
        return Segments(self.start[:, which], self.end[:, which], self.radii[which])


@dataclass(frozen=True, eq=False)
class Nearness:
    """Where two capsules come nearest."""

    first: np.ndarray
    """``[T, K]`` share of the way along the first one's axis."""
    second: np.ndarray
    away: np.ndarray
    """``[T, K, 3]`` from the second's axis to the first's."""
    gap: np.ndarray
    """``[T, K]`` between the surfaces; negative: how deep one is inside the other."""


@dataclass(frozen=True, eq=False)
class Arm:
    """An arm with its hand over T frames."""

    shoulder: np.ndarray
    """``[T, 3]``"""
    elbow: np.ndarray
    wrist: np.ndarray
    palm: np.ndarray
    """``[T, 3]`` from the wrist to the tips of the hand; it keeps its direction."""
    size: float
    """Units for a metre of the clip's dancer."""

    def links(self) -> Segments:
        """Forearm and hand."""
        return Segments(
            np.stack([self.elbow, self.wrist], axis=1),
            np.stack([self.wrist, self.wrist + self.palm], axis=1),
            self.size * np.array([FOREARM, PALM]),
        )

    def upper(self) -> Segments:
        """The upper arm from its middle on, where it is free of the trunk."""
        half = 0.5 * (self.shoulder + self.elbow)
        radii = self.size * np.array([[sum(UPPER_ARM) / 2.0, UPPER_ARM[1]]])
        return Segments(half[:, None], self.elbow[:, None], radii)


@dataclass(frozen=True, eq=False)
class Figure:
    """One dancer's body over T frames."""

    solid: Segments
    """Trunk, neck, head, left and right thigh, in this order."""
    arms: dict[str, Arm]
    unit: float
    """Units for a metre of the clip."""


def clip_figure(clip: Clip, body: ClipBody) -> Figure:
    """The body of the clip's own dancer."""
    rest: dict[str, np.ndarray] = {}
    for joint, name in enumerate(clip.joint_names):
        parent = clip.parents[joint]
        above = np.zeros(3) if parent < 0 else rest[clip.joint_names[parent]]
        rest[name] = above + clip.rest_offsets[joint]

    def place(joint: str, point: np.ndarray) -> np.ndarray:
        return body.point(joint, point - rest[joint])

    crown = rest["head"] + np.array([0.0, CROWN, 0.0])
    return _figure(rest, crown, np.eye(3), 1.0, place)


def rig_figure(posed: PosedRig) -> Figure:
    """The body of a posed rig, in armature space."""
    rig, joints, stage = posed.rig, posed.joints, posed.stage
    rest = {joint: rig.heads[bone] for joint, bone in joints.items()}
    for side in ("left", "right"):
        if f"{side}_wrist" not in rest:
            rest[f"{side}_wrist"] = rig.tails[joints[f"{side}_elbow"]]

    def place(joint: str, point: np.ndarray) -> np.ndarray:
        bone = joints.get(joint)
        return posed.place(joints[joint.replace("wrist", "elbow")] if bone is None else bone, point)

    axes = np.stack([quat.rotate(stage.rotation, to_blender(axis)) for axis in np.eye(3)])
    crown = rig.tails[joints["head"]] if "head" in joints else None
    return _figure(rest, crown, axes, stage.scale, place)


def nearness(first: Segments, second: Segments) -> Nearness:
    """Each capsule of ``first`` with the same one of ``second`` (or one with all of them).

    Closest points of two segments after Ericson (2005), Real-Time Collision Detection, 5.1.9.
    """
    along, other = first.end - first.start, second.end - second.start
    between = first.start - second.start
    a, e = _dot(along, along), np.maximum(_dot(other, other), 1e-18)
    b, c, f = _dot(along, other), _dot(along, between), _dot(other, between)
    s = np.clip((b * f - c * e) / np.maximum(a * e - b * b, 1e-9 * a * e + 1e-30), 0.0, 1.0)
    t = np.clip((b * s + f) / e, 0.0, 1.0)
    s = np.clip((b * t - c) / np.maximum(a, 1e-18), 0.0, 1.0)
    away = between + s[..., None] * along - t[..., None] * other
    thick = thickness(first, s) + thickness(second, t)
    return Nearness(s, t, away, np.sqrt(_dot(away, away)) - thick)


def to_points(points: np.ndarray, capsules: Segments) -> Nearness:
    """From ``points[T, 3]`` to each of the capsules."""
    return nearness(Segments(points[:, None], points[:, None], np.zeros((1, 2))), capsules)


def deepest(arm: Arm, solid: Segments) -> np.ndarray:
    """``[T]`` how deep forearm or hand is inside; negative: the gap."""
    links = arm.links()
    gaps = [nearness(links.part(slice(n, n + 1)), solid).gap for n in range(2)]
    return np.asarray(-np.concatenate(gaps, axis=1).min(axis=1))


def thickness(capsules: Segments, share: np.ndarray) -> np.ndarray:
    """Radius at a share of the way along each."""
    return capsules.radii[:, 0] + share * (capsules.radii[:, 1] - capsules.radii[:, 0])


def _figure(
    rest: dict[str, np.ndarray],
    crown: np.ndarray | None,
    axes: np.ndarray,
    unit: float,
    place: Callable[[str, np.ndarray], np.ndarray],
) -> Figure:
    """The body with joints ``rest`` at rest; rows of ``axes[3, 3]`` are left, up and front."""
    left, up, front = axes
    hips = (rest["left_hip"] + rest["right_hip"]) / 2.0
    shoulders = (rest["left_shoulder"] + rest["right_shoulder"]) / 2.0
    size = float(np.linalg.norm(shoulders - hips)) / TRUNK_LENGTH
    wide = {
        "hips": float(np.linalg.norm(rest["left_hip"] - rest["right_hip"])) / HIP_WIDTH,
        "chest": float(np.linalg.norm(rest["left_shoulder"] - rest["right_shoulder"]))
        / SHOULDER_WIDTH,
    }
    wide["waist"], wide["ribs"] = (wide["hips"] + wide["chest"]) / 2.0, wide["chest"]
    bars: list[tuple[str, np.ndarray, str, np.ndarray, tuple[float, float]]] = []
    for part, carriers, share, forward, half, radius in TRUNK:
        carrier = next(joint for joint in carriers if joint in rest)
        middle = hips + share * (shoulders - hips) + forward * size * front
        thick = radius * (size * min(size, wide[part])) ** 0.5
        aside = max((half + radius) * wide[part] - thick, 0.1 * thick) * left
        bars.append((carrier, middle - aside, carrier, middle + aside, (thick, thick)))
    top = next(joint for joint in HEAD_JOINTS if joint in rest)
    skull = rest[top] if top == "head" else shoulders + 0.06 * size * up
    tall = 0.0 if crown is None else float((crown - skull) @ up) / CROWN
    tall = tall if 0.7 * size < tall < 2.5 * size else size
    low, high = (skull + tall * (h * up + f * front) for h, f in ((0.03, 0.03), (0.105, 0.015)))
    base = "neck" if "neck" in rest else top
    bars.append((base, rest.get("neck", skull), top, skull + 0.03 * size * up, (0.055 * size,) * 2))
    bars.append((top, low, top, high, (0.085 * tall,) * 2))
    for side in ("left", "right"):
        hip, knee = f"{side}_hip", f"{side}_knee"
        bars.append((hip, rest[hip], knee, rest[knee], (THIGH[0] * unit, THIGH[1] * unit)))
    solid = Segments(
        np.stack([place(joint, point) for joint, point, *_ in bars], axis=1),
        np.stack([place(joint, point) for _, _, joint, point, _ in bars], axis=1),
        np.array([radii for *_, radii in bars]),
    )
    return Figure(solid, {side: _arm(rest, side, place) for side in ("left", "right")}, unit)


def _arm(
    rest: dict[str, np.ndarray], side: str, place: Callable[[str, np.ndarray], np.ndarray]
) -> Arm:
    shoulder, elbow, wrist = (f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist"))
    fore = rest[wrist] - rest[elbow]
    length = float(np.linalg.norm(rest[elbow] - rest[shoulder]) + np.linalg.norm(fore))
    size = length / ARM_LENGTH
    tips = rest[wrist] + HAND * size * quat.normalize(fore)
    at = place(wrist, rest[wrist])
    return Arm(
        place(shoulder, rest[shoulder]),
        place(elbow, rest[elbow]),
        at,
        place(wrist, tips) - at,
        size,
    )


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("...i,...i->...", a, b))
