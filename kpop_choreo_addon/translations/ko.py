"""Korean: what buttons, fields, choices and panels are called, and their tooltips.

``WORDS`` are names that Blender looks up by itself; ``SENTENCES`` are made while the add-on runs
and may hold values (see core/sentences.py).
"""

from __future__ import annotations

from . import (
    ko_about,
    ko_doctor,
    ko_engine,
    ko_fate,
    ko_gpu,
    ko_pins,
    ko_security,
    ko_shape,
    ko_song,
    ko_state,
    ko_takes,
)
from .ko_sentences import ADDON_SENTENCES

_PARTS = (
    ko_about,
    ko_doctor,
    ko_fate,
    ko_gpu,
    ko_pins,
    ko_security,
    ko_shape,
    ko_song,
    ko_state,
    ko_takes,
)

ENGINE_SENTENCES: dict[str, str] = {
    **ko_doctor.ENGINE_SENTENCES,
    **ko_engine.ENGINE_SENTENCES,
    **ko_gpu.ENGINE_SENTENCES,
    **ko_security.ENGINE_SENTENCES,
}
SENTENCES: dict[str, str] = ADDON_SENTENCES | ENGINE_SENTENCES
for _part in _PARTS:
    SENTENCES |= _part.SENTENCES

WORDS: dict[str, str] = {
    # Panels
    "Song": "노래",
    "Correct the Beat": "비트 보정",
    "Sections": "구간",
    "Prompt & Style": "프롬프트 & 스타일",
    "Target": "대상",
    "Bones": "본",
    "Fitting & Keys": "맞춤 & 키",
    "Timeline": "타임라인",
    "Generate": "생성",
    "Export": "내보내기",
    # Engine and preferences
    "Engine": "엔진",
    "Where dances are made": "안무를 만드는 곳",
    "Bundled": "내장",
    "The engine that came with this extension, on this computer": (
        "이 확장에 들어 있는 엔진을 이 컴퓨터에서 실행합니다"
    ),
    "Python": "Python",
    "The same engine in a Python of your own, for instance one with a GPU": (
        "같은 엔진을 직접 설치한 Python에서 실행합니다. 예: GPU를 쓰는 Python"
    ),
    "Server": "서버",
    "An engine on another machine": "다른 컴퓨터에서 실행되는 엔진",
    "Device": "장치",
    "What the engine computes on": "엔진이 계산에 사용하는 장치",
    "Automatic": "자동",
    "A GPU where the engine can use one, else the processor": (
        "엔진이 쓸 수 있으면 GPU를, 아니면 CPU를 사용합니다"
    ),
    "Processor": "CPU",
    "Works everywhere": "어디서나 작동합니다",
    "Model": "모델",
    "Name of a dance model; empty for the engine's default": (
        "안무 모델 이름. 비워 두면 엔진의 기본 모델을 사용합니다"
    ),
    "A Python executable that has the engine's packages": (
        "엔진의 패키지가 설치된 Python 실행 파일"
    ),
    "Address of the engine, like https://dance.example.org": (
        "엔진의 주소. 예: https://dance.example.org"
    ),
    "Token": "토큰",
    "What the server asks for": "서버가 요구하는 토큰",
    "Allow Insecure": "보안되지 않은 연결 허용",
    "Use http to another machine; song and token can then be read on the way": (
        "다른 컴퓨터에 http로 연결합니다. 전송 중에 노래와 토큰이 노출될 수 있습니다"
    ),
    "default": "기본값",
    "Stop Engine": "엔진 정지",
    "Stop the engine and free its memory; it starts again when it is needed": (
        "엔진을 정지하고 메모리를 비웁니다. 필요하면 다시 시작됩니다"
    ),
    "Preferences": "환경 설정",
    "Open the add-on's preferences": "애드온의 환경 설정을 엽니다",
    # Song
    "The song to dance to": "춤출 노래",
    "Part of the Song": "노래의 일부",
    "Dance to a part of the song only": "노래의 일부 구간에만 안무를 만듭니다",
    "From": "시작",
    "To": "끝",
    "Second of the song": "노래의 시각(초)",
    "Analyze Song": "노래 분석",
    "Listen to the song: tempo, beats, key and sections": (
        "노래를 듣고 템포, 비트, 조성, 구간을 찾습니다"
    ),
    "Correct Beat": "비트 보정",
    "Correct the beat that was heard; every later dance uses the correction": (
        "찾은 비트를 보정합니다. 이후의 모든 안무에 적용됩니다"
    ),
    "Halve": "절반",
    "Double": "두 배",
    "Nudge": "비트 밀기",
    "Move the 'One'": "첫 박 옮기기",
    "Move the 'one'": "첫 박 옮기기",
    "Beats a Bar": "마디당 박 수",
    "Beats a bar": "마디당 박 수",
    "Forget Corrections": "보정 지우기",
    "Forget all corrections of this song, those of its sections too": (
        "구간을 포함해 이 노래의 모든 보정을 지웁니다"
    ),
    "Check by Ear": "귀로 확인",
    "Lay clicks on the beats under the song, high on the first of a bar": (
        "노래 아래에 비트마다 클릭 소리를 깝니다. 마디의 첫 박은 높은 소리입니다"
    ),
    "Remove Clicks": "클릭 제거",
    "Remove the clicks under the song": "노래 아래의 클릭 소리를 제거합니다",
    "Lay Song": "노래 깔기",
    "Lay the whole song into the sequencer, from the start frame": (
        "시작 프레임부터 노래 전체를 시퀀서에 넣습니다"
    ),
    "Move our markers onto the corrected bars, and lay clicks": (
        "애드온의 마커를 보정한 마디로 옮기고 클릭 소리를 깝니다"
    ),
    "Clicks": "클릭",
    "Tap Tempo": "탭 템포",
    "Play the song and tap Space with the beat; Enter sends, Esc cancels": (
        "노래를 재생하고 비트에 맞춰 스페이스 바를 두드립니다. Enter로 보내고 Esc로 취소합니다"
    ),
    "Send": "보내기",
    "Times": "시각",
    "Seconds of the song that were tapped": "두드린 노래의 시각(초)",
    # Sections
    "Section": "구간",
    "Number of the section, from 0": "구간 번호(0부터)",
    "Label": "레이블",
    "What the section is": "구간의 종류",
    "Intro": "인트로",
    "Verse": "벌스",
    "Pre-chorus": "프리코러스",
    "Chorus": "후렴",
    "Post-chorus": "포스트코러스",
    "Dance break": "댄스 브레이크",
    "Bridge": "브리지",
    "Outro": "아웃트로",
    "Rename Section": "구간 이름 변경",
    "Say what this section is; equal names are the same music": (
        "이 구간의 종류를 정합니다. 이름이 같으면 같은 음악으로 봅니다"
    ),
    "Begin at Playhead": "플레이헤드에서 시작",
    "Begin this section on the bar nearest to the playhead": (
        "이 구간을 플레이헤드에서 가장 가까운 마디에서 시작합니다"
    ),
    "At": "위치",
    "Second of the song; else the playhead": "노래의 시각(초). 없으면 플레이헤드",
    "Add at Playhead": "플레이헤드에 추가",
    "Begin a new section on the bar nearest to the playhead": (
        "플레이헤드에서 가장 가까운 마디에서 새 구간을 시작합니다"
    ),
    "Remove Section": "구간 제거",
    "Remove this section; the one before it goes on": (
        "이 구간을 제거합니다. 앞 구간이 이어집니다"
    ),
    # Prompt, style and presets
    "Prompt": "프롬프트",
    "What the dance should be like, in English or Korean": (
        "어떤 춤이면 좋을지 한국어나 영어로 적습니다"
    ),
    "sharp arms, big turns": "각 잡힌 팔, 큰 턴",
    "Style": "스타일",
    "A kind of dance that joins the prompt": "프롬프트에 더해지는 춤의 종류",
    "None": "없음",
    "Only the prompt decides": "프롬프트만 따릅니다",
    "Girl crush": "걸크러시",
    "Confident and fierce, with sharp arms": "당당하고 강렬하게, 팔은 각지게",
    "Cute": "큐트",
    "Light, playful and bouncy": "가볍고 장난스럽고 통통 튀게",
    "Hip-hop": "힙합",
    "Grounded, with groove": "무게를 낮추고 그루브 있게",
    "Swag": "스웨그",
    "Relaxed and cool": "여유롭고 쿨하게",
    "Retro": "레트로",
    "Disco, with points and twists": "디스코풍의 찌르기와 트위스트",
    "Sexy": "섹시",
    "Slow and sensual, with body waves": "느리고 관능적으로, 웨이브와 함께",
    "Ballad": "발라드",
    "Slow and flowing, with long arm lines": "느리고 부드럽게, 팔 선은 길게",
    "Performance": "퍼포먼스",
    "Powerful, made for a big stage": "큰 무대를 위한 파워풀한 춤",
    "Energy": "에너지",
    "How big and fast the movements are": "동작의 크기와 빠르기",
    "Smoothness": "부드러움",
    "Sharp and popping, or flowing": "각지고 끊어지게, 또는 흐르듯이",
    "Bounce": "바운스",
    "How much the body bounces with the beat": "비트에 맞춰 몸이 바운스하는 정도",
    "Creativity": "창의성",
    "Close to what is usual, or freer": "무난하게, 또는 더 자유롭게",
    "Seed": "씨드",
    "Another seed is another dance; the same is the same": (
        "씨드가 다르면 다른 안무, 같으면 같은 안무가 나옵니다"
    ),
    "New Seed": "새 씨드",
    "Choose another seed, for another dance to the same song": (
        "같은 노래로 다른 안무를 만들도록 씨드를 바꿉니다"
    ),
    "Presets": "프리셋",
    "Apply Preset": "프리셋 적용",
    "Take over this preset's prompt, style and sliders; song and seed stay": (
        "이 프리셋의 프롬프트, 스타일, 슬라이더를 적용합니다. 노래와 씨드는 그대로입니다"
    ),
    "Save as Preset": "프리셋으로 저장",
    "Keep prompt, style and sliders under a name, to choose them again anywhere": (
        "프롬프트, 스타일, 슬라이더를 이름을 붙여 저장하고 언제든 다시 고를 수 있게 합니다"
    ),
    "Remove Preset": "프리셋 제거",
    "Delete a preset of your own; a built-in one that it replaced comes back": (
        "직접 저장한 프리셋을 삭제합니다. 그것이 대신하던 기본 프리셋은 다시 나타납니다"
    ),
    "Name": "이름",
    "Name of the preset": "프리셋 이름",
    "Name of the preset; one that has it is replaced": (
        "프리셋 이름. 같은 이름의 프리셋은 바뀝니다"
    ),
    # Target
    "The armature that dances; empty for the active one": (
        "춤출 아마추어. 비워 두면 활성 아마추어를 사용합니다"
    ),
    "Add Dancer": "댄서 추가",
    "Add a mannequin that can dance, and make it the target": (
        "춤출 수 있는 마네킹을 추가하고 대상으로 지정합니다"
    ),
    "Make Library Override": "라이브러리 덮어 쓰기를 만들기",
    "Make a library override of the linked target, so that it can dance here": (
        "링크된 대상이 이 파일에서 춤출 수 있도록 라이브러리 덮어 쓰기를 만듭니다"
    ),
    "Mirror": "미러",
    "Exchange left and right of the dance": "안무의 좌우를 바꿉니다",
    "Time Scale": "타임 스케일",
    "How many times as long the dance lasts; without its song unless it is 1": (
        "안무 길이의 배율. 1이 아니면 노래를 넣지 않습니다"
    ),
    "Lock Feet": "발 고정",
    "Feet stand still on this armature's floor where they stand in the dance": (
        "안무에서 딛고 있는 동안 발이 이 아마추어의 바닥에서 미끄러지지 않게 합니다"
    ),
    "Keep Touches": "접촉 유지",
    "Hands touch what they touch in the dance, and stay out of this body": (
        "안무에서 손이 닿는 곳에 손이 닿게 하고, 몸을 파고들지 않게 합니다"
    ),
    "Action": "액션",
    "Where the dance is written": "안무를 기록할 곳",
    "New Action": "새 액션",
    "Every dance is an action of its own, and the active one": (
        "안무마다 새 액션을 만들어 활성 액션으로 지정합니다"
    ),
    "NLA Strip": "NLA 스트립",
    "Every dance is a strip on a track of its own; the active action stays": (
        "안무마다 새 트랙에 스트립을 만듭니다. 활성 액션은 그대로입니다"
    ),
    "Current Action": "현재 액션",
    "Replace the keys of dancing bones in the dance's time, and nothing outside it": (
        "안무 시간 안에서 춤추는 본의 키만 바꾸고, 그 밖은 건드리지 않습니다"
    ),
    "Travel": "이동",
    "Which bone carries the dancer over the floor": "댄서를 바닥에서 이동시키는 본",
    "Hips": "골반",
    "The hips carry everything": "골반이 모든 이동을 담당합니다",
    "Root Bone": "루트 본",
    "Path and heading on the root bone, or on the object without one": (
        "경로와 방향을 루트 본에, 루트 본이 없으면 오브젝트에 기록합니다"
    ),
    "In Place": "제자리",
    "On the spot, without path and heading; sway stays": (
        "경로와 방향 없이 제자리에서 춤춥니다. 몸의 흔들림은 남습니다"
    ),
    "Hands": "손",
    "What the fingers show, on armatures that have some": (
        "손가락이 있는 아마추어에서 손가락의 모양"
    ),
    "From the Dance": "안무대로",
    "Fists, pointing, hearts and V-signs by the moves": (
        "동작에 따라 주먹, 가리키기, 하트, 브이를 합니다"
    ),
    "Relaxed": "편안하게",
    "Lightly curled throughout": "내내 가볍게 굽힙니다",
    "Fist": "주먹",
    "Closed throughout": "내내 쥡니다",
    "Open": "펴기",
    "Straight throughout": "내내 폅니다",
    "Point": "가리키기",
    "The index finger straight, the others closed": "검지만 펴고 나머지는 쥡니다",
    "Finger Heart": "손가락 하트",
    "Thumb and index finger crossed": "엄지와 검지를 교차합니다",
    "V-Sign": "브이",
    "Index and middle finger straight, the others closed": ("검지와 중지만 펴고 나머지는 쥡니다"),
    "Leave Alone": "그대로 두기",
    "No finger is keyed": "손가락에는 키를 넣지 않습니다",
    "Face Audience": "관객 바라보기",
    "How far head and eyes stay toward the audience while the body turns": (
        "몸이 도는 동안 머리와 눈이 관객을 바라보는 정도"
    ),
    "Keys": "키",
    "How many keys are written": "기록할 키의 양",
    "Every Frame": "모든 프레임",
    "Each frame of the dance and each beat, straight between": (
        "안무의 모든 프레임과 비트에 키를 넣고 사이는 직선으로 잇습니다"
    ),
    "Reduced": "줄이기",
    "Only as many as the tolerance needs, Bezier between": (
        "허용 오차에 필요한 만큼만 키를 넣고 사이는 베지어로 잇습니다"
    ),
    "Degrees": "각도",
    "How far any bone may be turned away from the full dance": (
        "원래 안무에서 본이 돌아가도 되는 최대 각도"
    ),
    "mm": "mm",
    "How far either end of any bone may be from the full dance, on a body of 1.7 m": (
        "키 1.7m인 몸을 기준으로, 본의 양 끝이 원래 안무에서 벗어나도 되는 최대 거리"
    ),
    # The editor of bones
    "Fill In": "채우기",
    "Fill empty rows with the bones that are recognised": "빈 줄을 인식된 본으로 채웁니다",
    "Choose for one side the bones across those of the other: by name, or by place": (
        "한쪽의 본과 마주 보는 본을 이름이나 위치로 찾아 반대쪽에 지정합니다"
    ),
    "The side that is right already": "이미 올바른 쪽",
    "Left to Right": "왼쪽에서 오른쪽으로",
    "Right to Left": "오른쪽에서 왼쪽으로",
    "Swap Sides": "좌우 바꾸기",
    "Exchange the bones of left and right": "왼쪽과 오른쪽의 본을 서로 바꿉니다",
    "Clear": "지우기",
    "Forget all bones that were chosen, and go by what is recognised": (
        "지정한 본을 모두 지우고 인식된 대로 따릅니다"
    ),
    "From Active Bone": "활성 본에서",
    "Choose the target's active bone for this row": "대상의 활성 본을 이 줄에 지정합니다",
    "Row": "줄",
    "What the bone is": "본의 역할",
    "Save Preset": "프리셋 저장",
    "Keep these bones; armatures that have them all are recognised from now on": (
        "이 본들을 저장합니다. 앞으로 이 본이 모두 있는 아마추어는 자동으로 인식됩니다"
    ),
    "Load Preset": "프리셋 불러오기",
    "Choose the bones of this preset": "이 프리셋의 본을 지정합니다",
    "Delete this preset from your folder; what is chosen on armatures stays": (
        "이 프리셋을 폴더에서 삭제합니다. 아마추어에 지정한 것은 그대로입니다"
    ),
    "Root": "루트",
    "Lower Spine": "아래 척추",
    "Mid Spine": "가운데 척추",
    "Chest": "가슴",
    "Neck": "목",
    "Head": "머리",
    "Clavicle": "쇄골",
    "Upper Arm": "위팔",
    "Forearm": "아래팔",
    "Hand": "손",
    "Thigh": "허벅지",
    "Shin": "정강이",
    "Foot": "발",
    "Toes": "발가락",
    "Left Arm": "왼팔",
    "Left Leg": "왼다리",
    "Left Clavicle": "왼쪽 쇄골",
    "Left Upper Arm": "왼쪽 위팔",
    "Left Forearm": "왼쪽 아래팔",
    "Left Hand": "왼손",
    "Left Thigh": "왼쪽 허벅지",
    "Left Shin": "왼쪽 정강이",
    "Left Foot": "왼발",
    "Left Toes": "왼쪽 발가락",
    "Right Arm": "오른팔",
    "Right Leg": "오른다리",
    "Right Clavicle": "오른쪽 쇄골",
    "Right Upper Arm": "오른쪽 위팔",
    "Right Forearm": "오른쪽 아래팔",
    "Right Hand": "오른손",
    "Right Thigh": "오른쪽 허벅지",
    "Right Shin": "오른쪽 정강이",
    "Right Foot": "오른발",
    "Right Toes": "오른쪽 발가락",
    # Generate
    "Start Frame": "시작 프레임",
    "Where dance and song start on the timeline": "타임라인에서 안무와 노래가 시작하는 곳",
    "Sound Strip": "사운드 스트립",
    "Lay the song into the sequencer": "노래를 시퀀서에 넣습니다",
    "Markers": "마커",
    "Mark bars and sections on the timeline": "타임라인에 마디와 구간을 마커로 표시합니다",
    "Every Beat": "모든 비트",
    "Mark every beat and not only the first of a bar": (
        "마디의 첫 박만이 아니라 모든 비트를 표시합니다"
    ),
    "Set End Frame": "끝 프레임 설정",
    "Let the scene end with the dance": "씬의 끝 프레임을 안무의 끝에 맞춥니다",
    "Generate Dance": "안무 생성",
    "Make a dance to the song and put it on the armature": (
        "노래에 맞는 안무를 만들어 아마추어에 적용합니다"
    ),
    "Start": "시작",
    "End": "끝",
    "Cancel": "취소",
    "Stop what is under way, as Esc does; the scene stays as it is": (
        "Esc처럼 진행 중인 작업을 멈춥니다. 씬은 그대로입니다"
    ),
    "Apply Dance": "안무 적용",
    "Apply Take": "테이크 적용",
    "Put a finished dance on the armature, with markers and sound": (
        "완성된 안무를 마커, 사운드와 함께 아마추어에 적용합니다"
    ),
    "Clip": "클립",
    "Apply Clip File": "클립 파일 적용",
    # Export
    "Export Dance": "안무 내보내기",
    "Write the dance for another program, with its song; both start at time 0": (
        "다른 프로그램에서 쓸 안무를 노래와 함께 저장합니다. 둘 다 0초에서 시작합니다"
    ),
    "For": "용도",
    "The program or format that the file is for": "파일을 사용할 프로그램 또는 형식",
    "Unity, Maya (FBX)": "Unity, Maya (FBX)",
    "FBX in metres, Y up": "미터 단위 FBX, Y축이 위",
    "Unreal (FBX)": "Unreal (FBX)",
    "FBX in centimetres, Z up": "센티미터 단위 FBX, Z축이 위",
    "Godot, glTF": "Godot, glTF",
    "Binary glTF in metres, Y up": "미터 단위 바이너리 glTF, Y축이 위",
    "BVH": "BVH",
    "Bones only, in centimetres, Y up": "본만, 센티미터 단위, Y축이 위",
    "VRM Animation": "VRM 애니메이션",
    "Humanoid bones only, for VRM avatars": "VRM 아바타용, 휴머노이드 본만",
    "Root Motion": "루트 모션",
    "Which bone goes over the floor": "바닥에서 이동하는 본",
    "On the Root": "루트에",
    "The root bone goes over the floor and turns, for root motion": (
        "루트 모션을 위해 루트 본이 바닥에서 이동하고 회전합니다"
    ),
    "On the Hips": "골반에",
    "The root bone stays; the hips carry the whole way": (
        "루트 본은 그대로 있고 골반이 모든 이동을 담당합니다"
    ),
    "The dancer stays on the spot; the body still turns and bends": (
        "댄서가 제자리에 머뭅니다. 몸은 그대로 돌고 굽힙니다"
    ),
    "Body Bones Only": "몸의 본만",
    "Leave out face, hair and helper bones of a rig with more than 80 nodes; "
    "their skin goes to the bones they hang on": (
        "노드가 80개를 넘는 리그에서 얼굴, 머리카락, 보조 본을 뺍니다. "
        "그 스킨은 부모 본으로 옮겨집니다"
    ),
    "With Mesh": "메쉬 포함",
    "Write the meshes with their skin": "메쉬를 스킨과 함께 저장합니다",
    "With Song": "노래 포함",
    "Put the song beside the file": "파일 옆에 노래를 둡니다",
    "Dance to Clip": "안무를 클립으로",
    "Write what the target dances, edits included, as a clip for the engine": (
        "편집한 내용을 포함해 대상의 안무를 엔진용 클립으로 저장합니다"
    ),
}
for _part in _PARTS:
    WORDS |= _part.WORDS
