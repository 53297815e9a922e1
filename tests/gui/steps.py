"""What ``make test-gui`` does inside a Blender with a window; tools/test_gui.py starts it.

Every step looks at evaluated bones and at data-blocks. The add-on is the installed extension.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

sys.path.insert(0, str(Path(__file__).parent))
from looks import (
    ADDON,
    FOLDER,
    FRAMES,
    RIGS,
    SONG,
    TRUTH,
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
    remembered,
    require_no_error,
    settings,
    strips,
)
from window import SETTLE, Window

SECONDS = 12.0
"""How much of the song is danced."""


def look_at_dancers(window: Window, distance: float = 3.2, x: float = 0.0) -> None:
    view = window.area.spaces.active.region_3d
    view.view_perspective = "PERSP"
    view.view_location = (x, 0.0, 0.85)
    view.view_distance = distance
    view.view_rotation = Vector((0.2, 1.0, -0.12)).to_track_quat("-Z", "Y")


def installed(window: Window) -> Iterator[float]:
    """The zip is installed, its wheels fit this Python, and the panel is there."""
    bpy.ops.wm.read_homefile(use_empty=True, load_ui=False, use_factory_startup=True)
    yield SETTLE
    assert not bpy.app.background
    assert not bpy.app.online_access
    assert ADDON in bpy.context.preferences.addons, "the extension is not enabled"
    problem = addon("session").session.bundled_problem
    assert problem is None, f"{problem.message} {problem.remedy}"
    window.figures["python"] = sys.version.split()[0]
    window.figures["numpy"] = np.__version__
    window.area.spaces.active.overlay.show_relationship_lines = False
    yield from window.sidebar()
    yield from window.picture("panel_of_an_empty_scene")


def dancer_added(window: Window) -> Iterator[float]:
    """Add Dancer makes an armature with a skinned mesh, recognised in full."""
    with window.context():
        bpy.ops.kpop_choreo.add_dancer("EXEC_DEFAULT", True)
    target = settings().target
    assert target is not None
    match = addon("scene.recognition").recognise(target)
    assert match.usable
    assert len(match.bones) == 22
    look_at_dancers(window)
    yield from window.picture("dancer")


def song_heard(window: Window) -> Iterator[float]:
    """Analyze Song starts the bundled engine, which hears tempo and beats of the demo song."""
    settings().song = str(SONG)
    with window.context():
        assert bpy.ops.kpop_choreo.analyze("INVOKE_DEFAULT", True) == {"FINISHED"}
    yield from window.until(idle)
    require_no_error()
    heard = addon("session").session.analysis
    beats = np.array(heard["beats"])
    off = [float(np.abs(beats - beat).min()) for beat in TRUTH["beats"]]
    window.figures |= {"tempo": heard["tempo"], "within_70_ms": np.mean(np.array(off) < 0.07)}
    assert abs(heard["tempo"] - TRUTH["bpm"]) < 1.0
    assert window.figures["within_70_ms"] > 0.9
    process = addon("session").session.host.process
    assert process.alive
    assert str(process.command.paths[0]).endswith("extensions/user_default/kpop_choreo")
    yield from window.picture("song")


def _choose(window: Window) -> None:
    """What is danced in this script."""
    chosen = settings()
    chosen.prompt, chosen.seed = "fierce girl-crush, sharp arms", 3
    chosen.use_range, chosen.range_start, chosen.range_end = True, 0.0, SECONDS
    chosen.set_frame_end = True
    bpy.ops.ed.undo_push(message="Settings")
    window.scroll(1160)


def cancelled(window: Window) -> Iterator[float]:
    """Cancel stops a dance within two seconds and leaves the scene as it is."""
    _choose(window)
    there = blocks()
    with window.context():
        bpy.ops.kpop_choreo.generate("INVOKE_DEFAULT", True)
    yield 2.0
    assert not idle()
    with window.context():
        bpy.ops.kpop_choreo.cancel("INVOKE_DEFAULT")
    began = time.monotonic()
    yield from window.until(idle)
    window.figures["seconds"] = time.monotonic() - began
    assert window.figures["seconds"] < 2.0
    require_no_error()
    assert blocks() == there
    assert addon("session").session.host.process.alive


def dance_generated(window: Window) -> Iterator[float]:
    """Generate Dance makes 12 s with the shipped model: keys, markers, sound, a moving body."""
    with window.context():
        assert bpy.ops.kpop_choreo.generate("INVOKE_DEFAULT", True) == {"FINISHED"}
    yield 3.0
    assert not idle()
    yield from window.picture("progress")
    yield from window.until(idle)
    require_no_error()
    scene, action = bpy.context.scene, bpy.data.objects["Dancer"].animation_data.action
    last = 1 + SECONDS * scene.render.fps
    assert abs(action.frame_range[1] - last) < 6
    assert abs(scene.frame_end - last) < 6
    assert [s.type for s in strips()] == ["SOUND"]
    assert sum(".1" in marker.name for marker in scene.timeline_markers) >= 5
    record = bpy.data.objects["Dancer"]["kpop_choreo"]
    window.figures |= {"keys": keys(action), "markers": len(scene.timeline_markers)}
    window.figures["provenance"] = json.loads(record)["model"]
    moved = dance("Dancer")
    travel = max((a["left_wrist"] - b["left_wrist"]).length for a in moved for b in moved)
    lowest = min(place.z for joints in moved for place in joints.values())
    heights = [joints["head"].z for joints in moved]
    window.figures |= {"wrist_travel_m": travel, "lowest_m": lowest, "head_m": heights}
    assert travel > 0.15, "the dancer hardly moves"
    assert lowest > -0.03, "the dancer is in the floor"
    assert min(heights) > 0.8, "the dancer lies"
    remembered["before"] = moved
    scene.frame_set(FRAMES[1])
    window.scroll(0)
    yield from window.picture("dance")
    window.scroll(520)
    yield from window.picture("dance_sidebar_further_down")
    window.scroll(2000)
    yield from window.picture("dance_sidebar_end")


def undone_and_redone(window: Window) -> Iterator[float]:
    """Control Z takes the whole dance back in one step, and Control Shift Z brings it again."""
    window.press("Z", ctrl=True)
    yield 2.0
    target = bpy.data.objects["Dancer"]
    assert target.animation_data is None or target.animation_data.action is None
    assert not strips()
    assert not bpy.context.scene.timeline_markers
    assert settings().song == str(SONG), "undo took more than the dance"
    yield from window.picture("undone")
    window.press("Z", ctrl=True, shift=True)
    yield 2.0
    assert [s.type for s in strips()] == ["SOUND"]
    difference = apart(dance("Dancer"), remembered["before"])
    window.figures["apart_m"] = difference
    assert difference < 1e-5
    bpy.context.scene.frame_set(FRAMES[1])
    yield from window.picture("redone")


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
    look_at_dancers(window, 4.2, rig["aside"] / 2)
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
    look_at_dancers(window, 5.4, 0.5)
    yield from window.picture("nameless")


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
    look_at_dancers(window, 5.4, 0.5)
    yield from window.picture("reloaded")
    screen = bpy.context.window_manager.windows[0].screen
    for was, editor in (("OUTLINER", "NLA_EDITOR"), ("PROPERTIES", "SEQUENCE_EDITOR")):
        next(area for area in screen.areas if area.type == was).type = editor
    yield from window.picture("strips_and_markers")


def engine_stopped(window: Window) -> Iterator[float]:
    """The engine ends with the add-on."""
    process = addon("session").session.host.process
    assert process.alive
    bpy.ops.preferences.addon_disable(module=ADDON)
    yield SETTLE
    assert not process.alive
    assert not hasattr(bpy.types.Scene, "kpop_choreo")


bpy.context.preferences.view.show_splash = False
Window(FOLDER).run(
    (
        installed,
        dancer_added,
        song_heard,
        cancelled,
        dance_generated,
        undone_and_redone,
        mixamo_dances_on_a_strip,
        nameless_dances_on_its_root,
        exported,
        reloaded,
        engine_stopped,
    )
)
