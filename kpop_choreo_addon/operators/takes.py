"""Choose among the takes of the armature."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

import bpy

from ..core.errors import ChoreoError
from ..generating import bring_stored, showing_task
from ..jobs import watch
from ..properties import chosen_target
from ..scene.armatures import require_armature
from ..scene.take_actions import action_of_take, dance_action
from ..scene.takes import set_takes, takes_of
from ..session import session
from .arguments import named_target, take_argument, target_argument
from .asking import ask_about_edits, replace_edits
from .polls import is_idle, may_pose
from .reporting import fail, report_applied


class KPOPCHOREO_OT_choose_take(bpy.types.Operator):
    """Let the armature dance a take; one without an action is fitted in the background first."""

    bl_idname = "kpop_choreo.choose_take"
    bl_label = "Choose Take"
    bl_description = "Let the armature dance this take"
    bl_options = {"REGISTER"}

    take: take_argument()
    replace_edits: replace_edits()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return is_idle(cls) and may_pose(cls, context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        target = chosen_target(context)
        there = target is not None and action_of_take(target, self.take) is not None
        asked = None if there else ask_about_edits(self, context, event)
        return self.execute(context) if asked is None else asked

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            target = require_armature(chosen_target(context))
            if bpy.app.background or action_of_take(target, self.take) is not None:
                bpy.ops.kpop_choreo.show_take(  # type: ignore[attr-defined]
                    "EXEC_DEFAULT", True, take=self.take, replace_edits=self.replace_edits
                )
                return {"FINISHED"}
            task = showing_task(context.scene, target, self.take)
            task.replace_edits = self.replace_edits
            session.begin(task)
        except ChoreoError as error:
            return fail(self, error)
        except RuntimeError:  # show_take has told why
            return {"CANCELLED"}
        watch()
        return {"FINISHED"}


class KPOPCHOREO_OT_show_take(bpy.types.Operator):
    """Let the armature dance a take: by the action that it has, else by a new one."""

    bl_idname = "kpop_choreo.show_take"
    bl_label = "Show Take"
    bl_description = "Let the armature dance this take"
    bl_options = {"REGISTER", "UNDO"}

    take: take_argument()
    target: target_argument()
    replace_edits: replace_edits()

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            target = named_target(self, context)
            take = takes_of(target).need(self.take)
            action = action_of_take(target, take.uid)
            if action is None:
                done = bring_stored(
                    context.scene, target, take.uid, session.ready, self.replace_edits
                )
                return report_applied(self, done)
            dance_action(target, action)
            set_takes(target, takes_of(target).activated(take.uid))
        except ChoreoError as error:
            return fail(self, error)
        session.error, session.notes = None, ()
        return {"FINISHED"}


CLASSES: tuple[type, ...] = (KPOPCHOREO_OT_choose_take, KPOPCHOREO_OT_show_take)
