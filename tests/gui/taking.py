"""Steps: the dance on other rigs, in other programs' files, and in a saved file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from looks import (
    ADDON,
    FOLDER,
    FRAMES,
    RIGS,
    SONG,
    addon,
    apart,
    blocks,
    build_rig,
    curves,
    dance,
    idle,
    keys,
    limb_angles,
    places,
    require_no_error,
    settings,
    strips,
)
from mathutils import Vector
from window import SETTLE, Window


def _lay_take(window: Window, rig: dict[str, Any], **chosen: Any) -> Iterator[float]:
    """Builds a rig and lays the take on it that the dancer dances."""
    build_rig(rig)
    settings().target = bpy.data.objects[rig["name"]]
    for name, value in chosen.items():
        setattr(settings(), name, value)
    match = addon("scene.recognition").recognise(settings().target)
    window.figures |= {"system": match.system, "summary": match.summary}
    assert match.usable, match.summary
    take = max(addon("ids").takes_folder().glob("*.npz"), key=lambda path: path.stat().st_mtime)
    bpy.ops.ed.undo_push(message="Settings")
    with window.context():
        bpy.ops.kpop_choreo.open_clip("EXEC_DEFAULT", True, filepath=str(take), song=str(SONG))
    yield from window.until(idle)
    require_no_error()
    angles = limb_angles(rig["name"])
    window.figures |= {"limbs_median": float(np.median(angles)), "limbs_max": float(angles.max())}
    assert np.median(angles) < 1.0
    assert angles.max() < 3.0
    bpy.context.scene.frame_set(FRAMES[1])


def mixamo_dances_on_a_strip(window: Window) -> Iterator[float]:
    """A Mixamo rig in centimetres, Y up, takes the dance as an NLA strip with reduced keys."""
    rig = RIGS["mixamo"]
    yield from _lay_take(window, rig, place="STRIP", key_mode="REDUCED")
    animation = bpy.data.objects[rig["name"]].animation_data
    assert animation.action is None
    (track,) = [t for t in animation.nla_tracks if t.strips]
    action = track.strips[0].action
    every = keys(bpy.data.objects["Dancer"].animation_data.action)
    window.figures |= {"keys": keys(action), "keys_of_every_frame": every}
    assert keys(action) < 0.7 * every
    window.look(4.2, rig["aside"] / 2)
    window.scroll(800)
    yield from window.picture("mixamo")


def nameless_dances_on_its_root(window: Window) -> Iterator[float]:
    """Unreal's skeleton without names is known by its shape; the root bone carries its way."""
    rig = RIGS["nameless"]
    options = {"place": "NEW", "key_mode": "EVERY", "root_motion": "root"}
    yield from _lay_take(window, rig, **options)
    action = bpy.data.objects[rig["name"]].animation_data.action
    root = f'pose.bones["{rig["root"]}"].location'
    ways = [curve for curve in curves(action) if curve.data_path == root]
    assert ways, "the root bone has no keys"
    spread = max(float(np.ptp([k.co[1] for k in curve.keyframe_points])) for curve in ways)
    window.figures["root_travel"] = spread * rig["object_scale"]
    assert spread > 0.0
    window.look(5.4, 0.5)
    yield from window.picture("nameless")


def bones_chosen(window: Window) -> Iterator[float]:
    """The mapping editor fills in what was recognised, takes a change, and forgets it."""
    target = bpy.data.objects[RIGS["nameless"]["name"]]
    recognition = addon("scene.recognition")
    known = dict(recognition.recognise(target).bones)
    with window.context():
        bpy.ops.kpop_choreo.fill_bones("EXEC_DEFAULT", True)
    assert dict(recognition.recognise(target).bones) == known
    setattr(target, recognition.property_of("left_knee"), "")
    assert "left_knee" not in recognition.recognise(target).bones
    yield SETTLE
    with window.context():
        bpy.ops.kpop_choreo.clear_bones("EXEC_DEFAULT", True)
    assert dict(recognition.recognise(target).bones) == known
    yield SETTLE


def exported(window: Window) -> Iterator[float]:
    """FBX and glTF with the song, read again by Blender: joints where they were."""
    settings().target = bpy.data.objects["Dancer"]
    danced = dance("Dancer")
    for preset, suffix in (("UNITY", ".fbx"), ("GODOT", ".glb")):
        path, there = FOLDER / f"dance_{preset.lower()}{suffix}", blocks()
        with window.context():
            bpy.ops.kpop_choreo.export_fbx("EXEC_DEFAULT", filepath=str(path), preset=preset)
        assert blocks() == there, "the export left something behind"
        assert path.stat().st_size > 50_000
        assert path.with_suffix(".json").is_file()
        assert path.with_suffix(SONG.suffix).is_file()
        with window.context():
            again = _read_again(path, list(danced[0]))
        window.figures[preset] = {"apart_mm": 1000 * apart(danced, again)}
        assert apart(danced, again) < 1e-3
        yield SETTLE
    yield from window.picture("after_export")


def _read_again(path: Path, joints: list[str]) -> list[dict[str, Vector]]:
    """Joints at FRAMES in an exported file, as Blender imports it; the import goes again."""
    objects, collections = set(bpy.data.objects), set(bpy.data.collections)
    end = bpy.context.scene.frame_end
    if path.suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(path), anim_offset=0.0)
    else:
        bpy.ops.import_scene.gltf(filepath=str(path))
    bpy.context.scene.frame_end = end
    made = [obj for obj in bpy.data.objects if obj not in objects]
    (armature,) = [obj for obj in made if obj.type == "ARMATURE"]
    assert armature.animation_data.action.frame_range[0] == 0.0
    bones = {joint: joint for joint in joints}
    read = [places(armature.name, frame - 1, bones) for frame in FRAMES]
    for obj in made:
        bpy.data.objects.remove(obj)
    for collection in set(bpy.data.collections) - collections:
        bpy.data.collections.remove(collection)
    bpy.data.orphans_purge(do_recursive=True)
    return read


def reloaded(window: Window) -> Iterator[float]:
    """The file is saved and opened again: dances, strip, markers and sound are all there."""
    names = ("Dancer", RIGS["mixamo"]["name"], RIGS["nameless"]["name"])
    before = {name: dance(name) for name in names}
    markers = sorted((m.name, m.frame) for m in bpy.context.scene.timeline_markers)
    path = FOLDER / "dances.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    yield SETTLE
    bpy.ops.wm.read_homefile(use_empty=True, load_ui=False, use_factory_startup=True)
    yield SETTLE
    assert "Dancer" not in bpy.data.objects
    bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False)
    yield SETTLE
    yield from window.sidebar()
    for name in names:
        difference = apart(before[name], dance(name))
        window.figures[name] = difference
        assert difference < 1e-5
    assert markers == sorted((m.name, m.frame) for m in bpy.context.scene.timeline_markers)
    assert [s.type for s in strips()] == ["SOUND"]
    assert settings().target == bpy.data.objects["Dancer"]
    bpy.context.scene.frame_set(FRAMES[2])
    window.look(5.4, 0.5)
    yield from window.picture("reloaded")
    yield from _editor(window, "NLA_EDITOR", bpy.ops.nla.view_all)
    workspace = bpy.context.window_manager.windows[0].workspace
    if hasattr(workspace, "sequencer_scene"):  # Blender 5; not loaded with the file here
        workspace.sequencer_scene = bpy.context.scene
    yield from _editor(window, "SEQUENCE_EDITOR", bpy.ops.sequencer.view_all)


def _editor(window: Window, kind: str, show_all: Callable[[], Any]) -> Iterator[float]:
    """A picture of another editor in the place of the 3D view."""
    area = window.area
    area.type = kind
    yield SETTLE
    region = next(r for r in area.regions if r.type == "WINDOW")
    owner = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=owner, area=area, region=region):
        show_all()
    yield from window.picture(kind.lower())
    area.type = "VIEW_3D"


def engine_stopped(window: Window) -> Iterator[float]:
    """The engine ends with the add-on."""
    process = addon("session").session.host.process
    assert process.alive
    bpy.ops.preferences.addon_disable(module=ADDON)
    yield SETTLE
    assert not process.alive
    assert not hasattr(bpy.types.Scene, "kpop_choreo")
