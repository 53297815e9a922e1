"""CONTRIBUTING.md done as it says, in a copy of the project: a rig, a move, a style, a language."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "CONTRIBUTING.md"
NEEDED = ("engine", "kpop_choreo_addon", "tests", "tools")
"""Folders in which something is changed; the rest is linked."""
_BLOCK = re.compile(
    r"^(?P<line>New file `(?P<new>[^`]+)`|In `(?P<path>[^`]+)`, "
    r"(?:at the end|after `(?P<after>[^`]+)`|instead of `(?P<old>[^`]+)`)):\n\n"
    r"```\w+\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    """What the page says under a heading."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[title]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project, to be changed."""
    skip = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in NEEDED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=skip)
    for name in ("assets", "models", "docs", "pyproject.toml", "CONTRIBUTING.md"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def change(copy: Path, title: str) -> None:
    """Does to the copy what the page says under a heading."""
    for block in _BLOCK.finditer(section(title)):
        path = copy / (block["new"] or block["path"])
        text = block["text"]
        if block["new"]:
            assert not path.exists(), f"{path} is there already"
            path.write_text(text, encoding="utf-8")
            continue
        there = path.read_text(encoding="utf-8")
        line = block["after"] or block["old"]
        if line is None:
            there += text
        else:
            assert there.count(f"{line}\n") == 1, f"{path} has not one line {line}"
            there = there.replace(f"{line}\n", text if block["old"] else f"{line}\n{text}")
        path.write_text(there, encoding="utf-8")


def run(copy: Path, title: str) -> str:
    """Runs the commands under a heading; what they say."""
    said = []
    environment = os.environ | {"PYTHONPATH": str(copy), "OMP_NUM_THREADS": "1"}
    (copy / "out").mkdir()
    blocks = [f["text"] for f in _FENCE.finditer(section(title)) if not f["language"]]
    for line in "".join(blocks).splitlines():
        command = shlex.split(line)
        assert command[0] == "python"
        done = subprocess.run(
            [sys.executable, *command[1:]],
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        said.append(done.stdout)
    return "".join(said)


def test_a_rig_is_recognised(copy: Path) -> None:
    change(copy, "A rig")
    assert " passed" in run(copy, "A rig")


def test_a_move_is_planned_where_it_is_asked_for(copy: Path) -> None:
    change(copy, "A move")
    said = run(copy, "A move")
    assert "lighthouse" in said
    assert list((copy / "out" / "moves").glob("lighthouse*"))


def test_a_style_is_planned_and_offered(copy: Path) -> None:
    change(copy, "A style")
    assert "jazz_square" in run(copy, "A style")


def test_a_language_is_one_line(copy: Path) -> None:
    change(copy, "A language")
    text = (copy / "kpop_choreo_addon" / "translations" / "__init__.py").read_text("utf-8")
    assert "fr" in text
