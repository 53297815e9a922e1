"""Steps a script through Blender's own event loop, with its window open.

A step is a generator that yields how many seconds to wait: meanwhile Blender draws and handles
events as for a person.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
from mathutils import Vector

Step = Callable[["Window"], Iterator[float]]
SETTLE = 0.4
"""Seconds that Blender has for drawing after each part of a step."""
LINE = 40
"""Pixels by which Blender scrolls at a time."""
EMPTY = 20_000
"""Bytes of a picture on which nothing can be seen."""
PATIENCE = 420.0
"""Seconds after which something that is waited for counts as failed."""


class Window:
    """The only window: its 3D view, pictures of it, keys pressed in it, and the report."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.report: dict[str, Any] = {
            "blender": bpy.app.version_string,
            "background": bpy.app.background,
            "steps": [],
        }
        self.figures: dict[str, Any] = {}
        self.pictures: list[str] = []

    def context(self, region: str = "WINDOW") -> Any:
        """A context with the 3D view, as operators have it when a person presses a button."""
        window = bpy.context.window_manager.windows[0]
        area = self.area
        found = next(r for r in area.regions if r.type == region)
        return bpy.context.temp_override(window=window, area=area, region=found)

    @property
    def area(self) -> Any:
        """The 3D view."""
        window = bpy.context.window_manager.windows[0]
        return next(a for a in window.screen.areas if a.type == "VIEW_3D")

    def until(self, asked: Callable[[], bool]) -> Iterator[float]:
        """Waits until ``asked`` says True."""
        deadline = time.monotonic() + PATIENCE
        while not asked():
            assert time.monotonic() < deadline, f"no {asked.__name__} after {PATIENCE:.0f} s"
            yield 0.2

    def press(self, key: str, **held: bool) -> None:
        """Presses a key with the mouse over the 3D view, through Blender's keymaps."""
        window, area = bpy.context.window_manager.windows[0], self.area
        place = {"x": area.x + area.width // 3, "y": area.y + area.height // 2}
        window.event_simulate(type="MOUSEMOVE", value="NOTHING", **place)
        window.event_simulate(type=key, value="PRESS", **place, **held)
        window.event_simulate(type=key, value="RELEASE", **place, **held)

    def look(self, distance: float = 3.2, x: float = 0.0) -> None:
        """Looks from the front at who stands ``x`` metres beside the origin."""
        view = self.area.spaces.active.region_3d
        view.view_perspective = "PERSP"
        view.view_location = (x, 0.0, 0.85)
        view.view_distance = distance
        view.view_rotation = Vector((0.2, 1.0, -0.12)).to_track_quat("-Z", "Y")

    def scroll(self, pixels: int) -> None:
        """Moves the sidebar's content up from its top."""
        with self.context("UI"):
            for _ in range(100):
                bpy.ops.view2d.scroll_up()
            for _ in range(pixels // LINE):
                bpy.ops.view2d.scroll_down()

    def sidebar(self) -> Iterator[float]:
        """Opens the add-on's tab."""
        self.area.spaces.active.show_region_ui = True
        yield 1.0
        region = next(r for r in self.area.regions if r.type == "UI")
        region.active_panel_category = "K-Pop Choreo"
        yield SETTLE

    def picture(self, name: str, suffix: str = ".png") -> Iterator[float]:
        """A numbered picture of the whole window, once it is drawn anew."""
        for area in bpy.context.window_manager.windows[0].screen.areas:
            area.tag_redraw()
        yield SETTLE
        count = sum(len(step["pictures"]) for step in self.report["steps"]) + len(self.pictures)
        path = self.folder / f"{count + 1:02d}_{name}{suffix}"
        # bpy.ops.screen.screenshot() is black where OpenGL is done in software.
        subprocess.run(["import", "-window", "root", str(path)], check=True, timeout=60)
        self.pictures.append(path.name)
        assert path.stat().st_size > EMPTY, "the picture is empty"

    def run(self, steps: tuple[Step, ...]) -> None:
        """Runs the steps in order, one after the other, and closes Blender."""
        self._moves = self._all(steps)
        bpy.app.timers.register(self._tick, first_interval=2.0, persistent=True)

    def _tick(self) -> float | None:
        try:
            return next(self._moves)
        except StopIteration:
            bpy.ops.wm.quit_blender()
            return None

    def _all(self, steps: tuple[Step, ...]) -> Iterator[float]:
        for step in steps:
            began, trouble = time.monotonic(), ""
            self.figures, self.pictures = {}, []
            print(f"STEP {step.__name__}", flush=True)
            try:
                yield from step(self)
            except Exception:  # noqa: BLE001 - whatever it is, the report tells it
                trouble = traceback.format_exc()
                print(trouble, flush=True)
                with contextlib.suppress(AssertionError):
                    yield from self.picture(f"{step.__name__}_failed")
            self.report["steps"].append(
                {
                    "name": step.__name__,
                    "says": (step.__doc__ or "").strip(),
                    "seconds": round(time.monotonic() - began, 1),
                    "failed": trouble,
                    "figures": self.figures,
                    "pictures": self.pictures,
                }
            )
            # Written after every step: a crash of Blender leaves what was proven before it.
            text = json.dumps(self.report, indent=1)
            (self.folder / "report.json").write_text(text, encoding="utf-8")
        self.report["finished"] = True
        text = json.dumps(self.report, indent=1)
        (self.folder / "report.json").write_text(text, encoding="utf-8")
