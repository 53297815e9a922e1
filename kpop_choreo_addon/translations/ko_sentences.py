"""Korean: sentences of the add-on, and words within them.

``{0}`` is a value of the English template; ``{=0}`` is translated as
well, and of ``{+0}``, a list of names, only its end.
"""

from __future__ import annotations

_PROGRESS = {
    "{0}, {1} s left": "{=0}, {1}초 남음",
    "{0} ({1} ahead)": "{=0} (앞에 {1}개)",
    "{0} ({1}%)": "{=0} ({1}%)",
    "Starting the engine": "엔진 시작 중",
    "Sending the song": "노래 보내는 중",
    "Waiting for the engine": "엔진을 기다리는 중",
    "Reading the song": "노래 읽는 중",
    "Listening to the song": "노래 듣는 중",
    "Making the clicks": "클릭 만드는 중",
    "Planning the choreography": "안무 구성 중",
    "Reading the prompt": "프롬프트 읽는 중",
    "Dancing": "춤추는 중",
    "Moving accents onto beats": "포인트를 비트에 맞추는 중",
    "Planting the feet": "발을 바닥에 붙이는 중",
    "Writing the clip": "클립 저장 중",
    "Done": "완료",
    "Fetching the dance": "안무 받는 중",
    "Fitting the dance to the armature": "안무를 아마추어에 맞추는 중",
    "Cancelling": "취소하는 중",
    "The dance is ready. It is applied when {0}.": "안무가 준비되었습니다. {=0} 적용됩니다.",
    "The song was heard. It is applied when {0}.": "노래를 다 들었습니다. {=0} 적용됩니다.",
    "the render is done": "렌더가 끝나면",
    "you have finished what you are doing": "하던 작업을 마치면",
    "you leave {0} Mode": "{=0} 모드에서 나가면",
    "Edit": "편집",
    "Sculpt": "스컬프트",
    "Weight Paint": "웨이트 페인트",
    "Vertex Paint": "버텍스 페인트",
    "Texture Paint": "텍스처 페인트",
    "Particle Edit": "파티클 편집",
}

_SONG = {
    "No steady beat found: tap it": "일정한 비트를 찾지 못했습니다. 직접 두드려 주세요",
    "Tempo": "템포",
    "Bar": "마디",
    "Key": "조성",
    "Energy": "에너지",
    "Length": "길이",
    "sure": "확실",
    "likely": "아마도",
    "unsure": "불확실",
    "calm": "잔잔함",
    "medium": "중간",
    "high": "높음",
    "{0}, {1} LUFS": "{=0}, {1} LUFS",
    "{0}, {1} beats": "{0}, {1}비트",
    "{0} beats": "{0}박",
    "{0} major": "{0} 장조",
    "{0} minor": "{0} 단조",
    "1 bar": "1마디",
    "{0} bars": "{0}마디",
    "1 tap": "1번",
    "{0} taps": "{0}번",
    "Nudged {0} ms {1}": "{0}ms {=1} 밀림",
    "later": "뒤로",
    "earlier": "앞으로",
    "Count the beat half as fast": "비트를 절반 빠르기로 셉니다",
    "Count the beat twice as fast": "비트를 두 배 빠르기로 셉니다",
    "All beats {0} ms {1}": "모든 비트를 {0}ms {=1} 옮깁니다",
    "Bars begin a beat {0}": "마디의 시작을 한 박 {=0} 옮깁니다",
    "Count {0} beats a bar": "마디당 {0}박으로 셉니다",
    "Tap Space with the beat. Enter sends, Esc cancels.": (
        "비트에 맞춰 스페이스 바를 두드리세요. Enter로 보내고 Esc로 취소합니다."
    ),
    "Tap Space with the beat.  Enter: send.  Esc: cancel.": (
        "비트에 맞춰 스페이스 바를 두드리세요.  Enter: 보내기.  Esc: 취소."
    ),
    "Choose a song.": "노래를 선택하세요.",
    "Choose a song first": "먼저 노래를 선택하세요",
    "This song was not analysed yet: press Analyze Song first": (
        "아직 분석하지 않은 노래입니다. 먼저 '노래 분석'을 누르세요"
    ),
    "No song was analysed yet": "아직 분석한 노래가 없습니다",
    "There are no clicks under the song": "노래 아래에 클릭이 없습니다",
    "The song {0} is not there.": "'{0}' 노래 파일이 없습니다.",
    "Choose another file under Song.": "'노래'에서 다른 파일을 선택하세요.",
    "The song {0} is empty.": "'{0}' 노래 파일이 비어 있습니다.",
    "No song is chosen.": "선택한 노래가 없습니다.",
    "Choose one under Song.": "'노래'에서 선택하세요.",
    "The song {0} is not there any more.": "'{0}' 노래 파일이 사라졌습니다.",
    "Put it back, or choose it again under Song.": (
        "파일을 되돌려 놓거나 '노래'에서 다시 선택하세요."
    ),
    "Blender cannot read the song {0}.": "Blender가 '{0}' 노래를 읽지 못합니다.",
    "Convert it to WAV and choose it again under Song.": (
        "WAV로 변환한 뒤 '노래'에서 다시 선택하세요."
    ),
    "The song {0} is not there any more, so the scene stays silent.": (
        "'{0}' 노래 파일이 사라져서 씬에 소리를 넣지 않았습니다."
    ),
    "This Blender was built without sound, so the scene stays silent.": (
        "이 Blender는 소리를 지원하지 않아 씬에 소리를 넣지 않았습니다."
    ),
    "This Blender was built without sound, so there are no clicks.": (
        "이 Blender는 소리를 지원하지 않아 클릭이 없습니다."
    ),
    "Listen to it elsewhere.": "다른 프로그램에서 들어 보세요.",
    "The song is not in the sequencer, so there is nothing to click to.": (
        "노래가 시퀀서에 없어서 클릭을 깔 곳이 없습니다."
    ),
    "The clicks {0} are not there any more: press Check by Ear again.": (
        "'{0}' 클릭 파일이 사라졌습니다. '귀로 확인'을 다시 누르세요."
    ),
    "Nothing was given to correct.": "보정할 내용이 없습니다.",
    "Give one of halve, double, nudge_ms, one and beats_per_bar.": (
        "halve, double, nudge_ms, one, beats_per_bar 가운데 하나를 지정하세요."
    ),
    "The beat is counted four times as {0} already.": "비트를 이미 네 배 {=0} 세고 있습니다.",
    "fast": "빠르게",
    "slow": "느리게",
    "Tap the tempo instead.": "대신 템포를 두드려 주세요.",
    "The beat cannot be nudged further than {0} seconds.": ("비트는 {0}초보다 더 밀 수 없습니다."),
    "A bar of {0} beats cannot be danced to.": "한 마디가 {0}박인 노래에는 춤출 수 없습니다.",
    "Choose one of {0}.": "다음 가운데 하나를 선택하세요: {0}.",
    "{0} taps are too few to hear a tempo in.": "{0}번만 두드려서는 템포를 알 수 없습니다.",
    "Tap at least {0} beats in a row.": "비트를 {0}번 이상 이어서 두드리세요.",
    "The taps do not follow one another within the song.": (
        "두드린 시각이 노래 안에서 순서대로 이어지지 않습니다."
    ),
    "Tap while the song plays, without jumping back.": (
        "노래가 재생되는 동안 되감지 말고 두드리세요."
    ),
    "'{0}' is no list of seconds.": "'{0}'은(는) 초 단위 시각의 목록이 아닙니다.",
    "Write numbers, like 1.02 1.51 2.0 2.52.": "숫자로 적으세요. 예: 1.02 1.51 2.0 2.52",
    "The first section begins with the song.": "첫 구간은 노래의 처음에서 시작합니다.",
    "Move the start of another section.": "다른 구간의 시작을 옮기세요.",
    "The {0} cannot begin before its neighbour begins or after it ends.": (
        "{=0} 구간은 이웃 구간보다 먼저 시작하거나 끝난 뒤에 시작할 수 없습니다."
    ),
    "intro": "인트로",
    "verse": "벌스",
    "pre-chorus": "프리코러스",
    "chorus": "후렴",
    "post-chorus": "포스트코러스",
    "dance break": "댄스 브레이크",
    "bridge": "브리지",
    "outro": "아웃트로",
    "Move the playhead between the sections beside it.": (
        "플레이헤드를 이웃한 두 구간 사이로 옮기세요."
    ),
    "The song has ended there.": "그곳에서는 이미 노래가 끝났습니다.",
    "Move the playhead into the song.": "플레이헤드를 노래 안으로 옮기세요.",
    "A section begins on that bar already.": "그 마디에서 이미 구간이 시작합니다.",
    "Rename it, or move the playhead a bar.": (
        "그 구간의 이름을 바꾸거나 플레이헤드를 한 마디 옮기세요."
    ),
    "A song has at least one section.": "노래에는 구간이 적어도 하나 있어야 합니다.",
    "Rename this one.": "이 구간의 이름을 바꾸세요.",
    "No bars are known in this song.": "이 노래의 마디를 알 수 없습니다.",
    "Tap the tempo first.": "먼저 템포를 두드려 주세요.",
    "There is no section {0}.": "{0}번 구간이 없습니다.",
    "This song has {0}, counted from 0.": "이 노래의 구간은 {0}개이고 0부터 셉니다.",
    "A section needs a name.": "구간에는 이름이 필요합니다.",
    "Choose one from the list.": "목록에서 하나를 선택하세요.",
}

_ENGINE = {
    "runs ({0})": "실행 중 ({0})",
    "starts when needed": "필요할 때 시작됨",
    "no address": "주소 없음",
    "No engine of ours is running": "실행 중인 애드온 엔진이 없습니다",
    "'{0}' is no server address.": "'{0}'은(는) 서버 주소가 아닙니다.",
    "No server address is set.": "서버 주소를 지정하지 않았습니다.",
    "Enter one like https://dance.example.org in the add-on's preferences.": (
        "애드온의 환경 설정에 https://dance.example.org 같은 주소를 입력하세요."
    ),
    "Blender is not allowed to use the internet.": (
        "Blender의 인터넷 사용이 허용되어 있지 않습니다."
    ),
    "Switch on 'Allow Online Access' in the preferences, under System.": (
        "환경 설정의 시스템에서 '온라인 액세스를 허용'을 켜세요."
    ),
    "The server's address is http, so song and token would travel unprotected.": (
        "서버 주소가 http여서 노래와 토큰이 보호 없이 전송됩니다."
    ),
    "Use https, or tick 'Allow Insecure' in the add-on's preferences.": (
        "https를 쓰거나 애드온의 환경 설정에서 '보안되지 않은 연결 허용'을 켜세요."
    ),
    "{0} answered with {1}: it does not look like a K-Pop Choreo engine.": (
        "{0}의 응답({=1})이 K-Pop Choreo 엔진의 것이 아닌 듯합니다."
    ),
    "Check the server's address in the add-on's preferences.": (
        "애드온의 환경 설정에서 서버 주소를 확인하세요."
    ),
    "The engine at {0} did not answer in time.": "{0}의 엔진이 제때 응답하지 않았습니다.",
    "Try again.": "다시 시도하세요.",
    "The engine at {0} cannot be reached ({1}).": "{0}의 엔진에 연결하지 못합니다 ({1}).",
    "Check that it runs, and its address in the add-on's preferences.": (
        "엔진이 실행 중인지, 애드온의 환경 설정에 있는 주소가 맞는지 확인하세요."
    ),
    "The engine reports a problem.": "엔진이 문제를 알렸습니다.",
    "Look at the engine's log.": "엔진 로그를 확인하세요.",
    "The engine speaks version {0} and this add-on version {1}.": (
        "엔진은 버전 {0}, 이 애드온은 버전 {1}입니다."
    ),
    "Update both to the same release.": "둘을 같은 릴리스로 업데이트하세요.",
    "The engine ended the job as '{0}' and gave no reason.": (
        "엔진이 이유 없이 작업을 '{0}' 상태로 끝냈습니다."
    ),
    "Generate again; the engine's log tells more.": (
        "다시 생성하세요. 자세한 내용은 엔진 로그에 있습니다."
    ),
    "The engine stopped unexpectedly (exit code {0}).": (
        "엔진이 예기치 않게 멈췄습니다 (종료 코드 {0})."
    ),
    "Press Generate again to restart it; if it stops again, its last lines tell why.": (
        "'안무 생성'을 다시 누르면 재시작합니다. 또 멈추면 로그의 마지막 줄에 이유가 있습니다."
    ),
    "The engine could not start with {0}.": "{0}(으)로 엔진을 시작하지 못했습니다.",
    "Choose another Python in the add-on's preferences; the last lines tell why.": (
        "애드온의 환경 설정에서 다른 Python을 선택하세요. 로그의 마지막 줄에 이유가 있습니다."
    ),
    "The engine's Python {0} cannot be started ({1}).": (
        "엔진의 Python {0}을(를) 시작하지 못합니다 ({1})."
    ),
    "Choose another Python in the add-on's preferences.": (
        "애드온의 환경 설정에서 다른 Python을 선택하세요."
    ),
    "The engine was not ready after {0} seconds.": ("{0}초가 지나도 엔진이 준비되지 않았습니다."),
    "Try again; if it stays so, its last lines tell why.": (
        "다시 시도하세요. 계속 그러면 로그의 마지막 줄에 이유가 있습니다."
    ),
    "The engine could not be tied to Blender's process.": (
        "엔진을 Blender 프로세스에 묶지 못했습니다."
    ),
    "This installation has no engine in it.": "이 설치에는 엔진이 들어 있지 않습니다.",
    "Install the extension's zip, or choose a server in the add-on's preferences.": (
        "확장의 zip을 설치하거나 애드온의 환경 설정에서 서버를 선택하세요."
    ),
    "This Blender brings no Python executable to run the engine with.": (
        "이 Blender에는 엔진을 실행할 Python 실행 파일이 없습니다."
    ),
    "Choose a Python in the add-on's preferences.": ("애드온의 환경 설정에서 Python을 선택하세요."),
    "The bundled engine lacks {0}.": "내장 엔진에 {0} 패키지가 없습니다.",
    "The bundled engine lacks {0}: it was built for Python {1} and this Blender runs {2}.": (
        "내장 엔진에 {0} 패키지가 없습니다. Python {1}용으로 만들어졌고 "
        "이 Blender는 {2}을(를) 사용합니다."
    ),
    "Install the extension made for Python {0}, or choose another engine in the add-on's "
    "preferences.": (
        "Python {0}용 확장을 설치하거나 애드온의 환경 설정에서 다른 엔진을 선택하세요."
    ),
    "There is no Python at '{0}'.": "'{0}'에 Python이 없습니다.",
    "Choose the engine's Python in the add-on's preferences.": (
        "애드온의 환경 설정에서 엔진의 Python을 선택하세요."
    ),
    "K-Pop Choreo is at work already; cancel that first": (
        "K-Pop Choreo가 이미 작업 중입니다. 먼저 취소하세요"
    ),
    "Nothing is under way": "진행 중인 작업이 없습니다",
    "Something unforeseen happened: {0}: {1}.": "예상하지 못한 일이 일어났습니다: {0}: {1}.",
    "Try again, and report it if it happens again.": ("다시 시도하고, 또 일어나면 알려 주세요."),
}

_DANCE = {
    "The clip {0} is not there.": "'{0}' 클립 파일이 없습니다.",
    "Generate the dance again.": "안무를 다시 생성하세요.",
    "{0} is not a usable clip: {1}.": "'{0}' 파일은 쓸 수 없는 클립입니다: {=1}.",
    "Generate the dance again, or choose a .npz made by K-Pop Choreo.": (
        "안무를 다시 생성하거나 K-Pop Choreo가 만든 .npz를 선택하세요."
    ),
    "it is damaged or incomplete": "손상되었거나 불완전합니다",
    "it is another kind of file": "다른 종류의 파일입니다",
    "it holds no motion": "모션이 없습니다",
    "it holds values that are not numbers": "숫자가 아닌 값이 있습니다",
    "the beats are not a list": "비트가 목록이 아닙니다",
    "a joint comes before its parent": "관절이 부모보다 앞에 있습니다",
    "hand_pose does not fit its motion": "hand_pose가 모션과 맞지 않습니다",
    "a value in it cannot be understood": "알 수 없는 값이 있습니다",
    "{0} is missing": "{0}이(가) 없습니다",
    "{0} is packed in another way": "{0}의 압축 방식이 다릅니다",
    "{0} is of another version": "{0}의 버전이 다릅니다",
    "{0} is no plain array": "{0}이(가) 단순 배열이 아닙니다",
    "{0} is no array": "{0}이(가) 배열이 아닙니다",
    "it is too large": "너무 큽니다",
    "it is too long": "너무 깁니다",
    "it is too deep": "너무 깊게 중첩되어 있습니다",
    "it is cut off, or too large": "잘렸거나 너무 큽니다",
    "{0} has shape {1} where {2} is expected": "{0}의 형태가 {2}이(가) 아니라 {1}입니다",
    "{0} has clip version {1}; this add-on reads up to {2}.": (
        "'{0}' 파일의 클립 버전은 {1}이고, 이 애드온은 {2}까지 읽습니다."
    ),
    "Update the add-on, or use an engine of the same version.": (
        "애드온을 업데이트하거나 같은 버전의 엔진을 사용하세요."
    ),
    "The clip dances with other joints: {0}.": "클립이 다른 관절로 춤춥니다: {=0}.",
    "its root is no pelvis": "루트가 골반이 아닙니다",
    "Use the engine that belongs to this add-on.": "이 애드온에 맞는 엔진을 사용하세요.",
    "The dance is slower or faster than its song, so no sound was laid under it.": (
        "안무의 빠르기가 노래와 달라서 소리를 넣지 않았습니다."
    ),
    "The scene's song is not the one of this clip, so no sound was laid under it.": (
        "씬의 노래가 이 클립의 노래와 달라서 소리를 넣지 않았습니다."
    ),
    "{0} is gone, but the dance is kept.": (
        "'{0}' 아마추어가 사라졌지만 안무는 보관되어 있습니다."
    ),
    "Choose another armature under Target and press Apply Take.": (
        "'대상'에서 다른 아마추어를 선택하고 '테이크 적용'을 누르세요."
    ),
    "The dance could not be applied: {0}": "안무를 적용하지 못했습니다: {0}",
    "It is kept: press Apply Take to try again.": (
        "안무는 보관되어 있습니다. '테이크 적용'을 눌러 다시 시도하세요."
    ),
    "{0}: {1} bones dance in frames {2} to {3}.": ("{0}: 본 {1}개가 {2}~{3} 프레임에서 춤춥니다."),
    "The NLA of {0} is switched off, so the strip does not play.": (
        "'{0}'의 NLA가 꺼져 있어 스트립이 재생되지 않습니다."
    ),
    "The track {0} is solo, so the strip does not play.": (
        "트랙 '{0}'이(가) 솔로라서 스트립이 재생되지 않습니다."
    ),
    "The action {0} is still active and plays over the strip.": (
        "'{0}' 액션이 아직 활성이어서 스트립보다 우선 재생됩니다."
    ),
    "Go to Object Mode first": "먼저 오브젝트 모드로 전환하세요",
    "Go to Object Mode or Pose Mode first": "먼저 오브젝트 모드나 포즈 모드로 전환하세요",
    "Leave Edit Mode first": "먼저 에디트 모드에서 나가세요",
    "Choose New Action or NLA Strip under Target.": (
        "'대상'에서 '새 액션'이나 'NLA 스트립'을 선택하세요."
    ),
    "{0} has no action to write into.": "'{0}' 아마추어에 기록할 액션이 없습니다.",
    "An NLA strip of {0} is being tweaked.": "'{0}' 아마추어의 NLA 스트립을 트윅하는 중입니다.",
    "{0} is linked from another file.": "'{0}' 액션은 다른 파일에서 링크되었습니다.",
    "{0} has other users, which would dance as well.": (
        "'{0}' 액션을 다른 오브젝트도 사용하고 있어 함께 춤추게 됩니다."
    ),
    "Make it single-user, or choose New Action or NLA Strip under Target.": (
        "단일 사용자로 만들거나 '대상'에서 '새 액션'이나 'NLA 스트립'을 선택하세요."
    ),
    "A curve of {0} in {1} {2}.": "'{1}' 액션에서 '{0}' 본의 커브를 바꿀 수 없습니다: {=2}.",
    "has modifiers": "모디파이어가 있음",
    "is baked to samples": "샘플로 베이크됨",
    "is locked": "잠겨 있음",
    "has easing where the dance begins or ends": "안무가 시작하거나 끝나는 곳에 이징이 있음",
    "goes on in a straight line where the dance begins or ends": (
        "안무가 시작하거나 끝나는 곳에서 직선으로 이어짐"
    ),
}

_TARGET = {
    "Choose an armature, or add our dancer.": "아마추어를 선택하거나 댄서를 추가하세요.",
    "{0} is no rig that we know": "'{0}': 알 수 없는 리그입니다",
    "See Bones below.": "아래 '본'을 확인하세요.",
    "Choose them under Bones.": "'본'에서 직접 지정하세요.",
    "{0} is linked, and what is linked cannot be keyed.": (
        "'{0}': 링크된 아마추어에는 키를 넣을 수 없습니다."
    ),
    "{0} lacks bones that a dance needs: see Target.": (
        "'{0}' 아마추어에 춤에 필요한 본이 없습니다. '대상'을 확인하세요."
    ),
    "Choose an armature under Target first": "먼저 '대상'에서 아마추어를 선택하세요",
    "Choose a linked armature under Target first": ("먼저 '대상'에서 링크된 아마추어를 선택하세요"),
    "No armature is chosen to dance.": "춤출 아마추어를 선택하지 않았습니다.",
    "Choose one under Target, or press Add Dancer.": (
        "'대상'에서 선택하거나 '댄서 추가'를 누르세요."
    ),
    "{0} is linked from another file, where nothing can be written.": (
        "'{0}' 아마추어는 다른 파일에서 링크되어 기록할 수 없습니다."
    ),
    "Press Make Library Override under Target, or make it local.": (
        "'대상'에서 '라이브러리 덮어 쓰기를 만들기'를 누르거나 로컬로 만드세요."
    ),
    "The bones of {0} are being edited.": "'{0}' 아마추어의 본을 편집하는 중입니다.",
    "Leave Edit Mode first.": "먼저 에디트 모드에서 나가세요.",
    "{0} was never shown since its bones were made, so they cannot be posed yet.": (
        "'{0}' 아마추어는 본이 만들어진 뒤 표시된 적이 없어 아직 포즈를 잡을 수 없습니다."
    ),
    "Make it visible in the 3D view once.": "3D 뷰포트에 한 번 표시하세요.",
    "Blender made no library override of {0}.": (
        "Blender가 '{0}'의 라이브러리 덮어 쓰기를 만들지 못했습니다."
    ),
    "Make it local, or append it instead of linking it.": (
        "로컬로 만들거나, 링크 대신 추가(Append)하세요."
    ),
    "K-Pop Choreo dancer": "K-Pop Choreo 댄서",
    "Rigify meta-rig": "Rigify 메타리그",
    "Unity humanoid": "Unity 휴머노이드",
    "Unreal Mannequin": "Unreal 마네킹",
    "Recognised by its shape": "모양으로 인식됨",
    "VRM humanoid": "VRM 휴머노이드",
    "Your choice": "직접 지정",
    "{0}: {1} of {2} bones": "{=0}: 본 {2}개 중 {1}개",
    "{0}, without {1}": "{=0}, 없는 본: {=1}",
    "{0}, which follow controls": "{=0}, 컨트롤을 따르는 본",
    "{0}, which do not hang or stand together as a body": (
        "{=0}, 하나의 몸으로 이어지거나 서 있지 않음"
    ),
    "{0} and {1} more": "{=0} 외 {1}개",
    "The armature {0} was not recognised: {1}.": ("'{0}' 아마추어를 인식하지 못했습니다: {=1}."),
    "its bones have the names of {0} but make no body that stands": (
        "본의 이름은 {=0}이지만 서 있는 몸을 이루지 않습니다"
    ),
    "the nearest table is {0} with {1} of {2} bones, and {3} missing": (
        "가장 가까운 것은 본 {2}개 중 {1}개가 맞는 {=0}이고, 없는 본은 {=3}입니다"
    ),
    "no bone has a name from any table, and their shape is not clearly that of a body": (
        "이름을 아는 본이 없고, 모양도 몸으로 보기 어렵습니다"
    ),
    "Choose its bones under Target > Bones, choose another armature, or press Add Dancer.": (
        "'대상 > 본'에서 본을 지정하거나, 다른 아마추어를 선택하거나, '댄서 추가'를 누르세요."
    ),
    "The bones chosen for {0} cannot dance. {1}": (
        "'{0}' 아마추어에 지정한 본으로는 춤출 수 없습니다. {=1}"
    ),
    "Choose others under Target > Bones, or press Clear there.": (
        "'대상 > 본'에서 다른 본을 지정하거나 '지우기'를 누르세요."
    ),
    "The bones of {0} follow the controls of {1}, and not all that a dance needs are there.": (
        "'{0}' 아마추어의 본은 {=1} 컨트롤을 따르는데, 춤에 필요한 컨트롤이 모두 있지 않습니다."
    ),
    "Generate the rig anew, or choose its meta-rig or an exported skeleton, or press Add Dancer.": (
        "리그를 다시 생성하거나, 메타리그나 내보낸 스켈레톤을 선택하거나, '댄서 추가'를 누르세요."
    ),
    "{0}, on its controls": "{=0}, 컨트롤 사용",
    "{0} has no root bone above its hips, so the object travels.": (
        "'{0}' 아마추어에는 골반 위에 루트 본이 없어 오브젝트가 이동합니다."
    ),
    "{0} has no root bone above its hips, and its object is driven or stretched, so the hips "
    "travel.": (
        "'{0}' 아마추어에는 골반 위에 루트 본이 없고 오브젝트에 드라이버나 균일하지 않은 축척이 "
        "있어 골반이 이동합니다."
    ),
    "Drivers hold {0}, so they were not keyed.": "드라이버가 있어 키를 넣지 않은 본: {+0}.",
    "Constraints act on {0} on top of the dance.": "안무 위에 컨스트레인트가 작용하는 본: {+0}.",
    "The armature {0} has bones without a place: {1}.": (
        "'{0}' 아마추어에 위치가 없는 본이 있습니다: {+1}."
    ),
    "Place them anew in Edit Mode, choose another armature, or press Add Dancer.": (
        "에디트 모드에서 다시 배치하거나, 다른 아마추어를 선택하거나, '댄서 추가'를 누르세요."
    ),
    "Drivers hold bones of {0} that have to dance: {1}.": (
        "'{0}' 아마추어에서 춤춰야 할 본에 드라이버가 있습니다: {+1}."
    ),
    "Mute or delete the drivers of their rotation and location.": (
        "회전과 위치의 드라이버를 뮤트하거나 삭제하세요."
    ),
    "The armature {0} cannot travel: {1}.": "'{0}' 아마추어는 이동할 수 없습니다: {=1}.",
    "{0} do not hang from {1}": "'{1}' 본 아래에 있지 않은 본: {0}",
    "{0} is connected to its parent and cannot move": (
        "'{0}' 본이 부모에 연결되어 움직일 수 없습니다"
    ),
    "Parent them as in a Mixamo rig, or press Add Dancer.": (
        "Mixamo 리그처럼 부모를 지정하거나 '댄서 추가'를 누르세요."
    ),
    "The armature {0} has legs or hips without length.": (
        "'{0}' 아마추어의 다리나 골반에 길이가 없습니다."
    ),
    "Choose an armature in the shape of a body.": "몸 모양의 아마추어를 선택하세요.",
}

_BONES = {
    "{0} of {1}, {2}": "{0}/{1}, {2}",
    "None is chosen: what is recognised is used. Fill In to change it.": (
        "지정한 본이 없어 인식된 본을 사용합니다. 바꾸려면 '채우기'를 누르세요."
    ),
    "Found beside them: {0}.": "그 밖에 찾은 것: {=0}.",
    "1 finger": "손가락 1개",
    "{0} fingers": "손가락 {0}개",
    "1 twist bone": "트위스트 본 1개",
    "{0} twist bones": "트위스트 본 {0}개",
    "1 eye": "눈 1개",
    "{0} eyes": "눈 {0}개",
    "root {0}": "루트 {0}",
    "jaw {0}": "턱 {0}",
    "no fingers, twist bones or root": "손가락, 트위스트 본, 루트 없음",
    "{0} ({1})": "{=0} ({1})",
    "{0} is not chosen.": "지정하지 않은 본: {=0}.",
    "{0} are not chosen.": "지정하지 않은 본: {=0}.",
    "{0} does not hang from {1}.": "{=0} 본이 {=1} 본 아래에 있지 않습니다.",
    "{0} does not hang from {1}. Choose as Hips the bone that carries legs and spine.": (
        "{=0} 본이 {=1} 본 아래에 있지 않습니다. 다리와 척추의 부모인 본을 골반으로 지정하세요."
    ),
    "The root {0} is not above {1}.": "루트 '{0}'이(가) {=1} 본 위에 있지 않습니다.",
    "{0} was the bone {1}, which was renamed or deleted; choose it again.": (
        "{=0}에 지정한 본 '{1}'의 이름이 바뀌었거나 삭제되었습니다. 다시 지정하세요."
    ),
    "{0} is chosen for {1}; it can be only one of them.": (
        "'{0}' 본이 여러 곳에 지정되었습니다: {=1}. 하나에만 지정할 수 있습니다."
    ),
    "{0} is on the side of {1}: swap the arms or the legs.": (
        "{=0} 본이 {=1} 본과 같은 쪽에 있습니다. 팔이나 다리의 좌우를 바꾸세요."
    ),
    "Left and right are swapped: {0} is on the right.": (
        "좌우가 바뀌었습니다: {=0} 본이 오른쪽에 있습니다."
    ),
    "Left and right are swapped: the toes point backward.": (
        "좌우가 바뀌었습니다: 발끝이 뒤를 향합니다."
    ),
    "The bone of the {0}; {1}": "{=0} 본. {=1}",
    "a dance needs it": "춤에 꼭 필요합니다",
    "may stay empty": "비워 두어도 됩니다",
    "Choose all bones that a dance needs first": "먼저 춤에 필요한 본을 모두 지정하세요",
    "Press Make Library Override under Target first": (
        "먼저 '대상'에서 '라이브러리 덮어 쓰기를 만들기'를 누르세요"
    ),
    "No bone is chosen: what is recognised is used": ("지정한 본이 없어 인식된 본을 사용합니다"),
    "Make a bone of the target active in Pose Mode first": (
        "먼저 포즈 모드에서 대상의 본을 활성으로 만드세요"
    ),
    "Filled in {0} bones": "본 {0}개를 채웠습니다",
    "Filled in 1 bone": "본 1개를 채웠습니다",
    "No more bones of {0} were recognised.": "'{0}' 아마추어에서 더 인식된 본이 없습니다.",
    "Choose those of one side yourself, and press Mirror.": (
        "한쪽의 본을 직접 지정하고 '미러'를 누르세요."
    ),
    "No bone of the {0} side is chosen.": "{=0}의 본을 지정하지 않았습니다.",
    "left": "왼쪽",
    "right": "오른쪽",
    "Choose some first.": "먼저 본을 지정하세요.",
    "No bone lies across {0}.": "마주 보는 본이 없습니다: {=0}.",
    "{0} has no bone of the preset {1}.": "'{0}' 아마추어에 '{1}' 프리셋의 본이 없습니다.",
    "Choose another preset or another armature.": "다른 프리셋이나 다른 아마추어를 선택하세요.",
    "{0} lacks {1} of the preset.": "'{0}' 아마추어에 없는 프리셋의 본: {+1}.",
}

_PRESETS = {
    "Saved {0}": "{0} 저장됨",
    "The preset has no name.": "프리셋에 이름이 없습니다.",
    "Type one.": "이름을 입력하세요.",
    "The preset's name is too long.": "프리셋 이름이 너무 깁니다.",
    "Type a shorter one.": "더 짧은 이름을 입력하세요.",
    "No preset is called {0}.": "{0} 프리셋이 없습니다.",
    "There are {0}.": "있는 프리셋: {0}.",
    "None is saved yet.": "아직 저장한 프리셋이 없습니다.",
    "The folder of presets cannot be changed: {0}.": "프리셋 폴더를 바꿀 수 없습니다: {0}.",
    "Make {0} writable.": "{0}에 쓰기 권한을 주세요.",
    "The rig preset {0} is left out: {1}.": "리그 프리셋 '{0}'은(는) 제외합니다: {=1}.",
    "The style preset {0} is left out: {1}.": "스타일 프리셋 '{0}'은(는) 제외합니다: {=1}.",
    "Delete the file, or save the preset again.": "파일을 삭제하거나 프리셋을 다시 저장하세요.",
    "it cannot be read as JSON": "JSON으로 읽을 수 없습니다",
    "it is no preset of bones": "본 프리셋이 아닙니다",
    "it is no preset of a style": "스타일 프리셋이 아닙니다",
    "its version is {0} and not {1}": "버전이 {1}이(가) 아니라 {0}입니다",
    "it has no title": "제목이 없습니다",
    "its {0}s are no table": "{0} 항목이 표가 아닙니다",
    "it has a {0} {1} that no body has": "어떤 몸에도 없는 {0} {1}이(가) 있습니다",
    "its {0} {1} names no bone": "{0} {1}에 본 이름이 없습니다",
    "its {0} is no text": "{0} 값이 글자가 아닙니다",
    "its {0} is no number from 0 to 1": "{0} 값이 0에서 1 사이의 수가 아닙니다",
    "There is no style preset {0}.": "'{0}' 스타일 프리셋이 없습니다.",
    "{0} came with the add-on and cannot be removed.": (
        "'{=0}'은(는) 애드온의 기본 프리셋이라 제거할 수 없습니다."
    ),
    "Save your own under its name to replace it.": (
        "같은 이름으로 직접 저장하면 대신할 수 있습니다."
    ),
    "You have saved no presets, and built-in ones stay": (
        "직접 저장한 프리셋이 없습니다. 기본 프리셋은 제거할 수 없습니다"
    ),
    "The engine does not know the style {0}, so only the prompt decides.": (
        "엔진이 '{0}' 스타일을 몰라 프롬프트만 따릅니다."
    ),
}

_EXPORT = {
    "There is no export preset {0}.": "'{0}' 내보내기 프리셋이 없습니다.",
    "{0} has no dance on it.": "'{0}' 아마추어에 안무가 없습니다.",
    "Generate one first, or choose its action in the action editor.": (
        "먼저 안무를 생성하거나 액션 에디터에서 안무의 액션을 선택하세요."
    ),
    "the file has no name.": "파일 이름이 없습니다.",
    "there is no folder {0}.": "{0} 폴더가 없습니다.",
    "The dance starts {0} s into {1}.": "안무는 {1}의 {0}초에서 시작합니다.",
    "The exporter stopped: {0}": "내보내기가 중단되었습니다: {=0}",
    "it does not say why.": "이유를 알 수 없습니다.",
    "Check that the folder can be written to.": "폴더에 쓸 수 있는지 확인하세요.",
    "Blender's exporter for {0} is switched off.": "Blender의 {0} 내보내기가 꺼져 있습니다.",
    "Switch on '{0}' in the preferences, under Add-ons.": (
        "환경 설정의 애드온에서 '{0}'을(를) 켜세요."
    ),
    "VRM Animation needs bones that are not known here: {0}.": (
        "VRM 애니메이션에 필요한 본을 찾지 못했습니다: {0}."
    ),
    "Name them under Target, or choose another preset.": (
        "'대상'에서 지정하거나 다른 프리셋을 선택하세요."
    ),
    "Wrote {0} with {1} bones": "{0} 저장됨 (본 {1}개)",
    "Wrote {0} frames to {1}": "{1}에 {0} 프레임 저장됨",
}

ADDON_SENTENCES: dict[str, str] = (
    _PROGRESS | _SONG | _ENGINE | _DANCE | _TARGET | _BONES | _PRESETS | _EXPORT
)
