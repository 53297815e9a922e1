"""Korean: what the engine says when it cannot do what was asked; it speaks English only."""

from __future__ import annotations

ENGINE_SENTENCES: dict[str, str] = {
    "{0}, which hears the beat, is missing or damaged.": (
        "비트를 듣는 {0} 파일이 없거나 손상되었습니다."
    ),
    "Install K-Pop Choreo again.": "K-Pop Choreo를 다시 설치하세요.",
    "The correction of the beat cannot be used: {0}.": "비트 보정을 사용할 수 없습니다: {0}.",
    "{0} ({1}) uses a codec that this build cannot decode.": (
        "'{0}' ({1}) 파일의 코덱을 디코딩할 수 없습니다."
    ),
    "Convert it to {0}.": "{0} 형식으로 변환하세요.",
    "{0} is empty.": "'{0}' 파일이 비어 있습니다.",
    "Choose a song as {0}.": "{0} 형식의 노래를 선택하세요.",
    "Choose a file as {0}.": "{0} 형식의 파일을 선택하세요.",
    "{0} is not a song, or is damaged.": "'{0}' 파일은 노래가 아니거나 손상되었습니다.",
    "{0} has no sound in it.": "'{0}' 파일에 소리가 없습니다.",
    "{0} does not exist.": "'{0}' 파일이 없습니다.",
    "Check the path, or choose another file.": "경로를 확인하거나 다른 파일을 선택하세요.",
    "{0} is a folder, not a song.": "'{0}'은(는) 노래가 아니라 폴더입니다.",
    "{0} has only {1} s of sound.": "'{0}' 파일에 소리가 {1}초밖에 없습니다.",
    "Choose a song of at least {0} s.": "{0}초 이상인 노래를 선택하세요.",
    "{0} is silent.": "'{0}' 파일에 소리가 들리지 않습니다.",
    "Choose a file with audible music.": "음악이 들리는 파일을 선택하세요.",
    "{0} is longer than {1} minutes.": "'{0}' 노래가 {1}분보다 깁니다.",
    "Cut out the part that you want danced.": "안무를 만들 부분만 잘라 내세요.",
    "{0} cannot be opened ({1}).": "'{0}' 파일을 열 수 없습니다 ({1}).",
    "Check that you may read this file, and that its path is not too long.": (
        "이 파일을 읽을 권한이 있는지, 경로가 너무 길지 않은지 확인하세요."
    ),
    "{0} is a device or a pipe, not a song.": "'{0}'은(는) 노래가 아니라 장치나 파이프입니다.",
    "{0} is an address, not a file.": "'{0}'은(는) 파일이 아니라 주소입니다.",
    "Save the song on this machine and choose the file.": (
        "노래를 이 컴퓨터에 저장하고 그 파일을 선택하세요."
    ),
    "{0} is larger than 4 GB.": "'{0}' 파일이 4GB보다 큽니다.",
    "{0} is protected against copying.": "'{0}' 파일은 복사가 금지되어 있습니다.",
    "Choose a song that you may copy.": "복사할 수 있는 노래를 선택하세요.",
    "The correction cannot be kept in {0}: {1}.": "{0}에 보정을 저장할 수 없습니다: {1}.",
    "Make that folder writable, or set {0} to another one.": (
        "폴더에 쓰기 권한을 주거나 {0}을(를) 다른 폴더로 지정하세요."
    ),
    "The range to dance is {0} seconds long.": "안무를 만들 범위가 {0}초입니다.",
    "Choose at least 4 seconds within the song.": "노래 안에서 4초 이상을 선택하세요.",
    "There is no style called '{0}'.": "'{0}' 스타일이 없습니다.",
    "Choose one of: {0}.": "다음 가운데 하나를 선택하세요: {0}.",
    "The engine does not know this job.": "엔진이 이 작업을 모릅니다.",
    "It may be too old, or the engine was restarted: generate again.": (
        "너무 오래되었거나 엔진이 다시 시작되었을 수 있습니다. 다시 생성하세요."
    ),
    "{0} dances are waiting already.": "이미 안무 {0}개가 기다리고 있습니다.",
    "Wait until some are done, then try again.": "몇 개가 끝난 뒤에 다시 시도하세요.",
    "The engine ran out of memory.": "엔진의 메모리가 부족합니다.",
    "Close other programs, or choose a shorter range of the song.": (
        "다른 프로그램을 닫거나 노래의 범위를 더 짧게 선택하세요."
    ),
    "The engine failed at the stage '{0}' ({1}).": "엔진이 '{0}' 단계에서 실패했습니다 ({1}).",
    "Try again; if it happens twice, report it with the engine's log.": (
        "다시 시도하세요. 또 일어나면 엔진 로그와 함께 알려 주세요."
    ),
    "There is no model called '{0}'.": "'{0}' 모델이 없습니다.",
    "See 'kpop-choreo models' for those that are installed.": (
        "설치된 모델은 'kpop-choreo models'로 확인하세요."
    ),
    "The model file {0} is not installed.": "{0} 모델 파일이 설치되어 있지 않습니다.",
    "Run 'make models', or install the extension's zip again.": (
        "'make models'를 실행하거나 확장의 zip을 다시 설치하세요."
    ),
    "The model file {0} is damaged: its digest is wrong.": (
        "{0} 모델 파일이 손상되었습니다. 다이제스트가 맞지 않습니다."
    ),
    "Delete it, then run 'make models' or install the extension's zip again.": (
        "삭제한 뒤 'make models'를 실행하거나 확장의 zip을 다시 설치하세요."
    ),
    "The song's file is larger than 200 MB.": "노래 파일이 200MB보다 큽니다.",
    "Convert it to mp3, ogg or flac, or cut it.": "mp3, ogg, flac으로 변환하거나 잘라 내세요.",
    "The engine does not accept this token.": "엔진이 이 토큰을 받아들이지 않습니다.",
    "Check the token in the add-on's preferences.": "애드온의 환경 설정에서 토큰을 확인하세요.",
}
