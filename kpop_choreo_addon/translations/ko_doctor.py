"""Korean: the Doctor."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "Doctor": "닥터",
    "Run Doctor": "닥터 실행",
    "Test every link from the engine's Python to a dance, and say what is wrong": (
        "엔진의 Python부터 안무까지 모든 단계를 검사하고 문제를 알려 줍니다"
    ),
    "Stop Doctor": "닥터 중지",
    "Stop testing; what was started for it ends": (
        "검사를 멈춥니다. 검사하려고 시작한 것도 끝냅니다"
    ),
    "Copy Report": "보고서 복사",
    "Copy what was found, versions and settings, to send to us; names, paths, songs, prompts "
    "and addresses of yours are not in it": (
        "검사 결과와 버전, 설정을 복사해 저희에게 보낼 수 있습니다. 이름, 경로, 노래, 프롬프트, "
        "주소는 들어가지 않습니다"
    ),
    "Mend": "고치기",
    "Do this, then run the Doctor again": "실행한 뒤 닥터를 다시 실행하세요",
    "Use Bundled Engine": "내장 엔진 사용",
    "Use the engine that came with this extension": "이 확장에 들어 있는 엔진을 사용합니다",
    "Use Processor": "프로세서 사용",
    "Let the processor dance; it works everywhere": (
        "프로세서로 안무를 만듭니다. 어디서나 작동합니다"
    ),
    "Use Default Model": "기본 모델 사용",
    "Use the model that came with the engine": "엔진에 들어 있는 모델을 사용합니다",
    "Restart Engine": "엔진 다시 시작",
    "Stop the engine; it starts again when it is needed": (
        "엔진을 멈춥니다. 필요할 때 다시 시작됩니다"
    ),
    "Allow Online Access": "온라인 접속 허용",
    "Show where Blender is allowed to go online": (
        "Blender의 온라인 접속을 허용하는 곳을 보여 줍니다"
    ),
    # Links
    "Folder": "폴더",
    "Packages": "패키지",
    "Weights": "가중치",
    "Memory": "메모리",
    "Disk": "디스크",
    "Songs": "노래 형식",
    "Port": "포트",
    "Answer": "응답",
    "Dance": "안무",
}

SENTENCES: dict[str, str] = {
    "Testing: {0}": "검사 중: {=0}",
    "The Doctor is at work already": "닥터가 이미 검사하고 있습니다",
    "The Doctor was stopped.": "닥터를 중지했습니다.",
    "Broken links: {0}.": "문제가 있는 단계: {0}.",
    "Dances can be made. Warnings: {0}.": "안무를 만들 수 있습니다. 경고: {0}.",
    "Nothing is wrong with what was tested.": "검사한 것에는 문제가 없습니다.",
    "All is well: dances can be made.": "모두 정상입니다. 안무를 만들 수 있습니다.",
    "The report is on the clipboard.": "보고서를 클립보드에 복사했습니다.",
    "The Doctor itself failed ({0}: {1}).": "닥터 자체가 실패했습니다 ({0}: {1}).",
    "Try again, and report it if it happens again.": "다시 시도하고, 또 일어나면 알려 주세요.",
    # Folder and engine
    "No engine is chosen.": "선택한 엔진이 없습니다.",
    "The engine on a server is used.": "서버의 엔진을 사용합니다.",
    "The engine on this computer is used.": "이 컴퓨터의 엔진을 사용합니다.",
    "Not tested: the engine cannot start.": "검사하지 않음: 엔진을 시작할 수 없습니다.",
    "The add-on's folder cannot be written ({0}).": "애드온의 폴더에 쓸 수 없습니다 ({0}).",
    "Make room on its disk, or make it writable.": ("디스크 공간을 확보하거나 쓰기 권한을 주세요."),
    "The add-on's folder can be written; {0} GB are free.": (
        "애드온의 폴더에 쓸 수 있습니다. {0}GB가 비어 있습니다."
    ),
    "The add-on's folder has only {0} MB left.": "애드온의 폴더에 {0}MB만 남았습니다.",
    "Make room on its disk.": "디스크 공간을 확보하세요.",
    # The engine's Python
    "The system does not let the engine's Python start ({0}).": (
        "시스템이 엔진의 Python을 시작하지 못하게 합니다 ({0})."
    ),
    "Allow it in the antivirus program, or choose another Python in the add-on's preferences.": (
        "백신 프로그램에서 허용하거나 애드온의 환경 설정에서 다른 Python을 선택하세요."
    ),
    "The engine's Python crashed at this test ({0}).": (
        "이 검사에서 엔진의 Python이 비정상 종료했습니다 ({0})."
    ),
    "Install K-Pop Choreo again, or choose another engine in the add-on's preferences.": (
        "K-Pop Choreo를 다시 설치하거나 애드온의 환경 설정에서 다른 엔진을 선택하세요."
    ),
    "The engine's Python says nothing and ends ({0}).": (
        "엔진의 Python이 아무 말 없이 끝났습니다 ({0})."
    ),
    "Choose another Python in the add-on's preferences; the last lines tell why.": (
        "애드온의 환경 설정에서 다른 Python을 선택하세요. 마지막 줄에 이유가 있습니다."
    ),
    "This test did not end within {0} seconds.": "이 검사가 {0}초 안에 끝나지 않았습니다.",
    "Try again: an antivirus program may look at what is new; if it stays so, install "
    "K-Pop Choreo again.": (
        "다시 시도하세요. 백신 프로그램이 새 파일을 살펴보는 중일 수 있습니다. 계속되면 "
        "K-Pop Choreo를 다시 설치하세요."
    ),
    "still running": "아직 실행 중",
    "exit code {0}": "종료 코드 {0}",
    # Answer and dance
    "The engine answers after {0} s.": "엔진이 {0}초 뒤에 응답합니다.",
    "Not tested: no engine answers.": "검사하지 않음: 응답하는 엔진이 없습니다.",
    "Not tested: a dance is being made.": "검사하지 않음: 안무를 만드는 중입니다.",
    "The engine runs, and nothing gets through to it on this computer.": (
        "엔진은 실행 중이지만 이 컴퓨터 안에서 연결되지 않습니다."
    ),
    "Allow Blender and its Python in the firewall or antivirus program, for 127.0.0.1; "
    "then restart the engine.": (
        "방화벽이나 백신 프로그램에서 Blender와 그 Python을 127.0.0.1에 대해 허용한 뒤 엔진을 "
        "다시 시작하세요."
    ),
    "The server's certificate is not accepted, or it speaks no https.": (
        "서버의 인증서를 받아들일 수 없거나 서버가 https를 쓰지 않습니다."
    ),
    "Check the address in the add-on's preferences, or ask who runs the server.": (
        "애드온의 환경 설정에서 주소를 확인하거나 서버 관리자에게 물어보세요."
    ),
    "No server of that name is found.": "그 이름의 서버를 찾을 수 없습니다.",
    "Check the address in the add-on's preferences, and the network.": (
        "애드온의 환경 설정에 있는 주소와 네트워크를 확인하세요."
    ),
    "The computer answers, and no server runs at that port.": (
        "컴퓨터는 응답하지만 그 포트에 서버가 없습니다."
    ),
    "Start the server, or check its address in the add-on's preferences.": (
        "서버를 시작하거나 애드온의 환경 설정에서 주소를 확인하세요."
    ),
    "The server does not answer.": "서버가 응답하지 않습니다.",
    "Check the network, a proxy or firewall between, and the address in the add-on's "
    "preferences.": (
        "네트워크와 그 사이의 프록시나 방화벽, 애드온의 환경 설정에 있는 주소를 확인하세요."
    ),
    "The engine lets in whoever asks, whatever the token.": (
        "엔진이 토큰과 상관없이 누구나 받아들입니다."
    ),
    "Tell who runs the server to set a token.": "서버 관리자에게 토큰을 설정해 달라고 하세요.",
    "A dance of {0} s was not ready after {1} s.": (
        "{0}초짜리 안무가 {1}초 뒤에도 준비되지 않았습니다."
    ),
    "Close other programs, or choose another device; restart the engine.": (
        "다른 프로그램을 닫거나 다른 장치를 선택하고 엔진을 다시 시작하세요."
    ),
    "The dance that was made has places that are no numbers.": (
        "만들어진 안무에 숫자가 아닌 위치가 있습니다."
    ),
    "The dance that was made does not move.": "만들어진 안무가 움직이지 않습니다.",
    "Choose Processor as Device; if it stays so, send us the report.": (
        "장치를 프로세서로 선택하세요. 계속되면 보고서를 보내 주세요."
    ),
    "A dance of {0} s was made in {1} s.": "{0}초짜리 안무를 {1}초 만에 만들었습니다.",
}

ENGINE_SENTENCES: dict[str, str] = {
    "Not tested: {0} cannot be imported.": "검사하지 않음: {0}을(를) 가져올 수 없습니다.",
    "The test failed ({0}: {1}).": "검사가 실패했습니다 ({0}: {1}).",
    "Install K-Pop Choreo again; if it stays so, send us the report.": (
        "K-Pop Choreo를 다시 설치하세요. 계속되면 보고서를 보내 주세요."
    ),
    "This is Python {0}, and the engine needs 3.11 or newer.": (
        "Python {0}입니다. 엔진에는 3.11 이상이 필요합니다."
    ),
    "Choose another Python in the add-on's preferences.": (
        "애드온의 환경 설정에서 다른 Python을 선택하세요."
    ),
    "This Python {0} is a 32-bit one.": "이 Python {0}은(는) 32비트입니다.",
    "Choose a 64-bit Python in the add-on's preferences.": (
        "애드온의 환경 설정에서 64비트 Python을 선택하세요."
    ),
    "Python {0} runs.": "Python {0}이(가) 실행됩니다.",
    "Packages are missing: {0}.": "없는 패키지: {0}.",
    "Install K-Pop Choreo again; a Python of your own needs requirements/engine.txt.": (
        "K-Pop Choreo를 다시 설치하세요. 직접 설치한 Python에는 requirements/engine.txt의 패키지가 "
        "필요합니다."
    ),
    "{0} packages import.": "패키지 {0}개를 모두 가져올 수 있습니다.",
    "{0} was made for Python {1}, and this is Python {2}.": (
        "{0}은(는) Python {1}용이고, 이것은 Python {2}입니다."
    ),
    "Install the extension made for Python {0}, or choose another engine in the "
    "add-on's preferences.": (
        "Python {0}용 확장을 설치하거나 애드온의 환경 설정에서 다른 엔진을 선택하세요."
    ),
    "{0} does not import ({1}: {2}).": "{0}을(를) 가져올 수 없습니다 ({1}: {2}).",
    "These weights are whole: {0}.": "온전한 가중치: {0}.",
    "The manifest of the model {0} is damaged.": "{0} 모델의 목록 파일이 손상되었습니다.",
    "The GPU dances ({0}).": "GPU로 안무를 만듭니다 ({0}).",
    "The processor dances, with {0} cores.": "프로세서로 안무를 만듭니다. 코어 {0}개.",
    "PyTorch for CUDA is installed, and it finds no GPU that it can use.": (
        "CUDA용 PyTorch가 설치되어 있지만 쓸 수 있는 GPU가 없습니다."
    ),
    "Update the driver of the graphics card.": "그래픽 카드의 드라이버를 업데이트하세요.",
    "{0} has only {1} MB of memory left.": "{0}의 메모리가 {1}MB만 남았습니다.",
    "Close other programs that use the GPU, or choose Processor as Device.": (
        "GPU를 쓰는 다른 프로그램을 닫거나 장치를 프로세서로 선택하세요."
    ),
    "{0} dances, with {1} GB of memory left.": "{0}(으)로 안무를 만듭니다. 남은 메모리 {1}GB.",
    "The system does not say how much memory is free.": (
        "시스템이 남은 메모리를 알려 주지 않습니다."
    ),
    "Only {0} MB of memory are free, and a dance takes {1}.": (
        "메모리가 {0}MB만 남았습니다. 안무에는 {1}MB가 필요합니다."
    ),
    "Close other programs.": "다른 프로그램을 닫으세요.",
    "{0} MB of memory are free: enough for short songs.": (
        "메모리 {0}MB가 남았습니다. 짧은 노래에는 충분합니다."
    ),
    "Close other programs before a long one.": "긴 노래에는 먼저 다른 프로그램을 닫으세요.",
    "{0} GB of memory are free.": "메모리 {0}GB가 남아 있습니다.",
    "No temporary folder of the system can be written.": ("시스템의 임시 폴더에 쓸 수 없습니다."),
    "Make room on the disk, or set TEMP (TMPDIR on macOS and Linux) to another folder.": (
        "디스크 공간을 확보하거나 TEMP(macOS와 Linux에서는 TMPDIR)를 다른 폴더로 지정하세요."
    ),
    "The temporary folder that the system names cannot be written: another one is used.": (
        "시스템이 정한 임시 폴더에 쓸 수 없어 다른 폴더를 사용합니다."
    ),
    "Make room on its disk, or make it writable.": ("디스크 공간을 확보하거나 쓰기 권한을 주세요."),
    "Make it writable, or make room.": "쓰기 권한을 주거나 공간을 확보하세요.",
    "Make it writable, or set {0} to another folder.": (
        "쓰기 권한을 주거나 {0}을(를) 다른 폴더로 지정하세요."
    ),
    "The temporary folder": "임시 폴더",
    "The folder of corrections": "보정을 저장하는 폴더",
    "{0} cannot be written ({1}).": "쓸 수 없는 곳: {=0} ({1}).",
    "{0} has only {1} MB left.": "공간이 부족한 곳: {=0}, {1}MB 남음.",
    "{0} can be written; {1} GB are free.": "쓸 수 있는 곳: {=0}, {1}GB가 비어 있습니다.",
    "Songs can be read as {0}.": "읽을 수 있는 노래 형식: {0}.",
    "Songs cannot be read as {0}.": "읽을 수 없는 노래 형식: {0}.",
    "Convert songs to {0}, or install K-Pop Choreo again.": (
        "노래를 {0} 형식으로 변환하거나 K-Pop Choreo를 다시 설치하세요."
    ),
    "Programs on this computer cannot speak with each other ({0}).": (
        "이 컴퓨터의 프로그램들이 서로 통신할 수 없습니다 ({0})."
    ),
    "Allow Blender and its Python in the firewall or antivirus program, for 127.0.0.1.": (
        "방화벽이나 백신 프로그램에서 Blender와 그 Python을 127.0.0.1에 대해 허용하세요."
    ),
    "A port of this computer can be opened and reached.": (
        "이 컴퓨터의 포트를 열고 연결할 수 있습니다."
    ),
    "Something between programs on this computer changes what they say.": (
        "이 컴퓨터에서 프로그램 사이의 통신이 바뀝니다."
    ),
    "Exempt Blender and its Python in the antivirus program, for 127.0.0.1.": (
        "백신 프로그램에서 Blender와 그 Python을 127.0.0.1에 대해 예외로 두세요."
    ),
}
