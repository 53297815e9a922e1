"""The command lines of examples/README.md make what they promise."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import pytest

from tests.batches import ENGINE, ROOT, Batch, examples, summary
from tests.blender.helpers import build_armature
from tests.core.rigs import make_rig

pytestmark = pytest.mark.skipif(
    not ENGINE.is_file() or not sys.platform.startswith("linux"), reason="no engine, no /proc"
)


@pytest.mark.parametrize("line", examples("RIG"))
def test_every_line_runs(line: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_armature(make_rig())
    rig = tmp_path / "rig.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(rig))
    monkeypatch.chdir(ROOT)
    line = [str(rig) if word == "RIG" else word for word in line]
    if "mp4" in line:
        line = [*line, "--movie-seconds", "0.2"]
    out = tmp_path / "out"
    batch = Batch(out, *line)
    assert batch.finish(900.0) == 0, batch.log()
    if "--dry-run" in line:
        assert not out.exists()
        return
    told = summary(out)
    assert told["failed"] == told["open"] == 0
    assert told["done"] == len(told["jobs"]) > 0
    for job in told["jobs"]:
        assert all((out / file).stat().st_size > 0 for file in job["outputs"])
