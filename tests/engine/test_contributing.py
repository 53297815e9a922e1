"""What CONTRIBUTING.md says is done: a rig, a move and a style, as far as that is quick."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.followed import change, copy_project, run


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_project(tmp_path)


def test_a_rig_is_recognised(copy: Path) -> None:
    change(copy, "A rig")
    assert " passed" in run(copy, "A rig")


def test_a_move_is_planned_where_it_is_asked_for(copy: Path) -> None:
    change(copy, "A move")
    assert "lighthouse" in run(copy, "A move", "engine plan")


def test_a_style_chooses_the_moves_that_name_it(copy: Path) -> None:
    change(copy, "A style")
    assert "jazz_square" in run(copy, "A style", "engine plan")
