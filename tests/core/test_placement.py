"""Dances mirrored, slower and faster."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.clip_body import clip_body
from kpop_choreo_addon.core.counts import sections
from kpop_choreo_addon.core.placement import Placement, placed, placement_of
from tests.core.synthetic import write_clip


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    contacts = np.zeros((1, 121, 4), dtype=np.float32)
    contacts[0, :50, 0] = contacts[0, 60:, 3] = 1.0
    return read_clip(write_clip(tmp_path / "a.npz", foot_contacts=contacts))


def test_left_dances_what_right_danced(clip: Clip) -> None:
    there = placed(clip, Placement(mirror=True))
    before, after = clip_body(clip, 0).places, clip_body(there, 0).places
    for joint in ("wrist", "ankle", "foot", "shoulder"):
        for side, other in (("left", "right"), ("right", "left")):
            wanted = before[f"{other}_{joint}"] * np.array([-1.0, 1.0, 1.0])
            np.testing.assert_allclose(after[f"{side}_{joint}"], wanted, atol=1e-9)
    np.testing.assert_array_equal(there.foot_contacts[..., 2], clip.foot_contacts[..., 0])
    np.testing.assert_array_equal(there.foot_contacts[..., 1], clip.foot_contacts[..., 3])
    again = placed(there, Placement(mirror=True))
    np.testing.assert_allclose(again.local_quats, clip.local_quats)


def test_twice_as_long(clip: Clip) -> None:
    slow = placed(clip, Placement(time_scale=2.0))
    assert slow.duration == pytest.approx(2 * clip.duration)
    np.testing.assert_allclose(slow.beats, 2 * clip.beats)
    assert [s.seconds for s in sections(slow)] == pytest.approx(
        [2 * s.seconds for s in sections(clip)]
    )
    assert slow.meta["analysis"]["tempo"] == clip.meta["analysis"]["tempo"] / 2
    assert "sha256" not in slow.meta["song"]


def test_as_it_was(clip: Clip) -> None:
    assert placed(clip, Placement()) is clip
    assert placement_of(clip) == Placement()
    chosen = Placement(True, 0.5)
    assert placement_of(placed(clip, chosen)) == chosen
