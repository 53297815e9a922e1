"""Steps: how Blender feels while a dance is made, and Esc."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import bpy
import gpu
import numpy as np
from looks import addon, blocks, idle, require_no_error, settings
from window import Window

PERIOD = 0.01
"""Seconds of the timer whose lateness is what a hand on the mouse feels."""
SONG_SECONDS = 30.0
CALM = 1.5
"""Load of the machine up to which the figures of its clock mean something."""


@dataclass
class Probe:
    """A timer that notes how late it is called, and what our own code costs meanwhile."""

    late: list[tuple[float, float]] = field(default_factory=list)
    """Moment and seconds."""
    busy: list[tuple[float, float]] = field(default_factory=list)
    """Moment, and what Blender's main thread has had of the processor until then."""
    own: dict[str, list[float]] = field(default_factory=dict)
    """Seconds of the processor by name, of each call."""
    writing: tuple[float, float] = (0.0, 0.0)
    """From when to when the finished dance was written."""
    fractions: list[tuple[float, str]] = field(default_factory=list)
    """When the text of the progress bar became another one."""
    undo: list[Callable[[], None]] = field(default_factory=list)

    def start(self) -> None:
        self.due = time.monotonic() + PERIOD
        self.timer = self._tick  # every look at a method is another object
        bpy.app.timers.register(self.timer, first_interval=PERIOD)
        jobs = addon("jobs")
        self._time(jobs, "tick")
        self._time(jobs, "bring_in")
        for cls in addon("panels").CLASSES:
            if "draw" in vars(cls):
                self._time(cls, "draw")

    def stop(self) -> None:
        bpy.app.timers.unregister(self.timer)
        for back in self.undo:
            back()

    def _tick(self) -> float:
        now = time.monotonic()
        self.late.append((now, max(0.0, now - self.due)))
        self.busy.append((now, time.thread_time()))
        task = addon("session").session.task
        text = task.text if task is not None else ""
        if not self.fractions or self.fractions[-1][1] != text:
            self.fractions.append((now, text))
        self.due = time.monotonic() + PERIOD
        return PERIOD

    def _time(self, owner: Any, name: str) -> None:
        real = vars(owner)[name]
        calls = self.own.setdefault(name, [])

        def measured(*given: Any) -> Any:
            began, wall, written = time.thread_time(), time.monotonic(), self.writing
            try:
                return real(*given)
            finally:
                if name == "bring_in":
                    self.writing = (wall, time.monotonic())
                if name == "bring_in" or self.writing == written:  # else it was a tick that wrote
                    calls.append(time.thread_time() - began)

        def draw(self: Any, context: Any) -> None:  # Blender counts the arguments
            measured(self, context)

        setattr(owner, name, draw if name == "draw" else measured)
        self.undo.append(lambda: setattr(owner, name, real))

    def figures(self) -> dict[str, Any]:
        """Milliseconds, and what the machine was doing besides."""
        first, last = self.writing
        late = [s for at, s in self.late if not first <= at - s <= last + PERIOD]
        spent = [
            b - a
            for (_, a), (at, b) in pairwise(self.busy)
            if not first <= at - (b - a) <= last + PERIOD
        ]
        moves = np.diff([at for at, _ in self.fractions])
        p99 = {f"{n}_p99_ms": _ms(np.percentile(c, 99)) for n, c in self.own.items() if c}
        worst = {f"{n}_worst_ms": _ms(max(c)) for n, c in self.own.items() if c}
        return {
            "load": os.getloadavg()[0],
            "latency_median_ms": _ms(np.median(late)),
            "latency_p99_ms": _ms(np.percentile(late, 99)),
            "latency_worst_ms": _ms(max(late)),
            "main_thread_p99_ms": _ms(np.percentile(spent, 99)),
            "main_thread_worst_ms": _ms(max(spent)),
            "write_ms": _ms(last - first),
            "still_worst_s": round(float(moves.max()), 2) if len(moves) else 0.0,
            **p99,
            **worst,
        }


def _ms(seconds: Any) -> float:
    return round(1000 * float(seconds), 1)


def felt_idle(window: Window) -> Iterator[float]:
    """The same timer while nothing is made: what drawing in software costs by itself."""
    # Without a graphics card one picture of the view takes seconds, and sixteen make one smooth.
    bpy.context.preferences.system.viewport_aa = "OFF"
    yield 8.0
    probe = Probe()
    probe.start()
    yield 8.0
    probe.stop()
    window.figures |= probe.figures()


def felt_first(window: Window) -> Iterator[float]:
    """The first 30 s after the engine was stopped: Blender stays quick, progress goes on."""
    with window.context():
        if addon("session").session.host.process is not None:
            bpy.ops.kpop_choreo.stop_engine()
    yield from _felt(window)


def felt_again(window: Window) -> Iterator[float]:
    """Another 30 s with the engine that runs."""
    settings().seed += 1
    yield from _felt(window)


def _felt(window: Window) -> Iterator[float]:
    chosen = settings()
    chosen.prompt = "fierce girl-crush, sharp arms"
    chosen.use_range, chosen.range_start, chosen.range_end = True, 0.0, SONG_SECONDS
    yield 1.0
    probe, began = Probe(), time.monotonic()
    probe.start()
    with window.context():
        assert bpy.ops.kpop_choreo.generate("INVOKE_DEFAULT", True) == {"FINISHED"}
    yield 4.0
    assert not idle()
    yield from window.until(idle)
    window.figures["seconds"] = round(time.monotonic() - began, 1)
    yield 1.0
    probe.stop()
    require_no_error()
    window.figures |= probe.figures()
    # The processor's time does not depend on who else is at work.
    assert window.figures["tick_p99_ms"] < 20
    assert window.figures["draw_p99_ms"] < 20
    assert window.figures["main_thread_p99_ms"] <= 50
    window.figures["renderer"] = gpu.platform.renderer_get()
    if window.figures["load"] < CALM:
        # One picture of the sidebar takes software some 90 ms, and progress needs one a second.
        if "llvmpipe" not in window.figures["renderer"]:
            assert window.figures["latency_p99_ms"] <= 50
        assert window.figures["write_ms"] <= 500
        assert window.figures["still_worst_s"] <= 1.5
    yield from window.picture("felt")


def escaped(window: Window) -> Iterator[float]:
    """Esc over the 3D view cancels the dance that is made; it does nothing when there is none."""
    there = blocks()
    with window.context():
        bpy.ops.kpop_choreo.generate("INVOKE_DEFAULT", True)
    yield 2.0
    assert not idle()
    window.press("ESC")
    began = time.monotonic()
    yield from window.until(idle)
    window.figures["seconds"] = time.monotonic() - began
    assert window.figures["seconds"] < (3.0 if os.getloadavg()[0] < CALM else 15.0)
    require_no_error()
    window.press("ESC")
    yield 1.0
    require_no_error()
    assert blocks() == there


def retimed(window: Window) -> Iterator[float]:
    """The frame rate changes, the panel says so, Re-time moves the dance, and one undo brings it
    back."""
    scene = bpy.context.scene
    before, rate = bpy.data.objects["Dancer"].animation_data.action.frame_range[1], scene.render.fps
    scene.render.fps = 60
    bpy.ops.ed.undo_push(message="Rate")
    window.scroll(0)
    yield from window.picture("keyed_for_another_rate")
    with window.context():
        bpy.ops.kpop_choreo.retime("INVOKE_DEFAULT", True)
    yield from window.picture("retimed")
    after = bpy.data.objects["Dancer"].animation_data.action.frame_range[1]
    assert abs((after - 1) - (before - 1) * 60 / rate) < 1e-2
    window.press("Z", ctrl=True)
    yield 2.0
    assert bpy.data.objects["Dancer"].animation_data.action.frame_range[1] == before
    bpy.context.scene.render.fps = rate
    bpy.ops.ed.undo_push(message="Rate")
