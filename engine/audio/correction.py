"""What a person corrects of what was heard: the beat, the octave, the 'one', the sections.

Corrections are applied in this order: taps, halving or doubling, nudge, bars, sections.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float

from engine.audio.events import Events
from engine.audio.hits import Hits
from engine.audio.sections import Section
from engine.audio.summary import SongAnalysis
from engine.errors import ChoreoError
from engine.untrusted import read_json

FEWEST_TAPS = 4
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
MOST_NUDGE_MS = 2000.0
BARS = (2, 3, 4, 6)
SAME_TEMPO = 0.06
"""Part of a period by which tapped and heard periods (or a multiple) may differ to be the same."""
LOOSE = 0.2
"""Part of a period within which fingers are looser than ears: the heard phase is kept."""
TEMPI = (30.0, 300.0)
LATEST_TAP = 3600.0
"""Seconds; longer than any song that is taken."""


@dataclass(frozen=True)
class NamedSection:
    """Where a section begins (seconds) and what it is."""

    start: float
    label: str


@dataclass(frozen=True)
class Correction:
    """Everything that was corrected of one song; the defaults change nothing."""

    taps: tuple[float, ...] = ()
    """Seconds at which somebody tapped the beat, rising."""
    factor: float = 1.0
    """2 counts twice as fast as it was heard, 0.5 half as fast."""
    nudge_ms: float = 0.0
    """Milliseconds that all beats are later."""
    one: int = 0
    """Beats that the first beat of the bar is later."""
    beats_per_bar: int | None = None
    sections: tuple[NamedSection, ...] = ()
    """They replace those that were heard."""

    def __bool__(self) -> bool:
        return self != Correction()

    def to_dict(self) -> dict[str, Any]:
        """Only what was corrected; :func:`make_correction` reads it."""
        whole = asdict(self) | {
            "taps": list(self.taps),
            "sections": [asdict(section) for section in self.sections],
        }
        usual = asdict(Correction()) | {"taps": [], "sections": []}
        return {name: value for name, value in whole.items() if value != usual[name]}


def make_correction(values: Any) -> Correction:
    """Checks a correction as it comes from a form, a file or the command line.

    Raises:
        ChoreoError: ``correction_invalid``, saying what cannot be used.
    """
    if isinstance(values, str):
        try:
            values = read_json(values or "{}")
        except ValueError as error:
            raise _invalid("it is no JSON") from error
    if not isinstance(values, dict):
        raise _invalid("it is no table of names and values")
    unknown = set(values) - set(Correction.__dataclass_fields__)
    if unknown:
        raise _invalid(f"'{sorted(unknown)[0][:40]}' is not known")
    try:
        correction = Correction(
            taps=tuple(_number(tap) for tap in values.get("taps", ())),
            factor=_number(values.get("factor", 1.0)),
            nudge_ms=_number(values.get("nudge_ms", 0.0)),
            one=int(_number(values.get("one", 0))),
            beats_per_bar=None
            if values.get("beats_per_bar") is None
            else int(_number(values["beats_per_bar"])),
            sections=tuple(
                NamedSection(_number(row["start"]), str(row["label"])[:40])
                for row in values.get("sections", ())
            ),
        )
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise _invalid("a value is missing or of the wrong kind") from error
    _check(correction)
    return correction


def correct(heard: SongAnalysis, correction: Correction) -> SongAnalysis:
    """The analysis as it was corrected. What a person said is trusted fully.

    Raises:
        ChoreoError: ``correction_invalid`` if it does not fit the song.
    """
    if not correction:
        return heard
    beats, confidence = heard.beats, heard.confidence
    first = int(np.searchsorted(beats, heard.downbeats[0] - 1e-6)) if len(heard.downbeats) else 0
    if correction.taps:
        beats = tapped(heard, np.array(correction.taps))
    if correction.factor != 1.0:
        beats, first = _counted(beats, first, correction.factor)
    beats = beats + correction.nudge_ms / 1000.0
    inside = (beats >= 0.0) & (beats <= heard.duration)
    first -= int(np.argmax(inside))
    beats = beats[inside]
    if len(beats) < 2:
        raise _invalid("no beats are left within the song")
    per_bar = correction.beats_per_bar or heard.beats_per_bar
    if correction.taps:
        first = int(np.argmin(np.abs(beats - correction.taps[0])))
    downbeats = beats[(first + correction.one) % per_bar :: per_bar]
    moved = correction.taps or correction.factor != 1.0 or correction.nudge_ms
    bars = moved or correction.one or correction.beats_per_bar
    return replace(
        heard,
        tempo=round(60.0 / float(np.median(np.diff(beats))), 4) if moved else heard.tempo,
        beats=np.round(beats, 6),
        downbeats=np.round(downbeats, 6),
        beats_per_bar=per_bar,
        sections=_sections(heard, correction.sections, downbeats),
        hits=_hits(heard, beats),
        events=_events(heard, beats),
        confidence=replace(
            confidence,
            tempo=1.0 if moved else confidence.tempo,
            beats=1.0 if moved else confidence.beats,
            downbeats=1.0 if bars else confidence.downbeats,
            sections=1.0 if correction.sections else confidence.sections,
        ),
    )


def tapped(heard: SongAnalysis, taps: Float[np.ndarray, " N"]) -> Float[np.ndarray, " B"]:
    """Beats (seconds) over the whole song as they were tapped.

    Where the heard tempo, its half or its double is what was tapped, it is exacter than fingers
    are: then the taps only choose the octave and the side of the beat. Otherwise a straight line
    through the taps makes an even grid.
    """
    numbers = np.concatenate([[0.0], np.cumsum(np.rint(np.diff(taps) / np.median(np.diff(taps))))])
    period, start = np.polyfit(numbers, taps, 1)
    own = 60.0 / heard.tempo
    for factor in FACTORS:
        if abs(period * factor / own - 1.0) < SAME_TEMPO and heard.confidence.beats > 0.0:
            beats, _ = _counted(heard.beats, 0, factor)
            return beats + _off(beats, taps)
    first = start - np.floor(start / period) * period
    return np.arange(first, heard.duration, period)


def _off(beats: Float[np.ndarray, " B"], taps: Float[np.ndarray, " N"]) -> float:
    """Seconds that beats must be moved to meet the taps; none if fingers explain it."""
    period = float(np.median(np.diff(beats)))
    nearest = beats[np.argmin(np.abs(beats[:, None] - taps), axis=0)]
    turn = np.exp(2j * np.pi * (taps - nearest) / period)
    off = float(np.angle(turn.mean())) / (2 * np.pi) * period
    return off if abs(off) > LOOSE * period else 0.0


def _counted(
    beats: Float[np.ndarray, " B"], first: int, factor: float
) -> tuple[Float[np.ndarray, " N"], int]:
    """Beats counted faster or slower, and the number of the one that begins the first bar."""
    while factor > 1.0:
        middles = (beats[1:] + beats[:-1]) / 2
        beats = np.sort(np.concatenate([beats, middles]))
        first, factor = 2 * first, factor / 2
    while factor < 1.0:
        beats = beats[first % 2 :: 2]
        first, factor = first // 2, factor * 2
    return beats, first


def _sections(
    heard: SongAnalysis, named: tuple[NamedSection, ...], downbeats: Float[np.ndarray, " D"]
) -> tuple[Section, ...]:
    """The named sections, begun on the nearest bar; those that were heard if none are named."""
    if not named or not len(downbeats):
        return heard.sections
    starts = [float(downbeats[np.argmin(np.abs(downbeats - row.start))]) for row in named]
    starts[0] = min(starts[0], float(heard.sections[0].start)) if heard.sections else starts[0]
    ends = [*starts[1:], heard.sections[-1].end if heard.sections else heard.duration]
    labels = list(dict.fromkeys(row.label for row in named))
    rows = zip(starts, ends, named, strict=True)
    kept = [Section(a, b, row.label, labels.index(row.label), 1.0) for a, b, row in rows if b > a]
    if not kept:
        raise _invalid("its sections lie outside the song")
    return tuple(kept)


def _hits(heard: SongAnalysis, beats: Float[np.ndarray, " B"]) -> Hits | None:
    if heard.hits is None:
        return None
    attack, level = (
        np.round(np.interp(beats, heard.beats, values), 3)
        for values in (heard.hits.attack, heard.hits.level)
    )
    return Hits(attack, level)


def _events(heard: SongAnalysis, beats: Float[np.ndarray, " B"]) -> Events | None:
    if heard.events is None:
        return None
    return replace(heard.events, loudness=np.interp(beats, heard.beats, heard.events.loudness))


def _check(correction: Correction) -> None:
    taps = np.array(correction.taps)
    if len(taps):
        if len(taps) < FEWEST_TAPS:
            raise _invalid(f"{FEWEST_TAPS} taps are needed at least")
        if np.any(np.diff(taps) <= 0) or taps[0] < 0:
            raise _invalid("its taps do not rise from 0")
        if taps[-1] > LATEST_TAP:
            raise _invalid("its taps lie after the end of any song")
        if not TEMPI[0] <= 60.0 / float(np.median(np.diff(taps))) <= TEMPI[1]:
            raise _invalid(f"its taps are not between {TEMPI[0]:g} and {TEMPI[1]:g} a minute")
    if correction.factor not in FACTORS:
        raise _invalid(f"factor must be one of {', '.join(f'{f:g}' for f in FACTORS)}")
    if abs(correction.nudge_ms) > MOST_NUDGE_MS:
        raise _invalid(f"nudge_ms goes from -{MOST_NUDGE_MS:g} to {MOST_NUDGE_MS:g}")
    if correction.beats_per_bar is not None and correction.beats_per_bar not in BARS:
        raise _invalid(f"beats_per_bar must be one of {', '.join(map(str, BARS))}")
    starts = [section.start for section in correction.sections]
    if any(b <= a for a, b in pairwise(starts)):
        raise _invalid("its sections do not follow one another")


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not a number")
    return number


def _invalid(what: str) -> ChoreoError:
    return ChoreoError(
        "correction_invalid",
        f"The correction of the beat cannot be used: {what}.",
        "See docs/ears.md, 'Corrections'.",
        400,
    )
