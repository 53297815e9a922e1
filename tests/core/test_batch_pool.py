"""Workers that crash, hang or never start take only their own job with them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

import pytest

from kpop_choreo_addon.core import batch_pool
from kpop_choreo_addon.core.batch_pool import Limits, Pool
from kpop_choreo_addon.core.errors import ChoreoError

WORKER = """
import json, os, sys, threading, time
def say(**event):
    os.write(1, ("\\n@kpop-choreo " + json.dumps(event) + "\\n").encode())
print("Blender 9.9", flush=True)
say(event="ready")
for line in sys.stdin:
    name = json.loads(line)["name"]
    say(event="moved", text="Dancing")
    if name == "crash":
        print("out of luck", file=sys.stderr, flush=True)
        os._exit(9)
    if name == "hang":
        time.sleep(60)
    time.sleep(0.05)
    if name == "bad":
        say(event="failed", code="song_silent", message="Silent.", remedy="Another.")
    else:
        say(event="made", result={"pid": os.getpid()})
"""


class Told:
    """Keeps what the pool tells."""

    def __init__(self) -> None:
        self.done: dict[str, int] = {}
        self.errors: dict[str, str] = {}
        self.messages: list[str] = []
        self.moves = 0

    def began(self, job: Mapping[str, Any]) -> None:
        pass

    def moved(self, job: Mapping[str, Any], text: str) -> None:
        self.moves += text == "Dancing"

    def made(self, job: Mapping[str, Any], result: Mapping[str, Any], seconds: float) -> None:
        assert job["name"] not in self.done
        self.done[job["name"]] = result["pid"]

    def failed(self, job: Mapping[str, Any], error: ChoreoError, seconds: float) -> None:
        assert job["name"] not in self.errors
        self.errors[job["name"]] = error.code
        self.messages.append(error.message)

    def tick(self) -> None:
        pass


def start(source: str = WORKER) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", source], stdin=pipe, stdout=pipe, stderr=pipe)


def run(names: list[str], workers: int = 2, seconds: float = 60.0) -> Told:
    told = Told()
    pool = Pool(start, Limits(workers, seconds), told, lambda: False)
    pool.run([{"name": name} for name in names])
    return told


def test_jobs_are_shared_and_workers_stay_warm() -> None:
    told = run(["a", "b", "bad", "c", "d", "e"])
    assert set(told.done) == set("abcde")
    assert told.errors == {"bad": "song_silent"}
    assert 1 <= len(set(told.done.values())) <= 2
    assert told.moves == 6


def test_a_crash_takes_one_job_and_another_worker_goes_on() -> None:
    told = run(["a", "crash", "b", "c"], workers=1)
    assert set(told.done) == set("abc")
    assert told.errors == {"crash": "blender_ended"}
    assert "exit code 9" in told.messages[0]
    assert "out of luck" in told.messages[0]
    assert told.done["a"] != told.done["b"] == told.done["c"]


def test_a_job_that_takes_too_long_is_ended() -> None:
    told = run(["hang", "a", "b"], seconds=1.0)
    assert set(told.done) == {"a", "b"}
    assert told.errors == {"hang": "too_slow"}


def test_workers_that_never_start_are_given_up() -> None:
    told = Told()
    pool = Pool(lambda: start("raise SystemExit(4)"), Limits(2, 60.0), told, lambda: False)
    pool.run([{"name": name} for name in "abc"])
    assert told.errors == dict.fromkeys("abc", "blender_failed")


def test_stopped_it_leaves_nobody_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_pool, "GRACE", 0.5)
    started: list[subprocess.Popen[bytes]] = []
    told, began = Told(), time.monotonic()

    def remembered() -> subprocess.Popen[bytes]:
        started.append(start())
        return started[-1]

    pool = Pool(remembered, Limits(2, 60.0), told, lambda: time.monotonic() - began > 2.0)
    pool.run([{"name": "hang"}, {"name": "hang too"}])
    assert started
    assert all(process.poll() is not None for process in started)
    assert "hang" not in told.done
