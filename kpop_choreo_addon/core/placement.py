"""A dance as it is laid into a scene: as it was made, mirrored, slower or faster."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from .body import other_side
from .clip import Clip

PINS = "kept_pins"
"""Where a clip's ``meta`` holds the pins to which it was danced (:mod:`.pin_request`)."""
_FLIP = np.array([-1.0, 1.0, 1.0])
"""Left and right of a place."""
_TURN = np.array([1.0, 1.0, -1.0, -1.0])
"""Left and right of a rotation, wxyz."""


@dataclass(frozen=True)
class Placement:
    """What is done to a clip before it is fitted to an armature."""

    mirror: bool = False
    time_scale: float = 1.0
    """How many times as long it lasts."""


def placed(clip: Clip, placement: Placement) -> Clip:
    """``clip`` as ``placement`` asks; the same object where that changes nothing."""
    if placement == Placement():
        return clip
    if placement.mirror:
        clip = mirrored(clip)
    if placement.time_scale != 1.0:
        clip = _stretched(clip, placement.time_scale)
    return replace(clip, meta={**clip.meta, "placement": asdict(placement)})


def placement_of(clip: Clip) -> Placement:
    """How ``clip`` was placed."""
    return Placement(**clip.meta.get("placement", {}))


def mirrored(clip: Clip) -> Clip:
    """The same dance with left and right exchanged, on the same stage."""
    names = list(clip.joint_names)
    sides = map(other_side, names)
    other = [names.index(s) if s in names else n for n, s in enumerate(sides)]
    return replace(
        clip,
        rest_offsets=clip.rest_offsets[other] * _FLIP,
        local_quats=clip.local_quats[:, :, other] * _TURN,
        root_positions=clip.root_positions * _FLIP,
        foot_contacts=clip.foot_contacts[:, :, [2, 3, 0, 1]],
        hand_pose=None if clip.hand_pose is None else clip.hand_pose[:, :, ::-1],
        meta=_with_pins_mirrored(clip.meta),
    )


def _with_pins_mirrored(meta: dict[str, Any]) -> dict[str, Any]:
    """``meta`` where what was pinned on the dance was pinned on the mirrored one."""
    if PINS not in meta:
        return meta
    return meta | {PINS: [row | {"mirror": not row["mirror"]} for row in meta[PINS]]}


def _stretched(clip: Clip, factor: float) -> Clip:
    """All moments of dance and song ``factor`` times as late; it is no longer that song's file."""
    analysis = dict(clip.meta.get("analysis", {}))
    if "downbeats" in analysis:
        analysis["downbeats"] = [float(second) * factor for second in analysis["downbeats"]]
    if "sections" in analysis:
        analysis["sections"] = [
            {**part, "start": part["start"] * factor, "end": part["end"] * factor}
            for part in analysis["sections"]
        ]
    if analysis.get("tempo"):
        analysis["tempo"] = analysis["tempo"] / factor
    song = {"name": clip.meta.get("song", {}).get("name", "song")}
    return replace(
        clip,
        fps=clip.fps / factor,
        beats=clip.beats * factor,
        downbeats=clip.downbeats * factor,
        song_start=clip.song_start * factor,
        meta={**clip.meta, "analysis": analysis, "song": song},
    )
