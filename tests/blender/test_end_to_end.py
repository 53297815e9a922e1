"""A song becomes a dance through the real engine, in its own process, over HTTP.

The engine runs in the Python that KPOP_CHOREO_ENGINE_PYTHON names, or in .venv.
"""

from __future__ import annotations

import os
import signal
import time
import wave
from pathlib import Path

import bpy
import numpy as np
import pytest

from kpop_choreo_addon.core.axes import to_blender
from kpop_choreo_addon.core.body import JOINTS
from kpop_choreo_addon.core.clip import read_clip
from kpop_choreo_addon.core.dance_job import RemoteEngine
from kpop_choreo_addon.generating import dance_task
from kpop_choreo_addon.preferences import get_preferences
from kpop_choreo_addon.scene.takes import stored_take, takes_of
from kpop_choreo_addon.session import session
from tests.blender.helpers import (
    HAS_AUDIO,
    dump,
    fbx_key_times,
    in_the_newest,
    posed_heads,
    read_wav,
    run_task,
    set_frame,
    strips,
    write_drums,
)

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("KPOP_CHOREO_ENGINE_PYTHON", ROOT / ".venv" / "bin" / "python"))
pytestmark = pytest.mark.skipif(not PYTHON.is_file(), reason=f"no engine environment at {PYTHON}")


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Twelve seconds of drums at 120 BPM, the first beat at 0.25 s."""
    return write_drums(tmp_path / "drums.wav", 12.0)


@pytest.fixture(autouse=True)
def engine() -> None:
    chosen = get_preferences()
    chosen.engine, chosen.python_path = "PYTHON", str(PYTHON)
    chosen.device, chosen.model = "CPU", "debug"


def newest_take() -> Path:
    from kpop_choreo_addon.ids import takes_folder

    return max(takes_folder().glob("*.npz"), key=lambda take: take.stat().st_mtime)


def test_a_song_and_a_sentence_become_a_dance(
    dancer: bpy.types.Object, song: Path, tmp_path: Path
) -> None:
    settings = bpy.context.scene.kpop_choreo
    settings.song, settings.prompt, settings.style = str(song), "팔을 크게", "cute"
    settings.seed, settings.start_frame = 3, 20
    assert bpy.ops.kpop_choreo.analyze() == {"FINISHED"}
    assert session.analysis["tempo"] == pytest.approx(120.0, abs=0.5)
    assert bpy.ops.kpop_choreo.generate() == {"FINISHED"}
    clip = read_clip(newest_take())
    assert clip.meta["request"]["style"] == "cute"
    assert clip.duration == pytest.approx(12.0, abs=0.2)
    truth = to_blender(clip.root_positions[0])
    for sample in range(0, clip.frames, 60):
        set_frame(20 + sample / clip.fps * 24)
        assert np.abs(posed_heads(dancer, ["pelvis"])[0] - truth[sample]).max() < 2e-3
    beats = 20 + clip.beats * 24
    downbeats = [m.frame for m in bpy.context.scene.timeline_markers if ".1" in m.name]
    assert len(downbeats) >= 5
    for frame in downbeats:
        assert np.min(np.abs(frame - beats)) <= 0.5
    bpy.ops.kpop_choreo.export_fbx(filepath=str(tmp_path / "dance.fbx"))
    takes, times = fbx_key_times(tmp_path / "dance.fbx")
    assert takes == 1
    assert all(found[0] == 0.0 for found in times)
    assert set(JOINTS) <= {bone.name for bone in dancer.data.bones}


@in_the_newest
def test_a_corrected_beat_is_danced_to(
    dancer: bpy.types.Object, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPOP_CHOREO_CACHE", str(tmp_path / "cache"))
    ops = bpy.ops.kpop_choreo
    bpy.context.scene.kpop_choreo.song = str(song)
    ops.analyze()
    heard = session.analysis["beats"]
    ops.generate(end=8.0)
    before = {m.name.split()[0]: m.frame for m in bpy.context.scene.timeline_markers}
    ops.correct_beat(nudge_ms=250.0, beats_per_bar=2)
    ops.add_section(label="dance break", at=6.1)
    names = [m.name for m in bpy.context.scene.timeline_markers]
    after = {m.name.split()[0]: m.frame for m in bpy.context.scene.timeline_markers}
    assert after["1.1"] - before["1.1"] == pytest.approx(6, abs=1)
    assert any(name.endswith("Dance Break") for name in names)
    assert len(after) > len(before)
    ops.generate(end=8.0)
    clip = read_clip(newest_take())
    assert clip.beats[0] == pytest.approx(heard[0] + 0.25, abs=1e-3)
    again = {m.name.split()[0]: m.frame for m in bpy.context.scene.timeline_markers}
    assert again == after
    ops.check_by_ear()
    if HAS_AUDIO:
        (wav,) = (Path(s.sound.filepath) for s in strips(bpy.context.scene) if "clicks" in s.name)
        samples, rate = read_wav(wav)
        assert len(samples) / rate == pytest.approx(12.0, abs=0.05)
        assert np.argmax(np.abs(samples) > 3000) / rate == pytest.approx(clip.beats[0], abs=0.005)
    ops.tap_tempo(times=" ".join(str(0.25 + 0.5 * beat) for beat in range(12)))
    assert session.analysis["beats"][0] == pytest.approx(heard[0], abs=0.06)
    ops.forget_corrections()
    assert session.analysis["beats"] == heard
    assert session.analysis["correction"] == {}


@in_the_newest
def test_the_same_seed_is_the_same_dance(dancer: bpy.types.Object, song: Path) -> None:
    clips = []
    for seed in (1, 1, 2):
        bpy.ops.kpop_choreo.generate(song=str(song), seed=seed, end=6.0)
        take = newest_take()
        clips.append(read_clip(take).local_quats)
        take.unlink()
    np.testing.assert_array_equal(clips[0], clips[1])
    assert not np.array_equal(clips[0], clips[2])


def test_several_takes_and_more_like_one(dancer: bpy.types.Object, song: Path) -> None:
    bpy.ops.kpop_choreo.generate(song=str(song), seed=5, end=6.0, n_takes=2)
    first, second = takes_of(dancer).takes
    assert (first.seed, second.seed) == (5, 6)
    assert first.steps != second.steps
    bpy.ops.kpop_choreo.more_like_this(take=second.uid, n_takes=2)
    third, fourth = takes_of(dancer).takes[2:]
    assert (third.seed, fourth.seed) == (7, 8)
    assert third.steps == fourth.steps == second.steps
    assert (third.name, fourth.name) == ("Take 3, like 2", "Take 4, like 2")
    assert takes_of(dancer).current == third
    quats = [stored_take(dancer, t.uid).clip.local_quats for t in (second, third, fourth)]
    assert quats[0].shape == quats[1].shape == quats[2].shape
    assert len({q.tobytes() for q in quats}) == 3


def test_cancel_within_two_seconds(dancer: bpy.types.Object, song: Path) -> None:
    bpy.ops.kpop_choreo.generate(song=str(song), end=6.0)  # the engine is warm now
    before = dump()
    task = dance_task(bpy.context.scene, dancer, song, {})
    session.begin(task)
    deadline = time.monotonic() + 60
    while task.progress.stage in ("start", "upload") and time.monotonic() < deadline:
        time.sleep(0.005)
    bpy.ops.kpop_choreo.cancel()
    began = time.monotonic()
    run_task()
    assert time.monotonic() - began < 2.0
    assert dump() == before
    assert session.host.process.alive


def test_killed_in_the_middle(dancer: bpy.types.Object, song: Path) -> None:
    task = dance_task(bpy.context.scene, dancer, song, {})
    session.begin(task)
    deadline = time.monotonic() + 60
    while task.progress.stage in ("start", "upload") and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(session.host.process.pid, signal.SIGKILL)
    run_task()
    assert session.error is not None
    assert session.error.code == "engine_died"
    assert "uvicorn" in session.error.log
    assert bpy.ops.kpop_choreo.generate(song=str(song), end=6.0) == {"FINISHED"}


def code_of(**arguments: object) -> str:
    with pytest.raises(RuntimeError):
        bpy.ops.kpop_choreo.generate(**arguments)
    assert session.error is not None
    assert session.error.remedy
    return session.error.code


@in_the_newest
def test_bad_input_is_refused_in_words(
    dancer: bpy.types.Object, song: Path, tmp_path: Path
) -> None:
    assert code_of(song=str(song), energy=1.5) == "parameter_invalid"
    assert code_of(song=str(song), smoothness=-0.5) == "parameter_invalid"
    assert code_of(song=str(song), style="polka") == "style_unknown"
    with wave.open(str(tmp_path / "silent.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(22050)
        out.writeframes(bytes(2 * 22050 * 8))
    assert code_of(song=str(tmp_path / "silent.wav")) == "song_silent"
    (tmp_path / "text.mp3").write_text("no music here " * 100)
    code_of(song=str(tmp_path / "text.mp3"))
    (tmp_path / "cut.wav").write_bytes(song.read_bytes()[:2000])
    code_of(song=str(tmp_path / "cut.wav"))
    assert not dancer.animation_data
    assert bpy.ops.kpop_choreo.generate(song=str(song), prompt="x" * 10_000, end=6.0) == {
        "FINISHED"
    }


@in_the_newest
def test_wrong_token(dancer: bpy.types.Object, song: Path) -> None:
    bpy.ops.kpop_choreo.generate(song=str(song), end=6.0)
    source = RemoteEngine(session.host.process.url, "not-the-token-at-all")
    chosen = get_preferences()
    chosen.engine, chosen.server_url, chosen.token = "SERVER", source.url, source.token
    assert code_of(song=str(song)) == "token_wrong"
