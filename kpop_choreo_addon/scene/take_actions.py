"""The action or NLA strip in which an armature dances a take."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import bpy

from .actions import give_action, leave_tweak_mode
from .records import all_actions, keep_users_action, record_of
from .stands import put_back
from .takes import set_takes, takes_of


def take_of_action(action: Any) -> str:
    """The number of the take that ``action`` holds; empty if it holds none."""
    return str(record_of(action).get("take", ""))


def action_of_take(obj: bpy.types.Object, uid: str) -> Any | None:
    """The action of ``obj`` that holds a take: its own, one of its strips, or one without users.

    An action that another object dances is left to it.
    """
    if not uid:
        return None
    own = all_actions(obj)
    found = [a for a in bpy.data.actions if take_of_action(a) == uid]
    for action in found:
        if action in own or action.users - action.use_fake_user == 0:
            return action
    return None


def dance_action(obj: bpy.types.Object, action: Any) -> None:
    """Lets ``obj`` dance ``action``: as its strip, if it is one, else as its action.

    Strips of other takes are muted.
    """
    animation: Any = obj.animation_data_create()
    leave_tweak_mode(animation)
    put_back(obj)
    strips = [s for track in animation.nla_tracks for s in track.strips if s.action]
    if any(strip.action == action for strip in strips):
        for strip in strips:
            if take_of_action(strip.action):
                strip.mute = strip.action != action
        return
    previous = animation.action
    slots = getattr(action, "slots", ())
    give_action(animation, action, slots[0] if slots else None)
    keep_users_action(previous)


def discard(obj: bpy.types.Object, uids: Collection[str]) -> None:
    """Forgets takes of ``obj``; every action stays, because it may hold keys of the user's.

    Blender itself leaves out actions that nothing uses when it saves.
    """
    set_takes(obj, takes_of(obj).without(uids))
