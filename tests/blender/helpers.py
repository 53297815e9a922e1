"""What several tests inside Blender need."""

from __future__ import annotations

import importlib
import math
import struct
import time
import types
import wave
import zlib
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Quaternion, Vector

from kpop_choreo_addon.core.rig import Rig
from kpop_choreo_addon.scene.actions import fcurves_of
from kpop_choreo_addon.scene.evaluation import evaluated_graph

try:
    HAS_AUDIO = importlib.import_module("aud") is not None
except ImportError:
    HAS_AUDIO = False
"""Blender 4.2 as a module comes without its sound library."""


def write_tone(path: Path, seconds: float, rate: int = 8000) -> Path:
    """A WAV whose pitch rises, so that every moment sounds different."""
    t = np.arange(round(seconds * rate)) / rate
    return _write_wav(path, 9000 * np.sin(2 * math.pi * (200 + 100 * t) * t), rate)


def _write_wav(path: Path, samples: np.ndarray, rate: int) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.astype("<i2").tobytes())
    return path


in_the_newest = pytest.mark.skipif(
    bpy.app.version < (5, 0), reason="it is the same in every Blender, and takes long"
)


def write_drums(path: Path, seconds: float, rate: int = 22050) -> Path:
    """Drums at 120 BPM in bars of four; the first beat is at 0.25 s."""
    t = np.arange(round(seconds * rate)) / rate
    samples = 0.02 * np.sin(2 * np.pi * 220 * t)
    noise = np.random.default_rng(0).normal(size=len(t))
    for beat, start in enumerate(np.arange(0.25, seconds - 0.2, 0.5)):
        since = t - start
        hit = np.where(since >= 0, np.exp(-np.maximum(since, 0) * 30), 0.0)
        kick = np.sin(2 * np.pi * 60 * since) * (1.0 if beat % 4 == 0 else 0.6)
        samples += hit * (kick + (0.3 * noise if beat % 2 else 0.0))
    return _write_wav(path, np.clip(samples, -1, 1) * 20000, rate)


def read_wav(path: Path) -> tuple[np.ndarray, int]:
    """Samples of the first channel, and the rate."""
    with wave.open(str(path)) as stored:
        samples = np.frombuffer(stored.readframes(stored.getnframes()), "<i2").astype(float)
        return samples[:: stored.getnchannels()], stored.getframerate()


def build_armature(rig: Rig, name: str = "Rig", object_scale: float = 1.0) -> bpy.types.Object:
    """A real armature with the bones of ``rig``."""
    data = bpy.data.armatures.new(name)
    obj = bpy.data.objects.new(name, data)
    obj.scale = (object_scale,) * 3
    bpy.context.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    for bone, parent in zip(rig.bones, rig.parents, strict=True):
        index = rig.bones.index(bone)
        edit = data.edit_bones.new(bone)
        head = Vector(rig.heads[index])
        rotation = Quaternion(rig.rotations[index]).to_matrix().to_4x4()
        length = max((Vector(rig.tails[index]) - head).length, 0.01)
        edit.head, edit.tail = (0, 0, 0), (0, length, 0)
        edit.matrix = Matrix.Translation(head) @ rotation
        if parent >= 0:
            edit.parent = data.edit_bones[rig.bones[parent]]
    bpy.ops.object.mode_set(mode="OBJECT")
    return obj


def show_scene(scene: bpy.types.Scene) -> None:
    """Shows a scene in the window, whose owner ``bpy.context.window`` does not know for sure.

    Before Blender 4.5 it names the scene in which ``bpy.context.layer_collection`` was read last,
    and to set anything is to write there, even when that scene went with its file.
    """
    bpy.context.window_manager.windows[0].scene = scene


def set_frame(frame: float) -> None:
    """Goes to a frame with its fraction."""
    whole = math.floor(frame)
    bpy.context.scene.frame_set(whole, subframe=frame - whole)


def posed_heads(obj: bpy.types.Object, names: list[str]) -> np.ndarray:
    """World places ``[J, 3]`` of bone heads at the current frame."""
    evaluated = obj.evaluated_get(evaluated_graph())
    world = evaluated.matrix_world
    return np.array([world @ evaluated.pose.bones[name].head for name in names])


def curves(obj: bpy.types.Object) -> list[bpy.types.FCurve]:
    """The f-curves of an object's action."""
    return fcurves_of(obj.animation_data.action)


def key_frames(curve: bpy.types.FCurve) -> np.ndarray:
    """Frames of a curve's keys."""
    points = np.empty(2 * len(curve.keyframe_points), dtype=np.float32)
    curve.keyframe_points.foreach_get("co", points)
    return points[::2]


def strips(scene: bpy.types.Scene) -> list[Any]:
    """Top-level strips of the sequencer."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    return list(editor.strips if hasattr(editor, "strips") else editor.sequences)


def dump() -> dict[str, Any]:
    """Everything in the file that a dance could change, as plain values."""
    scene = bpy.context.scene
    return {
        "blocks": {
            name: sorted(block.name for block in getattr(bpy.data, name))
            for name in (
                "objects",
                "armatures",
                "meshes",
                "materials",
                "actions",
                "sounds",
                "scenes",
                "collections",
            )
        },
        "actions": {action.name: _dump_action(action) for action in bpy.data.actions},
        "context": (
            bpy.context.mode,
            scene.frame_current_final,
            getattr(bpy.context.view_layer.objects.active, "name_full", None),
            sorted(o.name_full for o in bpy.context.view_layer.objects if o.select_get()),
        ),
        "markers": sorted((m.name, m.frame) for m in scene.timeline_markers),
        "strips": sorted((s.name, s.frame_final_start, s.channel) for s in strips(scene)),
        "range": (scene.frame_start, scene.frame_end, scene.frame_current),
        "rate": (scene.render.fps, scene.render.fps_base),
        "settings": {
            p.identifier: str(getattr(scene.kpop_choreo, p.identifier))
            for p in scene.kpop_choreo.bl_rna.properties
        },
        "objects": {obj.name_full: _dump_object(obj) for obj in bpy.data.objects},
        "armatures": {data.name_full: _dump_bones(data) for data in bpy.data.armatures},
    }


def _dump_action(action: Any) -> dict[str, Any]:
    return {
        "flags": (action.use_fake_user, action.users, dict(action.items()).get("kpop_choreo")),
        "slots": [slot.identifier for slot in action.slots] if hasattr(action, "slots") else [],
        "curves": {
            (curve.data_path, curve.array_index, number): dump_curve(curve)
            for number, curve in enumerate(fcurves_of(action))
        },
    }


def dump_curve(curve: Any) -> tuple[Any, ...]:
    """The whole of an f-curve; its keys as bytes."""
    keys = curve.keyframe_points
    return (
        curve.group.name if curve.group else None,
        (curve.mute, curve.lock, curve.hide, curve.extrapolation),
        [(modifier.type, modifier.mute) for modifier in curve.modifiers],
        b"".join(key_values(keys, place, 2).tobytes() for place in KEY_PLACES),
        b"".join(key_values(keys, kind, 1, np.uint8).tobytes() for kind in KEY_KINDS),
    )


KEY_PLACES = ("co", "handle_left", "handle_right")
KEY_KINDS = ("interpolation", "handle_left_type", "handle_right_type", "type")


def key_values(keys: Any, name: str, width: int, kind: type = np.float32) -> np.ndarray:
    """A property of all keys as ``[N, width]``."""
    values: np.ndarray = np.empty(width * len(keys), dtype=kind)
    keys.foreach_get(name, values)
    return values.reshape(-1, width)


def _dump_bones(data: Any) -> dict[str, Any]:
    return {
        bone.name: (
            bone.parent.name if bone.parent else None,
            str([*bone.matrix_local.to_quaternion(), *bone.head_local, bone.length]),
            (bone.use_connect, bone.use_inherit_rotation, bone.use_local_location),
        )
        for bone in data.bones
    }


def _dump_animation(animation: Any) -> dict[str, Any] | None:
    if animation is None:
        return None
    slot = getattr(animation, "action_slot", None)
    return {
        "action": animation.action.name_full if animation.action else None,
        "slot": slot.identifier if slot else None,
        "use": (animation.use_nla, animation.use_tweak_mode),
        "drivers": [
            (d.data_path, d.array_index, d.mute, d.driver.expression) for d in animation.drivers
        ],
        "tracks": [
            (
                track.name,
                (track.mute, track.is_solo, track.lock),
                [
                    (s.name, s.action and s.action.name_full, s.frame_start, s.frame_end, s.mute)
                    for s in track.strips
                ],
            )
            for track in animation.nla_tracks
        ],
    }


def _dump_object(obj: bpy.types.Object) -> dict[str, Any]:
    pose = {}
    if obj.pose:
        pose = {
            bone.name: (
                bone.rotation_mode,
                str([list(row) for row in bone.matrix_basis]),
                [(c.name, c.type, c.mute, c.influence) for c in bone.constraints],
                (*bone.lock_location, *bone.lock_rotation, *bone.lock_scale, bone.lock_rotation_w),
                {key: str(value) for key, value in bone.items()},
            )
            for bone in obj.pose.bones
        }
    return {
        "matrix": str([list(row) for row in obj.matrix_basis]),
        "animation": _dump_animation(obj.animation_data),
        "parent": (obj.parent.name_full if obj.parent else None, obj.parent_bone),
        "mode": obj.mode,
        "shown": (obj.hide_viewport, obj.hide_render, obj.hide_select),
        "constraints": [(c.name, c.type, c.mute, c.influence) for c in obj.constraints],
        "custom": {key: str(value) for key, value in obj.items()},
        "takes": (obj.kpop_choreo_takes, obj.kpop_choreo_take_data),
        "modifiers": [(m.name, m.type) for m in obj.modifiers],
        "groups": [group.name for group in obj.vertex_groups],
        "pose": pose,
    }


def run_task(seconds: float = 60.0) -> None:
    """What Blender's timer does while a task is under way."""
    from kpop_choreo_addon.jobs import tick

    deadline = time.monotonic() + seconds
    while tick() is not None:
        assert time.monotonic() < deadline, "the task did not end"
        time.sleep(0.02)


def fbx_key_times(path: Path) -> tuple[int, list[list[float]]]:
    """Number of takes, and the raw key times in seconds of every curve of a binary FBX."""
    content = path.read_bytes()
    assert content.startswith(b"Kaydara FBX Binary")
    version = struct.unpack_from("<I", content, 23)[0]
    wide = version >= 7500
    takes: list[str] = []
    times: list[list[float]] = []

    def node(at: int) -> int:
        size = 25 if wide else 13
        end, _, length = struct.unpack_from("<QQQ" if wide else "<III", content, at)
        name_length = content[at + size - 1]
        name = content[at + size : at + size + name_length].decode()
        place = at + size + name_length
        if end == 0:
            return 0
        if name == "KeyTime":
            times.append([value / 46186158000 for value in _long_array(content, place)])
        if name == "AnimationStack":
            takes.append(name)
        place += length
        while place < end:
            after = node(place)
            if after == 0:
                break
            place = after
        return end

    at = 27
    while at < len(content):
        after = node(at)
        if after == 0:
            break
        at = after
    return len(takes), times


def _long_array(content: bytes, at: int) -> tuple[int, ...]:
    """An FBX property of type 'l': 64-bit integers, zipped or not."""
    assert content[at : at + 1] == b"l"
    count, zipped, size = struct.unpack_from("<III", content, at + 1)
    data = content[at + 13 : at + 13 + size]
    if zipped:
        data = zlib.decompress(data)
    return struct.unpack(f"<{count}q", data[: 8 * count])


class _Layout:
    """Takes every call of a panel and remembers the words in it."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **given: Any) -> Any:
            words = (*args, given.get("text"))
            self.texts += [word for word in words if isinstance(word, str) and word]
            return _Layout(self.texts)

        return call


def drawn(panel: Any) -> list[str]:
    """Texts, properties and operators that a panel shows."""
    texts: list[str] = []
    panel.draw(types.SimpleNamespace(layout=_Layout(texts)), bpy.context)
    return texts
