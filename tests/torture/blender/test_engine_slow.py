"""An engine that a virus scanner holds for 20 s: it is waited for, and can be cancelled meanwhile.

PYTHONPATH=. .venv-bpy-5.0/bin/python -m pytest -s tests/torture/blender/test_engine_slow.py
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import bpy
import pytest

from kpop_choreo_addon import jobs
from kpop_choreo_addon.session import session
from tests.blender import engine_fate
from tests.blender.helpers import write_drums
from tests.blender.whole_file import changes, whole_file

HELD = 20.0
PATIENCE = 180.0

pytestmark = [
    pytest.mark.skipif(not engine_fate.PYTHON.is_file(), reason="no engine environment"),
    pytest.mark.skipif(sys.platform == "win32", reason="writes a script for a shell"),
    pytest.mark.usefixtures("own_temp"),
]


def scanned(folder: Path) -> Path:
    """The engine's Python behind a scanner."""
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nsleep {HELD}\nexec "{engine_fate.PYTHON}" "$@"\n')
    python.chmod(0o755)
    return python


def test_it_is_waited_for(dancer: bpy.types.Object, tmp_path: Path) -> None:
    engine_fate.choose_engine(python=scanned(tmp_path))
    engine_fate.pose_scene(write_drums(tmp_path / "drums.wav", 6.0))
    began = time.monotonic()
    engine_fate.begin()
    longest, more = 0.0, True
    while more:
        ticked = time.monotonic()
        assert ticked - began < PATIENCE
        more = jobs.tick() is not None
        longest = max(longest, time.monotonic() - ticked)
        time.sleep(0.01)
    print(f"\nheld {HELD:.0f} s: {ticked - began:.0f} s, Blender waited {longest * 1000:.0f} ms")
    assert session.error is None
    assert ticked - began > HELD
    assert longest < 1.0
    assert dancer.animation_data.action.frame_range[1] > 100
    session.host.stop()
    assert engine_fate.engines() == []


def test_it_is_cancelled_meanwhile(dancer: bpy.types.Object, tmp_path: Path) -> None:
    engine_fate.choose_engine(python=scanned(tmp_path))
    before = engine_fate.pose_scene(write_drums(tmp_path / "drums.wav", 6.0))
    engine_fate.begin()
    until = time.monotonic() + 2.0
    while time.monotonic() < until:
        jobs.tick()
        time.sleep(0.01)
    began = time.monotonic()
    bpy.ops.kpop_choreo.cancel()
    while jobs.tick() is not None:
        assert time.monotonic() - began < 5.0
        time.sleep(0.01)
    session.host.stop()
    assert time.monotonic() - began < 5.0
    assert changes(before, whole_file()) == []
    assert engine_fate.leftovers() == []
