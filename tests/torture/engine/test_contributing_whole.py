"""Every command under the examples of CONTRIBUTING.md, in a copy of the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.followed import change, copy_project, run


@pytest.mark.parametrize("title", ["A rig", "A move", "A style"])
def test_every_command_works(tmp_path: Path, title: str) -> None:
    copy = copy_project(tmp_path)
    change(copy, title)
    assert run(copy, title)
