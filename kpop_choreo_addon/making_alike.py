"""More takes like one that is there: its choreography, danced again with other seeds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from .core.alike import alike_parameters, choreography
from .core.clip import Clip
from .core.errors import ChoreoError
from .core.takes import NewTake
from .generating import dance_task, made_to, song_path
from .scene.armatures import require_armature
from .scene.records import record_of
from .scene.take_actions import action_of_take
from .scene.takes import stored_take, takes_of
from .session import Task


def alike_task(
    scene: Any, target: bpy.types.Object | None, uid: str, seed: int, count: int
) -> Task:
    """A task that ends with the clip files of ``count`` takes like a stored one.

    Raises:
        ChoreoError: there is no such take, its choreography or song is not known, or those of
            :func:`.generating.dance_task`.
    """
    armature = require_armature(target)
    take = stored_take(armature, uid)
    plan = choreography(list(_line(armature, take.uid)))
    song = _song_of(scene, armature, take)
    return dance_task(scene, armature, song, alike_parameters(take.clip, plan, seed, count))


def _line(armature: bpy.types.Object, uid: str) -> Iterator[Clip]:
    """The dance of a take, then that of the one it was made from, and so on."""
    takes, seen = takes_of(armature), set[str]()
    take = takes.find(uid)
    while take is not None and take.uid not in seen:
        seen.add(take.uid)
        yield stored_take(armature, take.uid).clip
        take = takes.find(take.source)


def _song_of(scene: Any, armature: bpy.types.Object, take: NewTake) -> Path:
    """The file that the take dances to: the scene's song, or where it was when it was keyed."""
    paths = [scene.kpop_choreo.song, *_recorded_songs(armature, take.uid)]
    found = (song_path(path) for path in paths if path)
    song = next((path for path in found if made_to(take.clip, path)), None)
    if song is None:
        name = take.clip.meta.get("song", {}).get("name", "")
        raise ChoreoError(
            "take_song_missing", f"The song {name} is not there.", "Choose its file under Song."
        )
    return song


def _recorded_songs(armature: bpy.types.Object, uid: str) -> Iterator[str]:
    for owner in (action_of_take(armature, uid), armature):
        if owner is not None:
            yield str(record_of(owner).get("song_path", ""))
