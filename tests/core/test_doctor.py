"""The add-on's Doctor: every link broken on purpose, with real processes and servers."""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kpop_choreo_addon.core import client, doctor, doctor_child, doctor_engine, engine_process
from kpop_choreo_addon.core.dance_job import LocalEngine, RemoteEngine
from kpop_choreo_addon.core.doctor import Examination, Patient, check_folder, examine
from kpop_choreo_addon.core.doctor_findings import CHECKS, FIXES, Finding
from kpop_choreo_addon.core.engine_command import EngineCommand
from kpop_choreo_addon.core.engine_host import EngineHost
from kpop_choreo_addon.core.errors import ChoreoError
from tests.core.fake_server import FakeServer
from tests.core.synthetic import write_clip

ROOT = Path(__file__).parents[2]
FAKE = Path(__file__).parent / "fake_engine"
TOKEN = "a token for tests of the doctor"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "user"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines stand behind Blender for the processor, and here nobody needs to wait for them."""
    monkeypatch.setattr(engine_process, "NICE", 0)


@pytest.fixture(autouse=True)
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = write_clip(tmp_path / "clip.npz")
    monkeypatch.setenv("FAKE_CLIP", str(path))
    return path


def local(paths: tuple[Path, ...] = (FAKE,), **changes: object) -> LocalEngine:
    command = {"python": Path(sys.executable), "paths": paths, "model": "debug"} | changes
    return LocalEngine(EngineHost(), EngineCommand(**command))


def found(source: object, folder: Path) -> list[Finding]:
    patient = Patient(folder, source)
    return [s for s in examine(patient, lambda: False) if isinstance(s, Finding)]


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.check, finding.code) for finding in findings if finding.code]


NOT_TESTED = [("server", "not_tested"), ("dance", "not_tested")]


def test_all_is_well_with_the_real_engine(folder: Path) -> None:
    examination = Examination(Patient(folder, local((ROOT,))))
    seen: list[Finding] = []
    examination.run(seen.append)
    assert [f for f in seen if f.level != "ok"] == []
    assert list(dict.fromkeys(f.check for f in seen)) == list(CHECKS)
    assert "A dance of 4.5 s was made" in seen[-1].message
    assert examination.finished
    assert examination.findings == seen


def test_both_worlds_name_the_same_checks() -> None:
    text = (ROOT / "engine" / "doctor.py").read_text(encoding="utf-8")
    names = re.findall(r'^    "(\w+)": check_', text, re.MULTILINE)
    assert ["folder", "engine", *names] == list(CHECKS)


def test_every_fix_is_for_a_code_that_is_found_somewhere() -> None:
    roots = (ROOT / "engine", ROOT / "kpop_choreo_addon")
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for root in roots
        for path in root.rglob("*.py")
        if path.name != "doctor_findings.py"
    )
    gpu = {"device_wrong", "driver_old", "gpu_old"}  # those of the GPU engine
    assert [code for code in FIXES if f'"{code}"' not in source and code not in gpu] == []


def test_no_python_and_one_that_may_not_start(folder: Path, tmp_path: Path) -> None:
    gone = found(local(python=Path("/nowhere/python")), folder)
    assert codes(gone) == [("python", "engine_missing"), *NOT_TESTED]
    blocked = tmp_path / "python"
    blocked.write_text("no executable")
    blocked.chmod(stat.S_IRUSR)
    refused = found(local(python=blocked), folder)
    assert codes(refused) == [("python", "python_blocked"), *NOT_TESTED]
    assert "antivirus" in refused[2].remedy


@pytest.mark.parametrize(
    ("mood", "check", "code"),
    [
        ("doctor exits", "python", "python_ends"),
        ("doctor closes", "python", "python_ends"),
        ("doctor crashes", "packages", "check_crashed"),
        ("doctor hangs", "packages", "check_hangs"),
        ("doctor finds", "packages", "package_missing"),
    ],
)
def test_a_python_that_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch, mood: str, check: str, code: str
) -> None:
    monkeypatch.setenv("FAKE_ENGINE", mood)
    if mood == "doctor hangs":
        monkeypatch.setattr(doctor_child, "SILENCE_SECONDS", 3.0)
    findings = found(local(), folder)
    assert codes(findings)[0] == (check, code)
    assert codes(findings)[-2:] == NOT_TESTED
    told = next(f for f in findings if f.code == code)
    assert told.remedy
    if mood == "doctor exits":
        assert "exit code 3" in told.message
        assert "doctor: starting" in told.detail
    if mood == "doctor crashes" and sys.platform != "win32":
        assert "SIGABRT" in told.message


@pytest.mark.parametrize(
    ("mood", "code"),
    [("crash", "engine_failed"), ("garbage", "engine_failed"), ("newer", "contract_version")],
)
def test_an_engine_that_does_not_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch, mood: str, code: str
) -> None:
    monkeypatch.setenv("FAKE_ENGINE", mood)
    assert codes(found(local(), folder)) == [("server", code), ("dance", "not_tested")]


def test_an_engine_that_cannot_be_reached(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Like a firewall that drops what goes to this computer itself."""

    def refused(*_: object, **__: object) -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(client.urllib.request.OpenerDirector, "open", refused)
    findings = found(local(), folder)
    assert codes(findings) == [("server", "engine_mute"), ("dance", "not_tested")]
    assert "firewall" in findings[-2].remedy


def test_the_running_engine_is_examined_and_runs_on(folder: Path) -> None:
    source = local()
    process = source.host.ensure(source.command)
    try:
        assert codes(found(source, folder)) == []
        assert process.alive
    finally:
        source.host.stop()


def test_nothing_that_was_started_runs_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_ENGINE", "doctor hangs")
    examination = Examination(Patient(folder, local()))
    thread = threading.Thread(target=examination.run)
    started: list[int] = []
    spawn = doctor_child.spawn

    def noted(*given: object) -> object:
        process = spawn(*given)  # type: ignore[arg-type]
        started.append(process.pid)
        return process

    monkeypatch.setattr(doctor_child, "spawn", noted)
    thread.start()
    deadline = time.monotonic() + 20
    while examination.checking != "packages" and time.monotonic() < deadline:
        time.sleep(0.05)
    examination.cancel.set()
    thread.join(10)
    assert not thread.is_alive()
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)


@pytest.fixture
def server(clip: Path) -> Iterator[FakeServer]:
    made = FakeServer(TOKEN, clip.read_bytes()).start()
    yield made
    made.stop()


def test_a_server_that_is_well(folder: Path, server: FakeServer) -> None:
    findings = found(RemoteEngine(server.url, TOKEN), folder)
    assert codes(findings) == []
    assert [f.check for f in findings] == ["folder", "engine", "server", "dance"]


def test_a_wrong_token(folder: Path, server: FakeServer) -> None:
    findings = found(RemoteEngine(server.url, "another one"), folder)
    assert codes(findings) == [("server", "token_wrong"), ("dance", "not_tested")]


def test_a_server_that_takes_any_token(
    folder: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.core.fake_server._Handler._allowed", lambda self: True)
    findings = found(RemoteEngine(server.url, TOKEN), folder)
    assert codes(findings) == [("server", "token_ignored")]
    assert findings[-1].level == "ok"


def test_a_server_of_another_version(folder: Path, server: FakeServer) -> None:
    server.contract_version = 7
    findings = found(RemoteEngine(server.url, TOKEN), folder)
    assert codes(findings) == [("server", "contract_version"), ("dance", "not_tested")]


def test_a_dance_that_fails_or_never_ends(
    folder: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.fail_with = {"code": "out_of_memory", "message": "No memory.", "remedy": "Less."}
    assert codes(found(RemoteEngine(server.url, TOKEN), folder)) == [("dance", "out_of_memory")]
    server.fail_with, server.steps = None, 10**6
    monkeypatch.setattr(doctor_engine, "DANCE_SECONDS", 0.5)
    assert codes(found(RemoteEngine(server.url, TOKEN), folder)) == [("dance", "dance_slow")]


def test_servers_that_cannot_be_reached(folder: Path, server: FakeServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    places = {
        f"http://127.0.0.1:{port}": "server_down",
        "http://no-such-host.invalid": "server_unknown",
        server.url.replace("http:", "https:"): "server_tls",
    }
    for url, code in places.items():
        assert codes(found(RemoteEngine(url, TOKEN), folder))[0] == ("server", code), url


def test_a_page_that_is_no_engine(
    folder: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tests.core.fake_server._Handler._answer",
        lambda self, status, content: self._send("text/html", b"<html>It works!</html>"),
    )
    assert codes(found(RemoteEngine(server.url, TOKEN), folder))[0] == ("server", "engine_protocol")


def test_a_chosen_engine_that_cannot_be(folder: Path) -> None:
    patient = Patient(folder, None, ChoreoError("offline", "No internet.", "Switch it on."))
    steps = [s for s in examine(patient, lambda: False) if isinstance(s, Finding)]
    assert codes(steps) == [("engine", "offline")]


def test_the_addons_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stone = tmp_path / "a file"
    stone.write_text("no folder")
    assert check_folder(stone / "user").code == "folder_unwritable"
    for free, level in ((100, "problem"), (700, "warning"), (5000, "ok")):
        usage = shutil._ntuple_diskusage(10**12, 0, free * doctor.MB)  # type: ignore[attr-defined]
        monkeypatch.setattr(shutil, "disk_usage", lambda folder, usage=usage: usage)
        assert check_folder(tmp_path).level == level


def test_what_fails_in_the_doctor_itself_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Iterator[str]:
        yield "server"
        raise RuntimeError("no such luck")

    monkeypatch.setattr(doctor, "examine", broken)
    examination = Examination(Patient(folder, None))
    with pytest.raises(RuntimeError):
        examination.run()
    assert codes(examination.findings) == [("server", "doctor_failed")]
    assert examination.finished


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
@pytest.mark.parametrize(("call", "code"), [("survive_broken_pipes()", 0), ("None", -13)])
def test_blender_outlives_an_engine_that_ends_at_once(call: str, code: int) -> None:
    """With the system's default for SIGPIPE, as Blender 4.3 has it."""
    script = (
        "import os, signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n"
        "from kpop_choreo_addon.core.broken_pipes import survive_broken_pipes\n"
        f"{call}; r, w = os.pipe(); os.close(r)\n"
        "try: os.write(w, b'token')\n"
        "except BrokenPipeError: pass\n"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == code
