"""Korean: the song on the timeline and the directions of its sections."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "Sections": "구간",
    "JSON list of what sections are told; see docs/directing.md": (
        "구간별 지시의 JSON 목록. docs/directing.md를 보세요"
    ),
    "As the Song": "노래 전체와 같게",
    "The style under Prompt & Style": "프롬프트와 스타일에서 고른 스타일",
    "What is danced in this section; empty for the prompt of the whole song": (
        "이 구간에서 출 춤. 비워 두면 노래 전체의 프롬프트를 따릅니다"
    ),
    "The style of this section": "이 구간의 스타일",
    "Own Energy": "구간 에너지",
    "This section is bigger or calmer than the rest of the song": (
        "이 구간을 노래의 나머지보다 크게 또는 차분하게 춥니다"
    ),
    "How big and fast the movements of this section are": "이 구간의 동작이 크고 빠른 정도",
    "What sections of the song are told for themselves": "노래의 구간마다 따로 준 지시",
    "Shown Direction": "표시된 지시",
    "Number of the direction that is shown under the sections": (
        "구간 목록 아래에 표시된 지시의 번호"
    ),
    "Show on Timeline": "타임라인에 표시",
    "Draw waveform, bars and sections of the song into the timeline": (
        "노래의 파형, 마디, 구간을 타임라인에 그립니다"
    ),
    "Direct Section": "구간 지시",
    "Give this section words, a style or an energy of its own": (
        "이 구간만의 프롬프트, 스타일, 에너지를 줍니다"
    ),
    "Same Choreography as": "같은 안무로 출 구간",
    "Number of the section whose moves are danced again here; -1 for its own": (
        "여기서 동작을 다시 출 구간의 번호. -1은 고유 안무입니다"
    ),
    "Forget what this section was told for itself": "이 구간에만 준 지시를 지웁니다",
    "Play": "재생",
    "Play song and dance together; press again to stop": (
        "노래와 춤을 함께 재생합니다. 다시 누르면 멈춥니다"
    ),
}

SENTENCES: dict[str, str] = {
    "Its Own": "고유 안무",
    "This section has its own choreography": "이 구간은 고유한 안무를 가집니다",
    "The same moves again, to that section's words and style": (
        "그 구간의 프롬프트와 스타일로 같은 동작을 다시 춥니다"
    ),
    "Same moves as": "같은 동작",
    "as the song": "노래 전체와 같게",
    "bar {0} · {1}": "{0}마디 · {1}",
    "There is no style called {0}.": "{0}(이)라는 스타일이 없습니다.",
    "Playback follows the sound now (Sync to Audio).": (
        "이제 재생이 소리를 따릅니다(오디오에 동기화)."
    ),
    "These sections would wait for one another's choreography.": (
        "이 구간들이 서로의 안무를 기다리게 됩니다."
    ),
    "Let the other one have its own first.": "먼저 다른 구간을 고유 안무로 바꾸세요.",
    "The sections that were given cannot be read.": "주어진 구간을 읽을 수 없습니다.",
    'Give a JSON list like [{"start": 12.0, "end": 24.0, "energy": 0.9}].': (
        '[{"start": 12.0, "end": 24.0, "energy": 0.9}] 같은 JSON 목록을 주세요.'
    ),
}
