"""The clip file: how a finished dance leaves the engine (CONTRACT.md, 'The clip file')."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from engine.errors import ChoreoError
from engine.motion.skeleton import BODY, Skeleton
from engine.stored import read_json, read_npz
from engine.whole_file import whole_file

FORMAT = "kpop-choreo-clip"
FORMAT_VERSION = 1
RATES = (0.01, 1e5)
"""Frames a second."""
FURTHEST = 1e5
"""Metres and seconds that no dance reaches."""


@dataclass(frozen=True, eq=False)
class Clip:
    """M members dancing T frames to one song. Metres, seconds, wxyz, Y-up, +Z forward."""

    fps: float
    local_quats: Float[np.ndarray, "M T J 4"]
    root_positions: Float[np.ndarray, "M T 3"]
    foot_contacts: Float[np.ndarray, "M T 4"]
    beats: Float[np.ndarray, " B"]
    """Seconds from the start of the clip."""
    downbeats: Float[np.ndarray, " D"]
    song_start: float = 0.0
    skeleton: Skeleton = BODY
    meta: dict[str, Any] = field(default_factory=dict)
    hand_pose: UInt8[np.ndarray, "M T 2"] | None = None
    """What the left and the right hand show: numbers of names in ``meta["hand_poses"]``."""

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return (self.local_quats.shape[1] - 1) / self.fps


def write_clip(clip: Clip, path: str | os.PathLike[str]) -> None:
    """Writes ``clip`` whole or not at all: a failed write leaves no file and spoils none."""
    target = Path(path)
    arrays: dict[str, Any] = {
        "format": np.array(FORMAT),
        "format_version": np.array(FORMAT_VERSION),
        "fps": np.array(clip.fps, dtype=np.float64),
        "joint_names": np.array(clip.skeleton.names),
        "parents": clip.skeleton.parents.astype(np.int32),
        "rest_offsets": clip.skeleton.offsets.astype(np.float32),
        "local_quats": clip.local_quats.astype(np.float32),
        "root_positions": clip.root_positions.astype(np.float32),
        "foot_contacts": clip.foot_contacts.astype(np.float32),
        "beats": clip.beats.astype(np.float64),
        "downbeats": clip.downbeats.astype(np.float64),
        "song_start": np.array(clip.song_start, dtype=np.float64),
        "meta": np.array(json.dumps(clip.meta, ensure_ascii=False)),
    }
    if clip.hand_pose is not None:
        arrays["hand_pose"] = clip.hand_pose.astype(np.uint8)
    with whole_file(target) as stream:
        np.savez_compressed(stream, **arrays)


def read_clip(path: str | os.PathLike[str]) -> Clip:
    """Reads a clip file.

    Raises:
        ChoreoError: ``clip_unreadable`` for a damaged file, ``clip_version`` for another version.
    """
    unreadable = ChoreoError(
        "clip_unreadable",
        f"{Path(path).name} is not a complete clip file.",
        "Generate it again, or choose a .npz made by K-Pop Choreo.",
    )
    try:
        arrays = read_npz(path)
        if str(arrays.get("format")) != FORMAT:
            raise ValueError("format")
        version = int(arrays["format_version"])
        clip = _from_arrays(arrays) if version <= FORMAT_VERSION else None
    except (OSError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise unreadable from error
    if clip is None:
        raise ChoreoError(
            "clip_version",
            f"{Path(path).name} was written by a newer version of K-Pop Choreo.",
            "Update this one.",
        )
    if not _agrees(clip):
        raise unreadable
    return clip


def _from_arrays(arrays: dict[str, np.ndarray]) -> Clip:
    """The clip, not yet checked for whether its arrays fit together."""

    def numbers(name: str, kinds: str = "f") -> np.ndarray:
        values = arrays[name]
        if values.dtype.kind not in kinds:
            raise ValueError(name)
        return values.astype(values.dtype.newbyteorder("="))

    names, parents, offsets = (
        arrays["joint_names"],
        numbers("parents", "iu"),
        numbers("rest_offsets"),
    )
    if names.shape != parents.shape or offsets.shape != (*parents.shape, 3) or not len(names):
        raise ValueError("skeleton")
    skeleton = Skeleton(
        tuple(str(name) for name in names), parents.astype(int), offsets.astype(np.float64)
    )
    meta = read_json(str(arrays["meta"]))
    if not isinstance(meta, dict):
        raise ValueError("meta")
    return Clip(
        fps=float(arrays["fps"]),
        local_quats=numbers("local_quats"),
        root_positions=numbers("root_positions"),
        foot_contacts=numbers("foot_contacts"),
        beats=numbers("beats"),
        downbeats=numbers("downbeats"),
        song_start=float(arrays["song_start"]),
        skeleton=skeleton,
        meta=meta,
        hand_pose=_hand_pose(arrays.get("hand_pose")),
    )


def _agrees(clip: Clip) -> bool:
    """Whether all arrays are of the same motion and hold what a dance can be."""
    leading, joints = clip.local_quats.shape[:2], len(clip.skeleton)
    before, parents = np.arange(joints), clip.skeleton.parents
    numbers = (clip.local_quats, clip.root_positions, clip.foot_contacts, clip.skeleton.offsets)
    times = (clip.beats, clip.downbeats, np.array(clip.song_start))
    return bool(
        clip.local_quats.shape == (*leading, joints, 4)
        and clip.root_positions.shape == (*leading, 3)
        and clip.foot_contacts.shape == (*leading, 4)
        and (clip.hand_pose is None or clip.hand_pose.shape == (*leading, 2))
        and min(leading) > 0
        and clip.beats.ndim == clip.downbeats.ndim == 1
        and RATES[0] <= clip.fps <= RATES[1]
        and parents[0] == -1
        and np.all((parents < before) & (parents >= (before > 0) - 1))
        and all(np.all(np.abs(values) < FURTHEST) for values in (*numbers, *times))
    )


def _hand_pose(stored: np.ndarray | None) -> UInt8[np.ndarray, "M T 2"] | None:
    """Whole numbers; ValueError for anything else."""
    if stored is None:
        return None
    if stored.ndim != 3 or stored.dtype.kind not in "iu":
        raise ValueError("hand_pose")
    return stored.astype(np.uint8)
