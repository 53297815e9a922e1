"""Every song that people have, given to the command in a process with bounds."""

from __future__ import annotations

import json
import os
import resource
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.bad_songs import (
    BPM,
    FINE,
    REFUSED,
    Maker,
    encoded,
    picture,
    plain,
    tagged,
    wav,
    whole_numbers,
)
from tests.songs import CODECS

ROOT = Path(__file__).parents[3]
MOST_SECONDS = 30.0
MOST_MEMORY = 3 << 30
"""Bytes of address space; NumPy and FFmpeg reserve far more than they hold."""
MOST_HELD = 1.2e9


def long_song(minutes: float) -> Maker:
    """The song again and again, as 16-bit numbers."""

    def make(folder: Path) -> Path:
        once = whole_numbers(1, 22050)[: round(20 * 60 / BPM * 22050)]
        count = round(minutes * 60 * 22050)
        samples = np.tile(once, (count // len(once) + 1, 1))[:count]
        (folder / "long.wav").write_bytes(wav(samples, 22050))
        return folder / "long.wav"

    return make


LARGE: dict[str, Maker] = {
    "11 minutes": long_song(11.0),
    "14:59": long_song(14.0 + 59.0 / 60.0),
    "picture of 100 MB": picture(100),
    "10,000 tags": tagged(*[(b"TXXX", b"\0k%d\0v" % n) for n in range(10_000)]),
}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str
    held: int
    """Most bytes that it held."""


def command(folder: Path, *arguments: str, seconds: float = MOST_SECONDS) -> Ended:
    """Runs the engine's command with bounded memory and time."""

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))

    told = folder.with_name(f"{folder.name}.err")
    with (
        told.open("w+b") as err,
        subprocess.Popen(
            [sys.executable, "-m", "engine", *arguments],
            cwd=ROOT,
            env=os.environ | {"KPOP_CHOREO_CACHE": str(folder.with_name(f"{folder.name}.cache"))},
            stdout=subprocess.PIPE,
            stderr=err,
            preexec_fn=bounded,
        ) as child,
    ):
        try:
            out, _ = child.communicate(timeout=seconds)
        finally:
            child.kill()
    held = 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return Ended(child.returncode, out.decode(), told.read_text(errors="replace"), held)


def check_refused(ended: Ended) -> None:
    assert ended.code == 1, ended
    assert "Traceback" not in ended.err
    message, remedy = ended.err[ended.err.rindex("kpop-choreo: ") :].strip().rsplit("\n  ", 1)
    assert message.endswith(".")
    assert remedy.endswith(".")


def check_danced(ended: Ended) -> None:
    assert ended.code == 0, ended.err
    tempo = json.loads(ended.out)["tempo"]
    octave = 2.0 ** np.rint(np.log2(tempo / BPM))
    assert tempo / octave == pytest.approx(BPM, rel=0.01)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "songs"
    folder.mkdir()
    song = REFUSED[name][0](folder)
    before = sorted(folder.rglob("*"))
    for job in (["analyze", "--json"], ["generate", "--model", "debug", "--out", "/tmp/none.npz"]):
        if "\0" not in str(song):
            check_refused(command(folder, *job, "--", str(song)))
    assert sorted(folder.rglob("*")) == before
    assert not Path("/tmp/none.npz").exists()


@pytest.mark.parametrize("name", [*FINE, *LARGE])
def test_danced(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "songs"
    folder.mkdir()
    song = (FINE | LARGE)[name](folder)
    ended = command(folder, "analyze", "--json", "--", str(song), seconds=300.0)
    check_danced(ended)
    assert ended.held < MOST_HELD


@pytest.mark.parametrize("ending", CODECS)
def test_cut_off_anywhere(ending: str, tmp_path: Path) -> None:
    from engine.audio.decode import load_song
    from engine.errors import ChoreoError

    whole = encoded(tmp_path, f"song{ending}").read_bytes()
    heard, refused = [], set()
    for percent in range(0, 100, 5):
        path = tmp_path / f"cut{ending}"
        path.write_bytes(whole[: len(whole) * percent // 100])
        try:
            heard.append(load_song(path).duration)
        except ChoreoError as error:
            refused.add(error.code)
    assert refused <= {"song_empty", "song_unreadable", "song_too_short"}
    assert heard == sorted(heard)
    assert all(seconds < plain().duration for seconds in heard)


def claims(name: str) -> Callable[[Path], Path]:
    """A file that says that it holds gigabytes."""
    sizes = struct.pack("<I", 0xFFFFFFF0)

    def make(folder: Path) -> Path:
        path = encoded(folder, name)
        content = bytearray(path.read_bytes())
        if name.endswith(".wav"):
            at = content.index(b"data") + 4
            content[at : at + 4] = sizes
        else:  # the table of the sizes of packets
            at = content.index(b"stsz") + 12
            content[at : at + 4] = b"\x7f\xff\xff\xff"
        path.write_bytes(bytes(content))
        return path

    return make


@pytest.mark.parametrize("name", ["huge.wav", "huge.m4a"])
def test_sizes_that_lie(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "songs"
    folder.mkdir()
    ended = command(folder, "analyze", "--json", "--", str(claims(name)(folder)), seconds=120.0)
    assert ended.code in (0, 1), ended
    assert "Traceback" not in ended.err
    assert ended.held < MOST_HELD
