"""The dance that an armature shows: its action or strip, and where it lies."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import bpy

from ..core.errors import ChoreoError
from ..core.placement import Placement
from ..core.preparing import FitOptions
from ..core.timing import FrameClock
from .actions import give_action, lay_strip, leave_tweak_mode, new_slot
from .apply import fit_record
from .edited import KEYS, mark_again
from .records import RECORD, clock_of, keep_users_action, record_of
from .take_actions import take_of_action
from .takes import takes_of

LONG = (
    *("beats", "downbeats", "sections", "tempo", "place", "fit", "placement", "unseen", "stand"),
    KEYS,
)
"""What the action's record has and the armature's has not."""


@dataclass(frozen=True, eq=False)
class Danced:
    """An action that holds a take and moves an armature."""

    action: Any
    slot: Any
    """Its slot for the armature; None before Blender 4.4."""
    strip: Any
    """The NLA strip that it is played by; None if it is the active action."""
    record: dict[str, Any]
    edited: bool = False
    """Whether its keys were edited by hand, when somebody asked."""

    @property
    def clock(self) -> FrameClock:
        """Where the dance's seconds lie in the action."""
        return clock_of(self.record)

    @property
    def placement(self) -> Placement:
        """What was done to the take before it was fitted."""
        return Placement(**self.record.get("placement", {}))

    def fitted_as(self, options: FitOptions) -> bool:
        """Whether the take was fitted with these options."""
        return bool(self.record.get("fit") == fit_record(options))


def find_danced(obj: bpy.types.Object, uid: str) -> Danced | None:
    """The take of that number, if ``obj`` shows it: by its action, else by its topmost strip."""
    animation: Any = obj.animation_data
    if not uid or animation is None:
        return None
    found = [(animation.action, getattr(animation, "action_slot", None), None)]
    for track in reversed(animation.nla_tracks):
        for strip in track.strips:
            if strip.action and not (strip.mute or track.mute):
                found.append((strip.action, getattr(strip, "action_slot", None), strip))
    for action, slot, strip in found:
        if action is not None and take_of_action(action) == uid:
            return Danced(action, slot, strip, record_of(action))
    return None


def require_danced(obj: bpy.types.Object) -> Danced:
    """The active take of ``obj``, which it must show.

    Raises:
        ChoreoError: ``take_missing`` or ``not_danced``.
    """
    take = takes_of(obj).need("")
    found = find_danced(obj, take.uid)
    if found is None:
        raise ChoreoError(
            "not_danced", f"{obj.name} does not dance {take.name} now.", "Choose it under Takes."
        )
    return found


def copy_danced(obj: bpy.types.Object, old: Danced, name: str, as_strip: bool) -> Danced:
    """A copy of a dance that ``obj`` shows instead: as its action, or as a strip above the others.

    Raises:
        ChoreoError: ``nla_tweaked`` while a strip is edited.
    """
    animation: Any = obj.animation_data
    action = old.action.copy()
    action.name, action.use_fake_user = name, False
    slot = _slot_like(action, old.slot, obj)
    if not as_strip:
        previous = animation.action
        leave_tweak_mode(animation)
        give_action(animation, action, slot)
        keep_users_action(previous)
        return Danced(action, slot, None, old.record)
    strip = lay_strip(animation, action, slot)
    if old.strip is not None:
        strip.action_frame_start = old.strip.action_frame_start
        strip.action_frame_end = old.strip.action_frame_end
        strip.scale = old.strip.scale
        strip.frame_start, strip.frame_end = old.strip.frame_start, old.strip.frame_end
    return Danced(action, slot, strip, old.record)


def _slot_like(action: Any, slot: Any, obj: bpy.types.Object) -> Any:
    if not hasattr(action, "slots"):
        return None
    named = (s for s in action.slots if slot is not None and s.identifier == slot.identifier)
    return next(named, None) or new_slot(action, obj)


def note_on(obj: bpy.types.Object, shown: Danced, record: dict[str, Any]) -> None:
    """Writes where a dance came from and where it lies, now that its keys were changed by us."""
    if KEYS in record and not shown.edited:
        if "span" in record[KEYS]:
            clock = replace(shown, record=record).clock
            span = [clock.start, clock.frame(record["duration"])]
            record = record | {KEYS: record[KEYS] | {"span": span}}
        mark_again(shown.action, record)
    shown.action[RECORD] = json.dumps(record, ensure_ascii=False)
    if obj.override_library is None:  # which loses properties of its own on save
        short = {k: v for k, v in record.items() if k not in LONG}
        obj[RECORD] = json.dumps(short, ensure_ascii=False)
