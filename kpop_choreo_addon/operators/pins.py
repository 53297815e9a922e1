"""Pin poses and places to moments of the song, and dance anew around them."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ..core.bars import SHORTEST, Span, beat_seconds, span_of_seconds
from ..core.clip import Clip
from ..core.errors import ChoreoError
from ..core.pins import LONGEST_HOLD, PinList, moved_by_beats, nearest_beat
from ..editing import part_task
from ..generating import known_analysis
from ..pins_properties import KINDS
from ..properties import chosen_target
from ..redrawing import PANELS, TIMELINES, redraw
from ..scene.pins import pins_of, read_posture, set_pins, song_beats, song_clock
from ..scene.takes import stored_take
from ..session import PINS, session
from ..translations import CONTEXT, hinted, said
from .arguments import given, named_target, seed_argument, target_argument
from .edit import may_edit, run_edit
from .polls import may_pose
from .reporting import fail

AROUND = 4
"""Beats before and after its pins that are danced anew."""
UNHEARD = "The beats of the song are not known yet, so the pin is at the playhead."


def _pin() -> Any:
    return bpy.props.StringProperty(
        name="Pin",
        description="Number or name of the pin; empty for the active one",
        options={"SKIP_SAVE"},
    )


def _beats(context: bpy.types.Context, target: bpy.types.Object) -> np.ndarray:
    return song_beats(context.scene, target, known_analysis(context.scene))


class _Edit:
    """What operators on pins have in common."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        if not may_pose(cls, context):
            return False
        if chosen_target(context) is None:
            cls.poll_message_set(hinted("Choose an armature first"))
            return False
        return True

    def execute(self: Any, context: bpy.types.Context) -> set[str]:
        try:
            target = named_target(self, context)
            set_pins(target, self.edit(context, target, pins_of(target)))
        except ChoreoError as error:
            return fail(self, error, PINS)
        if session.told_at == PINS:
            session.error = None
        redraw((*PANELS, *TIMELINES))
        return {"FINISHED"}


class _EditPin(_Edit):
    """What operators on one of the pins have in common."""

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        if not super().poll(context):
            return False
        if not pins_of(chosen_target(context)).pins:
            cls.poll_message_set(hinted("Nothing is pinned yet: press Pin Here first"))
            return False
        return True


class KPOPCHOREO_OT_pin_pose(_Edit, bpy.types.Operator):
    """Pin what the armature looks like now to the beat next to the playhead."""

    bl_idname = "kpop_choreo.pin_pose"
    bl_label = "Pin Here"
    bl_description = "The next dances meet this pose on the beat next to the playhead"

    kind: bpy.props.EnumProperty(
        translation_context=CONTEXT,
        name="Kind",
        description="What is pinned",
        items=KINDS,
        options={"SKIP_SAVE"},
    )
    exact: bpy.props.BoolProperty(
        name="Off the Beat",
        description="Pin at the playhead and not on the beat next to it",
        options={"SKIP_SAVE"},
    )
    hold: bpy.props.FloatProperty(
        name="Hold",
        description="Seconds for which a new pin is held",
        min=0.0,
        max=LONGEST_HOLD,
        options={"SKIP_SAVE"},
    )
    target: target_argument()

    def edit(self, context: bpy.types.Context, target: Any, pins: PinList) -> PinList:
        second = song_clock(context.scene, target).second(context.scene.frame_current_final)
        beats = np.zeros(0) if self.exact else _beats(context, target)
        if not self.exact and not len(beats):
            self.report({"INFO"}, said(UNHEARD))
        second = nearest_beat(beats, second)
        if second < -1e-6:
            raise ChoreoError(
                "pin_outside",
                "The playhead is before the beginning of the song.",
                "Go to a later frame.",
            )
        posture = read_posture(target)
        return pins.added(self.kind, max(second, 0.0), posture, self.hold)


class KPOPCHOREO_OT_pin_again(_EditPin, bpy.types.Operator):
    """Replace what a pin holds by what the armature looks like now; its moment stays."""

    bl_idname = "kpop_choreo.pin_again"
    bl_label = "Pin Again"
    bl_description = "Replace the pinned pose by the one that is there now; its moment stays"

    pin: _pin()
    target: target_argument()

    def edit(self, context: bpy.types.Context, target: Any, pins: PinList) -> PinList:
        return pins.changed(self.pin, posture=read_posture(target))


class KPOPCHOREO_OT_move_pin(_EditPin, bpy.types.Operator):
    """Move a pin to an earlier or later beat."""

    bl_idname = "kpop_choreo.move_pin"
    bl_label = "Move Pin"
    bl_description = "Move the pin to an earlier or later beat"

    pin: _pin()
    beats: bpy.props.IntProperty(
        name="Beats", description="How many beats later; negative for earlier", default=1
    )
    target: target_argument()

    def edit(self, context: bpy.types.Context, target: Any, pins: PinList) -> PinList:
        second = moved_by_beats(_beats(context, target), pins.need(self.pin).time, self.beats)
        return pins.changed(self.pin, time=round(second, 6))


class KPOPCHOREO_OT_hold_pin(_EditPin, bpy.types.Operator):
    """Hold a pin for whole beats."""

    bl_idname = "kpop_choreo.hold_pin"
    bl_label = "Hold Pin"
    bl_description = "Hold the pin for so many beats"

    pin: _pin()
    beats: bpy.props.IntProperty(
        name="Beats", description="How many beats it is held; 0 for a moment", min=0, default=1
    )
    target: target_argument()

    def edit(self, context: bpy.types.Context, target: Any, pins: PinList) -> PinList:
        pin = pins.need(self.pin)
        end = moved_by_beats(_beats(context, target), pin.time, self.beats)
        return pins.changed(self.pin, hold=max(0.0, end - pin.time) if self.beats else 0.0)


class KPOPCHOREO_OT_edit_pin(_EditPin, bpy.types.Operator):
    """Change name, moment, hold, weight of a pin, or switch it on and off; for scripts too."""

    bl_idname = "kpop_choreo.edit_pin"
    bl_label = "Edit Pin"
    bl_description = "Change the pin; only what is given changes"

    pin: _pin()
    name: bpy.props.StringProperty(
        name="Name", description="What the pin is called", options={"SKIP_SAVE"}
    )
    time: bpy.props.FloatProperty(
        name="Time", description="Second of the song", min=0.0, options={"SKIP_SAVE"}
    )
    hold: bpy.props.FloatProperty(
        name="Hold",
        description="Seconds for which the pin is held",
        min=0.0,
        max=LONGEST_HOLD,
        options={"SKIP_SAVE"},
    )
    weight: bpy.props.FloatProperty(
        translation_context=CONTEXT,
        name="Weight",
        description="How much of the way the dance goes to the pin; 1 meets it",
        min=0.01,
        max=1.0,
        options={"SKIP_SAVE"},
    )
    on: bpy.props.BoolProperty(
        name="On", description="Whether the next dances meet it", options={"SKIP_SAVE"}
    )
    target: target_argument()

    def edit(self, context: bpy.types.Context, target: Any, pins: PinList) -> PinList:
        names = ("name", "time", "hold", "weight", "on")
        chosen = [name for name in names if self.properties.is_property_set(name)]
        return pins.changed(self.pin, **{name: getattr(self, name) for name in chosen})


class KPOPCHOREO_OT_remove_pin(_EditPin, bpy.types.Operator):
    """Remove a pin; the dance stays as it is."""

    bl_idname = "kpop_choreo.remove_pin"
    bl_label = "Remove Pin"
    bl_description = "Remove the pin; the dance stays as it is"

    pin: _pin()
    target: target_argument()

    def edit(self, context: bpy.types.Context, target: Any, pins: PinList) -> PinList:
        return pins.without(self.pin)


class KPOPCHOREO_OT_choose_pin(_EditPin, bpy.types.Operator):
    """Make a pin the active one, and go to its moment."""

    bl_idname = "kpop_choreo.choose_pin"
    bl_label = "Go to Pin"
    bl_description = "Choose this pin and go to its frame"

    pin: _pin()
    target: target_argument()

    def edit(self, context: bpy.types.Context, target: Any, pins: PinList) -> PinList:
        frame = song_clock(context.scene, target).frame(pins.need(self.pin).time)
        context.scene.frame_set(round(frame))
        return pins.activated(self.pin)


class KPOPCHOREO_OT_generate_around_pins(bpy.types.Operator):
    """Dance the active take anew around its pins, and nothing else of it."""

    bl_idname = "kpop_choreo.generate_around_pins"
    bl_label = "Generate Around Pins"
    bl_description = "Dance the active take anew in the bar before and after its pins"
    bl_options = {"REGISTER"}

    pin: bpy.props.StringProperty(
        name="Pin",
        description="Number or name of one pin; empty for all that are on",
        options={"SKIP_SAVE"},
    )
    around: bpy.props.IntProperty(
        name="Beats Around",
        description="How many beats before and after the pins are danced anew",
        default=AROUND,
        min=1,
    )
    seed: seed_argument()
    target: target_argument()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not may_edit(cls, context):
            return False
        if not any(pin.on for pin in pins_of(chosen_target(context)).pins):
            cls.poll_message_set(hinted("No pin is on"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            target = named_target(self, context)
            span = self._span(target, stored_take(target).clip)
            task = part_task(context.scene, target, span, given(self, ("seed",)))
            return run_edit(self, context, target, task)
        except ChoreoError as error:
            return fail(self, error)

    def _span(self, target: Any, clip: Clip) -> Span:
        """What of ``clip`` is danced anew.

        Raises:
            ChoreoError: ``pin_missing``, ``pins_outside``.
        """
        pins = pins_of(target)
        chosen = [pins.need(self.pin)] if self.pin else [pin for pin in pins.pins if pin.on]
        inside = [
            (pin.time - clip.song_start, pin.end - clip.song_start)
            for pin in chosen
            if 0.0 <= pin.time - clip.song_start <= clip.duration
        ]
        if not inside:
            raise ChoreoError(
                "pins_outside",
                "No pin that is on lies in the active take.",
                "Move one into it, or generate a dance that is long enough.",
            )
        wide = max(self.around * beat_seconds(clip), SHORTEST)
        first, last = min(a for a, _ in inside) - wide, max(b for _, b in inside) + wide
        return span_of_seconds(clip, max(0.0, first), min(clip.duration, last))


CLASSES: tuple[type, ...] = (
    KPOPCHOREO_OT_pin_pose,
    KPOPCHOREO_OT_pin_again,
    KPOPCHOREO_OT_move_pin,
    KPOPCHOREO_OT_hold_pin,
    KPOPCHOREO_OT_edit_pin,
    KPOPCHOREO_OT_remove_pin,
    KPOPCHOREO_OT_choose_pin,
    KPOPCHOREO_OT_generate_around_pins,
)
