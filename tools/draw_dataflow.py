"""Draws how a song and a sentence become keys: docs/images/dataflow.svg.

    python tools/draw_dataflow.py

Boxes are rows of the tables below; each stands where its column and row say, and is joined to the
boxes that it names. The picture needs no fonts and no scripts.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

TARGET = Path(__file__).parents[1] / "docs" / "images" / "dataflow.svg"
WIDTH, HEIGHT = 150, 58
"""Of a box."""
COLUMN, ROW = 178, 92
LEFT, TOP = 24, 62
FILLS = {"given": "#f3e8ff", "engine": "#dbeafe", "addon": "#dcfce7", "file": "#fef3c7"}


@dataclass(frozen=True)
class Box:
    """What is done, where in the code, and whose results it takes."""

    title: str
    where: str
    kind: str
    column: int
    row: float
    takes: tuple[str, ...] = ()


BOXES = (
    Box("song", "wav mp3 ogg flac m4a", "given", 0, 0),
    Box("words, style, sliders", "English, Korean", "given", 0, 0.85),
    Box("seed, pins, a part", "what directing adds", "given", 0, 1.7),
    Box("hear", "engine/audio", "engine", 1, 0, ("song",)),
    Box("understand", "choreography/lexicon", "engine", 1, 0.85, ("words, style, sliders",)),
    Box("plan", "engine/choreography", "engine", 2, 0.5, ("hear", "understand")),
    Box("mark the moves", "engine/vocabulary", "engine", 3, 0.5, ("plan",)),
    Box("denoise", "windows, engine/model", "engine", 4, 0.5, ("mark the moves",)),
    Box("lock to the beat", "engine/sync.py", "engine", 5, 0.5, ("denoise",)),
    Box("clean the feet", "engine/cleanup.py", "engine", 5, 1.5, ("lock to the beat",)),
    Box("clip.npz", "engine/CONTRACT.md", "file", 5, 2.85, ("clean the feet",)),
    Box("read, check", "core/clip.py", "addon", 4, 2.85, ("clip.npz",)),
    Box("recognise the rig", "core/humanoid.py", "addon", 4, 3.85),
    Box("retarget", "core/retarget.py", "addon", 3, 2.85, ("read, check", "recognise the rig")),
    Box("feet, touches, hands", "core/contact.py", "addon", 2, 2.85, ("retarget",)),
    Box("keys, markers, sound", "scene/apply.py", "addon", 1, 2.85, ("feet, touches, hands",)),
    Box("take on the armature", "scene/takes.py", "addon", 1, 3.85, ("keys, markers, sound",)),
    Box(
        "FBX, glTF, BVH, VRMA", "scene/export_dance.py", "addon", 0, 2.85, ("keys, markers, sound",)
    ),
)
ALSO = (("seed, pins, a part", "denoise"),)
"""Arrows beside those that the boxes name, drawn around the others."""
FRAMES = (
    ("ENGINE  python -m engine serve: never imports bpy", 1, -0.42, 5, 2.2),
    ("BLENDER  kpop_choreo_addon: never imports torch or engine", 0, 2.46, 4, 4.55),
)


def main() -> None:
    """Writes the picture."""
    places = {box.title: box for box in BOXES}
    width, height = LEFT * 2 + 5 * COLUMN + WIDTH, round(TOP + 4.6 * ROW)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="Helvetica, Arial, sans-serif">',
        '<defs><marker id="tip" markerWidth="9" markerHeight="9" refX="8" refY="4.5" '
        'orient="auto"><path d="M0,1 L9,4.5 L0,8 z" fill="#475569"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#ffffff" rx="8"/>',
        *(_frame(*frame) for frame in FRAMES),
        *(_arrow(places[taken], box) for box in BOXES for taken in box.takes),
        *(_around(places[start], places[end]) for start, end in ALSO),
        *(_box(box) for box in BOXES),
        "</svg>",
    ]
    TARGET.write_text("\n".join(parts) + "\n", encoding="utf-8")
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


def _corner(column: float, row: float) -> tuple[float, float]:
    return LEFT + column * COLUMN, TOP + row * ROW


def _frame(title: str, first: int, top: float, last: int, bottom: float) -> str:
    left, y = _corner(first, top)
    right, end = _corner(last, bottom)
    return (
        f'<rect x="{left - 14}" y="{y}" width="{right + WIDTH - left + 28}" height="{end - y:.0f}" '
        'fill="#f8fafc" stroke="#94a3b8" stroke-dasharray="5 4" rx="10"/>'
        f'<text x="{left}" y="{y + 20:.0f}" font-size="12" fill="#475569">{escape(title)}</text>'
    )


def _box(box: Box) -> str:
    x, y = _corner(box.column, box.row)
    middle = x + WIDTH / 2
    return (
        f'<rect x="{x}" y="{y:.0f}" width="{WIDTH}" height="{HEIGHT}" rx="8" '
        f'fill="{FILLS[box.kind]}" stroke="#334155"/>'
        f'<text x="{middle}" y="{y + 25:.0f}" font-size="12" font-weight="bold" fill="#0f172a" '
        f'text-anchor="middle">{escape(box.title)}</text>'
        f'<text x="{middle}" y="{y + 43:.0f}" font-size="11" fill="#334155" '
        f'text-anchor="middle">{escape(box.where)}</text>'
    )


def _arrow(start: Box, end: Box) -> str:
    """From the side that faces the other box to the side that faces back."""
    (ax, ay), (bx, by) = _corner(start.column, start.row), _corner(end.column, end.row)
    if start.column == end.column:
        down = by > ay
        x = ax + WIDTH / 2
        return _path([(x, ay + (HEIGHT if down else 0)), (x, by + (0 if down else HEIGHT))])
    right = bx > ax
    points = [(ax + (WIDTH if right else 0), ay + HEIGHT / 2)]
    return _path([*points, (bx + (0 if right else WIDTH), by + HEIGHT / 2)])


def _around(start: Box, end: Box) -> str:
    (ax, ay), (bx, by) = _corner(start.column, start.row), _corner(end.column, end.row)
    y, x = ay + HEIGHT / 2, bx + WIDTH / 2
    return _path([(ax + WIDTH, y), (x, y), (x, by + HEIGHT)])


def _path(points: list[tuple[float, float]]) -> str:
    line = " L".join(f"{x:.0f},{y:.0f}" for x, y in points)
    drawn = 'fill="none" stroke="#475569" stroke-width="1.6" marker-end="url(#tip)"'
    return f'<path d="M{line}" {drawn}/>'


if __name__ == "__main__":
    main()
