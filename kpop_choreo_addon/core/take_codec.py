"""A clip as the few bytes that a .blend file keeps of it.

Rotations are whole numbers of 1/32767 and places of 0.02 mm; what changes from frame to frame is
told as the change of the change, which is small, and packed. About 170 KB for a minute of one
dancer. A clip that was read back is packed to the same numbers again, so a part that is danced
anew leaves the rest bit for bit as it was.
"""

from __future__ import annotations

import io
import json
import zlib
from typing import Any

import numpy as np

from .clip import Clip, disagreement
from .clip_meta import read_meta
from .errors import ChoreoError
from .npz import MOST_BYTES, read_npz

VERSION = 1
TURN, PLACE, SHARE = 32767.0, 50000.0, 255.0
"""Whole numbers for 1 of a quaternion, for a metre, and for a contact of 1."""
LEFT_OUT = ("energy", "hits", "loudness", "events", "drums", "peaks")
"""Long curves of the analysis: the engine hears the song again in a moment."""


def pack(clip: Clip) -> bytes:
    """``clip`` in few bytes; :func:`unpack` gives :func:`rounded` of it."""
    arrays: dict[str, Any] = {
        "version": np.array(VERSION),
        "fps": np.array(clip.fps),
        "song_start": np.array(clip.song_start),
        "joint_names": np.array(clip.joint_names),
        "parents": clip.parents.astype(np.int16),
        "rest_offsets": clip.rest_offsets.astype(np.float32),
        "quats": _changes(_whole(clip.local_quats, TURN), np.int16),
        "roots": _changes(_whole(clip.root_positions, PLACE), np.int32),
        "contacts": _whole(clip.foot_contacts, SHARE).astype(np.uint8),
        "beats": clip.beats,
        "downbeats": clip.downbeats,
        "meta": np.array(json.dumps(_short(clip.meta), ensure_ascii=False)),
    }
    if clip.hand_pose is not None:
        arrays["hand_pose"] = clip.hand_pose.astype(np.uint8)
    parts = io.BytesIO()
    np.savez(parts, **arrays)
    return zlib.compress(parts.getvalue(), 9)


def unpack(data: bytes) -> Clip:
    """The clip of :func:`pack`.

    Raises:
        ChoreoError: ``take_unreadable``.
    """
    try:
        arrays = read_npz(io.BytesIO(_unpacked(data)))
        if int(arrays["version"]) > VERSION:
            raise ValueError("version")
        clip = Clip(
            fps=float(arrays["fps"]),
            joint_names=tuple(str(name) for name in arrays["joint_names"]),
            parents=arrays["parents"].astype(int),
            rest_offsets=arrays["rest_offsets"].astype(float),
            local_quats=_single(_restored(arrays["quats"]) / TURN),
            root_positions=_single(_restored(arrays["roots"]) / PLACE),
            foot_contacts=_single(arrays["contacts"] / SHARE),
            beats=arrays["beats"],
            downbeats=arrays["downbeats"],
            song_start=float(arrays["song_start"]),
            meta=read_meta(str(arrays["meta"])),
            hand_pose=arrays.get("hand_pose"),
        )
        if problem := disagreement(clip):
            raise ValueError(problem)
        return clip
    except (ValueError, KeyError, TypeError, OverflowError, OSError, zlib.error) as error:
        raise ChoreoError(
            "take_unreadable",
            "The take in this file cannot be read.",
            "Update the add-on, or generate the dance again.",
        ) from error


def rounded(clip: Clip) -> Clip:
    """``clip`` as it is after it was packed."""
    return unpack(pack(clip))


def _unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(data, MOST_BYTES)
    if not unpacker.eof:
        raise ValueError("it is cut off, or too large")
    return content


def _whole(values: np.ndarray, scale: float) -> np.ndarray:
    return np.rint(np.asarray(values, dtype=float) * scale).astype(np.int64)


def _single(values: np.ndarray) -> np.ndarray:
    """What the clip file keeps of ``values``, in the reader's type."""
    return values.astype(np.float32).astype(float)


def _changes(values: np.ndarray, kind: type) -> np.ndarray:
    """``[M, T, ...]`` as ``[M, ..., T]`` in planes of bytes: the change of the change in time.

    It wraps around in ``kind``, as the sums of :func:`_restored` do.
    """
    for _ in range(2):
        values = np.diff(values, axis=1, prepend=np.zeros_like(values[:, :1]))
    in_rows: np.ndarray = np.ascontiguousarray(np.moveaxis(values, 1, -1).astype(kind))
    planes = in_rows.view(np.uint8).reshape(*in_rows.shape, in_rows.itemsize)
    return np.ascontiguousarray(np.moveaxis(planes, -1, 0))


def _restored(planes: np.ndarray) -> np.ndarray:
    """What :func:`_changes` was given."""
    kind: Any = {2: np.int16, 4: np.int32}[len(planes)]
    values = np.ascontiguousarray(np.moveaxis(planes, 0, -1)).view(kind)[..., 0]
    for _ in range(2):
        values = np.cumsum(values, axis=-1, dtype=kind)
    return np.moveaxis(values, -1, 1)


def _short(meta: dict[str, Any]) -> dict[str, Any]:
    analysis = meta.get("analysis")
    if not isinstance(analysis, dict):
        return meta
    return meta | {"analysis": {k: v for k, v in analysis.items() if k not in LEFT_OUT}}
