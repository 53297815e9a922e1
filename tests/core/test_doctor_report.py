"""The report: nothing of the user's names, paths, songs and addresses is left in it."""

from __future__ import annotations

import unicodedata

import pytest

from kpop_choreo_addon.core.doctor_findings import Finding
from kpop_choreo_addon.core.doctor_report import Secrets, masked, names_of, report_text

ADDON = "/home/홍길동/.config/blender/4.5/extensions/user_default/kpop_choreo"
WINDOWS = r"C:\Users\Gildong Hong\AppData\Roaming\Blender Foundation\Blender\4.5\kpop_choreo"
TOKEN = "s3cret-T0ken_of-mine"
SECRETS = Secrets(
    roots={
        ADDON: "<add-on>",
        WINDOWS: "<add-on>",
        "/usr/lib/python3.11": "<python>",
        "/home/홍길동": "<home>",
        r"C:\Users\Gildong Hong": "<home>",
        "/tmp": "<temp>",
    },
    names={
        "홍길동": "<user>",
        "Gildong Hong": "<user>",
        "gildong": "<user>",
        "workstation-7": "<computer>",
        TOKEN: "<token>",
        "dance.secret-studio.kr": "<server>",
        **names_of("/mnt/데뷔/비밀 노래.mp3", "<song>"),
        **names_of(r"D:\Projects\Comeback 2027.blend", "<file>"),
    },
)
WORDS = (
    *("홍길동", "gildong", "hong", "workstation", "s3cret", "secret", "studio", "비밀", "노래"),
    *("데뷔", "comeback", "2027", "projects", "users", "appdata", "roaming", "agency", "고객"),
    *("someone", "10.1.2.3", "%ed%99%8d", "\\ud64d"),
)
LINES = [
    f'  File "{ADDON}/core/client.py", line 88, in health',
    rf'  File "{WINDOWS}\core\client.py", line 88, in health',
    "WINDOWS path in repr: " + repr(WINDOWS + r"\core\client.py"),
    "FileNotFoundError: [Errno 2] No such file or directory: '/mnt/데뷔/비밀 노래.mp3'",
    "ERROR engine.jobs 비밀 노래.mp3 cannot be opened",
    "ERROR engine.jobs my other agency song.flac cannot be opened",
    r"WARNING engine D:\Projects\Comeback 2027.blend is locked",
    r"WARNING engine \\workstation-7\share\고객\take 1 is gone",
    "cannot write /media/someone/Agency Work/고객 폴더/take because the disk is full",
    "cannot write /home/홍길동/고객/take one/two",
    "C:/Users/Gildong Hong/Documents/agency.wav is silent.",
    unicodedata.normalize("NFD", "ERROR 비밀 노래.mp3 and 홍길동의 폴더"),
    "GET https://dance.secret-studio.kr:8443/api/health?x=1 failed",
    "The engine at http://10.1.2.3:8000 cannot be reached",
    f"Authorization: Bearer {TOKEN}",
    "written by GILDONG on Workstation-7, someone@secret-studio.kr",
    '{"song": "\\ube44\\ubc00 \\ub178\\ub798.mp3", "user": "\\ud64d\\uae38\\ub3d9"}',
    "file:///home/%ED%99%8D%EA%B8%B8%EB%8F%99/%EB%B9%84%EB%B0%80%20%EB%85%B8%EB%9E%98.mp3",
    "/tmp/gildong-agency/clicks.wav",
]


@pytest.mark.parametrize("line", LINES)
def test_nothing_of_the_user_is_left(line: str) -> None:
    text = masked(line, SECRETS).lower()
    left = [word for word in WORDS if word in unicodedata.normalize("NFC", text)]
    assert left == [], text
    assert masked(text, SECRETS) == text  # and masking twice changes nothing


def test_what_helps_is_kept() -> None:
    kept = {
        LINES[0]: '  File "<add-on>/core/client.py", line 88, in health',
        LINES[1]: '  File "<add-on>\\core\\client.py", line 88, in health',
        'File "/usr/lib/python3.11/socket.py", line 3': 'File "<python>/socket.py", line 3',
        "Onnxruntime 1.32.0, 48.6 GB free, 3/4 of it": (
            "Onnxruntime 1.32.0, 48.6 GB free, 3/4 of it"
        ),
        "GET http://127.0.0.1:40123/api/health": "GET http://127.0.0.1:40123/api/health",
        "INFO engine.jobs job 7 started": "INFO engine.jobs job 7 started",
    }
    for line, expected in kept.items():
        assert masked(line, SECRETS) == expected


def test_the_report_is_masked_as_a_whole() -> None:
    findings = [
        Finding("python", "ok", "Python 3.11 runs.", detail=f"{ADDON}/python and 홍길동"),
        Finding("server", "problem", f"Nothing at {LINES[12]}", "Look.", "server_down", LINES[8]),
    ]
    facts = [("Blender", "4.5.15"), ("Song", "비밀 노래.mp3"), ("GPU", "llvmpipe")]
    text = report_text(facts, findings, "\n".join(LINES), SECRETS)
    assert [word for word in WORDS if word in unicodedata.normalize("NFC", text.lower())] == []
    assert "| Answer | problem (server_down) |" in text
    assert "- GPU: llvmpipe" in text
    assert "<add-on>/core/client.py" in text
