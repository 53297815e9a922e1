"""The prompt is danced: sentences that were never trained on, and a judge trained apart.

Each move is asked for by one sentence of ``unseen.toml`` alone, in two ways (:data:`WAYS`): as a
user asks for it, and told to the model alone. The raw output, before sync and cleanup, is cut into
windows, and the judge (:mod:`~.classifier`) says which move they show.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from engine.audio.analysis import SongAnalysis
from engine.choreography.plan import EIGHT, Phrase, Plan
from engine.conditioning import read_words
from engine.errors import ChoreoError
from engine.generate import generate
from engine.motion.features import Motion
from engine.request import GenerateRequest
from engine.training.evaluation.classifier import TABLE, Classifier
from engine.training.evaluation.played import HELD_OUT_SEEDS, MoveClip, judge_report, move_clips
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
    return _dance(studio, sentence, seed, tempo, bare_plan)


def dance_as_asked(studio: Studio, sentence: str, seed: int, tempo: float) -> Motion:
    """Raw motion for one sentence as the engine dances it, in the middle of a song."""
    return _dance(studio, sentence, seed, tempo, lambda plan: plan)


def _dance(
    studio: Studio, sentence: str, seed: int, tempo: float, change: Callable[[Plan], Plan]
) -> Motion:
    song, request = _asked(sentence, seed, tempo)
    plan = change(plan_for(song, request, studio.text))
    return generate(plan, read_words(plan, studio.text), song, request, studio.model)


def _asked(sentence: str, seed: int, tempo: float) -> tuple[SongAnalysis, GenerateRequest]:
    """Two eights of a longer song and what is asked for on them."""
    start = EIGHT * 60.0 / tempo
    song = silent_song(tempo, start + 2 * SECONDS)
    request = GenerateRequest(prompt=sentence, seed=seed, start=start, end=start + SECONDS)
    return song, request


Way = Callable[[Studio, str, int, float], Motion]
WAYS: dict[str, Way] = {
    "as the engine dances it (words, plan, sketch, model)": dance_as_asked,
    "the model alone, told only the words": dance_sentence,
}
"""What the figure is called, and how a sentence becomes motion."""


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
    asked = {name: moves[name] for name in names}
    played = move_clips(asked, clips, HELD_OUT_SEEDS + 500_000, False)
    rows = [understood_row(studio, judge, sentences)]
    for way, dance in WAYS.items():
        scores, labels = [], []
        for number, name in enumerate(names):
            for seed in seeds:
                tempo = TEMPI[(number + seed) % len(TEMPI)]
                raw = dance(studio, sentences[name], seed, tempo)
                scores.append(judge.dance_scores(cut(raw, hop=HOP)))
                labels.append(judge.moves.index(name))
        rows += judged_rows(judge, np.array(scores), np.array(labels), played, way)
    return rows


def understood_row(studio: Studio, judge: Classifier, sentences: dict[str, str]) -> Row:
    """How many sentences are planned as the move that they ask for: what the dance can reach."""
    right = []
    for name, sentence in sentences.items():
        song, request = _asked(sentence, 0, TEMPI[0])
        right.append(judge.same_group(name, main_move(plan_for(song, request, studio.text))))
    what = "sentences whose plan is mostly the move asked for, or one of its group"
    found = float(np.mean(right))
    return informs(PART, what, found, {"chance": 1 / len(judge.moves)}, f"{len(right)} sentences")


def main_move(plan: Plan) -> str:
    """The move that takes most counts of a plan; empty for a plan without moves."""
    counts: Counter[str] = Counter()
    for phrase in plan.phrases:
        for move in phrase.moves:
            counts[move.name] += move.counts
    return counts.most_common(1)[0][0] if counts else ""


def judged_rows(
    judge: Classifier,
    scores: Float[np.ndarray, "N M"],
    labels: Int[np.ndarray, " N"],
    played: Sequence[MoveClip],
    way: str,
) -> list[Row]:
    """Rows from the judge's scores of generated dances and from held-out played clips."""
    rng = np.random.default_rng(0)
    own = judge_report(judge, played)
    right, right_group = hits(judge, scores, labels)
    turned = np.array([hits(judge, scores, rng.permutation(labels))[1] for _ in range(50)])
    counts = f"{len(labels)} dances of {len(set(labels.tolist()))} moves"
    retrieved, chance = retrieval(scores, labels, rng)
    pool = min(POOL, len(set(labels.tolist())))
    return [
        at_least(
            PART,
            f"{way}: prompts named by the judge, part of its own score on played clips",
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
            f"{way}: R@{RANK} among {pool} different moves",
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
