"""Korean: takes."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "Takes": "테이크",
    "How many dances are made at once; each has another seed": (
        "한 번에 만드는 안무의 수. 시드가 서로 다릅니다"
    ),
    "Further takes beside the first one, all in the same folder": (
        "첫 번째와 같은 폴더에 있는 다른 테이크"
    ),
    "Take": "테이크",
    "Number of the take; empty for the active one": "테이크 번호. 비워 두면 활성 테이크입니다",
    "Name of the armature; empty for the one under Target": (
        "아마추어 이름. 비워 두면 대상에서 고른 것입니다"
    ),
    "Choose Take": "테이크 선택",
    "Show Take": "테이크 보기",
    "Let the armature dance this take": "아마추어가 이 테이크를 춥니다",
}

SENTENCES: dict[str, str] = {
    "Take {0}": "테이크 {0}",
    "There is no such take.": "그런 테이크가 없습니다.",
    "Choose one under Takes, or generate.": "테이크에서 하나를 고르거나 새로 생성하세요.",
    "The take in this file cannot be read.": "이 파일의 테이크를 읽을 수 없습니다.",
    "Update the add-on, or generate the dance again.": (
        "애드온을 업데이트하거나 안무를 다시 생성하세요."
    ),
    "The dance of {0} is lost.": "{0}의 안무가 없어졌습니다.",
    "Discard it and generate again.": "버리고 다시 생성하세요.",
    "{0} is gone.": "{0}이(가) 없어졌습니다.",
    "Choose another armature under Target.": "대상에서 다른 아마추어를 고르세요.",
}
