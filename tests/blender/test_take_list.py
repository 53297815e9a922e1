"""The list of takes: stepping, names, keeping, discarding, ghosts, more of the same."""

from __future__ import annotations

import hashlib
import json
import types
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from kpop_choreo_addon import drawing, panels, seeds, takes_panel
from kpop_choreo_addon.core.body import JOINTS
from kpop_choreo_addon.core.ghost import POINTS
from kpop_choreo_addon.making_alike import alike_task
from kpop_choreo_addon.preferences import get_preferences
from kpop_choreo_addon.scene import ghosts
from kpop_choreo_addon.scene.take_actions import take_of_action
from kpop_choreo_addon.scene.takes import stored_size, stored_take, takes_of
from kpop_choreo_addon.session import session
from tests.blender.helpers import drawn, dump, posed_heads, run_task, set_frame
from tests.core.fake_server import FakeServer
from tests.core.synthetic import clip_arrays, write_clip

ops: Any = bpy.ops.kpop_choreo
TOKEN = "the-right-token-01"
PLAN = {
    "start": 0.0,
    "end": 2.0,
    "phrases": [{"start": 0.0, "end": 2.0, "moves": ["wave"], "repeats": None}],
}


def write(path: Path, seconds: float = 2.0, **told: Any) -> Path:
    """A clip file whose ``meta`` says more."""
    meta = json.loads(str(clip_arrays(seconds=seconds)["meta"])) | told
    return write_clip(path, seconds=seconds, meta=np.array(json.dumps(meta)))


@pytest.fixture
def taken(dancer: bpy.types.Object, tmp_path: Path) -> bpy.types.Object:
    """Our dancer with three takes, of which the first is danced."""
    return take_three(dancer, tmp_path)


def take_three(dancer: bpy.types.Object, tmp_path: Path) -> bpy.types.Object:
    clips = [write(tmp_path / f"{n}.npz", 2.0 + n, seed=10 + n) for n in range(3)]
    names = [{"name": clip.name} for clip in clips]
    ops.apply_clip(filepath=str(clips[0]), directory=str(tmp_path), files=names)
    return dancer


def plain(layout: Any, text: str, icon: str = "") -> None:
    layout.label(text=text)


def names(obj: bpy.types.Object) -> list[str]:
    return [take.name for take in takes_of(obj).takes]


def test_how_many_were_made_is_told(taken: bpy.types.Object) -> None:
    assert "3 takes were made: flip through them." in session.notes


def test_stepping_through_the_list(taken: bpy.types.Object) -> None:
    seen = []
    for by in (1, 1, 1, -1):
        ops.step_take(by=by)
        seen.append(takes_of(taken).current.name)
        assert take_of_action(taken.animation_data.action) == takes_of(taken).active
    assert seen == ["Take 2", "Take 3", "Take 1", "Take 3"]
    assert len(bpy.data.actions) == 3  # each was fitted once


def test_names_are_the_users(taken: bpy.types.Object) -> None:
    uid = takes_of(taken).takes[1].uid
    ops.rename_take(take=uid, name="  Chorus, wild ")
    ops.rename_take(name="Verse")
    assert names(taken) == ["Verse", "Chorus, wild", "Take 3"]
    with pytest.raises(RuntimeError, match="name is empty"):
        ops.rename_take(take=uid, name="  ")
    with pytest.raises(RuntimeError, match="no such take"):
        ops.rename_take(take="nothing", name="x")


def test_discarding_leaves_what_is_danced(taken: bpy.types.Object) -> None:
    action = taken.animation_data.action
    keys = dump()["actions"]
    ops.discard_take()
    assert names(taken) == ["Take 2", "Take 3"]
    assert taken.animation_data.action == action
    assert dump()["actions"] == keys
    assert takes_of(taken).active == ""
    ops.step_take()
    assert takes_of(taken).current.name == "Take 2"


def test_what_is_not_kept_goes_and_undo_brings_it_back(taken: bpy.types.Object) -> None:
    second, third = takes_of(taken).takes[1:]
    stored = stored_take(taken, second.uid).clip.local_quats
    ops.keep_take(take=third.uid)
    bpy.ops.ed.undo_push(message="before")
    before = dump()
    ops.discard_others("EXEC_DEFAULT", True)
    assert names(taken) == ["Take 1", "Take 3"]
    with pytest.raises(RuntimeError, match="All other takes are kept"):
        ops.discard_others()
    bpy.ops.ed.undo()
    assert dump() == before
    taken = bpy.data.objects["Dancer"]
    assert names(taken) == ["Take 1", "Take 2", "Take 3"]
    np.testing.assert_array_equal(stored_take(taken, second.uid).clip.local_quats, stored)


def test_the_panel_shows_them(taken: bpy.types.Object, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (takes_panel, panels, drawing):
        monkeypatch.setattr(module, "wrapped", plain)
    shown = drawn(takes_panel.KPOPCHOREO_PT_takes)
    rows = {f"Take {n} (seed {9 + n})" for n in (1, 2, 3)}
    assert rows | {"1 of 3", "hip-hop, 2 s from 0:00, seed 10"} <= set(shown)
    assert any(text.endswith(" KB") for text in shown)
    assert "ghost_offset" not in shown
    ops.ghost_take(take=takes_of(taken).takes[1].uid)
    assert "ghost_offset" in drawn(takes_panel.KPOPCHOREO_PT_takes)
    bpy.context.scene.kpop_choreo.target = None
    bpy.context.view_layer.objects.active = None
    assert drawn(takes_panel.KPOPCHOREO_PT_takes) == ["No takes yet: Generate makes them."]
    assert "n_takes" in drawn(panels.KPOPCHOREO_PT_generate)
    assert "seed_lock" in drawn(panels.KPOPCHOREO_PT_prompt)


@pytest.mark.parametrize("mirror", [False, True])
def test_a_ghost_dances_as_the_armature_would(taken: bpy.types.Object, mirror: bool) -> None:
    settings = bpy.context.scene.kpop_choreo
    taken.location, taken.rotation_euler, taken.scale = (2.0, 1.0, 0.5), (0.0, 0.0, 0.7), (0.5,) * 3
    settings.start_frame = 30  # later than the dance that is there, which leads
    second = takes_of(taken).takes[1]
    ops.ghost_take(take=second.uid)
    settings.mirror = mirror
    set_frame(37)
    settings.ghost_offset = 0.0
    (ghost,) = ghosts.seen_ghosts(bpy.context)
    settings.ghost_offset = 2.0
    (aside,) = ghosts.seen_ghosts(bpy.context)
    away = (aside.points - ghost.points).mean(axis=0)
    np.testing.assert_allclose(away, [np.cos(0.7), np.sin(0.7), 0.0], atol=1e-5)  # half the size
    assert ghost.name == "Take 2"
    settings.start_frame = 1
    ops.choose_take(take=second.uid)
    set_frame(37)
    assert list(ghosts.seen_ghosts(bpy.context)) == []  # it is danced now
    heads = posed_heads(taken, list(JOINTS))
    at = [POINTS.index(joint) for joint in JOINTS]
    assert np.abs(ghost.points[at] - heads).max() < 1.5e-3


def test_a_dance_that_moves_the_object_moves_no_ghost(
    dancer: bpy.types.Object, tmp_path: Path
) -> None:
    settings = bpy.context.scene.kpop_choreo
    settings.root_motion, settings.ghost_offset = "root", 0.0
    dancer.location.x = 1.0
    take_three(dancer, tmp_path)
    second = takes_of(dancer).takes[1]
    ops.ghost_take(take=second.uid)
    set_frame(40)
    assert abs(dancer.location.x - 1.0) > 0.1
    (ghost,) = ghosts.seen_ghosts(bpy.context)
    ops.choose_take(take=second.uid)
    set_frame(40)
    heads = posed_heads(dancer, list(JOINTS))
    assert np.abs(ghost.points[[POINTS.index(j) for j in JOINTS]] - heads).max() < 3e-3


def test_ghosts_are_hidden_and_go_with_the_file(taken: bpy.types.Object, tmp_path: Path) -> None:
    first, second, third = takes_of(taken).takes
    for take in (second, third):
        ops.ghost_take(take=take.uid)
    bpy.context.view_layer.update()
    two = list(ghosts.seen_ghosts(bpy.context))
    assert [ghost.name for ghost in two] == ["Take 2", "Take 3"]
    assert two[0].points[0, 0] > taken.location.x > two[1].points[0, 0]  # left and right
    taken.hide_set(True)
    assert list(ghosts.seen_ghosts(bpy.context)) == []
    taken.hide_set(False)
    bpy.ops.ed.undo_push(message="before")
    ops.keep_take("EXEC_DEFAULT", True, take=third.uid)
    bpy.ops.ed.undo()
    taken = bpy.data.objects["Dancer"]
    assert len(list(ghosts.seen_ghosts(bpy.context))) == 2  # undo has nothing to do with them
    ops.discard_take(take=second.uid)
    assert len(list(ghosts.seen_ghosts(bpy.context))) == 1
    assert not ghosts.has_ghost(taken, second.uid)
    ops.ghost_take(take=third.uid)
    assert not ghosts._handles
    ops.ghost_take(take=third.uid)
    assert len(ghosts._handles) == 2
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert not ghosts._handles
    assert not ghosts.has_ghost(bpy.data.objects["Dancer"])
    assert first.name == "Take 1"


@pytest.fixture
def server(dancer: bpy.types.Object, song: Path, tmp_path: Path) -> Any:
    """A server whose takes are of one plan; the song is the one that they were made to."""
    told = {"sha256": hashlib.sha256(song.read_bytes()).hexdigest(), "name": song.name}
    files = [write(tmp_path / f"s{n}.npz", seed=4 + n, plan=PLAN, song=told) for n in range(3)]
    first, *further = [file.read_bytes() for file in files]
    fake = FakeServer(TOKEN, first, tuple(further)).start()
    chosen = get_preferences()
    chosen.engine, chosen.server_url, chosen.token = "SERVER", fake.url, TOKEN
    bpy.context.scene.kpop_choreo.song = str(song)
    yield fake
    fake.stop()


def test_more_like_this_asks_for_the_same_steps(
    dancer: bpy.types.Object, server: FakeServer
) -> None:
    settings = bpy.context.scene.kpop_choreo
    settings.n_takes, settings.seed = 3, 4
    ops.generate()
    assert names(dancer) == ["Take 1", "Take 2, like 1", "Take 3, like 1"]
    assert [take.seed for take in takes_of(dancer).takes] == [4, 5, 6]
    settings.song = ""  # where it lies is known from the action
    ops.more_like_this(n_takes=2)
    form = server.forms[-1]
    assert json.loads(form["plan"]) == PLAN
    assert (form["seed"], form["n_takes"], form["style"]) == ("7", "2", "hip-hop")
    ops.discard_others()
    ops.more_like_this(n_takes=1)
    assert server.forms[-1]["seed"] == "7"  # 5 and 6 were danced, though they are discarded
    ops.more_like_this(n_takes=1, seed=2)
    assert server.forms[-1]["seed"] == "2"


def test_more_like_this_with_a_window(dancer: bpy.types.Object, server: FakeServer) -> None:
    """As the timer does it: fitted in a thread, one undo step for all takes."""
    ops.generate()
    bpy.ops.ed.undo_push(message="before")
    before = dump()
    session.begin(alike_task(bpy.context.scene, dancer, "", 5, 2))
    run_task()
    assert session.error is None
    assert names(dancer) == ["Take 1", "Take 2, like 1"]  # the first one was there
    assert "2 takes were made: flip through them." in session.notes
    bpy.ops.ed.undo()
    assert dump() == before
    assert 5 in session.seeds  # so it will not be offered again


def test_more_like_this_says_what_is_missing(taken: bpy.types.Object, server: FakeServer) -> None:
    with pytest.raises(RuntimeError, match="its choreography is not known"):
        ops.more_like_this()
    ops.generate()
    bpy.data.batch_remove(bpy.data.actions[:])
    del taken["kpop_choreo"]
    bpy.context.scene.kpop_choreo.song = ""
    with pytest.raises(RuntimeError, match="is not there"):
        ops.more_like_this()


def test_an_open_seed_is_another_each_time(
    dancer: bpy.types.Object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = bpy.context.scene.kpop_choreo
    session.seeds.update((0, 5))
    seeds.renew_seed(settings, dancer)
    assert settings.seed == 0  # without a window nothing changes
    window = types.SimpleNamespace(app=types.SimpleNamespace(background=False))
    monkeypatch.setattr(seeds, "bpy", window)
    seeds.renew_seed(settings, dancer)
    assert settings.seed not in (0, 5)
    settings.seed = 4
    seeds.renew_seed(settings, dancer)
    assert settings.seed == 4  # as it was typed
    settings.n_takes = 2
    seeds.renew_seed(settings, dancer)
    assert settings.seed != 4  # the second would be 5
    settings.seed, settings.seed_lock = 5, True
    seeds.renew_seed(settings, dancer)
    assert settings.seed == 5


def test_a_minute_takes_less_than_300_kilobytes(dancer: bpy.types.Object, tmp_path: Path) -> None:
    """A dance in which every joint moves at every frame, noisier than those of the engine."""
    arrays = clip_arrays(seconds=60.0)
    quats = arrays["local_quats"].astype(float)
    quats += np.random.default_rng(0).normal(scale=0.003, size=quats.shape)
    quats /= np.linalg.norm(quats, axis=-1, keepdims=True)
    sizes = {}
    for compress in (False, True):
        sizes[compress, 0] = saved_size(tmp_path, compress)
    clip = write_clip(tmp_path / "long.npz", seconds=60.0, local_quats=quats.astype(np.float32))
    ops.apply_clip(filepath=str(clip))
    told = stored_size(dancer)
    dancer.animation_data_clear()
    bpy.data.batch_remove(bpy.data.actions[:])
    del dancer["kpop_choreo"]
    for compress in (False, True):
        grown = saved_size(tmp_path, compress) - sizes[compress, 0]
        assert 150_000 < grown < 300_000, (compress, grown)
    assert told == pytest.approx(saved_size(tmp_path, False) - sizes[False, 0], rel=0.05)


def saved_size(folder: Path, compress: bool) -> int:
    path = folder / "size.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=compress, copy=True)
    return path.stat().st_size
