"""Takes, dances and settings survive what users do with a file: undo, copies, append, rename."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import bpy
import numpy as np
import pytest

from kpop_choreo_addon.generating import dance_task
from kpop_choreo_addon.preferences import get_preferences
from kpop_choreo_addon.scene.edited import is_edited
from kpop_choreo_addon.scene.evaluation import evaluated_graph
from kpop_choreo_addon.scene.records import RECORD
from kpop_choreo_addon.scene.take_actions import take_of_action
from kpop_choreo_addon.scene.takes import stored_take, takes_of
from kpop_choreo_addon.session import session
from tests.blender.helpers import curves, dump, run_task, show_scene
from tests.core.fake_server import FakeServer
from tests.core.synthetic import write_clip

TOKEN = "the-right-token-01"
STEPS = 30


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer(TOKEN, steps=1).start()
    chosen = get_preferences()
    chosen.engine, chosen.server_url, chosen.token = "SERVER", fake.url, TOKEN
    yield fake
    fake.stop()


def dancer_now() -> bpy.types.Object:
    """Python's hold on a data-block is lost with every undo."""
    return bpy.data.objects["Dancer"]


def generate(server: FakeServer, song: Path, clip: Path) -> None:
    server.clip = clip.read_bytes()
    scene = bpy.context.scene
    session.begin(dance_task(scene, dancer_now(), song, scene.kpop_choreo.parameters()))
    run_task()
    assert session.error is None


def flip(number: int) -> None:
    uid = takes_of(dancer_now()).takes[number].uid
    assert bpy.ops.kpop_choreo.choose_take("EXEC_DEFAULT", True, take=uid) == {"FINISHED"}


def edit() -> None:
    curves(dancer_now())[5].keyframe_points[3].co.y += 0.1
    bpy.ops.ed.undo_push(message="Edit")


def rate(fps: int) -> None:
    bpy.context.scene.render.fps = fps
    bpy.ops.ed.undo_push(message="Rate")


def retime() -> None:
    assert bpy.ops.kpop_choreo.retime("EXEC_DEFAULT", True) == {"FINISHED"}


def place(where: str) -> None:
    bpy.context.scene.kpop_choreo.place = where
    bpy.ops.ed.undo_push(message="Place")


def test_thirty_steps_back_and_forth(
    dancer: bpy.types.Object, server: FakeServer, song: Path, tmp_path: Path
) -> None:
    clips = [write_clip(tmp_path / f"{n}.npz", seconds=1.2 + 0.2 * n) for n in range(5)]
    made = [partial(generate, server, song, clip) for clip in clips]
    flips = [partial(flip, n) for n in range(5)]
    story: list[Callable[[], None]] = [made[0], edit, made[1], edit, flips[0], edit, flips[1]]
    story += [made[2], flips[0], edit, flips[1], flips[2], partial(rate, 30), retime, edit]
    story += [partial(place, "STRIP"), made[3], edit, partial(rate, 24), retime]
    story += [partial(place, "NEW"), made[4], edit, *(flips[n] for n in (0, 1, 2, 4)), edit]
    story += [partial(rate, 60), retime]
    assert len(story) == STEPS
    bpy.context.preferences.edit.undo_steps = 64
    bpy.ops.ed.undo_push(message="Start")
    states = [dump()]
    for step in story:
        step()
        states.append(dump())
    assert all(a != b for a, b in pairwise(states))
    for wanted in reversed(states[:-1]):
        bpy.ops.ed.undo()
        assert dump() == wanted
    for wanted in states[1:]:
        bpy.ops.ed.redo()
        assert dump() == wanted
    assert session.error is None


@pytest.fixture
def danced(dancer: bpy.types.Object, tmp_path: Path) -> bpy.types.Object:
    """A dancer with two takes of which the second was edited by hand."""
    for n in range(2):
        clip = write_clip(tmp_path / f"{n}.npz", seconds=2.0 + n)
        bpy.ops.kpop_choreo.apply_clip(filepath=str(clip))
    edit()
    return dancer_now()


def same_dance(one: bpy.types.Object, other: bpy.types.Object) -> bool:
    a, b = stored_take(one).clip, stored_take(other).clip
    return takes_of(one) == takes_of(other) and np.array_equal(a.local_quats, b.local_quats)


@pytest.mark.parametrize("kind", ["LINK_COPY", "FULL_COPY"])
def test_a_scene_that_was_duplicated(danced: bpy.types.Object, kind: str) -> None:
    original = bpy.context.scene
    original.kpop_choreo.prompt, original.kpop_choreo.place = "sharp arms", "STRIP"
    bpy.ops.scene.new(type=kind)
    copy = next(scene for scene in bpy.data.scenes if scene != original)
    assert copy.kpop_choreo.prompt == "sharp arms"
    assert copy.kpop_choreo.place == "STRIP"
    assert len(copy.timeline_markers) == len(original.timeline_markers)
    (other,) = [o for o in copy.objects if o.type == "ARMATURE"]
    assert same_dance(danced, other)
    assert (other == danced) == (kind == "LINK_COPY")
    assert copy.kpop_choreo.target == other
    assert is_edited(other.animation_data.action)
    if kind == "FULL_COPY":
        first = takes_of(other).takes[0].uid
        show_scene(copy)
        copy.kpop_choreo.target, copy.kpop_choreo.place = other, "NEW"
        bpy.ops.kpop_choreo.choose_take(take=first)
        assert take_of_action(other.animation_data.action) == first
        assert take_of_action(danced.animation_data.action) != first


@pytest.mark.parametrize("linked", [True, False])
def test_an_armature_that_was_duplicated(danced: bpy.types.Object, linked: bool) -> None:
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj == danced)
    bpy.context.view_layer.objects.active = danced
    bpy.ops.object.duplicate(linked=linked)
    other = bpy.context.view_layer.objects.active
    assert other != danced
    assert same_dance(danced, other)
    first, second = (take.uid for take in takes_of(other).takes)
    bpy.context.scene.kpop_choreo.target = other
    bpy.ops.kpop_choreo.choose_take(take=first)
    assert takes_of(danced).active == second == take_of_action(danced.animation_data.action)
    assert take_of_action(other.animation_data.action) == first
    assert is_edited(danced.animation_data.action)


def test_an_armature_that_was_appended_dances_on(danced: bpy.types.Object, tmp_path: Path) -> None:
    told = takes_of(danced)
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.append(directory=f"{path}/Object/", filename="Dancer")
    other = dancer_now()
    assert takes_of(other) == told
    action = other.animation_data.action
    assert take_of_action(action) == told.active
    assert is_edited(action)
    bpy.context.scene.kpop_choreo.target = other
    for uid in (told.takes[0].uid, told.active):
        bpy.ops.kpop_choreo.choose_take(take=uid)
        assert take_of_action(other.animation_data.action) == uid
    assert other.animation_data.action == action


def test_an_armature_that_was_renamed(danced: bpy.types.Object, tmp_path: Path) -> None:
    told = takes_of(danced)
    danced.name, danced.data.name = "미나", "Body"
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    other = bpy.data.objects["미나"]
    assert takes_of(other) == told
    assert bpy.context.scene.kpop_choreo.target == other
    bpy.ops.kpop_choreo.choose_take(take=told.takes[0].uid)
    assert json.loads(other.animation_data.action[RECORD])["take"] == told.takes[0].uid


def test_what_is_evaluated_belongs_to_the_file_that_is_open() -> None:
    assert bpy.context.layer_collection is not None  # Blender before 4.5 remembers its scene
    bpy.ops.wm.read_homefile(use_empty=True)
    assert evaluated_graph().id_data == bpy.context.scene
