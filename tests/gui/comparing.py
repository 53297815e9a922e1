"""Steps: takes of one armature in the window, made, seen as ghosts, flipped and discarded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np
from looks import FRAMES, addon, apart, dance, idle, remembered, require_no_error, settings
from window import SETTLE, Window


def _takes() -> Any:
    return addon("scene.takes").takes_of(bpy.data.objects["Dancer"])


def takes_made(window: Window) -> Iterator[float]:
    """More Like This makes two takes of the same steps that are danced differently."""
    settings().n_takes = 2
    remembered["first"] = dance("Dancer")
    with window.context():
        bpy.ops.kpop_choreo.more_like_this("INVOKE_DEFAULT")
    yield 2.0
    assert not idle()
    yield from window.until(idle)
    require_no_error()
    first, second, third = _takes().takes
    assert first.steps == second.steps == third.steps
    assert _takes().current == second
    between = [
        np.mean([(a[joint] - b[joint]).length for joint in a])
        for a, b in zip(dance("Dancer"), remembered["first"], strict=True)
    ]
    window.figures["metres_apart"] = float(np.mean(between))
    assert 0.02 < window.figures["metres_apart"] < 0.5
    with window.context():
        for take in (first, third):
            bpy.ops.kpop_choreo.ghost_take(take=take.uid)
    bpy.context.scene.frame_set(FRAMES[1])
    window.look(4.6)
    window.scroll(2000)
    yield from window.picture("takes_as_ghosts")


def takes_flipped(window: Window) -> Iterator[float]:
    """Back to the first take at once, on to the third, and the others discarded."""
    with window.context():
        bpy.ops.kpop_choreo.step_take("INVOKE_DEFAULT", True, by=-1)
    assert idle()  # its action is there
    yield SETTLE
    window.figures["apart_m"] = apart(dance("Dancer"), remembered["first"])
    assert window.figures["apart_m"] < 1e-5
    with window.context():
        bpy.ops.kpop_choreo.step_take("INVOKE_DEFAULT", True, by=-1)
    yield from window.until(idle)
    require_no_error()
    first, second, third = _takes().takes
    assert _takes().current == third
    with window.context():
        bpy.ops.kpop_choreo.keep_take("INVOKE_DEFAULT", True, take=first.uid)
        bpy.ops.kpop_choreo.discard_others("EXEC_DEFAULT", True)
    assert [take.uid for take in _takes().takes] == [first.uid, third.uid]
    yield from window.picture("takes_kept")
    window.press("Z", ctrl=True)
    yield 2.0
    assert second in _takes().takes
    settings().n_takes = 1
