"""Twenty songs, three of them bad, in a batch that is killed twice and interrupted once."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import pytest

from tests.batches import ENGINE, Batch, finished, summary, temporary, times_done, written
from tests.blender.helpers import write_drums, write_tone

SONGS = 20
RANDOM_KILLS = 12
ASKED = ("--outputs", "bvh,blend,clip", "--jobs", "2")
pytestmark = pytest.mark.skipif(
    not ENGINE.is_file() or not sys.platform.startswith("linux"), reason="no engine, no /proc"
)


def make_songs(folder: Path, count: int) -> Path:
    """That many songs; three of them cannot be danced to."""
    folder.mkdir()
    for number in range(count - 3):
        write_drums(folder / f"song {number:02d}.wav", 5.0 + number % 3)
    (folder / "no music.mp3").write_text("no music here " * 100)
    write_tone(folder / "too short.wav", 1.0)
    whole = (folder / "song 00.wav").read_bytes()
    (folder / "cut.wav").write_bytes(whole[:30])
    return folder


def require_unchanged(out: Path, before: dict[str, tuple[int, int]]) -> None:
    """What was done is as it was, to the nanosecond of its writing."""
    assert written(out).items() >= before.items()
    assert times_done(out) == {1}


def test_killed_half_way_and_resumed(tmp_path: Path) -> None:
    songs, out = make_songs(tmp_path / "노래 songs", SONGS), tmp_path / "out"
    good = SONGS - 3
    before: dict[str, tuple[int, int]] = {}
    for share, group in ((0.4, True), (0.7, False)):
        batch = Batch(out, songs, *ASKED)
        batch.wait_for(round(share * good), 900.0)
        batch.kill(group)
        assert batch.left() == []
        require_unchanged(out, before)
        before = written(out)
    already = len(finished(out))
    batch = Batch(out, songs, *ASKED, "--json")
    assert batch.finish(900.0) == 1, batch.log()
    assert batch.left() == []
    require_unchanged(out, before)
    told = summary(out)
    assert told["failed"] == 3, told
    assert (told["skipped"], told["done"], told["open"]) == (already, good - already, 0)
    bad = {row["name"]: row for row in told["jobs"] if row["state"] == "failed"}
    assert set(bad) == {"no music", "too short", "cut"}
    assert all(row["code"] and row["message"] and row["remedy"] for row in bad.values())
    assert temporary(out) == []
    assert all((out / f"song {number:02d}.blend").is_file() for number in range(good))
    ended = written(out)
    batch = Batch(out, songs, *ASKED)
    assert batch.finish(900.0) == 1
    assert summary(out)["skipped"] == good
    assert written(out) == ended


def test_killed_at_random_moments_no_half_file_has_a_name(tmp_path: Path) -> None:
    """Every file that the journal does not know yet is a temporary one."""
    songs, out = make_songs(tmp_path / "songs", 6), tmp_path / "out"
    chance = random.Random(7)
    for _ in range(RANDOM_KILLS):
        batch = Batch(out, songs, *ASKED)
        time.sleep(chance.uniform(0.2, 12.0))
        batch.kill(group=chance.random() < 0.5)
        assert batch.left() == []
        for name, (_, size) in written(out).items():
            assert (out / name).stat().st_size == size > 0
        allowed = (".batch", "song 0")
        assert all(name.startswith(allowed) for name in temporary(out))
    batch = Batch(out, songs, *ASKED)
    assert batch.finish(900.0) == 1, batch.log()
    assert summary(out)["failed"] == 3
    assert times_done(out) == {1}
    assert temporary(out) == []


def test_two_batches_into_one_folder(tmp_path: Path) -> None:
    songs, out = make_songs(tmp_path / "songs", SONGS), tmp_path / "out"
    first = Batch(out, songs, *ASKED)
    first.wait_for(1, 900.0)
    second = Batch(out, songs, *ASKED)
    assert second.finish(300.0) == 2
    assert "Another batch is writing" in second.log()
    assert first.finish(900.0) == 1
    assert times_done(out) == {1}


def test_interrupted_it_ends_cleanly(tmp_path: Path) -> None:
    songs, out = make_songs(tmp_path / "songs", 6), tmp_path / "out"
    batch = Batch(out, songs, *ASKED)
    batch.wait_for(1, 900.0)
    batch.process.terminate()
    assert batch.finish(60.0) == 130, batch.log()
    assert batch.left() == []
    told = summary(out)
    assert told["done"] == len(finished(out)) >= 1
    assert told["open"] >= 1
    assert temporary(out) == []
