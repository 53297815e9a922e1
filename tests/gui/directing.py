"""Steps: a song directed with the mouse, from nothing to a file for a game engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np
from looks import (
    FOLDER,
    SONG,
    addon,
    blocks,
    curves,
    idle,
    places,
    remembered,
    require_no_error,
    settings,
)
from mouse import Mouse
from window import SETTLE, Window

SECONDS = 16
PART = (3, 6)
"""Bars that are danced anew."""
UNDONE = 30
ABOVE = 20
"""Pixels from one row of the sidebar to the next."""


def _wait(window: Window) -> Iterator[float]:
    """Until what was begun is done, and no error is told."""
    yield SETTLE
    yield from window.until(idle)
    require_no_error()
    yield SETTLE


def _target() -> Any:
    return settings().target


def _keys() -> dict[tuple[str, int], np.ndarray]:
    """The value of every curve at every whole frame of the dance."""
    found = {}
    for curve in curves(_target().animation_data.action):
        last = int(curve.range()[1])
        values = [curve.evaluate(frame) for frame in range(1, last + 1)]
        found[curve.data_path, curve.array_index] = np.array(values)
    return found


def begun_with_the_mouse(window: Window) -> Iterator[float]:
    """Nothing but the sidebar: song, words, style, sliders, dancer, part of the song, Generate."""
    bpy.ops.wm.read_homefile(use_empty=True, load_ui=False, use_factory_startup=True)
    yield SETTLE
    mouse = Mouse(window)
    yield from window.sidebar()
    yield from mouse.fill(".song", str(SONG))
    assert settings().song == str(SONG)
    yield from mouse.click("kpop_choreo.analyze(")
    yield from _wait(window)
    yield from window.picture("mouse_song_heard")
    yield from mouse.fill(".prompt", "fierce, sharp arms")
    yield from mouse.fill(".energy", "0.9")
    assert settings().prompt == "fierce, sharp arms"
    assert abs(settings().energy - 0.9) < 1e-6
    yield from mouse.find(".style")
    mouse.event("WHEELDOWNMOUSE", ctrl=True)
    yield SETTLE
    assert settings().style != "none"
    yield from mouse.click("kpop_choreo.add_dancer(")
    assert _target() is not None
    yield from mouse.click(".use_range")
    yield from mouse.fill(".range_end", str(SECONDS))
    assert abs(settings().range_end - SECONDS) < 0.01
    yield from mouse.click("kpop_choreo.generate(")
    yield from _wait(window)
    assert _target().animation_data.action is not None
    window.look(4.0)
    yield from window.picture("mouse_first_dance")


def takes_compared(window: Window) -> Iterator[float]:
    """Two more takes at once; flipped through, one with its ghost, one kept, the rest discarded."""
    takes_of = addon("scene.takes").takes_of
    mouse = Mouse(window)
    yield from mouse.fill(".n_takes", "2")
    yield from mouse.click("kpop_choreo.generate(")
    yield from _wait(window)
    assert len(takes_of(_target()).takes) == 3
    first = takes_of(_target()).active
    yield from mouse.click("kpop_choreo.step_take(")
    yield from _wait(window)
    assert takes_of(_target()).active != first
    other = next(t.uid for t in takes_of(_target()).takes if t.uid != takes_of(_target()).active)
    yield from mouse.click(f'kpop_choreo.ghost_take(take="{other}"')
    assert addon("scene.ghosts").has_ghost(_target(), other)
    bpy.context.scene.frame_set(120)
    yield from window.picture("mouse_takes_with_a_ghost")
    yield from mouse.click("kpop_choreo.keep_take(")
    assert any(take.kept for take in takes_of(_target()).takes)


def bars_danced_anew(window: Window) -> Iterator[float]:
    """Four bars anew: every value of every curve outside them is the same to the last bit."""
    mouse = Mouse(window)
    before = _keys()
    yield from mouse.fill(".edit_first", str(PART[0]))
    yield from mouse.fill(".edit_last", str(PART[1]))
    yield from mouse.click("kpop_choreo.regenerate(")
    yield from _wait(window)
    after = _keys()
    clip = addon("scene.takes").stored_take(_target()).clip
    rate = bpy.context.scene.render.fps / bpy.context.scene.render.fps_base
    start = settings().start_frame
    first, last = (start + float(clip.downbeats[n]) * rate for n in (PART[0] - 1, PART[1]))
    assert before.keys() == after.keys()
    changed = np.zeros(max(len(values) for values in before.values()), dtype=bool)
    for name, values in before.items():
        changed[: len(values)] |= values != after[name]
    frames = np.flatnonzero(changed) + 1
    window.figures |= {
        "part": [first, last],
        "changed": [int(frames.min()), int(frames.max())],
        "outside_compared": int(len(changed) - (last - first)),
    }
    assert frames.min() >= first - 1e-3
    assert frames.max() <= last + 1e-3
    assert len(frames) > 0.5 * (last - first)
    yield from window.picture("mouse_bars_anew")


def pose_pinned(window: Window) -> Iterator[float]:
    """An arm is raised by hand, pinned on a beat and danced: the bones are where they were set."""
    mouse, frame = Mouse(window), 145
    bpy.context.scene.frame_set(frame)
    target = _target()
    name = {v: k for k, v in addon("scene.recognition").recognise(target).bones.items()}
    bone = next(b for b in target.pose.bones if name.get(b.name) == "left_shoulder")
    with window.context():
        bpy.ops.ed.undo_push(message="Pose")
    bone.matrix_basis = bone.matrix_basis @ _turn(0.9)
    yield SETTLE
    bpy.context.view_layer.update()
    posed = {b.name: b.matrix.copy() for b in target.pose.bones if b.name in name}
    yield from mouse.unfold(".show_pins")
    yield from mouse.click("kpop_choreo.pin_pose(")
    pins = addon("scene.pins").pins_of(target)
    assert len(pins.pins) == 1
    yield from window.picture("mouse_pinned")
    yield from mouse.click("kpop_choreo.generate_around_pins(")
    yield from _wait(window)
    clock = addon("scene.pins").song_clock(bpy.context.scene, _target())
    at = clock.frame(pins.pins[0].time)
    bpy.context.scene.frame_set(int(at), subframe=at - int(at))
    bpy.context.view_layer.update()
    off = [
        (
            b.matrix.to_quaternion().rotation_difference(posed[b.name].to_quaternion()).angle,
            (b.matrix.translation - posed[b.name].translation).length,
        )
        for b in _target().pose.bones
        if b.name in posed
    ]
    window.figures |= {
        "degrees": float(np.degrees(max(turn for turn, _ in off))),
        "millimetres": 1000.0 * max(way for _, way in off),
    }
    assert window.figures["degrees"] < 2.0
    assert window.figures["millimetres"] < 10.0
    yield from window.picture("mouse_pin_met")


def _turn(angle: float) -> Any:
    from mathutils import Matrix

    return Matrix.Rotation(angle, 4, "X")


def undone_thirty_times(window: Window) -> Iterator[float]:
    """Ctrl+Z thirty times and Shift+Ctrl+Z thirty times: everything is back."""
    mouse = Mouse(window)
    for number in range(UNDONE):
        yield from mouse.fill(".energy", f"0.{10 + number}")
    before = blocks()
    for _ in range(UNDONE):
        window.press("Z", ctrl=True)
        yield 0.15
    assert abs(settings().energy - 0.9) < 1e-6
    window.figures["energy_undone"] = settings().energy
    for _ in range(UNDONE):
        window.press("Z", ctrl=True, shift=True)
        yield 0.15
    assert blocks() == before
    require_no_error()


def exported_with_the_mouse(window: Window) -> Iterator[float]:
    """Export Dance, Unity in its menu, and Return in the file browser."""
    bpy.context.preferences.view.filebrowser_display_type = "SCREEN"
    mouse = Mouse(window)
    bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "directed.blend"))
    yield SETTLE
    yield from mouse.find("kpop_choreo.save_clip(")
    mouse.move(mouse.at[0], mouse.at[1] + ABOVE)  # a menu, which cannot be copied
    yield SETTLE
    mouse.tap("LEFTMOUSE")
    yield SETTLE
    yield from window.picture("mouse_export_menu")
    mouse.tap("U")  # Unity's letter
    yield 1.5
    yield from window.picture("mouse_file_browser")
    mouse.tap("RET")
    yield 3.0
    require_no_error()
    files = sorted(path.name for path in FOLDER.glob("*.fbx"))
    window.figures["files"] = files
    assert files
    remembered["directed"] = places("Dancer", 60)
