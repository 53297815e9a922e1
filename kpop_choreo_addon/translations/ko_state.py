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
    # Esc
    "Cancel the Dance": "안무 취소",
    "Stop what K-Pop Choreo is doing, if it does something": (
        "K-Pop Choreo가 하는 일이 있으면 멈춥니다"
    ),
    # A server's dances
    "Fetch": "가져오기",
    "Wait for the dance that was still being made, and put it on its armature": (
        "만들던 안무를 기다렸다가 아마추어에 적용합니다"
    ),
    "Forget": "잊기",
    "Do not offer that dance any more": "그 안무를 더 제안하지 않습니다",
    "Job": "작업",
    "Number of the dance on the server; empty for the newest": (
        "서버에 있는 안무의 번호. 비워 두면 가장 최근 것입니다"
    ),
}

SENTENCES: dict[str, str] = {
    "{0} ({1} s)": "{=0} ({1}초)",
    "Esc stops the animation first": "Esc는 먼저 애니메이션을 멈춥니다",
    "Nothing of this song is corrected": "이 노래에는 보정한 것이 없습니다",
    "A dance to {0} was still being made on {1}.": "{1}에서 {0}의 안무를 만들던 중이었습니다.",
    "No dance of this file is being made on a server": (
        "서버에서 만들고 있는 이 파일의 안무가 없습니다"
    ),
    "No such dance is being made.": "그런 안무를 만들고 있지 않습니다.",
    "Generate it again.": "다시 생성하세요.",
    "{0} does not know the dance any more.": "{0}에 그 안무가 더 이상 없습니다.",
    "The dance is on {0}, and the preferences name another server.": (
        "안무는 {0}에 있는데 환경설정에는 다른 서버가 있습니다."
    ),
    "Enter that address in the add-on's preferences.": "애드온 환경설정에 그 주소를 입력하세요.",
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
