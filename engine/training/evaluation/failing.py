"""Holds dances that must fail against the bounds that a good dance meets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.motion.features import Motion
from engine.training.evaluation.beat import BeatScore, beat_score
from engine.training.evaluation.bodies import LEAST_CONTACT, feet_of, mean_feet
from engine.training.evaluation.signals import SIGNALS, motion_beats
from engine.training.evaluation.songs import JudgedSong
from engine.training.evaluation.table import Row
from engine.training.evaluation.timid import LEAST, MEASURES
from engine.training.evaluation.windows import cut, median_of, times

PART = "dances that must fail"


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a dance by itself reaches of what is asked of a model."""

    signals: dict[str, BeatScore]
    on_the_beat: bool
    timid: dict[str, float]
    """Each measure, times the real median."""
    not_timid: bool
    slide: float
    contact: float
    on_floor: float
    bodies: bool

    @property
    def passes(self) -> bool:
        """Only if nothing stops it."""
        return self.on_the_beat and self.not_timid and self.bodies


def verdict(
    song: JudgedSong, motion: Motion, real_windows: Sequence[np.ndarray], real: Sequence[Motion]
) -> Verdict:
    """Judges a finished dance to one song as the command judges a model's, on all counts."""
    moments = motion_beats(motion)
    duration = (len(motion) - 1) / motion.fps
    signals = {
        name: beat_score(moments.of(name), song.beats, song.beats, duration) for name in SIGNALS
    }
    windows = cut(motion)
    timid = {
        name: times(median_of(windows, measure), median_of(real_windows, measure))
        for name, measure in MEASURES.items()
    }
    feet, true = feet_of(motion), mean_feet([feet_of(other) for other in real])
    return Verdict(
        signals=signals,
        on_the_beat=sum(score.reached for score in signals.values()) >= 2,
        timid=timid,
        not_timid=min(timid.values()) >= LEAST,
        slide=feet.slide,
        contact=feet.contact,
        on_floor=feet.on_floor,
        bodies=feet.slide <= 0.03
        and feet.contact >= LEAST_CONTACT * true.contact
        and feet.on_floor >= 0.95,
    )


def failing_rows(
    song: JudgedSong,
    dances: dict[str, Motion],
    real_windows: Sequence[np.ndarray],
    real: Sequence[Motion],
) -> list[Row]:
    """One row a dance: how many of three parts it passes, which must not be all of them.

    Each of them is stopped by the part that it is made against, and that is what is asked here:
    beats for the statues and the wrongly locked dance, bodies for the clip in the air.
    """
    rows = []
    for name, motion in dances.items():
        found = verdict(song, motion, real_windows, real)
        stopped = not (found.bodies if "contact" in name else found.on_the_beat)
        rows.append(
            Row(
                PART,
                f"{name}: parts passed of beat, size, body",
                float(found.on_the_beat + found.not_timid + found.bodies),
                "stopped",
                stopped and not found.passes,
                {
                    "signals on the beat": float(sum(s.reached for s in found.signals.values())),
                    "limb speed, times real": found.timid["mean limb speed, m/s"],
                    "slide": found.slide,
                    "contact": found.contact,
                    "near the floor": found.on_floor,
                },
            )
        )
    return rows
