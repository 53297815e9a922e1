"""The direction of the section that is chosen in the list, drawn under it."""

from __future__ import annotations

from typing import Any

import bpy

from .core.song_words import clock_text
from .generating import known_analysis
from .section_settings import direction_of, same_section, shown_section
from .translations import said

OWN = -1
"""A section's own choreography, among the numbers of sections."""


def section_icon(scene: Any, index: int) -> str:
    """What shows in the list that a section has something of its own."""
    number = direction_of(scene, index)
    if number is None:
        return "NONE"
    direction = scene.kpop_choreo.directions[number].value()
    if direction.same_as is not None:
        return "LINKED"
    return "GREASEPENCIL" if direction.says_something else "NONE"


class KPOPCHOREO_MT_same_as(bpy.types.Menu):
    """The sections whose choreography may be danced again."""

    bl_label = "Same Choreography as"

    def draw(self, context: bpy.types.Context) -> None:
        shown = shown_section(context.scene)
        if shown is None:
            return
        sections = known_analysis(context.scene)["sections"]
        for number in (OWN, *(n for n in range(len(sections)) if n != shown)):
            text = said("Its Own") if number == OWN else _name(sections[number])
            row = self.layout.operator("kpop_choreo.direct_section", text=text, translate=False)
            row.index, row.same_as = shown, number


def draw_direction(layout: Any, context: bpy.types.Context) -> None:
    """Fields of the chosen section."""
    scene = context.scene
    index = shown_section(scene)
    if index is None:
        return
    sections = known_analysis(scene)["sections"]
    direction = scene.kpop_choreo.directions[scene.kpop_choreo.direction_index]
    box = layout.box().column()
    row = box.row()
    row.label(text=_name(sections[index]), translate=False)
    row.operator("kpop_choreo.forget_direction", text="", icon="LOOP_BACK").index = index
    same = same_section(scene, direction.value())
    words = box.column()
    words.enabled = same is None
    words.prop(direction, "prompt", text="", placeholder=said("as the song"))
    words.prop(direction, "style")
    row = box.row(align=True)
    row.prop(direction, "own_energy", text="")
    slider = row.row(align=True)
    slider.active = direction.own_energy
    slider.prop(direction, "energy", slider=True)
    split = box.split(factor=0.45)
    split.label(text=said("Same moves as"), translate=False)
    text = said("Its Own") if same is None else _name(sections[same])
    split.menu("KPOPCHOREO_MT_same_as", text=text, translate=False)


def _name(section: Any) -> str:
    return f"{said(str(section['label']).capitalize())}  {clock_text(float(section['start']))}"


CLASSES: tuple[type, ...] = (KPOPCHOREO_MT_same_as,)
