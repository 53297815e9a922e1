"""Clips of single moves for the judge, from the vocabulary's player.

    python -m engine.training.evaluation.played OUT_FOLDER [--clips 6]

trains the judge of :mod:`~.classifier` on played clips, finds which moves it cannot tell apart,
tests it on clips of seeds and dancers that it has not seen, and writes all of it to OUT_FOLDER.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.training.evaluation.classifier import (
    Classifier,
    ClassifierSettings,
    MoveWindow,
    confusable_groups,
    train_classifier,
)
from engine.training.evaluation.windows import cut
from engine.vocabulary.move import Move, load_moves
from engine.vocabulary.phrases import draw_dancer, fill_eight
from engine.vocabulary.player import play
from engine.vocabulary.score import Dancer, Part, Score

HOP = 1.3
"""Seconds between windows of one clip."""
JUDGE_SEEDS, GROUP_SEEDS, HELD_OUT_SEEDS = 7_100_000, 7_200_000, 7_300_000
"""Where the seeds of the three sets begin; training data of the motion model begins at 0."""
TEMPI = (70.0, 150.0)
"""BPM: wider than the phrases that the motion model learns from."""
CLIP = 16.0
"""Counts of a clip."""
ROW = 8
"""Moves that are played one after another."""
TESTED = 3
"""Clips of each move by which groups are found, and as many by which the judge is tested."""


@dataclass(frozen=True)
class JudgeReport:
    """How good the judge is on played clips that it has not seen."""

    by_move: float
    """Of clips, as dances are judged."""
    by_group: float
    by_window: float
    """Single windows, by move."""
    chance: float
    """One over the number of moves."""
    clips: int
    largest_group: int


def wide_dancer(rng: np.random.Generator) -> Dancer:
    """A dancer of wider variation than :func:`draw_dancer`'s: the judge must bear all of them."""
    usual = draw_dancer(rng)
    return replace(
        usual,
        size=float(rng.uniform(0.65, 1.45)),
        sharpness=float(rng.uniform(0.0, 1.0)),
        groove=float(rng.uniform(0.0, 2.2)),
        stance=float(rng.uniform(0.7, 1.7)),
        lean=float(rng.normal(0.0, 0.08)),
        elbows=float(rng.normal(0.0, 0.2)),
        looseness=float(rng.uniform(0.3, 2.2)),
        noise=float(rng.uniform(0.5, 2.5)),
    )


@dataclass(frozen=True)
class MoveClip:
    """Windows (world positions) of a clip in which nothing but one move is danced."""

    name: str
    windows: list[np.ndarray]


def move_clip(move: Move, seed: int, wide: bool) -> list[np.ndarray]:
    """Windows of one clip of a move."""
    return play_in_a_row([move], seed, wide)[0].windows


def play_in_a_row(moves: Sequence[Move], seed: int, wide: bool) -> list[MoveClip]:
    """Two eights of each move, one after another, each by another dancer: half the cost of each
    alone. What belongs to two moves is in no window."""
    rng = np.random.default_rng(seed)
    draw = wide_dancer if wide else draw_dancer
    parts: list[Part] = []
    for number, move in enumerate(moves):
        dancer = draw(rng)
        begun = move.mirror() if move.mirrors and rng.random() < 0.5 else move
        alternate = bool(rng.random() < 0.7)
        bits = fill_eight(move, True) if alternate else fill_eight(begun, False)
        first = CLIP * number
        parts += [Part(b.move, first + b.at + 8.0 * e, dancer) for e in range(2) for b in bits]
    low, high = TEMPI
    played = play(Score(tuple(parts), float(rng.uniform(low, high)), draw(rng), seed % 2**31))
    clips = []
    for number, move in enumerate(moves):
        edges = np.array([-0.5, CLIP - 0.5]) + CLIP * number
        first, last = np.searchsorted(played.count, edges)
        motion = played.motion
        inside = replace(
            motion,
            local_quats=motion.local_quats[first:last],
            root_positions=motion.root_positions[first:last],
            contacts=motion.contacts[first:last],
        )
        clips.append(MoveClip(move.name, cut(inside, hop=HOP)))
    return clips


def move_clips(moves: dict[str, Move], clips: int, first_seed: int, wide: bool) -> list[MoveClip]:
    """Several clips of each move, each by another dancer and beside other moves."""
    found = []
    for clip in range(clips):
        order = np.random.default_rng(first_seed + clip).permutation(sorted(moves)).tolist()
        for row in range(0, len(order), ROW):
            seed = first_seed + 1000 * clip + row
            found += play_in_a_row([moves[name] for name in order[row : row + ROW]], seed, wide)
    return found


def windows_of(clips: Sequence[MoveClip]) -> list[MoveWindow]:
    """All windows, each with the name of its move."""
    return [(window, clip.name) for clip in clips for window in clip.windows]


def make_judge(
    moves: dict[str, Move], clips: int, settings: ClassifierSettings | None = None
) -> tuple[Classifier, JudgeReport]:
    """Trains the judge, publishes its groups, and tests it on unseen seeds and usual dancers."""
    judge = train_classifier(windows_of(move_clips(moves, clips, JUDGE_SEEDS, True)), settings)
    asked = windows_of(move_clips(moves, TESTED, GROUP_SEEDS, True))
    numbers = np.array([judge.moves.index(name) for _, name in asked])
    scores = judge.scores([window for window, _ in asked])
    families = {name: move.family for name, move in moves.items()}
    groups = confusable_groups(scores, numbers, judge.moves, families)
    judge = replace(judge, groups=groups)
    return judge, judge_report(judge, move_clips(moves, TESTED, HELD_OUT_SEEDS, False))


def judge_report(judge: Classifier, clips: Sequence[MoveClip]) -> JudgeReport:
    """How often the judge names the move of a clip, and its group, by all windows of the clip."""
    taken = [judge.moves[judge.dance_scores(clip.windows).argmax()] for clip in clips]
    pairs = [(clip.name, other) for clip, other in zip(clips, taken, strict=True)]
    windows = windows_of(clips)
    best = judge.scores([window for window, _ in windows]).argmax(axis=1)
    named = [judge.moves[n] == name for n, (_, name) in zip(best, windows, strict=True)]
    sizes = list(judge.groups.values())
    return JudgeReport(
        by_move=float(np.mean([name == other for name, other in pairs])),
        by_group=float(np.mean([judge.same_group(name, other) for name, other in pairs])),
        by_window=float(np.mean(named)),
        chance=1.0 / len(judge.moves),
        clips=len(clips),
        largest_group=max((sizes.count(name) for name in set(sizes)), default=1),
    )


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--clips", type=int, default=6)
    parser.add_argument("--epochs", type=int, default=ClassifierSettings.epochs)
    given = parser.parse_args()
    began = time.perf_counter()
    moves = load_moves()
    judge, report = make_judge(moves, given.clips, ClassifierSettings(epochs=given.epochs))
    judge.save(given.out)
    (given.out / "report.json").write_text(json.dumps(vars(report), indent=1) + "\n")
    groups: dict[str, list[str]] = {}
    for move, group in judge.groups.items():
        groups.setdefault(group, []).append(move)
    for members in groups.values():
        if len(members) > 1:
            print("taken for one another:", ", ".join(members))
    print(
        f"{len(moves)} moves: held-out clips named {report.by_move:.3f}, by group"
        f" {report.by_group:.3f}, windows {report.by_window:.3f}, chance {report.chance:.3f};"
        f" {time.perf_counter() - began:.0f} s",
        file=sys.stdout,
    )


if __name__ == "__main__":
    main()
