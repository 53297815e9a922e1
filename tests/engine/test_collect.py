"""From recordings to takes: a made-up dancer of CMU's bones, standing, bending and stepping."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ChoreoError
from engine.motion.rotations import (
    quat_angle,
    quat_between,
    quat_exp,
    quat_from_axis_angle,
    quat_identity,
    quat_log,
    quat_multiply,
    quat_rotate,
    quat_yaw,
)
from engine.motion.skeleton import (
    ANKLE_HEIGHT,
    BODY,
    FOOT_HEIGHT,
    STANDING_HEIGHT,
    Skeleton,
    forward_kinematics,
    mirror_motion,
)
from engine.training.collect.__main__ import collect, main
from engine.training.collect.feet import BALL, HEEL, above_floor, held, levelled, settling
from engine.training.collect.floor import floors_of, level_of, turned
from engine.training.collect.kinds import ASF, Kind
from engine.training.collect.make import Made, front_of, make_takes, prepare
from engine.training.collect.plausible import plausible
from engine.training.collect.quality import judge
from engine.training.collect.recording import Recording
from engine.training.collect.retarget import solve_leg
from engine.training.collect.sources import AMC_FPS, Dancer, dancers_of
from engine.training.collect.take import clip_of, read_take, read_takes, write_take

COS, SIN = 0.93969, 0.34202
BONES = {
    "hipjoint": ("root", (1.6, -1.7, 0.8), (0, 0, 0), ""),
    "femur": ("hipjoint", (7 * SIN, -7 * COS, 0), (0, 0, 20), "rx ry rz"),
    "tibia": ("femur", (8 * SIN, -8 * COS, 0), (0, 0, 20), "rx"),
    "foot": ("tibia", (0.19, -0.52, 2.25), (-90, 0, 20), "rx rz"),
    "toes": ("foot", (0, 0, 1.1), (-90, 0, 20), "rx"),
    "clavicle": ("thorax", (3.4, 0.5, 0.2), (0, 0, 0), ""),
    "humerus": ("clavicle", (5.4, 0, 0), (180, -30, -90), "rx ry rz"),
    "radius": ("humerus", (2.5, 0, 0), (180, -30, -90), "rx"),
    "wrist": ("radius", (1.2, 0, 0), (0, 90, 90), "ry"),
    "hand": ("wrist", (0.7, 0, 0), (0, 90, 90), "rx rz"),
    "fingers": ("hand", (0.6, 0, 0), (0, 90, 90), ""),
}
MIDDLE = {
    "lowerback": ("root", (0, 2.1, -0.1)),
    "upperback": ("lowerback", (0, 2.1, 0)),
    "thorax": ("upperback", (0, 2.1, 0)),
    "lowerneck": ("thorax", (0, 1.7, 0)),
    "upperneck": ("lowerneck", (0, 1.6, 0.1)),
    "head": ("upperneck", (0, 1.7, 0)),
}
STANDING = 1.7 + 15 * COS + 1.2
"""Height of the root, in the file's inches, with the legs splayed as in the zero pose."""


def asf_text() -> str:
    blocks = {name: (parent, tip, (0, 0, 0), "rx ry rz") for name, (parent, tip) in MIDDLE.items()}
    for side, sign in (("l", 1), ("r", -1)):
        for name, (parent, tip, axis, freedoms) in BONES.items():
            parent = side + parent if parent in BONES else parent
            tip = (sign * tip[0], tip[1], tip[2])
            blocks[side + name] = (parent, tip, (axis[0], sign * axis[1], sign * axis[2]), freedoms)
    text = ":units\n length 0.45\n:root\n order TX TY TZ RX RY RZ\n axis XYZ\n:bonedata\n"
    for name, (_, tip, axis, freedoms) in blocks.items():
        length = float(np.linalg.norm(tip))
        text += f"begin\n name {name}\n direction {' '.join(str(x / length) for x in tip)}\n"
        text += f" length {length}\n axis {axis[0]} {axis[1]} {axis[2]} XYZ\n"
        text += f" dof {freedoms}\n" * bool(freedoms) + "end\n"
    lines = [f"{parent} {name}" for name, (parent, *_) in blocks.items()]
    return text + ":hierarchy\n begin\n" + "\n".join(lines) + "\n end\n"


def amc_text(frames: list[dict[str, tuple[float, ...]]]) -> str:
    """Angles that a frame leaves out are zero."""
    sizes = {f"{s}{n}": len(b[3].split()) for s in "lr" for n, b in BONES.items() if b[3]}
    sizes |= dict.fromkeys(MIDDLE, 3)
    text = ":FULLY-SPECIFIED\n:DEGREES\n"
    for number, frame in enumerate(frames):
        text += f"{number + 1}\nroot {' '.join(map(str, frame['root']))}\n"
        for name, size in sizes.items():
            text += f"{name} {' '.join(map(str, frame.get(name, (0.0,) * size)))}\n"
    return text


def mirrored(frame: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
    """The frame in a mirror across X: sides swap, turns about y and z change their sign."""
    x, y, z, rx, ry, rz = frame["root"]
    other = {"root": (-x, y, z, rx, -ry, -rz)}
    for name, angles in frame.items():
        if name != "root":
            signs = (1, -1, -1)[: len(angles)] if len(angles) != 2 else (1, -1)
            name = {"l": "r", "r": "l"}[name[0]] + name[1:] if name not in MIDDLE else name
            other[name] = tuple(s * a for s, a in zip(signs, angles, strict=True))
    return other


def still(**angles: tuple[float, ...]) -> dict[str, tuple[float, ...]]:
    legs = {"lfemur": (0.0, 0.0, -20.0), "rfemur": (0.0, 0.0, 20.0)}
    return {"root": (0.0, STANDING + 0.85, 0.0, 0.0, 0.0, 0.0)} | legs | angles


def lively() -> list[dict[str, tuple[float, ...]]]:
    """Half a second of standing, then everything moves, differently on each side, then standing."""
    frames = []
    for number in range(180):
        swing = np.sin(max(0, min(number - 30, 120)) * np.pi / 60) if 30 <= number < 150 else 0.0
        frame = still()
        frame["root"] = (0.0, STANDING + 0.85, 0.05 * number, 5 * swing, 20 * swing, 3 * swing)
        frame |= {
            "lfemur": (-40 * abs(swing), 5 * swing, -20 + 8 * swing),
            "ltibia": (70 * abs(swing),),
            "rtibia": (15 * abs(swing),),
            "lowerback": (6 * swing, 4 * swing, 9 * swing),
            "thorax": (0.0, 10 * swing, 0.0),
            "head": (5 * swing, 30 * swing, 0.0),
            "lhumerus": (20 * swing, 30 * swing, 60 * swing),
            "lradius": (90 * abs(swing),),
            "rhumerus": (0.0, -20 * swing, -40.0),
            "rradius": (40.0,),
            "lhand": (20 * swing, 10 * swing),
        }
        frames.append(frame)
    return frames


def dancer_in(folder: Path, **takes: list[dict[str, tuple[float, ...]]]) -> Dancer:
    """Writes takes of subject 02 and finds them again."""
    place = folder / "cmu_amc"
    place.mkdir(parents=True, exist_ok=True)
    (place / "02.asf").write_text(asf_text())
    for name, frames in takes.items():
        (place / f"{name.removeprefix('take_')}.amc").write_text(amc_text(frames))
    return next(d for d in dancers_of(folder) if d.source == "cmu_amc")


def made_of(folder: Path, frames: list[dict[str, tuple[float, ...]]]) -> Made:
    dancer = dancer_in(folder, take_02_01=frames)
    return next(make_takes(dancer, {"02_01"}, set()))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made_of(tmp_path_factory.mktemp("plain"), lively())


def world(made: Made) -> np.ndarray:
    return forward_kinematics(BODY, made.take.local_quats, made.take.root_positions).positions


def test_take_repeats_its_recording(made: Made) -> None:
    figures = judge(made)
    assert figures.arm_degrees < 0.1
    assert figures.position_error < 1e-3
    assert figures.leg_degrees < 6
    assert figures.knee_off_axis < 0.1
    assert figures.elbow_off_axis < 0.1
    assert figures.knee_back == 0
    assert figures.elbow_back == 0
    assert figures.body_error < 0.06
    assert figures.swapped_error > 2 * figures.body_error


def test_standing_is_our_standing(made: Made) -> None:
    positions = world(made)[5]
    for side in ("left", "right"):
        assert positions[BODY.index[f"{side}_ankle"], 1] == pytest.approx(ANKLE_HEIGHT, abs=0.01)
        assert positions[BODY.index[f"{side}_foot"], 1] == pytest.approx(FOOT_HEIGHT, abs=0.01)
    spine = quat_log(made.take.local_quats[5, [BODY.index["spine1"], BODY.index["neck"]]])
    assert np.degrees(np.linalg.norm(spine, axis=-1)).max() < 6
    assert positions[BODY.index["head"], 1] > positions[0, 1] > 0.85


def test_stage_at_any_height_is_our_floor(tmp_path: Path) -> None:
    frames = lively()
    for frame in frames:
        frame["root"] = (frame["root"][0], frame["root"][1] + 4.0, *frame["root"][2:])
    raised = made_of(tmp_path, frames)
    assert raised.take.root_positions[5, 1] == pytest.approx(STANDING_HEIGHT, abs=0.01)
    ankles = world(raised)[5, [BODY.index["left_ankle"], BODY.index["right_ankle"]], 1]
    np.testing.assert_allclose(ankles, ANKLE_HEIGHT, atol=0.01)


def test_left_is_left(made: Made) -> None:
    positions = world(made)
    bends = [
        np.degrees(np.linalg.norm(quat_log(made.take.local_quats[:, BODY.index[name]]), axis=-1))
        for name in ("left_knee", "right_knee", "left_elbow", "right_elbow")
    ]
    assert bends[0].max() == pytest.approx(70, abs=8)
    assert bends[1].max() < 30
    assert bends[2].max() == pytest.approx(90, abs=3)
    assert bends[3] == pytest.approx(np.full(len(bends[3]), 40.0), abs=3)
    left = positions[5, BODY.index["left_shoulder"]] - positions[5, BODY.index["right_shoulder"]]
    assert left[0] > 0.3


def test_elbow_folds_to_the_front_in_a_t_pose(tmp_path: Path) -> None:
    frames = [still(lradius=(90.0,), rradius=(90.0,))] * 90
    positions = world(made_of(tmp_path, frames))[0]
    for side in ("left", "right"):
        forearm = positions[BODY.index[f"{side}_wrist"]] - positions[BODY.index[f"{side}_elbow"]]
        assert forearm[2] > 0.19
        assert abs(forearm[0]) < 0.05


def test_mirrored_recording_gives_the_mirrored_take(made: Made, tmp_path: Path) -> None:
    other = made_of(tmp_path, [mirrored(frame) for frame in lively()]).take
    quats, root = mirror_motion(made.take.local_quats, made.take.root_positions)
    assert len(other.root_positions) == len(root)
    np.testing.assert_allclose(other.root_positions, root, atol=0.005)
    assert np.degrees(quat_angle(other.local_quats, quats)).max() < 2.0


def test_take_starts_over_the_origin_and_walks_ahead(made: Made) -> None:
    np.testing.assert_allclose(made.take.root_positions[0, [0, 2]], 0, atol=1e-9)
    scale = made.calibration.scale
    assert made.take.root_positions[-1, 2] == pytest.approx(0.05 * 2 * 88 * scale, rel=0.1)
    assert made.take.fps == 30


def test_collars_are_filled_in_and_said_to_be(made: Made) -> None:
    hidden = [BODY.names[j] for j in np.flatnonzero(~made.take.joint_mask)]
    assert hidden == ["left_collar", "right_collar"]


def stepping(skeleton: Skeleton) -> list[Recording]:
    """Two takes of a stiff figure that stands a while at each of many places."""
    takes = []
    for turn in range(2):
        rng = np.random.default_rng(turn)
        places = np.repeat(rng.uniform(-2, 2, (12, 2)) / 0.0564, 15, axis=0)
        path = np.stack([places[:, 0], np.full(len(places), 18.0), places[:, 1]], axis=1)
        takes.append(Recording(skeleton, quat_identity(len(path), len(skeleton)), path, 30.0))
    return takes


def test_tilted_floor_is_levelled_and_a_level_one_left(made: Made) -> None:
    flat = stepping(made.recording.skeleton)
    scale = made.calibration.scale
    assert abs(level_of(flat, ASF, scale)[0]) > 1 - 1e-8
    tilt = quat_from_axis_angle(np.array([0.6, 0.0, 0.8]), np.array(np.radians(1.2)))
    level = level_of([turned(take, tilt) for take in flat], ASF, scale)
    rest = quat_rotate(quat_multiply(level, tilt), np.array([0.0, 1.0, 0.0]))
    assert np.degrees(np.arccos(rest[1])) < 0.15


def test_foot_held_in_the_air_gets_the_usual_floor(made: Made) -> None:
    standing = stepping(made.recording.skeleton)
    quats = standing[0].local_quats.copy()
    thigh = made.recording.skeleton.index["rfemur"]
    quats[:, thigh] = quat_from_axis_angle(np.array([1.0, 0, 0]), np.array(-0.6))
    balance = replace(standing[0], local_quats=quats)
    floors = floors_of([*standing, standing[0], balance], ASF, made.calibration.scale)
    assert floors[-1]["right_ankle"] == pytest.approx(floors[0]["right_ankle"], abs=0.005)
    assert floors[-1]["left_ankle"] == pytest.approx(floors[0]["left_ankle"], abs=0.005)


def test_impossible_ends_are_bridged_or_left_out() -> None:
    level = quat_identity(100)
    world = dict.fromkeys(BODY.names, level)
    backwards = quat_yaw(np.full(100, 3.0))
    moment = np.arange(100)[:, None] // 5 == 10
    world["head"] = np.where(moment, backwards, quat_yaw(np.full(100, 0.5)))
    world["right_ankle"] = backwards
    mended, lost = plausible(world, 30.0)
    assert lost == {"right_ankle", "right_foot"}
    assert quat_angle(mended["head"], quat_yaw(np.full(100, 0.5))).max() < 1e-6
    assert quat_angle(mended["right_ankle"], level).max() < 1e-6
    assert quat_angle(mended["left_wrist"], level).max() < 1e-6


def test_soles_stay_above_the_floor() -> None:
    rng = np.random.default_rng(1)
    ankle = np.stack([np.zeros(400), rng.uniform(-0.1, 0.3, 400), np.zeros(400)], axis=1)
    feet = quat_exp(rng.uniform(-1, 1, (400, 3)) * [0.9, 3.0, 0.2])
    # Neighbours in time are smoothed together, so each sample is held for a while.
    ankle, feet = np.repeat(ankle, 9, axis=0), np.repeat(feet, 9, axis=0)
    raised, changed = above_floor(ankle, feet)
    middle = np.arange(4, len(feet), 9)
    for point, floor in ((BALL, FOOT_HEIGHT), (HEEL, 0.0)):
        low = (raised + quat_rotate(changed, point))[middle, 1] - floor
        assert low.min() > -0.03
        assert np.percentile(low, 5) > -0.0105
    high = ankle[middle, 1] > 0.25
    assert quat_angle(changed, feet)[middle][high].max() < 1e-6


def test_planted_feet_are_held_settled_and_levelled() -> None:
    down = np.zeros(60, dtype=bool)
    down[10:25], down[40:50] = True, True
    offsets = np.sin(np.arange(60) / 7)[:, None] * np.ones((60, 3))
    steady = held(offsets, down)
    assert np.ptp(steady[10:25], axis=0).max() == 0
    assert np.abs(np.diff(steady, axis=0)).max() < 0.1
    heights = ANKLE_HEIGHT + 0.02 * down + 0.1 * ~down
    moved = heights + settling(heights, down, ANKLE_HEIGHT)
    assert np.abs(moved[13:22] - ANKLE_HEIGHT).max() < 2e-3
    wobbly = quat_multiply(
        quat_yaw(np.linspace(0, 2, 60)),
        quat_exp(np.linspace(0.1, 0.3, 60)[:, None] * np.array([1.0, 0.0, 0.5])),
    )
    tilt = quat_rotate(levelled(wobbly, down), np.array([0.0, 1.0, 0.0]))[:, 1]
    assert np.degrees(np.arccos(tilt[down])).max() < 4


def test_leg_reaches_its_ankle_and_bends_forward() -> None:
    rng = np.random.default_rng(2)
    reach = rng.normal(size=(200, 3))
    ankle = reach / np.linalg.norm(reach, axis=1, keepdims=True) * rng.uniform(0.2, 0.8, (200, 1))
    bent = quat_between(np.broadcast_to([0.0, -1.0, 0.0], ankle.shape), ankle)
    thigh, shin = solve_leg("left", np.zeros((200, 3)), ankle, bent)
    knee = quat_rotate(thigh, BODY.offsets[BODY.index["left_knee"]])
    end = knee + quat_rotate(shin, BODY.offsets[BODY.index["left_ankle"]])
    np.testing.assert_allclose(end, ankle, atol=1e-6)
    bend = quat_log(quat_multiply(thigh * [1, -1, -1, -1], shin))
    assert bend[:, 0].min() > 0
    assert np.abs(bend[:, 1:]).max() < 1e-6


def test_front_is_where_most_look() -> None:
    assert front_of(quat_yaw(np.linspace(0.5, 1.5, 50))) == pytest.approx(1.0, abs=0.01)
    assert front_of(quat_yaw(np.linspace(0, 2 * np.pi, 50))) is None


def test_waiting_is_trimmed(tmp_path: Path) -> None:
    frames = [lively()[0]] * 240 + lively()
    take = made_of(tmp_path, frames).take
    assert take.duration == pytest.approx(2.0 + 2 * 0.4, abs=0.1)


def test_take_survives_its_file(made: Made, tmp_path: Path) -> None:
    take = replace(made.take, front=0.5, kind="dance")
    again = read_take(write_take(take, tmp_path))
    for key in ("name", "split", "kind", "captions", "front", "feet_valid", "fps", "credit"):
        assert getattr(again, key) == getattr(take, key)
    np.testing.assert_allclose(again.local_quats, take.local_quats, atol=1e-6)
    assert again.joint_mask.tolist() == take.joint_mask.tolist()
    assert clip_of(again).foot_contacts.shape == (1, len(take.root_positions), 4)
    (tmp_path / "other.npz").write_bytes(b"no zip")
    with pytest.raises(ChoreoError, match="other"):
        read_take(tmp_path / "other.npz")


def test_command_writes_takes_and_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dancer_in(tmp_path, take_02_01=lively(), take_02_02=lively()[:120], take_02_03=lively()[40:])
    assert main([str(tmp_path), str(tmp_path / "out"), "--only", "02_0[12]"]) == 0
    takes = read_takes(tmp_path / "out")
    assert [take.name for take in takes] == ["02_01", "02_02"]
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert {row["name"] for row in report["takes"]} == {"02_01", "02_02"}
    assert report["totals"][0]["takes"] == 2
    printed = capsys.readouterr()
    assert "cmu_amc" in printed.out
    assert "[1/1]" in printed.err


def test_command_without_data_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ChoreoError) as raised:
        collect(tmp_path, tmp_path / "out")
    assert raised.value.code == "mocap_missing"
    assert main([str(tmp_path), str(tmp_path / "out")]) == 1
    assert "mocap.tar.xz" in capsys.readouterr().err


def test_recording_is_read_at_its_rate(tmp_path: Path) -> None:
    dancer = dancer_in(tmp_path, take_02_01=lively())
    session = prepare(dancer)
    assert session.raw["02_01"].fps == AMC_FPS
    assert len(session.recordings["02_01"]) == 90
    assert isinstance(dancer.kind, Kind)
