"""The whole song: four minutes, faced to the front, on the stage, louder where the song is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from engine.audio.summary import SongAnalysis
from engine.choreography.plan import EIGHT, Plan
from engine.motion.contacts import FEET, REST_HEIGHTS
from engine.motion.features import FPS, Motion, heading_of
from engine.motion.measures import limb_speed
from engine.training.evaluation.signals import at_30_fps
from engine.training.evaluation.table import Row, at_least, at_most
from engine.training.evaluation.variety import mirrored
from engine.training.evaluation.windows import faced

PART = "the whole song"
FRONT = np.radians(30.0)
STAGE = 1.5
CONTRAST_DB, SCALE_DB = 3.0, 12.0
"""Decibels by which sections must differ, and decibels of the whole scale of energy."""
TURNS = ("turn", "spin", "pirouette", "돌", "회전", "턴")
"""Words that ask a dancer to turn from the front."""
STANDING = 0.03
"""Metres over its standing height up to which the lower foot stands."""
MOST_APART = 0.3


@dataclass(frozen=True, eq=False)
class Repeats:
    """Distances (mean joint distance, metres) between phrases of one dance."""

    repeated: Float[np.ndarray, " R"]
    """Of a phrase and the one whose choreography it brings back."""
    unrelated: Float[np.ndarray, " U"]
    """Of phrases that have nothing to do with each other."""

    @property
    def ratio(self) -> float:
        """Median repeated over median unrelated distance; NaN if nothing repeats."""
        if not len(self.repeated) or not len(self.unrelated):
            return float("nan")
        return float(np.median(self.repeated) / np.median(self.unrelated))


def whole_song_rows(
    plan: Plan, heard: SongAnalysis, motion: Motion, real: Sequence[Motion], still: Motion
) -> list[Row]:
    """Rows for one finished dance of a whole song.

    Args:
        real: captured dances, whose fronts and places show what people do without a stage.
        still: a statue of the same length, the control of energy: it does not follow the song.
    """
    motion = at_30_fps(motion)
    eights = _eights(plan, motion)
    places = np.linalg.norm(motion.root_positions[:, [0, 2]], axis=-1)
    real_places = [
        float(
            np.linalg.norm(m.root_positions[:, [0, 2]] - m.root_positions[0, [0, 2]], axis=-1).max()
        )
        for m in real
    ]
    repeats = phrase_distances(plan, motion)
    asked_to_turn = any(word in phrase.prompt for phrase in plan.phrases for word in TURNS)
    return [
        at_least(
            PART,
            "facing within 30 degrees of the front at each eight",
            facing_share(motion, eights),
            0.0 if asked_to_turn else 0.9,
            {"real dances, no stage": float(np.mean([_real_facing(m) for m in real]))},
            "the prompt turns" if asked_to_turn else "",
        ),
        at_most(
            PART,
            "furthest place from the middle of the stage, m",
            float(places.max()),
            STAGE,
            {"real dances, no stage, median": float(np.median(real_places))},
        ),
        at_most(
            PART,
            "drift of the floor over the song, cm",
            100 * floor_drift(motion),
            1.0,
            {"real dances": 100 * float(np.median([floor_drift(m) for m in real]))},
        ),
        at_least(
            PART,
            "correlation of bar-mean energy of dance and song",
            energy_correlation(plan, heard, motion),
            0.6,
            {
                "song shifted by half": energy_correlation(plan, heard, motion, 0.5),
                "statue": energy_correlation(plan, heard, still),
            },
            "sections that differ by 3 dB or more",
        ),
        at_most(
            PART,
            "distance of a repeated chorus, times unrelated phrases",
            repeats.ratio,
            MOST_APART,
            {
                "metres, repeated": _median(repeats.repeated),
                "metres, unrelated": _median(repeats.unrelated),
                "unrelated phrases": 1.0,
            },
        ),
    ]


def facing_share(motion: Motion, frames: Sequence[int]) -> float:
    """Share of ``frames`` in which the dancer faces within 30 degrees of the front (+Z)."""
    heading = heading_of(motion.positions(), motion.fps)[list(frames)]
    turned = np.abs((heading + np.pi) % (2 * np.pi) - np.pi)
    return float(np.mean(turned <= FRONT))


def floor_drift(motion: Motion) -> float:
    """Metres by which the standing foot's height changes from one end of the dance to the other.

    A line is fitted to the lower foot's height over the frames in which it stands; NaN if it
    hardly ever does.
    """
    positions = motion.positions()
    lowest = (positions[:, FEET, 1] - REST_HEIGHTS).min(axis=-1)
    near = np.abs(lowest - np.median(lowest)) < STANDING
    if near.mean() < 0.3:
        return float("nan")
    times = np.flatnonzero(near) / motion.fps
    slope = np.polyfit(times, lowest[near], 1)[0]
    return float(abs(slope) * len(motion) / motion.fps)


def energy_correlation(
    plan: Plan, heard: SongAnalysis, motion: Motion, shift: float = 0.0
) -> float:
    """Pearson's r of bar means of limb speed and the song's energy.

    Only bars of sections that differ from the loudest section by :data:`CONTRAST_DB` or more, and
    of that section itself, count. NaN where the song has no such contrast.

    Args:
        shift: part of the song by which it is turned round first: the control.
    """
    speed = limb_speed(motion.positions(), motion.fps)
    bars = np.append(np.asarray(heard.downbeats), heard.duration)
    curve = np.roll(heard.energy.curve, round(shift * len(heard.energy.curve)))
    levels = {s.start: _mean(curve, s.start, s.end, heard.energy.hop) for s in heard.sections}
    loudest = max(levels.values())
    song, dance = [], []
    for start, end in pairwise(bars.tolist()):
        section = max((s for s in levels if s <= start + 1e-6), default=min(levels))
        quieter = (loudest - levels[section]) * SCALE_DB
        inside = plan.start <= start and end <= plan.end
        if inside and (quieter < 1e-6 or quieter >= CONTRAST_DB - 1e-6):
            song.append(_mean(curve, start, end, heard.energy.hop))
            dance.append(_mean(speed, start - plan.start, end - plan.start, 1 / motion.fps))
    if len(song) < 8 or np.std(song) < 1e-9:
        return float("nan")
    return float(np.corrcoef(song, dance)[0, 1]) if np.std(dance) > 1e-6 else 0.0


def phrase_distances(plan: Plan, motion: Motion, least: float = 0.8) -> Repeats:
    """How near phrases come to those that they repeat, and to all others.

    Phrases are compared as seen from their dancers, count by count, straight or mirrored, which
    ever is nearer, for related and unrelated phrases alike.

    Args:
        least: phrases shorter than this part of the longest one are left out.
    """
    pieces = {}
    longest = max(phrase.end - phrase.start for phrase in plan.phrases)
    positions = motion.positions()
    for number, phrase in enumerate(plan.phrases):
        if phrase.end - phrase.start >= least * longest:
            pieces[number] = _count_by_count(positions, plan, phrase.first_count, motion.fps)
    origin = {n: _origin(plan, n) for n in pieces}
    repeated: list[float] = []
    unrelated: list[float] = []
    for first in pieces:
        for second in pieces:
            same = origin[first] == origin[second]
            varied = max(plan.phrases[n].variation for n in (first, second)) > 0
            # A variation is neither the same again nor something else.
            if second > first and not (same and varied):
                near = min(
                    float(np.linalg.norm(pieces[first][0] - other, axis=-1).mean())
                    for other in pieces[second]
                )
                (repeated if same else unrelated).append(near)
    return Repeats(np.array(repeated), np.array(unrelated))


def _origin(plan: Plan, number: int) -> int:
    """The first phrase of the chain of repeats that a phrase belongs to."""
    while plan.phrases[number].repeats is not None:
        number = int(plan.phrases[number].repeats or 0)
    return number


def _count_by_count(
    positions: Float[np.ndarray, "T J 3"], plan: Plan, first_count: int, fps: float
) -> tuple[np.ndarray, np.ndarray]:
    """A phrase at eight moments a count, straight and mirrored, as seen from its dancer."""
    counts = first_count + np.arange(EIGHT * 8) / 8.0
    frames = np.round((plan.counts.seconds(counts) - plan.start) * fps).astype(int)
    piece = positions[np.clip(frames, 0, len(positions) - 1)]
    return faced(piece), faced(mirrored(piece))


def _eights(plan: Plan, motion: Motion) -> list[int]:
    frames = [round((phrase.start - plan.start) * FPS) for phrase in plan.phrases]
    return [frame for frame in frames if frame < len(motion)]


def _real_facing(motion: Motion) -> float:
    return facing_share(motion, range(0, len(motion), round(4 * FPS)))


def _mean(values: np.ndarray, start: float, end: float, step: float) -> float:
    return float(
        np.mean(values[round(start / step) : max(round(end / step), round(start / step) + 1)])
    )


def _median(values: Float[np.ndarray, " N"]) -> float:
    return float(np.median(values)) if len(values) else float("nan")
