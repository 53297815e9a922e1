"""Korean: About, and what a Mac lacks."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "About": "정보",
    "Version, licence, and whose work this stands on": "버전, 라이선스, 사용한 저작물",
    "All Licences": "모든 라이선스",
}

SENTENCES: dict[str, str] = {
    "Free software, without warranty: GPL-3.0-or-later.": (
        "보증 없이 제공되는 자유 소프트웨어입니다: GPL-3.0-or-later."
    ),
    "Dances that you make with it are yours.": "이것으로 만든 안무는 사용자의 것입니다.",
    "free for all uses": "모든 용도로 자유롭게 사용",
    "Add-on and engine": "애드온과 엔진",
    "Dance model": "안무 모델",
    "Demo song": "데모 노래",
    "Motion capture that the dance model learned from": "안무 모델이 학습한 모션 캡처",
    "Networks that hear the beat": "비트를 듣는 신경망",
    "Sentence encoder": "문장 인코더",
    "The bundled engine needs macOS {0}, and this is {1}.": (
        "내장 엔진은 macOS {0}이(가) 필요한데 이 컴퓨터는 {1}입니다."
    ),
    "Update macOS, or choose another engine in the add-on's preferences.": (
        "macOS를 업데이트하거나 애드온의 환경 설정에서 다른 엔진을 선택하세요."
    ),
}
