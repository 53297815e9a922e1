"""CONTRIBUTING.md done as it says, in a copy of the project."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "CONTRIBUTING.md"
NEEDED = ("engine", "kpop_choreo_addon", "tests", "tools")
"""Folders in which something is changed; the rest is linked."""
LIMIT = 900
"""Seconds for one command, on a machine with much else to do."""
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


def copy_project(folder: Path) -> Path:
    """The project in an empty folder, to be changed there."""
    skip = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in NEEDED:
        shutil.copytree(ROOT / name, folder / name, ignore=skip)
    for name in ("assets", "models", "docs", "pyproject.toml", "CONTRIBUTING.md"):
        (folder / name).symlink_to(ROOT / name)
    return folder


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


def run(copy: Path, title: str, words: str = "") -> str:
    """Runs the commands under a heading, or those with some words in them; what they say."""
    said = []
    environment = os.environ | {"PYTHONPATH": str(copy), "OMP_NUM_THREADS": "1"}
    (copy / "out").mkdir(exist_ok=True)
    blocks = [f["text"] for f in _FENCE.finditer(section(title)) if not f["language"]]
    for line in "".join(blocks).splitlines():
        if words not in line:
            continue
        command = shlex.split(line)
        assert command[0] == "python"
        done = subprocess.run(
            [sys.executable, *command[1:]],
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        said.append(done.stdout)
    return "".join(said)
