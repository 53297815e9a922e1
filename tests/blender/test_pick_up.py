"""A server's dance is picked up after Blender was closed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

import kpop_choreo_addon
from kpop_choreo_addon import jobs, notice_panel, pick_up
from kpop_choreo_addon.core.placement import PINS
from kpop_choreo_addon.core.waiting_jobs import WaitingJob, note_job, waiting_jobs
from kpop_choreo_addon.generating import dance_task
from kpop_choreo_addon.ids import jobs_folder
from kpop_choreo_addon.notice_panel import KPOPCHOREO_PT_notice
from kpop_choreo_addon.preferences import get_preferences
from kpop_choreo_addon.scene.takes import stored_take, takes_of
from kpop_choreo_addon.session import session
from tests.blender.helpers import drawn, dump, run_task
from tests.core.fake_server import FakeServer

TOKEN = "the-right-token-01"


@pytest.fixture
def server(clip_file: Path) -> Iterator[FakeServer]:
    fake = FakeServer(TOKEN, clip_file.read_bytes(), steps=10**6).start()
    chosen = get_preferences()
    chosen.engine, chosen.server_url, chosen.token = "SERVER", fake.url, TOKEN
    yield fake
    fake.stop()
    for path in jobs_folder().glob("*.json"):
        path.unlink()


def begin(dancer: bpy.types.Object, song: Path) -> str:
    """Generates on the server until that is at work; returns the job's id."""
    scene = bpy.context.scene
    session.begin(dance_task(scene, dancer, song, {"seed": 4}))
    deadline = time.monotonic() + 30
    while session.task.progress.stage != "denoise":
        assert time.monotonic() < deadline
        jobs.tick()
        time.sleep(0.02)
    return str(session.task.remote.job)


def test_closed_and_picked_up(
    dancer: bpy.types.Object,
    server: FakeServer,
    song: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = str(tmp_path / "dance.blend")
    job = begin(dancer, song)
    bpy.ops.wm.save_as_mainfile(filepath=path)
    (noted,) = waiting_jobs(jobs_folder(), path)
    assert (noted.url, noted.job, noted.target) == (server.url, job, "Dancer")
    assert noted.parameters == {"seed": 4}
    assert TOKEN not in (jobs_folder() / f"{job}.json").read_text()
    assert session.waiting == ()
    kpop_choreo_addon.unregister()  # as when Blender closes
    kpop_choreo_addon.register()
    time.sleep(0.5)
    assert server.jobs[job]["status"] == "processing"
    bpy.ops.wm.read_homefile(use_empty=True)
    assert session.waiting == ()
    bpy.ops.wm.open_mainfile(filepath=path)
    assert session.waiting == (noted,)
    monkeypatch.setattr(notice_panel, "wrapped", lambda layout, text, *_: layout.label(text=text))
    assert KPOPCHOREO_PT_notice.poll(bpy.context)
    shown = drawn(KPOPCHOREO_PT_notice)
    assert f"A dance to song.wav was still being made on {server.url}." in shown
    assert "kpop_choreo.fetch_job" in shown
    server.steps = 3
    assert bpy.ops.kpop_choreo.fetch_job() == {"FINISHED"}
    assert takes_of(bpy.data.objects["Dancer"]).active
    assert session.waiting == ()
    assert waiting_jobs(jobs_folder(), path) == ()


def test_a_picked_up_dance_remembers_its_pins(
    dancer: bpy.types.Object, server: FakeServer, song: Path
) -> None:
    bpy.ops.kpop_choreo.pin_pose()
    job = begin(dancer, song)
    session.shut_down()
    pick_up.look()
    server.steps = 3
    assert bpy.ops.kpop_choreo.fetch_job(job=job) == {"FINISHED"}
    (kept,) = stored_take(dancer).clip.meta[PINS]
    assert kept["name"] == "Pose 1"


def test_fetched_in_a_window_as_any_task(
    dancer: bpy.types.Object, server: FakeServer, song: Path
) -> None:
    from kpop_choreo_addon.generating import fetching_task

    job = begin(dancer, song)
    session.shut_down()
    pick_up.look()
    (waiting,) = session.waiting
    assert waiting.job == job
    server.steps = 3
    before = dump()
    session.begin(fetching_task(bpy.context.scene, dancer, waiting))
    pick_up.look()
    assert session.waiting == ()
    run_task()
    assert session.error is None
    assert dump() != before
    assert waiting_jobs(jobs_folder(), "") == ()


def test_cancelled_and_failed_jobs_are_forgotten(
    dancer: bpy.types.Object, server: FakeServer, song: Path
) -> None:
    begin(dancer, song)
    bpy.ops.kpop_choreo.cancel()
    run_task()
    assert waiting_jobs(jobs_folder(), "") == ()
    begin(dancer, song)
    server.fail_with = {"code": "song_silent", "message": "Silent.", "remedy": "Another."}
    server.steps = 3
    run_task()
    assert session.error.code == "song_silent"
    assert waiting_jobs(jobs_folder(), "") == ()


def test_a_server_out_of_reach_keeps_the_offer(
    dancer: bpy.types.Object, server: FakeServer, song: Path
) -> None:
    job = begin(dancer, song)
    session.shut_down()
    get_preferences().token = "wrong"
    pick_up.look()
    with pytest.raises(RuntimeError, match="token"):
        bpy.ops.kpop_choreo.fetch_job(job=job)
    get_preferences().server_url = "http://127.0.0.1:9"
    with pytest.raises(RuntimeError, match="name another server"):
        bpy.ops.kpop_choreo.fetch_job(job=job)
    assert len(session.waiting) == 1
    assert bpy.ops.kpop_choreo.forget_job(job=job) == {"FINISHED"}
    assert session.waiting == ()
    with pytest.raises(RuntimeError, match="No dance of this file"):
        bpy.ops.kpop_choreo.fetch_job()


def test_a_job_that_the_server_forgot(dancer: bpy.types.Object, server: FakeServer) -> None:
    note_job(jobs_folder(), WaitingJob(server.url, "old", "s.ogg", "", "Scene", "Dancer"))
    pick_up.look()
    with pytest.raises(RuntimeError, match="does not know the dance any more"):
        bpy.ops.kpop_choreo.fetch_job()
    assert session.error.code == "job_unknown"
    assert session.waiting == ()


SCRIPT = """
import sys, bpy, addon_utils
sys.path.insert(0, {root!r})
addon_utils.enable("kpop_choreo_addon", default_set=True)
from kpop_choreo_addon.preferences import get_preferences
from kpop_choreo_addon.session import session
from kpop_choreo_addon.scene.takes import stored_take, takes_of
chosen = get_preferences()
chosen.engine, chosen.server_url, chosen.token = "SERVER", {url!r}, {token!r}
bpy.ops.wm.open_mainfile(filepath={blend!r})
assert len(session.waiting) == 1, session.waiting
bpy.ops.kpop_choreo.fetch_job()
assert takes_of(bpy.data.objects["Dancer"]).active
print("FETCHED", len(session.waiting), flush=True)
import os; os._exit(0)
"""


def test_picked_up_by_another_blender(
    dancer: bpy.types.Object, server: FakeServer, song: Path, tmp_path: Path
) -> None:
    path = str(tmp_path / "dance.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    begin(dancer, song)
    session.shut_down()
    server.steps = 3
    root = str(Path(kpop_choreo_addon.__file__).parents[1])
    script = SCRIPT.format(root=root, url=server.url, token=TOKEN, blend=path)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120
    )
    assert "FETCHED 0" in done.stdout, done.stdout + done.stderr
    assert waiting_jobs(jobs_folder(), path) == ()
