"""Are vulnerabilities known of what the locks pin? Asks the OSV database once for all of them.

    python tools/audit.py requirements/*.txt

Ends with 1 when something is known that ``requirements/audit-exceptions.toml`` does not explain, or
whose explanation is out of date. Without a network it says loudly that nothing was checked and
ends with 0, or with 2 when ``--strict`` asks for an answer.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
EXCEPTIONS = ROOT / "requirements" / "audit-exceptions.toml"
OSV = "https://api.osv.dev"
PIN = re.compile(r"^([A-Za-z0-9][\w.\-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
TIMEOUT = 60.0


@dataclass(frozen=True, order=True)
class Pin:
    """A package that a lock pins."""

    name: str
    version: str


@dataclass(frozen=True)
class Excepted:
    """A vulnerability that does not reach us, for a reason and for a time."""

    id: str
    reason: str
    until: datetime.date


class Unreachable(Exception):
    """The database does not answer."""


def main() -> None:
    """Prints what is known; the exit code says whether that is acceptable."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("locks", nargs="+", type=Path)
    parser.add_argument("--database", default=OSV)
    parser.add_argument("--exceptions", type=Path, default=EXCEPTIONS)
    parser.add_argument("--strict", action="store_true")
    given = parser.parse_args()
    pins = read_pins(given.locks)
    try:
        known = ask(pins, given.database)
    except Unreachable as error:
        print(f"NOT AUDITED: {given.database} cannot be reached ({error}).", file=sys.stderr)
        print(f"NOT AUDITED: {len(pins)} pinned packages were not checked.", file=sys.stderr)
        sys.exit(2 if given.strict else 0)
    problems = judge(known, read_exceptions(given.exceptions), datetime.date.today())
    print("\n".join(problems) or f"{len(pins)} pinned packages, nothing known against them")
    sys.exit(1 if problems else 0)


def read_pins(locks: Iterable[Path]) -> list[Pin]:
    """All pins of the locks, each once."""
    texts = [path.read_text(encoding="utf-8") for path in locks]
    return sorted(
        {
            Pin(re.sub(r"[-_.]+", "-", name).lower(), version.split("+")[0])
            for text in texts
            for name, version in PIN.findall(text)
        }
    )


def read_exceptions(path: Path) -> dict[str, Excepted]:
    """Exceptions by the vulnerability's id, as ``[[exception]]`` tables."""
    if not path.is_file():
        return {}
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("exception", [])
    return {row["id"]: Excepted(row["id"], row["reason"], row["until"]) for row in rows}


def ask(pins: list[Pin], database: str) -> dict[Pin, list[str]]:
    """Ids of what is known against each pin, those against which something is.

    Raises:
        Unreachable: there is no answer, or none that can be read.
    """
    queries = [
        {"package": {"name": pin.name, "ecosystem": "PyPI"}, "version": pin.version} for pin in pins
    ]
    body = json.dumps({"queries": queries}).encode()
    request = urllib.request.Request(
        f"{database}/v1/querybatch", body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            rows: list[dict[str, Any]] = json.load(answer)["results"]
        found = {
            pin: [str(told["id"]) for told in row.get("vulns", [])]
            for pin, row in zip(pins, rows, strict=True)
        }
    except urllib.error.URLError as error:
        raise Unreachable(str(error.reason)) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreachable(type(error).__name__) from error
    return {pin: ids for pin, ids in found.items() if ids}


def judge(
    known: dict[Pin, list[str]], excepted: dict[str, Excepted], today: datetime.date
) -> list[str]:
    """A line for everything that has to be done."""
    problems = []
    for pin, ids in sorted(known.items()):
        for one in ids:
            told = excepted.get(one)
            if told is None:
                problems.append(f"{pin.name} {pin.version}: {one}, see https://osv.dev/{one}")
            elif told.until < today:
                problems.append(f"{pin.name} {pin.version}: {one} was excepted until {told.until}")
    there = {one for ids in known.values() for one in ids}
    problems += [
        f"{one}: excepted, and no longer known of any pin" for one in excepted if one not in there
    ]
    return problems


if __name__ == "__main__":
    main()
