"""Why a button is greyed: the conditions that several operators share.

Each is asked in a ``poll`` and leaves the reason for the tooltip.
"""

from __future__ import annotations

from typing import Any

import bpy

from ..properties import chosen_target
from ..scene.takes import takes_of
from ..session import session
from ..translations import hinted

BUSY = "K-Pop Choreo is at work already; cancel that first"


def is_idle(cls: Any) -> bool:
    """Nothing is under way."""
    if session.task is not None:
        cls.poll_message_set(hinted(BUSY))
        return False
    return True


def may_pose(cls: Any, context: bpy.types.Context) -> bool:
    """Blender is in a mode in which an armature may be keyed."""
    if context.mode not in ("OBJECT", "POSE"):
        cls.poll_message_set(hinted("Go to Object Mode or Pose Mode first"))
        return False
    return True


def has_takes(cls: Any, context: bpy.types.Context) -> bool:
    """The target has takes."""
    if not takes_of(chosen_target(context)).takes:
        cls.poll_message_set(hinted("There are no takes yet: press Generate first"))
        return False
    return True
