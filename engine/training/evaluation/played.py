"""Clips of single moves for the judge, from the vocabulary's player.

    python -m engine.training.evaluation.played OUT_FOLDER [--clips 14]

trains the judge of :mod:`~.classifier` on played clips, finds which moves it cannot tell apart,
tests it on clips of seeds and dancers that it has not seen, and writes all of it to OUT_FOLDER.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
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


@dataclass(frozen=True)
class JudgeReport:
    """How good the judge is on played clips that it has not seen."""

    by_move: float
    by_group: float
    chance: float
    """One over the number of moves."""
    windows: int
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


def move_clip(move: Move, seed: int, wide: bool) -> list[np.ndarray]:
    """Windows (world positions) of one clip in which nothing but this move is danced."""
    rng = np.random.default_rng(seed)
    dancer = wide_dancer(rng) if wide else draw_dancer(rng)
    begun = move.mirror() if move.mirrors and rng.random() < 0.5 else move
    alternate = bool(rng.random() < 0.7)
    bits = fill_eight(begun, False) if not alternate else fill_eight(move, True)
    parts = tuple(Part(bit.move, bit.at + 8.0 * eight) for eight in range(2) for bit in bits)
    low, high = TEMPI
    tempo = float(rng.uniform(low, high))
    played = play(Score(parts, tempo, dancer, seed=seed % 2**31))
    first = int(np.searchsorted(played.count, -0.5))
    last = int(np.searchsorted(played.count, 15.5))
    motion = played.motion
    inside = replace(
        motion,
        local_quats=motion.local_quats[first:last],
        root_positions=motion.root_positions[first:last],
        contacts=motion.contacts[first:last],
    )
    return cut(inside, hop=HOP)


def move_windows(
    moves: dict[str, Move], clips: int, first_seed: int, wide: bool
) -> list[MoveWindow]:
    """Windows of several clips of each move, each clip by another dancer."""
    return [
        (window, name)
        for number, (name, move) in enumerate(moves.items())
        for clip in range(clips)
        for window in move_clip(move, first_seed + 1000 * number + clip, wide)
    ]


def make_judge(
    moves: dict[str, Move], clips: int, settings: ClassifierSettings | None = None
) -> tuple[Classifier, JudgeReport]:
    """Trains the judge, publishes its groups, and tests it on unseen seeds and usual dancers."""
    judge = train_classifier(move_windows(moves, clips, JUDGE_SEEDS, True), None, settings)
    asked = move_windows(moves, max(3, clips // 3), GROUP_SEEDS, True)
    numbers = np.array([judge.moves.index(name) for _, name in asked])
    scores = judge.scores([window for window, _ in asked])
    families = {name: move.family for name, move in moves.items()}
    groups = confusable_groups(scores, numbers, judge.moves, families)
    judge = replace(judge, groups=groups)
    return judge, judge_report(
        judge, move_windows(moves, max(3, clips // 3), HELD_OUT_SEEDS, False)
    )


def judge_report(judge: Classifier, windows: list[MoveWindow]) -> JudgeReport:
    """How often the judge names the move, and its group."""
    best = judge.scores([window for window, _ in windows]).argmax(axis=1)
    taken = [judge.moves[number] for number in best]
    pairs = [(name, other) for (_, name), other in zip(windows, taken, strict=True)]
    sizes = list(judge.groups.values())
    return JudgeReport(
        by_move=float(np.mean([name == other for name, other in pairs])),
        by_group=float(np.mean([judge.same_group(name, other) for name, other in pairs])),
        chance=1.0 / len(judge.moves),
        windows=len(windows),
        largest_group=max((sizes.count(name) for name in set(sizes)), default=1),
    )


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--clips", type=int, default=14)
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
        f"{len(moves)} moves: held-out windows named {report.by_move:.3f}, by group"
        f" {report.by_group:.3f}, chance {report.chance:.3f}; {time.perf_counter() - began:.0f} s",
        file=sys.stdout,
    )


if __name__ == "__main__":
    main()
