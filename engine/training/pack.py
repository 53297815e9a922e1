"""Makes a packed data set of takes and of phrases of the vocabulary.

    python -m engine.training.pack TAKES_FOLDER PACK.npz --phrases 120

The pack holds motion (16-bit rotations), captions as sentence-encoder tokens, and the beats;
it is what travels to a GPU. Features are computed when it is opened.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from engine.model.config import SOURCES
from engine.model.text import TextEncoder, TextTokens
from engine.motion.features import Motion, motion_of
from engine.motion.skeleton import BODY
from engine.training.collect.take import Take, read_takes
from engine.training.dataset import QUATS
from engine.training.describe import PHRASES
from engine.training.quantise import quantised_versions
from engine.training.rhythm import motion_rhythm
from engine.vocabulary.move import STYLES, load_moves
from engine.vocabulary.phrases import Choice, write_score
from engine.vocabulary.player import Played, play

log = logging.getLogger(__name__)

HELD_OUT = 40
"""One phrase in so many is for validation."""
EIGHTS = 4
"""Length of a phrase in the pack."""
SHORTEST = 1.8
"""Seconds; shorter takes are left out."""


class _Pack:
    """What goes into a pack, gathered take by take and phrase by phrase."""

    def __init__(self, sentences: list[str]) -> None:
        self.sentence = {text: number for number, text in enumerate(sentences)}
        self.table: list[dict[str, Any]] = []
        self.quats: list[np.ndarray] = []
        self.roots: list[np.ndarray] = []
        self.beats: list[np.ndarray] = []
        self.versions: list[np.ndarray] = []
        self.minutes: dict[str, float] = {}

    def add_take(self, take: Take) -> None:
        motion = motion_of(take.local_quats.astype(float), take.root_positions.astype(float))
        rhythm = motion_rhythm(motion.positions(), take.fps)
        versions = quantised_versions(motion) if take.kind == "dance" else []
        source = ("robot " if take.source == "g1" else "") + take.kind
        self._add(
            motion,
            rhythm.beat,
            {
                "name": take.name,
                "split": take.split,
                "source": SOURCES.index(source),
                "captions": [self.sentence[caption] for caption in take.captions],
                "front": take.front,
                "half_known": rhythm.half_known,
                "joint_mask": take.joint_mask.astype(int).tolist(),
                "versions": [
                    {"tempo": v.tempo, "half_known": v.half_known, "strength": v.strength}
                    | {"frames": len(v.places)}
                    for v in versions
                ],
            },
        )
        self.versions += [np.stack([v.places, v.beat], axis=-1) for v in versions]
        key = f"{take.split}, {source}"
        self._count(key, take.duration)
        if np.isfinite(rhythm.beat).any():
            self._count(f"{key}, beat found", take.duration)
        for version in versions:
            self._count(f"{key}, bent to a beat", len(version.places) / take.fps)
        log.info("%s: %d versions, beat %.2f", take.name, len(versions), rhythm.ratio)

    def add_phrase(self, played: Played, name: str, split: str) -> None:
        frames = np.arange(len(played.count), dtype=float)

        def frame(count: float) -> float:
            return round(float(np.interp(count, played.count, frames)), 2)

        spans = [
            [
                frame(part.start - 0.5),
                frame(part.start + part.move.counts - 0.5),
                [self.sentence[caption] for caption in part.move.captions],
            ]
            for part in played.parts
        ]
        self._add(
            played.motion,
            played.count,
            {
                "name": name,
                "split": split,
                "source": SOURCES.index("phrases"),
                "captions": [],
                "front": 0.0,
                "half_known": True,
                "joint_mask": [1] * len(BODY),
                "versions": [],
                "spans": spans,
                "hits": [frame(count) for count in played.accents],
            },
        )
        self._count(f"{split}, phrases", len(frames) / played.motion.fps)

    def save(self, path: Path, encoded: TextTokens) -> None:
        np.savez_compressed(
            path,
            table=np.array(json.dumps(self.table)),
            sentences=np.array(json.dumps(list(self.sentence))),
            tokens=encoded.tokens[encoded.mask > 0].astype(np.float16),
            token_ends=np.cumsum(encoded.mask.sum(axis=1)).astype(np.int64),
            quats=np.concatenate(self.quats),
            roots=np.concatenate(self.roots),
            beats=np.concatenate(self.beats),
            versions=np.concatenate([np.zeros((0, 2)), *self.versions]).astype(np.float32),
        )

    def _add(self, motion: Motion, beat: Float[np.ndarray, " T"], row: dict[str, Any]) -> None:
        self.table.append(row | {"frames": len(motion)})
        self.quats.append(np.round(motion.local_quats * QUATS).astype(np.int16))
        self.roots.append(motion.root_positions.astype(np.float32))
        self.beats.append(beat.astype(np.float32))

    def _count(self, key: str, seconds: float) -> None:
        self.minutes[key] = self.minutes.get(key, 0.0) + seconds / 60


def build_pack(
    takes_folder: Path,
    pack: Path,
    encode_text: Callable[[list[str]], TextTokens],
    phrase_minutes: float = 0.0,
    seed: int = 0,
) -> dict[str, float]:
    """Packs the training and validation takes of a folder, and phrases of the vocabulary.

    Test takes are never read into a pack. Phrases of one seed are always the same; one in
    :data:`HELD_OUT` is for validation.

    Returns:
        Minutes by split and source.
    """
    takes = [
        take
        for take in read_takes(takes_folder, ("train", "validation"))
        if take.feet_valid and take.duration >= SHORTEST
    ]
    captions = {caption for take in takes for caption in take.captions} | set(PHRASES)
    if phrase_minutes > 0:
        captions |= {caption for move in load_moves().values() for caption in move.captions}
    sentences = sorted(captions)
    gathered = _Pack(sentences)
    for take in takes:
        gathered.add_take(take)
    for number, played in enumerate(play_phrases(phrase_minutes, seed)):
        split = "validation" if number % HELD_OUT == HELD_OUT - 1 else "train"
        gathered.add_phrase(played, f"phrase_{number}", split)
    gathered.save(pack, encode_text(sentences))
    return gathered.minutes


def play_phrases(minutes: float, seed: int) -> Iterator[Played]:
    """Dances by the grammar until there are ``minutes`` of them; every move opens one in turn."""
    moves = load_moves()
    rng = np.random.default_rng(seed)
    order: list[str] = []
    done = 0.0
    while done < minutes:
        if not order:
            order = [str(name) for name in rng.permutation(list(moves))]
        style = str(rng.choice(STYLES)) if rng.random() < 0.7 else None
        wanted = order.pop()
        score = write_score(moves, rng, Choice(style=style, eights=EIGHTS, wanted=wanted))
        played = play(score)
        done += len(played.motion) / played.motion.fps / 60
        yield played


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("takes", type=Path)
    parser.add_argument("pack", type=Path)
    parser.add_argument(
        "--phrases", type=float, default=120.0, help="minutes of phrases of the vocabulary"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the phrases")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    minutes = build_pack(
        arguments.takes,
        arguments.pack,
        TextEncoder.default(),
        arguments.phrases,
        arguments.seed,
    )
    for key, value in sorted(minutes.items()):
        log.info("%-50s %6.1f min", key, value)


if __name__ == "__main__":
    main()
