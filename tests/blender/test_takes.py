"""Takes on an armature: stored with it, shown one after the other, saved, appended, undone."""

from __future__ import annotations

import json
from pathlib import Path

import bpy
import numpy as np
import pytest

from kpop_choreo_addon.core.clip import read_clip
from kpop_choreo_addon.core.take_codec import rounded
from kpop_choreo_addon.scene.object_texts import UNREAD
from kpop_choreo_addon.scene.take_actions import take_of_action
from kpop_choreo_addon.scene.takes import (
    DANCES,
    LIST,
    stored_size,
    stored_take,
    takes_of,
    unread,
)
from kpop_choreo_addon.session import session
from tests.blender.helpers import dump, run_task
from tests.core.synthetic import write_clip


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    return [write_clip(tmp_path / f"{n}.npz", seconds=2.0 + n) for n in range(3)]


def apply(clips: list[Path]) -> None:
    bpy.ops.kpop_choreo.apply_clip(
        filepath=str(clips[0]),
        directory=str(clips[0].parent),
        files=[{"name": clip.name} for clip in clips],
    )


def test_several_clips_are_stored_and_the_first_is_danced(
    dancer: bpy.types.Object, clips: list[Path]
) -> None:
    apply(clips)
    takes = takes_of(dancer)
    assert [take.name for take in takes.takes] == ["Take 1", "Take 2", "Take 3"]
    assert takes.active == takes.takes[0].uid == take_of_action(dancer.animation_data.action)
    stored = stored_take(dancer, takes.takes[2].uid).clip
    np.testing.assert_array_equal(stored.local_quats, rounded(read_clip(clips[2])).local_quats)
    assert stored_size(dancer) < 300_000


def test_flipping_uses_the_action_that_is_there(
    dancer: bpy.types.Object, clips: list[Path]
) -> None:
    apply(clips)
    first, second, _ = takes_of(dancer).takes
    action = dancer.animation_data.action
    bpy.ops.kpop_choreo.choose_take(take=second.uid)
    other = dancer.animation_data.action
    assert take_of_action(other) == second.uid == takes_of(dancer).active
    assert other.frame_range[1] > action.frame_range[1]
    bpy.ops.kpop_choreo.choose_take(take=first.uid)
    assert dancer.animation_data.action == action
    assert len(bpy.data.actions) == 2


def test_flipping_away_keeps_an_action_with_keys_of_the_users(
    dancer: bpy.types.Object, clips: list[Path]
) -> None:
    apply(clips[:1])
    first = takes_of(dancer).active
    dancer.animation_data.action = None
    dancer.keyframe_insert("location", frame=500)
    own = dancer.animation_data.action
    bpy.context.scene.kpop_choreo.place = "CURRENT"
    apply(clips[1:2])
    assert take_of_action(own) == takes_of(dancer).active != first
    bpy.ops.kpop_choreo.choose_take(take=first)
    assert dancer.animation_data.action != own
    assert own.use_fake_user, "saving would lose the keys of the user's"


def test_flipping_strips_mutes_the_others(dancer: bpy.types.Object, clips: list[Path]) -> None:
    bpy.context.scene.kpop_choreo.place = "STRIP"
    apply(clips)
    first, second, _ = takes_of(dancer).takes
    bpy.ops.kpop_choreo.choose_take(take=second.uid)
    bpy.ops.kpop_choreo.choose_take(take=first.uid)
    strips = [strip for track in dancer.animation_data.nla_tracks for strip in track.strips]
    assert {take_of_action(s.action): s.mute for s in strips} == {
        first.uid: False,
        second.uid: True,
    }


def test_a_take_is_fitted_in_a_thread(
    dancer: bpy.types.Object, clips: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from kpop_choreo_addon.generating import showing_task

    apply(clips)
    second = takes_of(dancer).takes[1]
    bpy.ops.ed.undo_push(message="before")
    session.begin(showing_task(bpy.context.scene, dancer, second.uid))
    before = dump()
    run_task()
    assert session.error is None
    assert take_of_action(dancer.animation_data.action) == second.uid
    bpy.ops.ed.undo()
    assert takes_of(bpy.data.objects["Dancer"]).active != second.uid
    assert dump() == before


def test_takes_are_saved_and_appended_with_the_armature(
    dancer: bpy.types.Object, clips: list[Path], tmp_path: Path
) -> None:
    apply(clips)
    told = takes_of(dancer)
    clip = stored_take(dancer).clip
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert takes_of(bpy.data.objects["Dancer"]) == told
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(path) as (_, into):
        into.objects = ["Dancer"]
    appended = into.objects[0]
    appended.name = "Mina"
    assert takes_of(appended) == told
    np.testing.assert_array_equal(stored_take(appended).clip.local_quats, clip.local_quats)


def test_takes_that_cannot_be_read_stay_in_the_file(
    dancer: bpy.types.Object, clips: list[Path]
) -> None:
    apply(clips)
    told, dances = getattr(dancer, LIST), getattr(dancer, DANCES)
    assert not unread(dancer)
    setattr(dancer, LIST, "[damaged" + told)
    assert unread(dancer)
    apply(clips[:1])
    assert [take.name for take in takes_of(dancer).takes] == ["Take 1"]
    assert unread(dancer)
    assert json.loads(dancer[LIST + UNREAD]) == {LIST: "[damaged" + told, DANCES: dances}
    apply(clips[1:])
    assert json.loads(dancer[LIST + UNREAD])[DANCES] == dances  # the first is kept


def test_more_takes_than_anybody_makes_are_all_read(
    dancer: bpy.types.Object, clips: list[Path]
) -> None:
    apply(clips[:1])
    stored = json.loads(getattr(dancer, DANCES))
    (uid,) = stored
    setattr(dancer, DANCES, json.dumps(stored | {"other": "x" * (1 << 25)}))
    assert stored_take(dancer, uid).uid == uid


def test_a_take_that_is_none(dancer: bpy.types.Object) -> None:
    with pytest.raises(RuntimeError, match="no such take"):
        bpy.ops.kpop_choreo.show_take(take="nothing")
