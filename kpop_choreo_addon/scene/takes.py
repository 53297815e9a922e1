"""The takes that live on an armature object: they are saved, undone and appended with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

import bpy

from ..core.clip_meta import fits
from ..core.errors import ChoreoError
from ..core.files import read_json
from ..core.takes import NewTake, Take, TakeList, leaves_out, list_text, read_list, take_clip
from .object_texts import has_unread, keep_unread, register_texts, unregister_texts

LONGEST = 1 << 30
"""Characters of dances: five hundred of three minutes each are a tenth of it."""
LIST, DANCES = "kpop_choreo_takes", "kpop_choreo_take_data"
"""The object's properties: what is told about the takes, and their dances by number."""


def register() -> None:
    """Makes both properties known to Blender."""
    register_texts("Takes", LIST, DANCES)


def unregister() -> None:
    """Takes back what :func:`register` did; does nothing when it was not called."""
    unregister_texts(LIST, DANCES)


def takes_of(obj: bpy.types.Object | None) -> TakeList:
    """The takes of ``obj``; cheap enough to ask in every draw."""
    return read_list(getattr(obj, LIST, "")) if obj is not None else TakeList()


def stored_take(obj: bpy.types.Object, uid: str = "") -> NewTake:
    """A take with its dance; the active one if ``uid`` is empty.

    Raises:
        ChoreoError: ``take_missing`` or ``take_unreadable``.
    """
    take = takes_of(obj).need(uid)
    text = _dances(obj)[0].get(take.uid)
    if text is None:
        raise ChoreoError(
            "take_missing", f"The dance of {take.name} is lost.", "Discard it and generate again."
        )
    return NewTake(take_clip(text), text, take.uid)


def stored_size(obj: bpy.types.Object) -> int:
    """Bytes that the takes of ``obj`` add to the .blend file; cheap enough for every draw."""
    return len(getattr(obj, LIST)) + sum(take.size for take in takes_of(obj).takes)


def store_takes(
    obj: bpy.types.Object, new: Iterable[NewTake], source: str = "", suffix: str = ""
) -> list[Take]:
    """Adds ``new`` to the takes of ``obj`` and makes the first of them active.

    Args:
        source: the take that they were made from.
        suffix: what their names say after the number; left out, which take they are like.
    """
    new = list(new)
    before = takes = takes_of(obj)
    dances = dict(_dances(obj)[0])
    for take in new:
        told = take.told(takes.next_name(suffix), source)
        kin = takes.kin(told)
        if kin is not None and not suffix:
            told = replace(told, name=takes.next_name(f"like {kin.number}"))
        takes = takes.with_takes([told], new[0].uid)
        dances[take.uid] = take.text
    _keep_unread(obj)
    setattr(obj, DANCES, json.dumps(dances))
    setattr(obj, LIST, list_text(takes))
    return [take for take in takes.takes if before.find(take.uid) is None]


def set_takes(obj: bpy.types.Object, takes: TakeList) -> None:
    """Replaces the list; dances that it does not name are removed."""
    _keep_unread(obj)
    dances, _ = _dances(obj)
    named = {take.uid for take in takes.takes}
    if not named.issuperset(dances):
        setattr(obj, DANCES, json.dumps({k: v for k, v in dances.items() if k in named}))
    setattr(obj, LIST, list_text(takes))


def unread(obj: bpy.types.Object) -> bool:
    """Whether ``obj`` has takes that this add-on cannot read; cheap enough for every draw."""
    return has_unread(obj, LIST) or leaves_out(getattr(obj, LIST))


def _keep_unread(obj: bpy.types.Object) -> None:
    """What cannot be read is not lost when the properties are written."""
    _, whole = _dances(obj)
    if not whole or leaves_out(getattr(obj, LIST)):
        keep_unread(obj, LIST, DANCES)


def _dances(obj: bpy.types.Object) -> tuple[Mapping[str, str], bool]:
    """The dances of ``obj`` by number, and whether that is all there is."""
    return _read_dances(getattr(obj, DANCES))


@lru_cache(maxsize=4)
def _read_dances(text: str) -> tuple[Mapping[str, str], bool]:
    try:
        stored = read_json(text, LONGEST) if text else {}
    except ValueError:
        return {}, False
    if not fits(stored, dict):
        return {}, False
    dances = {uid: dance for uid, dance in stored.items() if isinstance(dance, str)}
    return dances, len(dances) == len(stored)
