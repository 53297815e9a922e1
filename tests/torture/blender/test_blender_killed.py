"""Blender killed, crashed, quit or switched off in the middle: no engine is left after 5 s.

PYTHONPATH=. .venv-bpy-5.0/bin/python -m pytest -s tests/torture/blender/test_blender_killed.py
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.blender.engine_fate import PYTHON, ROOT, engines
from tests.blender.helpers import write_drums

KILLS = 20
SEED = 3
SLACK = 5.0
"""Seconds after which no engine may be left."""
CHILD = Path(__file__).with_name("dancing_child.py")

pytestmark = pytest.mark.skipif(not PYTHON.is_file(), reason="no engine environment")


class Child:
    """A Blender that dances."""

    def __init__(self, folder: Path, fate: str = "wait") -> None:
        self.folder = folder
        for name in ("temp", "user", "cache"):
            (folder / name).mkdir(exist_ok=True)
        song = folder / "drums.wav"
        if not song.exists():
            write_drums(song, 6.0)
        self.process = subprocess.Popen(
            [sys.executable, str(CHILD), str(ROOT), str(PYTHON), str(song), fate],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ
            | {
                "TMPDIR": str(folder / "temp"),
                "BLENDER_USER_RESOURCES": str(folder / "user"),
                "KPOP_CHOREO_CACHE": str(folder / "cache"),
            },
        )

    def read_until(self, word: str) -> list[str]:
        """Its lines up to the one that begins with ``word``."""
        lines: list[str] = []
        for line in self.process.stdout or ():
            lines.append(line.strip())
            if line.startswith(word):
                return lines
        raise AssertionError(f"it ended after {lines[-5:]}")

    def kill(self) -> list[int]:
        """Kills it; the engines that it had."""
        found = engines(self.process.pid)
        self.process.kill()
        self.process.wait()
        return found


def gone_after(pids: list[int]) -> float:
    """Seconds until the processes have ended."""
    began = time.monotonic()
    while any(Path(f"/proc/{pid}").exists() and not _zombie(pid) for pid in pids):
        assert time.monotonic() - began < SLACK, f"{pids} still run"
        time.sleep(0.02)
    return time.monotonic() - began


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def left_in(folder: Path) -> list[str]:
    temp = [path.name for path in (folder / "temp").glob("kpop-choreo-*")]
    return temp + [str(path) for path in folder.rglob("*.part")]


def look_again(folder: Path) -> None:
    """Starts the add-on once more, which removes what is left."""
    child = Child(folder, "look")
    child.read_until("registered")
    child.process.wait()


def test_killed_at_random_moments(tmp_path: Path) -> None:
    rng, slowest, stages, held = random.Random(SEED), 0.0, dict[str, int](), 0
    for _ in range(KILLS):
        child = Child(tmp_path)
        child.read_until("began")
        if rng.random() < 0.7:  # of the engine's start, the rest of the dance
            child.read_until("upload")
        time.sleep(rng.uniform(0.0, 3.0))
        pids = child.kill()
        last = [line.strip() for line in child.process.stdout or ()][-1:] or ["start"]
        stages[last[0].split()[0]] = stages.get(last[0].split()[0], 0) + 1
        slowest = max(slowest, gone_after(pids))
        held += len(left_in(tmp_path))
    look_again(tmp_path)
    print(f"\n{KILLS} Blenders killed, engines gone after at most {slowest:.1f} s, {stages}")
    print(f"  {held} leftovers right after, {len(left_in(tmp_path))} after the next start")
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("fate", ["abort", "quit", "disable"])
def test_ended_in_the_middle(tmp_path: Path, fate: str) -> None:
    child = Child(tmp_path, fate)
    child.read_until("upload")
    pids = engines(child.process.pid)
    assert pids
    if fate == "disable":
        child.read_until("disabled")
    else:
        child.process.wait(timeout=60)
    gone_after(pids)
    child.kill()
    look_again(tmp_path)
    assert left_in(tmp_path) == []
