"""The ghost stands where the armature would, in one piece, and costs little."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.ghost import POINTS, STICKS, faces, ghost_motion, solid
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
    points = np.stack([motion.at(1.0), motion.at(2.0)])
    corners, bright = solid(points, np.array([1.0, 0.5]))
    assert (bright >= 0.4).all()
    assert (bright <= 1.001).all()
    every = faces(2)
    assert set(every.ravel()) == set(range(bright.size))
    a, b, c = (corners.reshape(-1, 3)[every[:, k]] for k in range(3))
    volumes = np.einsum("fi,fi->f", a, np.cross(b, c)) / 6
    thick, thin = volumes.reshape(2, len(STICKS), -1).sum(axis=2)
    assert (thick > 1e-5).all()  # closed, turned outwards
    assert 0.02 < thick.sum() < 0.12  # cubic metres: a slim body
    assert thin.sum() == pytest.approx(thick.sum() / 4, rel=0.02)
    edges = np.sort(np.concatenate([every[:, [0, 1]], every[:, [1, 2]], every[:, [2, 0]]]), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    assert set(counts) == {2}


def test_a_redraw_takes_less_than_two_milliseconds(clip: Clip) -> None:
    rig = make_rig()
    motion = ghost_motion(clip, fit_clip(clip, rig, require_rig(rig)))
    spent = []
    for n in range(60):
        began = time.thread_time()
        solid(motion.at(n / 30)[None], np.ones(1))
        spent.append(time.thread_time() - began)
    assert np.median(spent) < 0.002


def test_a_still_stick_does_no_harm() -> None:
    corners, bright = solid(np.zeros((1, len(POINTS), 3)), np.ones(1))
    assert np.isfinite(corners).all()
    assert np.isfinite(bright).all()
