"""Generating with the stand-in engine: blocking without a window, and as the timer does it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import bpy
import pytest

from kpop_choreo_addon import generating, jobs
from kpop_choreo_addon.generating import dance_task
from kpop_choreo_addon.session import Task, session
from tests.blender.helpers import HAS_AUDIO, curves, dump, run_task, show_scene, strips

pytestmark = pytest.mark.usefixtures("fake_engine")


def start(target: bpy.types.Object, song: Path) -> Task:
    """What the Generate button does with a window."""
    scene = bpy.context.scene
    task = dance_task(scene, target, song, scene.kpop_choreo.parameters())
    session.begin(task)
    return task


def test_generate_blocks_and_applies(dancer: bpy.types.Object, song: Path) -> None:
    settings = bpy.context.scene.kpop_choreo
    settings.song = str(song)
    settings.prompt = "팔을 높이"
    assert bpy.ops.kpop_choreo.generate() == {"FINISHED"}
    assert dancer.animation_data.action
    assert bpy.context.scene.timeline_markers
    assert len(strips(bpy.context.scene)) == (1 if HAS_AUDIO else 0)
    assert session.error is None
    assert [name for name, _, _ in session.styles] == ["waacking"]


def test_arguments_replace_the_scenes_settings(dancer: bpy.types.Object, song: Path) -> None:
    other = dancer.copy()
    other.name = "Other"
    bpy.context.scene.collection.objects.link(other)
    assert bpy.ops.kpop_choreo.generate(
        song=str(song), target="Other", prompt="x", style="cute", energy=0.2, seed=5
    ) == {"FINISHED"}
    assert other.animation_data.action
    assert not dancer.animation_data or not dancer.animation_data.action
    assert bpy.context.scene.kpop_choreo.song == ""


def test_the_engine_is_kept_between_dances(dancer: bpy.types.Object, song: Path) -> None:
    bpy.ops.kpop_choreo.generate(song=str(song))
    first = session.host.process
    bpy.ops.kpop_choreo.generate(song=str(song))
    assert session.host.process is first
    assert bpy.ops.kpop_choreo.stop_engine() == {"FINISHED"}
    assert not first.alive


def test_the_timer_applies_as_one_undo_step(dancer: bpy.types.Object, song: Path) -> None:
    bpy.ops.ed.undo_push(message="before")
    before = dump()
    task = start(dancer, song)
    run_task()
    assert session.error is None
    assert all(file.is_file() for file in task.result)
    after = dump()
    assert after["objects"]["Dancer"]["animation"]["action"]
    bpy.ops.ed.undo()
    assert dump() == before
    bpy.ops.ed.redo()
    assert dump() == after


def finish_fitting() -> Task:
    """Goes on until the keys are ready, and does not write them yet."""
    deadline = time.monotonic() + 30
    while session.task is None or not session.task.takes or session.task.running:
        assert time.monotonic() < deadline
        if session.task is None or not session.task.takes:
            assert jobs.tick() is not None
        time.sleep(0.02)
    return session.task


def test_numbers_are_worked_out_in_a_thread(
    dancer: bpy.types.Object, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kpop_choreo_addon.scene import apply

    start(dancer, song)
    fitting = finish_fitting()
    assert fitting.progress.text == "Fitting the dance to the armature"
    assert not dancer.animation_data

    def forbidden(*_: object) -> None:
        raise AssertionError("this would hold up Blender's window")

    monkeypatch.setattr(apply, "prepare", forbidden)
    monkeypatch.setattr(generating, "read_clip", forbidden)
    run_task()
    assert session.error is None
    assert dancer.animation_data.action
    assert session.ready is None


def test_an_armature_that_changed_meanwhile_is_fitted_again(
    dancer: bpy.types.Object, song: Path
) -> None:
    start(dancer, song)
    finish_fitting()
    for bone in dancer.pose.bones:
        bone.rotation_mode = "ZXY"
    run_task()
    assert session.error is None
    assert any(c.data_path.endswith("rotation_euler") for c in curves(dancer))
    assert not any(c.data_path.endswith("rotation_quaternion") for c in curves(dancer))


def test_a_clip_file_is_fitted_in_a_thread_too(
    dancer: bpy.types.Object, clip_file: Path, tmp_path: Path
) -> None:
    assert bpy.ops.kpop_choreo.open_clip(filepath=str(clip_file)) == {"FINISHED"}
    assert not dancer.animation_data
    run_task()
    assert dancer.animation_data.action
    assert session.error is None
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK")
    bpy.ops.kpop_choreo.open_clip(filepath=str(broken))
    run_task()
    assert session.error is not None
    assert session.error.code == "clip_unreadable"
    assert not session.kept_takes


def test_a_dance_that_does_not_fit_is_kept(dancer: bpy.types.Object, song: Path) -> None:
    task = start(dancer, song)
    dancer.pose.bones["left_knee"].driver_add("rotation_quaternion", 1)
    run_task()
    assert session.error is not None
    assert session.error.code == "channels_driven"
    assert session.kept_takes == task.result


def test_only_one_dance_at_a_time(
    dancer: bpy.types.Object, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_STEPS", "1000000")
    start(dancer, song)
    with pytest.raises(RuntimeError, match="at work already"):
        bpy.ops.kpop_choreo.generate(song=str(song))
    bpy.ops.kpop_choreo.cancel()
    run_task()


def test_cancel(dancer: bpy.types.Object, song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_STEPS", "1000000")
    before = dump()
    task = start(dancer, song)
    deadline = time.monotonic() + 30
    while task.progress.stage != "denoise" and time.monotonic() < deadline:
        assert jobs.tick() is not None
        time.sleep(0.02)
    assert task.progress.eta_s
    began = time.monotonic()
    bpy.ops.kpop_choreo.cancel()
    run_task()
    assert time.monotonic() - began < 2.0
    assert session.task is None
    assert session.error is None
    assert dump() == before


def test_edit_mode_is_waited_for(dancer: bpy.types.Object, song: Path) -> None:
    bpy.context.view_layer.objects.active = dancer
    bpy.ops.object.mode_set(mode="EDIT")
    task = start(dancer, song)
    deadline = time.monotonic() + 30
    while not task.waiting and time.monotonic() < deadline:
        assert jobs.tick() is not None
        time.sleep(0.02)
    assert task.waiting == "you leave Edit Mode"
    assert not dancer.animation_data
    bpy.ops.object.mode_set(mode="OBJECT")
    run_task()
    assert dancer.animation_data.action


def test_a_render_is_waited_for(
    dancer: bpy.types.Object, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert jobs.busy_reason() == ""
    monkeypatch.setattr(jobs, "BUSY_JOBS", ("RENDER",))

    class Rendering:
        @staticmethod
        def is_job_running(kind: str) -> bool:
            return kind == "RENDER"

    monkeypatch.setattr(jobs.bpy, "app", Rendering, raising=False)
    assert jobs.busy_reason() == "the render is done"


def test_a_target_deleted_meanwhile_keeps_the_take(dancer: bpy.types.Object, song: Path) -> None:
    task = start(dancer, song)
    bpy.data.objects.remove(dancer)
    run_task()
    assert session.error is not None
    assert session.error.code == "target_gone"
    assert "Dancer is gone" in session.error.message
    assert session.kept_takes == task.result
    assert Path(session.kept_song) == song
    bpy.ops.kpop_choreo.add_dancer()
    bpy.ops.kpop_choreo.apply_clip(filepath=str(session.kept_takes[0]), song=session.kept_song)
    assert bpy.context.scene.kpop_choreo.target.animation_data.action
    assert not session.kept_takes


def test_a_target_renamed_meanwhile_still_dances(dancer: bpy.types.Object, song: Path) -> None:
    start(dancer, song)
    dancer.name = "Mina"
    run_task()
    assert session.error is None
    assert bpy.data.objects["Mina"].animation_data.action


def test_another_scene_is_shown_meanwhile(dancer: bpy.types.Object, song: Path) -> None:
    start(dancer, song)
    show_scene(bpy.data.scenes.new("Other"))
    run_task()
    assert session.error is None
    assert dancer.animation_data.action
    assert not bpy.data.scenes["Other"].timeline_markers


def test_undo_while_generating(dancer: bpy.types.Object, song: Path) -> None:
    bpy.ops.ed.undo_push(message="before")
    dancer.location.x = 1.0
    bpy.ops.ed.undo_push(message="moved")
    start(dancer, song)
    bpy.ops.ed.undo()
    run_task()
    assert session.error is None
    assert bpy.data.objects["Dancer"].animation_data.action
    assert bpy.data.objects["Dancer"].location.x == 0.0


def test_a_new_file_while_generating(dancer: bpy.types.Object, song: Path) -> None:
    start(dancer, song)
    bpy.ops.wm.read_homefile(use_empty=True)
    run_task()
    assert session.error is not None
    assert session.error.code == "target_gone"


def test_engine_killed_in_the_middle(
    dancer: bpy.types.Object, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_STEPS", "1000000")
    before = dump()
    task = start(dancer, song)
    deadline = time.monotonic() + 30
    while task.progress.stage != "denoise" and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(session.host.process.pid, signal.SIGKILL)
    run_task()
    assert session.error.code == "engine_died"
    assert session.error.log
    assert dump() == before
    monkeypatch.setenv("FAKE_STEPS", "2")
    assert bpy.ops.kpop_choreo.generate(song=str(song)) == {"FINISHED"}


def test_unregister_stops_engine_and_task(
    dancer: bpy.types.Object, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import kpop_choreo_addon

    monkeypatch.setenv("FAKE_STEPS", "1000000")
    task = start(dancer, song)
    deadline = time.monotonic() + 30
    while task.progress.stage != "denoise" and time.monotonic() < deadline:
        time.sleep(0.02)
    process = session.host.process
    kpop_choreo_addon.unregister()
    assert not process.alive
    assert session.task is None
    kpop_choreo_addon.register()


def code_of(**arguments: object) -> str:
    before = dump()
    with pytest.raises(RuntimeError):
        bpy.ops.kpop_choreo.generate(**arguments)
    assert dump() == before
    assert session.error is not None
    assert session.error.remedy
    return session.error.code


def test_songs_that_are_none(dancer: bpy.types.Object, tmp_path: Path) -> None:
    assert code_of() == "no_song"
    assert code_of(song=str(tmp_path / "none.mp3")) == "song_missing"
    (tmp_path / "empty.mp3").touch()
    assert code_of(song=str(tmp_path / "empty.mp3")) == "song_empty"


def test_targets_that_are_none(song: Path) -> None:
    assert code_of(song=str(song)) == "no_armature"
    assert code_of(song=str(song), target="nobody") == "no_armature"
    data = bpy.data.armatures.new("Bare")
    bare = bpy.data.objects.new("Bare", data)
    bpy.context.scene.collection.objects.link(bare)
    assert code_of(song=str(song), target="Bare") == "no_matching_bones"


def test_engines_that_are_none(
    dancer: bpy.types.Object, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kpop_choreo_addon.preferences import get_preferences

    chosen = get_preferences()
    chosen.python_path = "/nowhere/python"
    assert code_of(song=str(song)) == "python_missing"
    chosen.engine = "SERVER"
    assert code_of(song=str(song)) == "server_url"
    chosen.server_url = "http://127.0.0.1:9"
    assert code_of(song=str(song)) == "engine_unreachable"
    chosen.server_url = "https://dance.example.org"
    bpy.context.preferences.system.use_online_access = False
    assert code_of(song=str(song)) == "offline"


def test_a_bundled_engine_without_its_packages(
    dancer: bpy.types.Object, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kpop_choreo_addon import engine_choice
    from kpop_choreo_addon.preferences import get_preferences

    get_preferences().engine = "BUNDLED"
    monkeypatch.setattr(engine_choice, "NEEDED", ("not_a_package", "numpy"))
    monkeypatch.setattr(engine_choice, "_wheels", lambda: ["a-1-cp37-cp37-win_amd64.whl"])
    assert code_of(song=str(song)) == "engine_incomplete"
    assert "not_a_package" in session.error.message
    assert "built for Python 3.7" in session.error.message


def test_a_server_elsewhere(dancer: bpy.types.Object, song: Path, clip_file: Path) -> None:
    from kpop_choreo_addon.preferences import get_preferences
    from tests.core.fake_server import FakeServer

    server = FakeServer("the-right-token-01", clip_file.read_bytes()).start()
    chosen = get_preferences()
    chosen.engine, chosen.server_url, chosen.token = "SERVER", server.url, "wrong"
    assert code_of(song=str(song)) == "token_wrong"
    chosen.token = "the-right-token-01"
    assert bpy.ops.kpop_choreo.generate(song=str(song)) == {"FINISHED"}
    assert code_of(song=str(song), energy=1.5) == "parameter_range"
    server.stop()


def test_analyze(song: Path) -> None:
    bpy.context.scene.kpop_choreo.song = str(song)
    assert bpy.ops.kpop_choreo.analyze() == {"FINISHED"}
    assert session.analysis["tempo"] == 120.0
    assert session.analysed_song == str(song)
