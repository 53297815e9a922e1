"""Patterns of drums, bass and chords, one character a step; x is loud, o soft or short."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pattern:
    """One bar of a groove."""

    beats: int
    """Beats a bar, as a dancer counts them."""
    kick: str
    snare: str
    hat: str
    bass: str
    chords: str
    rim: str = ""
    open: str = ""

    def drums(self, label: str) -> dict[str, str]:
        """The drums of a section: fewer in intro and outro, half as fast in a break."""
        played = {"kick": self.kick, "snare": self.snare, "hat": self.hat}
        played |= {"rim": self.rim, "open": self.open}
        if label in ("intro", "outro"):
            played = {"hat": self.hat, "open": self.open, "rim": self.rim}
        if label == "break" and len(self.kick) == 16:
            played = {
                "kick": "x.........x.....",
                "snare": "........x.......",
                "hat": "x...x...x...x...",
            }
        return {name: marks for name, marks in played.items() if marks}


FORM = (("intro", 4), ("verse", 8), ("chorus", 8), ("verse", 8), ("chorus", 8), ("outro", 4))
CHORDS = {
    "intro": (0, -4, 3, -2),
    "verse": (0, -4, 3, -2),
    "chorus": (-4, -2, 0, 3),
    "break": (0, 0, -4, -2),
    "outro": (0, -4, 3, -2),
}
"""Semitones of the chord's root above the tonic, bar by bar."""

BARS = {
    "floor": Pattern(
        4,
        kick="x...x...x...x...",
        snare="....x.......x...",
        hat="",
        open="..x...x...x...x.",
        bass="..x...x...x...x.",
        chords="o..o..o.o..o..o.",
    ),
    "rock": Pattern(
        4,
        kick="x.......x.x.....",
        snare="....x.......x...",
        hat="x.o.x.o.x.o.x.o.",
        bass="x.x.x.x.x.x.x.x.",
        chords="x...............",
    ),
    "funk": Pattern(
        4,
        kick="x.....x...x..x..",
        snare="....x..o.o..x..o",
        hat="xoxoxoxoxoxoxoxo",
        bass="x..x..x...x..x..",
        chords="....o..o....o...",
    ),
    "trap": Pattern(
        4,
        kick="x.....x...x.....",
        snare="........x.......",
        hat="x.x.x.x.x.xxx.x.",
        bass="x.....x...x.....",
        chords="x...............",
    ),
    "dembow": Pattern(
        4,
        kick="x...x...x...x...",
        snare="...x..x....x..x.",
        hat="o.o.o.o.o.o.o.o.",
        bass="x..x..x.x..x..x.",
        chords="x...............",
    ),
    "breakbeat": Pattern(
        4,
        kick="x.........x.....",
        snare="....x.......x...",
        hat="x.x.x.x.x.x.x.x.",
        bass="x.........x.....",
        chords="x...............",
    ),
    "ballad": Pattern(
        4,
        kick="x.......o.......",
        snare="",
        rim="....o.......o...",
        hat="",
        bass="x.......x.......",
        chords="o...o...o...o...",
    ),
    "sparse": Pattern(
        4,
        kick="x...............",
        snare="........x.......",
        hat="",
        bass="x...............",
        chords="o.o.o.o.o.o.o.o.",
    ),
    "punk": Pattern(
        4,
        kick="x...x.x.x...x.x.",
        snare="....x.......x...",
        hat="x...x...x...x...",
        bass="x.x.x.x.x.x.x.x.",
        chords="o.o.o.o.o.o.o.o.",
    ),
    "waltz": Pattern(
        3,
        kick="x...........",
        snare="....o...o...",
        hat="x.o.x.o.x.o.",
        bass="x...........",
        chords="x...o...o...",
    ),
    "slow three": Pattern(
        3,
        kick="x.....o.....",
        snare="........x...",
        hat="x.x.x.x.x.x.",
        bass="x.....x.....",
        chords="x...........",
    ),
    "six eight": Pattern(
        2,
        kick="x....o",
        snare="...x..",
        hat="xoxxox",
        bass="x..x.x",
        chords="x.....",
    ),
}
