"""A finished clip into a scene: action, provenance, markers, sound."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import bpy

from ..core.clip import Clip
from ..core.counts import moments, sections
from ..core.object_root import OBJECT
from ..core.placement import placement_of
from ..core.preparing import FitOptions, Prepared, Target, prepare
from ..core.reshape import is_loop
from ..core.timing import FrameClock
from . import actions, armatures, markers, sound
from .clicks import follow_song
from .clock import scene_clock
from .edited import KEYS, require_unedited, written
from .hearing import marker_source
from .loops import mark_loop
from .punch_in import punch_in, require_open_action
from .records import AMID_KEYS, RECORD, keep_users_action
from .stands import put_back, recorded_stand, stand_record, still_curves
from .switches import restored, switch_curves

NEW_ACTION, NLA_STRIP, CURRENT_ACTION = "NEW", "STRIP", AMID_KEYS
"""Where a dance is written."""


@dataclass(frozen=True)
class ApplyOptions:
    """What to do besides keying the armature."""

    start_frame: float = 1
    song: Path | None = None
    add_sound: bool = True
    add_markers: bool = True
    beat_markers: bool = False
    """Mark every beat, not only downbeats and sections."""
    set_frame_end: bool = False
    fit: FitOptions = field(default_factory=FitOptions)
    place: str = NEW_ACTION
    """One of the places above."""
    take: str = ""
    """The number of the stored take that this is, if it is one."""
    replace_edits: bool = False
    """Whether keys of a dance may be replaced that were edited by hand since."""


@dataclass(frozen=True)
class Applied:
    """What was done."""

    action: str
    bones: int
    first_frame: float
    last_frame: float
    notes: tuple[str, ...]
    """Sentences about what could not be done."""
    takes: int = 1
    """How many takes it is one of."""


def apply_clip(
    scene: bpy.types.Scene,
    obj: bpy.types.Object | None,
    clip: Clip,
    options: ApplyOptions,
    prepared: Prepared | None = None,
) -> Applied:
    """Puts ``clip`` on the armature ``obj`` and its song and beats on the timeline.

    Everything that can fail is done before the scene is touched.

    Args:
        prepared: the numeric work, if it was done already; made here where it does not fit.

    Raises:
        ChoreoError: when ``obj`` cannot dance.
    """
    armature = armatures.require_armature(obj)
    target = armatures.read_target(armature)
    if prepared is not None and prepared.fits(clip, target, options.fit):
        dance = prepared.dance
    else:
        dance = prepare(clip, target, options.fit)
    clock = scene_clock(scene, options.start_frame)
    last = clock.frame(clip.duration)
    curves = actions.dance_curves(dance.keys, clock)
    curves += switch_curves(armature, dance.switches, float(clock.start), last)
    notes = list(dance.notes)
    stand = _stand(armature, target, curves, options.place)
    if stand is not None and not _travels(curves):
        curves += still_curves(armature, stand, float(clock.start), last)
    action, marks = _write(armature, title(clip), curves, options, notes)
    record = provenance(clip, clock, options)
    if armature.override_library is None:  # which loses properties of its own on save
        armature[RECORD] = json.dumps(record, ensure_ascii=False)
    record |= {"place": options.place, KEYS: marks, **timing(clip)}
    record["unseen"] = dance.unseen.stored()
    if stand is not None:
        record["stand"] = stand
    record |= {"fit": fit_record(options.fit), "placement": asdict(placement_of(clip))}
    action[RECORD] = json.dumps(record, ensure_ascii=False)
    if is_loop(clip) and options.place != CURRENT_ACTION:
        notes += mark_loop(action, clock, clip.duration)
    notes += dress_timeline(scene, clip, clock, options)
    if options.set_frame_end:
        scene.frame_end = math.ceil(last - 1e-4)
    bones = sum(key.bone != OBJECT for key in dance.keys)
    return Applied(action.name, bones, float(clock.start), last, tuple(notes))


def _write(
    obj: bpy.types.Object,
    name: str,
    curves: list[actions.Curve],
    options: ApplyOptions,
    notes: list[str],
) -> tuple[bpy.types.Action, dict[str, Any]]:
    """Keys ``curves`` in the place that was chosen; also returns what tells edits of them."""
    own = obj.animation_data.action if obj.animation_data else None
    if options.place == CURRENT_ACTION and own is not None:
        require_open_action(obj, curves)
        require_unedited(own, options.replace_edits)
        return punch_in(obj, curves), written(curves, shared=True)
    put_back(obj)
    actions.clear_stale(obj, dict.fromkeys(curve.bone for curve in curves))
    if options.place == NLA_STRIP:
        action = actions.push_strip(obj, name, curves)
        own = obj.animation_data.action if obj.animation_data else None
        if own is not None:
            notes.append(f"The action {own.name} is still active and plays over the strip.")
        notes += _unheard(obj)
        return action, written(curves, shared=False)
    curves = restored(obj, curves)
    action = actions.assign_dance(obj, name, curves)
    keep_users_action(own)
    return action, written(curves, shared=False)


def _travels(curves: list[actions.Curve]) -> bool:
    """Whether ``curves`` move the object."""
    return any(curve.bone == OBJECT for curve in curves)


def _stand(
    obj: bpy.types.Object, target: Target, curves: list[actions.Curve], place: str
) -> dict[str, Any] | None:
    """Where ``obj`` stands, if ``curves`` or what plays beside them moves it."""
    if _travels(curves) and target.stand is not None:
        return stand_record(target.stand)
    animation: Any = obj.animation_data
    replaced = animation.action if animation and place == NEW_ACTION else None
    return recorded_stand(obj, without=replaced)


def _unheard(obj: bpy.types.Object) -> list[str]:
    """Sentences about why a new NLA strip of ``obj`` does not play."""
    animation: Any = obj.animation_data
    if not animation.use_nla:
        return [f"The NLA of {obj.name} is switched off, so the strip does not play."]
    solo = [track.name for track in animation.nla_tracks if track.is_solo]
    return [f"The track {name} is solo, so the strip does not play." for name in solo]


def provenance(clip: Clip, clock: FrameClock, options: ApplyOptions) -> dict[str, Any]:
    """Where a dance came from and where it lies: small enough for a custom property."""
    meta = clip.meta
    request = meta.get("request", {})
    return {
        "prompt": request.get("prompt", ""),
        "style": request.get("style", ""),
        "seed": meta.get("seed", request.get("seed", 0)),
        "model": meta.get("model", {}),
        "engine_version": meta.get("engine_version", ""),
        "song": meta.get("song", {}),
        "song_path": _stored_path(options.song),
        "song_start": clip.song_start,
        "time_scale": placement_of(clip).time_scale,
        "start_frame": clock.start,
        "fps": clock.fps,
        "fps_base": clock.fps_base,
        "duration": clip.duration,
        "take": options.take,
    }


def _stored_path(song: Path | None) -> str:
    """The song's path, relative to the .blend file if that is saved on the same drive."""
    if song is None:
        return ""
    blend = bpy.data.filepath
    near = bool(blend) and song.anchor == Path(blend).anchor
    return bpy.path.relpath(str(song)) if near else str(song)


def fit_record(options: FitOptions) -> dict[str, Any]:
    """``options`` as they are written beside a dance."""
    return dict(json.loads(json.dumps(asdict(options))))


def timing(clip: Clip) -> dict[str, Any]:
    """The song's moments in seconds of the dance, for the export beside an FBX."""
    return {
        "beats": [round(float(t), 4) for t in clip.beats],
        "downbeats": [round(float(t), 4) for t in clip.downbeats],
        "sections": [{"start": round(s.seconds, 4), "label": s.name} for s in sections(clip)],
        "tempo": clip.meta.get("analysis", {}).get("tempo"),
    }


def dress_timeline(
    scene: bpy.types.Scene, clip: Clip, clock: FrameClock, options: ApplyOptions
) -> tuple[str, ...]:
    """Markers and sound; returns sentences about what could not be done."""
    notes = []
    settings = scene.kpop_choreo  # type: ignore[attr-defined]
    if options.add_markers:
        found = moments(clip, options.beat_markers)
        settings.own_markers = markers.replace_markers(scene, found, clock, settings.own_markers)
        settings.marker_source = marker_source(clip, clock, options.beat_markers)
    if options.add_sound and options.song is not None:
        note = sound.replace_song(scene, options.song, clock, clip.song_start, clip.duration)
        notes += [note] if note else []
        follow_song(scene, options.song)
    return tuple(notes)


def title(clip: Clip) -> str:
    """The action's name: song, style, seed."""
    song = Path(str(clip.meta.get("song", {}).get("name", "song"))).stem
    style = clip.meta.get("request", {}).get("style") or "dance"
    return f"{song} {style} {clip.meta.get('seed', 0)}"[:60]
