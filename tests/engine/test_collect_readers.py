"""The readers of motion capture, on samples of a few bones written here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import ChoreoError
from engine.motion.rotations import quat_angle, quat_from_axis_angle, quat_identity, quat_rotate
from engine.training.collect.amc import read_amc, read_asf
from engine.training.collect.bvh import read_bvh
from engine.training.collect.g1 import read_csv, read_mjcf
from engine.training.collect.recording import Recording, bridge_spikes, resample, smooth

ASF = """# a leg
:version 1.10
:units
  mass 1.0
  length 0.45
  angle deg
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
  begin
     id 1
     name lfemur
     direction 0.34202 -0.939693 0
     length 7
     axis 0 0 20  XYZ
    dof rx ry rz
    limits (-160.0 20.0)
           (-70.0 70.0)
           (-60.0 70.0)
  end
  begin
     id 2
     name ltibia
     direction 0.34202 -0.939693 0
     length 8
     axis 0 0 20   XYZ
    dof rx
    limits (-10.0 170.0)
  end
:hierarchy
  begin
    root lfemur
    lfemur ltibia
  end
"""
AMC = """#!OML:ASF somewhere
:FULLY-SPECIFIED
:DEGREES
1
root 1 2 3 10 20 30
lfemur 5 -10 15
ltibia 0
2
root 1 2 4 0 0 0
lfemur 0 0 0
ltibia 90
"""
BVH = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT Knee
  {
    OFFSET 2.39414 -6.577851 0
    CHANNELS 3 Zrotation Yrotation Xrotation
    End Site
    {
      OFFSET 2.73616 -7.517544 0
    }
  }
}
MOTION
Frames: 2
Frame Time: .0083333
1 2 3 30 20 10 0 0 0
1 2 4 0 0 0 0 0 90
"""
MJCF = """<mujoco><worldbody><body name="pelvis" pos="0 0 0.8">
  <freejoint name="base"/>
  <body name="thigh" pos="0.1 0.2 -0.1" quat="0.7071068 0 0.7071068 0">
    <joint name="hip" axis="0 1 0"/>
    <body name="foot" pos="0.5 0 0" quat="0.7071068 0 -0.7071068 0">
      <joint name="ankle" axis="1 0 0"/>
      <geom class="foot" pos="-0.05 0.02 -0.03"/>
      <geom class="foot" pos="0.12 0.03 -0.03"/>
      <geom class="foot" pos="0.12 -0.03 -0.03"/>
    </body>
  </body>
</body></worldbody></mujoco>
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.fixture
def leg(tmp_path: Path) -> Recording:
    acclaim = read_asf(write(tmp_path, "01.asf", ASF))
    return read_amc(write(tmp_path, "01_01.amc", AMC), acclaim, 60.0)


def test_acclaim_hinge_bends_in_the_bones_own_frame(leg: Recording) -> None:
    assert leg.skeleton.names == ("root", "lfemur", "ltibia", "ltibia_end")
    np.testing.assert_allclose(leg.root_positions, [[1, 2, 3], [1, 2, 4]])
    knee, heel = leg.point("ltibia")[1], leg.point("ltibia_end")[1]
    np.testing.assert_allclose(knee, [1 + 7 * 0.34202, 2 - 7 * 0.939693, 4], atol=1e-6)
    # The shin hung along the thigh; a quarter turn about the leg's own x sends it straight back.
    np.testing.assert_allclose(heel - knee, [0, 0, -8], atol=1e-5)


def test_acclaim_root_angles_turn_about_x_first(leg: Recording) -> None:
    radians = np.radians([10, 20, 30])
    ahead = np.array([0.0, 0.0, 1.0])
    for axis, angle in zip(np.eye(3), radians, strict=True):
        ahead = quat_rotate(quat_from_axis_angle(axis, angle), ahead)
    np.testing.assert_allclose(quat_rotate(leg.turn("root")[0], np.array([0, 0, 1.0])), ahead)


def test_bvh_and_acclaim_agree(leg: Recording, tmp_path: Path) -> None:
    bvh = read_bvh(write(tmp_path, "a.bvh", BVH))
    assert bvh.fps == pytest.approx(120, rel=1e-4)
    assert bvh.skeleton.names == ("Hips", "Knee", "Knee_end")
    np.testing.assert_allclose(bvh.root_positions, leg.root_positions)
    assert np.degrees(quat_angle(bvh.turn("Hips"), leg.turn("root"))).max() < 1e-4
    np.testing.assert_allclose(bvh.point("Knee")[1], leg.point("ltibia")[1], atol=1e-4)
    # World-aligned axes here: the same quarter turn about x keeps the sideways part of the shin.
    np.testing.assert_allclose(
        bvh.point("Knee_end")[1] - bvh.point("Knee")[1], [2.73616, 0, -7.517544], atol=1e-5
    )


def test_truncated_last_frame_is_left_out(tmp_path: Path) -> None:
    acclaim = read_asf(write(tmp_path, "01.asf", ASF))
    cut = AMC[: AMC.rindex("ltibia")]
    assert len(read_amc(write(tmp_path, "cut.amc", cut), acclaim, 60.0)) == 1


@pytest.mark.parametrize("text", ["", "HIERARCHY\nROOT", BVH[:-20], BVH.replace("20 10", "x 10")])
def test_damaged_bvh_says_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(ChoreoError, match=r"a\.bvh") as raised:
        read_bvh(write(tmp_path, "a.bvh", text))
    assert raised.value.code == "mocap_unreadable"


def test_damaged_acclaim_says_so(tmp_path: Path) -> None:
    with pytest.raises(ChoreoError):
        read_asf(write(tmp_path, "a.asf", ASF[:200]))
    acclaim = read_asf(write(tmp_path, "b.asf", ASF))
    with pytest.raises(ChoreoError):
        read_amc(
            write(tmp_path, "b.amc", AMC.replace("lfemur 0 0 0", "rfemur 0 0 0")), acclaim, 60.0
        )


def test_robot_is_turned_to_y_up(tmp_path: Path) -> None:
    model = read_mjcf(write(tmp_path, "g1.xml", MJCF))
    assert model.skeleton.names == ("pelvis", "thigh", "foot", "foot_toe")
    assert model.hinges == ("hip", "ankle")
    rest = dict(zip(model.skeleton.names, model.skeleton.rest_positions(), strict=True))
    # Robot x is our z, its y (left) our x, its z our y; the thigh's rest turn points its x down.
    np.testing.assert_allclose(rest["thigh"], [0.2, -0.1, 0.1], atol=1e-6)
    np.testing.assert_allclose(rest["foot"], [0.2, -0.6, 0.1], atol=1e-6)
    np.testing.assert_allclose(rest["foot_toe"], [0.2, -0.63, 0.22], atol=1e-6)
    row = "1,2,3, 0,0,0.7071068,0.7071068, 1.5707963,0\n"
    take = read_csv(write(tmp_path, "a.csv", row), model)
    np.testing.assert_allclose(take.root_positions, [[2, 3, 1]])
    # A quarter turn to its left, then the hip swings the leg backwards: robot +y carries -z to -x.
    ahead = quat_rotate(take.turn("pelvis")[0], np.array([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(ahead, [1, 0, 0], atol=1e-6)
    leg = take.point("foot")[0] - take.point("thigh")[0]
    np.testing.assert_allclose(leg, [-0.5, 0, 0], atol=1e-6)


def test_robot_with_other_columns_is_refused(tmp_path: Path) -> None:
    model = read_mjcf(write(tmp_path, "g1.xml", MJCF))
    with pytest.raises(ChoreoError):
        read_csv(write(tmp_path, "a.csv", "1,2,3,0,0,0,1,0\n"), model)
    with pytest.raises(ChoreoError):
        read_mjcf(write(tmp_path, "b.xml", "<mujoco>"))


def swing(leg: Recording, hertz: float, fps: float, seconds: float = 2.0) -> Recording:
    times = np.arange(int(seconds * fps)) / fps
    quats = quat_identity(len(times), len(leg.skeleton))
    angle = 0.5 * np.sin(2 * np.pi * hertz * times)
    axis = np.broadcast_to([1.0, 0, 0], (len(times), 3))
    quats[:, 1] = quat_from_axis_angle(axis, angle)
    return Recording(leg.skeleton, quats, np.zeros((len(times), 3)), fps)


def test_spike_is_bridged_and_the_rest_untouched(leg: Recording) -> None:
    clean = swing(leg, 1.0, 60.0)
    spoilt = clean.local_quats.copy()
    spoilt[40, 1] = quat_from_axis_angle(np.array([0, 1.0, 0]), np.array(2.5))
    mended = bridge_spikes(spoilt, 60.0)
    error = np.degrees(quat_angle(mended, clean.local_quats))
    assert error[40, 1] < 3
    assert error[np.r_[:35, 46:120]].max() < 1e-6


def test_smoothing_keeps_hits_and_takes_out_noise(leg: Recording) -> None:
    rng = np.random.default_rng(0)
    clean = swing(leg, 4.0, 120.0)
    kept = smooth(clean).local_quats[20:-20, 1, 1]
    assert np.ptp(kept) / np.ptp(clean.local_quats[20:-20, 1, 1]) > 0.97
    noise = rng.normal(0, 0.01, clean.local_quats.shape)
    noisy = smooth(Recording(leg.skeleton, clean.local_quats + noise, clean.root_positions, 120.0))
    left = quat_angle(noisy.local_quats, smooth(clean).local_quats).std()
    assert left < 0.6 * quat_angle(clean.local_quats + noise, clean.local_quats).std()


def test_resampling_keeps_time(leg: Recording) -> None:
    slow = resample(swing(leg, 1.0, 120.0), 30.0)
    assert slow.fps == 30.0
    direct = swing(leg, 1.0, 30.0)
    count = min(len(slow), len(direct))
    assert quat_angle(slow.local_quats[:count], direct.local_quats[:count]).max() < 1e-3
