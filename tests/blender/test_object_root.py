"""Armatures without a root bone whose object carries path and heading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from kpop_choreo_addon.core.clip import read_clip
from kpop_choreo_addon.core.inverse import BodyMotion
from kpop_choreo_addon.core.quaternions import multiply
from kpop_choreo_addon.scene.actions import fcurves_of
from kpop_choreo_addon.scene.game_skeleton import bake
from kpop_choreo_addon.scene.playing import private_scene
from tests.blender.helpers import (
    build_armature,
    curves,
    dump,
    posed_heads,
    set_frame,
)
from tests.core.rig_systems import make_system
from tests.core.synthetic import turn, write_clip

OWN = {"location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle"}
FRAMES = (1, 13, 17, 33.5, 40, 49)


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    """Two seconds along a bend, turning by a quarter circle."""
    plain = read_clip(write_clip(tmp_path / "plain.npz", seconds=2.0))
    along = np.linspace(0.0, 1.0, plain.frames)
    way = np.stack([1.5 * along, 0.0 * along, 0.8 * along**2], axis=-1)
    turned = plain.local_quats[0].copy()
    turned[:, 0] = multiply(turn("Y", 90.0 * along), turned[:, 0])
    return write_clip(
        tmp_path / "walk.npz",
        seconds=2.0,
        local_quats=turned[None].astype(np.float32),
        root_positions=(plain.root_positions + way).astype(np.float32),
    )


def dance(clip: Path, mode: str, **settings: Any) -> list[str]:
    """Puts ``clip`` on the target; returns what was said."""
    from kpop_choreo_addon.session import session

    chosen = bpy.context.scene.kpop_choreo
    chosen.root_motion = mode
    for name, value in settings.items():
        setattr(chosen, name, value)
    assert bpy.ops.kpop_choreo.apply_clip("EXEC_DEFAULT", True, filepath=str(clip)) == {"FINISHED"}
    return list(session.notes)


def own_curves(obj: bpy.types.Object) -> dict[tuple[str, int], bpy.types.FCurve]:
    """The curves of the object's own channels."""
    return {(c.data_path, c.array_index): c for c in curves(obj) if c.data_path in OWN}


def danced(obj: bpy.types.Object) -> np.ndarray:
    """World places ``[F, J, 3]`` of all bones at some frames."""
    names = [bone.name for bone in obj.pose.bones]
    found = []
    for frame in FRAMES:
        set_frame(frame)
        found.append(posed_heads(obj, names))
    return np.array(found)


def close(places: np.ndarray, others: np.ndarray) -> None:
    """The same places, to 0.2 mm on a body of a metre."""
    np.testing.assert_allclose(places, others, atol=2e-4 * np.ptp(others[0], axis=0).max())


def hips_way(obj: bpy.types.Object) -> float:
    """How far the hips get from their parent, in armature units."""
    hips = obj.pose.bones["mixamorig:Hips"]
    found = []
    for frame in FRAMES:
        set_frame(frame)
        found.append(np.array(hips.location))
    return float(np.ptp(found, axis=0).max())


def stands(obj: bpy.types.Object) -> np.ndarray:
    return np.array(obj.matrix_basis)


def standing(system: str = "mixamo", **channels: Any) -> bpy.types.Object:
    """An armature of a system without a root bone, under Target."""
    obj = build_armature(make_system(system))
    for name, value in channels.items():
        setattr(obj, name, value)
    bpy.context.scene.kpop_choreo.target = obj
    bpy.context.view_layer.update()
    return obj


KINDS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "somewhere, Euler": {"location": (2.0, -1.0, 0.5), "rotation_euler": (0.1, -0.2, 1.0)},
    "in centimetres, quaternion": {
        "scale": (0.01, 0.01, 0.01),
        "rotation_mode": "QUATERNION",
        "rotation_quaternion": (0.8, 0.0, 0.0, 0.6),
    },
    "axis and angle": {
        "rotation_mode": "AXIS_ANGLE",
        "rotation_axis_angle": (0.7, 0.0, 0.0, 1.0),
        "location": (0.0, 3.0, 0.0),
    },
    "mirrored": {"scale": (-1.0, 1.0, 1.0), "rotation_euler": (0.0, 0.0, 0.4)},
    "tall": {"scale": (0.5, 0.7, 0.5), "rotation_mode": "ZYX"},
    "with deltas": {
        "delta_location": (1.0, 2.0, 3.0),
        "delta_rotation_euler": (0.3, 0.0, 0.5),
        "delta_scale": (2.0, 2.0, 2.0),
        "rotation_euler": (0.0, 0.2, 0.0),
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_dance_on_the_hips(kind: str, walk: Path, tmp_path: Path) -> None:
    """Every bone is in the world where it is with the hips travelling; the object travels."""
    obj = standing(**KINDS[kind])
    parent = bpy.data.objects.new("Parent", None)
    bpy.context.collection.objects.link(parent)
    parent.location, parent.rotation_euler = (2.0, 1.0, 0.5), (0.3, 0.2, 1.0)
    obj.parent = parent
    dance(walk, "hips")
    wanted, stood, way = danced(obj), stands(obj), hips_way(obj)
    assert not own_curves(obj)
    notes = dance(walk, "root")
    assert notes[1:] == [f"{obj.name} has no root bone above its hips, so the object travels."]
    close(danced(obj), wanted)
    assert len(own_curves(obj)) == 3 + len(getattr(obj, next(iter(_rotations(obj)))))
    assert hips_way(obj) < 0.4 * way
    assert np.linalg.norm(np.linalg.inv(stood) @ stands(obj) - np.eye(4)) > 1.0
    path = tmp_path / "back.npz"
    assert bpy.ops.kpop_choreo.save_clip(filepath=str(path)) == {"FINISHED"}
    back, clip = read_clip(path), read_clip(walk)
    places = [BodyMotion(c.local_quats[0], c.root_positions[0]).positions() for c in (back, clip)]
    if kind != "tall":
        np.testing.assert_allclose(places[0], places[1], atol=0.005)
    np.testing.assert_allclose(
        np.abs(np.sum(back.local_quats * clip.local_quats, axis=-1)), 1.0, atol=4e-5
    )


def _rotations(obj: bpy.types.Object) -> set[str]:
    return {path for path, _ in own_curves(obj)} - {"location"}


def test_the_next_dance_begins_where_the_object_stood(walk: Path) -> None:
    """Not where the dance before it had taken it; and one on the hips finds it there as well."""
    obj = standing(location=(1.0, 2.0, 0.0), rotation_euler=(0.0, 0.0, 0.5))
    stood = stands(obj)
    dance(walk, "root")
    first = danced(obj)
    set_frame(50)
    dance(walk, "root")
    close(danced(obj), first)
    set_frame(50)
    assert np.abs(stands(obj) - stood).max() > 0.3
    dance(walk, "hips")
    assert not own_curves(obj)
    np.testing.assert_allclose(stands(obj), stood, atol=1e-6)
    close(danced(obj), first)


def test_flipping_takes_puts_the_object_back(walk: Path) -> None:
    obj = standing(location=(1.0, 2.0, 0.0))
    stood = stands(obj)
    dance(walk, "hips")
    on_hips = obj.animation_data.action
    dance(walk, "root")
    set_frame(50)
    from kpop_choreo_addon.scene.take_actions import dance_action

    dance_action(obj, on_hips)
    np.testing.assert_allclose(stands(obj), stood, atol=1e-6)


def test_into_the_current_action(walk: Path) -> None:
    """What the object does outside the dance stays; a later dance on the hips holds it still."""
    obj = standing(rotation_mode="XYZ")
    for frame, x in ((-40, -2.0), (-20, 0.0)):
        obj.location.x = x
        obj.keyframe_insert("location", frame=frame)
    set_frame(-10)
    before = [_at(obj, frame) for frame in (-40, -33, -20, -5)]
    dance(walk, "hips", place="NEW")
    wanted = danced(obj)
    obj.animation_data.action = next(a for a in bpy.data.actions if len(_paths(a)) == 1)
    if hasattr(obj.animation_data, "action_slot"):
        obj.animation_data.action_slot = obj.animation_data.action.slots[0]
    set_frame(-10)
    dance(walk, "root", place="CURRENT")
    close(danced(obj), wanted)
    np.testing.assert_allclose(
        [_at(obj, frame) for frame in (-40, -33, -20, -5)], before, atol=1e-5
    )
    dance(walk, "hips", place="CURRENT")
    close(danced(obj), wanted)
    assert np.ptp([_at(obj, frame)[:3] for frame in FRAMES], axis=0).max() < 1e-5
    np.testing.assert_allclose(
        [_at(obj, frame) for frame in (-40, -33, -20, -5)], before, atol=1e-5
    )


def _paths(action: Any) -> set[str]:
    return {curve.data_path for curve in fcurves_of(action)}


def _at(obj: bpy.types.Object, frame: float) -> np.ndarray:
    set_frame(frame)
    return stands(obj)[:3].ravel()


def test_strips(walk: Path) -> None:
    obj = standing(location=(1.0, 0.0, 0.0))
    dance(walk, "hips", place="NEW")
    wanted = danced(obj)
    obj.animation_data.action = None
    dance(walk, "root", place="STRIP")
    assert obj.animation_data.action is None
    close(danced(obj), wanted)
    dance(walk, "hips", place="STRIP")
    close(danced(obj), wanted)


@pytest.mark.parametrize("kind", ["stretched", "driven"])
def test_an_object_that_cannot_turn_is_left_alone(kind: str, walk: Path) -> None:
    obj = standing()
    if kind == "stretched":
        obj.scale = (1.0, 1.0, 2.0)
    else:
        obj.driver_add("location", 0).driver.expression = "1.0"
    bpy.context.view_layer.update()
    notes = dance(walk, "root")
    assert "so the hips travel." in notes[1]
    assert not own_curves(obj)


def test_fewer_keys_keep_the_object_within_the_tolerance(walk: Path) -> None:
    obj = standing(scale=(0.01, 0.01, 0.01))
    dance(walk, "hips")
    wanted = danced(obj)
    dance(walk, "root", key_mode="REDUCED", millimetres=10.0, degrees=1.0)
    own = own_curves(obj)
    assert all(3 <= len(c.keyframe_points) < 40 for c in own.values())
    whole = [n for n, frame in enumerate(FRAMES) if frame == int(frame)]
    assert np.linalg.norm(danced(obj) - wanted, axis=-1)[whole].max() < 0.0101


def test_one_undo(walk: Path) -> None:
    name = standing(location=(1.0, 0.0, 0.0)).name
    bpy.ops.ed.undo_push(message="before")
    before = dump()
    dance(walk, "root")
    after = dump()
    bpy.ops.ed.undo()
    assert dump() == before
    bpy.ops.ed.redo()
    assert dump() == after
    assert "location" in {c.data_path for c in curves(bpy.data.objects[name])}


def test_saving_the_clip_leaves_the_object_where_it_is(walk: Path, tmp_path: Path) -> None:
    standing(location=(1.0, 0.0, 0.0))
    dance(walk, "root")
    set_frame(20)
    before = dump()
    bpy.ops.kpop_choreo.save_clip(filepath=str(tmp_path / "back.npz"))
    assert dump() == before


def test_exports_see_the_same_dance(walk: Path) -> None:
    obj = standing("dancer", rotation_euler=(0.0, 0.0, 0.7), location=(1.0, 0.0, 0.2))
    baked = []
    for mode in ("hips", "root"):
        dance(walk, mode)
        with private_scene(bpy.context, obj, 30, 1.0) as scene:
            rest = np.array([1.0, 0.0, 0.0, 0.0])
            baked.append(bake(scene, obj, np.array(FRAMES[:3]), True, rest))
    hips, root = (b.motion for b in baked)
    np.testing.assert_allclose(root.places, hips.places, atol=1e-4)
    np.testing.assert_allclose(np.abs(np.sum(root.rotations * hips.rotations, axis=-1)), 1.0)
    np.testing.assert_allclose(root.rest_places, hips.rest_places, atol=1e-4)
    assert baked[0].floor == pytest.approx(baked[1].floor)
