"""What may happen to an engine: it says so, leaves nothing behind, and the next job works."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from engine.leftovers import PREFIX
from tests.engine.test_server import TOKEN, send, wait
from tests.http_attacks import ask
from tests.songs import song_file

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and mounts of Linux")


@pytest.fixture(scope="module")
def song(tmp_path_factory) -> Path:
    return song_file(tmp_path_factory.mktemp("song") / "song.ogg")


@contextmanager
def started(*arguments: str, temporary: Path | None = None, before: str = "", **streams):
    """An engine from a shell of Python's that may set limits first: (process, client)."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    if temporary is not None:
        environment["TMPDIR"] = str(temporary)
    code = f"{before}\nimport sys\nfrom engine.cli import main\nsys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-s", "-c", code, "serve", "--model", "debug", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=streams.get("stderr", subprocess.DEVNULL),
        env=environment,
        cwd=ROOT,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{TOKEN}\n".encode())
    process.stdin.flush()
    shake = json.loads(process.stdout.readline())
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{shake.get('port', 0)}",
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=120,
        trust_env=False,
    )
    try:
        yield process, client
    finally:
        client.close()
        process.kill()
        process.wait()


def danced(client: httpx.Client, song: Path, **parameters) -> dict:
    answer = send(client, song, end=6, **parameters)
    assert answer.status_code == 202, answer.text
    return wait(client, answer.json()["job_id"], 600)


LIMIT = """
import resource, threading, time
def later():
    from engine import jobs
    real = jobs.make_clips
    def hungry(*given):
        jobs.make_clips = real
        size = int(open('/proc/self/statm').read().split()[0]) * 4096
        resource.setrlimit(resource.RLIMIT_AS, (size + (64 << 20), resource.RLIM_INFINITY))
        try:
            block = bytearray(1 << 30)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    jobs.make_clips = hungry
later()
"""


def test_out_of_memory_is_said_and_the_next_dance_works(song):
    with started(before=LIMIT) as (_process, client):
        status = danced(client, song)
        assert status["status"] == "failed"
        assert status["error"]["code"] == "out_of_memory"
        assert danced(client, song)["status"] == "completed"


@contextmanager
def small_disk(folder: Path, size: str):
    """A file system of its own in ``folder``; skips where it may not be mounted."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True
    )
    if done.returncode:
        pytest.skip("needs to mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_said_leaves_nothing_and_the_next_dance_works(song, tmp_path):
    with (
        small_disk(tmp_path / "disk", "24m") as disk,
        started(temporary=disk) as (_process, client),
    ):
        filler = disk / "filler"
        own = next(disk.glob(f"{PREFIX}*"))
        filler.write_bytes(b"0" * 20_000_000)
        big = tmp_path / "big.wav"
        big.write_bytes(b"0" * 6_000_000)
        answer = send(client, big)  # the upload does not fit
        assert answer.status_code == 507
        assert answer.json()["error"]["code"] == "disk_full"
        assert list(own.iterdir()) == []
        left = shutil.disk_usage(disk).free - song.stat().st_size - 100_000
        (disk / "more").write_bytes(b"0" * max(0, left))
        status = danced(client, song, n_takes=8)  # the clips do not fit
        assert status["error"]["code"] == "disk_full", status
        assert list(own.iterdir()) == []
        filler.unlink()
        (disk / "more").unlink()
        assert danced(client, song)["status"] == "completed"


def test_a_cleaner_that_empties_the_temporary_folder_stops_nothing(song, tmp_path):
    with started(temporary=tmp_path) as (_process, client):
        status = danced(client, song)
        shutil.rmtree(next(tmp_path.glob(f"{PREFIX}*")))
        gone = client.get(status["clip"])
        assert gone.status_code == 404
        assert gone.json()["error"]["code"] == "clip_missing"
        assert danced(client, song)["status"] == "completed"


CLOCK = """
import time
real, offset = time.time, [0.0]
time.time = lambda: real() + offset[0]
import threading
def jump():
    while True:
        for days in (1, -1, 400, -400):
            offset[0] = days * 86400.0
            time.sleep(0.05)
threading.Thread(target=jump, daemon=True).start()
"""


def test_a_clock_that_jumps_by_days_changes_nothing(song):
    with started("--idle-timeout", "600", before=CLOCK) as (process, client):
        job = send(client, song).json()["job_id"]
        while True:
            status = client.get(f"/api/generation-status/{job}").json()
            assert 0 <= status["elapsed_s"] < 300
            assert status["eta_s"] is None or 0 <= status["eta_s"] < 3600
            if status["status"] not in ("queued", "processing"):
                break
            time.sleep(0.1)
        assert status["status"] == "completed"
        assert client.get(status["clip"]).status_code == 200
        assert process.poll() is None


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_ends_it_soon_and_leaves_nothing(song, tmp_path, name):
    if signal.getsignal(getattr(signal, name)) is signal.SIG_IGN:
        pytest.skip(f"{name} is ignored here, as nohup does it, and so by what is started")
    with started(temporary=tmp_path) as (process, client):
        send(client, song)
        process.send_signal(getattr(signal, name))
        assert process.wait(20) == 0
        assert list(tmp_path.glob(f"{PREFIX}*")) == []


def test_a_log_that_nobody_drains_or_that_is_full_stops_nothing(song):
    with started("--idle-timeout", "0", stderr=subprocess.PIPE) as (_process, client):
        for _ in range(1500):  # each is a line in the log, all of them more than a pipe holds
            ask(client.base_url.port, b"no http\r\n\r\n")
        assert danced(client, song)["status"] == "completed"
    with open("/dev/full", "w") as full, started(stderr=full) as (_process, client):
        assert danced(client, song)["status"] == "completed"


def test_streams_that_are_closed_are_said_or_do_not_matter():
    environment = {**os.environ, "KPOP_CHOREO_TOKEN": TOKEN}
    command = f"{sys.executable} -m engine serve --model debug --keep-alive --idle-timeout 1"
    for streams, code in ((">/dev/full", 1), (">&-", 0), ("<&- 2>&-", 0), ("<&- >&- 2>&-", 0)):
        done = subprocess.run(
            ["sh", "-c", f"exec {command} {streams}"],
            env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == code, (streams, done)
        assert "Traceback" not in done.stderr
        if code:
            assert "stdout" in done.stderr


def test_two_engines_at_once_leave_each_other_alone(song, tmp_path):
    with started(temporary=tmp_path) as (one, first), started(temporary=tmp_path) as (two, second):
        assert len(list(tmp_path.glob(f"{PREFIX}*"))) == 2
        assert danced(second, song)["status"] == "completed"
        two.kill()
        two.wait()
        assert danced(first, song)["status"] == "completed"
        assert one.poll() is None
