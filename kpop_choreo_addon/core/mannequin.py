"""The mesh of our own dancer: a cage of quads around the body's T-pose, for subdivision.

Blender's axes: Z up, front -Y, the dancer's left +X; metres. The trunk is a stack of twelve-sided
rings from the crotch to the crown. Arms leave it through a hole of two by two quads on each side
and legs through the two halves of its lowest ring, so that every limb is an eight-sided tube and
the whole body one surface. Shoes, fingers and thumbs are closed pieces of their own.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np

from .axes import to_blender
from .body import JOINTS, rest_positions
from .skinning import weigh

BODY, OUTFIT = 0, 1
"""Numbers of the two materials."""
SIDES = 12
TUBE = 8


@dataclass(frozen=True, eq=False)
class Mannequin:
    """A mesh and how the bones pull it."""

    vertices: np.ndarray
    """``[V, 3]``"""
    faces: tuple[tuple[int, ...], ...]
    materials: np.ndarray
    """``[F]`` :data:`BODY` or :data:`OUTFIT`."""
    weights: np.ndarray
    """``[V, 22]`` one column a joint; rows sum to one."""


@dataclass
class _Cage:
    """Vertices and faces while they are laid."""

    vertices: list[np.ndarray] = field(default_factory=list)
    faces: list[tuple[int, ...]] = field(default_factory=list)
    materials: list[int] = field(default_factory=list)

    def ring(self, points: np.ndarray) -> list[int]:
        """Adds ``points[N, 3]`` and returns their numbers."""
        first = len(self.vertices)
        self.vertices.extend(points)
        return list(range(first, first + len(points)))

    def face(self, corners: tuple[int, ...], material: int) -> None:
        """Adds one face, corners counter-clockwise from outside."""
        self.faces.append(corners)
        self.materials.append(material)

    def bridge(self, below: list[int], above: list[int], material: int) -> None:
        """Joins two rings of equal length by quads."""
        for n in range(len(below)):
            m = (n + 1) % len(below)
            self.face((below[n], below[m], above[m], above[n]), material)

    def cap(self, ring: list[int], tip: np.ndarray, material: int) -> None:
        """Closes a ring with a fan around ``tip[3]``."""
        centre = self.ring(tip[None])[0]
        for n in range(len(ring)):
            self.face((ring[n], ring[(n + 1) % len(ring)], centre), material)


# Trunk and head, from the crotch to the crown: height, half width, depth to the front, depth to
# the back, y of the middle, material of the band above. Depths are those of the surface wanted.
_TRUNK: tuple[tuple[float, float, float, float, float, int], ...] = (
    (0.885, 0.166, 0.082, 0.112, 0.005, OUTFIT),
    (0.935, 0.170, 0.092, 0.120, 0.005, OUTFIT),
    (0.985, 0.160, 0.095, 0.108, 0.006, OUTFIT),
    (1.035, 0.142, 0.093, 0.088, 0.008, BODY),
    (1.090, 0.124, 0.088, 0.076, 0.010, BODY),
    (1.150, 0.120, 0.088, 0.076, 0.012, BODY),
    (1.210, 0.128, 0.095, 0.082, 0.012, OUTFIT),
    (1.270, 0.141, 0.112, 0.092, 0.012, OUTFIT),
    (1.332, 0.156, 0.116, 0.098, 0.014, OUTFIT),
    (1.395, 0.172, 0.104, 0.098, 0.016, OUTFIT),
    (1.456, 0.162, 0.080, 0.082, 0.018, OUTFIT),
    (1.478, 0.108, 0.062, 0.068, 0.020, BODY),
    (1.502, 0.064, 0.052, 0.058, 0.020, BODY),
    (1.532, 0.053, 0.050, 0.053, 0.014, BODY),
    (1.552, 0.054, 0.076, 0.060, 0.004, BODY),
    (1.575, 0.064, 0.094, 0.078, -0.002, BODY),
    (1.615, 0.073, 0.099, 0.096, -0.002, BODY),
    (1.655, 0.079, 0.099, 0.106, -0.001, BODY),
    (1.690, 0.079, 0.095, 0.108, 0.001, BODY),
    (1.732, 0.066, 0.074, 0.090, 0.005, BODY),
    (1.757, 0.036, 0.038, 0.052, 0.009, BODY),
)
_CROWN = (0.0, 0.012, 1.762)
_SKULL = (0.0, 0.012, 1.660)
_HAIR = (0.102, 0.132, 0.126)
"""Middle and radii of the hair, around the upper head."""
_STRANDS = 20
_HAIRLINE = ((0, 0.56), (28, 0.60), (44, 0.80), (56, 1.30), (72, 1.66), (90, 1.76), (180, 1.98))
"""Length of the hair by degrees from the front: 1 reaches down to the middle of the skull."""
_HAIR_RINGS = (
    (0.97, 0.78),
    (1.0, 0.93),
    (0.97, 1.0),
    (0.82, 1.02),
    (0.64, 1.01),
    (0.46, 1.0),
    (0.29, 1.0),
    (0.12, 1.0),
)
"""From its inner edge to the crown: share of the length, and size of the ring."""
_HOLE = (8, 9, 10)
"""Rows of the trunk between which the arms leave."""

# Arm: distance from the middle, radius front to back, radius up and down, material beyond.
_ARM: tuple[tuple[float, float, float, int], ...] = (
    (0.190, 0.054, 0.053, OUTFIT),
    (0.220, 0.054, 0.053, OUTFIT),
    (0.258, 0.051, 0.051, OUTFIT),
    (0.300, 0.047, 0.048, BODY),
    (0.360, 0.043, 0.045, BODY),
    (0.415, 0.039, 0.040, BODY),
    (0.450, 0.038, 0.039, BODY),
    (0.485, 0.040, 0.039, BODY),
    (0.535, 0.041, 0.039, BODY),
    (0.600, 0.036, 0.033, BODY),
    (0.660, 0.029, 0.026, BODY),
    (0.700, 0.028, 0.022, BODY),
    (0.730, 0.036, 0.020, BODY),
    (0.765, 0.042, 0.018, BODY),
    (0.795, 0.041, 0.015, BODY),
)
_PALM_END = 0.806

# Leg: height, radius side to side, radius front to back, y of the middle, material below.
_LEG: tuple[tuple[float, float, float, float, int], ...] = (
    (0.825, 0.084, 0.094, 0.008, OUTFIT),
    (0.765, 0.078, 0.088, 0.006, OUTFIT),
    (0.700, 0.072, 0.080, 0.003, BODY),
    (0.630, 0.064, 0.071, 0.000, BODY),
    (0.560, 0.056, 0.062, -0.003, BODY),
    (0.515, 0.052, 0.057, -0.005, BODY),
    (0.480, 0.050, 0.055, -0.005, BODY),
    (0.445, 0.048, 0.052, 0.001, BODY),
    (0.390, 0.049, 0.055, 0.010, BODY),
    (0.330, 0.048, 0.055, 0.014, BODY),
    (0.260, 0.042, 0.047, 0.012, BODY),
    (0.190, 0.034, 0.038, 0.008, BODY),
    (0.120, 0.029, 0.033, 0.004, BODY),
)

# Shoe: height, half width, y of the toe, y of the heel.
_SHOE: tuple[tuple[float, float, float, float], ...] = (
    (0.000, 0.042, -0.190, 0.064),
    (0.006, 0.046, -0.198, 0.070),
    (0.026, 0.047, -0.200, 0.072),
    (0.032, 0.045, -0.196, 0.069),
    (0.052, 0.043, -0.184, 0.067),
    (0.074, 0.040, -0.132, 0.060),
    (0.098, 0.039, -0.078, 0.054),
    (0.130, 0.041, -0.050, 0.052),
    (0.160, 0.044, -0.048, 0.056),
    (0.166, 0.039, -0.042, 0.050),
)

_SOLE = 0.032
"""Up to this height a shoe has the colour of the body."""

# Fingers: y at the palm, y at the tip, x of the tip, radius.
_FINGERS: tuple[tuple[float, float, float, float], ...] = (
    (-0.031, -0.036, 0.872, 0.0092),
    (-0.010, -0.011, 0.882, 0.0096),
    (0.010, 0.013, 0.874, 0.0092),
    (0.029, 0.036, 0.856, 0.0084),
)


def build() -> Mannequin:
    """The mannequin around the T-pose of :mod:`.body`, standing on the floor."""
    cage = _Cage()
    rows = _trunk(cage)
    hair = _hair(cage)
    for side in (1.0, -1.0):
        _arm(cage, rows, side)
        _hand(cage, side)
        _shoe(cage, side)
    _legs(cage, rows[0])
    vertices = np.array(cage.vertices)
    weights = weigh(vertices)
    weights[hair] = np.eye(len(JOINTS))[JOINTS.index("head")]
    return Mannequin(vertices, tuple(cage.faces), np.array(cage.materials), weights)


def _smoothed(sides: int) -> float:
    """How much subdivision shrinks a regular polygon (limit of a closed cubic B-spline)."""
    return (2.0 + np.cos(2 * np.pi / sides)) / 3.0


def _trunk(cage: _Cage) -> list[list[int]]:
    """Rings from crotch to crown; corner 0 of a ring is at the dancer's left, 9 in front."""
    angle = 2 * np.pi * np.arange(SIDES) / SIDES
    rows = []
    for height, width, front, back, middle, _ in _TRUNK:
        depth = np.where(np.sin(angle) < 0, front, back) / _smoothed(SIDES)
        x = np.cos(angle) * width / _smoothed(SIDES)
        y = middle + np.sin(angle) * depth
        rows.append(cage.ring(np.stack([x, y, np.full(SIDES, height)], axis=-1)))
    for row, (below, above) in enumerate(itertools.pairwise(rows)):
        for n in range(SIDES):
            m = (n + 1) % SIDES
            if row in _HOLE[:2] and n in (11, 0, 5, 6):
                continue
            cage.face((below[n], below[m], above[m], above[n]), _TRUNK[row][5])
    cage.cap(rows[-1], np.array(_CROWN), BODY)
    return rows


def _hair(cage: _Cage) -> range:
    """A bob: a shell over the skull, high over the face and falling to the nape.

    Returns:
        The numbers of its vertices, which move with the head alone.
    """
    first = len(cage.vertices)
    around = 2 * np.pi * np.arange(_STRANDS) / _STRANDS
    from_front = np.abs((np.rad2deg(around) + 90.0 + 180.0) % 360.0 - 180.0)
    length = np.interp(from_front, *np.array(_HAIRLINE).T)
    before: list[int] = []
    for fraction, size in _HAIR_RINGS:
        fall = fraction * length
        dome = np.minimum(fall, 1.0) * np.pi / 2
        below = np.maximum(fall - 1.0, 0.0)
        flat = np.sin(dome) * (1.0 - 0.10 * below) * size
        unit = np.stack([np.cos(around) * flat, np.sin(around) * flat, np.cos(dome) - below], -1)
        ring = cage.ring(np.array(_SKULL) + unit * _HAIR)
        if before:
            cage.bridge(before, ring, OUTFIT)
        else:
            cage.cap(ring[::-1], np.array(_SKULL), OUTFIT)
        before = ring
    cage.cap(before, np.array(_SKULL) + np.array([0.0, 0.0, 0.975 * _HAIR[2]]), OUTFIT)
    return range(first, len(cage.vertices))


def _arm(cage: _Cage, rows: list[list[int]], side: float) -> None:
    """A tube from the hole in the trunk to the palm's end."""
    centre, front, back = (0, 11, 1) if side > 0 else (6, 7, 5)
    low, middle, high = (rows[row] for row in _HOLE)
    loop = [low[centre], low[back], middle[back], high[back]]
    loop += [high[centre], high[front], middle[front], low[front]]
    angle = -np.pi / 2 + 2 * np.pi * np.arange(TUBE) / TUBE
    shoulder = to_blender(rest_positions()[JOINTS.index("left_shoulder")])
    before, material = loop, OUTFIT
    for distance, depth, height, beyond in _ARM:
        y = shoulder[1] + np.cos(angle) * depth / _smoothed(TUBE)
        z = shoulder[2] + np.sin(angle) * height / _smoothed(TUBE)
        ring = cage.ring(np.stack([np.full(TUBE, side * distance), y, z], axis=-1))
        _join(cage, before, ring, material, side)
        before, material = ring, beyond
    tip = np.array([side * _PALM_END, shoulder[1], shoulder[2]])
    cage.cap(before if side > 0 else before[::-1], tip, BODY)


def _join(cage: _Cage, before: list[int], ring: list[int], material: int, side: float) -> None:
    """Bridges two rings of a limb with the faces outward on either side of the body."""
    if side > 0:
        cage.bridge(before, ring, material)
    else:
        cage.bridge(before[::-1], ring[::-1], material)


def _hand(cage: _Cage, side: float) -> None:
    """Four fingers, a little bent, and a thumb."""
    wrist = to_blender(rest_positions()[JOINTS.index("left_wrist")]) * np.array([0.0, 1.0, 1.0])
    for palm, tip, reach, radius in _FINGERS:
        path = np.array(
            [
                [0.775, palm, 0.0],
                [0.80, palm, 0.0],
                [(0.80 + reach) / 2, tip, -0.003],
                [reach - 0.006, tip, -0.013],
                [reach, tip, -0.017],
            ]
        )
        _finger(cage, path + wrist, radius, side)
    thumb = np.array(
        [
            [0.722, -0.016, -0.004],
            [0.745, -0.040, -0.008],
            [0.772, -0.054, -0.012],
            [0.798, -0.062, -0.017],
            [0.804, -0.063, -0.018],
        ]
    )
    _finger(cage, thumb + wrist, 0.0115, side)


def _finger(cage: _Cage, path: np.ndarray, radius: float, side: float) -> None:
    """A closed six-sided tube along ``path[P, 3]``, thinner towards its tip."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=-1, keepdims=True)
    up = np.array([0.0, 0.0, 1.0])
    angle = 2 * np.pi * np.arange(6) / 6
    rings = []
    for place, (point, forward) in enumerate(zip(path, along, strict=True)):
        across = np.cross(up, forward)
        across /= np.linalg.norm(across)
        size = radius * (1.0, 1.0, 0.95, 0.8, 0.45)[place] / _smoothed(6)
        circle = np.cos(angle)[:, None] * across + np.sin(angle)[:, None] * np.cross(
            forward, across
        )
        rings.append(cage.ring((point + size * circle) * [side, 1.0, 1.0]))
    for before, ring in itertools.pairwise(rings):
        _join(cage, before, ring, BODY, side)
    ends = ((rings[0][::-1], path[0]), (rings[-1], path[-1]))
    for ring, point in ends:
        cage.cap(ring if side > 0 else ring[::-1], point * [side, 1.0, 1.0], BODY)


def _legs(cage: _Cage, bottom: list[int]) -> None:
    """Two tubes from the halves of the lowest ring, with one corner shared at the crotch."""
    crotch = cage.ring(np.array([[0.0, 0.012, 0.838]]))[0]
    hip = to_blender(rest_positions()[JOINTS.index("left_hip")])
    for side in (1.0, -1.0):
        half = [9, 10, 11, 0, 1, 2, 3] if side > 0 else [9, 8, 7, 6, 5, 4, 3]
        before = [*(bottom[n] for n in half), crotch]
        angle = np.deg2rad(225.0) + 2 * np.pi * np.arange(TUBE) / TUBE
        material = OUTFIT
        for height, width, depth, middle, below in _LEG:
            x = side * (hip[0] + np.cos(angle) * width / _smoothed(TUBE))
            y = middle + np.sin(angle) * depth / _smoothed(TUBE)
            ring = cage.ring(np.stack([x, y, np.full(TUBE, height)], axis=-1))
            _join(cage, ring, before, material, side)
            before, material = ring, below
        tip = np.array([side * hip[0], _LEG[-1][3], _LEG[-1][0] - 0.01])
        cage.cap(before[::-1] if side > 0 else before, tip, BODY)


def _shoe(cage: _Cage, side: float) -> None:
    """A high shoe: outlines of the sole, stacked and drawn in towards the ankle."""
    hip = to_blender(rest_positions()[JOINTS.index("left_hip")])
    angle = 2 * np.pi * np.arange(SIDES) / SIDES
    before: list[int] = []
    for height, width, toe, heel in _SHOE:
        middle, half = (toe + heel) / 2, (heel - toe) / 2 / _smoothed(SIDES)
        x = _fuller(np.cos(angle)) * width / _smoothed(SIDES) * (1.0 - 0.10 * np.sin(angle))
        y = middle + _fuller(np.sin(angle)) * half
        points = np.stack([side * (hip[0] + x), y, np.full(SIDES, height)], axis=-1)
        ring = cage.ring(points)
        if before:
            _join(cage, before, ring, BODY if height <= _SOLE else OUTFIT, side)
        else:
            sole = np.array([side * hip[0], middle, 0.0])
            cage.cap(ring[::-1] if side > 0 else ring, sole, BODY)
        before = ring
    ankle = np.array([side * hip[0], 0.004, 0.150])
    cage.cap(before if side > 0 else before[::-1], ankle, OUTFIT)


def _fuller(values: np.ndarray) -> np.ndarray:
    """Sines and cosines of a rounded rectangle rather than of a circle."""
    return np.sign(values) * np.abs(values) ** 0.8
