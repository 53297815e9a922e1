"""What came in, how much of it, how good it is, and what was left out: tables and a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.training.collect.quality import Figures

QUALITY = (
    ("leg_degrees", "leg deg", 1.0),
    ("arm_degrees", "arm deg", 1.0),
    ("position_error", "err mm", 1000.0),
    ("body_error", "body mm", 1000.0),
    ("swapped_error", "swap mm", 1000.0),
    ("ball_low", "ball p1 mm", 1000.0),
    ("planted_share", "on floor", 1.0),
    ("slide", "slide m/s", 1.0),
    ("source_slide", "its own", 1.0),
    ("knee_off_axis", "knee off", 1.0),
    ("elbow_off_axis", "elbow off", 1.0),
    ("mean_speed", "speed", 1.0),
    ("raw_mean_speed", "raw", 1.0),
    ("body_speed", "ours", 1.0),
    ("mean_acceleration", "accel", 1.0),
    ("raw_mean_acceleration", "raw", 1.0),
    ("body_acceleration", "ours", 1.0),
)
"""Figure, heading, factor. Means over takes, weighted by their length."""


def totals_of(figures: list[Figures]) -> list[dict[str, Any]]:
    """For each source, split and kind: takes, minutes, and mean figures."""
    groups: dict[tuple[str, str, str], list[Figures]] = {}
    for row in figures:
        groups.setdefault((row.source, row.split, row.kind), []).append(row)
    return [
        {
            "source": source,
            "split": split,
            "kind": kind,
            "takes": len(rows),
            "minutes": round(sum(row.seconds for row in rows) / 60, 2),
        }
        | {name: _weighted(rows, name) for name, _, _ in QUALITY}
        for (source, split, kind), rows in sorted(groups.items())
    ]


def table_of(figures: list[Figures]) -> str:
    """The totals as text."""
    head = ["source", "split", "kind", "takes", "min"] + [title for _, title, _ in QUALITY]
    lines = [head]
    for row in totals_of(figures):
        cells = [
            row["source"],
            row["split"],
            row["kind"],
            str(row["takes"]),
            f"{row['minutes']:.1f}",
        ]
        for name, _, factor in QUALITY:
            value = row[name]
            cells.append("-" if value is None else f"{value * factor:.3g}")
        lines.append(cells)
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def minutes_by(figures: list[Figures], *keys: str) -> list[dict[str, Any]]:
    """Takes and minutes of every combination of the figures ``keys``, sorted by it."""
    groups: dict[tuple[str, ...], list[float]] = {}
    for row in figures:
        groups.setdefault(tuple(str(getattr(row, key)) for key in keys), []).append(row.seconds)
    return [
        dict(zip(keys, group, strict=True))
        | {"takes": len(seconds), "minutes": round(sum(seconds) / 60, 2)}
        for group, seconds in sorted(groups.items())
    ]


def page_of(figures: list[Figures], plots: list[str], remarks: list[str]) -> str:
    """The report as Markdown.

    Args:
        plots: addresses of pictures.
        remarks: sentences about what could not be read at all.
    """
    used = [row for row in figures if row.left_out is None]
    left_out = [row for row in figures if row.left_out is not None]
    seconds = sum(row.seconds for row in used)
    parts = [
        "# The data set",
        f"{len(used)} takes, {seconds / 60:.1f} minutes; {len(left_out)} more are left out.",
        *remarks,
        "## By source",
        _markdown(minutes_by(used, "source", "kind", "split")),
        "## By split",
        _markdown(minutes_by(used, "kind", "split")),
        "## By licence",
        _markdown(minutes_by(used, "licence")),
        "## Left out",
        _markdown(minutes_by(left_out, "source", "left_out")) if left_out else "Nothing.",
        *(f"![{Path(plot).stem}]({plot})" for plot in plots),
        "## Quality",
        f"```\n{table_of(figures)}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _markdown(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "Nothing."
    lines = [[key.replace("_", " ") for key in rows[0]], ["---"] * len(rows[0])]
    lines += [
        [f"{value:.1f}" if isinstance(value, float) else str(value) for value in row.values()]
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _weighted(rows: list[Figures], name: str) -> float | None:
    known = [(getattr(row, name), row.seconds) for row in rows if getattr(row, name) is not None]
    if not known:
        return None
    values, weights = np.array(known).T
    return round(float(np.average(values, weights=np.maximum(weights, 1e-3))), 5)
