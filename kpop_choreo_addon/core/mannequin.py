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

from . import mannequin_tables as table
from .axes import to_blender
from .body import JOINTS, rest_positions
from .mannequin_tables import BODY, OUTFIT
from .skinning import weigh

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
    for height, width, front, back, middle, _ in table.TRUNK:
        depth = np.where(np.sin(angle) < 0, front, back) / _smoothed(SIDES)
        x = np.cos(angle) * width / _smoothed(SIDES)
        y = middle + np.sin(angle) * depth
        rows.append(cage.ring(np.stack([x, y, np.full(SIDES, height)], axis=-1)))
    for row, (below, above) in enumerate(itertools.pairwise(rows)):
        for n in range(SIDES):
            m = (n + 1) % SIDES
            if row in table.HOLE[:2] and n in (11, 0, 5, 6):
                continue
            cage.face((below[n], below[m], above[m], above[n]), table.TRUNK[row][5])
    cage.cap(rows[-1], np.array(table.CROWN), BODY)
    return rows


def _hair(cage: _Cage) -> range:
    """A bob: a shell over the skull, high over the face and falling to the nape.

    Returns:
        The numbers of its vertices, which move with the head alone.
    """
    first = len(cage.vertices)
    around = 2 * np.pi * np.arange(table.STRANDS) / table.STRANDS
    from_front = np.abs((np.rad2deg(around) + 90.0 + 180.0) % 360.0 - 180.0)
    length = np.interp(from_front, *np.array(table.HAIRLINE).T)
    before: list[int] = []
    for fraction, size in table.HAIR_RINGS:
        fall = fraction * length
        dome = np.minimum(fall, 1.0) * np.pi / 2
        below = np.maximum(fall - 1.0, 0.0)
        flat = np.sin(dome) * (1.0 - 0.10 * below) * size
        unit = np.stack([np.cos(around) * flat, np.sin(around) * flat, np.cos(dome) - below], -1)
        ring = cage.ring(np.array(table.SKULL) + unit * table.HAIR)
        if before:
            cage.bridge(before, ring, OUTFIT)
        else:
            cage.cap(ring[::-1], np.array(table.SKULL), OUTFIT)
        before = ring
    cage.cap(before, np.array(table.SKULL) + np.array([0.0, 0.0, 0.975 * table.HAIR[2]]), OUTFIT)
    return range(first, len(cage.vertices))


def _arm(cage: _Cage, rows: list[list[int]], side: float) -> None:
    """A tube from the hole in the trunk to the palm's end."""
    centre, front, back = (0, 11, 1) if side > 0 else (6, 7, 5)
    low, middle, high = (rows[row] for row in table.HOLE)
    loop = [low[centre], low[back], middle[back], high[back]]
    loop += [high[centre], high[front], middle[front], low[front]]
    angle = -np.pi / 2 + 2 * np.pi * np.arange(TUBE) / TUBE
    shoulder = to_blender(rest_positions()[JOINTS.index("left_shoulder")])
    before, material = loop, OUTFIT
    for distance, depth, height, beyond in table.ARM:
        y = shoulder[1] + np.cos(angle) * depth / _smoothed(TUBE)
        z = shoulder[2] + np.sin(angle) * height / _smoothed(TUBE)
        ring = cage.ring(np.stack([np.full(TUBE, side * distance), y, z], axis=-1))
        _join(cage, before, ring, material, side)
        before, material = ring, beyond
    tip = np.array([side * table.PALM_END, shoulder[1], shoulder[2]])
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
    for palm, tip, reach, radius in table.FINGERS:
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
        for height, width, depth, middle, below in table.LEG:
            x = side * (hip[0] + np.cos(angle) * width / _smoothed(TUBE))
            y = middle + np.sin(angle) * depth / _smoothed(TUBE)
            ring = cage.ring(np.stack([x, y, np.full(TUBE, height)], axis=-1))
            _join(cage, ring, before, material, side)
            before, material = ring, below
        tip = np.array([side * hip[0], table.LEG[-1][3], table.LEG[-1][0] - 0.01])
        cage.cap(before[::-1] if side > 0 else before, tip, BODY)


def _shoe(cage: _Cage, side: float) -> None:
    """A high shoe: outlines of the sole, stacked and drawn in towards the ankle."""
    hip = to_blender(rest_positions()[JOINTS.index("left_hip")])
    angle = 2 * np.pi * np.arange(SIDES) / SIDES
    before: list[int] = []
    for height, width, toe, heel in table.SHOE:
        middle, half = (toe + heel) / 2, (heel - toe) / 2 / _smoothed(SIDES)
        x = _fuller(np.cos(angle)) * width / _smoothed(SIDES) * (1.0 - 0.10 * np.sin(angle))
        y = middle + _fuller(np.sin(angle)) * half
        points = np.stack([side * (hip[0] + x), y, np.full(SIDES, height)], axis=-1)
        ring = cage.ring(points)
        if before:
            _join(cage, before, ring, BODY if height <= table.SOLE else OUTFIT, side)
        else:
            sole = np.array([side * hip[0], middle, 0.0])
            cage.cap(ring[::-1] if side > 0 else ring, sole, BODY)
        before = ring
    ankle = np.array([side * hip[0], 0.004, 0.150])
    cage.cap(before if side > 0 else before[::-1], ankle, OUTFIT)


def _fuller(values: np.ndarray) -> np.ndarray:
    """Sines and cosines of a rounded rectangle rather than of a circle."""
    return np.sign(values) * np.abs(values) ** 0.8
