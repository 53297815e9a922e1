"""Finished English sentences are found again by their templates."""

from __future__ import annotations

import pytest

from kpop_choreo_addon.core.sentences import Sentences
from kpop_choreo_addon.core.wrapping import broken, wide

KOREAN = {
    "Nothing is under way": "진행 중인 작업이 없습니다",
    "{0} has no action.": "'{0}'에 액션이 없습니다.",
    "{0} is {1}.": "{=1}: {0}",
    "No bone lies across {0}.": "없는 본: {=0}.",
    "Drivers hold {0}.": "드라이버: {+0}.",
    "{0} and {1} more": "{=0} 외 {1}개",
    "left": "왼쪽",
    "right": "오른쪽",
    "{0}, {1} s left": "{=0}, {1}초 남음",
    "Waiting": "기다리는 중",
    "{0} ({1} ahead)": "{=0} (앞에 {1}개)",
}
SENTENCES = Sentences(KOREAN)


def say(text: str) -> str:
    return SENTENCES.say(text, lambda template: KOREAN.get(template, template))


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("Nothing is under way", "진행 중인 작업이 없습니다"),
        ("left has no action.", "'left'에 액션이 없습니다."),
        ("A {0} b has no action.", "'A {0} b'에 액션이 없습니다."),
        ("Bone is left.", "왼쪽: Bone"),
        ("No bone lies across left, x and right.", "없는 본: 왼쪽, x, 오른쪽."),
        ("No bone lies across left, x and 2 more.", "없는 본: 왼쪽, x 외 2개."),
        ("Drivers hold left, right and x.", "드라이버: left, right and x."),
        ("Drivers hold left, right and 2 more.", "드라이버: left, right 외 2개."),
        ("Drivers hold left.", "드라이버: left."),
        ("Waiting (3 ahead), 12 s left", "기다리는 중 (앞에 3개), 12초 남음"),
        ("Two\nlines has no action.", "'Two\nlines'에 액션이 없습니다."),
        ("Somebody else's sentence.", "Somebody else's sentence."),
        ("", ""),
    ],
)
def test_sentences_are_said_with_their_values(english: str, korean: str) -> None:
    assert say(english) == korean


def test_without_a_translation_the_sentence_stays_as_it_was() -> None:
    assert SENTENCES.say("Bone is left.", lambda template: template) == "Bone is left."


def test_lines_are_as_wide_as_their_letters() -> None:
    assert wide("ab") == 2
    assert wide("안무") == 4
    assert broken("먼저 노래를 선택하세요", 12) == ["먼저 노래를", "선택하세요"]
    assert broken("one two three", 9) == ["one two", "three"]
    assert broken("a /very/long/path", 6) == ["a", "/very/", "long/p", "ath"]
    assert broken("", 5) == []
    for columns in (1, 2, 7, 30):
        lines = broken("아마추어를 고르세요 or add our dancer.", columns)
        assert "".join(lines).replace(" ", "") == "아마추어를고르세요oraddourdancer."
        assert all(wide(line) <= max(columns, 2) for line in lines)
