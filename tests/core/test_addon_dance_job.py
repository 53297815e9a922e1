"""The story from song to clip, against the stand-in server and the stand-in process."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kpop_choreo_addon.core import dance_job
from kpop_choreo_addon.core.client import EngineClient
from kpop_choreo_addon.core.dance_job import (
    STAGES,
    LocalEngine,
    Order,
    Progress,
    RemoteEngine,
    make_dance,
)
from kpop_choreo_addon.core.engine_command import EngineCommand
from kpop_choreo_addon.core.engine_host import EngineHost
from kpop_choreo_addon.core.errors import Cancelled, EngineError
from kpop_choreo_addon.core.hearing import Wish, hear_song
from tests.core.fake_server import FakeServer

TOKEN = "secret-token-0123"
FAKE = Path(__file__).parent / "fake_engine"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dance_job, "POLL_SECONDS", 0.02)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer(TOKEN, clip=b"clip").start()
    yield fake
    fake.stop()


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalEngine]:
    clip = tmp_path / "fake.npz"
    clip.write_bytes(b"clip")
    monkeypatch.setenv("FAKE_CLIP", str(clip))
    host = EngineHost()
    yield LocalEngine(host, EngineCommand(Path(sys.executable), (FAKE,)))
    host.stop()


def test_progress_is_told_in_words(server: FakeServer, song: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    target = tmp_path / "a.npz"
    make_dance(RemoteEngine(server.url, TOKEN), Order(song, {"seed": 1}), target, told.append, bool)
    assert target.read_bytes() == b"clip"
    stages = [progress.stage for progress in told]
    assert stages[0] == "start"
    assert stages[-1] == "download"
    assert "upload" in stages
    assert "denoise" in stages
    assert all(progress.stage in STAGES for progress in told)
    dancing = next(progress for progress in told if progress.stage == "denoise")
    assert dancing.text == "Dancing, 2 s left"
    fractions = [p.fraction for p in told]
    assert fractions == sorted(fractions)


def test_every_take_is_fetched(server: FakeServer, song: Path, tmp_path: Path) -> None:
    server.further = (b"second", b"third")
    source, order = RemoteEngine(server.url, TOKEN), Order(song, {"seed": 4, "n_takes": 3})
    files = make_dance(source, order, tmp_path / "a.npz", lambda _: None, bool)
    assert [file.name for file in files] == ["a.npz", "a-take2.npz", "a-take3.npz"]
    assert [file.read_bytes() for file in files] == [b"clip", b"second", b"third"]
    (job,) = server.jobs
    assert [take["seed"] for take in server.step(job)["takes"]] == [4, 5, 6]
    with pytest.raises(EngineError):
        EngineClient(server.url, TOKEN).fetch_clip(job, tmp_path / "b.npz", 4)


def test_local_engine(local: LocalEngine, song: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.npz"
    make_dance(local, Order(song, {}), target, lambda _: None, bool)
    assert target.read_bytes() == b"clip"
    heard = hear_song(local, song, Wish(), lambda _: None, bool)
    assert heard.analysis["tempo"] == 120.0
    assert heard.clicks is None


def test_cancel_reaches_the_engine(server: FakeServer, song: Path, tmp_path: Path) -> None:
    server.steps = 10**6
    stop = threading.Event()

    def tell(progress: Progress) -> None:
        if progress.stage == "denoise":
            stop.set()

    with pytest.raises(Cancelled):
        make_dance(
            RemoteEngine(server.url, TOKEN), Order(song, {}), tmp_path / "a.npz", tell, stop.is_set
        )
    assert [job["status"] for job in server.jobs.values()] == ["cancelled"]
    assert not (tmp_path / "a.npz").exists()


def test_an_engine_killed_in_the_middle(
    local: LocalEngine, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_STEPS", "1000000")

    def tell(progress: Progress) -> None:
        if progress.stage == "denoise" and local.process is not None and local.process.alive:
            os.kill(local.process.pid, signal.SIGKILL)

    with pytest.raises(EngineError) as caught:
        make_dance(local, Order(song, {}), tmp_path / "a.npz", tell, bool)
    assert caught.value.code == "engine_died"
    assert "engine: starting" in caught.value.log
    assert not (tmp_path / "a.npz").exists()


def test_a_failed_job_and_a_wrong_token(server: FakeServer, song: Path, tmp_path: Path) -> None:
    server.fail_with = {"code": "song_silent", "message": "Silent.", "remedy": "Another song."}
    with pytest.raises(EngineError, match="Silent"):
        make_dance(
            RemoteEngine(server.url, TOKEN),
            Order(song, {}),
            tmp_path / "a.npz",
            lambda _: None,
            bool,
        )
    with pytest.raises(EngineError) as caught:
        make_dance(
            RemoteEngine(server.url, "wrong"),
            Order(song, {}),
            tmp_path / "a.npz",
            lambda _: None,
            bool,
        )
    assert caught.value.code == "token_wrong"
    assert not server.forms[1:], "the song is not sent with a wrong token"


def test_a_remote_engine_may_stumble_but_not_fall(
    server: FakeServer, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = EngineClient.status, [0]

    def flaky(client: EngineClient, job: str) -> object:
        calls[0] += 1
        if calls[0] < 4:
            raise EngineError("engine_timeout", "Slow.", "Wait.")
        return real(client, job)

    monkeypatch.setattr(EngineClient, "status", flaky)
    source = RemoteEngine(server.url, TOKEN)
    make_dance(source, Order(song, {}), tmp_path / "a.npz", lambda _: None, bool)
    calls[0] = -(10**6)
    with pytest.raises(EngineError) as caught:
        make_dance(source, Order(song, {}), tmp_path / "b.npz", lambda _: None, bool)
    assert caught.value.code == "engine_timeout"
    assert calls[0] == -(10**6) + dance_job.PATIENCE
