"""Opens a packed data set (:mod:`engine.training.pack`) as records of feature rows."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from engine.motion.features import Motion, encode, heading_of, joint_columns, motion_of
from engine.motion.measures import energy_curve, limb_speed, squared_bounce, squared_jerk
from engine.motion.skeleton import BODY, forward_kinematics
from engine.training.quantise import Version, apply_version

log = logging.getLogger(__name__)

QUATS = 32767.0


@dataclass(frozen=True, eq=False)
class Written:
    """The score of a played phrase: which moves when, and which counts are hit."""

    spans: tuple[tuple[float, float, tuple[int, ...]], ...]
    """First frame, last frame and captions (numbers of sentences) of each move."""
    hits: Float[np.ndarray, " N"]
    """Frames (with fraction)."""


@dataclass(frozen=True, eq=False)
class Record:
    """One stretch of motion, ready to be cut into windows."""

    name: str
    split: str
    source: int
    """Index into ``SOURCES``."""
    captions: tuple[int, ...]
    """Numbers of sentences."""
    rows: Float[np.ndarray, "T F"]
    """Feature rows whose stage part is zero."""
    heading: Float[np.ndarray, " T"]
    """Radians, against the front where it is known."""
    root: Float[np.ndarray, "T 2"]
    """x and z in metres, turned so that the front is +Z where it is known."""
    front_known: bool
    beat: Float[np.ndarray, " T"]
    """Beats, NaN where unknown."""
    half_known: bool
    columns: Float[np.ndarray, " F"]
    """1 for the features that the source measured."""
    energy: Float[np.ndarray, " T"]
    """Limb speed smoothed over a bar, m/s."""
    speed: Float[np.ndarray, " T"]
    jerk: Float[np.ndarray, " T"]
    """Mean squared jerk of the limbs."""
    bounce: Float[np.ndarray, " T"]
    """Squared band-passed pelvis height."""
    written: Written | None = None
    """What is known of a played phrase and of no capture."""

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, eq=False)
class Dataset:
    """All records and what their captions mean."""

    records: tuple[Record, ...]
    sentences: tuple[str, ...]
    """Captions of takes and of moves, phrases of :mod:`engine.training.describe`, in order."""
    tokens: Float[np.ndarray, "M 384"]
    """Sentence-encoder tokens of all sentences, one after another."""
    token_ends: Int[np.ndarray, " N"]
    """Where in ``tokens`` each sentence ends."""

    def split(self, name: str) -> tuple[Record, ...]:
        """The records of one split."""
        return tuple(record for record in self.records if record.split == name)


def open_pack(pack: Path) -> Dataset:
    """Opens a pack and computes features and measures of everything in it."""
    with np.load(pack, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    records = tuple(_records(arrays))
    return Dataset(
        records,
        tuple(json.loads(str(arrays["sentences"]))),
        arrays["tokens"].astype(np.float32),
        arrays["token_ends"],
    )


def _records(arrays: dict[str, np.ndarray]) -> Iterator[Record]:
    at = version_at = 0
    for row in json.loads(str(arrays["table"])):
        span = slice(at, at + row["frames"])
        at = span.stop
        quats = arrays["quats"][span].astype(np.float64) / QUATS
        quats /= np.linalg.norm(quats, axis=-1, keepdims=True)
        motion = motion_of(quats, arrays["roots"][span].astype(np.float64))
        yield _record(row, motion, arrays["beats"][span].astype(float), row["half_known"])
        for version in row["versions"]:
            part = arrays["versions"][version_at : version_at + version["frames"]].astype(float)
            version_at += version["frames"]
            bent = Version(
                version["tempo"], part[:, 0], part[:, 1], version["half_known"], version["strength"]
            )
            shown = apply_version(motion, bent)
            shown = motion_of(shown.local_quats, shown.root_positions)
            named = row | {"name": f"{row['name']}@{version['tempo']:.0f}"}
            yield _record(named, shown, part[:, 1], version["half_known"])


def _record(
    row: dict[str, Any], motion: Motion, beat: Float[np.ndarray, " T"], half_known: bool
) -> Record:
    pose = forward_kinematics(BODY, motion.local_quats, motion.root_positions)
    positions = pose.positions
    front = row["front"]
    turn = front or 0.0
    heading = heading_of(positions, motion.fps) - turn
    x, z = motion.root_positions[:, 0], motion.root_positions[:, 2]
    root = np.stack(
        [np.cos(turn) * x - np.sin(turn) * z, np.sin(turn) * x + np.cos(turn) * z], axis=-1
    )
    rows = encode(motion, None)
    columns = np.ones(rows.shape[1])
    for joint, measured in enumerate(row["joint_mask"]):
        # No source moves the collars apart from the chest; resting collars are what is learnt.
        if not measured and "collar" not in BODY.names[joint]:
            columns[joint_columns(joint)] = 0.0
    return Record(
        name=row["name"],
        split=row["split"],
        source=row["source"],
        captions=tuple(row["captions"]),
        rows=rows.astype(np.float32),
        heading=heading.astype(np.float32),
        root=root.astype(np.float32),
        front_known=front is not None,
        beat=beat.astype(np.float32),
        half_known=half_known,
        columns=columns.astype(np.float32),
        energy=energy_curve(positions, motion.fps).astype(np.float32),
        speed=limb_speed(positions, motion.fps).astype(np.float32),
        jerk=squared_jerk(positions, motion.fps).astype(np.float32),
        bounce=squared_bounce(positions, motion.fps).astype(np.float32),
        written=_written(row) if "spans" in row else None,
    )


def _written(row: dict[str, Any]) -> Written:
    spans = tuple((first, last, tuple(captions)) for first, last, captions in row["spans"])
    return Written(spans, np.array(row["hits"], dtype=np.float64))
