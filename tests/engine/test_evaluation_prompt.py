"""The judge of moves, what is asked with it, the command and the gallery."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.choreography.plan import make_plan
from engine.errors import ChoreoError
from engine.model.backends import debug_model
from engine.model.text import TextEncoder
from engine.motion.skeleton import BODY
from engine.pipeline import Engine
from engine.request import GenerateRequest
from engine.training import evaluate, gallery
from engine.training.dataset import Dataset
from engine.training.evaluation.classifier import (
    Classifier,
    ClassifierSettings,
    channels_of,
    confusable_groups,
)
from engine.training.evaluation.played import make_judge, move_clip, move_clips
from engine.training.evaluation.prompts import (
    bare_plan,
    dance_sentence,
    judged_rows,
    load_judge,
    prompt_rows,
    retrieval,
    unseen_sentences,
)
from engine.training.evaluation.songs import silent_song
from engine.training.evaluation.studio import Studio
from engine.vocabulary.move import load_moves
from tests.songs import song_file

NAMES = ("chest_pop", "step_touch", "turn_full", "punch_front")


@pytest.fixture(scope="module")
def judge():
    """A judge of four moves, trained for a few seconds."""
    moves = {name: load_moves()[name] for name in NAMES}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the layers are small, and tests share their cores
    yield make_judge(moves, 3, ClassifierSettings(epochs=25, batch=16))
    torch.set_num_threads(threads)


def test_the_judge_knows_moves_of_dancers_that_it_has_not_seen(judge):
    _, report = judge
    assert report.by_move > 0.6, "four moves, chance is a quarter"
    assert report.by_group >= report.by_move
    assert report.chance == pytest.approx(0.25)


def test_the_judge_is_saved_and_read(judge, tmp_path):
    known, _ = judge
    known.save(tmp_path)
    again = Classifier.load(tmp_path)
    windows = move_clip(load_moves()["chest_pop"], 5, wide=False)
    np.testing.assert_allclose(again.scores(windows), known.scores(windows), atol=1e-5)
    assert again.groups == known.groups
    with pytest.raises(ChoreoError) as outdated:
        load_judge(tmp_path)
    assert outdated.value.code == "judge_outdated"
    with pytest.raises(ChoreoError) as missing:
        load_judge(tmp_path / "nowhere")
    assert missing.value.code == "judge_missing"


def test_size_and_place_of_a_body_do_not_matter():
    window = move_clip(load_moves()["step_touch"], 1, wide=False)[0]
    turn = np.array([[0.0, 0, -1], [0, 1, 0], [1, 0, 0]])
    moved = 1.2 * (window @ turn) + [2.0, 0.0, -1.0]
    np.testing.assert_allclose(channels_of(moved), channels_of(window), atol=1e-4)
    assert channels_of(window[:40]).shape == channels_of(window).shape


def test_groups_join_what_is_mixed_up_within_a_family_only():
    labels = np.repeat(np.arange(3), 10)
    scores = np.full((30, 3), -5.0)
    scores[np.arange(30), labels] = 0.0
    scores[:4, 1] = 1.0  # a is taken for b
    scores[10:14, 2] = 1.0  # b is taken for c, of another family
    families = {"a": "x", "b": "x", "c": "y"}
    groups = confusable_groups(scores, labels, ("a", "b", "c"), families)
    assert groups["a"] == groups["b"]
    assert groups["b"] != groups["c"]


def test_played_moves_reach_and_others_do_not(judge):
    known, _ = judge
    moves = {name: load_moves()[name] for name in NAMES}
    played = move_clips(moves, 1, 40, wide=False)
    dances = [(move_clip(move, 90, False), name) for name, move in moves.items()]
    scores = np.array([known.dance_scores(windows) for windows, _ in dances])
    labels = np.array([known.moves.index(name) for _, name in dances])
    danced, found = judged_rows(known, scores, labels, played, "so")
    assert danced.reached
    assert danced.figure > 0.85
    assert danced.controls["prompts shuffled"] < 0.5
    assert found.reached
    assert found.controls["chance"] == pytest.approx(0.75)
    wrong = judged_rows(known, scores, (labels + 2) % len(NAMES), played, "so")
    assert not wrong[0].reached


def test_retrieval_is_chance_for_scores_that_know_nothing():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(60), 4)
    blind, chance = retrieval(rng.normal(size=(240, 60)), labels, rng)
    assert chance == pytest.approx(3 / 32)
    assert blind == pytest.approx(chance, abs=0.05)
    seeing = rng.normal(size=(240, 60))
    seeing[np.arange(240), labels] += 6.0
    assert retrieval(seeing, labels, rng)[0] > 0.95


def test_every_move_has_a_sentence_and_a_seen_one_is_refused():
    moves, sentences = load_moves(), unseen_sentences([])
    missing = set(moves) - set(sentences)
    assert len(missing) <= 0.05 * len(moves), f"write sentences in unseen.toml for {missing}"
    assert len(set(sentences.values())) == len(sentences)
    with pytest.raises(ChoreoError) as seen:
        unseen_sentences([sentences["body_roll"].upper()])
    assert seen.value.code == "sentence_seen"


def test_the_model_hears_the_sentence_alone():
    plan = bare_plan(make_plan(silent_song(112.0), GenerateRequest(prompt="body roll")))
    assert all(not phrase.moves and phrase.words == "body roll" for phrase in plan.phrases)
    assert all(phrase.repeats is None for phrase in plan.phrases)
    heard: list[list[str]] = []

    class Listening(TextEncoder):
        def __call__(self, sentences):
            heard.append(sentences)
            return super().__call__(sentences)

    motion = dance_sentence(Studio(debug_model(), Listening.default()), "undulate", 0, 112.0)
    assert heard[-1] == ["undulate"]
    assert motion.positions().shape[1] == len(BODY)


def test_a_model_that_knows_no_move_is_not_let_through(judge, monkeypatch):
    known, _ = judge
    moves = {name: load_moves()[name] for name in NAMES}
    monkeypatch.setattr("engine.training.evaluation.prompts.load_moves", lambda: moves)
    studio = Studio(debug_model(), TextEncoder.default())
    rows = prompt_rows(studio, known, [], (0,), most=4, clips=1)
    understood, _, _, danced, found = rows
    assert understood.figure > 0.2, "of all moves the plans choose one of the four at least"
    assert not danced.reached
    assert "the model alone" in danced.what
    assert danced.controls["judge on held-out played clips, by group"] > 0.7
    assert "4 moves only" in found.note


def test_the_command_prints_a_table_and_writes_json(tmp_path, monkeypatch, capsys):
    from engine.training.evaluation import parts
    from engine.training.evaluation.table import at_least

    def fake(bench):
        assert bench.extent == parts.QUICK
        return [at_least("on the beat", "precision", 0.9, 0.8, {"64 phases": 0.5})]

    monkeypatch.setitem(evaluate.PARTS, "beat", fake)
    nothing = Dataset((), (), np.zeros((0, 384)), np.zeros(0, dtype=int))
    monkeypatch.setattr(evaluate, "open_pack", lambda pack: nothing)
    out = tmp_path / "figures.json"
    options = ["pack.npz", "--model", "debug", "--parts", "beat", "--quick", "--markdown"]
    assert evaluate.main([*options, "--json", str(out)]) == 0
    assert "| on the beat | precision | 0.90 | 64 phases 0.50 |" in capsys.readouterr().out
    written = json.loads(out.read_text())
    assert written["split"] == "validation"
    assert written["rows"][0]["controls"] == {"64 phases": 0.5}
    assert evaluate.main([*options[:3], "--parts", "beets"]) == 1
    assert "beets" in capsys.readouterr().err


def test_the_gallery_makes_movies_sheets_and_an_index(tmp_path, monkeypatch):
    song = song_file(tmp_path / "song.wav")
    monkeypatch.setattr(gallery, "MOVIE_SIZE", (64, 64))
    engine = Engine(debug_model(), TextEncoder.default())
    asked = (gallery.Asked("body roll"), gallery.Asked("손하트", "cute"))
    pieces = gallery.make_gallery(tmp_path / "out", [song], engine, 5.0, asked)
    assert len(pieces) == 2
    for piece in pieces:
        for ending in ("npz", "png", "mp4"):
            assert (tmp_path / "out" / f"{piece.name}.{ending}").stat().st_size > 1000
    page = (tmp_path / "out" / "index.md").read_text(encoding="utf-8")
    assert "손하트 (cute)" in page
    assert f"({pieces[0].name}.mp4)" in page
    assert len(gallery.PROMPTS) == 12
    assert replace(asked[0], style="cute").style == "cute"
