"""What pages name is there: targets, modules, files and options of commands, pictures and links."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest

from kpop_choreo_addon.core.batch_jobs import COLUMNS

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted((ROOT / "docs").glob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "models/kpop-mdm-3/README.md")),
]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)|src=\"([^\":]+)\"")
_INLINE = re.compile(r"`([^`\n]+)`")
OTHERS = {"pytest", "mypy", "venv", "pip", "ruff", "http.server", "mkdocs"}
"""Modules whose options are not ours."""


BATCH = "kpop_choreo_addon/batch/script.py"
"""What ``blender --command kpop_choreo`` runs too."""
BLENDERS = {"--background", "--python", "--command", "--factory-startup"}


def commands(path: Path) -> list[str]:
    """What a page tells to run: in blocks without a language, and in code font."""
    text = path.read_text(encoding="utf-8")
    lines = [
        line
        for language, block in _FENCE.findall(text)
        if language in ("", "sh", "bash", "console")
        for line in re.sub(r"\\\n\s*", "", block).splitlines()
    ]
    lines += _INLINE.findall(_FENCE.sub("", text))
    return [line.strip() for line in lines if _program(line)]


def _program(line: str) -> str:
    """What a line runs: ``make``, ``kpop-choreo``, a module or a file of ours, or nothing."""
    words = line.replace("PYTHONPATH=. ", "").split(" #")[0].split()
    words = [w for w in words if "=" not in w or w.startswith("-")] if words[:1] else words
    if not words:
        return ""
    if words[0] == "make" and len(words) > 1:
        return "make"
    if words[0].endswith("kpop-choreo") and len(words) > 1:
        return "kpop-choreo"
    if words[0] == "blender" and words[1:3] == ["--command", "kpop_choreo"]:
        return BATCH
    if words[0] == "blender" and "--python" in words[:-1]:
        return words[words.index("--python") + 1]
    if re.fullmatch(r"(\S*/)?python[\d.]*|PYTHON", words[0]) and len(words) > 1:
        return words[2] if words[1] == "-m" and len(words) > 2 else words[1]
    return ""


def source(program: str) -> Path | None:
    """The file that has a program's options; None if it is not ours."""
    if program == "kpop-choreo":
        return ROOT / "engine" / "cli.py"
    if program.endswith(".py"):
        return ROOT / program
    if program.split(".")[0] in OTHERS or not re.fullmatch(r"[a-z][\w.]*", program):
        return None
    path = ROOT.joinpath(*program.split("."))
    if path.is_dir():
        main = path / "__main__.py"
        return ROOT / "engine" / "cli.py" if program == "engine" else main
    return path.with_suffix(".py")


def known_words(path: Path) -> set[str]:
    """All strings of a file and of the modules of ours that it imports."""
    found: set[str] = set(BLENDERS)
    if path.parent.name == "batch":
        text = (path.parent / "command.py").read_text(encoding="utf-8")
        found.update(re.findall(r"\"(--[\w-]+)\"", text))
        found.update(f"--{column.name.replace('_', '-')}" for column in COLUMNS)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("engine."):
            other = ROOT.joinpath(*str(node.module).split(".")).with_suffix(".py")
            if other.is_file():
                text = other.read_text(encoding="utf-8")
                found.update(re.findall(r"\"(--[\w-]+)\"", text))
    return found


def targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return {w for line in re.findall(r"^([\w %.-]+):(?!=)", text, re.M) for w in line.split()}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_links_and_pictures_are_there(path: Path) -> None:
    links = [a or b for a, b in _LINK.findall(path.read_text(encoding="utf-8"))]
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_commands_on_a_page_name_what_there_is(path: Path) -> None:
    for line in commands(path):
        program = _program(line)
        words = shlex.split(line.split(" #")[0].replace("...", ""))
        if program == "make":
            asked = [w for w in words[1:] if "=" not in w and not w.startswith("-")]
            assert set(asked) <= targets(), line
            continue
        file = source(program)
        if file is None:
            continue
        assert file.is_file(), f"{path.name}: {line}"
        known = known_words(file)
        for word in words:
            option = re.match(r"--[a-z][\w-]*", word)
            if option:
                negative = option[0].replace("--no-", "--")
                assert {option[0], negative} & known, f"{path.name}: {option[0]} in {line}"
        if program == "kpop-choreo":
            assert words[1].startswith("-") or words[1] in known, line
