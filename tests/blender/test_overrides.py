"""Linked characters: refused with an offer, and kept by save and reload once they are overrides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from kpop_choreo_addon import panels
from kpop_choreo_addon.core.body import JOINTS
from tests.blender.helpers import drawn, dump, posed_heads, set_frame


@pytest.fixture
def library(dancer: bpy.types.Object, tmp_path: Path) -> Path:
    """A file with our dancer in a collection."""
    character = bpy.data.collections.new("Character")
    for obj in (dancer, *dancer.children):
        character.objects.link(obj)
    bpy.data.libraries.write(str(tmp_path / "library.blend"), {character})
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return tmp_path / "library.blend"


def link(library: Path, kind: str) -> bpy.types.Object:
    """Links the dancer as an object or as an instance of its collection; returns it."""
    import addon_utils

    addon_utils.enable("kpop_choreo_addon", default_set=True)
    scene = bpy.context.scene
    with bpy.data.libraries.load(str(library), link=True) as (_, here):
        if kind == "object":
            here.objects = ["Dancer"]
        else:
            here.collections = ["Character"]
    if kind == "object":
        (linked,) = here.objects
        scene.collection.objects.link(linked)
    else:
        (collection,) = here.collections
        empty = bpy.data.objects.new("Instance", None)
        empty.instance_type, empty.instance_collection = "COLLECTION", collection
        empty.location = (3.0, 0.0, 0.0)
        scene.collection.objects.link(empty)
        linked = next(obj for obj in collection.all_objects if obj.type == "ARMATURE")
    bpy.context.view_layer.update()
    scene.kpop_choreo.target = linked
    return linked


@pytest.mark.parametrize(("place", "travel"), [("NEW", "hips"), ("STRIP", "root")])
@pytest.mark.parametrize("kind", ["object", "instance"])
def test_an_override_dances_and_keeps_its_action(
    library: Path, clip_file: Path, tmp_path: Path, kind: str, place: str, travel: str
) -> None:
    from kpop_choreo_addon.session import session

    linked = link(library, kind)
    scene = bpy.context.scene
    before = dump()
    with pytest.raises(RuntimeError):
        bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    assert dump() == before
    assert session.error.code == "target_linked"
    assert "Make Library Override" in session.error.remedy
    assert bpy.ops.kpop_choreo.make_override() == {"FINISHED"}
    assert session.error is None
    made = scene.kpop_choreo.target
    assert made.override_library.reference == linked
    assert made.name in scene.objects
    assert linked not in set(scene.objects)
    assert made.matrix_world.translation.x == pytest.approx(3.0 if kind == "instance" else 0.0)
    scene.kpop_choreo.place, scene.kpop_choreo.root_motion = place, travel
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    set_frame(40)
    dancing = posed_heads(made, list(JOINTS))
    blend = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=blend)
    bpy.ops.wm.open_mainfile(filepath=blend)
    made = bpy.context.scene.kpop_choreo.target
    assert made.override_library is not None
    if place == "NEW":
        action = made.animation_data.action
    else:
        (track,) = made.animation_data.nla_tracks
        action = track.strips[0].action
    assert action.name == "song hip-hop 7"
    assert action["kpop_choreo"]
    set_frame(1)
    assert np.abs(posed_heads(made, list(JOINTS)) - dancing).max() > 0.05
    set_frame(40)
    assert np.abs(posed_heads(made, list(JOINTS)) - dancing).max() < 1e-4


def test_takes_live_on_an_override(library: Path, clip_file: Path, tmp_path: Path) -> None:
    from kpop_choreo_addon.scene.takes import stored_take, takes_of
    from tests.core.synthetic import write_clip

    link(library, "object")
    ops = bpy.ops.kpop_choreo
    ops.make_override()
    other = write_clip(clip_file.with_name("other.npz"), seconds=3.0)
    files = [{"name": file.name} for file in (clip_file, other)]
    ops.apply_clip(filepath=str(clip_file), directory=str(clip_file.parent), files=files)
    made = bpy.context.scene.kpop_choreo.target
    first, second = takes_of(made).takes
    ops.rename_take(take=second.uid, name="Chorus")
    ops.keep_take(take=second.uid)
    told, stored = takes_of(made), stored_take(made, second.uid).clip
    blend = str(tmp_path / "saved.blend")
    for gone in (first, None):  # what is changed after the first reload is kept as well
        bpy.ops.wm.save_as_mainfile(filepath=blend)
        bpy.ops.wm.open_mainfile(filepath=blend)
        made = bpy.context.scene.kpop_choreo.target
        assert made.override_library is not None
        assert takes_of(made) == told
        np.testing.assert_array_equal(
            stored_take(made, second.uid).clip.local_quats, stored.local_quats
        )
        if gone is not None:
            ops.discard_take(take=gone.uid)
            told = takes_of(made)
    assert [take.name for take in told.takes] == ["Chorus"]
    assert made.animation_data.action["kpop_choreo"]


def test_a_system_override_becomes_editable(library: Path, clip_file: Path) -> None:
    linked = link(library, "object")
    scene = bpy.context.scene
    made = linked.override_hierarchy_create(scene, bpy.context.view_layer)
    assert made.override_library.is_system_override
    scene.kpop_choreo.target = made
    with pytest.raises(RuntimeError, match="Make Library Override"):
        bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    bpy.ops.kpop_choreo.make_override()
    assert scene.kpop_choreo.target == made
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    assert made.animation_data.action


def test_the_offer_is_one_undo_step(library: Path) -> None:
    link(library, "object")
    bpy.ops.ed.undo_push(message="before")
    before = local_dump()
    bpy.ops.kpop_choreo.make_override("EXEC_DEFAULT", True)
    assert local_dump() != before
    bpy.ops.ed.undo()
    bpy.context.view_layer.update()
    assert local_dump() == before


def local_dump() -> dict[str, Any]:
    """Without poses of linked objects, which Blender may not have built again after an undo."""
    found = dump()
    found["objects"] = {k: v for k, v in found["objects"].items() if not k.endswith("]")}
    return found


def test_there_is_nothing_to_override_on_local_data(dancer: bpy.types.Object) -> None:
    with pytest.raises(RuntimeError, match="Choose a linked armature"):
        bpy.ops.kpop_choreo.make_override()


def test_the_panel_offers_it(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "wrapped", lambda layout, text, icon="": layout.label(text=text))
    link(library, "object")
    assert "kpop_choreo.make_override" in drawn(panels.KPOPCHOREO_PT_target)
    bpy.ops.kpop_choreo.make_override()
    shown = drawn(panels.KPOPCHOREO_PT_target)
    assert "kpop_choreo.make_override" not in shown
    assert "tolerance_mm" not in drawn(panels.KPOPCHOREO_PT_fitting)
    bpy.context.scene.kpop_choreo.key_mode = "REDUCED"
    assert "tolerance_mm" in drawn(panels.KPOPCHOREO_PT_fitting)
