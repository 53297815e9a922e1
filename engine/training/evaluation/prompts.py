"""The prompt is danced: sentences that were never trained on, and a judge trained apart.

Each move is asked for by one sentence of ``unseen.toml`` alone. The model's raw output is cut into
windows, and the judge (:mod:`~.classifier`) says which move they show.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from engine.choreography.plan import Phrase, Plan
from engine.conditioning import read_words
from engine.errors import ChoreoError
from engine.generate import generate
from engine.motion.features import Motion
from engine.request import GenerateRequest
from engine.training.evaluation.classifier import TABLE, Classifier, MoveWindow
from engine.training.evaluation.played import HELD_OUT_SEEDS, judge_report, move_windows
from engine.training.evaluation.real import RealDance
from engine.training.evaluation.songs import silent_song
from engine.training.evaluation.studio import Studio, plan_for
from engine.training.evaluation.table import Row, at_least, informs
from engine.training.evaluation.windows import cut
from engine.vocabulary.move import load_moves

PART = "the prompt is danced"
LEAST_SHARE, LEAST_RETRIEVED = 0.85, 0.70
POOL, RANK, POOLS = 32, 3, 200
"""Moves that are told apart in retrieval, the rank that counts, and how many pools are drawn."""
SECONDS, HOP = 9.0, 1.5
TEMPI = (96.0, 112.0, 128.0)
REAL_LABELS: dict[str, tuple[str, ...]] = {
    "charleston": ("charleston",),
    "143_35": ("macarena",),
    "Macarena": ("macarena",),
    "Disco": ("point", "disco", "arm_point", "saturday"),
    "Shuffle": ("shuffle", "running_man", "charleston", "t_step"),
    "WiggleDance": ("wiggle", "hip", "shimmy", "body_roll", "wave"),
    "DadDance": ("step_touch", "two_step", "groove", "bounce"),
    "60": ("salsa", "mambo", "step", "basic"),
    "61": ("salsa", "mambo", "step", "basic"),
}
"""Parts of takes' names, and parts of names or families of moves that are right for them."""


UNSEEN = Path(__file__).parent / "unseen.toml"
"""A sentence for each move that no training ever sees."""


def unseen_sentences(trained: Collection[str]) -> dict[str, str]:
    """The sentences of :data:`UNSEEN` for the moves that there are.

    Args:
        trained: all sentences that the model was trained on; none of ours may be among them.

    Raises:
        ChoreoError: ``sentence_seen`` if one of them is.
    """
    known = {sentence.strip().lower() for sentence in trained}
    known |= {c.strip().lower() for move in load_moves().values() for c in move.captions}
    table = tomllib.loads(UNSEEN.read_text(encoding="utf-8"))
    for name, sentence in table.items():
        if sentence.strip().lower() in known:
            raise ChoreoError(
                "sentence_seen",
                f"The sentence that asks for {name} was trained on.",
                f"Write another one in {UNSEEN.name}.",
            )
    return {name: table[name] for name in load_moves() if name in table}


def bare_plan(plan: Plan) -> Plan:
    """The plan with all that it says of moves taken out: only counts and sections are left."""
    bare: dict[str, Any] = {"moves": (), "accents": (), "freeze": (), "repeats": None}
    bare |= {"style": "", "energy": 0.0, "ending": False, "mirrored": False, "variation": 0.0}
    return replace(plan, phrases=tuple(Phrase(**(vars(p) | bare)) for p in plan.phrases))


def dance_sentence(studio: Studio, sentence: str, seed: int, tempo: float) -> Motion:
    """Raw motion for one sentence, told to the model word by word as it stands."""
    song, request = silent_song(tempo, SECONDS), GenerateRequest(prompt=sentence, seed=seed)
    plan = bare_plan(plan_for(song, request, studio.text))
    return generate(plan, read_words(plan, studio.text), song, request, studio.model)


def load_judge(folder: Path) -> Classifier:
    """The judge that ``python -m engine.training.evaluation.played`` wrote.

    Raises:
        ChoreoError: ``judge_missing``; ``judge_outdated`` if the vocabulary has changed since.
    """
    remedy = f"Train it with python -m engine.training.evaluation.played {folder}."
    if not (folder / TABLE).is_file():
        raise ChoreoError("judge_missing", f"There is no judge of moves in {folder}.", remedy)
    judge = Classifier.load(folder)
    if set(judge.moves) != set(load_moves()):
        raise ChoreoError(
            "judge_outdated", "The judge knows another vocabulary than the one here.", remedy
        )
    return judge


def prompt_rows(
    studio: Studio,
    judge: Classifier,
    trained: Collection[str],
    seeds: Sequence[int],
    most: int,
    clips: int = 4,
) -> list[Row]:
    """Rows for single-move prompts.

    Args:
        trained: all sentences that the model was trained on.
        most: moves that are asked for, spread over the vocabulary.
        clips: played clips of each move by which the judge itself is scored.
    """
    moves = load_moves()
    sentences = unseen_sentences(trained)
    names = _spread(list(sentences), most)
    scores, labels = [], []
    for number, name in enumerate(names):
        for seed in seeds:
            tempo = TEMPI[(number + seed) % len(TEMPI)]
            raw = dance_sentence(studio, sentences[name], seed, tempo)
            scores.append(judge.dance_scores(cut(raw, hop=HOP)))
            labels.append(judge.moves.index(name))
    asked = {name: moves[name] for name in names}
    played = move_windows(asked, clips, HELD_OUT_SEEDS + 500, False)
    return judged_rows(judge, np.array(scores), np.array(labels), played)


def judged_rows(
    judge: Classifier,
    scores: Float[np.ndarray, "N M"],
    labels: Int[np.ndarray, " N"],
    played: Sequence[MoveWindow],
    seed: int = 0,
) -> list[Row]:
    """Rows from the judge's scores of generated dances and from held-out played clips."""
    rng = np.random.default_rng(seed)
    own = judge_report(judge, list(played))
    right, right_group = hits(judge, scores, labels)
    turned = np.array([hits(judge, scores, rng.permutation(labels))[1] for _ in range(50)])
    counts = f"{len(labels)} dances of {len(set(labels.tolist()))} moves"
    retrieved, chance = retrieval(scores, labels, rng)
    pool = min(POOL, len(set(labels.tolist())))
    return [
        at_least(
            PART,
            "prompts named by the judge, part of its own score on played clips",
            right_group / own.by_group if own.by_group > 0 else float("nan"),
            LEAST_SHARE,
            {
                "prompts shuffled": float(turned.mean()),
                "named, by group": right_group,
                "named, by move": right,
                "judge on held-out played clips, by group": own.by_group,
                "by move": own.by_move,
            },
            f"{counts}; largest group {own.largest_group}",
        ),
        at_least(
            PART,
            f"R@{RANK} among {pool} different moves",
            retrieved,
            LEAST_RETRIEVED,
            {"chance": chance},
            "" if pool == POOL else f"the vocabulary has {pool} moves only",
        ),
    ]


def hits(
    judge: Classifier, scores: Float[np.ndarray, "N M"], labels: Int[np.ndarray, " N"]
) -> tuple[float, float]:
    """Share of dances whose best score is the asked move, and one of its group."""
    best = scores.argmax(axis=1)
    group = [
        judge.same_group(judge.moves[a], judge.moves[b])
        for a, b in zip(best.tolist(), labels.tolist(), strict=True)
    ]
    return float(np.mean(best == labels)), float(np.mean(group))


def retrieval(
    scores: Float[np.ndarray, "N M"], labels: Int[np.ndarray, " N"], rng: np.random.Generator
) -> tuple[float, float]:
    """Share of dances whose move is among the best three of 32 different moves, and its chance.

    Pools are drawn anew many times from the moves that were asked for; no groups count here.
    """
    asked = np.unique(labels)
    size = min(POOL, len(asked))
    found = []
    for _ in range(POOLS):
        pool = rng.permutation(asked)[:size]
        inside = np.flatnonzero(np.isin(labels, pool))
        mine = scores[inside, labels[inside]]
        better = (scores[inside][:, pool] > mine[:, None]).sum(axis=1)
        found.append(float(np.mean(better < RANK)))
    return float(np.mean(found)), min(1.0, RANK / size)


def real_rows(judge: Classifier, dances: Sequence[RealDance]) -> list[Row]:
    """How often the judge finds a fitting move in labelled real takes; nothing if none fits.

    The labels (:data:`REAL_LABELS`) are coarse: a take is whole, and its moves are not marked.
    """
    moves = load_moves()
    rows = []
    for dance in dances:
        words = next((w for part, w in REAL_LABELS.items() if part in dance.name), ())
        fitting = [
            number
            for number, name in enumerate(judge.moves)
            if any(word in f"{name} {moves[name].family}" for word in words)
        ]
        windows = cut(dance.motion, hop=HOP)
        if fitting and windows:
            best = np.argsort(-judge.scores(windows), axis=1)[:, :RANK]
            found = float(np.isin(best, fitting).any(axis=1).mean())
            chance = 1 - (1 - len(fitting) / len(judge.moves)) ** RANK
            what = f"real take {dance.name}: windows with a fitting move among the best {RANK}"
            rows.append(informs(PART, what, found, {"chance": chance}, f"{len(fitting)} fit"))
    return rows


def _spread(names: list[str], most: int) -> list[str]:
    chosen = np.linspace(0, len(names) - 1, min(most, len(names))).round().astype(int)
    return [names[number] for number in sorted(set(chosen.tolist()))]
