"""A batch as users start it: jobs to files, killed and resumed, with the debug model."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

from kpop_choreo_addon.batch import command, sheet
from kpop_choreo_addon.batch.making import Places, make
from kpop_choreo_addon.batch.stage import Stage
from kpop_choreo_addon.core.batch_jobs import Job
from kpop_choreo_addon.core.clip import read_clip
from kpop_choreo_addon.core.errors import ChoreoError
from tests.batches import ENGINE, Batch, summary, temporary, times_done, written
from tests.blender.helpers import build_armature, in_the_newest, write_drums, write_tone
from tests.core.rigs import make_rig
from tests.core.synthetic import write_clip

linux = pytest.mark.skipif(
    not ENGINE.is_file() or not sys.platform.startswith("linux"), reason="no engine, no /proc"
)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path / "made", tmp_path / ".batch-dance.blend", tmp_path / "scratch")
    made.folder.mkdir()
    made.scratch.mkdir()
    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def quiet(text: str) -> None:
    pass


@in_the_newest
@linux
def test_killed_and_resumed_nothing_is_made_twice(tmp_path: Path) -> None:
    songs, out = tmp_path / "songs", tmp_path / "out"
    songs.mkdir()
    for name in ("one", "two"):
        write_drums(songs / f"{name}.wav", 5.0)
    (songs / "a bad one.mp3").write_text("no music here " * 100)
    asked = (songs, "--outputs", "bvh,blend", "--jobs", "1")
    batch = Batch(out, *asked)
    batch.wait_for(1)
    batch.kill(group=False)
    assert batch.left() == []
    before = written(out)
    batch = Batch(out, *asked, "--json")
    assert batch.finish() == 1, batch.log()
    assert batch.left() == []
    told = summary(out)
    assert json.loads(batch.stdout.splitlines()[-1]) == told
    assert (told["done"], told["skipped"], told["failed"], told["open"]) == (1, 1, 1, 0)
    bad, one, two = told["jobs"]
    assert (bad["code"], bad["state"]) == ("song_unreadable", "failed")
    assert bad["remedy"]
    assert (one["state"], two["state"]) == ("skipped", "done")
    assert two["outputs"] == ["two.bvh", "two.json", "two.wav", "two.blend"]
    assert two["tempo"] == pytest.approx(120.0, abs=1.0)
    assert written(out).items() >= before.items()
    assert times_done(out) == {1}
    assert temporary(out) == []
    bpy.ops.wm.open_mainfile(filepath=str(out / "two.blend"))
    dancer = bpy.context.scene.kpop_choreo.target
    assert dancer.animation_data.action.frame_range[1] == pytest.approx(151, abs=3)
    song = json.loads(dancer["kpop_choreo"])["song_path"]
    assert Path(bpy.path.abspath(song)).resolve() == songs / "two.wav"


def test_a_clip_on_a_rig_of_a_file_becomes_every_kind_of_file(
    tmp_path: Path, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "MOMENTS", 1)
    build_armature(make_rig(), object_scale=0.5)
    build_armature(make_rig(prefix="other:"), name="Other")
    bpy.context.scene.render.fps = 25
    rig = tmp_path / "rigs" / "rig.blend"
    rig.parent.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(rig))
    clip = write_clip(tmp_path / "dance.npz", seconds=4.0)
    song = write_tone(tmp_path / "song.wav", 4.0)
    outputs = ("blend", "fbx", "glb", "bvh", "clip", "sheet", "mp4")
    job = Job(1, "dance", song, clip, rig=rig, outputs=outputs, preset="UNREAL")
    with pytest.raises(ChoreoError, match="Name one armature"):
        make(job, places, quiet)
    job = Job(**{**vars(job), "armature": "Rig", "movie_seconds": 0.08})
    facts = make(job, places, quiet)
    assert facts["seed"] == 7
    assert names(places.folder) == [f"dance.{s}" for s in ("bvh", "fbx", "glb", "json", "mp4")] + [
        f"dance.{s}" for s in ("npz", "png", "wav")
    ]
    assert b"ftyp" in (places.folder / "dance.mp4").read_bytes()[:16]
    picture = bpy.data.images.load(str(places.folder / "dance.png"))
    assert tuple(picture.size) == (8 * 240, 2 * 300)
    pixels = np.array(picture.pixels[:]).reshape(600, -1, 4)
    front = pixels[300:, :240, :3]
    yellow = (front[..., 0] > 0.6) & (front[..., 2] < 0.4)
    assert yellow[-80:, :150].sum() > 20, "bar and count are not on the picture"
    assert front[60:200].std() > 0.01, "nobody is seen"
    bpy.ops.wm.open_mainfile(filepath=str(places.blend))
    assert "Floor" not in bpy.data.objects
    assert bpy.context.scene.render.fps == 25
    record = json.loads(bpy.data.objects["Rig"].animation_data.action["kpop_choreo"])
    assert Path(bpy.path.abspath(record["song_path"])).resolve() == song


def test_dances_in_a_file_are_exported(
    dancer: bpy.types.Object, clip_file: Path, tmp_path: Path, places: Places
) -> None:
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    file = tmp_path / "made.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    job = Job(1, "dance", None, file, outputs=("fbx", "vrma"), root_motion="HIPS")
    assert make(job, places, quiet)["seed"] == 7
    assert names(places.folder) == ["dance.fbx", "dance.json", "dance.vrma"]
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "empty.blend"))
    with pytest.raises(ChoreoError, match=r"No armature in empty\.blend"):
        make(Job(1, "x", None, tmp_path / "empty.blend", outputs=("fbx",)), places, quiet)


def test_a_rig_that_cannot_be_read_is_said(tmp_path: Path, places: Places) -> None:
    clip = write_clip(tmp_path / "dance.npz", seconds=1.0)
    for suffix in (".blend", ".fbx", ".glb", ".vrm"):
        rig = tmp_path / f"broken{suffix}"
        rig.write_bytes(b"no rig at all")
        with pytest.raises(ChoreoError) as caught:
            make(Job(1, "dance", None, clip, rig=rig), places, quiet)
        assert caught.value.code == "rig_unreadable"


def test_takes_are_files_of_their_own(
    fake_engine: None, song: Path, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = write_clip(places.scratch / "other.npz", seconds=2.0)
    first = write_clip(places.scratch / "first.npz", seconds=3.0)
    monkeypatch.setenv("FAKE_CLIP", f"{first}:{other}")
    job = Job(1, "dance", song, takes=2, outputs=("bvh", "clip"))
    assert make(job, places, quiet)["takes"] == 2
    found = {n for n in names(places.folder) if n.endswith((".bvh", ".npz"))}
    assert found == {f"dance-take{n}.{s}" for n in (1, 2) for s in ("bvh", "npz")}
    lengths = [read_clip(places.folder / f"dance-take{n}.npz").duration for n in (1, 2)]
    assert lengths == pytest.approx([3.0, 2.0], abs=0.1)
    frames = [(places.folder / f"dance-take{n}.bvh").read_text().count("\n") for n in (1, 2)]
    assert frames[0] > frames[1]


def test_the_camera_follows_any_size_of_dancer(clip_file: Path, dancer: bpy.types.Object) -> None:
    dancer.scale = (100.0,) * 3
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    stage = Stage(bpy.context.scene, dancer, read_clip(clip_file))
    assert stage.unit == pytest.approx(100.0, rel=0.15)
    assert stage.camera.data.clip_end > 5.2 * stage.unit


@pytest.mark.parametrize("degrees", [0, 90, 180, 250])
def test_the_camera_stands_where_the_dancer_faces(
    clip_file: Path, dancer: bpy.types.Object, degrees: float
) -> None:
    dancer.rotation_euler.z = np.radians(degrees)
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    stage = Stage(bpy.context.scene, dancer, read_clip(clip_file))
    stage._aim((0.0, -5.0, 1.0), (0.0, 0.0, 1.0))
    faced = np.array([np.sin(np.radians(degrees)), -np.cos(np.radians(degrees)), 0.2]) * 5.0
    np.testing.assert_allclose(stage.camera.location, faced, atol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--help"], 0, "--movie-seconds"),
        ([], 2, "INPUT"),
        (["--jobs", "x", "a.mp3"], 2, "--jobs"),
        (["gone.mp3", "--dry-run"], 2, "is not there"),
        (["songs", "--dry-run"], 0, '"name": "song"'),
        (["songs", "gone.mp3", "--dry-run"], 1, '"name": "song"'),
        (["songs", "--energy", "2", "--dry-run"], 2, "energy is '2'"),
    ],
)
def test_the_command_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    (tmp_path / "songs").mkdir()
    write_tone(tmp_path / "songs" / "song.wav", 1.0)
    monkeypatch.chdir(tmp_path)
    assert command.run(arguments) == code
    shown = capsys.readouterr()
    assert said in shown.out + shown.err
    assert names(tmp_path) == ["songs"]
