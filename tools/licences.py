"""Every wheel, library, model, song and data set with its licence: ``make licences``.

    python tools/licences.py            # writes docs/licences.md
    python tools/licences.py --check    # only says whether it is as it would be written

Wheels say their licence in their METADATA, tools/licences.toml what that leaves open and which
licences go together with GPL-3.0-or-later, and kpop_choreo_addon/core/credits.toml the rest.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.utils import canonicalize_name, parse_wheel_filename
from zip_targets import RELEASES, SYSTEMS, Target, find_target
from zip_wheels import fetch_wheels

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT))

from kpop_choreo_addon.core.credits import Work, read_works  # noqa: E402

PAGE = ROOT / "docs" / "licences.md"
TABLE: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
BINARY = re.compile(r"(\.libs|\.dylibs|/capi)/[^/]+$|\.(dll|dylib)$")
"""Libraries in wheels, apart from Python's own modules."""
WORKS = re.compile(r"\.(ogg|wav|mp3|flac|onnx|safetensors|npz|ttf|otf|woff2?|blend|glb|fbx|bvh)$")
"""Files of the project that are models, songs, fonts, shapes or motion."""


@dataclass(frozen=True)
class Part:
    """A wheel, or something in one."""

    what: str
    licence: str
    source: str
    wheel: str = ""
    version: str = ""


Parts = dict[Part, list[str]]
"""And the zips that have it."""


def parts_of(target: Target, wheels: Iterable[Path]) -> Iterator[Part]:
    """The wheels of one zip and the libraries in them; unknown ones have no licence."""
    for path in wheels:
        name, version = (str(part) for part in parse_wheel_filename(path.name)[:2])
        with zipfile.ZipFile(path) as wheel:
            files = wheel.namelist()
            (told,) = (file for file in files if file.endswith(".dist-info/METADATA"))
            metadata = BytesParser().parsebytes(wheel.read(told))
        yield Part(name, licence_of(metadata), homepage(metadata), version=version)
        yield from (
            Part(entry["what"], entry["licence"], entry["source"], name)
            for entry in TABLE["linked"]
            if entry["wheel"] == name
        )
        for file in files:
            if BINARY.search(file) and not file.endswith((".py", ".pyi", ".pyd")):
                yield _library(PurePosixPath(file).name, name)


def _library(file: str, wheel: str) -> Part:
    """The library that a file in a wheel is."""
    for entry in TABLE["library"]:
        if any(fnmatch(file, pattern) for pattern in entry["files"]):
            return Part(entry["what"], entry["licence"], entry["source"], wheel)
    return Part(file, "", "", wheel)


def licence_of(metadata: Message) -> str:
    """A wheel's licence as SPDX has it; empty where neither it nor our table says."""
    override = TABLE["wheels"].get(canonicalize_name(str(metadata["Name"])))
    if override:
        return str(override["licence"])
    if metadata["License-Expression"]:
        return str(metadata["License-Expression"])
    for classifier in metadata.get_all("Classifier", []):
        known = TABLE["classifiers"].get(str(classifier).rpartition(" :: ")[2])
        if known:
            return str(known)
    return ""


def homepage(metadata: Message) -> str:
    """Where a wheel's source is."""
    links = dict(str(link).split(", ", 1) for link in metadata.get_all("Project-URL", []))
    named = {name.lower(): link for name, link in links.items()}
    for name in ("source", "source code", "repository", "homepage", "github"):
        if name in named:
            return named[name]
    return str(metadata["Home-page"] or next(iter(links.values()), ""))


def problems(parts: Iterable[Part], works: Iterable[Work]) -> list[str]:
    """A sentence for everything without a licence, or with one that does not fit GPL-3."""
    found = []
    for part in parts:
        where = f"{part.what} (in the wheel of {part.wheel})" if part.wheel else part.what
        found += _judge(where, part.licence, False)
    for work in works:
        found += _judge(work.title, work.licence, not work.in_zip)
    return list(dict.fromkeys(found))


def _judge(what: str, licence: str, apart: bool) -> list[str]:
    if not licence:
        return [f"{what} has no licence: add it to tools/licences.toml."]
    if fits(licence) or (apart and licence in TABLE["learned_from"]):
        return []
    return [f"{what} is {licence}, which does not go together with GPL-3.0-or-later."]


def fits(licence: str) -> bool:
    """Whether an SPDX expression goes together with GPL-3.0-or-later; AND binds before OR."""
    if licence in TABLE["compatible"]:
        return True
    for word, enough in ((" OR ", any), (" AND ", all)):
        parts = _split(licence, word)
        if len(parts) > 1:
            return enough(fits(part) for part in parts)
    return licence.startswith("(") and fits(licence[1:-1])


def _split(text: str, word: str) -> list[str]:
    """Splits where ``word`` stands outside brackets."""
    parts = [""]
    for piece in text.split(word):
        open_brackets = parts[-1].count("(") > parts[-1].count(")")
        parts[-1:] = [parts[-1] + word + piece] if open_brackets else [parts[-1], piece]
    return parts[1:]


def uncredited(files: Iterable[str], works: Iterable[Work]) -> list[str]:
    """Models, songs, fonts and motion of the project that no credit names."""
    patterns = [pattern for work in works for pattern in work.files]
    return [
        f"{file} has no entry in kpop_choreo_addon/core/credits.toml."
        for file in files
        if WORKS.search(file) and not any(fnmatch(file, pattern) for pattern in patterns)
    ]


def credits_file(target: Target, wheels: list[Path]) -> str:
    """CREDITS.md of one zip; a licence that does not fit ends the program."""
    parts = list(dict.fromkeys(parts_of(target, wheels)))
    stop(problems(parts, read_works()))
    lines = _tables({part: [] for part in parts}, False)
    return "\n".join(["# Credits and licences", "", *lines])


def stop(told: list[str]) -> None:
    """Ends the program with these sentences, if there are any."""
    if told:
        sys.exit("\n".join(told))


def page(parts: Parts) -> str:
    """docs/licences.md."""
    head = [
        "# Licences",
        "",
        "K-Pop Choreo is GPL-3.0-or-later, and all that its zips hold goes together with that.",
        "`make licences` writes this page and fails on anything that does not, or has no licence.",
        "Dances that you make with it are yours; none of these licences covers them.",
        "No fonts are in it.",
        "",
    ]
    return "\n".join([*head, *_tables(parts, True)])


def _tables(parts: Parts, zips: bool) -> list[str]:
    lines = ["## Works", ""]
    lines += _table(
        "what | title | by | licence | in the zip",
        (
            [work.part, _linked(work.title, work.link), work.by, work.terms, _yes(work.in_zip)]
            for work in read_works()
        ),
    )
    lines += [f"{work.title}: {work.note}\n" for work in read_works() if work.note]
    where = " | zips" if zips else ""
    lines += ["## Wheels", "", "Python packages, unmodified; each carries its licence's text.", ""]
    ordered = sorted(parts.items(), key=lambda item: (item[0].wheel, item[0].what.lower()))
    lines += _table(
        f"package | version | licence | source{where}",
        (
            [part.what, part.version, part.licence, part.source, *_where(names, zips)]
            for part, names in ordered
            if not part.wheel
        ),
    )
    lines += ["## In the wheels", ""]
    lines += _table(
        f"wheel | library | licence | source{where}",
        (
            [part.wheel, part.what, part.licence, part.source, *_where(names, zips)]
            for part, names in ordered
            if part.wheel
        ),
    )
    return lines


def _table(head: str, rows: Iterable[list[str]]) -> list[str]:
    rule = "|".join("---" for _ in head.split(" | "))
    return [f"| {head} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows), ""]


def _linked(text: str, link: str) -> str:
    return f"[{text}]({link})" if link else text


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _where(names: list[str], shown: bool) -> list[str]:
    every = len(names) == len(SYSTEMS) * len(RELEASES)
    return ["all" if every else ", ".join(names)] if shown else []


def main() -> None:
    """Fetches the wheels of all zips, judges, and writes or compares the page."""
    parts: Parts = {}
    for system in SYSTEMS:
        for python in RELEASES:
            target = find_target(system, python, False)
            lock = ROOT / "requirements" / "engine.txt"
            wheels = fetch_wheels(target, lock, ROOT / ".cache" / "wheels")
            for part in dict.fromkeys(parts_of(target, wheels)):
                parts.setdefault(part, []).append(f"{system} {python}")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    stop([*problems(parts, read_works()), *uncredited(listed.stdout.splitlines(), read_works())])
    text = page(parts)
    if "--check" in sys.argv[1:]:
        stop([] if PAGE.read_text("utf-8") == text else [f"{PAGE} is old: run 'make licences'."])
    else:
        PAGE.write_text(text, encoding="utf-8")
    print(f"{len(parts)} wheels and libraries, {len(read_works())} works: all go with GPL-3.")


if __name__ == "__main__":
    main()
