"""A hand on the mouse: moves, clicks, drags, turns the wheel and types, by Blender's own events.

A button is found as a person finds it, by going over the sidebar. What lies under the mouse is
told by Blender: Ctrl+C on a button copies its operator, Shift+Ctrl+Alt+C the path of its property.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
from window import Window

ROW, COLUMNS = 12, ((0.5,), (0.25, 0.77), (0.07, 0.68, 0.83))
"""Pixels from one look to the next, and the columns, as shares of the width, of each time that the
sidebar is gone over: wide buttons are found at first.
"""
MOVED, COPIED = 0.05, 0.03
"""Seconds until Blender knows what lies under the mouse, and until it has copied that."""
PAGE = 13
"""Turns of the wheel for the next part of a long sidebar."""
PAGES = 6
KEYS = {" ": "SPACE", ".": "PERIOD", "-": "MINUS", "/": "SLASH", ",": "COMMA", "_": "MINUS"}
DIGITS = ("ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE")


class Mouse:
    """The mouse over the sidebar of a window's 3D view."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.at = (0, 0)
        self._known: dict[str, tuple[int, int]] = {}
        """Where things were found; looked at first the next time."""

    @property
    def region(self) -> Any:
        """The sidebar."""
        return next(r for r in self.window.area.regions if r.type == "UI")

    def event(self, kind: str, value: str = "PRESS", **more: Any) -> None:
        """One event where the mouse is."""
        main = bpy.context.window_manager.windows[0]
        main.event_simulate(type=kind, value=value, x=self.at[0], y=self.at[1], **more)

    def move(self, x: int, y: int) -> None:
        """Moves the mouse; twice, so that Blender sees that it came from somewhere."""
        for step in (1, 0):
            self.at = (x + step, y)
            self.event("MOUSEMOVE", "NOTHING")

    def tap(self, key: str, **held: Any) -> None:
        """Presses a key or a button of the mouse and lets go."""
        self.event(key, "PRESS", **held)
        held.pop("unicode", None)
        self.event(key, "RELEASE", **held)

    def click(self, wanted: str) -> Iterator[float]:
        """Clicks on the button or field that ``wanted`` names, wherever it is in the sidebar."""
        yield from self.find(wanted)
        self.tap("LEFTMOUSE")
        yield 0.3

    def unfold(self, wanted: str) -> Iterator[float]:
        """Clicks on the header of a panel in which ``wanted`` stands."""
        yield from self.find(wanted)
        self.move(self.region.x + 40, self.at[1])
        yield MOVED
        self.tap("LEFTMOUSE")
        yield 0.5

    def fill(self, wanted: str, text: str) -> Iterator[float]:
        """Types into a field of text or numbers."""
        yield from self.find(wanted)
        # A click alone on the edge of a number would step it.
        self.tap("LEFTMOUSE", ctrl=text.replace(".", "").isdecimal())
        yield 0.2
        self.tap("A", ctrl=True)
        yield 0.1
        self.write(text)
        yield 0.1
        self.tap("RET")
        yield 0.3

    def write(self, text: str) -> None:
        """Types ``text``."""
        for letter in text:
            number = letter.isdecimal()
            key = DIGITS[int(letter)] if number else KEYS.get(letter, letter.upper())
            self.tap(key, unicode=letter, shift=letter.isupper() or letter == "_")

    def wheel(self, turns: int) -> None:
        """Turns the wheel: down for more, up for less."""
        for _ in range(abs(turns)):
            self.event("WHEELDOWNMOUSE" if turns > 0 else "WHEELUPMOUSE")

    def find(self, wanted: str) -> Iterator[float]:
        """Puts the mouse on what ``wanted`` names: ``kpop_choreo.generate`` with its arguments as
        far as they matter, or ``.energy``, the end of a property's path.
        """
        if wanted in self._known:
            self.move(*self._known[wanted])
            yield MOVED
            if (yield from self._is_under(wanted)):
                return
        every = tuple(column for columns in COLUMNS for column in columns)
        if (yield from self._look(wanted, every)):  # most often it is near
            self._known[wanted] = self.at
            return
        for columns in COLUMNS:
            for page in range(PAGES):
                self.move(self.region.x + self.region.width // 2, self.region.y + 60)
                self.wheel(PAGE if page else -100)
                yield 0.4
                if (yield from self._look(wanted, columns)):
                    self._known[wanted] = self.at
                    return
        raise AssertionError(f"nothing in the sidebar is {wanted}")

    def _look(self, wanted: str, columns: tuple[float, ...]) -> Iterator[Any]:
        region = self.region
        for column in columns:
            x = region.x + round(region.width * column)
            for y in range(region.y + region.height - 8, region.y + 8, -ROW):
                self.move(x, y)
                yield MOVED
                if (yield from self._is_under(wanted)):
                    return True
        return False

    def _is_under(self, wanted: str) -> Iterator[Any]:
        """Whether that which Blender copies of what lies under the mouse is ``wanted``."""
        manager = bpy.context.window_manager
        manager.clipboard = ""
        held = {"shift": True, "alt": True} if wanted[0] == "." else {}
        self.tap("C", ctrl=True, **held)
        yield COPIED
        told = manager.clipboard
        return told.endswith(wanted) if wanted[0] == "." else wanted in told
