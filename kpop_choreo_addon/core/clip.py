"""Reader of the clip file (engine/CONTRACT.md, 'The clip file')."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .clip_meta import read_meta
from .errors import ChoreoError
from .npz import read_npz

FORMAT = "kpop-choreo-clip"
FORMAT_VERSION = 1
RATES = (0.01, 1e5)
"""Frames a second, a dance that was made slower or faster among them."""
FURTHEST = 1e5
"""Metres and seconds that no dance reaches."""


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
        arrays = read_npz(path)
    except FileNotFoundError as error:
        raise ChoreoError(
            "clip_missing", f"The clip {name} is not there.", "Generate the dance again."
        ) from error
    except (OSError, ValueError) as error:
        why = "it is damaged or incomplete" if _is_packed(path) else "it is another kind of file"
        raise _unreadable(name, why) from error
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
    except (ValueError, TypeError, OverflowError) as error:
        raise _unreadable(name, "a value in it cannot be understood") from error
    problem = disagreement(clip)
    if problem:
        raise _unreadable(name, problem)
    return clip


def _from_arrays(arrays: dict[str, np.ndarray]) -> Clip:
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
        meta=read_meta(str(arrays["meta"])),
        hand_pose=arrays.get("hand_pose"),
    )


def disagreement(clip: Clip) -> str:
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
    if not RATES[0] <= clip.fps <= RATES[1] or min(leading) < 1:
        return "it holds no motion"
    before = np.arange(joints)
    if clip.parents[0] != -1 or np.any(
        (clip.parents >= before) | (clip.parents < (before > 0) - 1)
    ):
        return "a joint comes before its parent"
    numbers = (clip.local_quats, clip.root_positions, clip.rest_offsets, clip.foot_contacts)
    times = (clip.beats, clip.downbeats, clip.song_start)
    if not all(np.all(np.abs(values) < FURTHEST) for values in (*numbers, *times)):
        return "it holds values that are not numbers"
    return ""


def _is_packed(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as a clip does, whole or not."""
    try:
        with open(path, "rb") as stream:
            return stream.read(2) == b"PK"
    except OSError:
        return True


def _unreadable(name: str, reason: str) -> ChoreoError:
    return ChoreoError(
        "clip_unreadable",
        f"{name} is not a usable clip: {reason}.",
        "Generate the dance again, or choose a .npz made by K-Pop Choreo.",
    )
