"""Arguments that several operators take, and what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy

from ..properties import chosen_target
from ..scene.armatures import require_armature


def take_argument() -> Any:
    """The take that an operator is about."""
    return bpy.props.StringProperty(
        name="Take", description="Number of the take; empty for the active one"
    )


def target_argument() -> Any:
    """The armature that an operator is about."""
    return bpy.props.StringProperty(
        name="Target",
        description="Name of the armature; empty for the one under Target",
        options={"SKIP_SAVE"},
    )


def named_target(operator: Any, context: bpy.types.Context) -> bpy.types.Object:
    """The armature that an operator was told, else the one under Target.

    Raises:
        ChoreoError: there is none.
    """
    by_name = next((o for o in context.scene.objects if o.name_full == operator.target), None)
    return require_armature(by_name if operator.target else chosen_target(context))


def seed_argument() -> Any:
    """The seed of what is danced."""
    return bpy.props.IntProperty(
        name="Seed",
        description="Seed of the new dance; a new one if it is left out",
        min=0,
        options={"SKIP_SAVE"},
    )


class Words:
    """What a dance is asked for in words."""

    prompt: bpy.props.StringProperty(name="Prompt", options={"SKIP_SAVE"})
    style: bpy.props.StringProperty(name="Style", options={"SKIP_SAVE"})


class Sliders:
    """How a dance is danced."""

    energy: bpy.props.FloatProperty(name="Energy", options={"SKIP_SAVE"})
    smoothness: bpy.props.FloatProperty(name="Smoothness", options={"SKIP_SAVE"})
    bounce: bpy.props.FloatProperty(name="Bounce", options={"SKIP_SAVE"})
    creativity: bpy.props.FloatProperty(name="Creativity", options={"SKIP_SAVE"})


WORDS = ("prompt", "style")
SLIDERS = ("energy", "smoothness", "bounce", "creativity")


class Range:
    """Bars of a take, or seconds of it in their place."""

    first_bar: bpy.props.IntProperty(
        name="First Bar",
        description="First bar of the range, from 1; 0 for what the panel says",
        min=0,
        options={"SKIP_SAVE"},
    )
    last_bar: bpy.props.IntProperty(
        name="Last Bar",
        description="Last bar of the range; 0 for the first one alone",
        min=0,
        options={"SKIP_SAVE"},
    )
    start: bpy.props.FloatProperty(
        name="Start",
        description="Second of the take at which the range begins, in place of bars",
        min=0.0,
        options={"SKIP_SAVE"},
    )
    end: bpy.props.FloatProperty(
        name="End",
        description="Second of the take at which the range ends, in place of bars",
        min=0.0,
        options={"SKIP_SAVE"},
    )


class ClipFiles:
    """One or several clip files, as Blender's file browser gives them, and their song."""

    filepath: bpy.props.StringProperty(name="Clip", subtype="FILE_PATH", options={"SKIP_SAVE"})
    directory: bpy.props.StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: bpy.props.CollectionProperty(
        name="Clip",
        description="Further takes beside the first one, all in the same folder",
        type=bpy.types.OperatorFileListElement,
        options={"SKIP_SAVE", "HIDDEN"},
    )
    song: bpy.props.StringProperty(name="Song", subtype="FILE_PATH", options={"SKIP_SAVE"})


def given(operator: Any, names: Iterable[str]) -> dict[str, Any]:
    """Those of an operator's arguments ``names`` that the caller gave."""
    found = {n: getattr(operator, n) for n in names if operator.properties.is_property_set(n)}
    return {n: round(v, 6) if isinstance(v, float) else v for n, v in found.items()}
