"""The client against a small server that follows CONTRACT.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kpop_choreo_addon.core.addresses import is_loopback, require_url
from kpop_choreo_addon.core.client import EngineClient
from kpop_choreo_addon.core.errors import Cancelled, EngineError
from tests.core.fake_server import FakeServer


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer("secret-token-0123", clip=b"clip" * 1000).start()
    yield fake
    fake.stop()


@pytest.fixture
def client(server: FakeServer) -> EngineClient:
    return EngineClient(server.url, "secret-token-0123")


def test_health_and_models(client: EngineClient) -> None:
    assert client.health()["device"] == "cpu"
    assert client.models()["styles"][0]["name"] == "waacking"


def test_a_dance_from_song_to_clip(client: EngineClient, server: FakeServer, song: Path) -> None:
    seen: list[tuple[int, int]] = []
    parameters = {"prompt": '손을 높이\n"quoted"', "energy": 0.7, "seed": 3}
    job = client.submit(song, parameters, lambda done, total: seen.append((done, total)))
    form = server.forms[0]
    assert form["audio_file"] == song.read_bytes()
    assert form["filename"] == song.name
    assert form["prompt"] == parameters["prompt"]
    assert (form["energy"], form["seed"]) == ("0.7", "3")
    assert seen[-1][0] == seen[-1][1]
    states = [client.status(job) for _ in range(3)]
    assert [s.status for s in states] == ["processing", "processing", "completed"]
    assert [s.progress for s in states] == sorted(s.progress for s in states)
    assert states[0].eta_s == 2.0
    assert states[-1].finished
    assert not states[0].finished
    target = song.parent / "a.npz"
    client.fetch_clip(job, target)
    assert target.read_bytes() == server.clip
    assert not list(song.parent.glob("*.part"))


def test_analysis(client: EngineClient, song: Path) -> None:
    assert client.analyze(song)["tempo"] == 120.0


def test_cancel_on_the_server_and_while_uploading(
    client: EngineClient, server: FakeServer, song: Path
) -> None:
    job = client.submit(song, {})
    assert client.cancel(job).status == "cancelled"

    def stop(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        client.submit(song, {}, stop)
    assert len(server.forms) == 1


@pytest.mark.parametrize(
    ("token", "path", "code"),
    [("wrong", "health", "token_wrong"), ("", "health", "token_wrong")],
)
def test_wrong_token(server: FakeServer, token: str, path: str, code: str) -> None:
    with pytest.raises(EngineError) as caught:
        EngineClient(server.url, token).health()
    assert caught.value.code == code
    assert caught.value.remedy


def test_errors_are_told_in_the_engines_words(client: EngineClient, song: Path) -> None:
    with pytest.raises(EngineError) as caught:
        client.submit(song, {"energy": 1.5})
    assert (caught.value.code, caught.value.message) == ("parameter_range", "energy is above 1.")
    with pytest.raises(EngineError, match="no such job"):
        client.status("123")
    job = client.submit(song, {})
    with pytest.raises(EngineError) as caught:
        client.fetch_clip(job, song.parent / "early.npz")
    assert caught.value.code == "not_ready"
    assert not (song.parent / "early.npz").exists()


def test_failed_job_carries_its_error(server: FakeServer, client: EngineClient, song: Path) -> None:
    server.fail_with = {"code": "song_silent", "message": "Silent.", "remedy": "Another song."}
    job = client.submit(song, {})
    while not (state := client.status(job)).finished:
        pass
    assert state.status == "failed"
    assert state.error is not None
    assert state.error.code == "song_silent"


def test_nobody_there() -> None:
    with pytest.raises(EngineError) as caught:
        EngineClient("http://127.0.0.1:9", "x").health()
    assert caught.value.code == "engine_unreachable"


def test_another_contract_version(server: FakeServer, client: EngineClient) -> None:
    server.contract_version = 2
    with pytest.raises(EngineError) as caught:
        client.health()
    assert caught.value.code == "contract_version"


def test_redirects_are_refused_so_that_the_token_stays(server: FakeServer) -> None:
    client = EngineClient(server.url + "/redirect#", "secret-token-0123")
    with pytest.raises(EngineError) as caught:
        client.health()
    assert caught.value.code == "engine_protocol"


@pytest.mark.parametrize("song_bytes", [None, b""])
def test_songs_that_cannot_be_sent(
    client: EngineClient, server: FakeServer, tmp_path: Path, song_bytes: bytes | None
) -> None:
    path = tmp_path / "song.mp3"
    if song_bytes is not None:
        path.write_bytes(song_bytes)
    with pytest.raises(EngineError) as caught:
        client.submit(path, {})
    assert caught.value.code == ("song_missing" if song_bytes is None else "song_empty")
    assert not server.forms


def test_loopback_ignores_proxies(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert EngineClient(server.url, "secret-token-0123").health()["status"] == "ok"


@pytest.mark.parametrize(
    ("url", "online", "insecure", "code"),
    [
        ("http://127.0.0.1:8000", False, False, None),
        ("http://localhost:8000", False, False, None),
        ("http://[::1]:8000", False, False, None),
        ("https://dance.example.org", True, False, None),
        ("http://dance.example.org", True, True, None),
        ("http://dance.example.org", True, False, "server_insecure"),
        ("https://dance.example.org", False, False, "offline"),
        ("http://localhost.example.org", True, False, "server_insecure"),
        ("ftp://dance.example.org", True, True, "server_url"),
        ("dance.example.org:80", True, True, "server_url"),
        ("", True, True, "server_url"),
    ],
)
def test_which_addresses_are_allowed(
    url: str, online: bool, insecure: bool, code: str | None
) -> None:
    if code is None:
        require_url(url, online, insecure)
    else:
        with pytest.raises(EngineError) as caught:
            require_url(url, online, insecure)
        assert caught.value.code == code


def test_loopback() -> None:
    assert is_loopback("http://127.3.2.1:1")
    assert not is_loopback("http://127.evil.org")
    assert not is_loopback("http://10.0.0.1")
