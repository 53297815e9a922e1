"""The engine killed at random moments: a sentence, nothing lost, nothing left, and it goes on.

PYTHONPATH=. .venv-bpy-5.0/bin/python -m pytest -s tests/torture/blender/test_engine_killed.py
"""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest

from kpop_choreo_addon.session import session
from tests.blender import engine_fate
from tests.blender.helpers import write_drums

KILLS = 200
KILLS_SHIPPED = 20
SEED = 7

pytestmark = [
    pytest.mark.skipif(not engine_fate.PYTHON.is_file(), reason="no engine environment"),
    pytest.mark.usefixtures("own_temp"),
]


@pytest.mark.parametrize(("model", "kills"), [("debug", KILLS), ("", KILLS_SHIPPED)])
def test_killed_at_random_moments(
    dancer: bpy.types.Object, tmp_path: Path, model: str, kills: int
) -> None:
    engine_fate.choose_engine(model)
    song = write_drums(tmp_path / "drums.wav", 6.0)
    before = engine_fate.pose_scene(song)
    tally = engine_fate.kill_often(kills, SEED, before)
    session.host.stop()
    told = sum(tally.told.values())
    print(f"\n{model or 'shipped'}: {kills} kills, {told} errors told, {tally.arrived} arrived")
    print(f"  errors {tally.told}\n  stages {tally.stages}\n  faults {len(tally.faults)}")
    assert tally.faults == []
    assert told + tally.arrived == kills
    assert engine_fate.engines() == []
    assert engine_fate.leftovers() == []
