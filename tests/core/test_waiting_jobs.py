"""Dances that a server makes while Blender is closed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kpop_choreo_addon.core import dance_job
from kpop_choreo_addon.core.dance_job import Order, Progress, RemoteEngine, fetch_dance, make_dance
from kpop_choreo_addon.core.errors import Cancelled, EngineError
from kpop_choreo_addon.core.waiting_jobs import WaitingJob, forget_job, note_job, waiting_jobs
from tests.core.fake_server import FakeServer

TOKEN = "secret-token-0123"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dance_job, "POLL_SECONDS", 0.02)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer(TOKEN, clip=b"clip").start()
    yield fake
    fake.stop()


def test_jobs_are_found_by_their_file(tmp_path: Path) -> None:
    folder = tmp_path / "jobs"
    assert waiting_jobs(folder, "") == ()
    one = WaitingJob("http://a", "1-b", "노래.ogg", "/x/a.blend", "Scene", "Mina", {"seed": 3})
    other = WaitingJob("http://a", "2", "s.ogg", "/x/b.blend")
    for job in (one, other):
        note_job(folder, job)
    (folder / "broken.json").write_text("{")
    (folder / "list.json").write_text("[]")
    later = json.loads((folder / "2.json").read_text()) | {"job": "3", "of_a_newer_version": 1}
    (folder / "3.json").write_text(json.dumps(later))
    assert waiting_jobs(folder, "/x/a.blend") == (one,)
    assert {job.job for job in waiting_jobs(folder, "/x/b.blend")} == {"2", "3"}
    forget_job(folder, "1-b")
    forget_job(folder, "1-b")
    forget_job(folder, "")
    assert waiting_jobs(folder, "/x/a.blend") == ()


def test_a_job_cannot_leave_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "jobs"
    note_job(folder, WaitingJob("http://a", "../../evil"))
    assert [path.name for path in tmp_path.rglob("*.json")] == ["evil.json"]
    assert (folder / "evil.json").is_file()


def test_a_full_disk_does_not_stop_the_dance(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("a file where the folder should be")
    note_job(tmp_path / "jobs", WaitingJob("http://a", "1"))


def test_a_server_goes_on_when_blender_closes(
    server: FakeServer, song: Path, tmp_path: Path
) -> None:
    server.steps = 10**6
    closing = threading.Event()
    taken: list[str] = []

    def tell(progress: Progress) -> None:
        if progress.stage == "denoise":
            closing.set()

    def asked() -> bool:
        if closing.is_set():
            raise Cancelled
        return False

    source = RemoteEngine(server.url, TOKEN)
    target = tmp_path / "a.npz"
    with pytest.raises(Cancelled):
        make_dance(source, Order(song, {}), target, tell, asked, taken.append)
    assert [job["status"] for job in server.jobs.values()] == ["processing"]
    assert taken == list(server.jobs)
    server.steps = 3
    assert fetch_dance(source, taken[0], target, lambda _: None, bool) == (target,)
    assert target.read_bytes() == b"clip"
    with pytest.raises(EngineError) as caught:
        fetch_dance(source, "none", target, lambda _: None, bool)
    assert caught.value.code == "job_unknown"
