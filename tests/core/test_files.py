"""Files that are whole or not there: two writers, held files, full disks, clocks, dead Blenders."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kpop_choreo_addon.core import files, scratch
from kpop_choreo_addon.core.errors import EngineError
from kpop_choreo_addon.core.files import by_age, file_digest, make_room, unwritten, whole
from kpop_choreo_addon.core.multipart import MultipartStream
from kpop_choreo_addon.core.processes import is_alive, is_left, own_mark
from kpop_choreo_addon.core.waiting_jobs import WaitingJob, note_job, waiting_jobs
from tests.small_disk import small_disk

DAY = 86400.0


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def dead() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_two_writers_of_one_file(tmp_path: Path) -> None:
    path = tmp_path / "dance.fbx"
    path.write_text("old")
    with whole(path) as one, whole(path) as other:
        assert one != other
        one.write_text("first")
        other.write_text("second")
        assert path.read_text() == "old"
    assert path.read_text() == "first"
    assert names(tmp_path) == ["dance.fbx"]


def test_several_files_or_none(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")

    def write_two() -> None:
        with ExitStack() as stack:
            stack.enter_context(whole(tmp_path / "a")).write_text("new")
            stack.enter_context(whole(tmp_path / "b")).write_text("half")
            raise OSError(28, "full")

    with pytest.raises(OSError, match="full"):
        write_two()
    assert (tmp_path / "a").read_text() == "old"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("name", ["x" * 255, "춤" * 85, "a b 🎵.npz"])
def test_names_as_long_as_a_name_may_be(tmp_path: Path, name: str) -> None:
    with whole(tmp_path / name) as part:
        part.write_text("x")
    assert names(tmp_path) == [name]


def test_a_file_that_a_scanner_holds_for_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, began = tmp_path / "a", time.monotonic()
    path.write_text("old")
    really = os.replace

    def held(source: str, target: str) -> None:
        if time.monotonic() - began < 1.0:
            raise PermissionError(13, "another process uses the file")
        really(source, target)

    monkeypatch.setattr(os, "replace", held)
    with whole(path) as part:
        part.write_text("new")
    assert path.read_text() == "new"
    monkeypatch.setattr(files, "PATIENCE", 0.1)
    began = time.monotonic() + DAY
    with pytest.raises(PermissionError), whole(path) as part:
        part.write_text("newer")
    assert path.read_text() == "new"
    assert names(tmp_path) == ["a"]


def test_what_dead_writers_left_is_removed(tmp_path: Path) -> None:
    machine = own_mark().split("-")[0]
    mine = tmp_path / f"{files.PART}{own_mark()}-0011aabb.part"
    elsewhere = tmp_path / f"{files.PART}ffffffff-{dead()}-0011aabb.part"
    left = tmp_path / f"{files.PART}{machine}-{dead()}-0011aabb.part"
    for path in (mine, elsewhere, left, tmp_path / "user.part"):
        path.write_text("half")
    with whole(tmp_path / "a") as part:
        part.write_text("x")
    assert not left.exists()
    assert names(tmp_path) == sorted([mine.name, elsewhere.name, "a", "user.part"])


def test_marks_of_processes() -> None:
    assert is_alive(os.getpid())
    assert not is_alive(dead())
    assert not is_left(own_mark())
    assert not is_left("something else")
    assert is_left(f"{own_mark().split('-')[0]}-{dead()}")


def test_scratch_folders_of_dead_blenders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mine = scratch.scratch_folder()
    assert os.name == "nt" or mine.stat().st_mode & 0o777 == 0o700
    left = tmp_path / mine.name.replace(str(os.getpid()), str(dead()))
    (left / "kpop-choreo-engine-1-x").mkdir(parents=True)
    (left / "song.wav").write_text("x")
    users = tmp_path / "kpop-choreo-my-songs"
    users.mkdir()
    scratch.sweep()
    assert names(tmp_path) == sorted([mine.name, users.name])
    scratch.drop(mine)
    assert names(tmp_path) == [users.name]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk") as folder:
        yield folder


def test_a_disk_that_is_full(disk: Path) -> None:
    path = disk / "dance.fbx"
    path.write_bytes(b"old" * 10000)
    with pytest.raises(OSError) as caught, whole(path) as part:  # noqa: PT011 - its code is asked
        part.write_bytes(b"new" * 20000)
    error = unwritten(caught.value, disk)
    assert error.code == "disk_full"
    assert str(disk) in error.message
    assert path.read_bytes() == b"old" * 10000
    assert names(disk) == ["dance.fbx"]
    assert unwritten(PermissionError(13, "Permission denied"), disk).code == "folder_locked"


def aged(folder: Path, name: str, seconds: float) -> Path:
    path = folder / name
    path.write_text(name)
    when = time.time() - seconds
    os.utime(path, (when, when))
    return path


def test_the_newest_are_kept_and_none_that_was_just_made(tmp_path: Path) -> None:
    for n in range(5):
        aged(tmp_path, f"old{n}.npz", DAY + 5 - n)
    make_room(tmp_path, "*.npz", 3)
    assert names(tmp_path) == ["old2.npz", "old3.npz", "old4.npz"]
    for n in range(4):  # another Blender makes them right now
        aged(tmp_path, f"new{n}.npz", 60.0 - n)
    make_room(tmp_path, "*.npz", 3)
    assert names(tmp_path) == [f"new{n}.npz" for n in range(4)]


def test_the_clock_is_set_back_a_day(tmp_path: Path) -> None:
    """Files of before lie in the future now, and are not taken for the newest."""
    for n in range(4):
        aged(tmp_path, f"before{n}.npz", -DAY + 10 - n)
    fresh = aged(tmp_path, "fresh.npz", 1.0)
    assert by_age(tmp_path, "*.npz")[-1] == fresh
    make_room(tmp_path, "*.npz", 3)
    assert names(tmp_path) == ["before2.npz", "before3.npz", "fresh.npz"]


def test_the_clock_is_set_forward_a_day(tmp_path: Path) -> None:
    for n in range(4):
        aged(tmp_path, f"before{n}.npz", DAY + 10 - n)
    fresh = aged(tmp_path, "fresh.npz", 1.0)
    make_room(tmp_path, "*.npz", 2)
    assert names(tmp_path) == ["before3.npz", fresh.name]


def test_a_digest_does_not_outlive_its_file_when_the_clock_jumps(tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(b"one")
    one = file_digest(song)
    song.write_bytes(b"three")
    os.utime(song, (time.time() - DAY, time.time() - DAY))
    assert file_digest(song) != one


def test_files_that_another_blender_removes_meanwhile(tmp_path: Path) -> None:
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            for n in range(20):
                (tmp_path / f"{n}.json").write_text("{}")
            for n in range(20):
                (tmp_path / f"{n}.json").unlink(missing_ok=True)

    other = threading.Thread(target=churn)
    other.start()
    try:
        for _ in range(100):
            by_age(tmp_path, "*.json")
            make_room(tmp_path, "*.json", 5)
            waiting_jobs(tmp_path, "")
    finally:
        stop.set()
        other.join()


def test_two_blenders_note_their_jobs(tmp_path: Path) -> None:
    def note(owner: str) -> None:
        for n in range(30):
            note_job(tmp_path, WaitingJob("http://a", f"{owner}{n}", blend="/x.blend"))

    threads = [threading.Thread(target=note, args=(owner,)) for owner in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waiting_jobs(tmp_path, "/x.blend")) == 60
    assert len(names(tmp_path)) == 60


@pytest.mark.skipif(os.name == "nt", reason="no named pipes in folders there")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "song.wav")
    with pytest.raises(OSError, match="no file"):
        file_digest(tmp_path / "song.wav")


@pytest.mark.parametrize("change", [b"short", b"x" * 5000], ids=["shorter", "longer"])
def test_a_song_that_changes_while_it_is_sent(tmp_path: Path, change: bytes) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(b"s" * 3000)
    stream = MultipartStream({"prompt": "x"}, {"audio_file": song})
    song.write_bytes(change)
    with stream as body, pytest.raises(EngineError) as caught:
        list(iter(lambda: body.read(1024), b""))
    assert caught.value.code == "song_changed"
    assert "song.wav" in caught.value.message


def test_a_song_that_goes_before_it_is_sent(tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(b"s" * 3000)
    stream = MultipartStream({}, {"audio_file": song})
    song.unlink()
    with pytest.raises(EngineError) as caught, stream:
        pass
    assert caught.value.code == "song_unreadable"
