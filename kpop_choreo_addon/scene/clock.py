"""The scene's real frame rate."""

from __future__ import annotations

import bpy

from ..core.timing import FrameClock


def scene_clock(scene: bpy.types.Scene, start_frame: float) -> FrameClock:
    """Seconds from ``start_frame`` at the scene's rate, which is read and never changed."""
    return FrameClock(start_frame, scene.render.fps, scene.render.fps_base)
