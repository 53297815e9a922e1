"""Breaks sentences into lines by how wide letters are."""

from __future__ import annotations

import unicodedata


def wide(text: str) -> int:
    """Columns that ``text`` takes: Hangul and its like take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def broken(text: str, columns: int) -> list[str]:
    """Lines of at most ``columns``, broken between words, and within those that are longer."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        rest = word
        while rest:
            joined = f"{line} {rest}" if line else rest
            if wide(joined) <= columns:
                line, rest = joined, ""
            elif line:
                lines.append(line)
                line = ""
            else:
                fits = next(
                    n for n in range(len(rest), 0, -1) if n == 1 or wide(rest[:n]) <= columns
                )
                lines.append(rest[:fits])
                rest = rest[fits:]
    return [*lines, line] if line else lines
