"""Throws broken inputs at a reader in a process of its own and tells what became of each.

A reader that crashes, hangs or takes too much memory takes only its process with it; the next
process goes on with the next input. ``python -m tests.fuzzing MODULE:TARGET FIRST LAST`` is that
process.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import resource
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

LONGEST = 30
"""Seconds that one input may take."""
MOST_MEMORY = 3 << 30
"""Bytes of address space of a process; what it holds of them is far less."""
ROOT = Path(__file__).parents[1]

Random = np.random.Generator
Target = Callable[[Random, Path], str]
"""Makes an input of random numbers, reads it in a folder, and says in a word what came of it."""


@dataclass
class Report:
    """What became of the inputs."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    """What is wrong, each with the number of its input."""
    slowest: float = 0.0
    """Seconds."""
    memory: int = 0
    """Most bytes that a process has held."""

    def __str__(self) -> str:
        counts = ", ".join(f"{word} {count}" for word, count in self.outcomes.most_common())
        held = f"{self.slowest:.1f} s at most, {self.memory / 1e6:.0f} MB at most"
        return "\n".join([f"{self.outcomes.total()} inputs: {counts}; {held}", *self.faults])


def fuzz(target: str, first: int, count: int) -> Report:
    """Runs ``MODULE:TARGET`` on the inputs of ``count`` seeds, whatever happens to it."""
    report, following, last = Report(), first, first + count
    while following < last:
        command = [sys.executable, "-m", "tests.fuzzing", target, str(following), str(last)]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        child = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        for line in child.stdout.splitlines():
            row = json.loads(line)
            report.outcomes[row["outcome"]] += 1
            report.slowest = max(report.slowest, row["seconds"])
            report.memory = max(report.memory, row["memory"])
            if row["fault"]:
                report.faults.append(f"{target} {following}: {row['fault']}")
            following += 1
        if following < last:
            tail = "\n".join(child.stderr.splitlines()[-30:])
            report.faults.append(f"{target} {following}: ended with {child.returncode}\n{tail}")
            report.outcomes["crash"] += 1
            following += 1
    return report


def main(target: str, first: int, last: int) -> None:
    """The process: a line of JSON for every input."""
    module, name = target.split(":")
    run: Target = getattr(importlib.import_module(module), name)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(first, last):
            faulthandler.dump_traceback_later(LONGEST, exit=True)
            began, fault = time.perf_counter(), ""
            try:
                outcome = run(np.random.default_rng(number), folder)
            except Exception:  # noqa: BLE001 - this is what is looked for
                outcome, fault = "fault", traceback.format_exc(limit=-12)
            left = [path.name for path in folder.iterdir()]
            if left:
                fault += f"left behind: {left}"
            row = {
                "outcome": outcome,
                "seconds": time.perf_counter() - began,
                "memory": _most_memory(),
                "fault": fault,
            }
            print(json.dumps(row), flush=True)


def _most_memory() -> int:
    """Bytes that this process has held at most; ru_maxrss would begin with its parent's."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (line,) = (row for row in status.read_text().splitlines() if row.startswith("VmHWM:"))
    return 1024 * int(line.split()[1])


def told(error: Any) -> str:
    """The code of a refusal, which has to be a sentence with a remedy."""
    assert error.message.endswith(".")
    assert error.remedy.endswith(".")
    return str(error.code)


def damaged(data: bytes, random: Random) -> bytes:
    """``data`` with one to four kinds of damage, most of it near the beginning."""
    content = bytearray(data)
    for _ in range(int(random.integers(1, 5))):
        if len(content) < 8:
            break
        _DAMAGES[int(random.integers(len(_DAMAGES)))](content, random)
    return bytes(content)


def _place(content: bytearray, random: Random) -> int:
    """Half of all places are in the first kilobyte, where the headers are."""
    near = min(len(content), int(random.choice([64, 1024, len(content), len(content)])))
    return int(random.integers(near))


def _flip(content: bytearray, random: Random) -> None:
    for _ in range(int(random.integers(1, 9))):
        content[_place(content, random)] ^= 1 << int(random.integers(8))


def _scatter(content: bytearray, random: Random) -> None:
    for _ in range(4 ** int(random.integers(1, 5))):
        content[_place(content, random)] = int(random.integers(256))


NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 1 << 24, 0x7FFFFFFF, 0x80000000)
NUMBERS += (0xFFFFFFFE, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)


def _number(content: bytearray, random: Random) -> None:
    """A number that readers trip over, in either order and any width."""
    width = int(random.choice([1, 2, 4, 8]))
    value = NUMBERS[int(random.integers(len(NUMBERS)))] % (1 << 8 * width)
    at = _place(content, random)
    content[at : at + width] = value.to_bytes(width, random.choice(["big", "little"]))


def _cut(content: bytearray, random: Random) -> None:
    del content[_place(content, random) :]


def _drop(content: bytearray, random: Random) -> None:
    at = _place(content, random)
    del content[at : at + int(random.integers(1, 4096))]


def _move(content: bytearray, random: Random) -> None:
    at, length = _place(content, random), int(random.integers(1, 4096))
    block = bytes(content[at : at + length])
    del content[at : at + length]
    to = int(random.integers(len(content) + 1))
    content[to:to] = block


def _repeat(content: bytearray, random: Random) -> None:
    at, length = _place(content, random), int(random.integers(1, 4096))
    content[at:at] = bytes(content[at : at + length]) * int(random.integers(1, 9))


def _blank(content: bytearray, random: Random) -> None:
    at, length = _place(content, random), int(random.integers(1, 4096))
    length = min(length, len(content) - at)
    content[at : at + length] = bytes([int(random.choice([0, 255]))]) * length


_DAMAGES = (_flip, _flip, _scatter, _number, _number, _cut, _drop, _move, _repeat, _blank)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
