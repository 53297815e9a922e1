"""Characters' rigs: glTF clips and converted FBX, made here, onto our body."""

from __future__ import annotations

import json
import stat
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ChoreoError
from engine.motion.rotations import (
    quat_angle,
    quat_from_axis_angle,
    quat_identity,
    quat_log,
    quat_multiply,
    quat_rotate,
    quat_yaw,
)
from engine.motion.skeleton import ANKLE_HEIGHT, BODY, FOOT_HEIGHT, forward_kinematics
from engine.training.collect import neutral
from engine.training.collect.__main__ import main
from engine.training.collect.calibrate import rest_bone
from engine.training.collect.feet import PINS, pinning
from engine.training.collect.glb import FPS, open_glb, read_clip
from engine.training.collect.hinges import hinged
from engine.training.collect.make import make_takes
from engine.training.collect.neutral import read_neutral
from engine.training.collect.quality import judge
from engine.training.collect.sources import dancers_of
from engine.training.collect.take import read_takes

X, Y, Z = np.eye(3)
TURNED = np.full(4, 0.5)
"""The rotation that every second bone has at rest, so that rest frames matter."""


def quat(axis: np.ndarray, angle: float) -> np.ndarray:
    return quat_from_axis_angle(axis, np.array(angle))


STILL, BENT = quat_identity(), quat(X, 1.0)
BACK = np.array([1.0, -1.0, -1.0, -1.0])


def mannequin_places() -> dict[str, tuple[str, list[float]]]:
    """Bones of the mannequin: parent and place in the world, in a T-pose of 1.7 m."""
    table: dict[str, tuple[str, list[float]]] = {
        "DEF-hips": ("root", [0, 0.92, 0]),
        "DEF-spine.001": ("DEF-hips", [0, 1.05, 0]),
        "DEF-spine.002": ("DEF-spine.001", [0, 1.17, 0]),
        "DEF-spine.003": ("DEF-spine.002", [0, 1.3, 0]),
        "DEF-neck": ("DEF-spine.003", [0, 1.48, 0]),
        "DEF-head": ("DEF-neck", [0, 1.56, 0]),
    }
    for side, sign in (("L", 1), ("R", -1)):
        for name, parent, place in (
            ("thigh", "DEF-hips", [0.09, 0.92, 0]),
            ("shin", f"DEF-thigh.{side}", [0.09, 0.5, 0]),
            ("foot", f"DEF-shin.{side}", [0.09, 0.1, 0]),
            ("toe", f"DEF-foot.{side}", [0.09, 0.02, 0.14]),
            ("upper_arm", "DEF-spine.003", [0.18, 1.43, 0]),
            ("forearm", f"DEF-upper_arm.{side}", [0.45, 1.43, 0]),
            ("hand", f"DEF-forearm.{side}", [0.71, 1.43, 0]),
            ("f_middle.01", f"DEF-hand.{side}", [0.82, 1.43, 0]),
            ("f_index.01", f"DEF-hand.{side}", [0.82, 1.43, 0.03]),
        ):
            table[f"DEF-{name}.{side}"] = (parent, [sign * place[0], *place[1:]])
    return table


def write_glb(path: Path, clips: dict[str, dict[str, list[np.ndarray]]], seconds: float) -> None:
    """A file with the mannequin; clips turn bones (wxyz, about the world's axes) at even keys."""
    places = mannequin_places()
    names = ["root", *places]
    turned = {name: number % 2 == 1 for number, name in enumerate(names)}
    nodes = []
    for name in names:
        parent, place = places.get(name, ("", [0, 0, 0]))
        step = np.array(place, dtype=float) - places.get(parent, ("", [0, 0, 0]))[1]
        above = (TURNED if turned.get(parent) else STILL) * BACK
        own = quat_multiply(above, TURNED if turned[name] else STILL)
        step = quat_rotate(above, step)
        children = [names.index(n) for n, (p, _) in places.items() if p == name]
        nodes.append(
            {
                "name": name,
                "translation": step.tolist(),
                "rotation": own[[1, 2, 3, 0]].tolist(),
                "children": children,
            }
        )
    blob, views, accessors, animations = b"", [], [], []

    def add(values: np.ndarray) -> int:
        nonlocal blob
        data = values.astype("<f4").tobytes()
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": len(data)})
        kind = "SCALAR" if values.ndim == 1 else f"VEC{values.shape[1]}"
        accessors.append(
            {
                "bufferView": len(views) - 1,
                "componentType": 5126,
                "count": len(values),
                "type": kind,
            }
        )
        blob += data
        return len(accessors) - 1

    for clip, bones in clips.items():
        samplers, channels = [], []
        for bone, turns in bones.items():
            frame = TURNED if turned[bone] else STILL
            back = (TURNED if turned[places[bone][0]] else STILL) * BACK
            keys = np.array([quat_multiply(back, quat_multiply(turn, frame)) for turn in turns])
            samplers.append(
                {
                    "input": add(np.linspace(0, seconds, len(turns))),
                    "output": add(keys[:, [1, 2, 3, 0]]),
                    "interpolation": "LINEAR",
                }
            )
            target = {"node": names.index(bone), "path": "rotation"}
            channels.append({"sampler": len(samplers) - 1, "target": target})
        animations.append({"name": clip, "samplers": samplers, "channels": channels})
    table = {"asset": {"version": "2.0"}, "nodes": nodes, "animations": animations}
    table |= {"accessors": accessors, "bufferViews": views, "buffers": [{"byteLength": len(blob)}]}
    text = json.dumps(table).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    chunks += struct.pack("<II", len(blob), 0x004E4942) + blob
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one glTF file: a loop that bends the left knee, and a bow."""
    folded = [STILL, BENT, STILL, BENT, STILL]
    write_glb(
        tmp_path / "data" / "mesh2motion_cc0" / "human-base-animations.glb",
        {
            "Dance_Loop": {
                "DEF-shin.L": folded,
                "DEF-forearm.R": [STILL, quat(Y, 1.2), STILL, quat(Y, 1.2), STILL],
            },
            "Bow": {"DEF-spine.001": [STILL, quat(X, 0.9)]},
        },
        2.0,
    )
    return tmp_path / "data"


def test_clip_of_a_glb_is_read_in_the_worlds_axes(data: Path) -> None:
    path = data / "mesh2motion_cc0" / "human-base-animations.glb"
    assert open_glb(path).clips == ["Dance_Loop", "Bow"]
    bow = read_clip(path, "Bow", "DEF-hips", ("DEF-f_index",))
    assert "DEF-f_index.01.L" not in bow.skeleton.names
    assert bow.fps == FPS
    assert len(bow) == 121
    assert np.allclose(bow.root_positions, [0, 0.92, 0], atol=1e-6)
    assert np.allclose(bow.point("DEF-head")[0], [0, 1.56, 0], atol=1e-6)
    turns = bow.turn("DEF-head")[[60, -1]]
    assert quat_angle(turns, np.array([quat(X, 0.45), quat(X, 0.9)])).max() < 1e-3
    assert bow.point("DEF-head")[-1, 2] > 0.3


def test_loop_is_repeated_and_other_clips_are_not(data: Path) -> None:
    path = data / "mesh2motion_cc0" / "human-base-animations.glb"
    loop = read_clip(path, "Dance_Loop", "DEF-hips")
    assert len(loop) == 240
    knee = quat_log(loop.local_quats[:, loop.skeleton.index["DEF-shin.L"]])[:, 0]
    assert knee[30] == pytest.approx(1.0, abs=1e-3)
    assert np.allclose(knee[:120], knee[120:], atol=1e-4)


def test_what_is_no_glb_is_refused(data: Path, tmp_path: Path) -> None:
    path = data / "mesh2motion_cc0" / "human-base-animations.glb"
    with pytest.raises(ChoreoError, match="animations of a skeleton"):
        read_clip(path, "Waltz", "DEF-hips")
    (tmp_path / "x.glb").write_bytes(b"glTF, but not really one")
    with pytest.raises(ChoreoError, match=r"x\.glb"):
        open_glb(tmp_path / "x.glb")


def test_mannequin_dances_on_our_body(data: Path) -> None:
    dancer = next(d for d in dancers_of(data) if d.source == "mesh2motion")
    made = {m.take.name: m for m in make_takes(dancer, set(dancer.paths), set())}
    take = made["m2m_dance_loop"].take
    assert (take.licence, take.front, take.kind) == ("CC0-1.0", 0.0, "dance")
    elbow = take.local_quats[:, BODY.index["right_elbow"]]
    assert quat_log(elbow)[:, 1].max() == pytest.approx(1.2, abs=0.1)
    still = take.local_quats[:, BODY.index["left_elbow"]]
    assert quat_angle(still, quat_identity(len(still))).max() < 1e-3
    feet = forward_kinematics(BODY, take.local_quats, take.root_positions).positions
    standing = feet[:, [BODY.index["right_ankle"], BODY.index["right_foot"]], 1]
    assert np.allclose(standing, [ANKLE_HEIGHT, FOOT_HEIGHT], atol=0.01)
    assert feet[:, BODY.index["left_ankle"], 2].min() < -0.2
    figures = judge(made["m2m_dance_loop"])
    assert figures.swapped_error > 3 * figures.body_error


def test_knees_and_elbows_become_hinges_and_bones_stay() -> None:
    rng = np.random.default_rng(0)
    world = {name: np.tile(STILL, (40, 1)) for name in BODY.names}
    roll = rng.uniform(-0.6, 0.6)
    bend = np.linspace(0.6, 1.5, 40)
    for side, sign in (("left", -1.0), ("right", 1.0)):
        world[f"{side}_shoulder"] = np.tile(quat(X, roll), (40, 1))
        turn = quat_from_axis_angle(np.tile(sign * Y, (40, 1)), bend)
        world[f"{side}_elbow"] = quat_multiply(turn, np.tile(quat(X, 0.5), (40, 1)))
    mended = hinged(world, 30.0)
    for side, sign in (("left", -1.0), ("right", 1.0)):
        names = f"{side}_shoulder", f"{side}_elbow"
        for name in names:
            along = quat_rotate(world[name], rest_bone(name))
            assert np.allclose(quat_rotate(mended[name], rest_bone(name)), along, atol=1e-6)
        upper, lower = (mended[name] for name in names)
        local = quat_log(quat_multiply(upper * BACK, lower))
        assert np.abs(local[:, [0, 2]]).max() < 0.02
        assert np.allclose(sign * local[:, 1], bend, atol=0.02)


def neutral_file(path: Path) -> None:
    """What the script would write for a breakdancer who turns on the spot and bends an elbow."""
    names, parents, places = ["Neo_Hips"], [-1], [[0.0, 0.0, 0.0]]

    def add(name: str, parent: str, place: list[float]) -> None:
        names.append(f"Neo_{name}")
        parents.append(names.index(f"Neo_{parent}"))
        places.append((np.array(place) - ORIGIN[parent]).tolist())
        ORIGIN[name] = np.array(place)

    ORIGIN: dict[str, np.ndarray] = {"Hips": np.array([0.0, 0.92, 0.0])}
    for name, parent, height in (
        ("Spine", "Hips", 1.02),
        ("Spine1", "Spine", 1.19),
        ("Spine2", "Spine1", 1.33),
        ("Neck", "Spine2", 1.5),
        ("Head", "Neck", 1.63),
    ):
        add(name, parent, [0, height, 0])
    for side, sign in (("Left", 1), ("Right", -1)):
        add(f"{side}UpLeg", "Hips", [sign * 0.09, 0.88, 0])
        add(f"{side}Leg", f"{side}UpLeg", [sign * 0.09, 0.47, 0])
        add(f"{side}Foot", f"{side}Leg", [sign * 0.09, 0.09, 0])
        add(f"{side}ToeBase", f"{side}Foot", [sign * 0.09, 0.02, 0.12])
        add(f"{side}Arm", "Spine2", [sign * 0.19, 1.41, 0])
        add(f"{side}ForeArm", f"{side}Arm", [sign * 0.43, 1.41, 0])
        add(f"{side}Hand", f"{side}ForeArm", [sign * 0.7, 1.41, 0])
        add(f"{side}Hand_end", f"{side}Hand", [sign * 0.84, 1.41, 0])
    quats = quat_identity(120, len(names))
    quats[:, 0] = quat_yaw(np.linspace(0, 2, 120))
    bend = np.sin(np.linspace(0, 9, 120)) ** 2
    quats[:, names.index("Neo_LeftForeArm")] = quat_from_axis_angle(np.tile(-Y, (120, 1)), bend)
    np.savez(
        path,
        names=np.array(names),
        parents=np.array(parents),
        offsets=np.array(places),
        local_quats=quats,
        root_positions=np.tile([0.0, 0.92, 0.0], (120, 1)),
        fps=np.array(30.0),
    )


@pytest.fixture
def blender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the script that Blender runs: it copies a neutral file and counts its runs."""
    neutral_file(tmp_path / "told.npz")
    script = tmp_path / "script.py"
    script.write_text(
        "import shutil, sys, pathlib\n"
        "out = pathlib.Path(sys.argv[1]); out.mkdir(parents=True, exist_ok=True)\n"
        f"pathlib.Path({str(tmp_path / 'runs')!r}).open('a').write('x')\n"
        "for name in sys.argv[2:]:\n"
        "    made = out / (pathlib.Path(name).stem + '.npz')\n"
        f"    shutil.copy({str(tmp_path / 'told.npz')!r}, made)\n"
    )
    monkeypatch.setattr(neutral, "SCRIPT", script)
    return Path(sys.executable)


def test_command_keeps_what_is_unchanged(
    data: Path, tmp_path: Path, blender: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "cmu_fbx").mkdir()
    for name in ("85_03", "85_14"):
        (data / "cmu_fbx" / f"{name}.fbx").write_text("a film")
    out = tmp_path / "out"
    command = [str(data), str(out), "--blender-python", str(blender)]
    assert main(command) == 0
    first = json.loads((out / "report.json").read_text())
    assert {row["name"]: row["split"] for row in first["takes"]} == {
        "85_03": "train",
        "85_14": "test",
        "m2m_bow": "train",
        "m2m_dance_loop": "train",
    }
    times = {path.name: path.stat().st_mtime_ns for path in out.glob("*.npz")}
    assert main(command) == 0
    assert "4 takes are unchanged" in capsys.readouterr().err
    assert {path.name: path.stat().st_mtime_ns for path in out.glob("*.npz")} == times
    assert json.loads((out / "report.json").read_text()) == first
    assert (tmp_path / "runs").read_text() == "x"
    # Another file of the same dancer: both are made again, for they are calibrated together.
    (data / "cmu_fbx" / "85_14.fbx").unlink()
    assert main(command) == 0
    assert [t.name for t in read_takes(out, ("train", "test"))] == [
        "85_03",
        "m2m_bow",
        "m2m_dance_loop",
    ]
    page = (out / "report.md").read_text()
    assert "| CC0-1.0 | 2 |" in page
    for plot in ("minutes", "cleaning", "movement", "joints"):
        assert (out / "plots" / f"{plot}.png").read_bytes().startswith(b"\x89PNG")


def test_fbx_without_blender_is_left_out_aloud(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "cmu_fbx").mkdir()
    (data / "cmu_fbx" / "85_03.fbx").write_text("a film")
    assert main([str(data), str(tmp_path / "out")]) == 0
    assert "--blender-python" in capsys.readouterr().err
    assert "85_03" in (tmp_path / "out" / "report.md").read_text()
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no bpy here >&2\nexit 1\n")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    assert main([str(data), str(tmp_path / "out"), "--blender-python", str(broken)]) == 1
    assert "no bpy here" in capsys.readouterr().err


def test_breakdancer_is_read_from_a_neutral_file(tmp_path: Path) -> None:
    (tmp_path / "cmu_fbx").mkdir()
    (tmp_path / "cmu_fbx" / "85_03.fbx").write_text("a film")
    neutral_file(tmp_path / "85_03.npz")
    (dancer,) = dancers_of(tmp_path, tmp_path)
    made = next(make_takes(dancer, {"85_03"}, set()))
    bend = -quat_log(made.take.local_quats[:, BODY.index["left_elbow"]])[:, 1]
    assert bend.max() == pytest.approx(1.0, abs=0.03)
    assert judge(made).leg_degrees < 3
    (tmp_path / "no.npz").write_bytes(b"nothing")
    with pytest.raises(ChoreoError, match="read_fbx"):
        read_neutral(tmp_path / "no.npz")


def test_planted_feet_are_pinned() -> None:
    time = np.linspace(0, 2, 61)
    down = (time > 0.5) & (time < 1.5)
    path = np.stack([0.01 * np.sin(9 * time), 0.08 + 0 * time, 0 * time], axis=1)
    path[~down, 2] += 0.5
    moved = path + pinning(path, down, 30.0)
    assert np.ptp(moved[20:41, 0]) < 0.35 * np.ptp(path[20:41, 0])
    assert np.array_equal(moved[:, 1], path[:, 1])
    drawn = np.stack([0.5 * time, 0.08 + 0 * time, 0 * time], axis=1)
    change = pinning(drawn, down, 30.0)
    assert np.linalg.norm(change, axis=1).max() <= PINS
    assert np.array_equal(pinning(path, np.zeros(61, dtype=bool), 30.0), np.zeros((61, 3)))
