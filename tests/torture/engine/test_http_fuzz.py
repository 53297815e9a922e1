"""Ten thousand requests that nobody honest sends, at a real engine: it answers, and goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.http_attacks import Aim, ask, attacks, fault, resident
from tests.songs import song_file

ROOT = Path(__file__).parents[3]
TOKEN = "a-token-for-tests-0123456789"
REQUESTS = int(os.environ.get("TORTURE_REQUESTS", "10000"))
AT_ONCE = 4
GROWTH_MB = 400.0


@contextmanager
def logged_engine(log: Path):
    """(process, port) of a debug engine that writes its log to a file."""
    process = subprocess.Popen(
        [sys.executable, "-s", "-m", "engine", "serve", "--model", "debug"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log.open("wb"),
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{TOKEN}\n".encode())
    process.stdin.flush()
    try:
        yield process, json.loads(process.stdout.readline())["port"]
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_request_breaks_the_engine(tmp_path, capsys):
    song = song_file(tmp_path / "song.ogg").read_bytes()
    with logged_engine(tmp_path / "log") as (process, port):
        aim = Aim(port, TOKEN, song)
        for request in attacks(aim, REQUESTS // 20, seed=1):  # everything is loaded
            ask(port, request)
        before, began = resident(process.pid), time.monotonic()
        requests = list(attacks(aim, REQUESTS))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = pool.map(lambda request: (request, *ask(port, request)), requests)
            faults = [
                (request[:300], problem)
                for request, answer, seconds in answers
                if (problem := fault(request, answer, seconds))
            ]
        grown, took = resident(process.pid) - before, time.monotonic() - began
        log = (tmp_path / "log").read_text()
        with capsys.disabled():
            print(f"\n{REQUESTS} requests in {took:.0f} s, memory {before:.0f} MB + {grown:.0f} MB")
        assert faults == []
        assert process.poll() is None
        for line in log.splitlines():
            assert "Traceback" not in line, log[-5000:]
        assert grown < GROWTH_MB
        answer = httpx.get(
            f"http://127.0.0.1:{port}/api/health",
            headers={"Authorization": f"Bearer {TOKEN}"},
            trust_env=False,
        )
        assert answer.json()["status"] == "ok"
