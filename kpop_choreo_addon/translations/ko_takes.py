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
    "Next Take": "다음 테이크",
    "Let the armature dance the next take, or the previous one, to compare them": (
        "다음 또는 이전 테이크를 추게 하여 서로 비교합니다"
    ),
    "Steps": "단계",
    "1 for the next take, -1 for the previous one": "다음 테이크는 1, 이전 테이크는 -1입니다",
    "Rename Take": "테이크 이름 변경",
    "Give this take a name of your own": "이 테이크에 원하는 이름을 붙입니다",
    "What the take is called": "테이크의 이름",
    "Keep Take": "테이크 보관",
    "Keep this take when the others are discarded": "다른 테이크를 버릴 때 이 테이크는 남깁니다",
    "Discard Take": "테이크 버리기",
    "Forget this take. What the armature dances now stays as it is": (
        "이 테이크를 버립니다. 아마추어가 지금 추는 안무는 그대로 남습니다"
    ),
    "Discard Others": "나머지 버리기",
    "Forget all takes that are neither kept nor danced now; asks first": (
        "보관하지 않았고 지금 추지도 않는 테이크를 모두 버립니다. 먼저 묻습니다"
    ),
    "Ghost": "고스트",
    "Watch this take as a ghost beside the armature, without applying it": (
        "이 테이크를 적용하지 않고 아마추어 옆에 고스트로 봅니다"
    ),
    "More Like This": "비슷하게 더",
    "Dance the choreography of this take again, each time a little differently": (
        "이 테이크의 안무를 매번 조금씩 다르게 다시 춥니다"
    ),
    "How many are made; left out, what the scene says": (
        "만들 개수. 비워 두면 씬에서 정한 수입니다"
    ),
    "The first one's seed; left out, one more than the highest of all takes": (
        "첫 번째의 시드. 비워 두면 모든 테이크 중 가장 큰 시드에 1을 더한 값입니다"
    ),
    "Lock Seed": "시드 잠금",
    "Locked: the same seed, so the same dance again. Open: another dance each time that you "
    "press Generate. Scripts without a window always use the seed that is set": (
        "잠그면 같은 시드로 같은 안무가 다시 나옵니다. 열면 생성을 누를 때마다 다른 안무가 "
        "나옵니다. 창이 없는 스크립트는 항상 설정된 시드를 씁니다"
    ),
    "Ghosts Beside": "고스트 간격",
    "Metres from the armature to the first ghost, for a dancer of 1.7 m; 0 draws it in the "
    "same place": (
        "키 1.7m인 댄서를 기준으로 아마추어에서 첫 고스트까지의 미터. 0이면 같은 자리에 그립니다"
    ),
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
    "Take {0}, like {1}": "테이크 {0}, {1}와(과) 비슷하게",
    "{0} takes were made: flip through them.": (
        "테이크 {0}개를 만들었습니다. 넘기며 비교해 보세요."
    ),
    "There are no takes yet: press Generate first": (
        "아직 테이크가 없습니다. 먼저 생성을 누르세요"
    ),
    "Some takes cannot be read; they stay in the file.": (
        "읽을 수 없는 테이크가 있습니다. 파일에 그대로 남습니다."
    ),
    "No takes yet: Generate makes them.": "아직 테이크가 없습니다. 생성하면 생깁니다.",
    "The armature is linked: press Make Library Override first": (
        "아마추어가 링크되어 있습니다. 먼저 라이브러리 오버라이드 만들기를 누르세요"
    ),
    "{0} was discarded.": "{=0}을(를) 버렸습니다.",
    "Discarded: {0}.": "버린 테이크: {=0}.",
    "The name is empty.": "이름이 비어 있습니다.",
    "Type at least a letter.": "한 글자 이상 입력하세요.",
    "All other takes are kept": "다른 테이크는 모두 보관되어 있습니다",
    "These takes go:": "버릴 테이크:",
    "{0} s from {1}": "{1}부터 {0}초",
    "{0} of {1}": "{1}개 중 {0}",
    "{0} KB": "{0} KB",
    "seed {0}": "시드 {0}",
    "This take was not made by the engine, so its choreography is not known.": (
        "엔진이 만든 테이크가 아니어서 안무 구성을 알 수 없습니다."
    ),
    "This take is longer or shorter than its choreography.": (
        "이 테이크의 길이가 안무 구성과 다릅니다."
    ),
    "A part of this take was danced anew, and the rest's choreography is not known.": (
        "이 테이크는 일부를 다시 춘 것인데, 나머지 부분의 안무 구성을 알 수 없습니다."
    ),
    "Choose another take.": "다른 테이크를 고르세요.",
    "Choose its file under Song.": "'노래'에서 파일을 고르세요.",
}
