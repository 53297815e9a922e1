"""The dancer's mesh and weights."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np

from kpop_choreo_addon.core import mannequin
from kpop_choreo_addon.core.axes import to_blender
from kpop_choreo_addon.core.body import JOINTS, rest_positions

SHAPE = mannequin.build()


def test_every_piece_is_closed_and_faces_outward() -> None:
    edges = Counter()
    for face in SHAPE.faces:
        for a, b in zip(face, (*face[1:], face[0]), strict=True):
            edges[a, b] += 1
    assert max(edges.values()) == 1
    assert all((b, a) in edges for a, b in edges)
    volume = 0.0
    for face in SHAPE.faces:
        a = SHAPE.vertices[face[0]]
        for b, c in pairwise(face[1:]):
            volume += a @ np.cross(SHAPE.vertices[b], SHAPE.vertices[c]) / 6
    assert 0.05 < volume < 0.09, "cubic metres of a slim adult"


def test_size_and_symmetry() -> None:
    low, high = SHAPE.vertices.min(0), SHAPE.vertices.max(0)
    assert abs(low[2]) < 1e-9
    assert 1.70 < high[2] < 1.82
    mirrored = SHAPE.vertices * [-1, 1, 1]
    for vertex in mirrored:
        assert np.min(np.linalg.norm(SHAPE.vertices - vertex, axis=1)) < 1e-6


def test_weights() -> None:
    weights = SHAPE.weights
    np.testing.assert_allclose(weights.sum(1), 1.0, atol=1e-9)
    assert weights.min() >= 0
    assert (weights > 1e-6).sum(1).max() <= 4
    assert np.all(weights.max(0) > 0.6), "every bone holds something"
    places = to_blender(rest_positions())
    for side in ("left", "right"):
        for above, below in (
            ("shoulder", "elbow"),
            ("elbow", "wrist"),
            ("hip", "knee"),
            ("knee", "ankle"),
        ):
            a, b = (places[JOINTS.index(f"{side}_{j}")] for j in (above, below))
            near = np.linalg.norm(SHAPE.vertices - (a + b) / 2, axis=1) < 0.10
            assert np.any(near)
            assert weights[near, JOINTS.index(f"{side}_{above}")].min() > 0.6


def test_both_materials_are_used() -> None:
    assert set(SHAPE.materials.tolist()) == {mannequin.BODY, mannequin.OUTFIT}
    assert len(SHAPE.materials) == len(SHAPE.faces)
