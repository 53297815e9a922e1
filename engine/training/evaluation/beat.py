"""On the beat: precision, recall and lift of each body signal against authored beats.

| symbol | meaning |
|---|---|
| precision | share of motion beats that lie on a beat or a half-beat |
| recall | share of the accented counts that have a motion beat |
| chance | the mean of the same figure over 64 phases of the same grid |
| lift | figure minus chance |
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.choreography.plan import EIGHT
from engine.phrasing import LINGER
from engine.training.evaluation.signals import SIGNALS, MotionBeats
from engine.training.evaluation.table import Row, at_least, informs, within

PART = "on the beat"
PHASES = 64
EDGE = 0.15
"""Seconds at both ends of a dance that are not judged: no movement has begun or ended there."""
LEAST, LEAST_LIFT, LEAST_LIFT_BEFORE = 0.80, 0.30, 0.25
WORST_MEDIAN_MS = 10.0
BANDS = ((80.0, 100.0), (100.0, 130.0), (130.0, 170.0))


@dataclass(frozen=True)
class BeatScore:
    """One signal of one dance, or the mean over several."""

    precision: float
    precision_chance: float
    recall: float
    recall_chance: float
    median_ms: float
    """Signed: how late (positive) motion beats are against the nearest beat or half-beat."""
    count: float
    """Motion beats that were judged."""

    @property
    def least(self) -> float:
        """The worse of precision and recall."""
        return min(self.precision, self.recall)

    @property
    def lift(self) -> float:
        """The smaller lift above chance."""
        return min(self.precision - self.precision_chance, self.recall - self.recall_chance)

    @property
    def reached(self) -> bool:
        """Whether the signal meets what is asked after sync."""
        return self.least >= LEAST and self.lift >= LEAST_LIFT


def authored_accents(
    accents: Float[np.ndarray, " A"], beats: Float[np.ndarray, " B"]
) -> Float[np.ndarray, " C"]:
    """The authored beats or half-beats nearest to the accents that were planned on heard counts.

    Ears are not their own judge. A whole count that was heard goes to the nearest whole beat; only
    what lies between two heard counts may go to a half-beat.
    """
    period = float(np.median(np.diff(beats)))
    inside = accents[(accents > beats[0] - period) & (accents < beats[-1] + period)]
    if not len(inside):
        return inside
    halves = _to_nearest(inside, beats)
    whole = np.abs(halves) < 0.35 * period
    lines = _half_beats(beats, period)
    on_beats = inside - halves
    on_lines = inside - _to_nearest(inside, lines)
    return np.unique(np.where(whole, on_beats, on_lines))


def tolerance(period: float) -> float:
    """Seconds that a motion beat may be off: 60 ms or an eighth of a beat, whichever is less."""
    return min(0.060, period / 8)


def beat_score(
    moments: Float[np.ndarray, " N"],
    beats: Float[np.ndarray, " B"],
    accents: Float[np.ndarray, " A"],
    duration: float,
) -> BeatScore:
    """Judges the motion beats of one signal.

    Args:
        moments: motion beats, seconds from the first frame.
        beats: authored beats on the same clock; they are continued at both ends where short.
        accents: the counts that ought to be hit, a part of the beats.
        duration: seconds of the dance.
    """
    period = float(np.median(np.diff(beats)))
    near = tolerance(period)
    moments = moments[(moments > EDGE) & (moments < duration - EDGE)]
    accents = accents[(accents > EDGE) & (accents < duration - EDGE)]
    lines = _half_beats(beats, period)
    shifts = period * np.arange(PHASES) / PHASES
    precision, recall = np.zeros(PHASES), np.zeros(PHASES)
    for number, shift in enumerate(shifts.tolist()):
        if len(moments):
            precision[number] = np.mean(np.abs(_to_nearest(moments - shift, lines)) <= near)
        if len(moments) and len(accents):
            recall[number] = np.mean(np.abs(_to_nearest(accents + shift, moments)) <= near)
    late = _to_nearest(moments, lines) if len(moments) else np.array([np.nan])
    return BeatScore(
        precision=float(precision[0]),
        precision_chance=float(precision.mean()),
        recall=float(recall[0]),
        recall_chance=float(recall.mean()),
        median_ms=1000 * float(np.median(late)),
        count=float(len(moments)),
    )


def mean_score(scores: Iterable[BeatScore]) -> BeatScore:
    """The mean over dances; the median lateness is that of the dances that have any."""
    rows = list(scores)
    late = [row.median_ms for row in rows if np.isfinite(row.median_ms)]

    def mean(name: str) -> float:
        return float(np.mean([getattr(row, name) for row in rows]))

    return BeatScore(
        mean("precision"),
        mean("precision_chance"),
        mean("recall"),
        mean("recall_chance"),
        float(np.median(late)) if late else float("nan"),
        mean("count"),
    )


@dataclass(frozen=True, eq=False)
class JudgedDance:
    """Motion beats of one dance in three states, and the grid that it ought to be on."""

    tempo: float
    beats: Float[np.ndarray, " B"]
    """Authored, seconds from the dance's first frame."""
    accents: Float[np.ndarray, " A"]
    duration: float
    before: MotionBeats
    """As the model made it."""
    after: MotionBeats
    """After sync."""
    shuffled: MotionBeats
    """Made to another song's rhythm, not synced: what is left when the rhythm is not heard."""
    shuffled_after: MotionBeats
    """The same after sync to this song's beats: what sync does by itself."""
    slowest: float
    fastest: float
    """Range of speed of the sync."""
    lingered: float = 0.0
    """Share of the accents on which sync slowed down arms that would have passed through."""

    def score(self, state: str, signal: str) -> BeatScore:
        """The score of one signal in one of the four states."""
        moments: MotionBeats = getattr(self, state)
        return beat_score(moments.of(signal), self.beats, self.accents, self.duration)


def beat_rows(dances: list[JudgedDance], what: str = "") -> list[Row]:
    """The rows of the table for dances of any tempi, band by band."""
    rows: list[Row] = []
    for low, high in BANDS:
        inside = [dance for dance in dances if low <= dance.tempo < high]
        if inside:
            rows += _band_rows(inside, f"{what}{low:g}-{high:g} BPM")
    if dances:
        rows += [
            within(
                PART,
                f"{what}sync speed, slowest",
                min(dance.slowest for dance in dances),
                (0.9, 1.1),
                {"fastest": max(dance.fastest for dance in dances), "no sync": 1.0},
            ),
            within(
                PART,
                f"{what}sync speed, fastest",
                max(dance.fastest for dance in dances),
                (0.9, 1.1),
                {"slowest": min(dance.slowest for dance in dances), "no sync": 1.0},
            ),
            informs(
                PART,
                f"{what}accents on which sync slows arms that would pass "
                f"(speed {1 - LINGER:g} to {1 + LINGER:g} there)",
                float(np.mean([dance.lingered for dance in dances])),
                {"no sync": 0.0},
            ),
        ]
    return rows


def _band_rows(dances: list[JudgedDance], band: str) -> list[Row]:
    rows: list[Row] = []
    after: dict[str, BeatScore] = {}
    before: dict[str, BeatScore] = {}
    for signal in SIGNALS:
        scores = {
            state: mean_score(dance.score(state, signal) for dance in dances)
            for state in ("before", "after", "shuffled", "shuffled_after")
        }
        after[signal], before[signal] = scores["after"], scores["before"]
        for figure in ("precision", "recall"):
            own = getattr(scores["after"], figure)
            chance = getattr(scores["after"], f"{figure}_chance")
            rows.append(
                informs(
                    PART,
                    f"{band}, {signal}: {figure} after sync",
                    own,
                    {
                        "64 phases": chance,
                        "before sync": getattr(scores["before"], figure),
                        "its 64 phases": getattr(scores["before"], f"{figure}_chance"),
                        "rhythm shuffled": getattr(scores["shuffled"], figure),
                        "shuffled, then synced": getattr(scores["shuffled_after"], figure),
                    },
                )
            )
    ranked = sorted(SIGNALS, key=lambda signal: after[signal].reached, reverse=True)
    counted = ranked[:2]
    rows.append(
        at_least(
            PART,
            f"{band}: signals with precision and recall >= {LEAST}, lift >= {LEAST_LIFT}",
            float(sum(score.reached for score in after.values())),
            2.0,
            {f"lift {signal}": after[signal].lift for signal in SIGNALS},
            "of three; two count",
        )
    )
    rows.append(
        at_least(
            PART,
            f"{band}: lift before sync, second best signal",
            sorted(score.lift for score in before.values())[1],
            LEAST_LIFT_BEFORE,
            {signal: before[signal].lift for signal in SIGNALS},
        )
    )
    rows.append(
        within(
            PART,
            f"{band}: signed median error, ms, {' and '.join(counted)}",
            max((after[signal].median_ms for signal in counted), key=_size),
            (-WORST_MEDIAN_MS, WORST_MEDIAN_MS),
            {f"before sync, {s}": before[s].median_ms for s in counted},
        )
    )
    return rows


def _size(value: float) -> float:
    return np.inf if np.isnan(value) else abs(value)


def _half_beats(beats: Float[np.ndarray, " B"], period: float) -> Float[np.ndarray, " N"]:
    """Beats and the middles between them, continued by one eight at both ends."""
    reach = np.arange(1, EIGHT + 1) * period
    beats = np.concatenate([beats[0] - reach[::-1], beats, beats[-1] + reach])
    return np.sort(np.concatenate([beats, (beats[1:] + beats[:-1]) / 2]))


def _to_nearest(
    times: Float[np.ndarray, " N"], lines: Float[np.ndarray, " M"]
) -> Float[np.ndarray, " N"]:
    """Signed seconds from the nearest line to each time."""
    right = np.clip(np.searchsorted(lines, times), 1, max(len(lines) - 1, 1))
    if len(lines) == 1:
        return times - lines[0]
    to_left, to_right = times - lines[right - 1], times - lines[right]
    return np.where(np.abs(to_left) <= np.abs(to_right), to_left, to_right)
