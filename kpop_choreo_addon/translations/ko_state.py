"""Korean: what is kept, picked up and warned about."""

from __future__ import annotations

WORDS: dict[str, str] = {
    # Edited keys
    "Replace Edits": "편집한 키 바꾸기",
    "Replace keys of a dance that were edited by hand since they were written": (
        "안무를 쓴 뒤에 손으로 편집한 키를 바꿉니다"
    ),
}

SENTENCES: dict[str, str] = {
    "Replace edited keys?": "편집한 키를 바꿀까요?",
    "Replace": "바꾸기",
    "You edited the keys of {0} since they were written.": (
        "{0}의 키를 쓴 뒤에 손으로 편집하셨습니다."
    ),
    "Choose New Action under Target to keep them, or replace them.": (
        "그대로 두려면 대상에서 새 액션을 고르고, 아니면 바꾸세요."
    ),
}
