"""Editing the sections of a heard song; each edit names all sections anew.

A section begins on a bar. Sections that have the same label are the same music to the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import ChoreoError

Rows = list[dict[str, Any]]
"""Each with ``start`` (seconds of the song) and ``label``: as in a correction."""


def rows_of(analysis: Mapping[str, Any]) -> Rows:
    """The sections as they are."""
    found = analysis.get("sections") or []
    return [{"start": float(row["start"]), "label": str(row["label"])} for row in found]


def renamed(analysis: Mapping[str, Any], index: int, label: str) -> Rows:
    """Section ``index`` with another label."""
    rows, row = _row(analysis, index)
    row["label"] = _label(label)
    return rows


def moved(analysis: Mapping[str, Any], index: int, seconds: float) -> Rows:
    """Section ``index`` begins on the bar nearest to ``seconds``, between its neighbours."""
    rows, row = _row(analysis, index)
    if index == 0:
        raise _refused(
            "The first section begins with the song.", "Move the start of another section."
        )
    start = nearest_bar(analysis, seconds)
    after = rows[index + 1]["start"] if index + 1 < len(rows) else _end(analysis)
    if not rows[index - 1]["start"] < start < after:
        raise _refused(
            f"The {row['label']} cannot begin before its neighbour begins or after it ends.",
            "Move the playhead between the sections beside it.",
        )
    row["start"] = start
    return rows


def added(analysis: Mapping[str, Any], seconds: float, label: str) -> Rows:
    """A new section from the bar nearest to ``seconds``; the one that was there ends there."""
    rows, start = rows_of(analysis), nearest_bar(analysis, seconds)
    if not start < _end(analysis):
        raise _refused("The song has ended there.", "Move the playhead into the song.")
    if any(abs(row["start"] - start) < 1e-3 for row in rows):
        raise _refused(
            "A section begins on that bar already.", "Rename it, or move the playhead a bar."
        )
    return sorted([*rows, {"start": start, "label": _label(label)}], key=lambda row: row["start"])


def removed(analysis: Mapping[str, Any], index: int) -> Rows:
    """Without section ``index``: the one before it goes on, or the next begins earlier."""
    rows, _ = _row(analysis, index)
    if len(rows) == 1:
        raise _refused("A song has at least one section.", "Rename this one.")
    del rows[index]
    return rows


def bars_in(analysis: Mapping[str, Any], section: Mapping[str, Any]) -> int:
    """How many bars begin within a section."""
    start, end = float(section["start"]) - 1e-3, float(section["end"]) - 1e-3
    return sum(start <= float(bar) < end for bar in analysis.get("downbeats") or [])


def nearest_bar(analysis: Mapping[str, Any], seconds: float) -> float:
    """The first beat of the bar that begins nearest to ``seconds``."""
    bars = [float(bar) for bar in analysis.get("downbeats") or []]
    if not bars:
        raise _refused("No bars are known in this song.", "Tap the tempo first.")
    return min(bars, key=lambda bar: abs(bar - seconds))


def _row(analysis: Mapping[str, Any], index: int) -> tuple[Rows, dict[str, Any]]:
    rows = rows_of(analysis)
    if not 0 <= index < len(rows):
        raise _refused(
            f"There is no section {index}.",
            f"This song has {len(rows)}, counted from 0.",
        )
    return rows, rows[index]


def _label(label: str) -> str:
    if not label.strip():
        raise _refused("A section needs a name.", "Choose one from the list.")
    return label.strip()[:40]


def _end(analysis: Mapping[str, Any]) -> float:
    found = analysis.get("sections") or []
    return float(found[-1]["end"]) if found else float(analysis.get("duration", 0.0))


def _refused(message: str, remedy: str) -> ChoreoError:
    return ChoreoError("correction_refused", message, remedy)
