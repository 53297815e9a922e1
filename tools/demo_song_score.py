"""The score of the demo song: bars, chords, drum patterns and tunes, on a grid of sixteenths."""

from __future__ import annotations

BPM = 124.0
FIRST_DOWNBEAT = 0.25
"""Seconds of the song at which the first bar begins."""
RING = 2.2
"""Seconds from the final hit to the end."""
SECTIONS = (
    ("intro", 2),
    ("verse", 4),
    ("pre-chorus", 4),
    ("chorus", 4),
    ("dance break", 4),
    ("chorus", 4),
)

Note = tuple[float, float, int]
"""Sixteenth within the section, length in sixteenths, MIDI note."""

CHORDS: dict[str, tuple[int, ...]] = {
    "Am": (57, 60, 64, 71),
    "F": (53, 60, 64, 69),
    "C": (55, 60, 64, 67),
    "G": (55, 59, 62, 69),
    "Dm": (57, 60, 62, 65),
    "Em": (55, 59, 64, 67),
}
ROOTS = {"Am": 33, "F": 29, "C": 36, "G": 31, "Dm": 38, "Em": 28}
VERSE_CHORDS = ("Am", "F", "C", "G")
RISE_CHORDS = ("Dm", "Em", "F", "G")
CHORUS_CHORDS = ("F", "G", "Em", "Am")
BREAK_CHORDS = ("Am", "Am", "F", "G")

DRUMS: dict[str, dict[str, str]] = {
    # Sixteenths of one bar: X loud, x normal, . nothing.
    "verse": {"kick": "X.....x.X.......", "clap": "....X.......X...", "hat": "x.x.x.x.x.x.x.xx"},
    "pre-chorus": {
        "kick": "X...X...X...X...",
        "clap": "....X.......X...",
        "hat": "x.x.x.x.x.x.x.x.",
    },
    "chorus": {
        "kick": "X...X...X...X...",
        "clap": "....X.......X...",
        "snare": "....X.......X..x",
        "hat": "x.xxx.xxx.xxx.xx",
        "open": "..X...X...X...X.",
    },
    "dance break": {
        "kick": "X..x..x.X...x...",
        "clap": "....X.......X...",
        "snare": "....x.......X.xx",
        "hat": "xxx.xxx.xxx.xxxx",
    },
}
HOOK: tuple[Note, ...] = (
    *((0, 3, 69), (3, 3, 72), (6, 2, 76), (8, 2, 74), (10, 2, 72), (12, 3, 69)),
    *((16, 3, 71), (19, 3, 74), (22, 2, 79), (24, 2, 76), (26, 2, 74), (28, 3, 71)),
    *((32, 3, 67), (35, 3, 71), (38, 2, 76), (40, 2, 74), (42, 2, 76), (44, 3, 79)),
    *((48, 5, 81), (54, 2, 76), (56, 2, 72), (58, 2, 74), (60, 1, 72), (61, 3, 69)),
)
VERSE_TUNE: tuple[Note, ...] = (
    *((2, 1, 64), (4, 2, 64), (6, 2, 62), (8, 2, 60), (11, 3, 57)),
    *((18, 1, 60), (20, 2, 60), (22, 2, 57), (24, 2, 55), (27, 3, 57)),
    *((34, 1, 64), (36, 2, 64), (38, 2, 67), (40, 2, 64), (43, 3, 62)),
    *((50, 1, 62), (52, 2, 62), (54, 2, 59), (56, 2, 62), (59, 4, 67)),
)
RISE_TUNE: tuple[Note, ...] = (
    *((0, 6, 62), (6, 2, 64), (8, 6, 65), (14, 2, 64)),
    *((16, 6, 64), (22, 2, 65), (24, 6, 67), (30, 2, 65)),
    *((32, 6, 65), (38, 2, 67), (40, 6, 69), (46, 2, 71)),
    *((48, 6, 71), (54, 2, 72), (56, 4, 74)),
)
ANSWERS: tuple[tuple[float, float, int, str], ...] = (
    *((14, 2, 76, "e"), (30, 2, 74, "a"), (46, 2, 76, "e")),
    *((59, 1, 76, "o"), (60, 1, 76, "a"), (62, 2, 81, "a")),
)
BREAK_BASS: tuple[Note, ...] = (
    *((0, 2, 33), (3, 1, 33), (6, 2, 36), (8, 2, 33), (11, 1, 31), (12, 2, 33), (14, 2, 40)),
    *((16, 2, 33), (19, 1, 33), (22, 2, 36), (24, 2, 38), (27, 1, 36), (28, 2, 33), (30, 2, 31)),
    *((32, 2, 29), (35, 1, 29), (38, 2, 33), (40, 2, 29), (43, 1, 33), (44, 2, 29), (46, 2, 36)),
    *((48, 2, 31), (51, 1, 31), (54, 2, 35), (56, 2, 31), (58, 2, 35), (60, 2, 38), (62, 2, 43)),
)
STABS = (0, 3, 6, 16, 19, 22, 32, 35, 38, 48, 51, 54, 56)
