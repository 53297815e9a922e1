"""Whatever is killed when: whole files under their names, and nothing twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kpop_choreo_addon.core.batch_journal import NAME, WORK, Entry, Journal, Output, open_journal
from kpop_choreo_addon.core.errors import ChoreoError

ROOT = Path(__file__).parents[2]


def stage(journal: Journal, name: str = "song", content: bytes = b"dance") -> Entry:
    """A job whose files are complete, but not moved yet."""
    (journal.work / name).mkdir()
    (journal.work / name / f"{name}.fbx").write_bytes(content)
    journal.blend(name).write_bytes(b"blend")
    outputs = (Output(f"{name}.fbx", len(content)), Output(f"{name}.blend", 5))
    return Entry(f"digest of {name}", name, outputs, {"seed": 3})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_settled_jobs_are_found_by_the_next_run(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        entry = stage(journal)
        journal.settle(entry)
        assert names(tmp_path) == [WORK, NAME, "song.blend", "song.fbx"]
    assert names(tmp_path) == [NAME, "song.blend", "song.fbx"]
    with open_journal(tmp_path) as journal:
        assert journal.find(entry.digest) == entry
        assert journal.find("another") is None
        (tmp_path / "song.fbx").write_bytes(b"cut")
        assert journal.find(entry.digest) is None
        (tmp_path / "song.fbx").unlink()
        assert journal.find(entry.digest) is None


@pytest.mark.parametrize("moved", [0, 1, 2])
def test_killed_while_files_are_moved_the_next_run_moves_the_rest(
    tmp_path: Path, moved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        pass

    def killed(path: Path, target: Path) -> None:
        nonlocal moved
        if moved == 0:
            raise Killed
        moved -= 1
        path.rename(target)

    def run() -> None:
        with open_journal(tmp_path) as journal:
            journal.settle(stage(journal))
        raise Killed

    before = moved
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        patched.setattr(Journal, "close", lambda self: None)
        with pytest.raises(Killed):
            run()
    assert sum((tmp_path / f).exists() for f in ("song.fbx", "song.blend")) == before
    with open_journal(tmp_path) as journal:
        assert journal.find("digest of song") is not None
    assert names(tmp_path) == [NAME, "song.blend", "song.fbx"]


def test_killed_while_files_are_made_nothing_is_left(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        journal.close = lambda: None  # type: ignore[method-assign]
        stage(journal)
        (tmp_path / f"{WORK}-song.blend@").write_bytes(b"half")
        (tmp_path / "summary.json.part").write_bytes(b"half")
    assert len(names(tmp_path)) == 5
    with open_journal(tmp_path) as journal:
        assert journal.find("digest of song") is None
    assert names(tmp_path) == [NAME]


def test_a_line_cut_by_a_power_failure_is_no_job(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        entry = stage(journal)
        journal.settle(entry)
    whole = (tmp_path / NAME).read_bytes()
    for cut in (whole[:-30], whole + b'{"state": "done"', whole + b"\x00\xff\n", b"[1]\n" + whole):
        (tmp_path / NAME).write_bytes(cut)
        with open_journal(tmp_path) as journal:
            found = journal.find(entry.digest)
            # Its files are there in any case; what was cut off is told again.
            assert found == entry
            journal.settle(stage(journal, "other"))
        with open_journal(tmp_path) as journal:
            assert journal.find("digest of other") is not None


def test_one_batch_a_folder(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from kpop_choreo_addon.core.batch_journal import open_journal\n"
        "with open_journal(Path(sys.argv[1])): print('in', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "in\n"
        with pytest.raises(ChoreoError, match="Another batch is writing") as caught:
            open_journal(tmp_path).__enter__()
        assert caught.value.code == "folder_busy"
        other.kill()
    with open_journal(tmp_path):
        pass


def test_files_of_somebody_else_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "song.fbx").write_bytes(b"mine")
    with open_journal(tmp_path) as journal:
        with pytest.raises(ChoreoError, match=r"song\.fbx"):
            journal.require_free("song", (".blend", ".fbx"))
        with pytest.raises(ChoreoError, match=r"song\.fbx"):
            journal.settle(stage(journal))
        assert (tmp_path / "song.fbx").read_bytes() == b"mine"
        journal.discard("song")
        (tmp_path / "song.fbx").unlink()
        journal.settle(stage(journal))
        journal.require_free("song", (".blend", ".fbx"))
        journal.settle(stage(journal, content=b"danced again"))
    assert (tmp_path / "song.fbx").read_bytes() == b"danced again"
    states = [json.loads(line)["state"] for line in (tmp_path / NAME).read_text().splitlines()]
    assert states == ["made", "done", "made", "done"]


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(ChoreoError, match="Nothing can be written"):
        open_journal(tmp_path / "out").__enter__()
