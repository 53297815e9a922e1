"""The Doctor: in the preferences with all that it found, in the sidebar with what is wrong."""

from __future__ import annotations

from typing import Any

import bpy

from .core.doctor import Examination
from .core.doctor_findings import (
    BUNDLED,
    CHECKS,
    FIX_ITEMS,
    FIXES,
    MODEL,
    OK,
    PROBLEM,
    PROCESSOR,
    RESTART,
    SKIPPED,
    WARNING,
    Finding,
)
from .drawing import Sidebar, wrapped
from .session import session
from .translations import said

ICONS: dict[str, Any] = {
    OK: "CHECKMARK",
    WARNING: "ERROR",
    PROBLEM: "CANCEL",
    SKIPPED: "RADIOBUT_OFF",
}
NAMES = {key: name for key, name, _ in FIX_ITEMS}


class KPOPCHOREO_PT_doctor(Sidebar, bpy.types.Panel):
    """What the Doctor found wrong; there only after it was asked."""

    bl_label = "Doctor"
    bl_parent_id = "KPOPCHOREO_PT_engine"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return session.doctor is not None

    def draw(self, context: bpy.types.Context) -> None:
        draw_doctor(self.layout, all_of_it=False)


def draw_doctor(layout: Any, all_of_it: bool) -> None:
    """The button, how far it is, and what was found."""
    doctor = session.doctor
    column = layout.column()
    if doctor is not None and not doctor.finished:
        row = column.row(align=True)
        text = f"Testing: {CHECKS.get(doctor.checking, 'Engine')}"
        row.progress(text=said(text), factor=doctor.fraction)
        row.operator("kpop_choreo.stop_doctor", text="", icon="X")
    else:
        row = column.row(align=True)
        row.operator("kpop_choreo.doctor", icon="VIEWZOOM")
        if doctor is not None:
            row.operator("kpop_choreo.copy_report", icon="COPYDOWN")
    if doctor is None:
        return
    if doctor.finished:
        _summary(column, doctor)
    for finding in doctor.findings:
        if all_of_it or finding.level != OK:
            _finding(column, finding)


def _summary(layout: Any, doctor: Examination) -> None:
    problems, warnings = doctor.count(PROBLEM), doctor.count(WARNING)
    if doctor.cancel.is_set():
        wrapped(layout, "The Doctor was stopped.", "INFO")
    elif problems:
        wrapped(layout, f"Broken links: {problems}.", ICONS[PROBLEM])
    elif warnings:
        wrapped(layout, f"Dances can be made. Warnings: {warnings}.", ICONS[WARNING])
    elif doctor.count(SKIPPED):
        wrapped(layout, "Nothing is wrong with what was tested.", ICONS[OK])
    else:
        wrapped(layout, "All is well: dances can be made.", ICONS[OK])


def _finding(layout: Any, finding: Finding) -> None:
    """Its sentence, and where something is wrong what to do, with buttons."""
    text = f"{said(CHECKS[finding.check])}: {said(finding.message)}"
    if finding.level in (OK, SKIPPED):
        wrapped(layout, text, ICONS[finding.level])
        return
    box = layout.box().column(align=True)
    wrapped(box, text, ICONS[finding.level])
    wrapped(box, finding.remedy)
    for fix in fixes_of(finding):
        box.operator("kpop_choreo.mend", text=said(NAMES[fix])).fix = fix


def fixes_of(finding: Finding) -> list[str]:
    """What buttons can do about it; what is so already is not offered."""
    from .preferences import get_preferences  # which draws us

    chosen, process = get_preferences(), session.host.process
    so_already = {
        BUNDLED: chosen.engine == "BUNDLED",
        PROCESSOR: chosen.device == "CPU" or chosen.engine == "SERVER",
        MODEL: not chosen.model,
        RESTART: process is None or not process.alive,
    }
    return [fix for fix in FIXES.get(finding.code, ()) if not so_already.get(fix, False)]


CLASSES: tuple[type, ...] = (KPOPCHOREO_PT_doctor,)
