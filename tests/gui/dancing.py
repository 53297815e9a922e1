"""Steps: the installed add-on, our dancer, the song, a dance, undo and redo."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

import bpy
import numpy as np
from looks import (
    ADDON,
    FRAMES,
    SONG,
    TRUTH,
    addon,
    apart,
    blocks,
    dance,
    idle,
    keys,
    remembered,
    require_no_error,
    settings,
    strips,
)
from window import SETTLE, Window

SECONDS = 12.0
"""How much of the song is danced."""


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
    window.look()
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
    remembered["there"] = blocks()
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
    workspace = bpy.context.window_manager.windows[0].workspace
    assert getattr(workspace, "sequencer_scene", scene) == scene  # Blender 5 shows no other
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
    assert blocks() == remembered["there"]
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
