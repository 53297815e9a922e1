"""The test rigs themselves: whole, distinct names, standing as their system stands."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core.rig_systems import all_systems, truth, truth_parts

SYSTEMS = all_systems()


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_is_a_body(name: str) -> None:
    rig, joints = SYSTEMS[name], truth(name)
    assert len(set(rig.bones)) == len(rig.bones)
    assert (rig.parents < np.arange(len(rig.bones))).all()
    assert {*joints.values(), *sum(truth_parts(name).values(), ())} <= set(rig.bones)
    np.testing.assert_allclose(np.linalg.norm(rig.rotations, axis=-1), 1.0)
    at = {joint: rig.heads[rig.bones.index(bone)] for joint, bone in joints.items()}
    front = at["left_foot"] - at["left_ankle"] if "left_foot" in at else None
    up = at["left_hip"] - at["left_ankle"]
    left = at["left_hip"] - at["right_hip"]
    assert front is None or np.cross(up, front) @ left > 0
