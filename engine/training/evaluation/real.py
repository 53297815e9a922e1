"""Captured dance to compare with: the pack's validation takes, or test takes from a folder.

Test takes are in no pack. They are read here only, and only when somebody asks for the test split.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from engine.errors import ChoreoError
from engine.motion.features import FPS, SLICES, Motion, decode, motion_of
from engine.training.collect.take import read_takes
from engine.training.dataset import Dataset, Record
from engine.training.evaluation.signals import at_30_fps
from engine.training.rhythm import motion_rhythm

DANCE_SOURCES = (1, 3)
"""Numbers in ``ModelConfig.sources``: danced by people, danced for the robot."""
USUAL_TEMPO = 110.0
"""BPM to dance at beside a take that has no beat of its own."""


@dataclass(frozen=True, eq=False)
class RealDance:
    """One take at 30 fps."""

    name: str
    group: str
    """Takes of one origin; groups count equally, however long they are."""
    captions: tuple[str, ...]
    tempo: float
    """BPM, of its own beat where it has one."""
    motion: Motion


def real_dances(dataset: Dataset, split: str, takes: Path | None) -> list[RealDance]:
    """The held-out dances of a split.

    Raises:
        ChoreoError: ``takes_missing`` if the test split is asked for without its folder, or if
            there is no dance.
    """
    if split == "validation":
        found = [
            _from_record(record, dataset)
            for record in dataset.split("validation")
            if record.source in DANCE_SOURCES and "@" not in record.name
        ]
    else:
        found = [] if takes is None else _from_takes(takes, split)
    if not found:
        raise ChoreoError(
            "takes_missing",
            f"There is no dance of the split '{split}' to compare with.",
            "Give the folder of takes with --takes; a pack holds training and validation only.",
        )
    return found


def other_motion(dataset: Dataset) -> list[Motion]:
    """Everyday motion of training: walks, sports and so on, which are no dance."""
    records = [r for r in dataset.records if r.source == 2 and "@" not in r.name]
    return [record_motion(record) for record in records]


def record_motion(record: Record) -> Motion:
    """A record of a pack as motion."""
    rows: Float[np.ndarray, "T F"] = record.rows.astype(np.float64).copy()
    rows[:, SLICES["heading"]] = np.stack([np.sin(record.heading), np.cos(record.heading)], axis=-1)
    rows[:, SLICES["place"]] = record.root
    return decode(rows)


def group_of(name: str) -> str:
    """Where a take comes from: the subject, partners together, or the robot."""
    subject = name.split("_")[0]
    if subject in ("60", "61"):
        return "60 and 61"
    return "robot" if len(subject) == 1 and subject.isalpha() else subject


def _from_record(record: Record, dataset: Dataset) -> RealDance:
    beat = record.beat.astype(float)
    tempo = USUAL_TEMPO
    if np.isfinite(beat).all():
        tempo = danceable((beat[-1] - beat[0]) / (len(beat) - 1) * FPS * 60.0)
    captions = tuple(dataset.sentences[number] for number in record.captions)
    motion = record_motion(record)
    return RealDance(record.name, group_of(record.name), captions, tempo, motion)


def _from_takes(folder: Path, split: str) -> list[RealDance]:
    found = []
    for take in read_takes(folder, (split,)):
        if take.kind != "dance" or not take.feet_valid:
            continue
        quats, root = take.local_quats.astype(float), take.root_positions.astype(float)
        motion = at_30_fps(motion_of(quats, root, take.fps))
        rhythm = motion_rhythm(motion.positions(), motion.fps)
        tempo = danceable(rhythm.tempo) if np.isfinite(rhythm.beat).all() else USUAL_TEMPO
        found.append(RealDance(take.name, group_of(take.name), take.captions, tempo, motion))
    return found


def danceable(tempo: float) -> float:
    """The tempo folded into 80 to 160 BPM."""
    while tempo < 80.0:
        tempo *= 2
    while tempo >= 160.0:
        tempo /= 2
    return tempo
