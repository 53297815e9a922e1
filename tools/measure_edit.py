"""Figures of docs/directing.md: bars danced anew, longer, a loop, by the engine that ships.

Run in a Blender environment:
``PYTHONPATH=. .venv-bpy-5.0/bin/python tools/measure_edit.py assets/demo_song.ogg [FOLDER]``.
With a folder, the evaluated joints around the seams are written there as an array.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp()

import bpy  # noqa: E402
import numpy as np  # noqa: E402

from kpop_choreo_addon.core.bars import span_of_bars  # noqa: E402
from kpop_choreo_addon.core.body import JOINTS  # noqa: E402
from kpop_choreo_addon.scene.actions import fcurves_of  # noqa: E402
from kpop_choreo_addon.scene.take_actions import take_of_action  # noqa: E402
from kpop_choreo_addon.scene.takes import stored_take, takes_of  # noqa: E402

SECONDS, FPS = 30.0, 24
BARS = ((9, 12), (3, 6), (13, 14))


def main() -> None:
    """Generates 30 s, changes it, and prints what came of it."""
    import addon_utils  # which Blender has once bpy is there

    song = Path(sys.argv[1]).resolve()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("kpop_choreo_addon", default_set=True)
    from kpop_choreo_addon.preferences import get_preferences

    chosen: Any = get_preferences()
    chosen.engine, chosen.python_path = "PYTHON", str(ROOT / ".venv" / "bin" / "python")
    operators: Any = bpy.ops
    ops = operators.kpop_choreo
    ops.add_dancer()
    scene: Any = bpy.context.scene
    settings = scene.kpop_choreo
    settings.song, settings.prompt, settings.style = str(song), "sharp arms, big turns", "hip-hop"
    settings.seed, settings.add_sound = 3, False
    obj = settings.target
    took = timed(lambda: ops.generate(end=SECONDS))
    print(f"first dance of {SECONDS:.0f} s: {took:.1f} s")
    first = takes_of(obj).active
    frames = np.arange(1, 1 + int(SECONDS * FPS))
    old, values = joints(obj, frames), table(action(obj), frames)
    clip = stored_take(obj).clip
    kept = []
    for number, (low, high) in enumerate(BARS):
        ops.choose_take(take=first)
        took = timed(
            lambda low=low, high=high, seed=number: ops.regenerate(
                first_bar=low, last_bar=high, prompt="waves, hips", seed=11 + seed
            )
        )
        span = span_of_bars(clip, low, high)
        edges = [1 + span.start * FPS, 1 + span.end * FPS]
        outside = (frames <= edges[0]) | (frames >= edges[1])
        new, new_values = joints(obj, frames), table(action(obj), frames)
        apart = stored_take(obj).clip.local_quats != clip.local_quats
        rows = np.flatnonzero(apart.any(axis=(0, 2, 3))) / clip.fps
        same = all(np.array_equal(values[n][outside], new_values[n][outside]) for n in values)
        inside = np.abs(new - old).max(axis=(1, 2))
        there, here = inside[outside].max(), inside[~outside].max()
        changed = f"{rows.min() - span.start:+.3f} to {rows.max() - span.end:+.3f} s"
        print(f"bars {low}-{high} anew: {took:.1f} s; the clip changes from {changed} of them")
        print(f"  {len(values)} curves outside are the same: {same}")
        print(f"  joints outside move {there:.1g} m, inside up to {here:.2f} m")
        speed, bend = (quantile(new, [e - 1 for e in edges], order) for order in (1, 2))
        print(f"  seams: speed above {speed:.1%} of the other frames, acceleration {bend:.1%}")
        end = int(np.ceil(edges[1])) - 1
        off = np.degrees(heading_off(new[end], old[end]))
        print(
            f"  at its end: {1000 * np.linalg.norm(new[end, 0] - old[end, 0]):.3f} mm, {off:.3f}°"
        )
        print(
            f"  lowest joint {new[~outside][..., 2].min():.3f} m, before {old[..., 2].min():.3f} m"
        )
        kept.append(new)
    ops.choose_take(take=first)
    took = timed(lambda: ops.extend(bars=4, seed=5))
    print(f"4 bars longer: {took:.1f} s, {stored_take(obj).clip.duration:.2f} s now")
    ops.choose_take(take=first)
    took = timed(lambda: ops.make_loop(first_bar=5, last_bar=8))
    round_ = action(obj)
    ends = joints(obj, np.array([round_.frame_start, round_.frame_end]))
    gap = 1000 * np.abs(ends[0] - ends[1]).max()
    length = round_.frame_end - round_.frame_start
    print(f"loop of bars 5-8: {took:.1f} s, {length:.2f} frames, closes within {gap:.3f} mm")
    if len(sys.argv) > 2:
        np.savez(Path(sys.argv[2]) / "joints.npz", old=old, new=np.array(kept), fps=FPS)


def timed(call: Any) -> float:
    """Seconds that ``call`` takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def action(obj: Any) -> Any:
    """The action of the active take."""
    uid = takes_of(obj).active
    return next(a for a in bpy.data.actions if take_of_action(a) == uid)


def table(of: Any, frames: np.ndarray) -> dict[Any, np.ndarray]:
    """Every curve at ``frames``."""
    return {
        (c.data_path, c.array_index): np.array([c.evaluate(f) for f in frames])
        for c in fcurves_of(of)
    }


def joints(obj: Any, frames: np.ndarray) -> np.ndarray:
    """Evaluated places ``[T, J, 3]`` in the world."""
    scene, found = bpy.context.scene, []
    for frame in frames:
        whole = int(np.floor(frame))
        scene.frame_set(whole, subframe=float(frame) - whole)
        evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append([evaluated.matrix_world @ evaluated.pose.bones[n].head for n in JOINTS])
    return np.array(found)


def quantile(places: np.ndarray, seams: list[float], order: int) -> float:
    """Where the body's mean speed or acceleration at seams lies among all other frames, 0..1."""
    sizes = np.linalg.norm(np.diff(places, n=order, axis=0), axis=-1).mean(axis=-1)
    middles = np.arange(len(sizes)) + order / 2
    at = np.any([np.abs(middles - seam) <= 1.0 + order / 2 for seam in seams], axis=0)
    return float((sizes[~at] < sizes[at].max()).mean())


def heading_off(one: np.ndarray, other: np.ndarray) -> float:
    """Radians between the directions in which two poses ``[J, 3]`` face, by the hips."""
    sides = [p[JOINTS.index("left_hip")] - p[JOINTS.index("right_hip")] for p in (one, other)]
    turns = [np.arctan2(side[1], side[0]) for side in sides]
    return float(abs((turns[0] - turns[1] + np.pi) % (2 * np.pi) - np.pi))


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # Blender as a module may hang at the interpreter's end
