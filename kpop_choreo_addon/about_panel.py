"""About: version, licence, and whose work the extension stands on."""

# ruff: noqa: RUF012 - Blender reads bl_options, nobody changes it

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import bpy

from .core.credits import Work, read_works
from .drawing import Sidebar, wrapped
from .translations import said


class KPOPCHOREO_PT_about(Sidebar, bpy.types.Panel):
    """Last in the sidebar, folded."""

    bl_label = "About"
    bl_order = 20
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        draw_about(self.layout)


def draw_about(layout: Any) -> None:
    """Version, licence, the file with every licence where there is one, and credits."""
    column = layout.column()
    column.label(text=f"{works()[0].title} {version()}", translate=False, icon="INFO")
    wrapped(column, "Free software, without warranty: GPL-3.0-or-later.")
    wrapped(column, "Dances that you make with it are yours.")
    file = Path(__file__).with_name("CREDITS.md")
    if file.is_file():
        column.operator("wm.path_open", text=said("All Licences"), icon="TEXT").filepath = str(file)
    for work in works():
        if work.link:
            _draw_work(column.box(), work)


def _draw_work(box: Any, work: Work) -> None:
    row = box.row()
    wrapped(row, work.title)
    row.operator("wm.url_open", text="", icon="URL").url = work.link
    wrapped(box, work.part)
    wrapped(box, f"{work.by}: {said(work.terms)}")
    if work.note:
        wrapped(box, work.note)


@lru_cache(maxsize=1)
def works() -> tuple[Work, ...]:
    """The credits, read once."""
    return read_works()


@lru_cache(maxsize=1)
def version() -> str:
    """The extension's, from its manifest beside us or, in a checkout, above us."""
    here = Path(__file__).parent
    for folder in (here, here.parent):
        path = folder / "blender_manifest.toml"
        if path.is_file():
            return str(tomllib.loads(path.read_text(encoding="utf-8"))["version"])
    return ""


CLASSES: tuple[type, ...] = (KPOPCHOREO_PT_about,)
