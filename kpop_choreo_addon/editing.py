"""A new take made of another one: a part danced anew, longer, in a loop, mirrored, shorter."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from .core.bars import Span, beat_seconds
from .core.clip import Clip, read_clip
from .core.clip_writer import clip_bytes
from .core.edits import LONGER, LOOP, MIRROR, PART, Edit
from .core.errors import ChoreoError
from .core.object_root import OBJECT
from .core.placement import mirrored, placed, placement_of
from .core.preparing import Prepared, Ready, prepare
from .core.reshape import cut, lengthened
from .core.seeds import LARGEST
from .core.takes import NewTake, new_take
from .core.timing import FrameClock
from .generating import bring_take, dance_task, fitting, made_to, song_path
from .scene.apply import (
    CURRENT_ACTION,
    NLA_STRIP,
    Applied,
    dress_timeline,
    provenance,
    timing,
    title,
)
from .scene.armatures import read_target, require_armature
from .scene.danced import Danced, copy_danced, find_danced, note_on, require_danced
from .scene.edited import is_edited
from .scene.punch_in import require_open_action
from .scene.reshape import crop, cut_unseen, lengthen, nudge, shifted
from .scene.splice import Part, splice
from .scene.switches import switch_curves
from .scene.takes import store_takes, stored_take
from .session import Task

SONG_ENDS = "The song ends there, so the take became shorter than asked for."


def part_task(scene: Any, target: bpy.types.Object, span: Span, given: Mapping[str, Any]) -> Task:
    """A task that ends with the clip of the active take with ``span`` danced anew.

    Args:
        given: parameters that replace what the scene says; without a seed there is a new one.

    Raises:
        ChoreoError: those of :func:`dance_task`, no take, or the scene's song is another one.
    """
    take = stored_take(target)
    order = {**_asked(scene), **given, "regenerate": json.dumps([span.start, span.end])}
    task = dance_task(scene, target, _song_of(scene, take), order, clip_bytes(take.clip))
    task.edit = Edit(PART, take.uid, span.words, span.start, span.end)
    return task


def longer_task(scene: Any, target: bpy.types.Object, bars: int, given: Mapping[str, Any]) -> Task:
    """The same with ``bars`` more bars at the end, or as many as the song has.

    Raises:
        ChoreoError: as :func:`part_task`, and those of :func:`lengthened`.
    """
    take = stored_take(target)
    longer = lengthened(take.clip, bars)
    end = longer.clip.duration
    order = {**_asked(scene), **given, "regenerate": json.dumps([longer.start, end])}
    task = dance_task(scene, target, _song_of(scene, take), order, clip_bytes(longer.clip))
    more = round((end - longer.start) / (4 * beat_seconds(take.clip)))
    words = "1 bar longer" if more == 1 else f"{more} bars longer"
    note = SONG_ENDS if longer.ends_with_song else ""
    task.edit = Edit(LONGER, take.uid, words, longer.start, end, note)
    return task


def loop_task(scene: Any, target: bpy.types.Object, span: Span, given: Mapping[str, Any]) -> Task:
    """A task that ends with a loop over ``span``, asked for as the active take was.

    Raises:
        ChoreoError: as :func:`part_task`.
    """
    take = stored_take(target)
    request, meta = take.clip.meta.get("request", {}), take.clip.meta
    names = ("prompt", "style", "energy", "smoothness", "bounce", "creativity")
    order: dict[str, Any] = {name: request[name] for name in names if request.get(name) is not None}
    if request.get("section_prompts"):
        order["section_prompts"] = json.dumps(request["section_prompts"])
    order |= {"seed": meta.get("seed", 0), **given, "loop": 1}
    since = take.clip.song_start
    order |= {"start": round(since + span.start, 6), "end": round(since + span.end, 6)}
    task = dance_task(scene, target, _song_of(scene, take), order)
    task.edit = Edit(LOOP, take.uid, f"loop of {span.words}", span.start, span.end)
    return task


def mirror_task(scene: Any, target: bpy.types.Object) -> Task:
    """A task that ends with the active take mirrored and fitted.

    Raises:
        ChoreoError: no take, or the armature cannot be read.
    """
    take = stored_take(target)
    task = fitting(scene, target, (MIRROR, take.uid), lambda: (mirrored_take(take),))
    task.edit = Edit(MIRROR, take.uid, "mirrored")
    return task


def mirrored_take(take: NewTake) -> NewTake:
    """``take`` with left and right exchanged."""
    return new_take(mirrored(take.clip))


def bring_edit(
    scene: Any,
    target: bpy.types.Object | None,
    edit: Edit,
    clip: Path | None = None,
    ready: Ready | None = None,
) -> Applied:
    """Stores what came of an edit as a take of ``target`` and lets it dance that.

    A part that was danced anew goes into a copy of the action that shows the old take, so that
    everything outside stays what it is, edited by hand or not.

    Args:
        clip: the clip file that the engine made, if it had to.
        ready: what a fitting task made of it.

    Raises:
        ChoreoError: the clip cannot be read, the take is gone, or ``target`` cannot dance.
    """
    armature = require_armature(target)
    key = (str(clip),) if clip else (MIRROR, edit.take)
    if ready is not None and ready.key == key:
        take, prepared = ready.takes[0], ready.prepared
    elif clip is not None:
        take, prepared = new_take(read_clip(clip)), None
    else:
        take, prepared = mirrored_take(stored_take(armature, edit.take)), None
    old = find_danced(armature, edit.take)
    why = ""
    if edit.kind in (PART, LONGER):
        why = _unlike(scene, armature, old, edit)
    if edit.kind in (PART, LONGER) and old is not None and not why:
        done = _bring_part(scene, armature, take, edit, old, prepared)
    else:
        done = bring_take(scene, armature, take, None, prepared, _start_frame(scene, edit, old))
        new = find_danced(armature, take.uid)
        if old is not None and new is not None and old.record.get("nudged"):
            nudge(armature, new, old.record["nudged"] * new.clock.rate)
    done = replace(done, notes=tuple(note for note in (*done.notes, why, edit.note) if note))
    store_takes(armature, [take], edit.take, edit.suffix)
    return done


def bring_shorter(scene: Any, target: bpy.types.Object, span: Span) -> Applied:
    """Stores ``span`` of the active take as a take, and lets ``target`` dance that much of it.

    Raises:
        ChoreoError: ``target`` does not show its active take, or it is as short already.
    """
    take, old = stored_take(target), require_danced(target)
    if span.start <= 0.5 / take.clip.fps and span.end >= take.clip.duration - 0.5 / take.clip.fps:
        raise ChoreoError(
            "not_shorter", "The take is as short already.", "Choose fewer bars of it."
        )
    new = new_take(cut(take.clip, span.start, span.end))
    clip = placed(new.clip, old.placement)
    scale = old.placement.time_scale
    since = scale * (new.clip.song_start - take.clip.song_start)
    start, end = old.clock.frame(since), old.clock.frame(since + clip.duration)
    shown = _shown(target, old, title(clip), scene.kpop_choreo.place)
    crop(shown, start, end)
    clock = replace(old.clock, start=start)
    record = _record(scene, old, clip, new, clock)
    if "unseen" in record:
        record["unseen"] = cut_unseen(record["unseen"], since, clip.frames)
    note_on(target, shown, record)
    store_takes(target, [new], take.uid, span.words)
    return Applied(shown.action.name, 0, start, end, ())


def _asked(scene: Any) -> dict[str, Any]:
    """What the scene says about a dance, but for its length and how many; with a new seed."""
    asked = scene.kpop_choreo.parameters() | {"seed": random.randrange(LARGEST)}
    return {k: v for k, v in asked.items() if k not in ("start", "end", "n_takes")}


def _song_of(scene: Any, take: NewTake) -> Path:
    """The scene's song, to which ``take`` must have been made."""
    song = song_path(scene.kpop_choreo.song)
    if song.is_file() and not made_to(take.clip, song):
        name = take.clip.meta.get("song", {}).get("name", "")
        raise ChoreoError(
            "song_other", "This take dances to another song.", f"Choose {name} under Song."
        )
    return song


def _start_frame(scene: Any, edit: Edit, old: Danced | None) -> float | None:
    """Where the new dance lies on the timeline; None for where the scene says."""
    if old is None:
        return None
    since = scene.kpop_choreo.time_scale * edit.start if edit.kind == LOOP else 0.0
    return _song_clock(old).frame(since)


def _unlike(scene: Any, armature: bpy.types.Object, old: Danced | None, edit: Edit) -> str:
    """Why a part cannot go into the action that is there, as a sentence; empty if it can."""
    settings = scene.kpop_choreo
    if old is None:
        return f"{armature.name} did not dance that take, so the whole dance was fitted anew."
    if old.placement != settings.placement() or not old.fitted_as(settings.fit_options()):
        return "The settings under Target have changed, so the whole dance was fitted anew."
    own = armature.animation_data.action
    if settings.place == CURRENT_ACTION and (edit.kind == LONGER or old.action != own):
        return "The dance lies amid other keys, so the whole of it was fitted anew."
    return ""


def _bring_part(
    scene: Any,
    armature: bpy.types.Object,
    take: NewTake,
    edit: Edit,
    old: Danced,
    prepared: Prepared | None,
) -> Applied:
    """Puts the new part of ``take`` into the dance that ``armature`` shows."""
    settings = scene.kpop_choreo
    placement, options, target = old.placement, settings.fit_options(), read_target(armature)
    clip = placed(take.clip, placement)
    if prepared is not None and placement_of(prepared.clip) == placement:
        clip = prepared.clip
    if prepared is not None and prepared.fits(clip, target, options):
        dance = prepared.dance
    else:
        dance = prepare(clip, target, options)
    scale, last = placement.time_scale, old.record["duration"]
    start, end = scale * edit.start, scale * edit.end
    fade = min(0.5 * beat_seconds(clip), (end - start) / 4)
    part = Part(start, end, 0.0, last if edit.kind == PART else clip.duration, fade, clip.fps)
    in_place = settings.place == CURRENT_ACTION
    if in_place:
        require_open_action(armature, ())
    shown = _shown(armature, old, title(clip), settings.place)
    modes = {**target.modes, OBJECT: armature.rotation_mode}
    splice(armature, shown.action, shown.slot, dance, modes, old.clock, part)
    notes = list(dance.notes)
    record = _record(scene, old, clip, take, old.clock)
    note_on(armature, shown, record | {"unseen": dance.unseen.stored()})
    if edit.kind == LONGER:
        switches = switch_curves(armature, dance.switches, old.clock.start, 0.0)
        lengthen(shown, switches, old.clock.frame(last), old.clock.frame(clip.duration))
        song = song_path(settings.song)
        sound = song if scale == 1.0 and made_to(take.clip, song) else None
        notes += dress_timeline(scene, clip, _song_clock(old), settings.apply_options(sound))
    own = armature.animation_data.action
    if shown.strip is not None and own is not None:
        notes.append(f"The action {own.name} is still active and plays over the strip.")
    first, end = old.clock.frame(part.start), old.clock.frame(part.end)
    return Applied(shown.action.name, len(dance.keys), first, end, tuple(notes))


def _shown(armature: bpy.types.Object, old: Danced, name: str, place: str) -> Danced:
    """What may be changed of a dance: itself in the current action, else a copy that is shown."""
    if place == CURRENT_ACTION and old.action == armature.animation_data.action:
        shown = old
    else:
        shown = copy_danced(armature, old, name, place == NLA_STRIP)
    return replace(shown, edited=is_edited(shown.action))


def _record(
    scene: Any, old: Danced, clip: Clip, take: NewTake, clock: FrameClock
) -> dict[str, Any]:
    """What is written beside a dance that was made of ``old`` and lies at ``clock``."""
    options = replace(scene.kpop_choreo.apply_options(None), take=take.uid)
    kept = {"song_path": old.record["song_path"], "nudged": 0.0}
    record = old.record | provenance(clip, clock, options) | timing(clip) | kept
    return shifted(record, old.record.get("nudged", 0.0))


def _song_clock(old: Danced) -> FrameClock:
    """Where the seconds of a dance's song lie, from which it may have been nudged away."""
    return replace(
        old.clock, start=old.clock.start - old.record.get("nudged", 0.0) * old.clock.rate
    )
