"""Songs, paths, disks and folders that fail: one sentence, nothing lost, nothing half written.

What the user had is compared with :mod:`.whole_file`: every property of every data-block.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import bpy
import pytest

from kpop_choreo_addon import ids
from kpop_choreo_addon.generating import dance_task, known_analysis
from kpop_choreo_addon.preferences import get_preferences
from kpop_choreo_addon.session import session
from tests.blender.helpers import HAS_AUDIO, run_task, write_tone
from tests.blender.whole_file import changes, whole_file
from tests.core.synthetic import write_clip
from tests.small_disk import read_only, small_disk

pytestmark = pytest.mark.usefixtures("fake_engine")


def refused(call: Callable[[], object]) -> str:
    """The code of the error that ``call`` ends with; the file is as it was."""
    before = whole_file()
    with pytest.raises(RuntimeError):
        call()
    assert changes(before, whole_file()) == []
    assert session.error is not None
    assert session.error.message
    assert session.error.remedy
    assert "Traceback" not in str(session.error)
    return session.error.code


def generate(song: Path | str) -> Callable[[], object]:
    return lambda: bpy.ops.kpop_choreo.generate(song=str(song))


def export(path: Path | str) -> Callable[[], object]:
    return lambda: bpy.ops.kpop_choreo.export_fbx(filepath=str(path))


@pytest.fixture
def danced(dancer: bpy.types.Object, song: Path, clip_file: Path) -> bpy.types.Object:
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file), song=str(song))
    return dancer


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    "name", ["노래 🎵 (1).wav", " spaces  inside .wav", "x" * 251 + ".wav", "a'b;$(c).wav"]
)
def test_names_of_songs(dancer: bpy.types.Object, tmp_path: Path, name: str) -> None:
    song = write_tone(tmp_path / name, 4.0)
    assert generate(song)() == {"FINISHED"}
    assert session.error is None


def test_a_path_of_many_folders(dancer: bpy.types.Object, tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["춤추는 폴더 with spaces"] * 12)
    folder.mkdir(parents=True)
    assert len(str(folder)) > 260
    song = write_tone(folder / "song.wav", 4.0)
    assert generate(song)() == {"FINISHED"}
    assert export(folder / "dance.bvh")() == {"FINISHED"}
    assert names(folder) == ["dance.bvh", "dance.json", "dance.wav", "song.wav"]


def test_things_that_are_no_songs(dancer: bpy.types.Object, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "folder.wav").mkdir()
    assert refused(generate(tmp_path / "folder.wav")) == "song_no_file"
    assert refused(generate("/dev/zero")) == "song_no_file"
    assert refused(generate(tmp_path / ("x" * 300))) == "song_unreadable"
    assert refused(generate("https://example.org/song.mp3")) == "song_address"
    began = time.monotonic()
    assert refused(generate(tmp_path / "pipe.wav")) == "song_no_file"
    bpy.context.scene.kpop_choreo.song = str(tmp_path / "pipe.wav")
    assert known_analysis(bpy.context.scene) == {}  # the panel asks this while it is drawn
    assert time.monotonic() - began < 5.0


def test_a_song_beside_a_file_that_was_not_saved(
    dancer: bpy.types.Object, tmp_path: Path, song: Path
) -> None:
    assert refused(generate("//song.wav")) == "blend_unsaved"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "춤 🎵.blend"))
    assert generate("//song.wav")() == {"FINISHED"}
    assert generate("//../" + tmp_path.name + "/song.wav")() == {"FINISHED"}


def test_a_blend_file_in_a_folder_that_is_gone(
    dancer: bpy.types.Object, tmp_path: Path, clip_file: Path
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    song = write_tone(folder / "song.wav", 4.0)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "file.blend"))
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file), song=str(song))
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert refused(generate("//song.wav")) == "song_missing"
    assert refused(export("//dance.bvh")) == "export_failed"


@pytest.mark.skipif(not HAS_AUDIO, reason="this Blender has no sounds")
def test_a_song_that_is_packed(dancer: bpy.types.Object, song: Path) -> None:
    sound = bpy.data.sounds.load(str(song))
    sound.use_fake_user = True
    sound.pack()
    song.unlink()
    assert refused(generate(song)) == "song_packed"


def test_a_song_that_goes_in_the_middle(dancer: bpy.types.Object, song: Path) -> None:
    scene = bpy.context.scene
    session.begin(dance_task(scene, dancer, song, scene.kpop_choreo.parameters()))
    while not session.task.result:
        time.sleep(0.01)
    song.unlink()
    run_task()
    assert session.error is None
    assert dancer.animation_data.action
    assert any("is not there any more" in note for note in session.notes)


def test_exports_beside_a_file_that_was_not_saved(danced: bpy.types.Object) -> None:
    assert refused(export("//dance.bvh")) == "export_failed"


def test_the_disk_is_full_when_the_clip_arrives(dancer: bpy.types.Object, song: Path) -> None:
    with small_disk(ids.takes_folder(), 4) as disk:
        assert refused(generate(song)) == "disk_full"
        assert names(disk) == []
    assert generate(song)() == {"FINISHED"}


def test_the_disk_fills_between_two_takes(
    dancer: bpy.types.Object, song: Path, clip_file: Path
) -> None:
    fits = clip_file.stat().st_size * 3 // 2 // 1024
    with small_disk(ids.takes_folder(), fits) as disk:
        assert refused(lambda: bpy.ops.kpop_choreo.generate(song=str(song), n_takes=3)) == (
            "disk_full"
        )
        assert names(disk) == []


def test_the_users_folder_cannot_be_made(
    dancer: bpy.types.Object, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blender would name the current folder then, and its oldest clips would be removed."""
    (tmp_path / "wall").write_text("a file where a folder should be")
    monkeypatch.setattr(ids, "_place", lambda name: tmp_path / "wall" / name)
    monkeypatch.chdir(tmp_path)
    for n in range(40):
        write_clip(tmp_path / f"mine{n}.npz", seconds=0.2)
    assert refused(generate(song)) == "folder_locked"
    assert len(list(tmp_path.glob("mine*.npz"))) == 40


@pytest.mark.parametrize("suffix", [".bvh", ".fbx", ".glb", ".vrma"])
def test_the_disk_is_full_at_an_export(
    danced: bpy.types.Object, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / "disk" / f"dance{suffix}"
    with small_disk(path.parent, 80):
        older = {path: b"older", path.with_suffix(".json"): b"{}", path.with_suffix(".wav"): b"la"}
        for file, content in older.items():
            file.write_bytes(content)
        (path.parent / "filler").write_bytes(bytes(60_000))
        assert refused(export(path)) == "disk_full"
        assert {file: file.read_bytes() for file in older} == older
        assert names(path.parent) == sorted(["filler", *(file.name for file in older)])


def test_the_disk_for_temporary_files_is_full_at_an_export(
    danced: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "temp", 8) as temp:
        monkeypatch.setattr("tempfile.tempdir", str(temp))
        assert refused(export(tmp_path / "dance.fbx")) == "disk_full"
        assert names(temp) == []
    assert not (tmp_path / "dance.fbx").exists()


def test_a_clip_file_onto_a_full_disk(danced: bpy.types.Object, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4) as disk:
        path = str(disk / "dance.npz")
        assert refused(lambda: bpy.ops.kpop_choreo.save_clip(filepath=path)) == "disk_full"
        assert names(disk) == []


def test_a_folder_where_nothing_can_be_written(danced: bpy.types.Object, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    (folder / "dance.bvh").write_text("older")
    with read_only(folder):
        assert refused(export(folder / "dance.bvh")) == "folder_locked"
        assert refused(lambda: bpy.ops.kpop_choreo.save_clip(filepath=str(folder / "a.npz"))) == (
            "folder_locked"
        )
    assert (folder / "dance.bvh").read_text() == "older"
    assert refused(export(tmp_path / "none" / "dance.bvh")) == "export_failed"


def test_presets_onto_a_full_disk(dancer: bpy.types.Object) -> None:
    for folder, save in (
        (ids.styles_folder(), lambda: bpy.ops.kpop_choreo.save_preset(name="mine")),
        (ids.rigs_folder(), lambda: bpy.ops.kpop_choreo.save_bones(title="mine")),
    ):
        with small_disk(folder, 4) as disk:
            (disk / "filler").write_bytes(bytes(4096))
            assert refused(save) == "disk_full"
            assert names(disk) == ["filler"]


def test_a_server_that_dies_keeps_no_engine(dancer: bpy.types.Object, song: Path) -> None:
    """The chosen engine's Python goes in the middle, and comes back."""
    chosen = get_preferences()
    good = chosen.python_path
    assert generate(song)() == {"FINISHED"}
    session.host.stop()
    chosen.python_path = good + "-gone"
    assert refused(generate(song)) == "python_missing"
    chosen.python_path = good
    assert generate(song)() == {"FINISHED"}
