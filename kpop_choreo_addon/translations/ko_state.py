"""Korean: what is kept, picked up and warned about."""

from __future__ import annotations

WORDS: dict[str, str] = {
    # Edited keys
    "Replace Edits": "편집한 키 바꾸기",
    "Replace keys of a dance that were edited by hand since they were written": (
        "안무를 쓴 뒤에 손으로 편집한 키를 바꿉니다"
    ),
    # Frame rate
    "Notice": "알림",
    "Re-time": "시간 다시 맞추기",
    "Move keys, markers and song so that the dance is on its beats again": (
        "안무가 다시 비트에 맞도록 키, 마커, 노래를 옮깁니다"
    ),
}

SENTENCES: dict[str, str] = {
    "The dance was keyed for {0} fps, the scene runs at {1}.": (
        "안무의 키는 {0}fps 기준인데 씬은 {1}fps입니다."
    ),
    "Every dance fits the scene's frame rate": "모든 안무가 씬의 프레임 속도에 맞습니다",
    "{0} is linked from another file, so it stays as it is.": (
        "{0}은(는) 다른 파일에서 링크되어 그대로 둡니다."
    ),
    "Replace edited keys?": "편집한 키를 바꿀까요?",
    "Replace": "바꾸기",
    "You edited the keys of {0} since they were written.": (
        "{0}의 키를 쓴 뒤에 손으로 편집하셨습니다."
    ),
    "Choose New Action under Target to keep them, or replace them.": (
        "그대로 두려면 대상에서 새 액션을 고르고, 아니면 바꾸세요."
    ),
}
