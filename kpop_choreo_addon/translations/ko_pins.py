"""Korean: pins."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "Some pins cannot be read; they stay in the file.": (
        "읽을 수 없는 핀이 있습니다. 파일에 그대로 남습니다."
    ),
    "Pins": "핀",
    "Pin": "핀",
    "Kind": "종류",
    "What is pinned": "무엇을 고정할지",
    "Whole Pose": "포즈 전체",
    "Every bone, and where the dancer is": "모든 본과 댄서의 위치",
    "Where both hands are, and how they are turned": "두 손의 위치와 방향",
    "Feet": "발",
    "Where both feet are, and how they are turned": "두 발의 위치와 방향",
    "Place": "위치",
    "Where the hips are, and which way the body faces": "골반의 위치와 몸이 향하는 방향",
    "Off the Beat": "비트 무시",
    "Pin at the playhead and not on the beat next to it": (
        "가장 가까운 비트가 아니라 재생 헤드에 고정합니다"
    ),
    "Hold": "유지",
    "Seconds for which a new pin is held": "새 핀을 유지하는 시간(초)",
    "Seconds for which the pin is held": "핀을 유지하는 시간(초)",
    "Show Pins": "핀 표시",
    "Draw pins in the 3D view and in the timeline": "3D 뷰와 타임라인에 핀을 그립니다",
    "What the pin is called": "핀의 이름",
    "Weight": "가중치",
    "How much of the way the dance goes to the pin; 1 meets it": (
        "안무가 핀에 얼마나 다가가는지. 1이면 정확히 맞춥니다"
    ),
    "Pin Here": "여기에 핀 고정",
    "The next dances meet this pose on the beat next to the playhead": (
        "다음 안무부터 재생 헤드에서 가장 가까운 비트에 이 포즈가 나옵니다"
    ),
    "Pin Again": "다시 고정",
    "Replace the pinned pose by the one that is there now; its moment stays": (
        "고정한 포즈를 지금 포즈로 바꿉니다. 시점은 그대로입니다"
    ),
    "Number or name of the pin; empty for the active one": (
        "핀의 번호나 이름. 비워 두면 활성 핀입니다"
    ),
    "Move Pin": "핀 이동",
    "Move the pin to an earlier or later beat": "핀을 앞이나 뒤의 비트로 옮깁니다",
    "Beats": "비트",
    "How many beats later; negative for earlier": "몇 비트 뒤로. 음수면 앞으로 옮깁니다",
    "Hold Pin": "핀 유지",
    "Hold the pin for so many beats": "핀을 이만큼의 비트 동안 유지합니다",
    "How many beats it is held; 0 for a moment": "유지할 비트 수. 0이면 한순간입니다",
    "Edit Pin": "핀 편집",
    "Change the pin; only what is given changes": "핀을 바꿉니다. 지정한 것만 바뀝니다",
    "Time": "시간",
    "On": "켜기",
    "Whether the next dances meet it": "다음 안무가 이 핀에 맞출지",
    "Remove Pin": "핀 제거",
    "Remove the pin; the dance stays as it is": "핀을 제거합니다. 안무는 그대로입니다",
    "Go to Pin": "핀으로 이동",
    "Choose this pin and go to its frame": "이 핀을 고르고 그 프레임으로 이동합니다",
    "Generate Around Pins": "핀 주변 다시 생성",
    "Dance the active take anew in the bar before and after its pins": (
        "활성 테이크에서 핀 앞뒤 한 마디만 다시 만듭니다"
    ),
    "Number or name of one pin; empty for all that are on": (
        "핀 하나의 번호나 이름. 비워 두면 켜진 핀 모두입니다"
    ),
    "Beats Around": "앞뒤 비트",
    "How many beats before and after the pins are danced anew": ("핀 앞뒤로 몇 비트를 다시 만들지"),
}

SENTENCES: dict[str, str] = {
    "Pose {0}": "포즈 {0}",
    "Hands {0}": "손 {0}",
    "Feet {0}": "발 {0}",
    "Place {0}": "위치 {0}",
    "{0} pins are on.": "핀이 {0}개 켜져 있습니다.",
    "Switch some off: {0} can be met.": "몇 개를 끄세요. {0}개까지 맞출 수 있습니다.",
    "The pins {0} and {1} want different things of the same part within {2} s.": (
        "핀 '{=0}'과(와) '{=1}'이(가) {2}초 안에 같은 부위를 서로 다르게 고정합니다."
    ),
    "Move one of them, shorten a hold, or switch one off under Pins.": (
        "'핀'에서 하나를 옮기거나, 유지 시간을 줄이거나, 하나를 끄세요."
    ),
    "The beats of the song are not known yet.": "노래의 비트를 아직 모릅니다.",
    "The beats of the song are not known yet, so the pin is at the playhead.": (
        "노래의 비트를 아직 몰라서 재생 헤드에 핀을 고정했습니다."
    ),
    "Press Analyze Song first.": "먼저 '노래 분석'을 누르세요.",
    "The song has no beat there.": "노래의 그 자리에는 비트가 없습니다.",
    "Move the pin less far.": "핀을 덜 멀리 옮기세요.",
    "There is no such pin.": "그런 핀이 없습니다.",
    "Choose one under Pins.": "'핀'에서 하나를 고르세요.",
    "A pin cannot be called '{0}'.": "핀 이름으로 '{0}'을(를) 쓸 수 없습니다.",
    "Choose a name that no other has.": "다른 핀과 겹치지 않는 이름을 고르세요.",
    "The playhead is before the beginning of the song.": (
        "재생 헤드가 노래의 시작보다 앞에 있습니다."
    ),
    "Go to a later frame.": "더 뒤의 프레임으로 가세요.",
    "No pin that is on lies in the active take.": (
        "켜진 핀 가운데 활성 테이크 안에 있는 것이 없습니다."
    ),
    "Move one into it, or generate a dance that is long enough.": (
        "핀을 그 안으로 옮기거나 충분히 긴 안무를 생성하세요."
    ),
    "Choose an armature first": "먼저 아마추어를 고르세요",
    "Nothing is pinned yet: press Pin Here first": (
        "아직 고정한 것이 없습니다. 먼저 '여기에 핀 고정'을 누르세요"
    ),
    "No pin is on": "켜진 핀이 없습니다",
    "Pose the armature, then pin it: the next dance meets it.": (
        "아마추어의 포즈를 잡고 핀을 고정하세요. 다음 안무에 그 포즈가 나옵니다."
    ),
}
