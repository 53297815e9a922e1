"""What a prompt is read as: one thing or several, a manner, a style; and how often it is right."""

import tomllib
from pathlib import Path

import pytest

from engine.choreography.captions import sayings
from engine.choreography.lexicon import describe_words
from engine.choreography.repertoire import Asked, ask
from engine.choreography.words import deeds, only_style, plainly, styles_in, wishes_for_something
from engine.model.text import TextEncoder
from engine.request import make_request
from engine.training.evaluation.prompts import UNSEEN
from engine.vocabulary.move import load_moves

DEVELOPED = Path(__file__).parent / "paraphrases.toml"


@pytest.fixture(scope="module")
def text() -> TextEncoder:
    return TextEncoder.default()


def read(prompt: str, text: TextEncoder, style: str = "") -> Asked:
    return ask(prompt, style, list(load_moves().values()), text)


def closest(asked: Asked) -> list[str]:
    """The move that each wish means most."""
    return [min(wish, key=wish.__getitem__) for wish in asked.named]


def share_right(path: Path, text: TextEncoder, every: int) -> float:
    """How often the only wish that is read is the move asked for, or one of its family."""
    moves = load_moves()
    rows = [row for row in tomllib.loads(path.read_text("utf-8")).items() if row[0] in moves]
    right = 0
    for name, sentence in rows[::every]:
        found = closest(read(sentence, text))
        right += len(found) == 1 and moves[found[0]].family == moves[name].family
    return right / len(rows[::every])


def test_paraphrases_find_their_move(text):
    assert share_right(DEVELOPED, text, 3) > 0.8
    assert share_right(UNSEEN, text, 5) > 0.6, "captions alone: .51; plans before this: .20"


@pytest.mark.parametrize(
    ("prompt", "moves"),
    [
        ("step touch from side to side with soft claps", ["step_touch", "clap"]),
        ("running man and kick ball change", ["running_man", "kick_ball_change"]),
        ("hands make a heart, cheerful bounces", ["heart_chest", "up_bounce"]),
        ("pointing up and down like a disco star", ["disco_point"]),
        ("sharp punches to the front, wide stance", ["punch_front"]),
    ],
)
def test_one_thing_is_not_taken_for_several_nor_several_for_one(prompt, moves, text):
    named = read(prompt, text).named
    assert len(named) == len(moves)
    for wish, wanted in zip(named, moves, strict=True):
        assert any(name.startswith(wanted) for name, less in wish.items() if less == 0)


@pytest.mark.parametrize(
    "prompt", ["fierce girl-crush", "energetic pop dance, sharp arms", "slow, low stance", "sexy"]
)
def test_manners_and_styles_name_no_move(prompt, text):
    asked = read(prompt, text)
    assert not asked.named
    assert not asked.unclear


def test_one_word_means_all_moves_of_its_family(text):
    (jumps,) = read("big jumps", text).named
    assert sum(less == 0 for less in jumps.values()) >= 3
    (man,) = read("running man", text).named
    assert [name for name, less in man.items() if less == 0] == ["running_man"]


def test_a_style_in_the_prompt_counts_like_a_chosen_one(text):
    chosen = read("", text, "girl-crush")
    for prompt in ("fierce girl-crush", "girl group choreography with strong attitude"):
        assert read(prompt, text).in_style == chosen.in_style
    assert styles_in("a hip hop dance") == ["hip-hop"]
    assert only_style("smooth lyrical dance with open arms")
    assert not only_style("hip hop dance with a body roll")


def test_a_manner_asks_for_traits(text):
    soft, hard = read("smooth and flowing", text), read("sharp and powerful", text)
    assert soft.taste["smooth"] > 0 > soft.taste["sharp"]
    assert hard.taste["sharp"] > 0
    assert read("body roll", text).taste == {}


def test_what_no_move_means_is_told_to_the_user(text):
    asked = read("quantum chromodynamics lecture", text)
    assert asked.unclear == ("quantum chromodynamics lecture",)
    words = describe_words(make_request({"prompt": "quantum"}), asked.unclear)
    assert "quantum chromodynamics lecture" in words["warnings"][0]
    assert not describe_words(make_request({"prompt": "body roll"}))["warnings"]


def test_words_are_put_plainly():
    assert plainly("rotate the pelvis") == "spin the hips"
    assert plainly("clenched hands") == "fists"
    assert deeds("slow body rolls") == ["roll"]
    assert not wishes_for_something("to the front")
    assert set(sayings()) <= set(load_moves())
