"""Reader of the clip file (engine/CONTRACT.md, 'The clip file')."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .errors import ChoreoError

FORMAT = "kpop-choreo-clip"
FORMAT_VERSION = 1


@dataclass(frozen=True, eq=False)
class Clip:
    """M members dancing T frames. Metres, seconds, wxyz, Y-up, +Z forward."""

    fps: float
    joint_names: tuple[str, ...]
    parents: np.ndarray
    """``[J]``; parents come first, the root has -1."""
    rest_offsets: np.ndarray
    """``[J, 3]`` metres in the parent's frame, T-pose."""
    local_quats: np.ndarray
    """``[M, T, J, 4]`` relative to the parent."""
    root_positions: np.ndarray
    """``[M, T, 3]`` the pelvis in the world, floor at y = 0."""
    foot_contacts: np.ndarray
    """``[M, T, 4]`` left ankle, left foot, right ankle, right foot; 0..1."""
    beats: np.ndarray
    """``[B]`` seconds from the start of the clip."""
    downbeats: np.ndarray
    song_start: float
    """Second of the song at which the clip starts."""
    meta: dict[str, Any] = field(default_factory=dict)
    hand_pose: np.ndarray | None = None
    """``[M, T, 2]`` what the left and the right hand show: numbers of ``meta["hand_poses"]``."""

    @property
    def members(self) -> int:
        """How many dancers there are."""
        return int(self.local_quats.shape[0])

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return int(self.local_quats.shape[1])

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return (self.frames - 1) / self.fps


def read_clip(path: str | os.PathLike[str]) -> Clip:
    """Reads a clip file.

    Raises:
        ChoreoError: ``clip_missing``, ``clip_unreadable`` (damaged, truncated, not a clip, arrays
            that do not agree) or ``clip_version`` (written by a newer engine).
    """
    name = Path(path).name
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
    except FileNotFoundError as error:
        raise ChoreoError(
            "clip_missing", f"The clip {name} is not there.", "Generate the dance again."
        ) from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _unreadable(name, "it is damaged or incomplete") from error
    except TypeError as error:  # np.load gives a bare array for a .npy file
        raise _unreadable(name, "it is another kind of file") from error
    if str(arrays.get("format")) != FORMAT:
        raise _unreadable(name, "it is another kind of file")
    try:
        version = int(arrays["format_version"])
        if version > FORMAT_VERSION:
            raise ChoreoError(
                "clip_version",
                f"{name} has clip version {version}; this add-on reads up to {FORMAT_VERSION}.",
                "Update the add-on, or use an engine of the same version.",
            )
        clip = _from_arrays(arrays)
    except KeyError as error:
        raise _unreadable(name, f"{error.args[0]} is missing") from error
    except (ValueError, TypeError) as error:
        raise _unreadable(name, "a value in it cannot be understood") from error
    problem = _disagreement(clip)
    if problem:
        raise _unreadable(name, problem)
    return clip


def _from_arrays(arrays: dict[str, np.ndarray]) -> Clip:
    meta = json.loads(str(arrays["meta"]))
    if not isinstance(meta, dict):
        raise ValueError("meta")
    return Clip(
        fps=float(arrays["fps"]),
        joint_names=tuple(str(name) for name in np.atleast_1d(arrays["joint_names"])),
        parents=arrays["parents"].astype(int),
        rest_offsets=arrays["rest_offsets"].astype(float),
        local_quats=arrays["local_quats"].astype(float),
        root_positions=arrays["root_positions"].astype(float),
        foot_contacts=arrays["foot_contacts"].astype(float),
        beats=arrays["beats"].astype(float),
        downbeats=arrays["downbeats"].astype(float),
        song_start=float(arrays["song_start"]),
        meta=meta,
        hand_pose=arrays.get("hand_pose"),
    )


def _disagreement(clip: Clip) -> str:
    """What does not fit together in ``clip``, or nothing."""
    joints = len(clip.joint_names)
    leading = clip.local_quats.shape[:2]
    shapes = (
        ("local_quats", clip.local_quats.shape, (*leading, joints, 4)),
        ("root_positions", clip.root_positions.shape, (*leading, 3)),
        ("foot_contacts", clip.foot_contacts.shape, (*leading, 4)),
        ("rest_offsets", clip.rest_offsets.shape, (joints, 3)),
        ("parents", clip.parents.shape, (joints,)),
    )
    for name, shape, expected in shapes:
        if shape != expected:
            return f"{name} has shape {shape} where {expected} is expected"
    hands = clip.hand_pose
    if hands is not None and (hands.shape != (*leading, 2) or hands.dtype.kind not in "iu"):
        return "hand_pose does not fit its motion"
    if clip.beats.ndim != 1 or clip.downbeats.ndim != 1:
        return "the beats are not a list"
    if not (clip.fps > 0 and np.isfinite(clip.fps)) or min(leading) < 1:
        return "it holds no motion"
    if clip.parents[0] != -1 or np.any(clip.parents[1:] >= np.arange(1, joints)):
        return "a joint comes before its parent"
    numbers = (clip.local_quats, clip.root_positions, clip.rest_offsets, clip.beats, clip.downbeats)
    if not all(np.all(np.isfinite(values)) for values in numbers):
        return "it holds values that are not numbers"
    return ""


def _unreadable(name: str, reason: str) -> ChoreoError:
    return ChoreoError(
        "clip_unreadable",
        f"{name} is not a usable clip: {reason}.",
        "Generate the dance again, or choose a .npz made by K-Pop Choreo.",
    )
