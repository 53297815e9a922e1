"""Armatures in every state: each dances, or gives one clear sentence and nothing changes.

PYTHONPATH=. .venv-bpy-5.0/bin/python -m pytest tests/torture/blender/test_armatures.py
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from kpop_choreo_addon import jobs
from kpop_choreo_addon.generating import dance_task
from kpop_choreo_addon.session import session
from tests.blender.helpers import run_task, show_scene
from tests.blender.whole_file import Values, changes, whole_file
from tests.core.synthetic import write_clip

MANY_BONES = 10_000


@pytest.fixture
def short_clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "short.npz", seconds=0.5)


def mode(name: str) -> Callable[[Any], None]:
    def change(obj: Any) -> None:
        bpy.context.view_layer.objects.active = obj
        bpy.ops.object.mode_set(mode=name)

    return change


def scaled(*scale: float) -> Callable[[Any], None]:
    def change(obj: Any) -> None:
        obj.scale = scale

    return change


def elsewhere(obj: Any) -> None:
    """Only in another scene."""
    other = bpy.data.scenes.new("Other")
    other.collection.objects.link(obj)
    for collection in obj.users_collection:
        if collection != other.collection:
            collection.objects.unlink(obj)


def nowhere(obj: Any) -> None:
    for collection in obj.users_collection:
        collection.objects.unlink(obj)


def in_a_collection(obj: Any) -> Any:
    collection = bpy.data.collections.new("Cast")
    bpy.context.scene.collection.children.link(collection)
    collection.objects.link(obj)
    for other in obj.users_collection:
        if other != collection:
            other.objects.unlink(obj)
    return collection


def excluded(obj: Any) -> None:
    in_a_collection(obj)
    bpy.context.view_layer.layer_collection.children["Cast"].exclude = True


def collection_hidden(obj: Any) -> None:
    in_a_collection(obj).hide_viewport = True


def hidden(obj: Any) -> None:
    obj.hide_viewport = True
    obj.hide_render = True


def hidden_here(obj: Any) -> None:
    obj.hide_set(True)


def not_selectable(obj: Any) -> None:
    obj.hide_select = True
    obj.select_set(False)


def shared_data(obj: Any) -> None:
    """Two objects with one armature."""
    twin = obj.copy()
    bpy.context.scene.collection.objects.link(twin)


def shared_mesh(obj: Any) -> None:
    """The dancer's mesh is bent by a second armature too."""
    twin = obj.copy()
    twin.data = obj.data.copy()
    bpy.context.scene.collection.objects.link(twin)
    for mesh in [child for child in obj.children if child.type == "MESH"]:
        mesh.modifiers.new("Second", "ARMATURE").object = twin


def circle(obj: Any) -> None:
    for one, other in (("head", "pelvis"), ("pelvis", "head"), ("neck", "neck")):
        constraint = obj.pose.bones[one].constraints.new("COPY_ROTATION")
        constraint.target, constraint.subtarget = obj, other


def many_bones(obj: Any) -> None:
    mode("EDIT")(obj)
    parent = obj.data.edit_bones["head"]
    for number in range(MANY_BONES):
        bone = obj.data.edit_bones.new(f"hair{number}")
        bone.head, bone.tail = (0.01 * number, 0.0, 2.0), (0.01 * number, 0.0, 2.1)
        bone.parent = parent
    mode("OBJECT")(obj)


def no_bones(obj: Any) -> None:
    mode("EDIT")(obj)
    for bone in list(obj.data.edit_bones):
        obj.data.edit_bones.remove(bone)
    mode("OBJECT")(obj)


def nan_object(obj: Any) -> None:
    obj.location = (math.nan, math.inf, 0.0)


def nan_parent(obj: Any) -> None:
    parent = bpy.data.objects.new("Parent", None)
    bpy.context.scene.collection.objects.link(parent)
    obj.parent = parent
    parent.scale = (math.nan, 0.0, 1.0)


def nan_pose(obj: Any) -> None:
    for bone in obj.pose.bones:
        bone.rotation_quaternion = (math.nan,) * 4
        bone.location.x = math.inf


def renamed(obj: Any) -> None:
    obj.name, obj.data.name = "미나 🎵" + "x" * 40, 'a"b\\c'


def rest_position(obj: Any) -> None:
    obj.data.pose_position = "REST"


def locked(obj: Any) -> None:
    for bone in obj.pose.bones:
        bone.lock_location = bone.lock_rotation = bone.lock_scale = (True,) * 3


STATES: dict[str, Callable[[Any], None]] = {
    "as it is": lambda obj: None,
    "edit mode": mode("EDIT"),
    "pose mode": mode("POSE"),
    "zero scale": scaled(0.0, 0.0, 0.0),
    "flat": scaled(1.0, 1.0, 0.0),
    "negative scale": scaled(-1.0, -1.0, -1.0),
    "mirrored": scaled(-1.0, 1.0, 1.0),
    "huge": scaled(1000.0, 1000.0, 1000.0),
    "tiny": scaled(1e-4, 1e-4, 1e-4),
    "uneven": scaled(1e-6, 1e6, 1.0),
    "nan scale": scaled(math.nan, 1.0, 1.0),
    "in another scene": elsewhere,
    "in no scene": nowhere,
    "in an excluded collection": excluded,
    "in a hidden collection": collection_hidden,
    "hidden": hidden,
    "hidden in this view layer": hidden_here,
    "not selectable": not_selectable,
    "shared armature data": shared_data,
    "two armatures with one mesh": shared_mesh,
    "constraints in a circle": circle,
    "no bones": no_bones,
    "ten thousand bones": many_bones,
    "nowhere to be found": nan_object,
    "a parent that is nowhere": nan_parent,
    "a pose of no numbers": nan_pose,
    "odd names": renamed,
    "rest position": rest_position,
    "every channel locked": locked,
}
REFUSED = {"edit mode", "no bones"}
"""States in which nobody can dance."""


def finite(obj: Any) -> bool:
    from tests.blender.helpers import curves, key_values

    return all(np.isfinite(key_values(c.keyframe_points, "co", 2)).all() for c in curves(obj))


def apply(clip: Path, target: str) -> str:
    """Why ``target`` does not dance ``clip``; empty when it does."""
    try:
        bpy.ops.kpop_choreo.apply_clip("EXEC_DEFAULT", True, filepath=str(clip), target=target)
    except RuntimeError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("state", STATES)
def test_every_state(dancer: bpy.types.Object, short_clip: Path, state: str) -> None:
    STATES[state](dancer)
    bpy.ops.ed.undo_push(message=state)
    before = whole_file()
    name = dancer.name
    refused = apply(short_clip, name)
    assert "Traceback" not in refused
    if not refused:
        assert state not in REFUSED
        assert finite(bpy.data.objects[name])
        bpy.ops.ed.undo()
    elif session.error is not None:  # a poll that says no has its own words
        assert session.error.message
        assert session.error.remedy
        assert session.error.code != "internal"
    assert changes(before, whole_file()) == []


@pytest.fixture
def library(dancer: bpy.types.Object, tmp_path: Path) -> Path:
    """A file with the dancer in it; the scene is empty again."""
    in_a_collection(dancer)
    for mesh in dancer.children:
        if mesh.name not in bpy.data.collections["Cast"].objects:
            bpy.data.collections["Cast"].objects.link(mesh)
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_empty=True)
    return path


def linked(path: Path) -> Any:
    with bpy.data.libraries.load(str(path), link=True) as (_, here):
        here.collections = ["Cast"]
    return here.collections[0]


def test_linked(library: Path, short_clip: Path) -> None:
    collection = linked(library)
    bpy.context.scene.collection.children.link(collection)
    before = whole_file()
    (name,) = (o.name_full for o in bpy.data.objects if o.type == "ARMATURE")
    assert "is linked from another file" in apply(short_clip, name)
    assert changes(before, whole_file()) == []


def test_a_library_that_is_gone(library: Path, short_clip: Path) -> None:
    collection = linked(library)
    bpy.context.scene.collection.children.link(collection)
    collection.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
    path = library.with_name("user.blend")
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    library.unlink()
    bpy.ops.wm.open_mainfile(filepath=str(path))
    before = whole_file()
    found = [o.name_full for o in bpy.data.objects if "Dancer" in o.name]
    assert found
    for name in found:
        refused = apply(short_clip, name)
        assert refused
        assert "Traceback" not in refused
    assert changes(before, whole_file()) == []


def deleted(scene: Any, obj: Any) -> None:
    bpy.data.objects.remove(obj)


def data_deleted(scene: Any, obj: Any) -> None:
    bpy.data.armatures.remove(obj.data)


def undone(scene: Any, obj: Any) -> None:
    bpy.ops.ed.undo_push(message="more")
    bpy.ops.ed.undo()


def scene_deleted(scene: Any, obj: Any) -> None:
    other = bpy.data.scenes.new("Other")
    show_scene(other)
    bpy.data.scenes.remove(scene)


def scene_switched(scene: Any, obj: Any) -> None:
    show_scene(bpy.data.scenes.new("Other"))


def moved_to_edit(scene: Any, obj: Any) -> None:
    mode("EDIT")(obj)


def bones_renamed(scene: Any, obj: Any) -> None:
    for number, bone in enumerate(obj.data.bones):
        bone.name = f"b{number}"


def made_nan(scene: Any, obj: Any) -> None:
    obj.scale = (math.nan,) * 3


def unlinked(scene: Any, obj: Any) -> None:
    nowhere(obj)


def given_other_data(scene: Any, obj: Any) -> None:
    obj.data = bpy.data.armatures.new("Bare")


def in_a_new_file(scene: Any, obj: Any) -> None:
    bpy.ops.wm.read_homefile(use_empty=True)


MEANWHILE = (
    deleted,
    data_deleted,
    undone,
    scene_deleted,
    scene_switched,
    moved_to_edit,
    bones_renamed,
    made_nan,
    unlinked,
    given_other_data,
    in_a_new_file,
)


@pytest.mark.usefixtures("fake_engine")
@pytest.mark.parametrize("stage", ["making", "fitted"])
@pytest.mark.parametrize("change", MEANWHILE, ids=lambda change: change.__name__)
def test_changed_while_a_dance_is_made(
    dancer: bpy.types.Object,
    song: Path,
    change: Callable[[Any, Any], None],
    stage: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = bpy.context.scene
    bpy.ops.ed.undo_push(message="before")
    task = dance_task(scene, dancer, song, scene.kpop_choreo.parameters())
    session.begin(task)
    if stage == "fitted":
        await_fitting()
    change(scene, dancer)
    before = whole_file()
    settle_task()
    if session.error is not None:
        assert session.error.code not in ("internal", "apply_failed")
        assert session.error.remedy
        assert same(before)
    assert session.task is None


def same(before: Values) -> bool:
    assert changes(before, whole_file()) == []
    return True


def await_fitting() -> None:
    """Goes on until the keys are ready, and does not write them yet."""
    deadline = time.monotonic() + 120
    while session.task is None or not session.task.takes or session.task.running:
        assert time.monotonic() < deadline
        if session.task is None or not session.task.takes:
            assert jobs.tick() is not None
        time.sleep(0.02)


def settle_task() -> None:
    """Lets it end; a dance that waits for the user to leave Edit Mode is cancelled."""
    deadline = time.monotonic() + 120
    while jobs.tick() is not None:
        assert time.monotonic() < deadline, "the task did not end"
        if session.task is not None and session.task.waiting:
            bpy.ops.kpop_choreo.cancel()
            run_task()
            return
        time.sleep(0.02)
