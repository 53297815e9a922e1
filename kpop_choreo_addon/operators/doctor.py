"""The Doctor: test every link, mend what a button can mend, copy a report."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

from typing import Any

import bpy

from ..core.doctor import Examination
from ..core.doctor_findings import (
    BUNDLED,
    CHECKS,
    FIX_ITEMS,
    MODEL,
    ONLINE,
    PROBLEM,
    PROCESSOR,
    RESTART,
    Finding,
)
from ..doctoring import begin, patient, report
from ..ids import ADDON_ID
from ..preferences import get_preferences
from ..redrawing import SETTINGS, redraw
from ..session import session
from ..translations import CONTEXT, hinted, said


class KPOPCHOREO_OT_doctor(bpy.types.Operator):
    """Test every link from Python to a dance.

    In the background, without a window, it prints what it finds and returns when all was tested;
    a problem is reported as an error.
    """

    bl_idname = "kpop_choreo.doctor"
    bl_label = "Run Doctor"
    bl_description = "Test every link from the engine's Python to a dance, and say what is wrong"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if session.doctor is not None and not session.doctor.finished:
            cls.poll_message_set(hinted("The Doctor is at work already"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        if not bpy.app.background:
            begin()
            return {"FINISHED"}
        session.doctor = Examination(patient())
        session.doctor.run(_print)
        problems = [f for f in session.doctor.findings if f.level == PROBLEM]
        if not problems:
            return {"FINISHED"}
        self.report({"ERROR"}, f"{said(problems[0].message)} {said(problems[0].remedy)}")
        return {"CANCELLED"}


def _print(finding: Finding) -> None:
    title = CHECKS[finding.check]
    print(f"{finding.level:8} {title:9} {finding.message}", finding.remedy, flush=True)


class KPOPCHOREO_OT_stop_doctor(bpy.types.Operator):
    """Stop testing."""

    bl_idname = "kpop_choreo.stop_doctor"
    bl_label = "Stop Doctor"
    bl_description = "Stop testing; what was started for it ends"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        if session.doctor is not None:
            session.doctor.cancel.set()
        return {"FINISHED"}


class KPOPCHOREO_OT_copy_report(bpy.types.Operator):
    """Put a report on the clipboard in which the user's names and paths are masked."""

    bl_idname = "kpop_choreo.copy_report"
    bl_label = "Copy Report"
    bl_description = (
        "Copy what was found, versions and settings, to send to us; names, paths, songs, prompts "
        "and addresses of yours are not in it"
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.window_manager.clipboard = report()
        self.report({"INFO"}, said("The report is on the clipboard."))
        return {"FINISHED"}


class KPOPCHOREO_OT_mend(bpy.types.Operator):
    """What a button can do about a finding."""

    bl_idname = "kpop_choreo.mend"
    bl_label = "Mend"
    bl_description = "Do this, then run the Doctor again"
    bl_options = {"INTERNAL"}

    fix: bpy.props.EnumProperty(
        name="Mend",
        items=FIX_ITEMS,
        options={"SKIP_SAVE"},
        translation_context=CONTEXT,
    )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        items = cls.bl_rna.properties["fix"].enum_items
        return hinted(items[properties.fix].description)

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen: Any = get_preferences()
        if self.fix == BUNDLED:
            chosen.engine = "BUNDLED"
        elif self.fix == PROCESSOR:
            chosen.device = "CPU"
        elif self.fix == MODEL:
            chosen.model = ""
        elif self.fix == RESTART:
            session.host.stop()
        elif self.fix == ONLINE:
            bpy.ops.screen.userpref_show(section="SYSTEM")
        else:
            bpy.ops.preferences.addon_show(module=ADDON_ID)
        redraw(SETTINGS)
        return {"FINISHED"}


CLASSES: tuple[type, ...] = (
    KPOPCHOREO_OT_doctor,
    KPOPCHOREO_OT_stop_doctor,
    KPOPCHOREO_OT_copy_report,
    KPOPCHOREO_OT_mend,
)
