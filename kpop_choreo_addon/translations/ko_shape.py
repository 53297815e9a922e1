"""Korean: regenerating and reshaping a dance."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "Edit": "편집",
    "Shape": "다듬기",
    "Count In": "세는 단위",
    "How the part is chosen": "부분을 고르는 방법",
    "Bars": "마디",
    "Bars of the take, the first of which is 1": "테이크의 마디. 첫 마디가 1입니다",
    "Seconds": "초",
    "Seconds from the start of the take": "테이크 시작부터의 초",
    "First bar": "첫 마디",
    "Last bar": "마지막 마디",
    "Second of the take": "테이크의 초",
    "How many bars are added": "덧붙일 마디 수",
    "How many bars are added; 0 for what the panel says": (
        "덧붙일 마디 수. 0이면 패널의 값을 씁니다"
    ),
    "Milliseconds": "밀리초",
    "How far one press moves the dance": "한 번 누를 때 안무가 움직이는 정도",
    "First Bar": "첫 마디",
    "First bar of the range, from 1; 0 for what the panel says": (
        "범위의 첫 마디. 1부터 셉니다. 0이면 패널의 값을 씁니다"
    ),
    "Last Bar": "마지막 마디",
    "Last bar of the range; 0 for the first one alone": (
        "범위의 마지막 마디. 0이면 첫 마디만입니다"
    ),
    "Second of the take at which the range begins, in place of bars": (
        "마디 대신 쓰는, 범위가 시작하는 테이크의 초"
    ),
    "Second of the take at which the range ends, in place of bars": (
        "마디 대신 쓰는, 범위가 끝나는 테이크의 초"
    ),
    "Seed of the new dance; a new one if it is left out": "새 안무의 시드. 없으면 새로 정합니다",
    "Dance This Part Anew": "이 부분을 새로 안무",
    "Replace this part of the dance by a new one. Everything outside stays as it is, "
    "also what you have edited": (
        "안무의 이 부분을 새것으로 바꿉니다. 바깥은 직접 편집한 것까지 모두 그대로입니다"
    ),
    "From the Timeline": "타임라인에서",
    "Take the part from the timeline: the preview range, or else from the first selected "
    "marker to the last": (
        "타임라인에서 부분을 가져옵니다. 미리보기 범위, 없으면 선택한 첫 마커부터 끝 마커까지"
    ),
    "Whole Bars": "온마디",
    "Round the part to whole bars": "부분을 온마디로 맞춥니다",
    "Apply Edit": "편집 적용",
    "Let the armature dance what was made of its take": (
        "테이크로 만든 것을 아마추어가 추게 합니다"
    ),
    "Extend": "늘이기",
    "Dance on for more bars after the end of the take": "테이크가 끝난 뒤 몇 마디를 더 춥니다",
    "Shorten to This Part": "이 부분만 남기기",
    "Keep only this part of the take, as a new take": "테이크의 이 부분만 새 테이크로 남깁니다",
    "Loop This Part": "이 부분을 루프로",
    "Make a dance for these bars that goes round without a seam, for games. "
    "It is asked for as the take was": (
        "이 마디들에 이음새 없이 도는 게임용 안무를 만듭니다. 요청은 이 테이크와 같습니다"
    ),
    "Whole Take": "테이크 전체",
    "Loop over the whole take": "테이크 전체를 루프로 만듭니다",
    "Mirror Take": "테이크 좌우 반전",
    "Exchange left and right of the take, as a new take": (
        "테이크의 왼쪽과 오른쪽을 바꿔 새 테이크로 만듭니다"
    ),
    "Move the whole dance against song and markers": ("노래와 마커는 두고 안무 전체를 옮깁니다"),
    "How far it moves; below 0 is earlier": "옮기는 정도. 0보다 작으면 앞으로 옮깁니다",
    "Frames": "프레임",
    "How many frames it moves besides; below 0 is earlier": (
        "더 옮기는 프레임 수. 0보다 작으면 앞으로 옮깁니다"
    ),
}

SENTENCES: dict[str, str] = {
    "Nudge (ms)": "밀기(밀리초)",
    "Let the dance come {0} ms earlier against its song": (
        "노래에 대해 안무를 {0}밀리초 앞으로 옮깁니다"
    ),
    "Let the dance come {0} ms later against its song": (
        "노래에 대해 안무를 {0}밀리초 뒤로 옮깁니다"
    ),
    "bar {0}": "마디 {0}",
    "bars {0}-{1}": "마디 {0}-{1}",
    "1 bar longer": "한 마디 더",
    "{0} bars longer": "{0}마디 더",
    "loop of {0}": "루프: {0}",
    "mirrored": "좌우 반전",
    "No bars were heard in this take.": "이 테이크에서는 마디를 듣지 못했습니다.",
    "Choose seconds instead.": "대신 초로 고르세요.",
    "There are no bars {0} to {1} in this take.": "이 테이크에는 마디 {0}-{1}이(가) 없습니다.",
    "Choose bars from 1 to {0}.": "1부터 {0}까지의 마디를 고르세요.",
    "The range lies outside this take.": "범위가 이 테이크 밖에 있습니다.",
    "Choose a part of its {0} seconds.": "테이크의 {0}초 안에서 고르세요.",
    "This part lasts {0} seconds.": "이 부분의 길이는 {0}초입니다.",
    "Choose at least {0} second.": "{0}초 이상을 고르세요.",
    "Nothing is selected on the timeline.": "타임라인에서 선택한 것이 없습니다.",
    "Set a preview range there, or select two markers.": (
        "미리보기 범위를 정하거나 마커 두 개를 선택하세요."
    ),
    "Generate a dance first; here it is changed.": (
        "먼저 안무를 생성하세요. 여기에서 그 안무를 고칩니다."
    ),
    "Generate a dance or choose a take first": "먼저 안무를 생성하거나 테이크를 고르세요",
    "{0} does not dance {1} now.": "'{0}' 아마추어는 지금 {1}을(를) 추지 않습니다.",
    "Choose it under Takes.": "테이크에서 고르세요.",
    "This take dances to another song.": "이 테이크는 다른 노래의 안무입니다.",
    "Choose {0} under Song.": "노래에서 {0}을(를) 고르세요.",
    "This take does not know the bars of its song.": "이 테이크는 노래의 마디를 모릅니다.",
    "Generate a longer dance instead.": "대신 더 긴 안무를 생성하세요.",
    "The song ends with this take.": "노래가 이 테이크와 함께 끝납니다.",
    "Shorten the take first, or choose a longer song.": (
        "먼저 테이크를 줄이거나 더 긴 노래를 고르세요."
    ),
    "The song ends there, so the take became shorter than asked for.": (
        "노래가 거기에서 끝나 테이크가 요청보다 짧습니다."
    ),
    "The take is as short already.": "테이크가 이미 그만큼 짧습니다.",
    "Choose fewer bars of it.": "더 적은 마디를 고르세요.",
    "The dance lies amid other keys of {0}.": "안무가 {0}의 다른 키 사이에 있습니다.",
    "Choose New Action or NLA Strip under Target and generate again.": (
        "대상에서 새 액션이나 NLA 스트립을 고르고 다시 생성하세요."
    ),
    "One round lasts {0} frames; most game engines want whole ones.": (
        "한 바퀴가 {0}프레임입니다. 게임 엔진은 대개 정수 프레임이 필요합니다."
    ),
    "{0} did not dance that take, so the whole dance was fitted anew.": (
        "'{0}' 아마추어가 그 테이크를 추고 있지 않아 안무 전체를 새로 맞췄습니다."
    ),
    "The settings under Target have changed, so the whole dance was fitted anew.": (
        "대상의 설정이 바뀌어 안무 전체를 새로 맞췄습니다."
    ),
    "The dance lies amid other keys, so the whole of it was fitted anew.": (
        "안무가 다른 키 사이에 있어 전체를 새로 맞췄습니다."
    ),
}
