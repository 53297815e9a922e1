"""The tutorial, read as instructions: what docs/start.md says is what is done.

A chapter is a heading with a number. What is done stands in its numbered lines, in the sentences of
``SENTENCES``; a name in bold that belongs to no such sentence is an error, so that the page names
nothing that nobody follows. What a picture shows is told by the comment under it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

SENTENCES = {
    "preferences": r"Choose \*Edit > Preferences > Get Extensions\*",
    "install": r"\*Install from Disk\*",
    "tab": r"choose the tab \*\*(?P<name>.+?)\*\*",
    "write": r"write `(?P<value>.+?)` in \*\*(?P<name>.+?)\*\*",
    "choose": r"Choose \*\*(?P<value>.+?)\*\* in \*\*(?P<name>.+?)\*\*",
    "tick": r"tick \*\*(?P<name>.+?)\*\*",
    "set": r"set \*\*(?P<name>.+?)\*\* to `(?P<value>.+?)`",
    "more": r"(?<=` and )\*\*(?P<name>.+?)\*\* to `(?P<value>.+?)`",
    "ghost": r"press the \*\*ghost\*\* of the first take",
    "export": r"Press \*\*(?P<name>Export Dance)\*\*, choose \*\*(?P<value>.+?)\*\*",
    "press": r"press \*\*(?P<name>.+?)\*\*",
    "again": r"and \*\*(?P<name>.+?)\*\* again",
    "open": r"open \*\*(?P<name>.+?)\*\*",
    "frame": r"go to frame `(?P<value>\d+)`",
    "turn": r"click the bone `(?P<name>.+?)`, press `R` `X` `(?P<value>.+?)` `Enter`",
    "save": r"as `(?P<value>.+?\.blend)`",
    "under": r"under \*\*(?P<name>.+?)\*\*",
    "seen": r"(?:beside|chosen in) \*\*(?P<name>.+?)\*\*",
}
"""The kinds of instructions, and how they read. ``under`` and ``seen`` only say where to look."""
SAME = {"more": "set", "again": "press"}
"""What is another way to say something."""
_ANY = re.compile(
    "|".join(
        f"(?P<{kind}>{re.sub('[?]P<', f'?P<{kind}_', text)})" for kind, text in SENTENCES.items()
    ),
    re.IGNORECASE,
)
_LINES = re.compile(
    r"^\d+\. (?P<doing>.+)$|^!\[(?P<alt>.+?)\]\((?P<path>.+?)\)$"
    r"|^<!-- shows: (?P<shows>[\w ]+) -->$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Doing:
    """One instruction: a kind of ``SENTENCES``, what it names, and what is put there."""

    kind: str
    name: str = ""
    value: str = ""
    panel: str = ""
    """Where the line says that it is; empty: anywhere."""


@dataclass(frozen=True)
class Picture:
    """A picture between two lines: its path from the page's folder, and what it shows."""

    path: str
    shows: str


@dataclass
class Chapter:
    """A numbered heading with what is done under it, in order."""

    title: str
    steps: list[Doing | Picture] = field(default_factory=list)


def read_page(path: Path) -> list[Chapter]:
    """The chapters of a page.

    Raises:
        ValueError: a line names something in bold and does not say what to do with it.
    """
    parts = re.split(r"^## (\d+\. .+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    chapters = []
    for title, text in zip(parts[1::2], parts[2::2], strict=True):
        chapter = Chapter(title)
        for line in _LINES.finditer(re.split(r"^## ", text, flags=re.MULTILINE)[0]):
            if line["doing"]:
                chapter.steps += read_line(line["doing"])
            elif line["path"]:
                chapter.steps.append(Picture(line["path"], "window"))
            else:
                last = chapter.steps.pop()
                assert isinstance(last, Picture), f"{line[0]} stands under no picture"
                chapter.steps.append(Picture(last.path, line["shows"]))
        chapters.append(chapter)
    return chapters


def read_line(line: str) -> list[Doing]:
    """The instructions of one numbered line."""
    found = list(_ANY.finditer(line))
    rest = _ANY.sub("", line)
    if "**" in rest or not found:
        raise ValueError(f"Nobody can follow: {line} (left: {rest})")
    doings, panel = [], ""
    for match in found:
        kind = next(kind for kind in SENTENCES if match[kind] is not None)
        parts = match.groupdict()
        name, value = parts.get(f"{kind}_name") or "", parts.get(f"{kind}_value") or ""
        if kind == "under":
            panel = name
        elif kind != "seen":
            doings.append(Doing(SAME.get(kind, kind), name, value))
    return [replace(doing, panel=panel) for doing in doings]
