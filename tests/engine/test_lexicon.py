"""Korean and English dance words become the English that the model knows."""

import time
import tomllib
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.choreography.lexicon import describe_words, to_english
from engine.choreography.lexicon.table import (
    KINDS,
    TERMS,
    dictionary_forms,
    load_forms,
    read_terms,
)
from engine.choreography.plan import NOTHING_SAID, words_at
from engine.choreography.styles import STYLES
from engine.request import make_request
from engine.training.describe import PHRASES
from engine.training.lexicon_judge import read_labelled, score

HERE = Path(__file__).parent
ENGINE = Path(__file__).parents[2] / "engine"


def said(prompt: str) -> set[str]:
    return set(to_english(prompt).english.split(", ")) - {""}


def test_there_are_enough_korean_terms_and_each_is_found():
    """Every noun and adverb as it stands, every verb and adjective in its dictionary form."""
    entries = [
        (term, entry)
        for term in read_terms()
        if term.topic != "english" and not term.silent
        for words in term.entries.values()
        for entry in words
    ]
    assert len({entry.replace(" ", "") for _, entry in entries}) >= 1200
    for term, entry in entries:
        read = to_english(entry)
        assert not read.unknown, entry
        if term.alone and term.english not in read.english:
            # The same surface may stand in two lines; then the other line speaks.
            assert read.english, entry


def test_no_entry_stands_in_two_lines_of_the_same_topic_or_of_two():
    seen: dict[str, str] = {}
    for term in read_terms():
        for kind in KINDS:
            for entry in term.entries.get(kind, ()):
                key = f"{term.topic == 'english'} {entry.replace(' ', '').lower()}"
                assert key not in seen, f"{entry}: {term.english} and {seen.get(key)}"
                seen[key] = term.english


def test_every_clause_that_the_model_was_trained_with_can_be_asked_for_in_korean():
    """Clauses of describe.WORDS reached by at least one Korean term, but for a few paraphrases."""
    reached = set()
    for term in read_terms():
        if term.topic != "english":
            reached |= {term.english, *term.english.split(", "), *term.with_part.values()}
    assert len(reached & set(PHRASES)) >= 0.7 * len(PHRASES)


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("부드럽게 부드러운 부드러워 부드러우면서", "smooth and flowing"),
        ("찌르고", "sharp punches"),
        ("찔러", "sharp punches"),
        ("찌르는 동작", "sharp punches"),
        ("골반을 흔들면서", "hips swaying"),
        ("흔드는 골반", "hips swaying"),
        ("골반 흔들기", "hips swaying"),
        ("골반을 막 흔들어 주세요", "hips swaying"),
        ("빠르게 빨라지는", "fast"),
        ("귀여운 느낌으로", "cheerful idol style dance"),
        ("머리를 넘기며", "hair flip"),
        ("팔을 위로 올려요", "arms up"),
        ("한 바퀴 돌고", "a full turn"),
        ("K팝 스타일", "a person dances to pop music"),
    ],
)
def test_inflected_forms_are_found(korean, english):
    read = to_english(korean)
    assert english in read.english.split(", ")
    assert not read.unknown


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD"])
@pytest.mark.parametrize("written", ["손하트", "손 하트", "손하트를", "손 하트랑"])
def test_spelling_variants_mean_the_same(form, written):
    assert to_english(unicodedata.normalize(form, written)).english == "finger heart"


def test_a_term_is_not_found_inside_another_word():
    read = to_english("턴테이블 업무 손님")
    assert read.english == ""
    assert read.unknown == ("턴테이블", "업무", "손님")


@pytest.mark.parametrize(
    ("prompt", "kept", "refused"),
    [
        ("팔은 올리지 말고 웨이브", {"body roll"}, "arms up"),
        ("점프 없이 웨이브", {"body roll"}, "jumping"),
        ("점프나 턴 없이 웨이브", {"body roll"}, "turning around"),
        ("웨이브 하고 점프는 하지 마세요", {"body roll"}, "jumping"),
        ("안 뛰고 웨이브", {"body roll"}, "jumping"),
        ("뛰면 안 돼요", set(), "jumping"),
        ("골반을 흔들지 않으면서 웨이브", {"body roll"}, "hips swaying"),
        ("점프 대신 웨이브", {"body roll"}, "jumping"),
        ("너무 빠르지 않게 웨이브", {"body roll"}, "fast"),
        ("no 점프, 웨이브", {"body roll"}, "jumping"),
        ("jump 없이 웨이브", {"body roll"}, "jump"),
        ("no jumps, sharp arms", {"sharp arms"}, "jumps"),
        ("sharp arms without any turns", {"sharp arms"}, "turns"),
        ("no jumps, turns or kicks, sharp arms", {"sharp arms"}, "turns or kicks"),
        ("don't raise the arms but sway", {"sway"}, "raise the arms"),
        ("smooth, not too fast", {"smooth"}, "too fast"),
    ],
)
def test_what_is_refused_is_left_out(prompt, kept, refused):
    read = to_english(prompt)
    assert said(prompt) == kept
    assert refused in read.refused


@pytest.mark.parametrize(
    "prompt", ["no bounce", "without stopping", "쉬지 않고", "끊임없이", "힘을 빼고"]
)
def test_some_negations_ask_for_something(prompt):
    read = to_english(prompt)
    assert read.english
    assert not read.refused


def test_plain_english_is_kept_as_it_is():
    for prompt in (*PHRASES, *(style.prompt for style in STYLES.values())):
        assert to_english(prompt).english.lower() == prompt.lower()


def test_english_slang_is_replaced_and_reported():
    read = to_english("a sharp Body-Wave and hair toss")
    assert read.english == "a sharp body roll and hair flip"
    assert ("Body-Wave", "body roll") in read.understood


def test_mixed_prompts_keep_both_and_tell_what_was_understood():
    read = to_english("sharp arms로 골반을 흔들면서 turn, 깔롱지게")
    assert read.english == "sharp arms, hips swaying, turn"
    assert ("골반 흔들면서", "hips swaying") in read.understood
    assert read.unknown == ("깔롱지게",)
    assert read.warning == ""


def test_sections_of_the_song_are_understood_but_not_danced():
    read = to_english("후렴에서는 점프")
    assert read.english == "jumping"
    assert ("후렴", "chorus") in read.understood


def test_the_plan_speaks_english_and_the_clip_says_what_was_understood():
    parts = [{"start": 10, "end": 20, "prompt": "깔롱쓰"}]
    request = make_request({"prompt": "낮은 자세로 웨이브", "section_prompts": parts})
    assert words_at(5.0, request) == "low stance, body roll"
    assert words_at(15.0, request) == NOTHING_SAID
    words = describe_words(request)
    assert words["prompts"][0]["english"] == "low stance, body roll"
    assert len(words["warnings"]) == 1
    assert "깔롱쓰" in words["warnings"][0]


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_taken(text):
    read = to_english(text)
    assert isinstance(read.english, str)


@given(st.text(alphabet="팔을올리지말고점프안없이 하jump,no&+", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_korean_text_is_taken(text):
    assert to_english(text).english == to_english(unicodedata.normalize("NFD", text)).english


@pytest.mark.parametrize(
    "text", ["팔" * 5000, "이가을" * 2000, "& " * 3000 + "x", "no " * 2000, "("]
)
def test_long_text_takes_no_time(text):
    began = time.perf_counter()
    to_english(text)
    assert time.perf_counter() - began < 2.0


def test_every_verb_of_the_lexicon_has_been_inflected():
    stems = load_forms().stems
    for word in dictionary_forms(read_terms()):
        assert word.rpartition(" ")[2] in stems, f"{word}: run python -m engine.training.lexicon"


def test_the_table_is_what_the_analyser_makes():
    """Where the analyser is installed, the committed table is that of the lexicon."""
    kiwi = pytest.importorskip("kiwipiepy").Kiwi()
    from engine.choreography.lexicon.table import FORMS
    from engine.training.lexicon import build_forms, dump_forms

    assert FORMS.read_text(encoding="utf-8") == dump_forms(build_forms(kiwi))


@pytest.mark.parametrize(
    ("name", "prompts", "false_share"),
    [("korean_prompts", 70, 0.06), ("korean_prompts_2", 30, 0.25)],
)
def test_labelled_prompts_are_read(name, prompts, false_share):
    labelled = read_labelled(HERE / f"{name}.toml")
    assert len(labelled) == prompts
    result = score(labelled)
    assert result.found >= 0.95 * result.wanted, str(result)
    assert result.false <= false_share * result.wanted, str(result)
    assert result.refused >= 0.9 * result.refusals, str(result)


def test_labelled_prompts_are_not_in_the_lexicon():
    entries = TERMS.read_text(encoding="utf-8")
    for name in ("korean_prompts", "korean_prompts_2"):
        with (HERE / f"{name}.toml").open("rb") as file:
            assert not [text for text in tomllib.load(file)["prompts"] if f'"{text}"' in entries]


def test_korean_captions_of_the_moves_are_read():
    """Written by others than the lexicon: nearly all say something, most are read whole."""
    captions = [
        caption
        for path in sorted((ENGINE / "vocabulary" / "moves").glob("*.toml"))
        for caption in tomllib.loads(path.read_text(encoding="utf-8")).get("captions_ko", [])
    ]
    assert len(captions) > 10
    read = [to_english(caption) for caption in captions]
    silent = [c for c, words in zip(captions, read, strict=True) if not words.english]
    partly = [(c, words.unknown) for c, words in zip(captions, read, strict=True) if words.unknown]
    assert len(silent) <= 0.03 * len(captions), silent
    assert len(partly) <= 0.15 * len(captions), partly
