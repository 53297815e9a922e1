"""Writer of the clip file (engine/CONTRACT.md, 'The clip file'): a dance that was edited."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from . import body
from .clip import FORMAT, FORMAT_VERSION, Clip
from .files import unwritten, whole
from .foot_contacts import foot_contacts
from .inverse import BodyMotion


def clip_of(
    motion: BodyMotion,
    fps: float,
    beats: np.ndarray,
    downbeats: np.ndarray,
    song_start: float,
    meta: dict[str, object],
    hands: np.ndarray | None = None,
) -> Clip:
    """A clip of one dancer; where the feet stand is found from the motion.

    Args:
        hands: ``[T, 2]`` what the hands show: numbers of ``meta["hand_poses"]``.
    """
    return Clip(
        fps=fps,
        joint_names=body.JOINTS,
        parents=np.array(body.PARENTS),
        rest_offsets=body.OFFSETS,
        local_quats=motion.local_quats[None],
        root_positions=motion.root_positions[None],
        foot_contacts=foot_contacts(motion.positions(), fps)[None],
        beats=beats,
        downbeats=downbeats,
        song_start=song_start,
        meta=meta,
        hand_pose=None if hands is None else hands[None],
    )


def write_clip(clip: Clip, path: Path) -> None:
    """Writes ``clip`` whole or not at all.

    Raises:
        ChoreoError: ``disk_full`` or ``folder_locked``.
    """
    try:
        with whole(path) as part:
            part.write_bytes(clip_bytes(clip))
    except OSError as error:
        raise unwritten(error, path.parent) from error


def clip_bytes(clip: Clip) -> bytes:
    """The clip file of ``clip``."""
    arrays: dict[str, Any] = {
        "format": np.array(FORMAT),
        "format_version": np.array(FORMAT_VERSION),
        "fps": np.array(clip.fps, dtype=np.float64),
        "joint_names": np.array(clip.joint_names),
        "parents": clip.parents.astype(np.int32),
        "rest_offsets": clip.rest_offsets.astype(np.float32),
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
    written = io.BytesIO()
    np.savez_compressed(written, **arrays)
    return written.getvalue()
