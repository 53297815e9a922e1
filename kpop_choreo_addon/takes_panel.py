"""The takes of the armature: flip, compare, keep, discard, make more."""

from __future__ import annotations

from typing import Any

import bpy

from .core.song_words import clock_text
from .core.takes import Take, TakeList
from .drawing import Sidebar, wrapped
from .properties import chosen_target
from .scene.ghosts import has_ghost
from .scene.takes import stored_size, takes_of, unread
from .translations import said


class KPOPCHOREO_PT_takes(Sidebar, bpy.types.Panel):
    """What the armature can dance."""

    bl_label = "Takes"
    bl_order = 5

    def draw(self, context: bpy.types.Context) -> None:
        target = chosen_target(context)
        takes = takes_of(target)
        if target is not None and unread(target):
            wrapped(self.layout, "Some takes cannot be read; they stay in the file.", "ERROR")
        if target is None or not takes.takes:
            wrapped(self.layout, "No takes yet: Generate makes them.", "INFO")
            return
        column = self.layout.column(align=True)
        styles = {take.style for take in takes.takes}
        for take in takes.takes:
            told = take.style if len(styles) > 1 and take.style else f"seed {take.seed}"
            title = said(take.name) if take.source else f"{said(take.name)} ({said(told)})"
            _row(column.row(align=True), target, take, title, take.uid == takes.active)
        _flip(self.layout.row(align=True), takes)
        if takes.current is not None:
            _about(self.layout.column(align=True), takes.current)
        if has_ghost(target):
            self.layout.prop(context.scene.kpop_choreo, "ghost_offset")
        row = self.layout.row(align=True)
        row.operator("kpop_choreo.discard_others", icon="TRASH")
        size = row.row()
        size.alignment = "RIGHT"
        size.label(text=said(f"{stored_size(target) / 1000:.0f} KB"), translate=False)


def _row(row: Any, target: bpy.types.Object, take: Take, title: str, active: bool) -> None:
    """A button to dance it, whether it is kept, its ghost, and away with it."""
    name = row.operator(
        "kpop_choreo.choose_take",
        text=title,
        translate=False,
        icon="RADIOBUT_ON" if active else "RADIOBUT_OFF",
        depress=active,
    )
    name.take = take.uid
    ghost = row.row(align=True)
    ghost.enabled = not active
    shown = has_ghost(target, take.uid)
    _button(ghost, "ghost_take", take, "GHOST_ENABLED" if shown else "GHOST_DISABLED", shown)
    _button(row, "keep_take", take, "FAKE_USER_ON" if take.kept else "FAKE_USER_OFF", take.kept)
    _button(row, "discard_take", take, "X", False)


def _button(row: Any, name: str, take: Take, icon: Any, depress: bool) -> None:
    row.operator(f"kpop_choreo.{name}", text="", icon=icon, depress=depress).take = take.uid


def _flip(row: Any, takes: TakeList) -> None:
    """Back and forth through the takes, to compare them."""
    uids = [take.uid for take in takes.takes]
    row.operator("kpop_choreo.step_take", text="", icon="TRIA_LEFT").by = -1
    here = uids.index(takes.active) + 1 if takes.active in uids else 0
    middle = row.row(align=True)
    middle.alignment = "CENTER"
    middle.label(text=said(f"{here} of {len(uids)}"), translate=False)
    row.operator("kpop_choreo.step_take", text="", icon="TRIA_RIGHT").by = 1
    row.operator("kpop_choreo.rename_take", text="", icon="GREASEPENCIL")
    row.operator("kpop_choreo.more_like_this", icon="DUPLICATE")


def _about(column: Any, take: Take) -> None:
    """How the take that dances was made."""
    style = f"{take.style}, " if take.style else ""
    start = clock_text(take.song_start)
    length = said(f"{take.duration:.0f} s from {start}")
    column.label(text=f"{style}{length}, {said(f'seed {take.seed}')}", translate=False)
    if take.prompt:
        column.label(text=take.prompt, translate=False)


CLASSES: tuple[type, ...] = (KPOPCHOREO_PT_takes,)
