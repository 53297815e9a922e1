"""Limits of the body are measured on training takes, the same for both sides."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ChoreoError
from engine.motion.rotations import quat_from_axis_angle, quat_identity, quat_multiply, quat_yaw
from engine.motion.skeleton import BODY
from engine.training.collect.take import Take, write_take
from engine.training.limits import main, measure_limits
from engine.vocabulary.limits import FILE

X, Y = np.eye(3)[:2]


def _take(
    quats: np.ndarray, name: str = "a", split: str = "train", mask: np.ndarray | None = None
) -> Take:
    root = np.zeros((len(quats), 3))
    root[:, 1] = 1.0 + 0.1 * np.sin(np.arange(len(quats)) / 5)
    measured = np.ones(22, dtype=bool) if mask is None else mask
    return Take(
        name, "cmu_amc", "1", split, "dance", ("x",), "L", "C", quats, root, measured, 0.0, True
    )


def _moving(joint: str, axis: np.ndarray, angles: np.ndarray) -> np.ndarray:
    quats = quat_identity(len(angles), 22)
    quats[:, BODY.index[joint]] = quat_from_axis_angle(np.tile(axis, (len(angles), 1)), angles)
    return quats


def test_the_bend_of_a_knee_and_its_speed_are_found_on_both_sides():
    angles = np.linspace(0.2, 1.2, 301)
    limits = measure_limits([_take(_moving("left_knee", X, angles))])
    for side in ("left", "right"):
        knee = limits.joints[f"{side}_knee"]
        assert knee is not None
        assert knee.bend is not None
        assert knee.bend[1] == pytest.approx(1.2, abs=0.02)
        assert knee.speed == pytest.approx(1.0 / 300 * 30, rel=0.01)
        assert knee.twist == pytest.approx((0.0, 0.0), abs=1e-6)


def test_twist_changes_its_sign_on_the_other_side():
    limits = measure_limits([_take(_moving("left_hip", Y, np.linspace(0.0, 0.8, 301)))])
    left, right = limits.joints["left_hip"], limits.joints["right_hip"]
    assert left is not None
    assert right is not None
    assert left.twist is not None
    # The bone of a leg points down: turning about +Y is turning back about it.
    assert left.twist[0] == pytest.approx(-0.8, abs=0.02)
    assert right.twist == pytest.approx((-left.twist[1], -left.twist[0]))


def test_turning_on_the_spot_is_no_tilt_of_the_pelvis():
    quats = quat_identity(200, 22)
    lean = quat_from_axis_angle(np.tile(X, (200, 1)), np.full(200, 0.3))
    quats[:, 0] = quat_multiply(quat_yaw(np.linspace(0, 6, 200)), lean)
    pelvis = measure_limits([_take(quats)]).joints["pelvis"]
    assert pelvis is not None
    assert pelvis.swing == pytest.approx((0.3, 0.3), abs=1e-6)
    assert pelvis.swing_vector[0] == pytest.approx((0.3, 0.3), abs=1e-6)
    assert pelvis.twist is None


def test_what_a_source_did_not_measure_does_not_count():
    mask = np.ones(22, dtype=bool)
    mask[[BODY.index["neck"], BODY.index["left_collar"], BODY.index["right_collar"]]] = False
    blind = _take(_moving("neck", X, np.full(90, 1.0)), mask=mask)
    seeing = _take(_moving("neck", X, np.full(90, 0.2)), mask=np.arange(22) != 13)
    limits = measure_limits([blind, seeing])
    neck = limits.joints["neck"]
    assert neck is not None
    assert neck.swing[1] == pytest.approx(0.2, abs=1e-6)
    assert limits.joints["left_collar"] is not None  # the mirror image of the right one
    assert measure_limits([blind]).joints["left_collar"] is None


def test_the_command_reads_training_takes_alone(tmp_path: Path):
    write_take(_take(_moving("left_knee", X, np.full(90, 0.5))), tmp_path)
    write_take(_take(_moving("left_knee", X, np.full(90, 2.5)), "b", "test"), tmp_path)
    main([str(tmp_path), "--out", str(tmp_path / "limits.json")])
    written = json.loads((tmp_path / "limits.json").read_text())
    assert written["takes"] == 1
    assert written["joints"]["right_knee"]["bend"][1] == pytest.approx(0.5, abs=0.01)
    assert written["joints"]["head"]["twist"] == [0.0, 0.0]


def test_takes_of_other_splits_are_refused():
    with pytest.raises(ChoreoError, match="training takes only"):
        measure_limits([_take(quat_identity(30, 22), split="test")])
    with pytest.raises(ChoreoError, match="no takes"):
        measure_limits([])


def test_hand_made_clips_tell_nothing_of_bodies():
    real = _take(_moving("left_knee", X, np.full(90, 0.5)))
    made = replace(_take(_moving("left_knee", X, np.full(90, 2.9))), source="mesh2motion")
    knee = measure_limits([real, made]).joints["left_knee"]
    assert knee is not None
    assert knee.swing == pytest.approx((0.0, 0.5), abs=1e-6)
    with pytest.raises(ChoreoError, match="no takes"):
        measure_limits([made])


def test_the_shipped_limits_are_those_of_a_human_body():
    limits = json.loads(FILE.read_text())
    assert set(limits["joints"]) == set(BODY.names)
    knee, elbow = limits["joints"]["left_knee"], limits["joints"]["left_elbow"]
    assert -0.1 < knee["bend"][0] < 0.3
    assert 1.8 < knee["bend"][1] < 2.7
    assert 2.0 < elbow["bend"][1] < 2.8
    assert 1.0 < limits["speeds"]["pelvis_vertical"] < 2.5
