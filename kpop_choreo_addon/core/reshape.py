"""Dances cut, lengthened and closed to loops, before or after the engine sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .bars import SHORTEST
from .clip import Clip
from .errors import ChoreoError

_NEAR = 1e-6
CLOSED = "closed"
"""In a loop's ``meta``: its first frame was laid behind its last one."""


@dataclass(frozen=True, eq=False)
class Lengthened:
    """A dance with room at its end."""

    clip: Clip
    """It stands still in its last pose where it is to be danced on."""
    start: float
    """Seconds from the dance's start at which the room begins."""
    ends_with_song: bool
    """Whether the song had less to give than was asked for."""


def cut(clip: Clip, start: float, end: float) -> Clip:
    """The frames of ``clip`` from second ``start`` to ``end``, at the same place in the song."""
    first = int(np.ceil(start * clip.fps - _NEAR))
    last = min(int(np.floor(end * clip.fps + _NEAR)), clip.frames - 1)
    part, since = slice(first, last + 1), first / clip.fps
    return replace(
        clip,
        local_quats=clip.local_quats[:, part],
        root_positions=clip.root_positions[:, part],
        foot_contacts=clip.foot_contacts[:, part],
        hand_pose=None if clip.hand_pose is None else clip.hand_pose[:, part],
        beats=_within(clip.beats - since, (last - first) / clip.fps),
        downbeats=_within(clip.downbeats - since, (last - first) / clip.fps),
        song_start=clip.song_start + since,
        meta=_unlooped(clip.meta),
    )


def lengthened(clip: Clip, bars: int) -> Lengthened:
    """Room for ``bars`` more bars of the song after the end of ``clip``, ending on a downbeat.

    Raises:
        ChoreoError: ``song_unheard`` when the take does not know its song, ``song_over``.
    """
    analysis = clip.meta.get("analysis", {})
    downbeats = np.asarray(analysis.get("downbeats") or [], dtype=float)
    if len(downbeats) < 2:
        raise ChoreoError(
            "song_unheard",
            "This take does not know the bars of its song.",
            "Generate a longer dance instead.",
        )
    length = float(np.median(np.diff(downbeats)))
    now = clip.song_start + clip.duration
    wanted = now + bars * length
    nearest = float(downbeats[np.argmin(np.abs(downbeats - wanted))])
    if abs(nearest - wanted) < length / 2 and nearest - now >= SHORTEST:
        wanted = nearest
    known = clip.meta.get("song", {}).get("duration") or analysis.get("duration") or downbeats[-1]
    over = wanted > float(known)
    end = min(wanted, float(known))
    if end - now < SHORTEST + 2.0 / clip.fps:
        raise ChoreoError(
            "song_over",
            "The song ends with this take.",
            "Shorten the take first, or choose a longer song.",
        )
    frames = int(np.floor((end - clip.song_start) * clip.fps + _NEAR)) + 1
    more = frames - clip.frames

    def held(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values, np.repeat(values[:, -1:], more, axis=1)], axis=1)

    def of_song(name: str) -> np.ndarray:
        times = np.asarray(analysis.get(name) or [], dtype=float) - clip.song_start
        return _within(times, (frames - 1) / clip.fps)

    longer = replace(
        clip,
        local_quats=held(clip.local_quats),
        root_positions=held(clip.root_positions),
        foot_contacts=held(clip.foot_contacts),
        hand_pose=None if clip.hand_pose is None else held(clip.hand_pose),
        beats=of_song("beats"),
        downbeats=of_song("downbeats"),
        meta=_unlooped(clip.meta),
    )
    return Lengthened(longer, clip.frames / clip.fps, over)


def is_loop(clip: Clip) -> bool:
    """Whether the frame after the last one of ``clip`` is its first one."""
    return bool((clip.meta.get("directing") or {}).get("loop"))


def closed(clip: Clip) -> Clip:
    """A loop with its first frame behind its last one; any other dance as it is."""
    if not is_loop(clip) or clip.meta.get(CLOSED):
        return clip

    def round_again(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values, values[:, :1]], axis=1)

    return replace(
        clip,
        local_quats=round_again(clip.local_quats),
        root_positions=round_again(clip.root_positions),
        foot_contacts=round_again(clip.foot_contacts),
        hand_pose=None if clip.hand_pose is None else round_again(clip.hand_pose),
        meta={**clip.meta, CLOSED: True},
    )


def _unlooped(meta: dict[str, Any]) -> dict[str, Any]:
    """``meta`` of a part of the dance, which is no loop."""
    directing = {k: v for k, v in (meta.get("directing") or {}).items() if k != "loop"}
    return {**meta, "directing": directing}


def _within(times: np.ndarray, duration: float) -> np.ndarray:
    return times[(times > -_NEAR) & (times <= duration + _NEAR)]
