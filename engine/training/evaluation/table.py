"""One line of the evaluation: a figure, its controls, what was asked of it, reached or not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """A figure that never stands alone."""

    part: str
    what: str
    figure: float
    """NaN where it could not be measured; then nothing is reached."""
    target: str
    """In words and numbers; empty for a line that only informs."""
    reached: bool | None
    """None for a line that only informs."""
    controls: dict[str, float] = field(default_factory=dict)
    """What chance, real dance or a dance that must fail would give, by name."""
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; a figure that could not be measured is null."""
        return {
            "part": self.part,
            "what": self.what,
            "figure": _number(self.figure),
            "controls": {name: _number(value) for name, value in self.controls.items()},
            "target": self.target,
            "reached": self.reached,
            "note": self.note,
        }


def at_least(
    part: str,
    what: str,
    figure: float,
    bound: float,
    controls: dict[str, float] | None = None,
    note: str = "",
) -> Row:
    """A row that is reached from ``bound`` upwards."""
    return Row(part, what, figure, f">= {_show(bound)}", figure >= bound, controls or {}, note)


def at_most(
    part: str,
    what: str,
    figure: float,
    bound: float,
    controls: dict[str, float] | None = None,
    note: str = "",
) -> Row:
    """A row that is reached up to ``bound``."""
    return Row(part, what, figure, f"<= {_show(bound)}", figure <= bound, controls or {}, note)


def within(
    part: str,
    what: str,
    figure: float,
    bounds: tuple[float, float],
    controls: dict[str, float] | None = None,
    note: str = "",
) -> Row:
    """A row that is reached between two bounds."""
    low, high = bounds
    target = f"{_show(low)} to {_show(high)}"
    return Row(part, what, figure, target, low <= figure <= high, controls or {}, note)


def informs(
    part: str, what: str, figure: float, controls: dict[str, float] | None = None, note: str = ""
) -> Row:
    """A row of which nothing was asked."""
    return Row(part, what, figure, "", None, controls or {}, note)


def plain(rows: Iterable[Row]) -> str:
    """The rows as text for a terminal."""
    lines, part = [], ""
    for row in rows:
        if row.part != part:
            part = row.part
            lines.append(f"\n{part}")
        lines.append(
            f"  {row.what:<62} {_show(row.figure):>9}  {row.target or '-':<14}"
            f" {_word(row.reached):<12} {_controls(row)}"
        )
        if row.note:
            lines.append(f"      {row.note}")
    return "\n".join(lines)


def markdown(rows: Iterable[Row]) -> str:
    """The rows as a table for a model card."""
    lines = [
        "| | what | figure | control | target | reached |",
        "|---|---|---|---|---|---|",
    ]
    part = ""
    for row in rows:
        first = "" if row.part == part else row.part
        part = row.part
        what = f"{row.what} ({row.note})" if row.note else row.what
        cells = (first, what, _show(row.figure), _controls(row), row.target, _word(row.reached))
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines)


def _controls(row: Row) -> str:
    return "; ".join(f"{name} {_show(value)}" for name, value in row.controls.items())


def _word(reached: bool | None) -> str:
    return "" if reached is None else "reached" if reached else "not reached"


def _show(value: float) -> str:
    if not math.isfinite(value):
        return "-" if math.isnan(value) else "inf"
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) < 0.1 else f"{value:.2f}"


def _number(value: float) -> float | None:
    return round(float(value), 5) if math.isfinite(value) else None
