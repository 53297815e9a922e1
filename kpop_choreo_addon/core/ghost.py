"""A dancer in a few sticks, to be drawn where nothing is keyed: a take beside the armature.

Sticks are spindles with six sides, so that they are seen as bodies and cost next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import quaternions as quat
from .axes import to_blender
from .clip import Clip
from .clip_body import ClipBody, clip_body
from .fit import Fit

TIPS: dict[str, tuple[str, tuple[float, float, float]]] = {
    "crown": ("head", (0.0, 0.19, 0.01)),
    "left_finger": ("left_wrist", (0.15, 0.0, 0.0)),
    "right_finger": ("right_wrist", (-0.15, 0.0, 0.0)),
    "left_toe": ("left_foot", (0.0, -0.015, 0.07)),
    "right_toe": ("right_foot", (0.0, -0.015, 0.07)),
}
"""Ends that are no joints: the joint that carries them, and metres from it in the T-pose."""
_ONE_SIDE: tuple[tuple[str, str, float], ...] = (
    ("pelvis", "hip", 0.06),
    ("hip", "knee", 0.065),
    ("knee", "ankle", 0.05),
    ("ankle", "foot", 0.035),
    ("foot", "toe", 0.03),
    ("spine3", "collar", 0.04),
    ("collar", "shoulder", 0.045),
    ("shoulder", "elbow", 0.045),
    ("elbow", "wrist", 0.036),
    ("wrist", "finger", 0.03),
)
_MIDDLE = {"pelvis", "spine3"}
STICKS: tuple[tuple[str, str, float], ...] = (
    ("pelvis", "spine1", 0.1),
    ("spine1", "spine2", 0.1),
    ("spine2", "spine3", 0.1),
    ("spine3", "neck", 0.08),
    ("neck", "head", 0.04),
    ("head", "crown", 0.08),
    *(
        (start if start in _MIDDLE else f"{side}_{start}", f"{side}_{end}", radius)
        for side in ("left", "right")
        for start, end, radius in _ONE_SIDE
    ),
)
"""From where to where, and how thick in metres."""

SIDES = 6
RINGS = (0.12, 0.8)
"""Where along a stick it is thick; from there it runs to a point."""
LIGHT = np.array([0.36, -0.6, 0.7144])
"""Unit vector to where it comes from."""
DARK = 0.45
"""Brightness of what faces away from the light."""


@dataclass(frozen=True, eq=False)
class GhostMotion:
    """The ends of all sticks in every frame of a dance, in the armature's space."""

    points: np.ndarray
    """``[T, P, 3]``"""
    fps: float
    scale: float
    """Armature units for a metre of the clip."""
    left: np.ndarray
    """``[3]`` unit vector to the dancer's left when she faces the front."""
    up: np.ndarray

    def at(self, second: float) -> np.ndarray:
        """The points ``[P, 3]`` at a second of the dance; before and after it she stands still."""
        last = len(self.points) - 1
        place = min(max(second * self.fps, 0.0), float(last))
        before = int(place)
        share, after = place - before, min(before + 1, last)
        return (1.0 - share) * self.points[before] + share * self.points[after]


def ghost_motion(clip: Clip, fit: Fit) -> GhostMotion:
    """``clip`` where the armature of ``fit`` would dance it, in its size and on its floor."""
    body, stage = clip_body(clip, 0), fit.stage
    metres = to_blender(np.stack([_end(body, name) for name in POINTS], axis=1))
    points = stage.scale * quat.rotate(stage.rotation, metres)
    left = quat.rotate(stage.rotation, np.array([1.0, 0.0, 0.0]))
    return GhostMotion(
        points + stage.ground + stage.lift * stage.up, clip.fps, stage.scale, left, stage.up
    )


POINTS: tuple[str, ...] = tuple(dict.fromkeys(end for a, b, _ in STICKS for end in (a, b)))
_STARTS = np.array([POINTS.index(start) for start, _, _ in STICKS])
_ENDS = np.array([POINTS.index(end) for _, end, _ in STICKS])
_X, _Z = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
_RADII = np.array([radius for _, _, radius in STICKS])


def _end(body: ClipBody, name: str) -> np.ndarray:
    if name in TIPS:
        joint, offset = TIPS[name]
        return body.point(joint, np.array(offset))
    return body.places[name]


def solid(points: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners ``[N, V, 3]`` of N ghosts with ``points[N, P, 3]``, and their brightness ``[N, V]``.

    Args:
        sizes: ``[N]`` units for a metre.
    """
    starts = points[:, _STARTS]
    along = points[:, _ENDS] - starts
    axis = along / _length(along)
    side = np.cross(np.where(np.abs(axis[..., 2:]) < 0.9, _Z, _X), axis)
    side /= _length(side)
    frame = np.stack([side, np.cross(axis, side), axis], axis=-2)  # [N, S, 3, 3], rows are axes
    corners = starts[:, :, None] + _ALONG[:, None] * along[:, :, None]
    corners += (_RADIAL @ frame) * (sizes[:, None] * _RADII)[..., None, None]
    bright = DARK + (1.0 - DARK) * (0.5 + 0.5 * _NORMALS @ (frame @ LIGHT)[..., None])
    return corners.reshape(len(points), -1, 3), bright.reshape(len(points), -1)


def faces(count: int) -> np.ndarray:
    """``[F, 3]`` corners of the triangles of ``count`` ghosts, counter-clockwise from outside."""
    sticks = np.arange(count * len(STICKS))[:, None, None] * len(_ALONG)
    return (_FACES + sticks).reshape(-1, 3).astype(np.int32)


def _length(vectors: np.ndarray) -> np.ndarray:
    return np.maximum(quat.length(vectors), 1e-9)[..., None]


def _template() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One stick: where along it each corner is, how far aside, which way it faces, and faces."""
    angles = 2.0 * np.pi * np.arange(SIDES) / SIDES
    ring = np.stack([np.cos(angles), np.sin(angles), np.zeros(SIDES)], axis=-1)
    tip, end = np.zeros((1, 3)), np.array([[0.0, 0.0, 1.0]])
    along = np.concatenate([[0.0], *(np.full(SIDES, place) for place in RINGS), [1.0]])
    radial = np.concatenate([tip, ring, 0.8 * ring, tip])
    normals = np.concatenate([-end, ring, ring, end])
    last = 2 * SIDES + 1
    faces = []
    for k in range(SIDES):
        a, b = 1 + k, 1 + (k + 1) % SIDES
        c, d = a + SIDES, b + SIDES
        faces += [(0, b, a), (a, b, d), (a, d, c), (c, d, last)]
    return along, radial, normals, np.array(faces)


_ALONG, _RADIAL, _NORMALS, _FACES = _template()
