"""The clip file: how a finished dance leaves the engine (CONTRACT.md, 'The clip file')."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from engine.errors import ChoreoError
from engine.motion.skeleton import BODY, Skeleton

FORMAT = "kpop-choreo-clip"
FORMAT_VERSION = 1


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
    handle, temporary = tempfile.mkstemp(suffix=".part", prefix=target.name, dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            np.savez_compressed(stream, **arrays)
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


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
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise unreadable from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:  # another kind of file
        raise unreadable from error
    if str(arrays.get("format")) != FORMAT:
        raise unreadable
    if int(arrays["format_version"]) > FORMAT_VERSION:
        raise ChoreoError(
            "clip_version",
            f"{Path(path).name} was written by a newer version of K-Pop Choreo.",
            "Update this one.",
        )
    try:
        skeleton = Skeleton(
            tuple(arrays["joint_names"].tolist()),
            arrays["parents"].astype(int),
            arrays["rest_offsets"].astype(np.float64),
        )
        clip = Clip(
            fps=float(arrays["fps"]),
            local_quats=arrays["local_quats"],
            root_positions=arrays["root_positions"],
            foot_contacts=arrays["foot_contacts"],
            beats=arrays["beats"],
            downbeats=arrays["downbeats"],
            song_start=float(arrays["song_start"]),
            skeleton=skeleton,
            meta=json.loads(str(arrays["meta"])),
            hand_pose=_hand_pose(arrays.get("hand_pose")),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise unreadable from error
    members, frames, joints = clip.local_quats.shape[:3]
    agrees = (
        clip.local_quats.shape == (members, frames, joints, 4)
        and joints == len(skeleton) == len(skeleton.parents)
        and clip.root_positions.shape == (members, frames, 3)
        and clip.foot_contacts.shape == (members, frames, 4)
        and (clip.hand_pose is None or clip.hand_pose.shape == (members, frames, 2))
        and clip.fps > 0
        and isinstance(clip.meta, dict)
    )
    if not agrees:
        raise unreadable
    return clip


def _hand_pose(stored: np.ndarray | None) -> UInt8[np.ndarray, "M T 2"] | None:
    """Whole numbers; ValueError for anything else."""
    if stored is None:
        return None
    if stored.ndim != 3 or stored.dtype.kind not in "iu":
        raise ValueError("hand_pose")
    return stored.astype(np.uint8)
