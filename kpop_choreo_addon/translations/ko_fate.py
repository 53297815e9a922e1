"""Korean: what goes wrong with files, disks and the engine's process."""

from __future__ import annotations

WORDS: dict[str, str] = {}

SENTENCES: dict[str, str] = {
    "The disk of {0} is full.": "{0} 폴더가 있는 디스크가 가득 찼습니다.",
    "Make room on it, then try again.": "공간을 확보한 뒤 다시 시도하세요.",
    "Nothing can be written into {0}: {1}.": "{0} 폴더에 쓸 수 없습니다: {1}.",
    "Make that folder writable, or choose another one.": (
        "폴더에 쓰기 권한을 주거나 다른 폴더를 선택하세요."
    ),
    "The song {0} cannot be read: {1}.": "노래 '{0}' 파일을 읽을 수 없습니다: {1}.",
    "The song {0} is no file.": "노래 '{0}' 경로에 있는 것은 파일이 아닙니다.",
    "The file {0} changed while it was sent.": "'{0}' 파일이 전송되는 동안 바뀌었습니다.",
    "Wait until it is whole, then try again.": "파일이 완성될 때까지 기다렸다가 다시 시도하세요.",
    "The song {0} is packed in the .blend file, and the engine needs the file.": (
        "노래 '{0}' 파일이 .blend 안에 압축되어 있는데, 엔진에는 파일 자체가 필요합니다."
    ),
    "Unpack it: File > External Data > Unpack Resources.": (
        "압축을 푸세요: 파일 > 외부 데이터 > 리소스 압축 풀기."
    ),
    "The song is an address on the internet.": "노래가 인터넷 주소입니다.",
    "Download it, and choose its file under Song.": "내려받은 뒤 '노래'에서 파일을 선택하세요.",
    "The path {0} begins at the .blend file, which was not saved yet.": (
        "경로 '{0}'의 기준인 .blend 파일이 아직 저장되지 않았습니다."
    ),
    "Save the file, or choose the song again.": "파일을 저장하거나 노래를 다시 선택하세요.",
    "the .blend file was not saved yet, so nothing is beside it.": (
        ".blend 파일이 아직 저장되지 않아 그 옆에 저장할 수 없습니다."
    ),
    "The engine was ended from outside (exit code {0}), as systems do when memory runs out.": (
        "엔진이 외부에서 종료되었습니다(종료 코드 {0}). 메모리가 부족할 때 시스템이 하는 일입니다."
    ),
    "Press Generate again to restart it; if it happens again, close other programs or choose a "
    "shorter part of the song.": (
        "다시 시작하려면 생성을 다시 누르세요. 반복되면 다른 프로그램을 닫거나 노래의 더 짧은 "
        "부분을 선택하세요."
    ),
    "The engine did not answer any more, so it was ended.": (
        "엔진이 더 이상 응답하지 않아 종료했습니다."
    ),
    "Press Generate again to restart it; if it happens again, its last lines tell why.": (
        "다시 시작하려면 생성을 다시 누르세요. 반복되면 마지막 로그에서 원인을 확인하세요."
    ),
}
