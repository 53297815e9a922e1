"""Korean: what is said of servers that answer wrongly, and of calls that an engine refuses."""

from __future__ import annotations

WORDS: dict[str, str] = {}

SENTENCES: dict[str, str] = {
    "far more than was asked for": "요청한 것보다 훨씬 많은 내용",
    "something that cannot be read": "읽을 수 없는 내용",
    "models that cannot be read": "읽을 수 없는 모델 목록",
    "an analysis that cannot be read": "읽을 수 없는 분석 결과",
    "no job": "작업이 없는 내용",
    "a job without a status": "상태가 없는 작업",
}

ENGINE_SENTENCES: dict[str, str] = {
    "This engine does not answer for the host '{0}'.": (
        "이 엔진은 '{0}' 호스트로 온 요청에 응답하지 않습니다."
    ),
    "Call it by its address, or start it with --allow-host NAME.": (
        "엔진의 주소를 쓰거나 엔진을 --allow-host NAME으로 시작하세요."
    ),
    "The engine does not answer web pages of other sites.": (
        "엔진은 다른 사이트의 웹 페이지에 응답하지 않습니다."
    ),
    "Call it from the add-on or from a script.": "애드온이나 스크립트에서 호출하세요.",
    "The upload stopped on its way.": "업로드가 도중에 멈췄습니다.",
    "Check the network, then try again.": "네트워크를 확인한 뒤 다시 시도하세요.",
    "The engine has no room for another song at the moment.": (
        "지금은 엔진에 노래를 더 받을 공간이 없습니다."
    ),
    "Wait until some dances are done, then try again.": ("안무 몇 개가 끝난 뒤 다시 시도하세요."),
    "The disk with the engine's temporary files is full.": (
        "엔진의 임시 파일이 있는 디스크가 가득 찼습니다."
    ),
    "Free some space, then try again.": "공간을 비운 뒤 다시 시도하세요.",
    "The clip is gone: something emptied the engine's temporary folder.": (
        "클립이 사라졌습니다. 무언가가 엔진의 임시 폴더를 비웠습니다."
    ),
    "Generate the dance again.": "안무를 다시 생성하세요.",
    "The engine failed to answer ({0}).": "엔진이 응답하지 못했습니다 ({0}).",
    "No temporary folder can be made ({0}).": "임시 폴더를 만들 수 없습니다 ({0}).",
    "See the calls of the engine's CONTRACT.md.": "엔진의 CONTRACT.md에 있는 호출을 참고하세요.",
    "Speak HTTP/1.1 to this port.": "이 포트에는 HTTP/1.1로 말하세요.",
    "The engine cannot listen at {0}, port {1} ({2}).": (
        "엔진이 {0}의 {1} 포트를 열지 못합니다 ({2})."
    ),
    "Choose another --port (0 takes a free one) or --host.": (
        "다른 --port(0이면 빈 포트)나 --host를 고르세요."
    ),
    "Nobody reads what the engine says on stdout ({0}).": (
        "엔진이 stdout에 말하는 것을 아무도 읽지 않습니다 ({0})."
    ),
    "Start it with stdout open, for example with '> engine.json'.": (
        "stdout을 연 채로 시작하세요. 예: '> engine.json'."
    ),
    "The certificate {0} or its key cannot be used.": (
        "인증서 {0} 또는 그 키를 사용할 수 없습니다."
    ),
    "Give both as PEM files, the key without a password.": (
        "둘 다 PEM 파일로, 키는 암호 없이 지정하세요."
    ),
    "Write {0} to {1} ASCII characters to its stdin, or set {2}.": (
        "stdin에 ASCII 문자 {0}~{1}자를 쓰거나 {2}을(를) 지정하세요."
    ),
}
