"""Pins where animators look for them: a ghost in the 3D view, diamonds in the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import blf
import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from .core.body import JOINTS, PARENTS
from .core.pins import ENDS, POSE, Pin, PinList
from .properties import chosen_target
from .scene.pins import SongClock, pinned_space, pins_of, song_clock
from .translations import said

NOW, ELSEWHERE = (1.0, 0.3, 0.7, 1.0), (0.95, 0.4, 0.7, 0.45)
"""Colours of a pin under the playhead and of others."""
CHOSEN = (1.0, 1.0, 1.0, 0.9)
CROSS = 0.07
"""Half the width of a pinned hand or foot, metres."""
DIAMOND = 6.0
"""Half the width of a pin in the timeline, pixels."""
TOP = 38.0
"""Pixels from the top of a timeline: between the frames' numbers and the markers."""
HIGH = 50.0
"""Pixels of a timeline that shows more than the frames' numbers."""
ROUND = np.stack([[np.cos(a), np.sin(a), 0.0] for a in np.linspace(0.0, 2.0 * np.pi, 25)])

_handlers: list[tuple[Any, Any]] = []


def register() -> None:
    """Draws from now on; does nothing without a window."""
    if bpy.app.background:
        return
    for space, draw, when in (
        (bpy.types.SpaceView3D, draw_ghosts, "POST_VIEW"),
        (bpy.types.SpaceDopeSheetEditor, draw_diamonds, "POST_PIXEL"),
    ):
        _handlers.append((space, space.draw_handler_add(draw, (), "WINDOW", when)))


def unregister() -> None:
    """Draws no more."""
    while _handlers:
        space, handler = _handlers.pop()
        space.draw_handler_remove(handler, "WINDOW")


def shown_pins(context: bpy.types.Context) -> tuple[Any, PinList]:
    """Who is pinned, and the pins that are to be seen."""
    target = chosen_target(context)
    pins = pins_of(target)
    if target is None or not context.scene.kpop_choreo.show_pins:
        return target, PinList()
    return target, PinList(tuple(pin for pin in pins.pins if pin.on), pins.active)


def is_now(pin: Pin, where: SongClock, frame: float) -> bool:
    """Whether ``pin`` holds at ``frame``, or is next to it."""
    return where.frame(pin.time) - 0.5 <= frame <= where.frame(pin.end) + 0.5


def ghost_lines(pin: Pin) -> np.ndarray:
    """Ends of lines ``[N, 3]`` in armature space that show what ``pin`` holds."""
    at = {joint: np.array(place) for joint, place in pin.posture.places.items()}
    size = pin.posture.scale
    if pin.kind == POSE:
        return np.array([point for pair in _bones(at) for point in pair]).reshape(-1, 3)
    if pin.kind in ENDS:
        found = [at[joint] for joint in ENDS[pin.kind] if joint in at]
        axes = CROSS * size * np.concatenate([np.eye(3), -np.eye(3)]).reshape(2, 3, 3)
        ends = [place + axes[side, axis] for place in found for axis in range(3) for side in (0, 1)]
        return np.array(ends).reshape(-1, 3)
    return _place_lines(at, size)


def _bones(at: dict[str, np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """From joint to joint, over those that the armature lacks."""
    pairs = []
    for joint, parent in zip(JOINTS, PARENTS, strict=True):
        while parent >= 0 and JOINTS[parent] not in at:
            parent = PARENTS[parent]
        if parent >= 0 and joint in at:
            pairs.append((at[JOINTS[parent]], at[joint]))
    return pairs


def _place_lines(at: dict[str, np.ndarray], size: float) -> np.ndarray:
    """A ring at the hips and an arrow to the front."""
    hips = (at["left_hip"] + at["right_hip"]) / 2.0
    spine = (at["left_shoulder"] + at["right_shoulder"]) / 2.0 - hips
    left = at["left_hip"] - at["right_hip"] + at["left_shoulder"] - at["right_shoulder"]
    left = left / max(float(np.linalg.norm(left)), 1e-9)
    front = np.cross(left, spine)
    front = front / max(float(np.linalg.norm(front)), 1e-9)
    ring = hips + 0.25 * size * (ROUND[:, :1] * left + ROUND[:, 1:2] * front)
    tip, back = hips + 0.5 * size * front, hips + 0.38 * size * front
    arrow = [hips, tip, tip, back + 0.08 * size * left, tip, back - 0.08 * size * left]
    return np.concatenate([np.repeat(ring, 2, axis=0)[1:-1], np.array(arrow)])


def draw_ghosts() -> None:
    """What is pinned, where it is pinned; brighter while the playhead is on it."""
    context = bpy.context
    target, pins = shown_pins(context)
    if not pins.pins or not context.space_data.overlay.show_overlays:
        return
    where, frame = song_clock(context.scene, target), context.scene.frame_current_final
    gpu.state.blend_set("ALPHA")
    gpu.state.depth_test_set("NONE")
    with gpu.matrix.push_pop():
        gpu.matrix.multiply_matrix(pinned_space(target))
        for pin in pins.pins:
            now = is_now(pin, where, frame)
            if not now and pin.uid != pins.active and pin.kind == POSE:
                continue  # a crowd of ghosts hides the dancer
            _draw(ghost_lines(pin), NOW if now else ELSEWHERE, 3.5 if now else 1.5)
    gpu.state.blend_set("NONE")


def _draw(ends: np.ndarray, colour: Sequence[float], width: float) -> None:
    shader = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
    batch = batch_for_shader(shader, "LINES", {"pos": ends.astype(np.float32).tolist()})
    shader.bind()
    shader.uniform_float("viewportSize", gpu.state.viewport_get()[2:])
    shader.uniform_float("lineWidth", width)
    shader.uniform_float("color", colour)
    batch.draw(shader)


def draw_diamonds() -> None:
    """A diamond for every pin, a bar while it is held, its name beside it."""
    context = bpy.context
    target, pins = shown_pins(context)
    if not pins.pins:
        return
    where, frame = song_clock(context.scene, target), context.scene.frame_current_final
    view, scale = context.region.view2d, context.preferences.system.ui_scale
    high = context.region.height > HIGH * scale
    height = context.region.height - TOP * scale if high else context.region.height / 2
    gpu.state.blend_set("ALPHA")
    for pin in pins.pins:
        left, right = (
            float(view.view_to_region(where.frame(s), 0.0, clip=False)[0])
            for s in (pin.time, pin.end)
        )
        if right < 0 or left > context.region.width:
            continue
        now = is_now(pin, where, frame)
        colour = NOW if now else (*ELSEWHERE[:3], 0.9)
        _diamond(left, right, height, DIAMOND * scale, colour)
        if pin.uid == pins.active:
            _outline(left, right, height, DIAMOND * scale)
        if not high:  # names would hide the frames' numbers
            continue
        blf.size(0, 11.0 * scale)
        blf.color(0, *colour)
        blf.position(0, right + 9.0 * scale, height - 4.0 * scale, 0.0)
        blf.draw(0, said(pin.name))
    gpu.state.blend_set("NONE")


def _corners(left: float, right: float, height: float, half: float) -> list[tuple[float, float]]:
    """A diamond that is as long as the pin is held, from its left corner."""
    return [
        (left - half, height),
        (left, height + half),
        (right, height + half),
        (right + half, height),
        (right, height - half),
        (left, height - half),
    ]


def _diamond(
    left: float, right: float, height: float, half: float, colour: Sequence[float]
) -> None:
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    corners = _corners(left, right, height, half)
    faces = ((0, 1, 5), (1, 2, 5), (2, 4, 5), (2, 3, 4))
    batch = batch_for_shader(shader, "TRIS", {"pos": corners}, indices=faces)
    shader.bind()
    shader.uniform_float("color", colour)
    batch.draw(shader)


def _outline(left: float, right: float, height: float, half: float) -> None:
    corners = _corners(left, right, height, half)
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    batch = batch_for_shader(shader, "LINE_STRIP", {"pos": [*corners, corners[0]]})
    shader.bind()
    shader.uniform_float("color", CHOSEN)
    batch.draw(shader)
