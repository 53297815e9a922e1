"""The box of the GPU engine in the preferences, and its line in the sidebar."""

from __future__ import annotations

from typing import Any

from . import gpu_engine
from .core.gpu_hardware import CPU
from .core.gpu_installed import Installed
from .drawing import wrapped
from .preferences import GPU_BUILDS
from .session import session
from .translations import said


def draw_box(layout: Any, chosen: Any) -> None:
    """What was found, what is installed, and what can be done about it."""
    box = layout.box()
    found = gpu_engine.hardware()
    row = box.row()
    if found is None:
        row.label(text=said("Looking for a GPU"), icon="VIEWZOOM")
    else:
        row.label(text=found.title or said("No GPU was found"), icon="DESKTOP", translate=False)
        if found.maker == "NVIDIA" and found.driver:
            row.label(text=said(f"Driver {found.driver}"))
        row.operator("kpop_choreo.look_for_gpu", text="", icon="FILE_REFRESH")
    box.prop(chosen, "gpu_build")
    there = gpu_engine.installed()
    if there is not None:
        _installed(box, there)
    if session.gpu is not None:
        draw_progress(box)
    else:
        _buttons(box, chosen, there)
    if session.gpu_error is not None:
        wrapped(box, session.gpu_error.message, "ERROR")
        wrapped(box, session.gpu_error.remedy)


def draw_line(layout: Any) -> None:
    """For the sidebar: nothing while the GPU engine works."""
    if session.gpu is not None:
        draw_progress(layout)
        return
    there = gpu_engine.installed()
    if there is None or gpu_engine.is_outdated(there):
        wrapped(layout, "The GPU engine is not installed: the bundled one is used.", "INFO")
        problem = gpu_engine.chosen_build().problem
        if problem:
            wrapped(layout, problem)
        else:
            _install(layout.row(), there)
    elif there.problem is not None:
        wrapped(layout, there.problem.message, "ERROR")
        wrapped(layout, "The bundled engine is used meanwhile.")
    elif not there.device:
        wrapped(layout, "The GPU engine was not tried yet: press Verify.", "INFO")
        layout.operator("kpop_choreo.verify_gpu_engine", icon="CHECKMARK")


def draw_used(layout: Any) -> None:
    """What the last dance was computed on, where that is worth a line."""
    if session.computes_on:
        for number, line in enumerate(session.computes_on):
            wrapped(layout, line, "INFO" if number == 0 else "NONE")


def draw_progress(layout: Any) -> None:
    """How far the work is, and its Cancel."""
    task = session.gpu
    if task is None:
        return
    if task.cancel.is_set():
        layout.progress(text=said("Cancelling"), factor=task.progress.fraction)
        return
    row = layout.row(align=True)
    row.progress(text=said(task.progress.text), factor=task.progress.fraction)
    row.operator("kpop_choreo.cancel_gpu_engine", text="", icon="X")


def _installed(box: Any, there: Installed) -> None:
    title = next(name for key, name, *_ in GPU_BUILDS if key == there.build)
    row = box.row()
    row.label(
        text=said(f"PyTorch {there.torch}, {said(title)}: {there.bytes / 1e9:.1f} GB on the disk"),
        icon="PACKAGE",
    )
    if there.problem is not None:
        wrapped(box, there.problem.message, "ERROR")
        wrapped(box, there.problem.remedy)
        wrapped(box, "The bundled engine is used meanwhile.")
    elif there.device:
        wrapped(box, f"It works on {there.title}.", "CHECKMARK")


def _buttons(box: Any, chosen: Any, there: Installed | None) -> None:
    choice = gpu_engine.chosen_build()
    build = gpu_engine.offered().get(choice.build)
    waiting = gpu_engine.waiting_bytes()
    if choice.problem:
        wrapped(box, choice.problem, "INFO")
        wrapped(box, choice.remedy)
    elif choice.build and build is None:
        wrapped(box, "There is no such GPU engine for this system and Blender.", "INFO")
    row = box.row()
    current = there is not None and build is not None and there.id == build.id
    if build is not None and not current:
        size = f"{build.size / 1e6:.0f}"
        if waiting:
            text = f"{waiting / 1e6:.0f} of about {size} MB are here already."
        elif build.key == CPU:
            text = f"About {size} MB are fetched. The bundled engine is faster on a processor."
        else:
            text = f"About {size} MB are fetched from {_hosts(build)}."
        wrapped(box, text)
        row = box.row()
        _install(row, there)
    if there is not None:
        row.operator("kpop_choreo.verify_gpu_engine", icon="CHECKMARK")
    if there is not None or waiting:
        row.operator("kpop_choreo.remove_gpu_engine", text="Remove", icon="TRASH")


def _install(row: Any, there: Installed | None) -> None:
    """One button, by what it does now."""
    choice = gpu_engine.chosen_build()
    outdated = there is not None and gpu_engine.is_outdated(there)
    text = "Update GPU Engine" if outdated else "Install GPU Engine"
    row.enabled = bool(choice.build)
    button = row.operator(
        "kpop_choreo.install_gpu_engine",
        text="Resume" if gpu_engine.waiting_bytes() else text,
        icon="IMPORT",
    )
    button.build = choice.build or "AUTO"


def _hosts(build: Any) -> str:
    """Where it comes from."""
    addresses = [build.index] if build.index else []
    addresses += [wheel.url for wheel in build.wheels]
    return ", ".join(dict.fromkeys(address.split("/")[2] for address in addresses))
