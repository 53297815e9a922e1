"""Dances on rigs with controls: put on, and measured on the bones that follow."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import bpy
import numpy as np

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.axes import to_blender
from kpop_choreo_addon.core.body import JOINTS
from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.inverse import BodyMotion
from kpop_choreo_addon.core.keys import KeyOptions
from kpop_choreo_addon.core.preparing import FitOptions
from kpop_choreo_addon.scene.evaluation import evaluated_graph
from tests.blender.helpers import curves, set_frame
from tests.core.rigs import angle_between
from tests.core.synthetic import clip_arrays, turn, write_clip

LIMBS = (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
SAMPLES = np.arange(0, 61, 4)
"""Frames of the two seconds of dance that are looked at."""


def twisting_dance(folder: Path) -> Path:
    """Two seconds in which the spine and the neck twist as well."""
    turns = clip_arrays(seconds=2.0)["local_quats"].astype(float)
    sway = np.sin(np.linspace(0.0, 6.0, turns.shape[1]))
    for joint, axis, degrees in (
        ("spine1", "Y", 12.0),
        ("spine2", "Y", -9.0),
        ("neck", "X", 25.0),
        ("neck", "Y", 25.0),
    ):
        at = JOINTS.index(joint)
        turns[0, :, at] = quat.multiply(turns[0, :, at], turn(axis, degrees * sway))
    return write_clip(folder / "dance.npz", seconds=2.0, local_quats=turns.astype(np.float32))


def apply(
    obj: bpy.types.Object, path: Path, place: str = "NEW", keys: KeyOptions | None = None
) -> Clip:
    """Puts the dance on ``obj`` as it was retargeted, from frame 1 on."""
    from kpop_choreo_addon.scene.apply import ApplyOptions, apply_clip

    clip = read_clip(path)
    options = ApplyOptions(
        add_markers=False,
        fit=FitOptions(keys or KeyOptions(), contact=None),
        place=place,
    )
    apply_clip(bpy.context.scene, obj, clip, options)
    return clip


def posed(obj: bpy.types.Object, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Matrices ``[T, 4, 4]`` of bones as Blender evaluates them."""
    names, found = list(names), []
    for frame in SAMPLES:
        set_frame(1 + int(frame))
        bones = obj.evaluated_get(evaluated_graph()).pose.bones
        found.append({name: np.array(bones[name].matrix) for name in names})
    return {name: np.stack([one[name] for one in found]) for name in found[0]}


def limb_errors(bones: dict[str, np.ndarray], clip: Clip, names: Mapping[str, str]) -> np.ndarray:
    """Degrees ``[8, T]`` between the limbs of the rig and those of the clip's dancer.

    Args:
        names: the bone of every joint of the limbs.
    """
    motion = BodyMotion(clip.local_quats[0], clip.root_positions[0])
    places = to_blender(motion.positions())[SAMPLES]
    found = []
    for side in ("left", "right"):
        for limb in LIMBS:
            ours = (bones[names[f"{side}_{j}"]][:, :3, 3] for j in limb)
            theirs = (places[:, JOINTS.index(f"{side}_{j}")] for j in limb)
            (a, b), (c, d) = ours, theirs
            found.append(angle_between(b - a, d - c))
    return np.stack(found)


def facing_errors(
    bones: dict[str, np.ndarray],
    clip: Clip,
    obj: bpy.types.Object,
    trunk: Mapping[str, tuple[str, str, float]],
) -> np.ndarray:
    """Degrees ``[K, 2, T]`` by which bones miss the clip's front and up.

    Args:
        trunk: by bone the joint as which it turns, and the part of the way to another.
    """
    turns = clip.local_quats[0][SAMPLES]
    world = np.empty_like(turns)
    for number, parent in enumerate(clip.parents):
        own = turns[:, number]
        world[:, number] = own if parent < 0 else quat.multiply(world[:, parent], own)
    found = []
    for name, (joint, upper, weight) in trunk.items():
        rest = np.array(obj.data.bones[name].matrix_local)[:3, :3]
        goal = quat.slerp(*(world[:, JOINTS.index(j)] for j in (joint, upper)), weight)
        goal = to_blender(goal)
        turned = bones[name][:, :3, :3] @ rest.T
        found.append([angle_between(turned @ v, quat.rotate(goal, v)) for v in np.eye(3)[1:]])
    return np.array(found)


def stretch(bones: dict[str, np.ndarray], obj: bpy.types.Object, names: Mapping[str, str]) -> float:
    """The largest share by which a limb is longer or shorter than at rest."""
    worst = 0.0
    for side in ("left", "right"):
        for limb in LIMBS:
            first, last = (names[f"{side}_{joint}"] for joint in limb)
            length = np.linalg.norm(bones[last][:, :3, 3] - bones[first][:, :3, 3], axis=-1)
            rests = [obj.data.bones[name].head_local for name in (first, last)]
            worst = max(worst, float(np.abs(length / (rests[1] - rests[0]).length - 1.0).max()))
    return worst


def switch(obj: bpy.types.Object, names: tuple[str, ...], value: str) -> None:
    """Turns a switch to its other value for all of the dance."""
    for curve in curves(obj):
        if any(curve.data_path == f'pose.bones["{name}"]["{value}"]' for name in names):
            for point in curve.keyframe_points:
                point.co[1] = 1.0 - point.co[1]
            curve.update()


def back(obj: bpy.types.Object, clip: Clip) -> dict[str, np.ndarray]:
    """How far ``clip`` is from what is read back off the rig: degrees and mm, all joints."""
    from kpop_choreo_addon.scene.read_pose import save_dance

    with tempfile.TemporaryDirectory() as folder:
        save_dance(bpy.context, obj, Path(folder) / "back.npz")
        found = read_clip(Path(folder) / "back.npz")
    dots = np.abs(np.sum(found.local_quats * clip.local_quats, axis=-1)).clip(0.0, 1.0)
    places = [BodyMotion(c.local_quats[0], c.root_positions[0]).positions() for c in (found, clip)]
    apart = np.linalg.norm(places[0] - places[1], axis=-1)
    return {"back: degrees": np.rad2deg(2 * np.arccos(dots)), "back: mm": 1000.0 * apart}
