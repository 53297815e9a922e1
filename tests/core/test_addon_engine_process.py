"""The engine's process: clean start, draining, stopping, and every way to fail."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kpop_choreo_addon.core import engine_process
from kpop_choreo_addon.core.dance_job import LocalEngine
from kpop_choreo_addon.core.engine_command import EngineCommand
from kpop_choreo_addon.core.engine_host import EngineHost
from kpop_choreo_addon.core.errors import Cancelled, EngineError

FAKE = Path(__file__).parent / "fake_engine"


def command(**changes: object) -> EngineCommand:
    return EngineCommand(**{"python": Path(sys.executable), "paths": (FAKE,)} | changes)


@pytest.fixture
def host() -> Iterator[EngineHost]:
    made = EngineHost()
    yield made
    made.stop()


def running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_start_talk_stop(host: EngineHost) -> None:
    process = host.ensure(command())
    assert process.client().health()["status"] == "ok"
    assert host.ensure(command()) is process
    pid = process.pid
    host.stop()
    host.stop()
    process.stop()
    assert not running(pid)


@pytest.mark.skipif(sys.platform == "win32", reason="priorities have other names there")
def test_the_engine_stands_behind_blender(host: EngineHost) -> None:
    process = host.ensure(command())
    here = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, process.pid) == min(19, max(here, 10))
    group = Path(f"/proc/{process.pid}/autogroup")
    if group.is_file():
        assert int(group.read_text().split("nice")[1]) == 10


def test_environment_is_clean(host: EngineHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    process = host.ensure(command(paths=(FAKE, Path("/second"))))
    process.stop()
    log = process.log_tail(100)
    assert f"PYTHONPATH={FAKE}{os.pathsep}/second" in log
    assert "PYTHONUTF8=1" in log
    assert "PYTHONHOME" not in log
    assert "PYTHONSTARTUP" not in log


def test_token_is_not_on_the_command_line() -> None:
    line = command(model="debug").argv()
    assert line[1:6] == ["-s", "-m", "engine", "serve", "--port"]
    assert line[-2:] == ["--model", "debug"]
    assert not any("token" in part for part in line)


def test_a_chatty_engine_does_not_block(host: EngineHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_ENGINE", "chatty")
    process = host.ensure(command())
    deadline = time.monotonic() + 20
    while "line 19999" not in process.log_tail() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "line 19999" in process.log_tail()
    assert len(process.log_tail(10_000).splitlines()) <= engine_process.LOG_LINES
    assert process.client().health()["status"] == "ok"


def test_killed_engine_is_reported_and_restarted(host: EngineHost) -> None:
    process = host.ensure(command())
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(EngineError):
        process.client().health()
    deadline = time.monotonic() + 5
    while process.alive and time.monotonic() < deadline:
        time.sleep(0.01)
    death = process.death()
    assert death.code == "engine_died"
    assert "-9" in death.message
    assert "engine: starting" in death.log
    assert host.ensure(command()).client().health()["status"] == "ok"


def test_an_engine_that_will_not_end_is_killed_with_its_children(
    host: EngineHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_ENGINE", "stubborn")
    process = host.ensure(command())
    time.sleep(0.3)
    group = os.getpgid(process.pid)
    assert group == process.pid != os.getpgid(0)
    host.stop()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)


def test_the_engine_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from kpop_choreo_addon.core.engine_command import EngineCommand\n"
        "from kpop_choreo_addon.core.engine_process import EngineProcess\n"
        "p = EngineProcess(EngineCommand(Path(sys.executable), (Path(sys.argv[2]),)))\n"
        "print(p.pid, flush=True); time.sleep(60)\n"
    )
    import subprocess

    root = str(Path(__file__).parents[2])
    parent = subprocess.Popen(
        [sys.executable, "-c", script, root, str(FAKE)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 5
    while running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not running(pid)


@pytest.mark.parametrize(
    ("mood", "code"),
    [
        ("crash", "engine_failed"),
        ("garbage", "engine_failed"),
        ("error", "model_missing"),
        ("newer", "contract_version"),
        ("no port", "engine_failed"),
        ("closed", "engine_failed"),
        ("killed", "engine_died"),
    ],
)
def test_failed_starts(
    host: EngineHost, monkeypatch: pytest.MonkeyPatch, mood: str, code: str
) -> None:
    monkeypatch.setenv("FAKE_ENGINE", mood)
    with pytest.raises(EngineError) as caught:
        host.ensure(command())
    assert caught.value.code == code
    assert caught.value.remedy
    if mood == "crash":
        assert "no such luck" in caught.value.log


def test_slow_start_and_cancel(host: EngineHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_ENGINE", "silent")
    with pytest.raises(Cancelled):
        host.ensure(command(), cancelled=lambda: True)
    monkeypatch.setattr(engine_process, "START_TIMEOUT", 0.3)
    with pytest.raises(EngineError) as caught:
        host.ensure(command())
    assert caught.value.code == "engine_slow"


def test_no_python_there(host: EngineHost) -> None:
    with pytest.raises(EngineError) as caught:
        host.ensure(command(python=Path("/nowhere/python")))
    assert caught.value.code == "engine_missing"


def test_what_the_engine_keeps_for_a_moment_goes_with_it(
    host: EngineHost, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    process = host.ensure(command())
    (folder,) = tmp_path.iterdir()
    told = (line for line in process.log_tail(100).splitlines() if line.startswith("TMPDIR="))
    assert next(told, "").endswith(str(folder))
    (folder / "upload.wav").write_text("half a song")
    os.kill(process.pid, signal.SIGKILL)
    process.wait(5.0)
    assert process.death().code == "engine_died"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="processes are not stopped there")
def test_an_engine_that_hangs_is_replaced(
    host: EngineHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_process, "ANSWER_TIMEOUT", 0.5)
    process = host.ensure(command())
    os.kill(process.pid, signal.SIGSTOP)
    other = host.ensure(command())
    assert other is not process
    assert not running(process.pid)
    assert other.client().health()["status"] == "ok"


@pytest.mark.skipif(sys.platform == "win32", reason="processes are not stopped there")
def test_an_engine_that_hangs_in_the_middle_of_a_dance_is_ended(host: EngineHost) -> None:
    source = LocalEngine(host, command())
    source.connect(bool)
    process = host.process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    late = EngineError("engine_timeout", "It did not answer.", "Try again.")
    assert not source.gone()
    assert source.explain(late).code == "engine_hung"
    assert not running(process.pid)


def test_python_that_takes_its_time(
    host: EngineHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under a virus scanner that looks at every file first."""
    monkeypatch.setattr(engine_process, "START_TIMEOUT", 30.0)
    slow = tmp_path / "python"
    slow.write_text(f'#!/bin/sh\nsleep 1\nexec "{sys.executable}" "$@"\n')
    slow.chmod(0o755)
    assert host.ensure(command(python=slow)).client().health()["status"] == "ok"
