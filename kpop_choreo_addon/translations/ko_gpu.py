"""Korean: the GPU engine."""

from __future__ import annotations

WORDS: dict[str, str] = {
    # Preferences
    "GPU": "GPU",
    "The bundled engine with PyTorch for this computer's GPU, fetched by one click": (
        "내장 엔진에 이 컴퓨터의 GPU용 PyTorch를 더합니다. 클릭 한 번으로 내려받습니다"
    ),
    "NVIDIA or AMD GPU": "NVIDIA 또는 AMD GPU",
    "Needs the GPU engine, or a Python with PyTorch for it": (
        "GPU 엔진이나 해당 PyTorch가 설치된 Python이 필요합니다"
    ),
    "Apple GPU": "Apple GPU",
    "Needs a Mac with Apple silicon, and the GPU engine": (
        "Apple 실리콘 Mac과 GPU 엔진이 필요합니다"
    ),
    "Build": "빌드",
    "Which PyTorch is fetched": "내려받을 PyTorch",
    "What fits the GPU of this computer": "이 컴퓨터의 GPU에 맞는 것",
    "NVIDIA (CUDA 13)": "NVIDIA (CUDA 13)",
    "GPUs since 2018 with a driver from 580 on": "2018년 이후 GPU, 드라이버 580 이상",
    "NVIDIA (CUDA 12)": "NVIDIA (CUDA 12)",
    "Older GPUs and drivers; on Windows only": "오래된 GPU와 드라이버. Windows에서만",
    "AMD (ROCm)": "AMD (ROCm)",
    "On Linux only": "Linux에서만",
    "Apple": "Apple",
    "Macs with Apple silicon and macOS 14 or newer": "Apple 실리콘 Mac, macOS 14 이상",
    "Without a GPU: slower than the bundled engine": "GPU 없이: 내장 엔진보다 느립니다",
    # Operators
    "Install GPU Engine": "GPU 엔진 설치",
    "Fetch PyTorch for this GPU into your extension folder; goes on while you work, and where "
    "it was broken off": (
        "이 GPU용 PyTorch를 확장 폴더에 내려받습니다. 작업하는 동안 진행되고, 중단된 곳부터 "
        "이어집니다"
    ),
    "Mirror": "미러",
    "Server with the wheels, instead of their own; see docs/gpu.md": (
        "원래 서버 대신 휠을 내려받을 서버. docs/gpu.md 참고"
    ),
    "Break off; what was fetched is kept for Resume": (
        "중단합니다. 내려받은 것은 이어받기를 위해 남습니다"
    ),
    "Verify": "검증",
    "Compare every file with its digest and try the GPU again": (
        "모든 파일을 해시와 비교하고 GPU를 다시 시험합니다"
    ),
    "Remove GPU Engine": "GPU 엔진 제거",
    "Delete the GPU engine, and what was fetched for one, from the disk": (
        "GPU 엔진과 내려받은 것을 디스크에서 삭제합니다"
    ),
    "Look Again": "다시 찾기",
    "Look for the GPU and its driver again": "GPU와 드라이버를 다시 찾습니다",
    "Update GPU Engine": "GPU 엔진 업데이트",
    "Resume": "이어받기",
    "Remove": "제거",
}

SENTENCES: dict[str, str] = {
    # The box and the line in the sidebar
    "Looking for a GPU": "GPU를 찾는 중",
    "No GPU was found": "GPU를 찾지 못했습니다",
    "Driver {0}": "드라이버 {0}",
    "NVIDIA GPU": "NVIDIA GPU",
    "AMD GPU": "AMD GPU",
    "the processor": "CPU(프로세서)",
    "The GPU engine is not installed: the bundled one is used.": (
        "GPU 엔진이 설치되지 않아 내장 엔진을 사용합니다."
    ),
    "The bundled engine is used meanwhile.": "그동안 내장 엔진을 사용합니다.",
    "The GPU engine was not tried yet: press Verify.": (
        "GPU 엔진을 아직 시험하지 않았습니다. '검증'을 누르세요."
    ),
    "PyTorch {0}, {1}: {2} GB on the disk": "PyTorch {0}, {1}: 디스크 {2}GB",
    "It works on {0}.": "{0}에서 작동합니다.",
    "There is no such GPU engine for this system and Blender.": (
        "이 시스템과 Blender용 GPU 엔진이 없습니다."
    ),
    "{0} of about {1} MB are here already.": "약 {1}MB 가운데 {0}MB를 이미 내려받았습니다.",
    "About {0} MB are fetched. The bundled engine is faster on a processor.": (
        "약 {0}MB를 내려받습니다. CPU에서는 내장 엔진이 더 빠릅니다."
    ),
    "About {0} MB are fetched from {1}.": "{1}에서 약 {0}MB를 내려받습니다.",
    "It dances on {0}.": "{0}에서 안무를 만듭니다.",
    "No GPU was used.": "GPU를 사용하지 않았습니다.",
    "The GPU engine works on {0}.": "GPU 엔진이 {0}에서 작동합니다.",
    # Progress
    "Looking what is needed": "필요한 것을 확인하는 중",
    "Fetching: {0} of {1} MB": "내려받는 중: {1}MB 중 {0}MB",
    "Unpacking: {0} of {1} MB": "압축 푸는 중: {1}MB 중 {0}MB",
    "Verifying: {0} of {1} files": "검증하는 중: 파일 {1}개 중 {0}개",
    "Trying the GPU": "GPU를 시험하는 중",
    # Why a button is greyed
    "Work on the GPU engine is under way": "GPU 엔진 작업이 진행 중입니다",
    "No GPU engine is installed": "설치된 GPU 엔진이 없습니다",
    # Which build
    "PyTorch needs macOS 14 or newer.": "PyTorch에는 macOS 14 이상이 필요합니다.",
    "Update macOS.": "macOS를 업데이트하세요.",
    "No GPU that PyTorch can use was found on this computer.": (
        "이 컴퓨터에서 PyTorch가 쓸 수 있는 GPU를 찾지 못했습니다."
    ),
    "The bundled engine on the processor is the one to use here.": (
        "이 컴퓨터에서는 CPU로 실행되는 내장 엔진을 사용하세요."
    ),
    "{0} is older than what PyTorch supports.": ("PyTorch가 지원하지 않는 오래된 GPU입니다: {0}."),
    "The NVIDIA driver is {0}, and the GPU engine needs {1} or newer.": (
        "NVIDIA 드라이버가 {0}인데, GPU 엔진에는 {1} 이상이 필요합니다."
    ),
    "Update the driver, then look again.": "드라이버를 업데이트한 뒤 다시 찾으세요.",
    "There is no such GPU engine for {0} and Python {1}.": (
        "{0}, Python {1}용 GPU 엔진이 없습니다."
    ),
    "Choose another build, or use the bundled engine.": (
        "다른 빌드를 고르거나 내장 엔진을 사용하세요."
    ),
    "No GPU engine is installed.": "설치된 GPU 엔진이 없습니다.",
    "Install it first.": "먼저 설치하세요.",
    # Fetching
    "{0} gives no digest of {1}, so it is not fetched.": (
        "{0}에 {1}의 해시가 없어 내려받지 않습니다."
    ),
    "Try again later, or use the bundled engine.": (
        "나중에 다시 시도하거나 내장 엔진을 사용하세요."
    ),
    "{0} does not have {1}.": "{0}에 {1} 파일이 없습니다.",
    "Update K-Pop Choreo, or use the bundled engine.": (
        "K-Pop Choreo를 업데이트하거나 내장 엔진을 사용하세요."
    ),
    "{0} is no address that files may come from.": "파일을 받을 수 없는 주소입니다: {0}.",
    "Use https, or leave the mirror empty.": "https를 쓰거나 미러를 비워 두세요.",
    "{0} cannot be had (HTTP {1}).": "{0} 파일을 받을 수 없습니다 (HTTP {1}).",
    "{0} does not come through ({1}).": "{0} 파일을 받는 중에 연결이 끊겼습니다 ({1}).",
    "Check the internet connection, then press Resume: what was fetched is kept.": (
        "인터넷 연결을 확인하고 '이어받기'를 누르세요. 내려받은 것은 남아 있습니다."
    ),
    "it sends another part": "다른 부분을 보냄",
    "it sends the part {0}": "{0} 부분을 보냄",
    "{0} came damaged or changed, so it was deleted.": (
        "{0} 파일이 손상되었거나 바뀌어서 삭제했습니다."
    ),
    "Try again; if it stays so, something on the way changes downloads.": (
        "다시 시도하세요. 계속되면 중간에서 무언가가 다운로드를 바꾸고 있습니다."
    ),
    "There is no more room on the disk of {0}.": "{0} 폴더가 있는 디스크에 공간이 없습니다.",
    "Make room, then press Resume: what was fetched is kept.": (
        "공간을 만든 뒤 '이어받기'를 누르세요. 내려받은 것은 남아 있습니다."
    ),
    "The GPU engine needs {0} GB more on the disk of {1}, and {2} GB are free.": (
        "GPU 엔진에 {1} 폴더의 디스크 공간 {0}GB가 더 필요한데, {2}GB가 비어 있습니다."
    ),
    "{0} cannot be written ({1}).": "{0} 폴더에 쓸 수 없습니다 ({1}).",
    "Check that you may write there, then press Resume.": (
        "쓰기 권한을 확인하고 '이어받기'를 누르세요."
    ),
    # Unpacking
    "{0} cannot be unpacked: {1}.": "{0} 파일의 압축을 풀 수 없습니다: {1}.",
    "Try again; if it stays so, use the bundled engine.": (
        "다시 시도하세요. 계속되면 내장 엔진을 사용하세요."
    ),
    "{0} is not in its list": "{0}이(가) 목록에 없음",
    "it has no list of its files": "파일 목록이 없음",
    "{0} is a link": "{0}은(는) 링크임",
    "{0} lies outside of it": "{0}이(가) 폴더 밖에 있음",
    "its digest is another than in its list": "해시가 목록과 다름",
    # Afterwards
    "Another Blender is at work on the GPU engine.": (
        "다른 Blender가 GPU 엔진 작업을 하고 있습니다."
    ),
    "Wait until it is done there, or cancel it there.": (
        "그 작업이 끝나기를 기다리거나 그쪽에서 취소하세요."
    ),
    "{0} files of the GPU engine are missing or changed, {1} first.": (
        "GPU 엔진의 파일 {0}개가 없거나 바뀌었습니다. 첫 번째: {1}."
    ),
    "Install the GPU engine again in the add-on's preferences.": (
        "애드온 환경 설정에서 GPU 엔진을 다시 설치하세요."
    ),
    "The GPU engine in {0} is in use ({1}).": "{0} 폴더의 GPU 엔진이 사용 중입니다 ({1}).",
    "Close other Blenders, then try again.": "다른 Blender를 닫고 다시 시도하세요.",
    "PyTorch cannot be started here ({0}).": "PyTorch를 시작할 수 없습니다 ({0}).",
    "Press Verify in the add-on's preferences; if it stays so, use the bundled engine.": (
        "애드온 환경 설정에서 '검증'을 누르세요. 계속되면 내장 엔진을 사용하세요."
    ),
    "exit code {0}": "종료 코드 {0}",
    "no answer in {0} s": "{0}초 동안 응답 없음",
}

ENGINE_SENTENCES: dict[str, str] = {
    "This engine has no PyTorch.": "이 엔진에는 PyTorch가 없습니다.",
    "Choose the device 'cpu', or install the GPU engine in the add-on's preferences.": (
        "장치로 'cpu'를 고르거나 애드온 환경 설정에서 GPU 엔진을 설치하세요."
    ),
    "PyTorch cannot be loaded ({0}).": "PyTorch를 불러올 수 없습니다 ({0}).",
    "Press Verify in the add-on's preferences, or install the GPU engine again.": (
        "애드온 환경 설정에서 '검증'을 누르거나 GPU 엔진을 다시 설치하세요."
    ),
    "The GPU ran out of memory.": "GPU 메모리가 부족합니다.",
    "Close other programs that use it, or choose Processor under Device in the add-on's "
    "preferences.": (
        "GPU를 쓰는 다른 프로그램을 닫거나 애드온 환경 설정의 '장치'에서 CPU를 고르세요."
    ),
    "The driver of the GPU is too old for this PyTorch.": (
        "GPU 드라이버가 이 PyTorch에는 너무 오래되었습니다."
    ),
    "Update the driver, then try again.": "드라이버를 업데이트하고 다시 시도하세요.",
    "This PyTorch was not built for a GPU like this one.": (
        "이 PyTorch는 이런 GPU용으로 만들어지지 않았습니다."
    ),
    "Choose Processor under Device in the add-on's preferences.": (
        "애드온 환경 설정의 '장치'에서 CPU를 고르세요."
    ),
    "No driver of an NVIDIA GPU was found.": "NVIDIA GPU 드라이버를 찾지 못했습니다.",
    "Install the driver of the GPU, or choose Processor under Device in the add-on's "
    "preferences.": ("GPU 드라이버를 설치하거나 애드온 환경 설정의 '장치'에서 CPU를 고르세요."),
    "This PyTorch was built without {0}.": "이 PyTorch는 {0} 없이 만들어졌습니다.",
    "The GPU cannot be used: {0}.": "GPU를 사용할 수 없습니다: {0}.",
    "{0} does not dance as the processor does.": "{0}의 결과가 CPU와 다릅니다.",
    "Update its driver, or choose Processor under Device in the add-on's preferences.": (
        "드라이버를 업데이트하거나 애드온 환경 설정의 '장치'에서 CPU를 고르세요."
    ),
}
