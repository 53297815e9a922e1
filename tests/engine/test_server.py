"""The engine as its clients meet it: a real process, real HTTP, the debug model."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import wave
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest

from engine import gate, server
from engine.clip import read_clip
from engine.jobs import JobQueue
from engine.leftovers import PREFIX
from tests.songs import render_song, song_file, write_song

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-for-tests-0123456789"
FORBIDDEN = ("torch", "librosa", "numba", "sklearn", "madmom", "bpy")


def blocker(folder: Path) -> Path:
    """A folder whose modules shadow heavy libraries and refuse to be imported."""
    for name in FORBIDDEN:
        (folder / f"{name}.py").write_text(f"raise ImportError('{name} is blocked')\n")
    return folder


@contextmanager
def engine(*arguments: str, path: Path | None = None, token: str = TOKEN):
    """A running engine: (process, handshake, client)."""
    places = [str(p) for p in (path, ROOT) if p]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places), "PYTHONUTF8": "1"}
    process = subprocess.Popen(
        [sys.executable, "-s", "-m", "engine", "serve", "--port", "0", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=tempfile.gettempdir(),
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{token}\n".encode())
    process.stdin.flush()
    shake = json.loads(process.stdout.readline())
    base = f"http://127.0.0.1:{shake.get('port', 0)}"
    client = httpx.Client(
        base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
    )
    try:
        yield process, shake, client
    finally:
        client.close()
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def song(tmp_path_factory) -> Path:
    return song_file(tmp_path_factory.mktemp("song") / "song.ogg")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with engine("--model", "debug", path=blocker(tmp_path_factory.mktemp("block"))) as started:
        yield started


@pytest.fixture
def client(running):
    return running[2]


def send(client, song: Path, **parameters):
    return client.post(
        "/api/generate-motion",
        files={"audio_file": (song.name, song.read_bytes())},
        data={key: str(value) for key, value in parameters.items()},
    )


def wait(client, job_id: str, seconds: float = 60.0) -> dict:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status = client.get(f"/api/generation-status/{job_id}").json()
        if status["status"] not in ("queued", "processing"):
            return status
        time.sleep(0.05)
    raise AssertionError("the job did not end")


def test_the_handshake_is_one_line_and_the_first_answer_comes_soon(tmp_path):
    began = time.monotonic()
    with engine("--model", "debug") as (process, shake, client):
        assert client.get("/api/health").json()["status"] == "ok"
        took = time.monotonic() - began
        assert set(shake) == {"event", "contract_version", "engine_version", "host", "port", "pid"}
        assert shake["host"] == "127.0.0.1"
        assert shake["pid"] == process.pid
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait(5) == 0
    assert took < 12  # 3 s on an idle machine; this one is shared


def test_a_dance_without_torch_librosa_numba_or_sklearn(client, song, tmp_path):
    answer = send(client, song, prompt="신나는 춤, sharp arms", style="girl-crush", seed=5)
    assert answer.status_code == 202
    job_id = answer.json()["job_id"]
    seen = []
    while True:
        status = client.get(f"/api/generation-status/{job_id}").json()
        seen.append(status["progress"])
        if status["status"] not in ("queued", "processing"):
            break
        time.sleep(0.02)
    assert status["status"] == "completed", status
    assert seen == sorted(seen)
    assert status["progress"] == 100
    content = client.get(status["clip"]).content
    (tmp_path / "clip.npz").write_bytes(content)
    clip = read_clip(tmp_path / "clip.npz")
    assert clip.meta["request"]["prompt"] == "신나는 춤, sharp arms"
    assert clip.meta["words"]["prompts"][0]["english"] == "lively, sharp arms"
    assert clip.meta["seed"] == 5
    assert status["motion_data"]["frames"] == clip.local_quats.shape[1]
    assert status["motion_data"]["tempo"] == pytest.approx(124.0, abs=0.1)
    assert np.isfinite(clip.local_quats).all()


def test_the_same_request_gives_the_same_clip_and_another_seed_another(client, song, tmp_path):
    clips = []
    for number, seed in enumerate((1, 1, 2)):
        status = wait(client, send(client, song, seed=seed).json()["job_id"])
        path = tmp_path / f"{number}.npz"
        path.write_bytes(client.get(status["clip"]).content)
        clips.append(read_clip(path).local_quats)
    np.testing.assert_array_equal(clips[0], clips[1])
    assert np.abs(clips[0] - clips[2]).max() > 1e-4


def test_a_part_is_danced_anew_in_several_takes(client, song, tmp_path):
    first = wait(client, send(client, song, end=9, seed=1).json()["job_id"])
    assert [take["take"] for take in first["takes"]] == [1]
    content = client.get(first["clip"]).content
    answer = client.post(
        "/api/generate-motion",
        files={
            "audio_file": (song.name, song.read_bytes()),
            "source_clip": ("../odd name.npz", content),
        },
        data={"regenerate": "[3, 6]", "n_takes": "2", "seed": "8", "prompt": "point",
              "pins": json.dumps([{"time": 4.5, "root": {"facing": 0.5}}])},
    )  # fmt: skip
    status = wait(client, answer.json()["job_id"])
    assert status["status"] == "completed", status
    assert [take["seed"] for take in status["takes"]] == [8, 9]
    assert status["takes"][0]["motion_data"] == status["motion_data"]
    assert status["motion_data"]["directing"]["pins"][0]["degrees"] < 2
    (tmp_path / "old.npz").write_bytes(content)
    old, clips = read_clip(tmp_path / "old.npz"), []
    for take in status["takes"]:
        path = tmp_path / f"{take['take']}.npz"
        path.write_bytes(client.get(take["clip"]).content)
        clips.append(read_clip(path))
        np.testing.assert_array_equal(clips[-1].local_quats[:, :90], old.local_quats[:, :90])
        np.testing.assert_array_equal(
            clips[-1].root_positions[:, 181:], old.root_positions[:, 181:]
        )
    assert client.get(status["clip"]).content == client.get(status["takes"][0]["clip"]).content
    assert np.abs(clips[0].local_quats - old.local_quats).max() > 0.01
    for take in ("3", "0", "x"):
        missing = client.get(status["clip"], params={"take": take})
        assert missing.status_code == 404
        assert missing.json()["error"]["code"] == "take_unknown"


def test_a_source_clip_is_a_file_and_fits_its_part(client, song):
    answer = send(client, song, source_clip="/etc/passwd", regenerate="[1, 3]")
    assert answer.json()["error"]["code"] == "source_clip_missing"
    assert send(client, song, regenerate="[1, 3]").status_code == 400
    files = {"audio_file": (song.name, song.read_bytes()), "source_clip": ("c.npz", b"no clip")}
    answer = client.post("/api/generate-motion", files=files, data={"regenerate": "[1, 3]"})
    status = wait(client, answer.json()["job_id"])
    assert status["error"]["code"] == "clip_unreadable"
    assert status["takes"] == []


def test_parameters_may_come_in_the_query(client, song):
    answer = client.post(
        "/api/generate-motion?energy=7", files={"audio_file": ("s.ogg", song.read_bytes())}
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "parameter_invalid"


def test_analysis_by_a_back_end_that_does_not_exist(client, song):
    files = {"audio_file": ("s.ogg", song.read_bytes())}
    for answer in (
        client.post("/api/analyze-audio", files=files, data={"backend": "dog"}),
        client.post("/api/analyze-audio?backend=dog", files=files),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "backend_unknown"
        assert "madmom" in answer.json()["error"]["remedy"]


def test_a_correction_is_kept_and_clicks_follow_it(client, song):
    files = {"audio_file": ("s.ogg", song.read_bytes())}

    def heard(**data) -> dict:
        answer = client.post("/api/analyze-audio", files=files, data=data)
        assert answer.status_code == 200
        return answer.json()

    plain = heard()
    try:
        double = heard(correction='{"factor": 2}')
        assert double["correction"] == {"factor": 2.0}
        assert len(heard()["beats"]) == len(double["beats"]) > 1.9 * len(plain["beats"])
        clicks = client.post("/api/click-track", files=files)
        assert clicks.headers["content-type"] == "audio/wav"
        with wave.open(io.BytesIO(clicks.content)) as sound:
            seconds = sound.getnframes() / sound.getframerate()
        assert seconds == pytest.approx(plain["duration"], abs=0.01)
        wrong = client.post("/api/analyze-audio", files=files, data={"correction": "[1]"})
        assert wrong.status_code == 400
        assert wrong.json()["error"]["code"] == "correction_invalid"
    finally:
        assert heard(correction="{}")["beats"] == plain["beats"]


def test_analysis_has_every_part_of_the_contract(client, song):
    answer = client.post("/api/analyze-audio", files={"audio_file": ("s.ogg", song.read_bytes())})
    analysis = answer.json()
    assert answer.status_code == 200
    assert set(analysis) == {
        "duration", "tempo", "beats", "downbeats", "beats_per_bar", "energy", "key", "sections",
        "confidence", "backend", "song_sha256", "hits", "correction", "loudness",
        "events", "drums", "peaks",
    }  # fmt: skip
    assert set(analysis["energy"]) == {"mean", "curve", "hop"}


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}]
)
def test_every_call_needs_the_token(running, header):
    base = f"http://127.0.0.1:{running[1]['port']}"
    for path in ("/api/health", "/api/models", "/api/generation-status/x", "/"):
        answer = httpx.get(base + path, headers=header, trust_env=False)
        assert answer.status_code == 401
        assert answer.json()["error"]["remedy"]


def test_unknown_jobs_and_clips_that_are_not_ready(client, song):
    assert client.get("/api/generation-status/nope").status_code == 404
    job_id = send(client, song).json()["job_id"]
    early = client.get(f"/api/generation/{job_id}/clip")
    assert early.status_code in (200, 409)
    wait(client, job_id)
    assert client.get(f"/api/generation/{job_id}/clip").status_code == 200


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "song_empty"), (b"this is no song" * 99, "song_unreadable")],
)
def test_a_bad_song_fails_with_a_sentence(client, content, code):
    answer = client.post("/api/generate-motion", files={"audio_file": ("song.mp3", content)})
    status = wait(client, answer.json()["job_id"])
    assert status["status"] == "failed"
    assert status["error"]["code"] == code
    assert status["error"]["message"].startswith("song.mp3")


def test_a_request_without_a_song_or_with_an_unknown_style(client, song):
    assert client.post("/api/generate-motion", data={"prompt": "x"}).status_code == 400
    answer = send(client, song, style="polka")
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "style_unknown"


def test_a_huge_prompt_is_taken(client, song):
    status = wait(client, send(client, song, prompt="jump " * 2000).json()["job_id"])
    assert status["status"] == "completed"


def test_an_upload_that_is_too_large_is_refused_by_its_header(running):
    connection = http.client.HTTPConnection("127.0.0.1", running[1]["port"], timeout=10)
    connection.putrequest("POST", "/api/generate-motion")
    connection.putheader("Authorization", f"Bearer {TOKEN}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(gate.LARGEST_UPLOAD + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["error"]["code"] == "song_too_large"
    connection.close()


def test_an_upload_that_grows_too_large_is_cut_off(monkeypatch, tmp_path, song):
    monkeypatch.setattr(gate, "LARGEST_UPLOAD", 10_000)
    jobs = JobQueue(lambda: pytest.fail("no job should start"))
    app = server.make_app(server.ServerSettings(TOKEN, hosts=frozenset({"engine"})), jobs, tmp_path)

    def body():
        yield b'--x\r\nContent-Disposition: form-data; name="audio_file"; filename="a"\r\n\r\n'
        for _ in range(40):
            yield b"0" * 1000
        yield b"\r\n--x--\r\n"

    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "content-type": "multipart/form-data; boundary=x",
    }

    async def ask() -> httpx.Response:
        async def stream():
            for part in body():
                yield part

        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://engine") as client:
            return await client.post("/api/generate-motion", content=stream(), headers=headers)

    answer = asyncio.run(ask())
    assert answer.status_code == 413
    assert list(tmp_path.iterdir()) == []


def test_cancelling_takes_effect_at_once_and_the_next_job_runs(client, tmp_path, song):
    long_song = render_song(120.0, offset=0.2)
    path = write_song(tmp_path / "long.wav", np.tile(long_song.samples, 12), long_song.sample_rate)
    job_id = send(client, path).json()["job_id"]
    began = time.monotonic()
    assert client.delete(f"/api/generation/{job_id}").json()["status"] == "cancelled"
    assert time.monotonic() - began < 2
    following = wait(client, send(client, song).json()["job_id"])
    assert following["status"] == "completed"
    assert client.get(f"/api/generation-status/{job_id}").json()["status"] == "cancelled"


def leftovers(pid: int) -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"{PREFIX}{pid}-*"))


def test_the_engine_ends_with_its_parent_and_leaves_nothing(song):
    with engine("--model", "debug") as (process, _, client):
        send(client, song)
        assert leftovers(process.pid)
        process.stdin.close()
        assert process.wait(5) == 0
        assert not leftovers(process.pid)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_what_a_killed_engine_left_is_removed_by_the_next(song):
    with engine("--model", "debug") as (process, _, client):
        client.get("/api/health")
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert leftovers(process.pid)
    with engine("--model", "debug"):
        assert not leftovers(process.pid)


def test_an_idle_engine_ends():
    with engine("--model", "debug", "--idle-timeout", "1") as (process, _, _client):
        assert process.wait(10) == 0


def test_a_missing_token_is_told_in_the_handshake():
    with engine("--model", "debug", token="") as (process, shake, _client):
        assert shake["event"] == "error"
        assert shake["error"]["code"] == "token_missing"
        assert process.wait(5) == 1


def test_a_missing_model_is_told_by_the_job_and_the_engine_lives(song, tmp_path):
    with engine("--model", "nothing") as (_process, _, client):
        status = wait(client, send(client, song).json()["job_id"])
        assert status["error"]["code"] == "model_unknown"
        assert client.get("/api/models").status_code == 200
