"""Ghosts in the 3D view: takes that are not danced, drawn beside the armature in time with it.

Nothing of them is in the file. They are forgotten when another file is opened.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import blf
import bpy
import gpu
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix, Vector

from ..core.clip import Clip
from ..core.fit import Fit
from ..core.ghost import POINTS, GhostMotion, faces, ghost_motion, solid
from ..core.placement import Placement, placed
from ..core.retarget import fit_clip
from ..core.timing import FrameClock
from .armatures import read_target
from .clock import scene_clock
from .records import clock_of, playing_records
from .stands import read_stand, recorded_stand
from .takes import stored_take, takes_of

COLOURS = ((0.95, 0.45, 0.65), (0.4, 0.75, 0.95), (0.95, 0.8, 0.35), (0.6, 0.9, 0.55))
ALPHA = 0.75
ABOVE = 0.12
"""Metres from the crown to the name."""
TEXT_SIZE = 12
CROWN = POINTS.index("crown")


@dataclass(frozen=True, eq=False)
class Ghost:
    """A stored take on its armature, as it would be danced."""

    clip: Clip
    fit: Fit
    placement: Placement
    motion: GhostMotion


@dataclass(frozen=True, eq=False)
class Seen:
    """A ghost as it stands now."""

    name: str
    colour: tuple[float, float, float]
    points: np.ndarray
    """``[P, 3]`` in the world: the ends of its sticks."""
    title_at: np.ndarray
    """``[3]`` in the world, above the head."""
    size: float
    """Blender units for a metre."""


_ghosts: dict[tuple[int, str], Ghost] = {}
"""By ``session_uid`` of the armature and number of the take, in the order of their places."""
_handles: list[Any] = []
_drawn: list[Seen] = []
"""Those whose bodies were drawn last: their names follow in the same view."""


def has_ghost(obj: bpy.types.Object, uid: str = "") -> bool:
    """Whether a take of ``obj``, or any of them, is shown as a ghost."""
    owner = obj.session_uid
    return (owner, uid) in _ghosts if uid else any(key[0] == owner for key in _ghosts)


def show_ghost(scene: Any, obj: bpy.types.Object, uid: str) -> None:
    """Shows a take of ``obj`` from now on.

    Raises:
        ChoreoError: there is no such take, or the armature could not dance it.
    """
    clip, placement = stored_take(obj, uid).clip, scene.kpop_choreo.placement()
    target = read_target(obj)
    assert target.match is not None  # reading has recognised it
    fit = fit_clip(clip, target.rig, target.match)
    motion = ghost_motion(placed(clip, placement), fit)
    _ghosts[obj.session_uid, uid] = Ghost(clip, fit, placement, motion)
    if not _handles:
        add = bpy.types.SpaceView3D.draw_handler_add
        _handles.append(add(_draw_bodies, (), "WINDOW", "POST_VIEW"))
        _handles.append(add(_draw_names, (), "WINDOW", "POST_PIXEL"))


def hide_ghost(obj: bpy.types.Object, uid: str) -> None:
    """Shows a take no longer."""
    _ghosts.pop((obj.session_uid, uid), None)
    if not _ghosts:
        clear_ghosts()


def clear_ghosts() -> None:
    """No ghosts are left, and redraws cost nothing."""
    _ghosts.clear()
    _drawn.clear()
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(_handles.pop(), "WINDOW")


@bpy.app.handlers.persistent
def _before_load(*_: Any) -> None:
    clear_ghosts()


def register() -> None:
    """Lets ghosts go with the file that they belong to."""
    bpy.app.handlers.load_pre.append(_before_load)


def unregister() -> None:
    """Takes back what :func:`register` did; does nothing when it was not called."""
    clear_ghosts()
    if _before_load in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_before_load)


def seen_ghosts(context: bpy.types.Context) -> Iterator[Seen]:
    """The ghosts of armatures that are seen; the take that dances needs none."""
    scene: Any = context.scene
    placement, owners = scene.kpop_choreo.placement(), {owner for owner, _ in _ghosts}
    for obj in context.view_layer.objects:
        if obj.type != "ARMATURE" or obj.session_uid not in owners or not obj.visible_get():
            continue
        takes = takes_of(obj)
        uids = [uid for owner, uid in _ghosts if owner == obj.session_uid]
        told = [take for uid in uids if uid != takes.active and (take := takes.find(uid))]
        for place, take in enumerate(told):
            motion = _placed(obj, take.uid, placement).motion
            yield _seen(scene, obj, motion, take.name, place)


def _placed(obj: bpy.types.Object, uid: str, placement: Placement) -> Ghost:
    """The ghost as the scene's settings lay a dance now."""
    ghost = _ghosts[obj.session_uid, uid]
    if ghost.placement != placement:
        motion = ghost_motion(placed(ghost.clip, placement), ghost.fit)
        ghost = replace(ghost, placement=placement, motion=motion)
        _ghosts[obj.session_uid, uid] = ghost
    return ghost


def _seen(scene: Any, obj: bpy.types.Object, motion: GhostMotion, name: str, place: int) -> Seen:
    """Left, right, further left and so on of where the armature dances."""
    world, steps = _world(obj), (place // 2 + 1) * (-1) ** place
    points = motion.at(_clock(scene, obj).second(scene.frame_current_final))
    points = points + steps * scene.kpop_choreo.ghost_offset * motion.scale * motion.left
    title = points[CROWN] + ABOVE * motion.scale * motion.up
    turned, away = world[:3, :3].T, world[:3, 3]
    size = motion.scale * math.dist((0.0, 0.0, 0.0), motion.up @ turned)
    colour = COLOURS[place % len(COLOURS)]
    return Seen(name, colour, points @ turned + away, title @ turned + away, size)


def _world(obj: bpy.types.Object) -> np.ndarray:
    """Where ``obj`` stands ``[4, 4]``; a dance that moves the object itself moves no ghost."""
    stand = read_stand(obj) if recorded_stand(obj) is not None else None
    if stand is None:
        return np.array(obj.matrix_world)
    return np.array(obj.matrix_world @ obj.matrix_basis.inverted() @ Matrix(stand.matrix))


def _clock(scene: Any, obj: bpy.types.Object) -> FrameClock:
    """When the dance of ``obj`` begins; as a new one would, if it does not dance."""
    for record in playing_records(obj):
        with suppress(KeyError):
            return clock_of(record)
    return scene_clock(scene, scene.kpop_choreo.start_frame)


def _draw_bodies() -> None:
    if not _overlays_shown():
        return
    _drawn[:] = seen_ghosts(bpy.context)
    if not _drawn:
        return
    shader = gpu.shader.from_builtin("SMOOTH_COLOR")
    points, sizes = np.stack([g.points for g in _drawn]), np.array([g.size for g in _drawn])
    corners, bright = solid(points, sizes)
    colours = np.full((*bright.shape, 4), ALPHA, dtype=np.float32)
    colours[..., :3] = bright[..., None] * np.array([g.colour for g in _drawn])[:, None]
    flat = {"pos": corners.astype(np.float32).reshape(-1, 3), "color": colours.reshape(-1, 4)}
    batch = batch_for_shader(shader, "TRIS", flat, indices=faces(len(_drawn)))
    gpu.state.blend_set("ALPHA")
    gpu.state.depth_test_set("LESS_EQUAL")
    gpu.state.depth_mask_set(True)
    batch.draw(shader)
    gpu.state.depth_mask_set(False)
    gpu.state.depth_test_set("NONE")
    gpu.state.blend_set("NONE")


def _draw_names() -> None:
    if not _overlays_shown():
        return
    context = bpy.context
    blf.size(0, TEXT_SIZE * context.preferences.system.ui_scale)
    for ghost in _drawn:
        place = Vector(ghost.title_at)
        at = location_3d_to_region_2d(context.region, context.region_data, place)
        if at is None:
            continue
        blf.position(0, at.x - blf.dimensions(0, ghost.name)[0] / 2, at.y, 0)
        blf.color(0, *ghost.colour, 1.0)
        blf.draw(0, ghost.name)


def _overlays_shown() -> bool:
    space: Any = bpy.context.space_data
    return space is not None and space.overlay.show_overlays
