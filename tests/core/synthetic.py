"""Clips and rigs made from scratch, so that the add-on is tested without the engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.body import JOINTS, OFFSETS, PARENTS, STANDING_HEIGHT

AXES = {"X": (1.0, 0.0, 0.0), "Y": (0.0, 1.0, 0.0), "Z": (0.0, 0.0, 1.0)}


def turn(axis: str, degrees: np.ndarray | float) -> np.ndarray:
    """Quaternions ``[..., 4]`` about one of the axes."""
    half = np.deg2rad(np.asarray(degrees, dtype=float)) / 2
    return np.concatenate(
        [np.cos(half)[..., None], np.sin(half)[..., None] * np.array(AXES[axis])], axis=-1
    )


def clip_arrays(
    seconds: float = 4.0, fps: float = 30.0, tempo: float = 120.0, song_start: float = 0.0
) -> dict[str, Any]:
    """A lively dance that nobody would mistake for a T-pose, as the clip file's arrays."""
    frames = round(seconds * fps) + 1
    t = np.arange(frames) / fps
    beat = 60.0 / tempo
    phase = 2 * np.pi * t / (2 * beat)
    quats = np.zeros((frames, len(JOINTS), 4))
    quats[..., 0] = 1.0

    def set_joint(name: str, *turns: np.ndarray) -> None:
        total = turns[0]
        for more in turns[1:]:
            total = quat.multiply(total, more)
        quats[:, JOINTS.index(name)] = total

    set_joint("pelvis", turn("Y", 20 * np.sin(phase / 2)), turn("Z", 6 * np.sin(phase)))
    set_joint("spine1", turn("X", 8 + 6 * np.cos(phase)))
    set_joint("spine3", turn("Y", -15 * np.sin(phase)))
    set_joint("head", turn("Y", 20 * np.sin(phase / 2)))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        swing = np.sin(phase * (1 if sign > 0 else 2))
        set_joint(f"{side}_shoulder", turn("Z", sign * (-45 + 50 * swing)), turn("Y", 20 * swing))
        set_joint(f"{side}_elbow", turn("Y", -sign * (60 + 40 * swing)), turn("X", 30 * swing))
        lift = np.maximum(0.0, np.sin(phase + (0 if sign > 0 else np.pi)))
        set_joint(f"{side}_hip", turn("X", -55 * lift), turn("Z", sign * 6))
        set_joint(f"{side}_knee", turn("X", 70 * lift))
        set_joint(f"{side}_ankle", turn("X", -15 * lift))
    root = np.stack(
        [
            0.25 * np.sin(phase / 2),
            STANDING_HEIGHT - 0.03 - 0.02 * np.cos(2 * phase),
            0.1 * np.sin(phase / 4),
        ],
        axis=-1,
    )
    beats = np.arange(0.25, seconds, beat)
    meta = {
        "request": {"prompt": "sharp arms", "style": "hip-hop"},
        "analysis": {
            "tempo": tempo,
            "beats_per_bar": 4,
            "downbeats": [float(b) + song_start for b in beats[::4]],
            "sections": [
                {"start": song_start, "end": song_start + seconds / 2, "label": "verse"},
                {"start": song_start + seconds / 2, "end": song_start + seconds, "label": "chorus"},
            ],
        },
        "seed": 7,
        "model": {"id": "debug", "digest": "0" * 64},
        "engine_version": "0.1.0",
        "song": {"sha256": "0" * 64, "duration": seconds + song_start, "name": "song.wav"},
    }
    return {
        "format": np.array("kpop-choreo-clip"),
        "format_version": np.array(1),
        "fps": np.array(fps),
        "joint_names": np.array(JOINTS),
        "parents": np.array(PARENTS, dtype=np.int32),
        "rest_offsets": OFFSETS.astype(np.float32),
        "local_quats": quats[None].astype(np.float32),
        "root_positions": root[None].astype(np.float32),
        "foot_contacts": np.zeros((1, frames, 4), dtype=np.float32),
        "beats": beats,
        "downbeats": beats[::4],
        "song_start": np.array(song_start),
        "meta": np.array(json.dumps(meta)),
    }


def write_clip(path: Path, **changes: Any) -> Path:
    """Writes :func:`clip_arrays` to ``path``; ``changes`` replace arrays, None leaves one out."""
    made = {k: changes.pop(k) for k in ("seconds", "tempo") if k in changes}
    arrays = clip_arrays(**made) | changes
    np.savez_compressed(path, **{k: v for k, v in arrays.items() if v is not None})
    return path


def joint_positions(arrays: dict[str, Any]) -> np.ndarray:
    """World positions ``[T, J, 3]`` of member 0, in engine axes, by plain forward kinematics."""
    local = arrays["local_quats"][0].astype(float)
    places = np.zeros((*local.shape[:2], 3))
    turns = np.zeros_like(local)
    for joint, parent in enumerate(arrays["parents"]):
        if parent < 0:
            places[:, joint], turns[:, joint] = arrays["root_positions"][0], local[:, joint]
        else:
            offset = arrays["rest_offsets"][joint].astype(float)
            places[:, joint] = places[:, parent] + quat.rotate(turns[:, parent], offset)
            turns[:, joint] = quat.multiply(turns[:, parent], local[:, joint])
    return places
