"""docs/start.md done with the mouse, with its pictures; tools/make_pictures.py starts it.

    blender --python tutorial.py -- FOLDER [CHAPTER]

begins with a later chapter from the file that the one before has left.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from looks import ADDON, FOLDER, addon, idle, require_no_error, settings
from mouse import Mouse
from page import Chapter, Doing, Picture, read_page
from window import SETTLE, Window

PAGE = FOLDER / "given" / "start.md"
SCALE = 1.25
"""Of Blender's interface, so that it can be read in a picture."""
TIMELINE = 90
"""Pixels by which the timeline is made higher, so that the song is seen in it."""
PREFIXES = {"Song": "range_", "Edit": "edit_", "Pins": "pin_"}
"""How properties of a panel begin whose names are used by several panels."""
HEADERS = {"Pins": ".show_pins"}
"""What stands in the header of a closed panel."""
ARROWS = {"◀": "kpop_choreo.step_take(by=-1"}
TRIES = 3
"""How often a button is pressed where the machine is too slow for the engine to start."""
PROGRESS, DANCE = 14, range(40, 136, 3)
"""Pictures of a movie while the dance is made, and the frames of the dance after that."""


class Reader:
    """Does what the page says, in a window."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.mouse = Mouse(window)
        path = FOLDER / "boxes.json"
        self.boxes: dict[str, tuple[int, int, int, int]] = {}
        """Parts of pictures: left, top, right and bottom in pixels."""
        if path.is_file():  # of the chapters before
            self.boxes |= json.loads(path.read_text(encoding="utf-8"))
        self.failed = False

    def follow(self, chapter: Chapter) -> Iterator[float]:
        """All steps of a chapter, and a file from which the next one can go on."""
        following: list[Doing | Picture | None] = [*chapter.steps[1:], None]
        for step, after in zip(chapter.steps, following, strict=True):
            print("  ", step, flush=True)
            self.movie = after.path if isinstance(after, Picture) and after.shows == "movie" else ""
            self.menu = after.path if isinstance(after, Picture) and after.shows == "menu" else ""
            if isinstance(step, Doing):
                yield from getattr(self, f"_{step.kind}")(step)
            elif step.shows.split()[0] in ("window", "sidebar"):
                yield from self._picture(step)
        number = chapter.title.split(".")[0]
        bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / f"chapter_{number}.blend"), copy=True)

    def _picture(self, step: Picture) -> Iterator[float]:
        area = self.window.area
        self.mouse.move(area.x + 60, area.y + 40)
        name = Path(step.path).stem
        shows, _, scrolled = step.shows.partition(" ")
        if scrolled:
            self.window.scroll(int(scrolled))
        if shows == "sidebar":
            region = self.mouse.region
            window = bpy.context.window_manager.windows[0]
            top = window.height - region.y - region.height
            self.boxes[name] = (region.x, top, region.x + region.width, top + region.height)
        yield 0.5
        yield from self.window.picture(name)
        (FOLDER / "boxes.json").write_text(json.dumps(self.boxes), encoding="utf-8")

    def _preferences(self, _: Doing) -> Iterator[float]:
        self.window.area.type = "PREFERENCES"
        bpy.context.preferences.active_section = "EXTENSIONS"
        bpy.context.window_manager.extension_search = "K-Pop"
        yield SETTLE

    def _install(self, _: Doing) -> Iterator[float]:
        """The zip is installed by Blender's command line; the list shows it."""
        assert ADDON in bpy.context.preferences.addons
        yield from self.window.picture("installed")  # before the list is left
        screen = bpy.context.window_manager.windows[0].screen
        next(a for a in screen.areas if a.type == "PREFERENCES").type = "VIEW_3D"
        yield SETTLE

    def _tab(self, _: Doing) -> Iterator[float]:
        self.window.area.spaces.active.overlay.show_relationship_lines = False
        yield from self.window.sidebar()

    def _write(self, doing: Doing) -> Iterator[float]:
        value = str(FOLDER / "given" / doing.value) if doing.name == "Song" else doing.value
        yield from self.mouse.fill(self._property(doing), value)

    def _set(self, doing: Doing) -> Iterator[float]:
        yield from self.mouse.fill(self._property(doing), doing.value)

    def _tick(self, doing: Doing) -> Iterator[float]:
        yield from self.mouse.click(self._property(doing))

    def _choose(self, doing: Doing) -> Iterator[float]:
        found = self._property(doing)
        titles = {key: title for key, title, *_ in addon("styles").BUILT_IN}
        yield from self.mouse.find(found)
        for _ in range(12):
            if titles.get(getattr(settings(), found[1:])) == doing.value:
                return
            self.mouse.event("WHEELDOWNMOUSE", ctrl=True)
            yield SETTLE
        raise AssertionError(f"there is no {doing.value} in {doing.name}")

    def _press(self, doing: Doing) -> Iterator[float]:
        for _ in range(TRIES):
            yield from self.mouse.click(self._button(doing))
            yield from self._wait()
            if not _engine_was_slow():
                break
        require_no_error()
        if self.movie:
            yield from self._dance()
        if doing.name == "Add Dancer":
            self.window.look(3.6, -0.25)
            yield SETTLE
        if doing.name == "Play":
            yield 1.0

    def _ghost(self, _: Doing) -> Iterator[float]:
        first = addon("scene.takes").takes_of(settings().target).takes[0]
        yield from self.mouse.click(f'kpop_choreo.ghost_take(take="{first.uid}"')
        bpy.context.scene.frame_set(120)
        self.window.look(4.8, 0.9)
        yield SETTLE

    def _open(self, doing: Doing) -> Iterator[float]:
        yield from self.mouse.unfold(HEADERS[doing.name])

    def _frame(self, doing: Doing) -> Iterator[float]:
        bpy.context.scene.frame_set(int(doing.value))
        self.window.look(3.6, -0.25)
        yield SETTLE

    def _turn(self, doing: Doing) -> Iterator[float]:
        target = settings().target
        bpy.context.view_layer.objects.active = target
        with self.window.context():
            bpy.ops.object.mode_set(mode="POSE")
        bone = target.pose.bones[doing.name]
        for other in target.pose.bones:
            _select(other, other == bone)
        target.data.bones.active = bone.bone
        yield SETTLE
        for key in ("R", "X", *(("SIX", "ZERO") if doing.value == "60" else ()), "RET"):
            self.window.press(key)
            yield 0.3
        with self.window.context():
            bpy.ops.object.mode_set(mode="OBJECT")
        yield SETTLE

    def _save(self, doing: Doing) -> Iterator[float]:
        bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / doing.value))
        yield SETTLE

    def _export(self, doing: Doing) -> Iterator[float]:
        bpy.context.preferences.view.filebrowser_display_type = "SCREEN"
        yield from self.mouse.find("kpop_choreo.save_clip(")
        self.mouse.move(self.mouse.at[0], self.mouse.at[1] + round(20 * SCALE))
        yield SETTLE
        self.mouse.tap("LEFTMOUSE")
        yield 0.8
        if self.menu:
            yield from self.window.picture(Path(self.menu).stem)
        self.mouse.tap(doing.value[0].upper())
        yield 1.5
        self.mouse.tap("RET")
        yield 4.0
        require_no_error()
        assert list(FOLDER.glob("*.fbx")), "no file was written"

    def _button(self, doing: Doing) -> str:
        """What Blender copies of the button of that name."""
        if doing.name in ARROWS:
            return ARROWS[doing.name]
        if ":" in doing.name:
            minutes, seconds = doing.name.split()[0].split(":")
            second = 60 * int(minutes) + int(seconds)
            sections = addon("session").session.analysis["sections"]
            index = next(n for n, s in enumerate(sections) if int(s["start"]) == second)
            return f"kpop_choreo.direct_section(index={index}"
        for cls in addon("registration").CLASSES:
            if issubclass(cls, bpy.types.Operator) and cls.bl_label == doing.name:
                return f"{cls.bl_idname}("
        raise AssertionError(f"there is no button {doing.name}")

    def _property(self, doing: Doing) -> str:
        """The end of the path of the property of that name."""
        if doing.panel == "Sections":
            return f".directions[{settings().direction_index}].{doing.name.lower()}"
        prefix = PREFIXES.get(doing.panel, "")
        named = [p.identifier for p in settings().bl_rna.properties if p.name == doing.name]
        first = [n for n in named if n.startswith(prefix) and prefix]
        return f".{(first or named)[0]}"

    def _wait(self) -> Iterator[float]:
        """Until what was begun is done; with pictures of a movie if one is asked for."""
        yield SETTLE
        shots = 0
        while not idle() and self.movie and shots < PROGRESS:
            shots += 1
            yield from self._shot(shots)
            yield 1.0
        yield from self.window.until(idle)
        yield SETTLE

    def _dance(self) -> Iterator[float]:
        """Pictures of the dance, for the end of a movie."""
        text = json.dumps({"dance": len(DANCE)})
        (FOLDER / "movie.json").write_text(text, encoding="utf-8")
        for number, frame in enumerate(DANCE, PROGRESS + 1):
            bpy.context.scene.frame_set(frame)
            yield from self._shot(number)

    def _shot(self, number: int) -> Iterator[float]:
        name = f"{Path(self.movie).stem}-{number:03d}"
        yield from self.window.picture(name, ".jpg")


def _engine_was_slow() -> bool:
    """Whether the engine's start took too long, as on a machine with much else to do."""
    error = addon("session").session.error
    return error is not None and error.code == "engine_slow"


def _select(pose_bone: Any, on: bool) -> None:
    """Selects a bone, where this Blender keeps that."""
    owner = pose_bone if hasattr(pose_bone, "select") else pose_bone.bone
    owner.select = on


def _chapter(reader: Reader, chapter: Chapter) -> Callable[[Window], Iterator[float]]:
    def step(window: Window) -> Iterator[float]:
        assert not reader.failed, "the chapter before failed"
        reader.failed = True
        yield from reader.follow(chapter)
        reader.failed = False

    step.__name__ = f"chapter_{chapter.title.split('.')[0]}"
    step.__doc__ = chapter.title
    return step


def _begin(reader: Reader, first: int) -> Callable[[Window], Iterator[float]]:
    def begin(window: Window) -> Iterator[float]:
        """An empty file, or what the chapter before has left; the timeline is made higher."""
        if first > 1:
            path = FOLDER / f"chapter_{first - 1}.blend"
            bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False)
        else:
            bpy.ops.wm.read_homefile(use_empty=True, load_ui=False, use_factory_startup=True)
        bpy.context.preferences.view.ui_scale = SCALE
        yield SETTLE
        screen = bpy.context.window_manager.windows[0].screen
        line = next(a for a in screen.areas if a.type == "DOPESHEET_EDITOR")
        with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
            bpy.ops.screen.area_move(
                x=line.x + line.width // 2, y=line.y + line.height, delta=TIMELINE
            )
        yield SETTLE
        if first > 1:
            yield from reader._tab(Doing("tab"))
            window.look(3.6, -0.25)
            yield SETTLE

    return begin


def main() -> None:
    """Follows the page, from the chapter that is asked for."""
    preferences = bpy.context.preferences
    preferences.view.show_splash = False
    preferences.view.ui_scale = SCALE
    given = sys.argv[sys.argv.index("--") + 1 :]
    first = int(given[1]) if len(given) > 1 else 1
    window = Window(FOLDER)
    reader = Reader(window)
    chapters = [c for c in read_page(PAGE) if int(c.title.split(".")[0]) >= first]
    began = time.monotonic()
    window.run((_begin(reader, first), *(_chapter(reader, c) for c in chapters)))
    print(f"steps are set up after {time.monotonic() - began:.1f} s", flush=True)


main()
