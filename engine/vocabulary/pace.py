"""How lively each move is: the mean speed of the limbs when it is danced as written.

    python -m engine.vocabulary.pace        # measures all moves anew, writes pace.json

The choreographer takes lively moves where the energy is high and calm ones where it is low.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np

from engine.motion.measures import limb_speed
from engine.vocabulary.move import Move, load_moves
from engine.vocabulary.player import play
from engine.vocabulary.score import Dancer, Part, Score

FILE = Path(__file__).parent / "pace.json"
TEMPO = 118.0
"""BPM."""
COUNTS = 16
"""Each move is danced for so many counts, to both sides in turn."""


@lru_cache(maxsize=512)
def measure_pace(move: Move) -> float:
    """Mean speed of knees, ankles, elbows and wrists against the pelvis, m/s."""
    parts = tuple(
        Part(move.sided(number % 2 == 1), float(at))
        for number, at in enumerate(range(0, COUNTS, move.counts))
    )
    played = play(Score(parts, TEMPO, Dancer(timing=0.0, noise=0.0)), tail=0.0)
    speed = limb_speed(played.motion.positions(), played.motion.fps)
    return float(speed[(played.count >= 0) & (played.count < COUNTS)].mean())


def paces(moves: Iterable[Move]) -> dict[str, float]:
    """Where each move stands among those given: 0 the calmest, 1 the liveliest.

    A move that ``pace.json`` does not know yet is measured (a fifth of a second).
    """
    known = _table()
    speeds = {m.name: known[m.name] if m.name in known else measure_pace(m) for m in moves}
    ranked = sorted(speeds, key=lambda name: (speeds[name], name))
    return {name: rank / max(1, len(ranked) - 1) for rank, name in enumerate(ranked)}


@lru_cache(maxsize=1)
def _table() -> dict[str, float]:
    table: dict[str, float] = json.loads(FILE.read_text(encoding="utf-8"))
    return table


def main() -> None:
    """Command line; see the module's docstring."""
    table = {name: round(measure_pace(move), 3) for name, move in sorted(load_moves().items())}
    FILE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    speeds = np.array(list(table.values()))
    print(f"{len(table)} moves, {speeds.min():.2f} to {speeds.max():.2f} m/s")


if __name__ == "__main__":
    main()
