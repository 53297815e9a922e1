"""Pins: poses and places that the dance meets on a beat."""

from __future__ import annotations

from typing import Any

import bpy

from .core.pins import Pin, moment_word
from .drawing import Sidebar, messages, wrapped
from .generating import known_analysis
from .pins_properties import KINDS
from .properties import chosen_target
from .scene.armatures import is_locked_away
from .scene.pins import pins_of, unread
from .session import PINS
from .translations import said

ICONS: dict[str, Any] = {kind: icon for kind, _, _, icon, _ in KINDS}


class KPOPCHOREO_PT_pins(Sidebar, bpy.types.Panel):
    """What is pinned, and the one that is edited."""

    bl_label = "Pins"
    bl_order = 7
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads it, nobody changes it

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        row = self.layout.row()
        row.prop(
            context.scene.kpop_choreo,
            "show_pins",
            text="",
            icon="HIDE_OFF" if context.scene.kpop_choreo.show_pins else "HIDE_ON",
            emboss=False,
        )

    def draw(self, context: bpy.types.Context) -> None:
        settings, target = context.scene.kpop_choreo, chosen_target(context)
        column = self.layout.column()
        if target is not None and is_locked_away(target):
            wrapped(column, f"{target.name} is linked, and what is linked cannot be keyed.", "INFO")
            return
        if target is not None and unread(target):
            wrapped(column, "Some pins cannot be read; they stay in the file.", "ERROR")
        _new(column, settings)
        pins = pins_of(target)
        if not pins.pins:
            wrapped(column, "Pose the armature, then pin it: the next dance meets it.", "INFO")
        else:
            rows = column.column(align=True)
            for pin in pins.pins:
                _row(rows.row(align=True), pin, pin.uid == pins.active, context)
            if pins.find(pins.active) is not None:
                _active(column.box().column(align=True), settings)
            column.operator("kpop_choreo.generate_around_pins", icon="PLAY")
        messages(column, PINS)


def _new(column: Any, settings: Any) -> None:
    column.prop(settings, "pin_kind", text="")
    row = column.row(align=True)
    row.prop(settings, "pin_exact", toggle=True)
    row.prop(settings, "pin_hold")
    row = column.row()
    row.scale_y = 1.3
    button = row.operator("kpop_choreo.pin_pose", icon="PINNED")
    button.kind, button.exact = settings.pin_kind, settings.pin_exact
    button.hold = settings.pin_hold


def _row(row: Any, pin: Pin, is_active: bool, context: bpy.types.Context) -> None:
    """One pin: go there, when it is, on or off, remove."""
    heard = known_analysis(context.scene)
    beats, bars = heard.get("beats") or (), heard.get("downbeats") or ()
    name = row.row(align=True)
    name.active = pin.on
    go = name.operator(
        "kpop_choreo.choose_pin",
        text=said(pin.name),
        translate=False,
        icon=ICONS.get(pin.kind, "PINNED"),
        depress=is_active,
    )
    go.pin = pin.uid
    place = row.row(align=True)
    place.alignment = "RIGHT"
    place.active = pin.on
    place.label(text=f"{moment_word(pin.time, beats, bars)} ", translate=False)
    switch = row.operator(
        "kpop_choreo.edit_pin", text="", icon="CHECKBOX_HLT" if pin.on else "CHECKBOX_DEHLT"
    )
    switch.pin, switch.on = pin.uid, not pin.on
    row.operator("kpop_choreo.remove_pin", text="", icon="X").pin = pin.uid


def _active(column: Any, settings: Any) -> None:
    """The fields of the active pin."""
    column.prop(settings, "active_pin_name", text="")
    row = column.row(align=True)
    row.prop(settings, "active_pin_hold")
    row.operator("kpop_choreo.hold_pin", text="", icon="MOD_TIME").beats = 1
    column.prop(settings, "active_pin_weight", slider=True)
    row = column.row(align=True)
    row.operator("kpop_choreo.move_pin", text="", icon="TRIA_LEFT").beats = -1
    row.operator("kpop_choreo.pin_again", icon="PINNED")
    row.operator("kpop_choreo.move_pin", text="", icon="TRIA_RIGHT").beats = 1


CLASSES: tuple[type, ...] = (KPOPCHOREO_PT_pins,)
