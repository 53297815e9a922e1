"""The command lines of examples/README.md mean something; tests/torture runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpop_choreo_addon.batch import command
from tests.batches import ROOT, examples


@pytest.mark.parametrize("line", examples("YOUR_CHARACTER.vrm"))
def test_every_line_is_understood(
    line: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = tmp_path / "rig.vrm"
    rig.write_bytes(b"only looked for here")
    monkeypatch.chdir(ROOT)
    line = [str(rig) if word == "YOUR_CHARACTER.vrm" else word for word in line]
    assert command.run([*line, "--dry-run"]) == 0
