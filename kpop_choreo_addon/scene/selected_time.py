"""What is selected on the timeline, in seconds of a dance."""

from __future__ import annotations

import bpy

from ..core.errors import ChoreoError
from .clock import scene_clock
from .danced import find_danced
from .takes import takes_of


def selected_seconds(scene: bpy.types.Scene, obj: bpy.types.Object) -> tuple[float, float]:
    """The preview range, or from the first selected marker to the last, in seconds of the take.

    Raises:
        ChoreoError: ``nothing_selected``.
    """
    marked = [marker.frame for marker in scene.timeline_markers if marker.select]
    if scene.use_preview_range:
        first, last = scene.frame_preview_start, scene.frame_preview_end
    elif len(marked) > 1:
        first, last = min(marked), max(marked)
    else:
        raise ChoreoError(
            "nothing_selected",
            "Nothing is selected on the timeline.",
            "Set a preview range there, or select two markers.",
        )
    danced = find_danced(obj, takes_of(obj).active)
    if danced is None:
        clock = scene_clock(scene, scene.kpop_choreo.start_frame)  # type: ignore[attr-defined]
        scale = scene.kpop_choreo.time_scale  # type: ignore[attr-defined]
        return clock.second(first) / scale, clock.second(last) / scale
    late = danced.record.get("nudged", 0.0)
    scale = danced.placement.time_scale
    clock = danced.clock
    return (clock.second(first) + late) / scale, (clock.second(last) + late) / scale
