"""What the scene remembers of its song: directions of sections, and whether it is drawn."""

from __future__ import annotations

from typing import Any

import bpy

from .core.section_directions import Direction, matched, section_of, section_prompts
from .generating import known_analysis
from .redrawing import TIMELINES, redraw
from .styles import style_items
from .translations import CONTEXT

AS_SONG = "SONG"
NOWHERE = -1.0

_shown: list[tuple[str, str, str, int]] = []
"""Blender keeps no copy of an enum's strings, so the last list is held here."""


def _styles(owner: Any, context: bpy.types.Context | None) -> list[tuple[str, str, str, int]]:
    """The song's own style first, then all styles; each keeps its number."""
    items = [(AS_SONG, "As the Song", "The style under Prompt & Style", 0)]
    for name, title, words, number in style_items(owner, context):
        items.append((name, title, words, number or 1))
    if items != _shown:
        _shown[:] = items
    return _shown


def redraw_timelines(settings: Any, context: bpy.types.Context) -> None:
    """Lets the timelines show what has changed."""
    redraw(TIMELINES)


class KPOPCHOREO_PG_direction(bpy.types.PropertyGroup):
    """What one section of one song is told for itself."""

    song: bpy.props.StringProperty(options={"HIDDEN"})
    digest: bpy.props.StringProperty(options={"HIDDEN"})
    start: bpy.props.FloatProperty(options={"HIDDEN"})
    end: bpy.props.FloatProperty(options={"HIDDEN"})
    label: bpy.props.StringProperty(options={"HIDDEN"})
    prompt: bpy.props.StringProperty(
        name="Prompt",
        description="What is danced in this section; empty for the prompt of the whole song",
    )
    style: bpy.props.EnumProperty(
        translation_context=CONTEXT,
        name="Style",
        description="The style of this section",
        items=_styles,
    )
    own_energy: bpy.props.BoolProperty(
        name="Own Energy", description="This section is bigger or calmer than the rest of the song"
    )
    energy: bpy.props.FloatProperty(
        name="Energy",
        description="How big and fast the movements of this section are",
        default=0.75,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        translation_context=CONTEXT,
    )
    same_as: bpy.props.FloatProperty(default=NOWHERE, options={"HIDDEN"})
    same_label: bpy.props.StringProperty(options={"HIDDEN"})

    def value(self) -> Direction:
        """The same without Blender."""
        style = self.style or AS_SONG
        return Direction(
            self.start,
            self.end,
            self.label,
            self.prompt,
            "" if style == AS_SONG else style,
            self.energy if self.own_energy else None,
            self.same_as if self.same_as > NOWHERE else None,
            self.same_label,
        )


class SectionSettings:
    """The song's part of the scene's settings."""

    directions: bpy.props.CollectionProperty(
        name="Directions",
        description="What sections of the song are told for themselves",
        type=KPOPCHOREO_PG_direction,
        options={"HIDDEN"},
    )
    direction_index: bpy.props.IntProperty(
        name="Shown Direction",
        description="Number of the direction that is shown under the sections",
        default=-1,
        options={"HIDDEN"},
    )
    show_on_timeline: bpy.props.BoolProperty(
        name="Show on Timeline",
        description="Draw waveform, bars and sections of the song into the timeline",
        default=True,
        update=redraw_timelines,
    )

    def section_prompts(self: Any) -> list[dict[str, Any]]:
        """What the engine is told of the sections; CONTRACT.md's ``section_prompts``."""
        sections = known_analysis(self.id_data).get("sections") or []
        return section_prompts(sections, [self.directions[n].value() for n in _own(self)])


def direction_of(scene: Any, index: int) -> int | None:
    """The number of the direction of section ``index``."""
    settings = scene.kpop_choreo
    own = _own(settings)
    sections = known_analysis(scene).get("sections") or []
    place = matched(sections, [settings.directions[n].value() for n in own]).get(index)
    return None if place is None else own[place]


def shown_section(scene: Any) -> int | None:
    """The number of the section whose direction is shown."""
    settings = scene.kpop_choreo
    own = _own(settings)
    if settings.direction_index not in own:
        return None
    sections = known_analysis(scene).get("sections") or []
    found = matched(sections, [settings.directions[n].value() for n in own])
    place = own.index(settings.direction_index)
    return next((section for section, number in found.items() if number == place), None)


def same_section(scene: Any, direction: Direction) -> int | None:
    """The number of the section whose choreography is danced again."""
    if direction.same_as is None:
        return None
    sections = known_analysis(scene).get("sections") or []
    return section_of(sections, direction.same_as, direction.same_label)


def ensure_direction(scene: Any, index: int) -> KPOPCHOREO_PG_direction:
    """The direction of section ``index``, made if there is none, told where the section is now.

    Directions that say nothing are removed.
    """
    settings, analysis = scene.kpop_choreo, known_analysis(scene)
    section, number = analysis["sections"][index], direction_of(scene, index)
    for place in reversed(_own(settings)):
        if place != number and not settings.directions[place].value().says_something:
            settings.directions.remove(place)
            number = number - 1 if number is not None and number > place else number
    if number is None:
        settings.directions.add()
        number = len(settings.directions) - 1
    found = settings.directions[number]
    found.song, found.digest = settings.song, analysis.get("song_sha256", "")
    found.start, found.end = float(section["start"]), float(section["end"])
    found.label = section["label"]
    settings.direction_index = number
    return found


def _own(settings: Any) -> list[int]:
    """The numbers of the directions that belong to the scene's song."""
    digest = known_analysis(settings.id_data).get("song_sha256", "")
    return [
        number
        for number, direction in enumerate(settings.directions)
        if (direction.digest == digest if digest else direction.song == settings.song)
    ]
