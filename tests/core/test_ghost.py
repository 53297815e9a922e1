"""The ghost stands where the armature would, in one piece, and costs little."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.ghost import FACES, POINTS, STICKS, ghost_motion, solid
from kpop_choreo_addon.core.humanoid import require_rig
from kpop_choreo_addon.core.retarget import fit_clip, pose
from tests.core.rigs import make_rig
from tests.core.synthetic import turn, write_clip


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    return read_clip(write_clip(tmp_path / "a.npz", seconds=6.0))


def test_it_stands_where_the_armature_dances(clip: Clip) -> None:
    rig = make_rig(scale=100.0, space=turn("X", 90.0), arms_down=40.0, seed=3, origin=(50, 20, -30))
    match = require_rig(rig)
    motion = ghost_motion(clip, fit_clip(clip, rig, match))
    posed = pose(clip, rig, match)
    for frame in (0, 31, 180):
        points = motion.at(frame / clip.fps)
        for joint in ("pelvis", "left_knee", "right_wrist", "head"):
            there = posed.place(posed.joints[joint])[frame]
            assert np.abs(points[POINTS.index(joint)] - there).max() < 0.2, joint  # in centimetres
    between = motion.at(10.5 / clip.fps)
    np.testing.assert_allclose(between, (motion.points[10] + motion.points[11]) / 2)
    np.testing.assert_array_equal(motion.at(-5.0), motion.points[0])
    np.testing.assert_array_equal(motion.at(99.0), motion.points[-1])


def test_sticks_are_closed_and_seen_from_outside(clip: Clip) -> None:
    rig = make_rig()
    motion = ghost_motion(clip, fit_clip(clip, rig, require_rig(rig)))
    corners, bright = solid(motion.at(1.0), motion.scale)
    assert (bright >= 0.4).all()
    assert (bright <= 1.001).all()
    a, b, c = (corners[FACES[:, k]] for k in range(3))
    volumes = np.einsum("fi,fi->f", a, np.cross(b, c)) / 6
    each = volumes.reshape(len(STICKS), -1).sum(axis=1)
    assert (each > 1e-5).all()  # closed, turned outwards
    assert 0.02 < each.sum() < 0.12  # cubic metres: a slim body
    edges = np.sort(np.concatenate([FACES[:, [0, 1]], FACES[:, [1, 2]], FACES[:, [2, 0]]]), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    assert set(counts) == {2}


def test_a_redraw_takes_less_than_two_milliseconds(clip: Clip) -> None:
    rig = make_rig()
    motion = ghost_motion(clip, fit_clip(clip, rig, require_rig(rig)))
    spent = []
    for n in range(60):
        began = time.perf_counter()
        solid(motion.at(n / 30), motion.scale)
        spent.append(time.perf_counter() - began)
    assert np.median(spent) < 0.002


def test_a_still_stick_does_no_harm() -> None:
    points = np.zeros((len(POINTS), 3))
    corners, bright = solid(points, 1.0)
    assert np.isfinite(corners).all()
    assert np.isfinite(bright).all()
