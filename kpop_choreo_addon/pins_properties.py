"""What the scene remembers for pins, and the fields of the active pin, which lives elsewhere."""

from __future__ import annotations

from typing import Any

import bpy

from .core.errors import ChoreoError
from .core.pins import FEET, HANDS, LONGEST_HOLD, PLACE, POSE
from .scene.armatures import is_locked_away
from .scene.pins import pins_of, set_pins
from .translations import CONTEXT

KINDS = (
    (POSE, "Whole Pose", "Every bone, and where the dancer is", "ARMATURE_DATA", 0),
    (HANDS, "Hands", "Where both hands are, and how they are turned", "VIEW_PAN", 1),
    (FEET, "Feet", "Where both feet are, and how they are turned", "TRACKING", 2),
    (PLACE, "Place", "Where the hips are, and which way the body faces", "EMPTY_ARROWS", 3),
)


def _target(settings: Any) -> Any:
    """Who is pinned; None if nothing can be changed there."""
    target = settings.target or bpy.context.view_layer.objects.active
    armature = target is not None and target.type == "ARMATURE"
    return target if armature and not is_locked_away(target) else None


def _read(name: str, empty: Any) -> Any:
    def get(self: Any) -> Any:
        pins = pins_of(_target(self))
        pin = pins.find(pins.active)
        return empty if pin is None else getattr(pin, name)

    return get


def _write(name: str) -> Any:
    def put(self: Any, value: Any) -> None:
        target = _target(self)
        pins = pins_of(target)
        if pins.find(pins.active) is None:
            return
        try:
            set_pins(target, pins.changed("", **{name: value}))
        except ChoreoError:  # a name that another pin has: the field goes back to what it was
            return

    return put


class PinSettings:
    """Properties of ``Scene.kpop_choreo``."""

    pin_kind: bpy.props.EnumProperty(
        translation_context=CONTEXT, name="Kind", description="What is pinned", items=KINDS
    )
    pin_exact: bpy.props.BoolProperty(
        name="Off the Beat", description="Pin at the playhead and not on the beat next to it"
    )
    pin_hold: bpy.props.FloatProperty(
        name="Hold",
        description="Seconds for which a new pin is held",
        min=0.0,
        max=LONGEST_HOLD,
        soft_max=4.0,
        subtype="TIME_ABSOLUTE",
    )
    show_pins: bpy.props.BoolProperty(
        name="Show Pins",
        description="Draw pins in the 3D view and in the timeline",
        default=True,
    )
    active_pin_name: bpy.props.StringProperty(
        name="Name", description="What the pin is called", get=_read("name", ""), set=_write("name")
    )
    active_pin_hold: bpy.props.FloatProperty(
        name="Hold",
        description="Seconds for which the pin is held",
        min=0.0,
        max=LONGEST_HOLD,
        soft_max=4.0,
        subtype="TIME_ABSOLUTE",
        get=_read("hold", 0.0),
        set=_write("hold"),
    )
    active_pin_weight: bpy.props.FloatProperty(
        translation_context=CONTEXT,
        name="Weight",
        description="How much of the way the dance goes to the pin; 1 meets it",
        min=0.01,
        max=1.0,
        subtype="FACTOR",
        get=_read("weight", 1.0),
        set=_write("weight"),
    )
