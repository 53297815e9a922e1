"""What the user corrects of a heard song, as the JSON that CONTRACT.md calls a correction.

Every function takes the correction that is kept and returns the whole one that is to be kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from .errors import ChoreoError

Correction = dict[str, Any]

FEWEST_TAPS = 4
FACTORS = (0.25, 4.0)
MOST_NUDGE_MS = 2000.0
BARS = (2, 3, 4, 6)
LABELS = (
    "intro",
    "verse",
    "pre-chorus",
    "chorus",
    "post-chorus",
    "dance break",
    "bridge",
    "outro",
)
"""What a part of a song may be called."""


def correction_of(analysis: Mapping[str, Any]) -> Correction:
    """The correction that an analysis was made with."""
    return dict(analysis.get("correction") or {})


def counted(known: Correction, factor: float) -> Correction:
    """Counts ``factor`` times as fast: 2 doubles the tempo, 0.5 halves it."""
    wanted = float(known.get("factor", 1.0)) * factor
    if not FACTORS[0] <= wanted <= FACTORS[1]:
        way = "fast" if factor > 1 else "slow"
        raise _refused(
            f"The beat is counted four times as {way} already.",
            "Tap the tempo instead.",
        )
    return known | {"factor": wanted}


def nudged(known: Correction, milliseconds: float) -> Correction:
    """All beats so many milliseconds later; negative is earlier."""
    wanted = round(float(known.get("nudge_ms", 0.0)) + milliseconds, 3)
    if abs(wanted) > MOST_NUDGE_MS:
        raise _refused(
            f"The beat cannot be nudged further than {MOST_NUDGE_MS / 1000:g} seconds.",
            "Tap the tempo instead.",
        )
    return known | {"nudge_ms": wanted}


def with_one_moved(known: Correction, beats: int, per_bar: int) -> Correction:
    """Bars begin so many beats later; negative is earlier."""
    return known | {"one": (int(known.get("one", 0)) + beats) % max(per_bar, 1)}


def with_bars_of(known: Correction, beats: int) -> Correction:
    """Bars of so many beats."""
    if beats not in BARS:
        raise _refused(
            f"A bar of {beats} beats cannot be danced to.",
            f"Choose one of {', '.join(str(count) for count in BARS)}.",
        )
    return known | {"beats_per_bar": beats}


def tapped(known: Correction, taps: tuple[float, ...]) -> Correction:
    """The beat as it was tapped, in seconds of the song; what was said of tempo before is void."""
    if len(taps) < FEWEST_TAPS:
        raise _refused(
            f"{len(taps)} taps are too few to hear a tempo in.",
            f"Tap at least {FEWEST_TAPS} beats in a row.",
        )
    if taps[0] < 0 or any(late <= early for early, late in pairwise(taps)):
        raise _refused(
            "The taps do not follow one another within the song.",
            "Tap while the song plays, without jumping back.",
        )
    kept = {name: value for name, value in known.items() if name in ("beats_per_bar", "sections")}
    return kept | {"taps": [round(tap, 4) for tap in taps]}


def read_taps(text: str) -> tuple[float, ...]:
    """Seconds from a text like ``1.02, 1.5 2``."""
    try:
        return tuple(float(word) for word in re.split(r"[\s,;]+", text.strip("[]() \n")) if word)
    except ValueError as error:
        raise _refused(
            f"'{text[:40]}' is no list of seconds.", "Write numbers, like 1.02 1.51 2.0 2.52."
        ) from error


def taps_tempo(taps: tuple[float, ...]) -> float:
    """Beats a minute of the taps so far; 0 for less than two."""
    if len(taps) < 2 or taps[-1] <= taps[0]:
        return 0.0
    return 60.0 * (len(taps) - 1) / (taps[-1] - taps[0])


def _refused(message: str, remedy: str) -> ChoreoError:
    return ChoreoError("correction_refused", message, remedy)
