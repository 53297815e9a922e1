"""What the scene remembers: one property group at ``Scene.kpop_choreo``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy

from .core.expression import ExpressionOptions
from .core.hand_poses import FROM_DANCE, LEAVE
from .core.keys import KeyOptions
from .core.placement import Placement
from .core.preparing import FitOptions
from .core.root_motion import HIPS, IN_PLACE, ROOT
from .core.settling import ContactOptions
from .edit_properties import EditSettings
from .pins_properties import PinSettings
from .scene.apply import CURRENT_ACTION, NEW_ACTION, NLA_STRIP, ApplyOptions
from .section_settings import SectionSettings
from .styles import NONE, style_items
from .takes_settings import TakesSettings
from .translations import CONTEXT


def _is_armature(owner: Any, obj: bpy.types.Object) -> bool:
    return obj.type == "ARMATURE"


def _slider(name: str, default: float, description: str) -> Any:
    return bpy.props.FloatProperty(
        name=name,
        description=description,
        default=default,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        translation_context=CONTEXT,
    )


class KPOPCHOREO_PG_scene(
    EditSettings, SectionSettings, TakesSettings, PinSettings, bpy.types.PropertyGroup
):
    """Song, prompt, sliders and target of the next dance, and how it is laid into the scene."""

    song: bpy.props.StringProperty(
        name="Song", description="The song to dance to", subtype="FILE_PATH"
    )
    use_range: bpy.props.BoolProperty(
        name="Part of the Song", description="Dance to a part of the song only"
    )
    range_start: bpy.props.FloatProperty(
        translation_context=CONTEXT,
        name="From",
        description="Second of the song",
        min=0.0,
        subtype="TIME_ABSOLUTE",
    )
    range_end: bpy.props.FloatProperty(
        translation_context=CONTEXT,
        name="To",
        description="Second of the song",
        min=0.0,
        default=30.0,
        subtype="TIME_ABSOLUTE",
    )
    prompt: bpy.props.StringProperty(
        name="Prompt", description="What the dance should be like, in English or Korean"
    )
    style: bpy.props.EnumProperty(
        translation_context=CONTEXT,
        name="Style",
        description="A kind of dance that joins the prompt",
        items=style_items,
    )
    energy: _slider("Energy", 0.75, "How big and fast the movements are")
    smoothness: _slider("Smoothness", 0.5, "Sharp and popping, or flowing")
    bounce: _slider("Bounce", 0.6, "How much the body bounces with the beat")
    creativity: _slider("Creativity", 0.4, "Close to what is usual, or freer")
    seed: bpy.props.IntProperty(
        name="Seed", description="Another seed is another dance; the same is the same", min=0
    )
    target: bpy.props.PointerProperty(
        name="Target",
        description="The armature that dances; empty for the active one",
        type=bpy.types.Object,
        poll=_is_armature,
    )
    start_frame: bpy.props.IntProperty(
        name="Start Frame", description="Where dance and song start on the timeline", default=1
    )
    add_sound: bpy.props.BoolProperty(
        name="Sound Strip", description="Lay the song into the sequencer", default=True
    )
    add_markers: bpy.props.BoolProperty(
        name="Markers", description="Mark bars and sections on the timeline", default=True
    )
    beat_markers: bpy.props.BoolProperty(
        name="Every Beat", description="Mark every beat and not only the first of a bar"
    )
    set_frame_end: bpy.props.BoolProperty(
        name="Set End Frame", description="Let the scene end with the dance"
    )
    mirror: bpy.props.BoolProperty(
        name="Mirror", description="Exchange left and right of the dance"
    )
    time_scale: bpy.props.FloatProperty(
        name="Time Scale",
        description="How many times as long the dance lasts; without its song unless it is 1",
        default=1.0,
        min=0.1,
        soft_min=0.25,
        soft_max=4.0,
        max=10.0,
    )
    lock_feet: bpy.props.BoolProperty(
        name="Lock Feet",
        description="Feet stand still on this armature's floor where they stand in the dance",
        default=True,
    )
    clear_body: bpy.props.BoolProperty(
        name="Keep Touches",
        description="Hands touch what they touch in the dance, and stay out of this body",
        default=True,
    )
    place: bpy.props.EnumProperty(
        name="Action",
        description="Where the dance is written",
        items=(
            (NEW_ACTION, "New Action", "Every dance is an action of its own, and the active one"),
            (
                NLA_STRIP,
                "NLA Strip",
                "Every dance is a strip on a track of its own; the active action stays",
            ),
            (
                CURRENT_ACTION,
                "Current Action",
                "Replace the keys of dancing bones in the dance's time, and nothing outside it",
            ),
        ),
    )
    root_motion: bpy.props.EnumProperty(
        name="Travel",
        description="Which bone carries the dancer over the floor",
        items=(
            (HIPS, "Hips", "The hips carry everything"),
            (
                ROOT,
                "Root Bone",
                "Path and heading on the root bone, or on the object without one",
            ),
            (IN_PLACE, "In Place", "On the spot, without path and heading; sway stays"),
        ),
    )
    hands: bpy.props.EnumProperty(
        translation_context=CONTEXT,
        name="Hands",
        description="What the fingers show, on armatures that have some",
        items=(
            (FROM_DANCE, "From the Dance", "Fists, pointing, hearts and V-signs by the moves"),
            ("relaxed", "Relaxed", "Lightly curled throughout"),
            ("fist", "Fist", "Closed throughout"),
            ("open", "Open", "Straight throughout"),
            ("point", "Point", "The index finger straight, the others closed"),
            ("finger heart", "Finger Heart", "Thumb and index finger crossed"),
            ("v", "V-Sign", "Index and middle finger straight, the others closed"),
            (LEAVE, "Leave Alone", "No finger is keyed"),
        ),
    )
    audience: bpy.props.FloatProperty(
        name="Face Audience",
        description="How far head and eyes stay toward the audience while the body turns",
        default=0.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )
    key_mode: bpy.props.EnumProperty(
        name="Keys",
        description="How many keys are written",
        items=(
            ("EVERY", "Every Frame", "Each frame of the dance and each beat, straight between"),
            ("REDUCED", "Reduced", "Only as many as the tolerance needs, Bezier between"),
        ),
    )
    tolerance_degrees: bpy.props.FloatProperty(
        translation_context=CONTEXT,
        name="Degrees",
        description="How far any bone may be turned away from the full dance",
        default=1.0,
        min=0.01,
        soft_max=10.0,
        max=90.0,
    )
    tolerance_mm: bpy.props.FloatProperty(
        name="mm",
        description="How far either end of any bone may be from the full dance, on a body of 1.7 m",
        default=10.0,
        min=0.1,
        soft_max=100.0,
        max=1000.0,
    )
    own_markers: bpy.props.StringProperty(
        name="Own Markers",
        description="Markers that were set by K-Pop Choreo, as JSON",
        options={"HIDDEN"},
    )
    marker_source: bpy.props.StringProperty(
        name="Marker Source",
        description="Song and place of the markers by K-Pop Choreo, as JSON",
        options={"HIDDEN"},
    )

    def parameters(self) -> dict[str, Any]:
        """The request's parameters as CONTRACT.md names them."""
        chosen: dict[str, Any] = {
            name: round(getattr(self, name), 4)
            for name in ("energy", "smoothness", "bounce", "creativity")
        }
        chosen |= {"prompt": self.prompt, "seed": self.seed}
        if self.style and self.style != NONE:
            chosen["style"] = self.style
        if self.n_takes > 1:
            chosen["n_takes"] = self.n_takes
        if self.use_range:
            chosen |= {"start": round(self.range_start, 4), "end": round(self.range_end, 4)}
        sections = self.section_prompts()
        if sections:
            chosen["section_prompts"] = json.dumps(sections, ensure_ascii=False)
        return chosen

    def fit_options(self) -> FitOptions:
        """How a dance is fitted: its keys, its contacts, what hands and head show."""
        reduced = self.key_mode == "REDUCED"
        degrees, millimetres = self.tolerance_degrees, self.tolerance_mm
        return FitOptions(
            KeyOptions(reduced, degrees, millimetres, self.root_motion),
            ContactOptions(self.lock_feet, self.clear_body),
            ExpressionOptions(self.hands, round(self.audience, 3)),
        )

    def placement(self) -> Placement:
        """What is done to a dance before it is fitted."""
        return Placement(self.mirror, round(self.time_scale, 6))

    def apply_options(self, song: Path | None) -> ApplyOptions:
        """How a finished dance is laid into the scene."""
        return ApplyOptions(
            start_frame=self.start_frame,
            song=song,
            add_sound=self.add_sound,
            add_markers=self.add_markers,
            beat_markers=self.beat_markers,
            set_frame_end=self.set_frame_end,
            fit=self.fit_options(),
            place=self.place,
        )


def chosen_target(context: bpy.types.Context) -> bpy.types.Object | None:
    """The armature under Target, else the active one."""
    target = context.scene.kpop_choreo.target
    if target is not None:
        return target
    active = context.view_layer.objects.active
    return active if active is not None and active.type == "ARMATURE" else None
