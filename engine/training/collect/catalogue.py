"""What the project knows about each take beyond its numbers: split, kind, captions, where from.

Two tables beside this file say it: ``splits.csv`` and ``captions.csv``. Takes are written one after
the other, runs of numbered takes as ``60_01-60_15``.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.errors import ChoreoError

CMU_CREDIT = (
    "The data used in this project was obtained from mocap.cs.cmu.edu. "
    "The database was created with funding from NSF EIA-0196217."
)
CMU_LICENCE = "CMU Graphics Lab Motion Capture Database: free for all uses, raw data not for resale"
G1_CREDIT = "G1 Moves by Mitch Chaiet (experientialtech/g1-moves), CC BY 4.0"
G1_LICENCE = "CC-BY-4.0"
MESH2MOTION_CREDIT = "Mesh2Motion and Quaternius"
MESH2MOTION_LICENCE = "CC0-1.0"

SPLITS = ("train", "validation", "test", "excluded")
NO_FLOOR = frozenset({"49_21"})
"""Takes that are kept although their feet leave the floor for other things: ropes."""


@dataclass(frozen=True)
class Entry:
    """What the tables say about one take."""

    split: str
    kind: str
    """``dance`` or ``other``."""
    captions: tuple[str, ...]


def entry_of(name: str) -> Entry:
    """Looks a take up.

    Raises:
        ChoreoError: ``mocap_unknown`` for a take without a caption: nothing may slip into training
            that nobody has looked at.
    """
    described = _captions().get(name)
    if described is None:
        raise ChoreoError(
            "mocap_unknown",
            f"The take {name} is not in captions.csv.",
            "Add a row with its kind and captions, and decide about its split in splits.csv.",
        )
    kind, captions = described
    return Entry(split_of(name), kind, captions)


def split_of(name: str) -> str:
    """``train`` unless ``splits.csv`` says otherwise."""
    return _splits().get(name, "train")


def reason_of(name: str) -> str | None:
    """Why ``splits.csv`` names a take, in its words; None if it does not."""
    reasons = (row["reason"] for row in _rows("splits.csv") if name in names_in(row["takes"]))
    return next(reasons, None)


def names_in(text: str) -> list[str]:
    """Take names of a table's cell: ``"60_01-60_03 lambada"`` gives four."""
    names = []
    for word in text.split():
        first, dash, last = word.partition("-")
        start = re.fullmatch(r"(.*?)(\d+)", first)
        stop = re.fullmatch(r"(.*?)(\d+)", last)
        if not dash:
            names.append(word)
        elif start and stop and start[1] == stop[1]:
            width = len(start[2])
            numbers = range(int(start[2]), int(stop[2]) + 1)
            names += [f"{start[1]}{number:0{width}d}" for number in numbers]
        else:
            raise ValueError(f"no run of takes: {word}")
    return names


@cache
def _splits() -> dict[str, str]:
    table: dict[str, str] = {}
    for row in _rows("splits.csv"):
        for name in names_in(row["takes"]):
            if table.setdefault(name, row["split"]) != row["split"]:
                raise ValueError(f"{name} is in two splits")
    return table


@cache
def _captions() -> dict[str, tuple[str, tuple[str, ...]]]:
    table: dict[str, tuple[str, tuple[str, ...]]] = {}
    for row in _rows("captions.csv"):
        for name in names_in(row["takes"]):
            if name in table:
                raise ValueError(f"{name} is described twice")
            table[name] = (row["kind"], tuple(row["captions"].split("|")))
    return table


def _rows(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / name).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))
