"""How exactly and how naturally pins are met on armatures, as Blender evaluates them.

    .venv-bpy-5.0/bin/python tools/measure_pins.py --engine-python .venv/bin/python

For each armature a dance of 16 s of the demo song is made, poses of other moments of it, changed
by hand, are pinned (a whole pose, a held one, hands, feet, a place), and the dance is made again
to these pins. Evaluated bones are then compared with what was pinned: on the beat, and on the
frame next to it. Three pairs of numbers follow, the highest speed and acceleration of the joints
as a share of the 99th percentile of the rest of the dance: within 0.1 s of the pin; within a beat
of it; and there in the dance without pins. Up to 1 nobody sees where the pin is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import bpy  # noqa: E402  - before what it brings along

import addon_utils  # noqa: E402  isort:skip
import numpy as np  # noqa: E402
from mathutils import Quaternion  # noqa: E402

from kpop_choreo_addon.core import quaternions as quat  # noqa: E402
from kpop_choreo_addon.core.clip_writer import clip_bytes  # noqa: E402
from kpop_choreo_addon.core.pins import ENDS, PLACE, POSE, Pin, Posture  # noqa: E402
from kpop_choreo_addon.preferences import get_preferences  # noqa: E402
from kpop_choreo_addon.scene.pins import pins_of, read_posture, song_beats, song_clock  # noqa: E402
from kpop_choreo_addon.scene.playing import play, private_scene  # noqa: E402
from kpop_choreo_addon.scene.recognition import recognise  # noqa: E402
from kpop_choreo_addon.scene.takes import stored_take  # noqa: E402
from tests.blender.helpers import build_armature, set_frame  # noqa: E402
from tests.core.rig_outlines import SYSTEMS  # noqa: E402
from tests.core.rig_systems import make_system  # noqa: E402

AT = 0.1
"""Seconds around a pin that count as its own moment."""
CHARACTERS = Path("/work/shared/rigs")
SECONDS = 16.0
PLAN = (
    (POSE, 6, 19, 0.0),
    ("HANDS", 11, 24, 0.0),
    (POSE, 15, 9, 1.0),
    ("FEET", 20, 13, 0.0),
    (PLACE, 25, 6, 0.0),
)
"""Kind, beat at which it is pinned, beat whose pose is taken, and beats for which it is held."""


def dancer() -> bpy.types.Object:
    bpy.ops.kpop_choreo.add_dancer()
    return bpy.context.scene.kpop_choreo.target


def mixamo() -> bpy.types.Object:
    return build_armature(make_system("mixamo"), "Mixamo", 1.0 / SYSTEMS["mixamo"].scale)


def rigify() -> bpy.types.Object:
    addon_utils.enable("rigify", default_set=True)
    bpy.ops.object.armature_human_metarig_add()
    bpy.ops.pose.rigify_generate()
    return bpy.data.objects["rig"]


def imported(name: str) -> Callable[[], bpy.types.Object]:
    def load() -> bpy.types.Object:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "character.glb"
            copy.write_bytes((CHARACTERS / name).read_bytes())
            bpy.ops.import_scene.gltf(filepath=str(copy))
        return next(obj for obj in bpy.context.scene.objects if obj.type == "ARMATURE")

    return load


RIGS: dict[str, Callable[[], bpy.types.Object]] = {
    "dancer": dancer,
    "mixamo": mixamo,
    "rigify": rigify,
    "quaternius": imported("Quaternius_Punk.glb"),
    "godette": imported("Godette_vrm_v4.vrm"),
}


def changed_by_hand(obj: bpy.types.Object) -> None:
    """What an animator does to a pose: an arm higher, the head turned, the chest bent."""
    match = recognise(obj)
    names = {j: match.bones.get(j, "") for j in ("left_shoulder", "left_elbow", "head", "spine2")}
    if match.loose:
        names = {
            "left_shoulder": match.controls["left_arm_fk"][0],
            "left_elbow": match.controls["left_arm_fk"][1],
            "head": match.controls["head"][0],
            "spine2": match.controls["spine"][1],
        }
    for joint, degrees in (
        ("left_shoulder", 25.0),
        ("left_elbow", 20.0),
        ("head", 15.0),
        ("spine2", 8.0),
    ):
        bone = obj.pose.bones.get(names[joint])
        if bone is not None:
            turn = Quaternion((0.3, 0.5, 0.8), np.deg2rad(degrees))
            mode, bone.rotation_mode = bone.rotation_mode, "QUATERNION"
            bone.rotation_quaternion = bone.rotation_quaternion @ turn
            bone.rotation_mode = mode
    bpy.context.view_layer.update()


def missed(obj: bpy.types.Object, pin: Pin) -> tuple[float, float]:
    """Degrees and centimetres (on a body of 1.7 m) between a pin and the armature as it is."""
    held, now, known = pin.posture, read_posture(bpy.context, obj), recognise(obj).bones
    joints = list(held.places) if pin.kind == POSE else list(ENDS.get(pin.kind, ()))
    bones = list(held.turns) if pin.kind == POSE else [known[j] for j in joints if j in known]
    apart = [0.0]
    for bone in bones:
        off = quat.multiply(np.array(held.turns[bone]), quat.conjugate(np.array(now.turns[bone])))
        apart.append(float(np.rad2deg(np.linalg.norm(quat.to_vectors(off)))))
    if pin.kind == PLACE:
        faces = np.array([facing(p) for p in (held, now)])
        apart.append(float(np.rad2deg(abs(quat.wrapped(faces[0] - faces[1])))))
        hips = [
            np.mean([p.places[j] for j in ("left_hip", "right_hip")], axis=0) for p in (held, now)
        ]
        return max(apart), float(100.0 * np.linalg.norm(hips[0] - hips[1]) / held.scale)
    off = [np.linalg.norm(np.array(held.places[j]) - np.array(now.places[j])) for j in joints]
    return max(apart), float(100.0 * max(off) / held.scale)


def facing(shown: Posture) -> float:
    """Radians about the vertical of what is square to hips and shoulders, of bones."""
    left, right = (
        np.array([shown.places[f"{side}_{j}"] for j in ("hip", "shoulder")]).sum(axis=0)
        for side in ("left", "right")
    )
    across = left - right
    up = int(np.argmax(np.abs(np.array(shown.places["head"]) - shown.places["left_ankle"])))
    return float(np.arctan2(across[1 if up == 2 else 2], across[0]))


def joint_paths(obj: bpy.types.Object, count: int) -> np.ndarray:
    """Places ``[T, J, 3]`` of the joints' bones, metres, 30 a second."""
    match = recognise(obj)
    where, scale = song_clock(bpy.context.scene, obj), read_posture(bpy.context, obj).scale
    frames = np.array([where.frame(number / 30.0) for number in range(count)])
    rate = round(where.clock.fps)
    with private_scene(bpy.context, obj, rate, where.clock.fps_base) as scene:
        played = play(scene, obj, list(match.bones.values()), frames)
    return played.poses[:, :, :3, 3] / scale


def liveliness(
    paths: np.ndarray, pins: tuple[Pin, ...], beat: float, around: float
) -> list[tuple[float, float]]:
    """Highest speed and acceleration around each pin, by the 99th percentile of the rest."""
    near = [(pin.time - beat, pin.end + beat) for pin in pins]
    here = [(pin.time - around, pin.end + around) for pin in pins]
    rows: list[list[float]] = [[] for _ in pins]
    for order in (1, 2):
        size = np.linalg.norm(np.diff(paths, n=order, axis=0), axis=-1).mean(axis=-1)
        at = (np.arange(len(size)) + order / 2) / 30.0
        inside = [(at >= a) & (at <= b) for a, b in near]
        usual = np.quantile(size[~np.any(inside, axis=0)], 0.99)
        for row, (a, b) in zip(rows, here, strict=True):
            row.append(float(size[(at >= a) & (at <= b)].max() / usual))
    return [(row[0], row[1]) for row in rows]


def measure(name: str, arguments: argparse.Namespace, free_clip: Path) -> None:
    """Dances, pins, dances again, compares; prints a row for each pin."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("kpop_choreo_addon", default_set=True)
    chosen = get_preferences()
    chosen.engine, chosen.python_path = "PYTHON", str(Path(arguments.engine_python).absolute())
    chosen.device, chosen.model = "CPU", arguments.model
    obj, ops = RIGS[name](), bpy.ops.kpop_choreo
    scene = bpy.context.scene
    settings: Any = scene.kpop_choreo
    settings.target, settings.song = obj, str(arguments.song)
    settings.audience = 0.4
    given = {"end": SECONDS, "seed": 3, "prompt": "energetic pop dance, sharp arms"}
    if not free_clip.exists():
        ops.generate(**given)
        free_clip.write_bytes(clip_bytes(stored_take(obj).clip))
    else:
        ops.apply_clip(filepath=str(free_clip))
    beats = song_beats(scene, obj, {})
    where = song_clock(scene, obj)
    free = joint_paths(obj, round(SECONDS * 30))
    for kind, at, taken, hold in PLAN:
        set_frame(where.frame(beats[taken]))
        changed_by_hand(obj)
        ops.pin_pose(kind=kind, exact=True, hold=hold * float(np.diff(beats).mean()))
        ops.edit_pin(time=float(beats[at]))
    ops.generate(**given)
    pins = pins_of(obj).pins
    paths = joint_paths(obj, round(SECONDS * 30))
    beat = float(np.diff(beats).mean())
    looks = ((paths, AT), (paths, beat), (free, beat))
    lively = zip(*(liveliness(p, pins, beat, wide) for p, wide in looks), strict=True)
    for pin, figures in zip(pins, lively, strict=True):
        rows = []
        for frame in (where.frame(pin.time), round(where.frame(pin.time)), where.frame(pin.end)):
            set_frame(frame)
            rows.append(missed(obj, pin))
        degrees, far = np.max(rows, axis=0)
        print(
            f"{name:11} {pin.name:9} {degrees:6.2f} deg {far:6.2f} cm   "
            + "   ".join(f"{speed:.2f} {acceleration:.2f}" for speed, acceleration in figures),
            flush=True,
        )


def main() -> None:
    """Measures the armatures that were named, or all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rigs", nargs="*", default=list(RIGS), help=", ".join(RIGS))
    parser.add_argument("--engine-python", default=str(ROOT / ".venv" / "bin" / "python"))
    parser.add_argument("--song", type=Path, default=ROOT / "assets" / "demo_song.ogg")
    parser.add_argument("--model", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.rigs:
            measure(name, arguments, Path(folder) / "free.npz")


if __name__ == "__main__":
    main()
