"""The list of takes: step through it, name, keep, discard, see as ghosts, make more."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

from typing import Any

import bpy

from ..core.errors import ChoreoError
from ..core.preparing import listed
from ..core.seeds import next_seed
from ..core.takes import Take
from ..making_alike import alike_task
from ..properties import chosen_target
from ..redrawing import redraw
from ..scene.armatures import is_locked_away
from ..scene.ghosts import has_ghost, hide_ghost, show_ghost
from ..scene.take_actions import discard
from ..scene.takes import set_takes, takes_of
from ..session import session
from ..translations import hinted, said
from .arguments import named_target, take_argument, target_argument
from .asking import Asking
from .polls import has_takes, is_idle
from .reporting import fail
from .starting import start_dance

LONGEST_NAME = 60


def may_list(cls: Any, context: bpy.types.Context) -> bool:
    """Poll: the armature has takes, and they can be changed."""
    if not has_takes(cls, context):
        return False
    target = chosen_target(context)
    if target is not None and is_locked_away(target):
        cls.poll_message_set(hinted("The armature is linked: press Make Library Override first"))
        return False
    return True


class _OnTake:
    """What operators on one of the takes have in common."""

    bl_options = {"REGISTER", "UNDO"}

    take: take_argument()
    target: target_argument()

    poll = classmethod(may_list)

    def execute(self: Any, context: bpy.types.Context) -> set[str]:
        try:
            target = named_target(self, context)
            self.change(target, takes_of(target).need(self.take))
        except ChoreoError as error:
            return fail(self, error)
        return {"FINISHED"}


class KPOPCHOREO_OT_step_take(bpy.types.Operator):
    """Let the armature dance the next or the previous take of the list, to compare them."""

    bl_idname = "kpop_choreo.step_take"
    bl_label = "Next Take"
    bl_description = "Let the armature dance the next take, or the previous one, to compare them"
    bl_options = {"REGISTER"}

    by: bpy.props.IntProperty(
        name="Steps", description="1 for the next take, -1 for the previous one", default=1
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_takes(cls, context) and is_idle(cls)

    def execute(self, context: bpy.types.Context) -> set[str]:
        uid = takes_of(chosen_target(context)).beside(self.by).uid
        how = "EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT"
        try:
            choose: Any = bpy.ops.kpop_choreo.choose_take  # type: ignore[attr-defined]
            return set(choose(how, take=uid))
        except RuntimeError:  # it has told why
            return {"CANCELLED"}


class KPOPCHOREO_OT_rename_take(_OnTake, bpy.types.Operator):
    """Give a take another name."""

    bl_idname = "kpop_choreo.rename_take"
    bl_label = "Rename Take"
    bl_description = "Give this take a name of your own"

    name: bpy.props.StringProperty(
        name="Name", description="What the take is called", options={"SKIP_SAVE"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        try:
            self.name = takes_of(named_target(self, context)).need(self.take).name
        except ChoreoError as error:
            return fail(self, error)
        return set(context.window_manager.invoke_props_dialog(self))

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.activate_init = True
        self.layout.prop(self, "name", text="")

    def change(self, target: bpy.types.Object, take: Take) -> None:
        name = self.name.strip()[:LONGEST_NAME]
        if not name:
            raise ChoreoError("take_unnamed", "The name is empty.", "Type at least a letter.")
        set_takes(target, takes_of(target).changed(take.uid, name=name))


class KPOPCHOREO_OT_keep_take(_OnTake, bpy.types.Operator):
    """Protect a take from being discarded with the others, or no longer."""

    bl_idname = "kpop_choreo.keep_take"
    bl_label = "Keep Take"
    bl_description = "Keep this take when the others are discarded"

    def change(self, target: bpy.types.Object, take: Take) -> None:
        set_takes(target, takes_of(target).changed(take.uid, kept=not take.kept))


class KPOPCHOREO_OT_discard_take(_OnTake, bpy.types.Operator):
    """Forget a take; keys that the armature dances stay."""

    bl_idname = "kpop_choreo.discard_take"
    bl_label = "Discard Take"
    bl_description = "Forget this take. What the armature dances now stays as it is"

    def change(self, target: bpy.types.Object, take: Take) -> None:
        hide_ghost(target, take.uid)
        discard(target, [take.uid])
        self.report({"INFO"}, said(f"{take.name} was discarded."))


class KPOPCHOREO_OT_discard_others(bpy.types.Operator):
    """Forget all takes that are not kept, but for the one that dances."""

    bl_idname = "kpop_choreo.discard_others"
    bl_label = "Discard Others"
    bl_description = "Forget all takes that are neither kept nor danced now; asks first"
    bl_options = {"REGISTER", "UNDO"}

    target: target_argument()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not may_list(cls, context):
            return False
        if not takes_of(chosen_target(context)).not_kept:
            cls.poll_message_set(hinted("All other takes are kept"))
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self))

    def draw(self, context: bpy.types.Context) -> None:
        going = takes_of(chosen_target(context)).not_kept
        column = self.layout.column(align=True)
        column.label(text=said("These takes go:"), translate=False)
        for take in going:
            column.label(text=said(take.name), translate=False, icon="DOT")

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            target = named_target(self, context)
        except ChoreoError as error:
            return fail(self, error)
        going = takes_of(target).not_kept
        for take in going:
            hide_ghost(target, take.uid)
        discard(target, [take.uid for take in going])
        names = listed([take.name for take in going])
        self.report({"INFO"}, said(f"Discarded: {names}."))
        return {"FINISHED"}


class KPOPCHOREO_OT_ghost_take(bpy.types.Operator):
    """Show a take as a ghost beside the armature, or no longer."""

    bl_idname = "kpop_choreo.ghost_take"
    bl_label = "Ghost"
    bl_description = "Watch this take as a ghost beside the armature, without applying it"
    bl_options = {"REGISTER"}

    take: take_argument()
    target: target_argument()

    poll = classmethod(has_takes)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            target = named_target(self, context)
            take = takes_of(target).need(self.take)
            if has_ghost(target, take.uid):
                hide_ghost(target, take.uid)
            else:
                show_ghost(context.scene, target, take.uid)
        except ChoreoError as error:
            return fail(self, error)
        redraw()
        return {"FINISHED"}


class KPOPCHOREO_OT_more_like_this(Asking, bpy.types.Operator):
    """Make more takes of the choreography of one that is there.

    In the background, without a window, it returns when the first of them has been applied.
    """

    bl_idname = "kpop_choreo.more_like_this"
    bl_label = "More Like This"
    bl_description = "Dance the choreography of this take again, each time a little differently"
    bl_options = {"REGISTER"}

    take: take_argument()
    target: target_argument()
    n_takes: bpy.props.IntProperty(
        name="Takes",
        description="How many are made; left out, what the scene says",
        default=1,
        min=1,
        max=8,
        options={"SKIP_SAVE"},
    )
    seed: bpy.props.IntProperty(
        name="Seed",
        description="The first one's seed; left out, one more than the highest of all takes",
        min=0,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return is_idle(cls) and may_list(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings: Any = context.scene.kpop_choreo
        given = self.properties.is_property_set
        count = self.n_takes if given("n_takes") else settings.n_takes
        try:
            target = named_target(self, context)
            following = next_seed(takes_of(target).seeds | session.seeds)
            seed = self.seed if given("seed") else following
            task = alike_task(context.scene, target, self.take, seed, count)
        except ChoreoError as error:
            return fail(self, error)
        return start_dance(self, context.scene, target, task)


CLASSES: tuple[type, ...] = (
    KPOPCHOREO_OT_step_take,
    KPOPCHOREO_OT_rename_take,
    KPOPCHOREO_OT_keep_take,
    KPOPCHOREO_OT_discard_take,
    KPOPCHOREO_OT_discard_others,
    KPOPCHOREO_OT_ghost_take,
    KPOPCHOREO_OT_more_like_this,
)
