"""From takes to a packed data set, and from that to batches.

    python -m engine.training.dataset TAKES_FOLDER PACK.npz

The pack holds motion (16-bit rotations), captions as sentence-encoder tokens, and the beats;
it is what travels to a GPU. Features are computed when it is opened.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from engine.model.config import SOURCES
from engine.model.text import TextEncoder, TextTokens
from engine.motion.features import Motion, encode, heading_of, joint_columns, motion_of
from engine.motion.measures import energy_curve, limb_speed, squared_bounce, squared_jerk
from engine.motion.skeleton import BODY, forward_kinematics
from engine.training.collect.take import read_takes
from engine.training.describe import PHRASES
from engine.training.quantise import Version, apply_version, quantised_versions
from engine.training.rhythm import motion_rhythm

log = logging.getLogger(__name__)

SHORTEST = 1.8
"""Seconds; shorter takes are left out."""
QUATS = 32767.0


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

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, eq=False)
class Dataset:
    """All records and what their captions mean."""

    records: tuple[Record, ...]
    sentences: tuple[str, ...]
    """Captions of takes, then the phrases of :mod:`engine.training.describe`."""
    tokens: Float[np.ndarray, "M 384"]
    """Sentence-encoder tokens of all sentences, one after another."""
    token_ends: Int[np.ndarray, " N"]
    """Where in ``tokens`` each sentence ends."""

    def split(self, name: str) -> tuple[Record, ...]:
        """The records of one split."""
        return tuple(record for record in self.records if record.split == name)


def build_pack(
    takes_folder: Path, pack: Path, encode_text: Callable[[list[str]], TextTokens]
) -> dict[str, Any]:
    """Packs the training and validation takes of a folder; returns minutes by source and split.

    Test takes are never read into a pack.
    """
    takes = [
        take
        for take in read_takes(takes_folder, ("train", "validation"))
        if take.feet_valid and take.duration >= SHORTEST
    ]
    captions = sorted({caption for take in takes for caption in take.captions})
    sentences = [*captions, *(phrase for phrase in PHRASES if phrase not in captions)]
    encoded = encode_text(sentences)
    table, quats, roots, beats, offsets = [], [], [], [], []
    minutes: dict[str, float] = {}
    for take in takes:
        motion = motion_of(take.local_quats.astype(float), take.root_positions.astype(float))
        rhythm = motion_rhythm(motion.positions(), take.fps)
        versions = quantised_versions(motion) if take.kind == "dance" else []
        quats.append(np.round(take.local_quats * QUATS).astype(np.int16))
        roots.append(take.root_positions.astype(np.float32))
        beats.append(rhythm.beat.astype(np.float32))
        source = ("robot " if take.source == "g1" else "") + take.kind
        table.append(
            {
                "name": take.name,
                "split": take.split,
                "source": SOURCES.index(source),
                "captions": [captions.index(caption) for caption in take.captions],
                "front": take.front,
                "frames": len(take.local_quats),
                "half_known": rhythm.half_known,
                "joint_mask": take.joint_mask.astype(int).tolist(),
                "versions": [
                    {"tempo": v.tempo, "half_known": v.half_known, "strength": v.strength}
                    | {"frames": len(v.places)}
                    for v in versions
                ],
            }
        )
        offsets += [np.stack([v.places, v.beat], axis=-1).astype(np.float32) for v in versions]
        key = f"{take.split}, {source}"
        minutes[key] = minutes.get(key, 0.0) + take.duration / 60
        if np.isfinite(rhythm.beat).any():
            minutes[f"{key}, beat found"] = (
                minutes.get(f"{key}, beat found", 0.0) + take.duration / 60
            )
        for version in versions:
            minutes[f"{key}, bent to a beat"] = (
                minutes.get(f"{key}, bent to a beat", 0.0) + len(version.places) / take.fps / 60
            )
        log.info("%s: %d versions, beat %.2f", take.name, len(versions), rhythm.ratio)
    np.savez_compressed(
        pack,
        table=np.array(json.dumps(table)),
        sentences=np.array(json.dumps(sentences)),
        tokens=encoded.tokens[encoded.mask > 0].astype(np.float16),
        token_ends=np.cumsum(encoded.mask.sum(axis=1)).astype(np.int64),
        quats=np.concatenate(quats),
        roots=np.concatenate(roots),
        beats=np.concatenate(beats),
        versions=np.concatenate(offsets) if offsets else np.zeros((0, 2), np.float32),
    )
    return minutes


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
    )


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("takes", type=Path)
    parser.add_argument("pack", type=Path)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    minutes = build_pack(arguments.takes, arguments.pack, TextEncoder.default())
    for key, value in sorted(minutes.items()):
        log.info("%-50s %6.1f min", key, value)


if __name__ == "__main__":
    main()
